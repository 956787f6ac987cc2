"""The demo world as the raw tables of other systems: one select over the contract's tables for each of theirs."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import duckdb
import yaml

from leadhouse.contract import (
    SYSTEM,
    connect,
    file_format,
    find_json_keys,
    list_files,
    load_contract,
    load_system,
    quote_name,
    quote_text,
    scan_sql,
    system_folder,
)
from leadhouse.errors import InputError, Problem
from leadhouse.systems import GENERIC, Systems, known_systems, systems_for, systems_variable

_SELECTS = Path(__file__).parent / "render"
# A system whose tables are another one's, but for those that it has a select of its own for.
_LIKE = {"rudderstack": "segment"}


def render(raw: Path, systems: Systems) -> dict[str, int]:
    """Write the world in `raw` as the tables of the systems that are switched on, and take away what these carry or what
    `generic` is off for.

    Returns the rows of each table that was written, by `system.table`. The caller has asked `check_systems`.
    """
    for file in _earlier(raw)[0]:
        file.unlink()
    written = {}
    with connect() as connection:
        _open_world(connection, raw)
        for name in systems.names:
            # What several selects of a system need: views of the files' names without the leading underscore.
            for view in sorted((_SELECTS / name).glob("_*.sql")):
                connection.execute(f"create view {view.stem[1:]} as {view.read_text(encoding='utf-8')}")
            for table in load_system(name).values() if name != SYSTEM else ():
                select = _select(name, table.name)
                if systems.reads(table) and select.exists():
                    written[table.key] = _write(connection, select, system_folder(raw, name))
        carried = {entity for name in systems.names if name != SYSTEM for entity in _carried(name, systems)}
        for entity in load_contract():
            # Else the same rows would come from two systems.
            if entity in carried or SYSTEM not in getattr(systems, systems_variable(entity)):
                for file in list_files(connection, raw, entity):
                    file.unlink()
    return written


def _select(system: str, table: str) -> Path:
    """The file of the select that writes a system's table; there may be none."""
    own = _SELECTS / system / f"{table}.sql"
    return own if own.exists() or system not in _LIKE else _select(_LIKE[system], table)


def variables_of(systems: Systems) -> dict[str, object]:
    """The dbt variables that read such a world: which systems are on, and the custom fields that it has in them."""
    chosen: dict[str, object] = {
        field.name: list(getattr(systems, field.name))
        for field in fields(systems)
        if getattr(systems, field.name) != getattr(GENERIC, field.name)
    }
    for name in systems.names:
        settings = _SELECTS / name / "variables.yml"
        if settings.exists():
            chosen |= yaml.safe_load(settings.read_text(encoding="utf-8"))
    return chosen


def check_systems(raw: Path, systems: Systems) -> None:
    """Raises InputError for a system that the demo world cannot be written as, and for files that would be read beside it."""
    problems = []
    for field in fields(systems):
        can = [name for name in systems_for(field.name) if name == SYSTEM or (_SELECTS / name).is_dir()]
        problems += [
            Problem(
                _option(field.name), f"there is no demo world of `{name}` for it", f"Choose one of {', '.join(can)}."
            )
            for name in getattr(systems, field.name)
            if name not in can
        ]
    problems += [
        Problem(
            str(file),
            "the demo world writes the tables of other systems here, and this file would be read beside them",
            "Choose an empty folder for the demo world, or move the file away.",
        )
        for file in _earlier(raw)[1]
    ]
    if problems:
        raise InputError(problems)


def _option(variable: str) -> str:
    """The option of `leadhouse demo` for a variable."""
    return {"message_systems": "--messages", "ad_systems": "--ads"}.get(
        variable, f"--{variable.removesuffix('_systems')}"
    )


def _earlier(raw: Path) -> tuple[list[Path], list[Path]]:
    """The files of other systems in the folder: those that an earlier demo world has written, and everybody else's."""
    files = [
        file
        for name in known_systems()
        if name != SYSTEM
        for file in sorted(system_folder(raw, name).rglob("*"))
        if file.is_file()
    ]
    ours = [file for file in files if _select(file.parent.name, file.stem).exists() and file.suffix == ".parquet"]
    return ours, [file for file in files if file not in ours]


def _carried(name: str, systems: Systems) -> set[str]:
    """The entities that a system is switched on for and has a table for."""
    fed = {entity for table in load_system(name).values() for entity in table.feeds}
    return {entity for entity in fed if name in getattr(systems, systems_variable(entity))}


def _open_world(connection: duckdb.DuckDBPyConnection, raw: Path) -> None:
    """Make a view of each of the contract's tables, with every column of the contract; text stays as it was written."""
    for entity in load_contract().values():
        files = list_files(connection, raw, entity.name)
        form = file_format(files[0])
        scan = scan_sql(files, form, find_json_keys(connection, files) if form == "json" else ())
        there = {name for name, *_ in connection.execute(f"describe select * from {scan}").fetchall()}
        columns = ", ".join(
            quote_name(name) if name in there else f"cast(null as varchar) as {quote_name(name)}"
            for name in entity.column_names
        )
        connection.execute(f"create view {entity.name} as select {columns} from {scan}")


def _write(connection: duckdb.DuckDBPyConnection, select: Path, folder: Path) -> int:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{select.stem}.parquet"
    query = select.read_text(encoding="utf-8")
    row = connection.execute(
        f"copy ({query}) to {quote_text(str(target))} (format parquet, compression zstd)"
    ).fetchone()
    return int(row[0]) if row else 0

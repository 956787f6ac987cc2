"""The demo world as the raw tables of other systems: one select over the contract's tables for each of theirs."""

from __future__ import annotations

import shutil
from dataclasses import fields
from pathlib import Path

import duckdb

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
from leadhouse.systems import Systems, known_systems, systems_variable

_SELECTS = Path(__file__).parent / "render"


def render(raw: Path, systems: Systems) -> dict[str, int]:
    """Write the world in `raw` as the tables of the systems that are switched on, and take away what `generic` is off for.

    Returns the rows of each table that was written, by `system.table`. Raises InputError for a system that the demo world
    cannot be written as.
    """
    _refuse_unknown(systems)
    for name in known_systems():
        if name != SYSTEM:
            shutil.rmtree(system_folder(raw, name), ignore_errors=True)
    written = {}
    with connect() as connection:
        _open_world(connection, raw)
        for name in systems.names:
            for table in load_system(name).values() if name != SYSTEM else ():
                select = _SELECTS / name / f"{table.name}.sql"
                if systems.reads(table) and select.exists():
                    written[table.key] = _write(connection, select, system_folder(raw, name))
        for entity in load_contract():
            if SYSTEM not in getattr(systems, systems_variable(entity)):
                for file in list_files(connection, raw, entity):
                    file.unlink()
    return written


def _refuse_unknown(systems: Systems) -> None:
    can = [SYSTEM, *sorted(folder.name for folder in _SELECTS.iterdir() if folder.is_dir())]
    problems = [
        Problem(
            f"--{field.name.removesuffix('_systems')}",
            f"there is no demo world of `{name}`",
            f"Choose of {', '.join(can)}.",
        )
        for field in fields(systems)
        for name in getattr(systems, field.name)
        if name not in can
    ]
    if problems:
        raise InputError(problems)


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

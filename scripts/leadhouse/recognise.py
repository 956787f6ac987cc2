"""Which source systems' tables lie in a folder or a warehouse's schema, what is missing of each system, and which variables read
them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.contract import (
    SYSTEM,
    Entity,
    connect,
    file_format,
    find_json_keys,
    load_system,
    quote_name,
    scan_sql,
    system_folder,
    table_files,
)
from leadhouse.engines.warehouse import Warehouse
from leadhouse.errors import InputError, Problem
from leadhouse.faults import READ_ERRORS
from leadhouse.source_profile import column_names
from leadhouse.systems import Systems, known_systems, raw_schema, schema_variable, systems_variable

# What the marts are without an entity.
_COSTS = {
    "leads": "no CRM records: only web visitors who gave an address are leads, without fit points",
    "accounts": "no accounts: no account scores and no fit points for the company's size or industry",
    "opportunities": "no opportunities, customers or revenue: funnels end at SQL, and nothing can be tuned on wins",
    "lead_status_history": "no stages set by sales: no accepted, rejected or recycled leads, and no alignment",
    "sales_activities": "no calls and meetings: no speed to lead, no SLA, no leakage by silence",
    "campaigns": "campaigns have no names, kinds and costs",
    "campaign_responses": "no registrations and attendances: no points and no touches from events and webinars",
    "lead_attributes": "no custom fields and no history of fields: fit is judged by today's values",
    "score_adjustments": "no points given by hand",
    "web_events": "no visits, forms and downloads: no engagement from the web and no channels but those of the CRM",
    "message_events": "no opens, clicks, replies and unsubscribes: no engagement from e-mail, and consent from the CRM only",
    "ad_spend": "no spend: no cost per MQL or SQL and no return on it",
}


@dataclass(frozen=True)
class FoundTable:
    """A raw table that is there: its files, or its name in a schema, its rows, and the columns that Leadhouse would read and it has
    not."""

    table: Entity
    files: tuple[Path | str, ...]
    rows: int
    missing_columns: tuple[str, ...]

    @property
    def lacks(self) -> tuple[str, ...]:
        """The required columns that are missing: with them missing, no build starts."""
        return tuple(name for name in self.missing_columns if name in self.table.required)


@dataclass(frozen=True)
class FoundSystem:
    """A source system some of whose tables lie in `folder`, or the schema of this name; `expected` is where a build looks for them."""

    name: str
    folder: Path | str
    expected: Path | str
    tables: tuple[FoundTable, ...]
    missing: Mapping[str, str]

    @property
    def entities(self) -> tuple[str, ...]:
        """The entities of the contract that its tables give rows for."""
        return tuple(dict.fromkeys(entity for found in self.tables for entity in found.table.feeds))

    def as_json(self) -> dict[str, Any]:
        """The same as plain values."""
        return {
            "system": self.name,
            "folder": str(self.folder),
            "expected_folder": str(self.expected),
            "entities": list(self.entities),
            "tables": [
                {
                    "table": found.table.name,
                    "files": [str(file) for file in found.files],
                    "rows": found.rows,
                    "missing_columns": list(found.missing_columns),
                    "missing_required_columns": list(found.lacks),
                }
                for found in self.tables
            ],
            "missing_tables": dict(self.missing),
        }


def recognise(raw: Path) -> list[FoundSystem]:
    """Return the systems whose tables lie in the folder, in its sub-folders of their names or in itself.

    A table that could be of several systems counts for the one that most of its columns speak for. Raises InputError when
    there is no such folder.
    """
    if not raw.is_dir():
        raise InputError(
            [Problem(str(raw), "there is no folder here", "Name the folder of your raw tables with --raw.")]
        )
    with connect() as connection:

        def look(system: str, folder: Path, expected: Path) -> FoundSystem:
            return _look(lambda table: _find(connection, table, folder), system, folder, expected)

        placed = [look(name, system_folder(raw, name), system_folder(raw, name)) for name in known_systems()]
        loose = [look(name, raw, raw / name) for name in known_systems() if name != SYSTEM]
    found = [system for system in placed if system.tables]
    generic = [file for system in found if system.name == SYSTEM for table in system.tables for file in table.files]
    everything = found + _best(loose, generic)
    return [replace(system, missing=_truly_missing(system, everything)) for system in everything]


def recognise_schema(warehouse: Warehouse, schema: str) -> list[FoundSystem]:
    """Return the systems whose tables are in a schema of the warehouse; raises InputError when there is no such schema."""
    with warehouse.session() as session:
        there = session.tables(schema)
        if not there:
            raise InputError([Problem(f"{warehouse.place}, schema {schema}", "has no table", "Name another --schema.")])

        def find(table: Entity) -> FoundTable | None:
            name = next((one for one in (table.name, *table.also_named) if one in there), None)
            if name is None:
                return None
            delivered = table.delivered(there[name])
            missing = tuple(column for column in table.column_names if column not in delivered)
            rows = session.rows(f"select count(*) from {quote_name(schema)}.{quote_name(name)}")
            return FoundTable(table, (f"{schema}.{name}",), int(rows[0][0]), missing)

        every = [_look(find, name, schema, raw_schema(name, {})) for name in known_systems()]
        # Tables of one name in two systems are of the one whose schema is called so.
        found = _best([system for system in every if system.expected == schema], [])
        taken = [place for system in found for table in system.tables for place in table.files]
        found += _best([system for system in every if system.expected != schema], taken)
    return [replace(system, missing=_truly_missing(system, found)) for system in found]


def _truly_missing(system: FoundSystem, everything: Sequence[FoundSystem]) -> dict[str, str]:
    """Without the contract's own tables that another system fills."""
    elsewhere = {entity for other in everything if other.name != system.name for entity in other.entities}
    return {name: cost for name, cost in system.missing.items() if system.name != SYSTEM or name not in elsewhere}


def variables(found: Sequence[FoundSystem]) -> dict[str, list[str] | str]:
    """The dbt variables that switch on what was found, and those that say in which schema it is."""
    schemas = {
        schema_variable(system.name): system.folder
        for system in found
        if isinstance(system.folder, str) and system.folder != system.expected
    }
    return schemas | {
        field.name: systems
        for field in fields(Systems)
        if (
            systems := [
                system.name
                for system in found
                if any(systems_variable(entity) == field.name for entity in system.entities)
            ]
        )
    }


def _look(
    find: Callable[[Entity], FoundTable | None], system: str, folder: Path | str, expected: Path | str
) -> FoundSystem:
    tables, missing = [], []
    for table in load_system(system).values():
        found = find(table)
        if found:
            tables.append(found)
        else:
            missing.append(table)
    fed = {entity for found in tables for entity in found.table.feeds}
    return FoundSystem(system, folder, expected, tuple(tables), {table.name: _cost(table, fed) for table in missing})


def _find(connection: duckdb.DuckDBPyConnection, table: Entity, folder: Path) -> FoundTable | None:
    files = table_files(connection, folder, table)
    if not files:
        return None
    try:
        names = {name for file in files for name in column_names(connection, file)}
        form = file_format(files[0])
        scan = scan_sql(files, form, find_json_keys(connection, files) if form == "json" else ())
        row = connection.execute(f"select count(*) from {scan}").fetchone()
    except READ_ERRORS:
        # `leadhouse validate` says what is wrong with it.
        return FoundTable(table, tuple(files), 0, table.column_names)
    delivered = table.delivered(names)
    missing = tuple(name for name in table.column_names if name not in delivered)
    return FoundTable(table, tuple(files), int(row[0]) if row else 0, missing)


def _cost(table: Entity, fed: set[str]) -> str:
    if not table.feeds:
        return f"looked up by others: {' '.join(table.description.split())}"
    return "; ".join(f"fewer {entity}" if entity in fed else _COSTS[entity] for entity in table.feeds)


def _best(loose: Sequence[FoundSystem], taken: Sequence[Path | str]) -> list[FoundSystem]:
    """Of systems that the same files of one folder may be of, the one with the most columns that are there."""
    found: list[FoundSystem] = []
    used = set(taken)
    while True:
        candidates = [(_likeness(system, used), system) for system in loose if system not in found]
        best, system = max(candidates, key=lambda pair: pair[0], default=(0, None))
        if system is None or best == 0:
            return found
        own = tuple(table for table in system.tables if _is_like(table) and not used & set(table.files))
        fed = {entity for table in own for entity in table.table.feeds}
        there = {table.table.name for table in own}
        missing = {
            table.name: _cost(table, fed) for table in load_system(system.name).values() if table.name not in there
        }
        found.append(FoundSystem(system.name, system.folder, system.expected, own, missing))
        loose = [other for other in loose if other is not system]
        used |= {file for table in own for file in table.files}


def _likeness(system: FoundSystem, used: set[Path | str]) -> int:
    return sum(
        len(table.table.columns) - len(table.missing_columns)
        for table in system.tables
        if _is_like(table) and not used & set(table.files)
    )


def _is_like(found: FoundTable) -> bool:
    """Whether a file of that name is that table too: it has what is required, and half of the rest."""
    return not found.lacks and 2 * len(found.missing_columns) <= len(found.table.columns)

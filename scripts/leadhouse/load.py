"""Load a raw folder into a warehouse, for trials: each table with the rows and types that DuckDB reads from its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.contract import connect, file_format, find_json_keys, scan_sql, system_folder, table_files
from leadhouse.database import name
from leadhouse.engines.warehouse import Session, Warehouse
from leadhouse.errors import InputError, Problem
from leadhouse.source_checks import check_sources
from leadhouse.systems import raw_schema, read_systems, read_tables


@dataclass(frozen=True)
class LoadedTable:
    """A table of the warehouse and its rows."""

    table: str
    rows: int


def load(raw: Path, warehouse: Warehouse, variables: Mapping[str, Any]) -> list[LoadedTable]:
    """Load the tables of the systems that are switched on; those that were there before are filled anew, all at once where the
    engine can.

    The columns of CSV and JSON files are text, as they are for a build from files. Raises InputError when the folder has
    no such table, or one that no build would take.
    """
    systems = read_systems(variables)
    if not raw.is_dir():
        raise InputError(
            [Problem(str(raw), "there is no folder here", "Name the folder of your raw tables with --raw.")]
        )
    if problems := check_sources(raw, None, systems):
        raise InputError(problems)
    loaded = []
    with warehouse.session() as session, connect() as connection:
        for table in read_tables(systems).values():
            files = table_files(connection, system_folder(raw, table.system), table)
            if files:
                schema = raw_schema(table.system, variables)
                loaded.append(_load(session, connection, files, schema, table.name))
        session.commit()
    if not loaded:
        raise InputError([Problem(str(raw), "holds no raw table", "`leadhouse sources inspect` says what it holds.")])
    return loaded


def _load(
    session: Session, connection: duckdb.DuckDBPyConnection, files: list[Path], schema: str, table: str
) -> LoadedTable:
    form = file_format(files[0])
    scan = scan_sql(files, form, find_json_keys(connection, files) if form == "json" else ())
    session.run(f"create schema if not exists {name(schema)}")
    return LoadedTable(f"{schema}.{table}", session.load(connection, scan, schema, table))

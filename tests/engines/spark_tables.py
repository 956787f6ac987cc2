"""Raw files into tables of a Spark cluster on this machine, and marts out of them again: both as Parquet, which DuckDB writes and reads."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
from pyhive import hive

from leadhouse import contract

SESSION = {"set:hiveconf:spark.sql.session.timeZone": "UTC"}


def connect(port: int) -> Any:
    """A cursor of the thrift server on this port of loopback; its session counts in UTC."""
    return hive.connect(host="127.0.0.1", port=port, configuration=SESSION).cursor()


def load(cursor: Any, raw: Path, schema: str, folder: Path) -> dict[str, int]:
    """Makes a table in `schema` of each raw table in the folder `raw`, its file below `folder`; table -> rows. Columns of CSV and JSON
    files are text, as DuckDB's staging reads them; those of Parquet files keep their types."""
    cursor.execute(f"create schema if not exists {schema}")
    counts: dict[str, int] = {}
    with contract.connect() as connection:
        for name, entity in contract.load_contract().items():
            files = contract.table_files(connection, raw, entity)
            if not files:
                continue
            file_format = contract.file_format(files[0])
            keys = contract.find_json_keys(connection, files) if file_format == "json" else []
            scan = contract.scan_sql(files, file_format, keys)
            place = folder / name
            place.mkdir(parents=True, exist_ok=True)
            row = connection.execute(f"copy (select * from {scan}) to '{place / 'rows.parquet'}'").fetchone()
            counts[name] = row[0] if row else 0
            cursor.execute(f"drop table if exists {schema}.{name}")
            cursor.execute(f"create table {schema}.{name} using parquet location '{place}'")
    return counts


def export(cursor: Any, table: str, columns: list[str], folder: Path) -> Path:
    """Writes these columns of a table or view (`schema.name`) to a Parquet file in `folder`; moments are UTC without a zone."""
    parts = folder / f"{table}.parts"
    shutil.rmtree(parts, ignore_errors=True)
    # One part, and of no rows a part too: what follows asks for the columns' types.
    names = ", ".join(columns)
    cursor.execute(
        f"insert overwrite directory '{parts}' using parquet select /*+ repartition(1) */ {names} from {table}"
    )
    file = folder / f"{table}.parquet"
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        rows = f"read_parquet('{parts}/*.parquet')"
        moments = [
            f"cast({name} as timestamp) as {name}"
            for name, type_name, *_ in connection.execute(f"describe select * from {rows}").fetchall()
            if type_name == "TIMESTAMP WITH TIME ZONE"
        ]
        replaced = f"replace ({', '.join(moments)})" if moments else ""
        connection.execute(f"copy (select * {replaced} from {rows}) to '{file}'")
    shutil.rmtree(parts)
    return file

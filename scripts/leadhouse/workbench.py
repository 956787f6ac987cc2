"""A look into the work database after dbt: the rows that failed tests, and how many rows each table has."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import duckdb

from leadhouse.database import connect_work, literal, name
from leadhouse.records import NodeRecord
from leadhouse.runner import NodeResult, RunResult

FAILURES_SCHEMA = "test_failures"
_EXAMPLES = 3


@dataclass(frozen=True)
class KeptFailure:
    """A failed node; `table` of the work database keeps the rows that a data test found.

    `examples` names some of those rows by their ids, and has nothing of a person in it.
    """

    node: NodeResult
    table: str | None
    examples: tuple[str, ...] = ()


def wait_until_free(home: Path) -> None:
    """Wait a little for a program that looks into the work database; raises BuildError, naming it, when it stays."""
    if (home / "work.duckdb").exists():
        connect_work(home).close()


def inspect(home: Path, build_id: str, run: RunResult) -> tuple[list[KeptFailure], list[NodeRecord]]:
    """Keep the rows that failed data tests found, as tables until the next build, and count the rows of each table."""
    if not (home / "work.duckdb").exists():
        return [KeptFailure(node, None) for node in run.failed], node_records(build_id, run.nodes, {})
    personal = personal_columns(home / "target" / "manifest.json") if run.failed else set()
    with connect_work(home) as connection:
        connection.execute(f"drop schema if exists {FAILURES_SCHEMA} cascade")
        if any(node.sql for node in run.failed):
            connection.execute(f"create schema {FAILURES_SCHEMA}")
        failures = [_keep(connection, node, personal) for node in run.failed]
        return failures, node_records(build_id, run.nodes, _count_rows(connection, run.nodes))


def _keep(connection: duckdb.DuckDBPyConnection, node: NodeResult, personal: Collection[str]) -> KeptFailure:
    if not node.sql or node.status != "fail":
        return KeptFailure(node, None)
    table = f'{FAILURES_SCHEMA}."{node.name.replace(chr(34), "")}"'
    try:
        connection.execute(f"create or replace table {table} as {node.sql.rstrip().rstrip(';')}")
        return KeptFailure(node, table, examples(connection, table, node.column, personal))
    except duckdb.Error:
        # The report of the failure matters more than this convenience.
        return KeptFailure(node, None)


def examples(
    connection: duckdb.DuckDBPyConnection, table: str, tested: str | None, personal: Collection[str]
) -> tuple[str, ...]:
    """The ids of some rows, without what may name a person: other columns, marked ones, and ids that are addresses."""
    columns = [str(row[0]) for row in connection.execute(f"describe {table}").fetchall()]
    # The test of uniqueness gives the column's values another name.
    meanings = {column: tested if column == "unique_field" and tested else column for column in columns}
    ids = [column for column in columns if _is_id(meanings[column], personal)]
    if not ids:
        return ()
    selected = ", ".join(f"cast({name(column)} as varchar)" for column in ids)
    rows = connection.execute(f"select distinct {selected} from {table} order by all limit {_EXAMPLES}").fetchall()
    return tuple(_described([meanings[column] for column in ids], row) for row in rows)


def _is_id(column: str, personal: Collection[str]) -> bool:
    return column.lower().endswith("_id") and column.lower() not in personal


def _described(columns: Sequence[str], row: Iterable[str | None]) -> str:
    shown = ("null" if value is None else "(hidden)" if "@" in value else value for value in row)
    return ", ".join(f"{column} {value}" for column, value in zip(columns, shown, strict=True))


def personal_columns(manifest: Path) -> set[str]:
    """Columns that are marked as personal data in any model."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return {
        column_name.lower()
        for node in nodes
        for column_name, column in node.get("columns", {}).items()
        if "contains_pii" in {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}
    }


def _count_rows(connection: duckdb.DuckDBPyConnection, nodes: Sequence[NodeResult]) -> dict[tuple[str, str], int]:
    there = set(connection.execute("select schema_name, table_name from duckdb_tables()").fetchall())
    tables = [node.table for node in nodes if node.table in there and node.table is not None]
    if not tables:
        return {}
    counts = (
        f"select {literal(schema)}, {literal(table)}, count(*) from {name(schema)}.{name(table)}"
        for schema, table in tables
    )
    rows = connection.execute(" union all ".join(counts)).fetchall()
    return {(schema, table): int(count) for schema, table, count in rows}


def node_records(build_id: str, nodes: Sequence[NodeResult], counts: dict[tuple[str, str], int]) -> list[NodeRecord]:
    """What each node took, with the rows of its table where `counts` has them by schema and name."""
    return [
        NodeRecord(
            build_id=build_id,
            node_name=node.name,
            resource_type=node.kind,
            status=node.status,
            count_rows=counts.get(node.table) if node.table and node.status in ("success", "no-op") else None,
            count_failed_rows=node.failures if node.is_test else None,
            seconds=Decimal(str(round(node.seconds, 3))),
        )
        for node in nodes
        if node.kind != "operation"
    ]

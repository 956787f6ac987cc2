"""A look into the warehouse after dbt: the rows that failed tests, and how many rows each table has."""

from __future__ import annotations

from pathlib import Path

import duckdb

from leadhouse.database import name
from leadhouse.engines.warehouse import Session, Warehouse
from leadhouse.records import NodeRecord
from leadhouse.runner import NodeResult, RunResult
from leadhouse.workbench import FAILURES_SCHEMA, KeptFailure, examples, node_records, personal_columns


def inspect_in(
    warehouse: Warehouse, home: Path, build_id: str, run: RunResult
) -> tuple[list[KeptFailure], list[NodeRecord]]:
    """Keep the rows that failed data tests found, as tables until the next build, and count the rows of each table."""
    schema = warehouse.layer(FAILURES_SCHEMA)
    with warehouse.session() as session:
        session.run(f"drop schema if exists {schema} cascade")
        failed = [node for node in run.failed if node.sql and node.status == "fail"]
        if failed:
            session.run(f"create schema {schema}")
        session.commit()
        personal = personal_columns(home / "target" / "manifest.json") if failed else set()
        kept = [
            _keep(session, schema, node, personal) if node in failed else KeptFailure(node, None) for node in run.failed
        ]
        return kept, node_records(build_id, run.nodes, _count_rows(session, run))


def _keep(session: Session, schema: str, node: NodeResult, personal: set[str]) -> KeptFailure:
    table = f"{schema}.{name(node.name[:63])}"
    statement = (node.sql or "").rstrip().rstrip(";")
    if not session.attempt(f"create table {table} as {statement}"):
        return KeptFailure(node, None)
    with duckdb.connect() as connection:
        types = session.tables(schema)[node.name[:63]]
        session.fetch(f"select * from {table}", connection, "failures", types)
        return KeptFailure(node, table, examples(connection, "failures", node.column, personal))


def _count_rows(session: Session, run: RunResult) -> dict[tuple[str, str], int]:
    schemas = {node.table[0] for node in run.nodes if node.table is not None}
    there = {(schema, table) for schema in schemas for table in session.tables(schema)}
    # A view is counted when it is read; here it would be computed for nothing.
    views = {row for schema in schemas for row in session.views(schema)}
    return {
        table: int(session.rows(f"select count(*) from {table[0]}.{name(table[1])}")[0][0])
        for node in run.nodes
        if (table := node.table) is not None and table in there and table not in views
    }

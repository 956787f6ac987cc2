"""The warehouse's tables as a DuckDB connection sees them: what a statement asks for is fetched when it asks.

So whatever reads the published marts or the work tables runs the same statements on the same rows on every engine. What is fetched is
in memory; `narrow` says of which rows alone a table is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import duckdb

from leadhouse.database import literal, name
from leadhouse.engines.warehouse import Session, Warehouse

_REFERENCE = re.compile(r"\"?\b(marts|intermediate|seeds)\"?\.\"?(\w+)")


class Mirror:
    """Stands for a DuckDB connection. `schemas` names the warehouse's schema for each of ours."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, session: Session, catalog: str, schemas: Mapping[str, str]
    ) -> None:
        self._connection = connection
        self._session = session
        self._catalog = catalog
        self._schemas = schemas
        self._types: dict[str, dict[str, dict[str, str]]] = {}
        self._wanted: dict[tuple[str | None, str], tuple[str, ...]] = {}
        # What has been fetched, with the condition on its rows.
        self._fetched: dict[tuple[str, str], str] = {}
        for schema in schemas:
            connection.execute(f"create schema if not exists {catalog}.{schema}")

    def execute(self, statement: str, parameters: Any = None) -> duckdb.DuckDBPyConnection:
        """Run a statement; the tables that it names are there by then, as far as the warehouse has them."""
        for schema, table in dict.fromkeys(_REFERENCE.findall(statement)):
            if schema in self._schemas:
                self._fetch(schema, table)
        return self._connection.execute(statement, parameters)

    def narrow(self, column: str, values: Sequence[str], table: str | None) -> None:
        """From now on fetch only rows with one of these values, of one table or of all that have the column."""
        self._wanted[table, column] = tuple(values)

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._connection, attribute)

    def _fetch(self, schema: str, table: str) -> None:
        if schema not in self._types:
            self._types[schema] = self._session.tables(self._schemas[schema])
        types = self._types[schema].get(table)
        if types is None:
            return
        condition = " and ".join(
            f"{column} in ({', '.join(map(literal, values))})"
            for (of, column), values in self._wanted.items()
            if of in (None, table) and column in types
        )
        if self._fetched.get((schema, table)) == condition:
            return
        columns = ", ".join(map(name, types))
        select = f"select {columns} from {self._schemas[schema]}.{name(table)}"
        where = f" where {condition}" if condition else ""
        self._session.fetch(select + where, self._connection, f"{self._catalog}.{schema}.{name(table)}", types)
        self._fetched[schema, table] = condition


@contextmanager
def reading(warehouse: Warehouse, schema: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that finds the tables of one of the warehouse's schemas in its schema `marts`."""
    with warehouse.session() as session, duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield cast(duckdb.DuckDBPyConnection, Mirror(connection, session, "memory", {"marts": schema}))


def attach_work(
    connection: duckdb.DuckDBPyConnection, session: Session, warehouse: Warehouse
) -> duckdb.DuckDBPyConnection:
    """The same connection, which finds dbt's tables in its catalogue `work`, in the schemas of their layers."""
    connection.execute("attach ':memory:' as work")
    layers = {layer: warehouse.layer(layer) for layer in ("marts", "intermediate", "seeds")}
    return cast(duckdb.DuckDBPyConnection, Mirror(connection, session, "work", layers))


def narrow(connection: duckdb.DuckDBPyConnection, column: str, values: Sequence[str], table: str | None = None) -> None:
    """Say that only rows with these values are wanted, where tables are fetched from a warehouse."""
    if isinstance(connection, Mirror):
        connection.narrow(column, values, table)

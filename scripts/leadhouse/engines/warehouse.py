"""What the package asks of a warehouse, whatever its engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import duckdb

from leadhouse.database import name as quote

Row = tuple[Any, ...]
# DuckDB's types that every warehouse has alike; a value of any other one is text there.
TYPES = (
    "BIGINT", "BOOLEAN", "DATE", "DOUBLE", "FLOAT", "INTEGER", "SMALLINT", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TINYINT",
    "UINTEGER", "VARCHAR",
)  # fmt: skip


@dataclass(frozen=True)
class Shown:
    """The version that readers see, by the schemas that hold its marts and its outbox."""

    build_id: str
    marts: str
    outbox: str


@dataclass(frozen=True)
class View:
    """A view for readers on a table of a version; all names as they stand in SQL.

    `columns` and `earlier_columns` are name -> type; `earlier` is the table that it has shown until now, None for a new one.
    """

    name: str
    table: str
    columns: Mapping[str, str]
    description: str = ""
    earlier: str | None = None
    earlier_columns: Mapping[str, str] = field(default_factory=dict)

    @property
    def select(self) -> str:
        """What it shows."""
        return f"select {', '.join(map(quote, self.columns))} from {self.table}"


def value_for_warehouse(column: str, kind: str) -> str:
    """SQL of DuckDB for a column as a warehouse can hold it: nested values are JSON text, a NUL in a text is a blank."""
    value = quote(column)
    if kind == "VARCHAR":
        return f"replace({value}, chr(0), ' ')"
    if kind in TYPES or kind.startswith("DECIMAL"):
        return value
    is_nested = kind.endswith("[]") or kind.startswith(("STRUCT", "MAP", "UNION"))
    return f"cast({'to_json(' + value + ')' if is_nested else value} as varchar)"


class Session(ABC):
    """One connection of a driver that keeps to DB-API. What it runs takes effect when it is committed, as far as the engine can take
    anything back."""

    # A view of the engine's own in the published schema.
    POINTER = ""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that gives no rows; parameters are `%s`."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)

    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of a select; parameters are `%s`."""
        with self._connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return [tuple(row) for row in cursor.fetchall()]

    @abstractmethod
    def commit(self) -> None:
        """Let everything since the last commit take effect."""

    @abstractmethod
    def tables(self, schema: str) -> dict[str, dict[str, str]]:
        """Tables and views of a schema: name -> column -> type, by DuckDB's names, in the order of the table."""

    @abstractmethod
    def views(self, schema: str) -> list[tuple[str, str]]:
        """Schema and name of the views of a schema."""

    @abstractmethod
    def fetch(self, select: str, connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str]) -> None:
        """Make a table of a DuckDB connection of the rows of a select, with these columns."""

    @abstractmethod
    def load(self, connection: duckdb.DuckDBPyConnection, relation: str, schema: str, table: str) -> int:
        """Make a table of the warehouse of a relation of a DuckDB connection; gives the number of its rows.

        Values of nested types become JSON text. A table that is there already is filled anew, and gets the columns that it lacks.
        """

    @abstractmethod
    def attempt(self, statement: str) -> bool:
        """Run a statement and commit it; where it fails, or somebody else's work is in its way, it is taken back."""

    @abstractmethod
    def turn(self, schema: str, views: Sequence[View], gone: Sequence[str], shown: Shown) -> None:
        """Let readers see another version from one moment on: all these views, none of those that are gone, and `shown`.

        Raises BuildError where it cannot be done; then all is as it was.
        """

    @abstractmethod
    def shown(self, schema: str) -> Shown | None:
        """What readers of a schema see; None when nothing is published in it."""

    @abstractmethod
    def pseudonym(self, expression: str) -> str:
        """SQL for the pseudonym of a text, as `privacy.pseudonym_sql` makes it, beside a row of `pads`."""

    @abstractmethod
    def note(self, schema: str, text: str) -> None:
        """Note something on a schema, as a JSON object without objects in it."""

    @abstractmethod
    def notes(self, prefix: str) -> list[tuple[str, str | None, int]]:
        """The schemas whose names begin so: name, note (None where there is none), and bytes of their tables."""


class Warehouse(ABC):
    """A warehouse. `schema` is the published one; those of dbt's layers and of kept versions begin with its name."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        self.settings = settings
        self.schema = str(settings["schema"])

    @property
    @abstractmethod
    def place(self) -> str:
        """Where it is, for people: without secrets."""

    @property
    def published(self) -> str:
        """Where the published marts are, for people."""
        return f"{self.place}, schema {self.schema}"

    @abstractmethod
    def session(self) -> AbstractContextManager[Session]:
        """A connection; what was not committed at its end is taken back. Raises BuildError when there is none to be had."""

    @abstractmethod
    def lock(self, command: str) -> AbstractContextManager[None]:
        """Hold the lock on the schema; raises LockedError, with who holds it, when another process does."""

    def layer(self, name: str) -> str:
        """The schema of one of dbt's layers, such as marts."""
        return f"{self.schema}_{name}"

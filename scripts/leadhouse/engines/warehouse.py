"""What the package asks of a warehouse, whatever its engine."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

import duckdb

Row = tuple[Any, ...]


class Session(ABC):
    """One connection. What it runs takes effect when it is committed, as far as the engine can take anything back."""

    @abstractmethod
    def run(self, statement: str, parameters: Sequence[Any] = ()) -> None:
        """Run a statement that gives no rows."""

    @abstractmethod
    def rows(self, statement: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """The rows of a select."""

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
    def turn(self, statements: Sequence[str]) -> None:
        """Run statements that readers may be in the way of, for a while again and again, so that none of them waits for long."""

    @abstractmethod
    def pseudonym(self, expression: str) -> str:
        """SQL for the pseudonym of a text, as `privacy.pseudonym_sql` makes it, beside a row of `pads`."""

    @abstractmethod
    def note(self, schema: str, text: str) -> None:
        """Note something on a schema."""

    @abstractmethod
    def notes(self, prefix: str) -> list[tuple[str, str, int]]:
        """The schemas with a note whose names begin so: name, note, and bytes of their tables."""


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

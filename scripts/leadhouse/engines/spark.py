"""Spark, by its thrift server: rows come and go by Parquet files in a folder that both see, and there are no transactions.

Readers see a version by views that ask which one it is: a view of one row, `published_build`, says so, and is replaced in one moment.
The lock is a table for each holder, whose clock is the server's.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import duckdb
import psutil

from leadhouse.database import literal, name
from leadhouse.engines.warehouse import Session, Shown, View, Warehouse, value_for_warehouse
from leadhouse.errors import BuildError, InputError, LockedError, Problem
from leadhouse.machine import user_name

EXCHANGE = "LEADHOUSE_SPARK_EXCHANGE"
# Of a session: without the prefix the thrift server passes over them.
_CONFIGURATION = {
    f"set:hiveconf:{key}": value
    for key, value in {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.ansi.enabled": "true",
        # Names and texts are written as for the other engines.
        "spark.sql.ansi.doubleQuotedIdentifiers": "true",
        "spark.sql.parser.escapedStringLiterals": "true",
        "spark.sql.legacy.createHiveTableByDefault": "false",
        # Sizes of tables are those of their files, known as soon as they are written.
        "spark.sql.statistics.size.autoUpdate.enabled": "true",
    }.items()
}
_DUCKDB_TYPES = {
    "boolean": "BOOLEAN",
    "byte": "TINYINT",
    "date": "DATE",
    "double": "DOUBLE",
    "float": "FLOAT",
    "integer": "INTEGER",
    "long": "BIGINT",
    "short": "SMALLINT",
    "timestamp": "TIMESTAMP",
    "timestamp_ntz": "TIMESTAMP",
}
# Seconds between a holder's signs of life, and after which one without any is taken for dead.
_BEAT, _DEAD = 30, 300


class SparkWarehouse(Warehouse):
    """A cluster with a thrift server. Schemas are databases of its catalogue."""

    @property
    def place(self) -> str:
        """`host:port`."""
        return f"{self.settings['host']}:{self.settings['port']}"

    @contextmanager
    def session(self) -> Iterator[SparkSession]:
        """A session whose clock is UTC."""
        connection = self._connect()
        try:
            yield SparkSession(connection)
        except _errors() as error:
            raise BuildError(f"Spark, {self.place}: {_first_line(error)}") from error
        finally:
            # Of a server that is gone there is nothing to close.
            with suppress(*_errors(), OSError):
                connection.close()

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """A table that says who holds it, with a sign of life every half minute.

        Whoever comes puts down a table of his own first and looks for others then, so that of two at once none or one goes on.
        Holders that are known to be dead, or have given no sign for five minutes, are cleared away.
        """
        schema, mine = self.layer("locks"), f"holder_{secrets.token_hex(8)}"
        holder = _Holder(f"{command} by {user_name()}", socket.gethostname(), os.getpid())
        with self.session() as session:
            session.run(f"create schema if not exists {schema}")
            text = literal(json.dumps(asdict(holder)))
            properties = f"'holder' = {text}, 'seen' = '{_now(session)}'"
            session.run(f"create table {schema}.{mine} (nothing int) using parquet tblproperties ({properties})")
        is_over = threading.Event()
        beats = threading.Thread(target=self._beat, args=(schema, mine, is_over), daemon=True)
        beats.start()
        try:
            with self.session() as session:
                for other, seconds in _others(session, schema, mine):
                    raise LockedError(
                        f"A build is running: `{other.command}` on {other.host} (process {other.pid}), seen {seconds} s ago, "
                        f"holds the lock on {self.schema} in {self.place}. Nothing was done; try again when it has ended."
                    )
            yield
        finally:
            is_over.set()
            beats.join()
            with suppress(BuildError, InputError), self.session() as session:
                session.run(f"drop table if exists {schema}.{mine}")

    def _beat(self, schema: str, mine: str, is_over: threading.Event) -> None:
        while not is_over.wait(_BEAT):
            # A server that cannot be reached for a moment is asked again.
            with suppress(BuildError, InputError), self.session() as session:
                _sign(session, schema, mine)

    def _connect(self) -> Any:
        settings = self.settings
        try:
            return _driver().connect(
                host=settings["host"],
                port=settings["port"],
                username=settings["user"],
                configuration=_CONFIGURATION,
            )
        except Exception as error:
            mend = "LEADHOUSE_SPARK_HOST, _PORT and _USER say where its thrift server is."
            raise InputError([Problem(f"Spark, {self.place}", _first_line(error), mend)]) from error


class SparkSession(Session):
    """A session of the thrift server. Every statement takes effect at once."""

    POINTER = "published_build"

    def commit(self) -> None:
        """Everything holds already."""

    def attempt(self, statement: str) -> bool:
        """There are no locks to wait for."""
        try:
            self.run(statement)
        except _errors():
            return False
        return True

    def turn(self, schema: str, views: Sequence[View], gone: Sequence[str], shown: Shown) -> None:
        """First every view shows the version that the pointer names, which is still the one before; then the pointer is replaced,
        in one moment; then the views show that version only. A query looks at the pointer once, however many views it reads."""
        pointer = f"{schema}.{self.POINTER}"
        if self.shown(schema) is None:
            self._define(pointer, _values(Shown("", "", "")), "The build that readers see.")
        is_shown = f"(select outbox from {pointer}) = {literal(shown.outbox)}"
        for view in views:
            self._define(view.name, f"{view.select} where {is_shown}{_earlier(view, is_shown)}", view.description)
        self._define(pointer, _values(shown))
        for view in views:
            self._define(view.name, view.select)
        for one in gone:
            self.run(f"drop view {one}")

    def shown(self, schema: str) -> Shown | None:
        """From the pointer."""
        if self.POINTER not in self.tables(schema):
            return None
        row = self.rows(f"select build_id, marts, outbox from {schema}.{self.POINTER}")[0]
        return Shown(*row) if row[0] else None

    def _define(self, view: str, select: str, description: str = "") -> None:
        """Make or alter a view. To replace it would be to drop it and to make it again, and readers would find none meanwhile."""
        self.run(f"create view if not exists {view} as {select}")
        self.run(f"alter view {view} as {select}")
        if description:
            self.run(f"alter view {view} set tblproperties ('comment' = {literal(description)})")

    def pseudonym(self, expression: str) -> str:
        """HMAC-SHA256, in hexadecimal digits."""
        value = f"encode(lower(trim(cast({expression} as string))), 'UTF-8')"
        inner = f"unhex(sha2(concat(unhex(pads.inner_pad), {value}), 256))"
        return f"sha2(concat(unhex(pads.outer_pad), {inner}), 256)"

    def note(self, schema: str, text: str) -> None:
        """A property: Hive's catalogue keeps the comment of a schema as it was when it was made."""
        self.run(f"alter schema {schema} set dbproperties ('leadhouse' = {literal(text)})")

    def notes(self, prefix: str) -> list[tuple[str, str | None, int]]:
        """Properties, which are told as one text: ((name,value), (name,value))."""
        found = []
        for (schema,) in self.rows(f"show schemas like {literal(prefix + '*')}"):
            told: dict[str, str] = dict(row[:2] for row in self.rows(f"describe schema extended {name(schema)}"))
            note = re.search(r"\(leadhouse,(\{.*?\})\)", told.get("Properties", ""))
            size = sum(table.size for table in self._tables(schema))
            found.append((str(schema), note[1] if note else None, size))
        return found

    def tables(self, schema: str) -> dict[str, dict[str, str]]:
        """From the catalogue."""
        return {table.name: table.columns for table in self._tables(schema)}

    def views(self, schema: str) -> list[tuple[str, str]]:
        """From the catalogue."""
        return [(schema, table.name) for table in self._tables(schema) if table.is_view]

    def _tables(self, schema: str) -> list[_Table]:
        if not self.rows(f"show schemas like {literal(schema)}"):
            return []
        return [_read_table(*row[1:4:2]) for row in self.rows(f"show table extended in {name(schema)} like '*'")]

    def fetch(self, select: str, connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str]) -> None:
        """By Parquet files that live as long as the call."""
        # A moment with a zone would be read by the zone of whoever reads it.
        values = ", ".join(
            f"cast({name(column)} as timestamp_ntz) as {name(column)}" if kind == "TIMESTAMP" else name(column)
            for column, kind in types.items()
        )
        columns = ", ".join(f"cast({name(column)} as {kind}) as {name(column)}" for column, kind in types.items())
        with _exchange() as folder:
            self.run(f"insert overwrite directory {literal(folder)} using parquet select {values} from ({select})")
            if any(folder.glob("*.parquet")):
                rows = f"select {columns} from read_parquet({literal(folder / '*.parquet')})"
            else:
                nothing = ", ".join(f"cast(null as {kind}) as {name(column)}" for column, kind in types.items())
                rows = f"select {nothing} where false"
            connection.execute(f"create or replace table {table} as {rows}")

    def load(self, connection: duckdb.DuckDBPyConnection, relation: str, schema: str, table: str) -> int:
        """By a Parquet file that lives as long as the call; a table that is there already is replaced when the new one is whole."""
        columns = [
            (str(row[0]), str(row[1])) for row in connection.execute(f"describe select * from {relation}").fetchall()
        ]
        values = ", ".join(f"{value_for_warehouse(column, kind)} as {name(column)}" for column, kind in columns)
        # Parquet's moments without a zone are another type of Spark's.
        read = ", ".join(
            f"cast({name(column)} as timestamp) as {name(column)}" if kind == "TIMESTAMP" else name(column)
            for column, kind in columns
        )
        target, beside = f"{name(schema)}.{name(table)}", f"{name(schema)}.{name(table + '__new')}"
        with _exchange() as folder:
            folder.mkdir()
            row = connection.execute(
                f"copy (select {values} from {relation}) to {literal(folder / 'rows.parquet')}"
            ).fetchone()
            self.run(f"drop table if exists {beside}")
            self.run(f"create table {beside} using parquet as select {read} from parquet.`{folder}`")
        self.run(f"drop table if exists {target}")
        self.run(f"alter table {beside} rename to {target}")
        return int(row[0]) if row else 0


@dataclass(frozen=True)
class _Table:
    name: str
    is_view: bool
    size: int
    columns: dict[str, str]


def _read_table(table: str, information: str) -> _Table:
    """A table from what `show table extended` says of it, a line for each fact and column."""
    columns, facts = {}, {}
    for line in information.splitlines():
        if line.startswith(" |-- "):
            column, _, rest = line.removeprefix(" |-- ").rpartition(": ")
            kind = rest.partition(" (")[0] if not rest.startswith("decimal") else rest.partition(" (nullable")[0]
            columns[column] = kind.upper() if kind.startswith("decimal") else _DUCKDB_TYPES.get(kind, "VARCHAR")
        else:
            fact, _, value = line.partition(": ")
            facts[fact] = value
    size = facts.get("Statistics", "0").partition(" ")[0]
    return _Table(table, facts.get("Type") == "VIEW", int(size) if size.isdigit() else 0, columns)


def _values(shown: Shown) -> str:
    return "select " + ", ".join(f"{literal(value)} as {column}" for column, value in asdict(shown).items())


def _earlier(view: View, is_shown: str) -> str:
    """The rows of the version before, under the columns of the new one, as long as the new one is not shown."""
    if view.earlier is None:
        return ""
    columns = ", ".join(
        f"{name(column) if column in view.earlier_columns else 'null'} as {name(column)}" for column in view.columns
    )
    return f" union all select {columns} from {view.earlier} where not coalesce({is_shown}, false)"


@dataclass(frozen=True)
class _Holder:
    command: str
    host: str
    pid: int

    @property
    def is_dead(self) -> bool:
        """Whether that is known here."""
        return self.host == socket.gethostname() and not psutil.pid_exists(self.pid)


def _sign(session: SparkSession, schema: str, mine: str) -> None:
    session.run(f"alter table {schema}.{mine} set tblproperties ('seen' = '{_now(session)}')")


def _now(session: SparkSession) -> int:
    """Seconds by the server's clock, which all holders share."""
    return int(session.rows("select unix_timestamp()")[0][0])


def _others(session: SparkSession, schema: str, mine: str) -> list[tuple[_Holder, int]]:
    """The living holders but ourselves, and the seconds since each was seen; what the dead left is cleared away."""
    living = []
    for table in sorted(session.tables(schema).keys() - {mine}):
        try:
            properties: dict[str, str] = dict(session.rows(f"show tblproperties {schema}.{table}"))
        except _errors():
            # Its holder has let go of it meanwhile.
            continue
        holder = _Holder(**json.loads(properties["holder"]))
        seconds = _now(session) - int(properties["seen"])
        if holder.is_dead or seconds > _DEAD:
            session.run(f"drop table if exists {schema}.{table}")
        else:
            living.append((holder, seconds))
    return living


@contextmanager
def _exchange() -> Iterator[Path]:
    """A name for a folder in the one that this process and the cluster both see; what is written there goes with the context."""
    place = os.environ.get(EXCHANGE)
    if not place or not Path(place).is_dir():
        what = f"`{place}` is no folder" if place else "is not set"
        raise InputError([Problem(EXCHANGE, what, "Name a folder that this host and Spark's workers both see.")])
    folder = Path(place).resolve() / f"leadhouse-{secrets.token_hex(8)}"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _driver() -> Any:
    try:
        from pyhive import hive
    except ImportError:
        problem = Problem("Spark", "its driver is not installed", "Run `pip install 'leadhouse[spark]'`.")
        raise InputError([problem]) from None
    return hive


def _errors() -> tuple[type[Exception], ...]:
    """What the driver raises: the server's errors, and those of the connection."""
    from pyhive.exc import Error
    from thrift.Thrift import TException

    _driver()
    return Error, TException


def _first_line(error: Exception) -> str:
    """The server sends a whole trace: its message is what people can use."""
    status = getattr(error.args[0], "status", None) if error.args else None
    text = str(getattr(status, "errorMessage", None) or error)
    return text.partition("\n")[0].strip()

"""PostgreSQL: rows come and go by COPY, statements are transactions, and the lock is an advisory one."""

from __future__ import annotations

import json
import os
import socket
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.database import literal, name
from leadhouse.engines.warehouse import Session, Shown, View, Warehouse, value_for_warehouse
from leadhouse.errors import BuildError, InputError, LockedError, Problem
from leadhouse.machine import user_name

# DuckDB's types as PostgreSQL has them; decimals are alike, and what is not here becomes text.
_TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "INTEGER": "integer",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "TINYINT": "smallint",
    "UINTEGER": "bigint",
    "VARCHAR": "text",
}
_DUCKDB_TYPES = {
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "double precision": "DOUBLE",
    "integer": "INTEGER",
    "real": "FLOAT",
    "smallint": "SMALLINT",
    "timestamp with time zone": "TIMESTAMP WITH TIME ZONE",
    "timestamp without time zone": "TIMESTAMP",
}
# A sum of decimals has no declared places; points have six, shares more.
_UNDECLARED_DECIMAL = "DECIMAL(38,12)"
# Seconds between tries to turn the views, about five minutes in all.
_PAUSES = (0.2, 0.5, 1.0, *[2.0] * 120)
_CSV = "format csv, null '', encoding 'utf8'"


class PostgresWarehouse(Warehouse):
    """A database of a PostgreSQL server."""

    @property
    def place(self) -> str:
        """`host:port/database`."""
        return f"{self.settings['host']}:{self.settings['port']}/{self.settings['dbname']}"

    @contextmanager
    def session(self) -> Iterator[PostgresSession]:
        """A connection whose clock is UTC."""
        connection = self._connect()
        try:
            yield PostgresSession(connection)
        except _driver().Error as error:
            connection.rollback()
            raise BuildError(f"PostgreSQL, {self.place}: {str(error).strip()}") from error
        finally:
            connection.close()

    @contextmanager
    def lock(self, command: str) -> Iterator[None]:
        """An advisory lock, held by a connection of its own: the server lets go of it when the process is gone."""
        key = f"hashtextextended({literal('leadhouse:' + self.schema)}, 0)"
        # Shown by the server to whoever asks who holds the lock.
        label = f"{command} by {user_name()} on {socket.gethostname()} (process {os.getpid()})"[:63]
        connection = self._connect(application_name=label)
        connection.autocommit = True
        try:
            session = PostgresSession(connection)
            if not session.rows(f"select pg_try_advisory_lock({key})")[0][0]:
                raise LockedError(_refusal(session, key, self))
            yield
        finally:
            connection.close()

    def _connect(self, **options: Any) -> Any:
        driver = _driver()
        settings = self.settings
        try:
            connection = driver.connect(
                host=settings["host"],
                port=settings["port"],
                user=settings["user"],
                password=settings["password"] or None,
                dbname=settings["dbname"],
                # A server that is gone is found out within minutes, not hours.
                keepalives_idle=60,
                **options,
            )
        except driver.OperationalError as error:
            mend = "LEADHOUSE_POSTGRES_HOST, _PORT, _USER, _PASSWORD and _DATABASE say where it is."
            raise InputError([Problem(f"PostgreSQL, {self.place}", str(error).strip(), mend)]) from error
        with connection.cursor() as cursor:
            cursor.execute("set time zone 'UTC'")
        connection.commit()
        return connection


class PostgresSession(Session):
    """A connection to PostgreSQL."""

    def commit(self) -> None:
        """End the transaction."""
        self._connection.commit()

    def attempt(self, statement: str) -> bool:
        """Locks of others are waited for for seconds only."""
        try:
            self.run(f"set local lock_timeout = '2s'; {statement}")
            self.commit()
        except _driver().Error:
            self._connection.rollback()
            return False
        return True

    def turn(self, schema: str, views: Sequence[View], gone: Sequence[str], shown: Shown) -> None:
        """Whoever waits for a lock that is waited for here waits too: so it is given up within less than the time after which
        the server takes both for a deadlock, and tried again. A view whose columns stay is replaced, and keeps whom it is granted to."""
        statements = [f"drop view {view}" for view in gone]
        for view in views:
            there, wanted = list(view.earlier_columns.items()), list(view.columns.items())
            if view.earlier and there != wanted[: len(there)]:
                statements.append(f"drop view {view.name}")
            statements.append(f"create or replace view {view.name} as {view.select}")
            if view.description:
                statements.append(f"comment on view {view.name} is {literal(view.description)}")
        self.run("savepoint turn")
        for pause in _PAUSES:
            try:
                self.run("set local lock_timeout = '400ms'")
                for statement in statements:
                    self.run(statement)
                self.note(schema, json.dumps(asdict(shown)))
                self.run("set local lock_timeout = 0")
                return
            except (_driver().errors.LockNotAvailable, _driver().errors.DeadlockDetected):
                self.run("rollback to savepoint turn")
                time.sleep(pause)
        raise BuildError(
            "Publishing failed: readers have held the views for minutes. Nothing was published; build again."
        )

    def shown(self, schema: str) -> Shown | None:
        """From the schema's comment."""
        note = next((note for found, note, _ in self.notes(schema) if found == schema), None)
        return Shown(**json.loads(note)) if note else None

    def pseudonym(self, expression: str) -> str:
        """HMAC-SHA256, in hexadecimal digits."""
        value = f"convert_to(lower(trim(cast({expression} as text))), 'UTF8')"
        inner = f"sha256(decode(pads.inner_pad, 'hex') || {value})"
        return f"encode(sha256(decode(pads.outer_pad, 'hex') || {inner}), 'hex')"

    def note(self, schema: str, text: str) -> None:
        """A comment."""
        self.run(f"comment on schema {schema} is {literal(text)}")

    def notes(self, prefix: str) -> list[tuple[str, str | None, int]]:
        """Comments."""
        return self.rows(
            "select namespace.nspname, obj_description(namespace.oid, 'pg_namespace'), coalesce(("
            "select sum(pg_total_relation_size(class.oid)) from pg_class as class "
            "where class.relnamespace = namespace.oid and class.relkind = 'r'), 0)::bigint "
            "from pg_namespace as namespace where starts_with(namespace.nspname, %s)",
            [prefix],
        )

    def tables(self, schema: str) -> dict[str, dict[str, str]]:
        """From the catalogue; decimals without places are given some."""
        found: dict[str, dict[str, str]] = {}
        for table, column, kind, precision, scale in self.rows(
            "select table_name, column_name, data_type, numeric_precision, numeric_scale from information_schema.columns "
            "where table_schema = %s order by table_name, ordinal_position",
            [schema],
        ):
            if kind == "numeric":
                found.setdefault(table, {})[column] = (
                    f"DECIMAL({precision},{scale})" if precision else _UNDECLARED_DECIMAL
                )
            else:
                found.setdefault(table, {})[column] = _DUCKDB_TYPES.get(kind, "VARCHAR")
        return found

    def views(self, schema: str) -> list[tuple[str, str]]:
        """From the catalogue."""
        statement = "select table_schema, table_name from information_schema.views where table_schema = %s"
        return [(str(row[0]), str(row[1])) for row in self.rows(statement, [schema])]

    def fetch(self, select: str, connection: duckdb.DuckDBPyConnection, table: str, types: Mapping[str, str]) -> None:
        """By a CSV file that lives as long as the call; an empty text stays apart from none."""
        columns = "{" + ", ".join(f"{literal(column)}: {literal(kind)}" for column, kind in types.items()) + "}"
        with tempfile.NamedTemporaryFile("wb", suffix=".csv") as file, self._connection.cursor() as cursor:
            cursor.copy_expert(f"copy ({select}) to stdout ({_CSV})", file)
            file.flush()
            connection.execute(
                f"create or replace table {table} as from read_csv({literal(file.name)}, header=false, auto_detect=false, "
                f"delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false, strict_mode=true, "
                f"max_line_size=67108864, buffer_size=134217728, columns={columns})"
            )

    def load(self, connection: duckdb.DuckDBPyConnection, relation: str, schema: str, table: str) -> int:
        """By a CSV file that lives as long as the call. A NUL, which PostgreSQL's text cannot hold, becomes a blank."""
        columns = [
            (str(row[0]), str(row[1])) for row in connection.execute(f"describe select * from {relation}").fetchall()
        ]
        values = ", ".join(value_for_warehouse(column, kind) for column, kind in columns)
        target, there = f"{name(schema)}.{name(table)}", self.tables(schema).get(table)
        if there is None:
            self.run(
                f"create table {target} ({', '.join(f'{name(column)} {_type(kind)}' for column, kind in columns)})"
            )
        else:
            # Views read it: to make it anew would be to lose them.
            self.run(f"truncate table {target}")
            for column, kind in columns:
                if column not in there:
                    self.run(f"alter table {target} add column {name(column)} {_type(kind)}")
        with tempfile.TemporaryDirectory() as folder, self._connection.cursor() as cursor:
            file = Path(folder) / "rows.csv"
            connection.execute(
                f"copy (select {values} from {relation}) to {literal(file)} (format csv, header false, nullstr '')"
            )
            with file.open("rb") as written:
                cursor.copy_expert(
                    f"copy {target} ({', '.join(name(column) for column, _ in columns)}) from stdin ({_CSV})", written
                )
            return int(cursor.rowcount)


def _type(kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.lower()
    return _TYPES.get(kind, "text")


def _refusal(session: PostgresSession, key: str, place: PostgresWarehouse) -> str:
    holders = session.rows(
        "select activity.application_name, activity.backend_start from pg_locks as locks "
        "inner join pg_stat_activity as activity on activity.pid = locks.pid "
        f"where locks.locktype = 'advisory' and locks.granted and locks.objid = ({key} & 4294967295)::bigint::oid"
    )
    who = f"`{holders[0][0]}` since {holders[0][1]:%Y-%m-%d %H:%M:%S} UTC" if holders else "another process"
    return f"A build is running: {who} holds the lock on {place.schema} in {place.place}. Nothing was done; try again when it has ended."


def _driver() -> Any:
    try:
        import psycopg2
    except ImportError:
        problem = Problem("PostgreSQL", "its driver is not installed", "Run `pip install 'leadhouse[postgres]'`.")
        raise InputError([problem]) from None
    return psycopg2

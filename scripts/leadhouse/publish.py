"""Publishing: all marts at once, by one atomic replacement of the database that BI tools read.

A reader sees the old version or the new one, never a mixture and never a half-written file; a crash at any point leaves
the old version as it was. Personal data is replaced by pseudonyms on the way.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import records
from leadhouse.errors import BuildError
from leadhouse.privacy import PseudonymKey, load_key, pseudonym_sql
from leadhouse.records import BuildRecord

# Drivers from 0.10 on read this format; the engine's own newest format would shut out every BI tool with an older one.
STORAGE_VERSION = "v1.0.0"
RECORDS_TABLE = "build_runs"
_UNREADABLE_TYPES = ("HUGEINT", "UHUGEINT", "STRUCT", "MAP", "UNION", "LIST", "[]")


@dataclass(frozen=True)
class Mart:
    """One mart as the dbt manifest declares it; `personal_columns` are those marked `contains_pii`."""

    name: str
    schema: str
    description: str
    personal_columns: frozenset[str]


@dataclass(frozen=True)
class PublishedVersion:
    """What was published: rows per mart, the record of its build, and how long the copy took in seconds."""

    path: Path
    rows: dict[str, int]
    record: BuildRecord
    seconds: float


def publish(home: Path, manifest: Path, record: BuildRecord) -> PublishedVersion:
    """Copy the marts of `home/work.duckdb` to `home/leadhouse.duckdb`, and add the build's record to it and the file.

    The caller holds the build lock and no connection to the work database. Raises BuildError when the marts cannot be
    read or written; the version published before is then untouched.
    """
    started = time.monotonic()
    target = home / "leadhouse.duckdb"
    remove_leftovers(home)
    draft = home / f".publish-{os.getpid()}.duckdb"
    try:
        rows, record = _write_draft(home, draft, read_marts(manifest), record)
        draft.chmod(0o644)
        _swap(draft, target)
    except (duckdb.Error, OSError) as error:
        raise BuildError(f"Publishing failed: {error}. The published database is as it was before.") from error
    finally:
        remove_leftovers(home)
    records.append(home, record)
    return PublishedVersion(target, rows, record, time.monotonic() - started)


def read_marts(manifest: Path) -> list[Mart]:
    """The marts of a dbt manifest that are published: models under `models/marts`, without the activation outbox."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    return sorted((_mart(node) for node in nodes if _is_published(node)), key=lambda mart: mart.name)


def remove_leftovers(home: Path) -> None:
    """Remove the drafts of publishes that did not finish (and their write-ahead logs)."""
    for path in home.glob(".publish-*.duckdb*"):
        path.unlink(missing_ok=True)


def _is_published(node: dict[str, Any]) -> bool:
    path = str(node.get("original_file_path", "")).replace("\\", "/")
    is_mart = node["resource_type"] == "model" and path.startswith("models/marts/")
    is_table = node["config"].get("materialized") != "ephemeral"
    return is_mart and is_table and not path.startswith("models/marts/activation/")


def _mart(node: dict[str, Any]) -> Mart:
    personal = (name for name, column in node["columns"].items() if _is_personal(column))
    return Mart(
        name=node.get("alias") or node["name"],
        schema=node["schema"],
        description=node.get("description") or "",
        personal_columns=frozenset(name.lower() for name in personal),
    )


def _is_personal(column: dict[str, Any]) -> bool:
    in_config = ((column.get("config") or {}).get("meta") or {}).get("contains_pii")
    return bool(in_config or (column.get("meta") or {}).get("contains_pii"))


def _write_draft(
    home: Path, draft: Path, marts: Sequence[Mart], record: BuildRecord
) -> tuple[dict[str, int], BuildRecord]:
    key = load_key(home)
    with duckdb.connect() as connection:
        _configure(connection, home)
        connection.execute(f"attach {_literal(home / 'work.duckdb')} as work (read_only)")
        connection.execute(f"attach {_literal(draft)} as draft (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema draft.marts")
        rows = {mart.name: _copy(connection, mart, key) for mart in marts if mart.name != RECORDS_TABLE}
        record = replace(record, count_rows=sum(rows.values()))
        rows[RECORDS_TABLE] = _write_records(connection, [*records.read(home), record])
        for mart in marts:
            connection.execute(f"comment on table draft.marts.{_name(mart.name)} is {_literal(mart.description)}")
        connection.execute("checkpoint draft")
        connection.execute("detach draft")
    return rows, record


def _configure(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    connection.execute("set TimeZone = 'UTC'")
    connection.execute(f"set temp_directory = {_literal(home / 'work.duckdb.tmp')}")
    if limit := os.environ.get("LEADHOUSE_MEMORY_LIMIT"):
        connection.execute(f"set memory_limit = {_literal(limit)}")


def _copy(connection: duckdb.DuckDBPyConnection, mart: Mart, key: PseudonymKey) -> int:
    source = f"work.{_name(mart.schema)}.{_name(mart.name)}"
    columns = connection.execute(f"describe {source}").fetchall()
    _refuse_unreadable(mart, columns)
    personal = [name for name, *_ in columns if name.lower() in mart.personal_columns]
    selected = ", ".join(_column(name, name in personal) for name, *_ in columns)
    statement = f"create table draft.marts.{_name(mart.name)} as select {selected} from {source}"
    connection.execute(statement, key.parameters if personal else None)
    row = connection.execute(f"select count(*) from draft.marts.{_name(mart.name)}").fetchone()
    return int(row[0]) if row else 0


def _column(name: str, is_personal: bool) -> str:
    return f"{pseudonym_sql(_name(name))} as {_name(name)}" if is_personal else _name(name)


def _refuse_unreadable(mart: Mart, columns: Sequence[tuple[Any, ...]]) -> None:
    for name, kind, *_ in columns:
        if any(mark in str(kind) for mark in _UNREADABLE_TYPES):
            raise BuildError(
                f"Column {mart.name}.{name} has the type {kind}, which BI tools cannot read; cast it in the model. "
                "Nothing was published."
            )


def _write_records(connection: duckdb.DuckDBPyConnection, runs: Sequence[BuildRecord]) -> int:
    columns = ", ".join(f"{name} {kind}" for name, kind in records.COLUMN_TYPES.items())
    table = f"draft.marts.{_name(RECORDS_TABLE)}"
    connection.execute(f"create table {table} ({columns})")
    places = ", ".join("?" for _ in records.COLUMN_TYPES)
    rows = [[getattr(run, name) for name in records.COLUMN_TYPES] for run in runs]
    connection.executemany(f"insert into {table} values ({places})", rows)
    return len(rows)


def _swap(draft: Path, target: Path) -> None:
    _sync(draft)
    # A log left by somebody who opened the published file for writing belongs to the old version, not to this one.
    target.with_name(target.name + ".wal").unlink(missing_ok=True)
    os.replace(draft, target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def _literal(value: str | Path) -> str:
    return "'" + str(value).replace("'", "''") + "'"

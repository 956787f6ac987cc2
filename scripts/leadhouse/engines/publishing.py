"""Publishing in a warehouse: schemas of their own for each version, and views on those of the present one.

`<schema>_v_<build>` holds the marts of a version, without personal data, `<schema>_activation_v_<build>` its outbox, with it; `<schema>`
and `<schema>_activation` are views on those that readers see. A version is written and counted first; then the views are turned to it,
all in one moment (how is the engine's business). What is interrupted before was never seen, and goes with a later build.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from leadhouse import records
from leadhouse.database import name
from leadhouse.drafts import LAST_SYNC, SYNC_STATE, create_last_sync, write_outbox
from leadhouse.engines import mirror
from leadhouse.engines.target import find_warehouse
from leadhouse.engines.warehouse import Session, Shown, View, Warehouse
from leadhouse.errors import BuildError, InputError, Problem, UnfinishedError
from leadhouse.marts import Mart, read_activation, read_marts
from leadhouse.moments import utc_now
from leadhouse.paths import PROJECT_ROOT
from leadhouse.privacy import load_key
from leadhouse.publish import PublishedVersion
from leadhouse.records import OWN_MARTS, BuildRecord
from leadhouse.summary import Changes, stage_counts, stage_counts_sql
from leadhouse.versions import Version, choose, record_rollback


def publish(home: Path, manifest: Path, record: BuildRecord, warehouse: Warehouse, keep: int) -> PublishedVersion:
    """Publish the marts that dbt has built in the warehouse, and record the build.

    The caller holds the lock. Raises BuildError when it did not work; then what was published is as it was. Raises UnfinishedError
    when the marts were published and something after that failed.
    """
    started = time.monotonic()
    marts, outbox = read_marts(manifest), read_activation(manifest)
    with warehouse.session() as session:
        source = warehouse.layer("marts")
        counts = {mart.name: _count(session, source, mart.name) for mart in marts if mart.name not in OWN_MARTS}
        record = replace(record, count_rows=sum(counts.values()), published_build_id=record.build_id)
        version = _schema_of(warehouse, record.build_id)
        session.run(f"create schema {version}")
        _write_marts(session, home, source, version, [mart for mart in marts if mart.name not in OWN_MARTS])
        _write_own(session, home, version, record)
        rows = {mart.name: _count(session, version, mart.name) for mart in marts}
        short = [mart for mart, count in counts.items() if rows[mart] != count]
        if short:
            raise BuildError(f"Publishing failed: {', '.join(short)} did not arrive whole. Nothing was published.")
        note = {
            "build_id": record.build_id,
            "criteria_hash": record.criteria_hash,
            "count_rows": record.count_rows,
            "as_of": record.as_of.isoformat(),
            "published_at": record.finished_at.isoformat(),
        }
        session.note(version, json.dumps(note))
        shown = Shown(record.build_id, version, _outbox_schema(warehouse, record.build_id))
        _write_activation(session, warehouse, shown.outbox, outbox, record)
        _show(session, warehouse, shown, {mart.name: mart.description for mart in marts})
        session.commit()
        try:
            records.append(home, record)
            _prune(session, warehouse, keep)
        except (OSError, BuildError) as error:
            raise UnfinishedError(
                f"The marts of build {record.build_id} are published, but what follows failed: {error}. "
                "The next build finishes it."
            ) from error
    return PublishedVersion(warehouse.place, warehouse.schema, rows, record, time.monotonic() - started)


def list_versions(warehouse: Warehouse) -> list[Version]:
    """The versions that are kept, the newest first."""
    with warehouse.session() as session:
        return _versions(session, warehouse)


def roll_back(home: Path, warehouse: Warehouse, build_id: str | None) -> Version:
    """Turn the views to another version, the one before unless one is named; the outbox is empty until the next build.

    The caller holds the lock. Raises InputError, with what there is, when there is no such version.
    """
    with warehouse.session() as session:
        target = choose(_versions(session, warehouse), build_id)
        before = session.shown(warehouse.schema)
        assert before is not None, "a version is shown where there is one to leave"
        outbox = _outbox_schema(warehouse, records.new_build_id(utc_now()))
        session.run(f"create schema {outbox}")
        for table in session.tables(before.outbox):
            # What was told to the CRM stays known: the next build compares with it.
            rows = "" if table == SYNC_STATE else " where false"
            session.run(f"create table {outbox}.{name(table)} as select * from {before.outbox}.{name(table)}{rows}")
        _show(session, warehouse, Shown(target.build_id, _schema_of(warehouse, target.build_id), outbox), {})
        session.commit()
    record_rollback(home, target.build_id)
    return replace(target, is_current=True)


def compare(warehouse: Warehouse) -> Changes:
    """What the marts that dbt has built add to the published version."""
    with warehouse.session() as session:
        has_previous = "lead_stages" in session.tables(warehouse.schema)
        marts = warehouse.layer("marts")
        statement = stage_counts_sql(
            f"{marts}.lead_stages", f"{warehouse.schema}.lead_stages" if has_previous else None
        )
        counts = stage_counts(session.rows(statement)[0], has_previous)
        return Changes(counts, not has_previous, _count(session, marts, "sales_alerts"))


def record_what_is_published(home: Path, warehouse: Warehouse) -> None:
    """Add to the home's record what the published version knows of and it does not: another host's builds, or one whose recording
    was interrupted."""
    (home / records.FILE_NAME).touch(exist_ok=True)
    there = {record.build_id for record in records.read(home)}
    for record in _published_records(warehouse):
        if record.build_id not in there:
            records.append(home, record)


@contextmanager
def reading(layer: str | None = None, project_root: Path = PROJECT_ROOT) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that finds the published marts, or the tables of the layer `activation`, in its schema `marts`.

    Raises InputError when nothing has been published yet.
    """
    warehouse = find_warehouse(project_root)
    if published_version(warehouse) is None:
        raise InputError(
            [Problem(warehouse.published, "nothing has been published here yet", "Run `leadhouse build`.")]
        )
    with mirror.reading(warehouse, warehouse.layer(layer) if layer else warehouse.schema) as connection:
        yield connection


def published_version(warehouse: Warehouse) -> str | None:
    """Id of the version that readers see; None when nothing is published."""
    with warehouse.session() as session:
        shown = session.shown(warehouse.schema)
        return shown.build_id if shown else None


def _published_records(warehouse: Warehouse) -> list[BuildRecord]:
    names = list(records.COLUMN_TYPES)
    with warehouse.session() as session:
        if "build_runs" not in session.tables(warehouse.schema):
            return []
        rows = session.rows(f"select {', '.join(names)} from {warehouse.schema}.build_runs order by build_number")
    return [BuildRecord(**dict(zip(names, row, strict=True))) for row in rows]


def _write_marts(session: Session, home: Path, source: str, version: str, marts: Sequence[Mart]) -> None:
    pads = load_key(home).parameters
    # In a table, for statements may be logged.
    with duckdb.connect() as connection:
        connection.execute(
            "create table pads as select hex($inner::blob) as inner_pad, hex($outer::blob) as outer_pad", pads
        )
        session.load(connection, "pads", version, "pads")
    tables = session.tables(source)
    for mart in marts:
        columns = ", ".join(
            f"{session.pseudonym(name(column))} as {name(column)}"
            if column.lower() in mart.personal_columns
            else name(column)
            for column in tables[mart.name]
        )
        joined = f" cross join {version}.pads" if mart.personal_columns else ""
        session.run(
            f"create table {version}.{name(mart.name)} as select {columns} from {source}.{name(mart.name)}{joined}"
        )
    session.run(f"drop table {version}.pads")


def _write_own(session: Session, home: Path, version: str, record: BuildRecord) -> None:
    with records.mart_queries(home, record) as queries, duckdb.connect() as connection:
        for table, query in queries.items():
            session.load(connection, f"({query})", version, table)


def _write_activation(
    session: Session, warehouse: Warehouse, schema: str, marts: Sequence[Mart], record: BuildRecord
) -> None:
    """The outbox, with its personal data, in a schema of its own."""
    session.run(f"create schema {schema}")
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as draft")
        last = warehouse.layer("activation")
        create_last_sync(connection)
        if SYNC_STATE in session.tables(last):
            session.fetch(f"select {', '.join(LAST_SYNC)} from {last}.{SYNC_STATE}", connection, "last_sync", LAST_SYNC)
        work = mirror.attach_work(connection, session, warehouse)
        write_outbox(work, [replace(mart, schema="marts") for mart in marts], record)
        written = connection.execute("select table_name from duckdb_tables() where database_name = 'draft'").fetchall()
        for (table,) in written:
            session.load(connection, f"draft.marts.{name(table)}", schema, table)


def _show(session: Session, warehouse: Warehouse, shown: Shown, descriptions: Mapping[str, str]) -> None:
    """Let the views show a version and its outbox."""
    before = session.shown(warehouse.schema)
    views, gone = [], []
    for place, tables, earlier in (
        (warehouse.schema, shown.marts, before.marts if before else ""),
        (warehouse.layer("activation"), shown.outbox, before.outbox if before else ""),
    ):
        session.run(f"create schema if not exists {place}")
        there, wanted = session.tables(earlier) if earlier else {}, session.tables(tables)
        gone += [f"{place}.{name(view)}" for view in session.tables(place).keys() - wanted.keys() - {session.POINTER}]
        views += [
            View(
                f"{place}.{name(table)}",
                f"{tables}.{name(table)}",
                columns,
                descriptions.get(table, ""),
                f"{earlier}.{name(table)}" if table in there else None,
                there.get(table, {}),
            )
            for table, columns in wanted.items()
        ]
    session.turn(warehouse.schema, views, gone, shown)


def _prune(session: Session, warehouse: Warehouse, keep: int) -> None:
    """Remove all versions but the newest, and what was left of interrupted ones; one that is still read goes with a later build."""
    current = session.shown(warehouse.schema)
    assert current is not None, "a version has just been published"
    others = [one for one in _versions(session, warehouse) if not one.is_current]
    marts = {current.marts, *(_schema_of(warehouse, one.build_id) for one in others[: max(keep - 1, 0)])}
    schemas = [schema for schema, _, _ in session.notes(warehouse.schema)]
    outboxes = sorted(schema for schema in schemas if schema.startswith(warehouse.layer("activation_v_")))
    # The one before stays until the next build, for whoever reads it.
    left = {current.outbox, *[schema for schema in outboxes if schema < current.outbox][-1:]}
    for schema in schemas:
        is_version = schema.startswith(warehouse.layer("v_"))
        if (is_version and schema not in marts) or (schema in outboxes and schema not in left):
            session.attempt(f"drop schema {schema} cascade")


def _versions(session: Session, warehouse: Warehouse) -> list[Version]:
    shown = session.shown(warehouse.schema)
    found = []
    for _, note, size in session.notes(warehouse.layer("v_")):
        if note:
            told = json.loads(note)
            found.append(
                Version(
                    build_id=told["build_id"],
                    criteria_hash=told["criteria_hash"],
                    count_rows=told["count_rows"],
                    size=size,
                    is_current=shown is not None and told["build_id"] == shown.build_id,
                    as_of=datetime.fromisoformat(told["as_of"]),
                    published_at=datetime.fromisoformat(told["published_at"]),
                )
            )
    return sorted(found, key=lambda one: (one.published_at, one.build_id), reverse=True)


def _schema_of(warehouse: Warehouse, build_id: str) -> str:
    return warehouse.layer("v_" + build_id.lower().replace("-", "_"))


def _outbox_schema(warehouse: Warehouse, build_id: str) -> str:
    return warehouse.layer("activation_v_" + build_id.lower().replace("-", "_"))


def _count(session: Session, schema: str, table: str) -> int:
    return int(session.rows(f"select count(*) from {schema}.{name(table)}")[0][0])

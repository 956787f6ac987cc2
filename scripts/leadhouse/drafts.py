"""Drafts of what is to be published: the marts' database, without personal data, and the activation outbox, with it.

Writing a large table anew costs many times what comparing it does. So the draft of a large mart begins as a copy of the
version before, in which the rows that differ from the work database are replaced. Where the build went on from that version,
it says whose rows may differ; else every row is compared.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.database import STORAGE_VERSION, configure, literal, name
from leadhouse.errors import BuildError
from leadhouse.marts import Mart
from leadhouse.privacy import PseudonymKey, load_key, pseudonym_sql
from leadhouse.records import BuildRecord

# A mart with fewer rows is written anew in less time than it takes to compare it.
LARGE_MART = 200_000
# Replaced rows stay in the file as waste; a table or a file with more waste than this share is written anew.
MOST_WASTE = 0.3
# The mart of the outbox that holds only what changed, and the table beside it that holds everything.
SYNC = "crm_score_sync"
SYNC_STATE = "crm_score_sync_state"
# What is needed of the state that was published last.
LAST_SYNC = {"sync_key": "varchar", "row_hash": "varchar", "changed_build_number": "bigint", "changed_at": "timestamp"}
_UNREADABLE_TYPES = ("HUGEINT", "UHUGEINT", "STRUCT", "MAP", "UNION", "LIST", "[]")


@dataclass(frozen=True)
class Draft:
    """The tables of a finished draft with their rows; `unchanged` are those that are as in the version before."""

    rows: dict[str, int]
    unchanged: frozenset[str]


def count_rows(home: Path, marts: Sequence[Mart]) -> dict[str, int]:
    """Rows of each mart in the work database."""
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(home / 'work.duckdb')} as work (read_only)")
        return {mart.name: _count(connection, f"work.{_source(mart)}") for mart in marts}


def write_published(
    home: Path,
    draft: Path,
    marts: Sequence[Mart],
    counts: Mapping[str, int],
    own_tables: Mapping[str, str],
    published: Path | None,
    published_build: str | None,
) -> Draft:
    """Write the database that is published.

    `counts` are the rows of each mart in the work database; `own_tables` are marts that come from a query of ours instead of
    a model. It begins as a copy of `published`, the version of `published_build`, where that saves time. Raises BuildError
    for a column that BI tools cannot read, and lets errors of the database and of the disk through.
    """
    key = load_key(home)
    with duckdb.connect() as connection:
        configure(connection, home)
        connection.execute(f"attach {literal(home / 'work.duckdb')} as work (read_only)")
        columns = {mart.name: _columns(connection, f"work.{_source(mart)}") for mart in marts}
        for mart in marts:
            _refuse_unreadable(mart, columns[mart.name])
        if published is not None and max(counts.values(), default=0) >= LARGE_MART:
            _copy_whole(published, draft, home)
        connection.execute(f"attach {literal(draft)} as draft (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema if not exists draft.marts")
        _drop_others(connection, marts)
        knows_leads = published_build is not None and _find_touched_leads(connection, published_build)
        unchanged = set()
        for mart in marts:
            by_lead = knows_leads and mart.recomputed_by == "lead"
            if mart.name in own_tables:
                _write(connection, mart.name, own_tables[mart.name])
            elif (
                counts[mart.name] >= LARGE_MART
                and _can_patch(connection, mart, columns[mart.name])
                and (changed := _patch(connection, mart, counts[mart.name], by_lead)) is not None
            ):
                unchanged |= {mart.name} if changed == 0 else set()
            else:
                _write_mart(connection, mart, columns[mart.name], key)
            connection.execute(f"comment on table draft.marts.{name(mart.name)} is {literal(mart.description)}")
        rows = {mart.name: _count(connection, f"draft.marts.{name(mart.name)}") for mart in marts}
        connection.execute("checkpoint draft")
        connection.execute("detach draft")
    return Draft(rows, frozenset(unchanged))


def write_activation(home: Path, draft: Path, marts: Sequence[Mart], record: BuildRecord, last: Path | None) -> None:
    """Write the outbox with its personal data; also where there is no mart for it, so that the file is always there.

    `last` is the outbox that was published last: only what differs from it is to be written back to the CRM.
    """
    with duckdb.connect() as connection:
        configure(connection, home)
        connection.execute(f"attach {literal(home / 'work.duckdb')} as work (read_only)")
        connection.execute(f"attach {literal(draft)} as draft (storage_version '{STORAGE_VERSION}')")
        _read_last_sync(connection, last)
        write_outbox(connection, marts, record)
        connection.execute("checkpoint draft")
        connection.execute("detach draft")


def write_outbox(connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart], record: BuildRecord) -> None:
    """Write the tables of the outbox into the catalogue `draft`, from `work` and the table `last_sync` (LAST_SYNC)."""
    connection.execute("create schema draft.marts")
    for mart in marts:
        if mart.name == SYNC:
            _write_sync(connection, mart, record)
        else:
            _write(connection, mart.name, f"select * from work.{_source(mart)}")
            connection.execute(f"comment on table draft.marts.{name(mart.name)} is {literal(mart.description)}")


def _write_sync(connection: duckdb.DuckDBPyConnection, mart: Mart, record: BuildRecord) -> None:
    """Write the state, every row with the build that changed it last; and the outbox, the rows that this build changed.

    The state has whole rows and not only hashes, so that who missed a build finds in it all that changed since.
    """
    is_changed = "last_sync.row_hash is distinct from told.row_hash"
    connection.execute(
        f"create table draft.marts.{SYNC_STATE} as select told.*, "
        f"case when {is_changed} then cast($number as bigint) else last_sync.changed_build_number end as changed_build_number, "
        f"case when {is_changed} then cast($as_of as timestamp) else last_sync.changed_at end as changed_at "
        f"from work.{_source(mart)} as told left join last_sync using (sync_key)",
        {"number": record.build_number, "as_of": record.as_of},
    )
    # Not by the number of the build: numbers begin anew where the record of builds was lost.
    changed = (
        f"select told.* from draft.marts.{SYNC_STATE} as told left join last_sync using (sync_key) where {is_changed}"
    )
    _write(connection, SYNC, changed)
    comments = {
        SYNC: "One row per CRM record that differs from the version published before: what to write back to it.",
        SYNC_STATE: "One row per CRM record that is not deleted: what it should say, and since which build.",
    }
    for table, comment in comments.items():
        connection.execute(f"comment on table draft.marts.{table} is {literal(comment)}")


def _read_last_sync(connection: duckdb.DuckDBPyConnection, last: Path | None) -> None:
    """Note what was published last. Where that cannot be told every row counts as new: too many are better than too few."""
    if last is not None:
        try:
            connection.execute(f"attach {literal(last)} as earlier (read_only)")
            connection.execute(
                f"create table memory.last_sync as select {', '.join(LAST_SYNC)} from earlier.marts.{SYNC_STATE}"
            )
            connection.execute("detach earlier")
            return
        except duckdb.Error:
            pass
    create_last_sync(connection)


def create_last_sync(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `last_sync`, empty."""
    types = ", ".join(f"{column} {kind}" for column, kind in LAST_SYNC.items())
    connection.execute(f"create table memory.last_sync ({types})")


def _copy_whole(published: Path, draft: Path, home: Path) -> None:
    """Copy the version before, unless it is damaged, wasteful, or somebody is writing to it; then the draft begins empty."""
    if published.with_name(published.name + ".wal").exists():
        return
    try:
        # Open while it is copied, so that nobody can write to it meanwhile.
        with duckdb.connect(str(published), read_only=True) as reader:
            row = reader.execute(
                "select free_blocks / greatest(total_blocks, 1) from pragma_database_size() where database_name = current_database()"
            ).fetchone()
            if row is not None and float(row[0]) <= MOST_WASTE and _has_tables_only(reader):
                shutil.copyfile(published, draft)
    except duckdb.Error:
        draft.unlink(missing_ok=True)


def _has_tables_only(reader: duckdb.DuckDBPyConnection) -> bool:
    views = "select 1 from duckdb_views() where not internal and database_name = current_database()"
    tables = "select 1 from duckdb_tables() where schema_name <> 'marts' and database_name = current_database()"
    return not reader.execute(f"{views} union all {tables}").fetchall()


def _drop_others(connection: duckdb.DuckDBPyConnection, marts: Sequence[Mart]) -> None:
    kept = {mart.name for mart in marts}
    for (table,) in _select(connection, "select table_name from duckdb_tables() where database_name = 'draft'"):
        if table not in kept:
            connection.execute(f"drop table draft.marts.{name(table)}")


def _can_patch(connection: duckdb.DuckDBPyConnection, mart: Mart, columns: Sequence[tuple[str, str]]) -> bool:
    """Whether the draft has this mart already, of the same columns, large, in the clear and without much waste."""
    table = f"draft.marts.{name(mart.name)}"
    exists = f"select 1 from duckdb_tables() where database_name = 'draft' and table_name = {literal(mart.name)}"
    if mart.personal_columns or not _select(connection, exists) or _columns(connection, table) != columns:
        return False
    count = _count(connection, table)
    if count < LARGE_MART:
        return False
    last = _select(connection, f"select max(rowid) from {table}")[0][0]
    return bool((last + 1 - count) / count <= MOST_WASTE)


def _patch(connection: duckdb.DuckDBPyConnection, mart: Mart, count_rows: int, by_lead: bool) -> int | None:
    """Replace the rows that differ and give their number; None when it does not come to as many rows as it should.

    `by_lead`: only rows of touched leads can differ.
    """
    source, target = f"work.{_source(mart)}", f"draft.marts.{name(mart.name)}"
    columns = ", ".join(name(column) for column, _ in _columns(connection, source))
    lead, touched = ("lead_id", "where lead_id in (select lead_id from touched_leads)") if by_lead else ("null", "")
    # A mart may be a view, whose rows have no numbers.
    connection.execute(
        f"create or replace temp table differing as select there.row_number, here.lead, content "
        f"from (select {lead} as lead, hash({columns}) as content from {source} {touched}) as here "
        f"full join (select rowid as row_number, hash({columns}) as content from {target} {touched}) as there using (content) "
        f"where here.content is null or there.content is null"
    )
    changed = "lead_id in (select lead from differing where row_number is null) and" if by_lead else ""
    connection.execute(f"delete from {target} where rowid in (select row_number from differing)")
    connection.execute(
        f"insert into {target} select * from {source} "
        f"where {changed} hash({columns}) in (select content from differing where row_number is null)"
    )
    count = _count(connection, "differing")
    connection.execute("drop table differing")
    return count if _count(connection, target) == count_rows else None


def _find_touched_leads(connection: duckdb.DuckDBPyConnection, published_build: str) -> bool:
    """Note whose rows may differ from the published version, where the build went on from just that one; else False.

    These are the leads that the build computed, and those with an entry or a step between the two as-of times.
    """
    plans = "select 1 from duckdb_tables() where database_name = 'work' and table_name = 'build_plan'"
    plan = (
        "select as_of, earlier_as_of from work.intermediate.build_plan where scope = 'changed' and earlier_build_id = ?"
    )
    if not _select(connection, plans) or not (times := connection.execute(plan, [published_build]).fetchall()):
        return False
    moments = {"ledger_entries": "entered_at", "score_steps": "entered_at", "clause_steps": "checked_at"}
    due = " ".join(
        f"union select lead_id from work.intermediate.{table} where {moment} > $first and {moment} <= $last"
        for table, moment in moments.items()
    )
    connection.execute(
        f"create or replace temp table touched_leads as select lead_id from work.intermediate.changed_leads {due}",
        {"first": min(times[0]), "last": max(times[0])},
    )
    return True


def _write_mart(
    connection: duckdb.DuckDBPyConnection, mart: Mart, columns: Sequence[tuple[str, str]], key: PseudonymKey
) -> None:
    personal = {column for column, _ in columns if column.lower() in mart.personal_columns}
    selected = ", ".join(_column(column, column in personal) for column, _ in columns)
    statement = f"select {selected} from work.{_source(mart)}"
    _write(connection, mart.name, statement, key.parameters if personal else None)


def _write(
    connection: duckdb.DuckDBPyConnection, mart: str, query: str, parameters: dict[str, bytes] | None = None
) -> None:
    connection.execute(f"create or replace table draft.marts.{name(mart)} as {query}", parameters)


def _column(column: str, is_personal: bool) -> str:
    return f"{pseudonym_sql(name(column))} as {name(column)}" if is_personal else name(column)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(str(row[0]), str(row[1])) for row in _select(connection, f"describe {table}")]


def _refuse_unreadable(mart: Mart, columns: Sequence[tuple[str, str]]) -> None:
    for column, kind in columns:
        if any(mark in kind for mark in _UNREADABLE_TYPES):
            raise BuildError(
                f"Column {mart.name}.{column} has the type {kind}, which BI tools cannot read; cast it in the model. "
                "Nothing was published."
            )


def _source(mart: Mart) -> str:
    return f"{name(mart.schema)}.{name(mart.name)}"


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(_select(connection, f"select count(*) from {table}")[0][0])


def _select(connection: duckdb.DuckDBPyConnection, statement: str) -> list[tuple[Any, ...]]:
    return connection.execute(statement).fetchall()

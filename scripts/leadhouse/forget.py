"""Forgetting a person: erased from every file of the home folder, and kept out of every later build.

In this order, so that a stop at any point loses nothing: the person's suppression is on the disk; the work database, logs and
reports are gone; every published file is replaced, each at once, by one without the person; what was delivered is taken out of
its record; the suppression says so. What a stop left undone the next build or the next `forget` does. DuckDB does not blank
what it deletes, so none of its files is changed in place: the work database is built anew from the sources, the others are
copied without the person's rows.
"""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from leadhouse import deliveries, files, parquet, suppressions, versions
from leadhouse.criteria_replay import FOLDER_PREFIX
from leadhouse.database import STORAGE_VERSION, configure, literal, name
from leadhouse.errors import BuildError, LockedError
from leadhouse.paths import LEAD_PAGES
from leadhouse.person import Person, find_person, open_work
from leadhouse.privacy import PseudonymKey, load_key, pseudonym_sql
from leadhouse.suppressions import Suppression

# What a build or a command makes anew, and what may quote values: no part of it is worth searching.
_REMOVED = ("work.duckdb", "work.duckdb.wal", "work.duckdb.tmp", "logs", "target", "report.html", "tuning", LEAD_PAGES)
# An alert's id is made of the lead, its cycle and the stage; more cycles than these nobody has been through.
_MOST_CYCLES = 1000
# How long a sender of alerts may take to see that an alert is gone: one try at a target that hangs, and its pauses.
_PATIENCE_SECONDS = 120
# A folder beside those of the versions, to which `current` points for a moment.
_ERASED = ".erased"
_STAGES = ("mql", "sal", "sql", "opportunity", "customer", "repeat_customer", "recycled", "disqualified")


@dataclass(frozen=True)
class Erased:
    """What was erased: files and folders removed, rows left out of each rewritten file, deliveries taken out."""

    removed: tuple[str, ...]
    rewritten: dict[str, int]
    count_deliveries: int


@dataclass(frozen=True)
class ForgetReport:
    """What `forget` did; `count_leads` is 0 for an address that nobody was known by."""

    count_leads: int
    count_emails: int
    count_phones: int
    count_crm_ids: int
    erased: Erased


def forget(home: Path, *people: str) -> ForgetReport:
    """Erase the people named by e-mail addresses or lead_ids, and keep them out of later builds.

    The caller holds the build lock. Raises InputError when nobody can be meant by one of the names, or there is no work
    database to find them in; then nobody is forgotten. Raises BuildError when a file could not be rewritten: the next
    build goes on from there.
    """
    finish_pending(home)
    key = load_key(home)
    with open_work(home) as connection:
        found = [find_person(connection, text) for text in people]
        lead_ids = [{*person.lead_ids, *_earlier_leads(home, connection, person, key)} for person in found]
    for person, ids in zip(found, lead_ids, strict=True):
        suppressions.remember(home, suppressions.suppression_of(person, ids, key, _utc_now()))
    return ForgetReport(
        count_leads=len(set().union(*lead_ids)),
        count_emails=sum(len(person.emails) for person in found),
        count_phones=sum(len(person.phones) for person in found),
        count_crm_ids=sum(len(person.crm_ids) for person in found),
        erased=_finish(home, _pending(home)),
    )


def finish_pending(home: Path) -> int:
    """Finish what a stopped `forget` began; the caller holds the build lock. Gives how many people that were.

    Raises InputError when the list of forgotten people cannot be trusted, see `suppressions.read`.
    """
    pending = _pending(home)
    if pending:
        _finish(home, pending)
    return len(pending)


def rows_of_forgotten(home: Path) -> list[tuple[str, str, int]]:
    """How many rows of the sources name forgotten people: source system, table and rows, as of the published build."""
    statement = """
        select source_system, entity, sum(count_rows) from marts.quarantined_rows
        where quarantine_reason = 'suppressed' group by all order by all
    """
    with duckdb.connect(str(home / versions.PUBLISHED), read_only=True) as connection:
        return [(system, entity, int(count)) for system, entity, count in connection.execute(statement).fetchall()]


def _pending(home: Path) -> list[Suppression]:
    return [entry for entry in suppressions.read(home) if entry.finished_at is None]


def _finish(home: Path, pending: Sequence[Suppression]) -> Erased:
    lead_ids = sorted({lead_id for entry in pending for lead_id in entry.lead_ids})
    try:
        versions.repair(home)
        with _drafts(home) as drafts:
            removed = tuple(_remove(home))
            rewritten = _rewrite_databases(home, drafts, lead_ids)
            # One that was written meanwhile, from what was published before (see `lead_page`).
            files.remove(home / LEAD_PAGES)
            _rewrite_parquet(home, drafts)
        erased = Erased(removed, rewritten, _erase_deliveries(home, lead_ids))
    except LockedError as error:
        raise BuildError(
            "Erasing waits for `leadhouse alerts send`, which is running. The person is out of every published file; "
            "`leadhouse build` or `leadhouse forget` erases what was delivered."
        ) from error
    except (duckdb.Error, sqlite3.Error, OSError) as error:
        raise BuildError(
            f"Erasing stopped: {error}. The person is kept out of builds already; `leadhouse build` or `leadhouse forget` "
            "goes on with the rest."
        ) from error
    suppressions.finish(home, pending, _utc_now())
    return erased


def _earlier_leads(home: Path, connection: duckdb.DuckDBPyConnection, person: Person, key: PseudonymKey) -> set[str]:
    """Leads that were this person in a published version, as before a merge, and are nobody else's now."""
    names = [*person.emails, *(lead_source_id for _, lead_source_id in person.crm_ids)]
    statement = f"""
        select distinct lead_id from marts.lead_identifiers
        where
            identifier_type in ('email', 'crm_id')
            and identifier in (select {pseudonym_sql("unnest")} from unnest($names))
    """
    found: set[str] = set()
    for path in {path for group in _published(home) for path in group if path.name not in versions.OUTBOXES}:
        try:
            with duckdb.connect(str(path), read_only=True) as version:
                rows = version.execute(statement, {"names": names, **key.parameters}).fetchall()
        except duckdb.Error as error:
            raise BuildError(f"{path} cannot be read: {error}. Nothing was erased.") from error
        found |= {row[0] for row in rows}
    return found - {row[0] for row in connection.execute("select lead_id from marts.leads").fetchall()}


def _remove(home: Path) -> Iterator[str]:
    for path in (*(home / part for part in _REMOVED), *home.glob(f"{FOLDER_PREFIX}*")):
        if path.exists():
            files.remove(path)
            yield path.name
    files.sync(home)


def _erase_deliveries(home: Path, lead_ids: Iterable[str]) -> int:
    """Take the leads' alerts out of what was sent; only hashes stand there, but they can be made from a lead_id."""
    if not (home / deliveries.FILE_NAME).exists():
        return 0
    alert_ids = [
        hashlib.md5(f"{lead_id}|{cycle}|{stage}".encode(), usedforsecurity=False).hexdigest()
        for lead_id in lead_ids
        for cycle in range(1, _MOST_CYCLES + 1)
        for stage in _STAGES
    ]
    # Who is sending notes what arrived; now that the outbox lacks these alerts, that is soon over.
    with deliveries.sending(home, _PATIENCE_SECONDS), deliveries.open_deliveries(home) as sent:
        return sent.erase(alert_ids)


# ------------------------------------------------------------------------------------- published files


def _published(home: Path) -> list[list[Path]]:
    """The published database with its version, which have the same content; then each other version; then the outboxes."""
    build_id = versions.published_version(home)
    kept = sorted((home / versions.FOLDER).glob("*.duckdb"))
    published = [home / versions.PUBLISHED, *(path for path in kept if path.stem == build_id)]
    outboxes = ([home / name] for name in versions.OUTBOXES)
    groups = [published, *([path] for path in kept if path not in published), *outboxes]
    return [group for group in groups if group[0].exists()]


@contextmanager
def _drafts(home: Path) -> Iterator[Path]:
    """A folder for files that are not finished: private, and gone afterwards."""
    folder = home / ".erase"
    files.remove(folder)
    # What the database writes beside the drafts while it works may be the outbox's.
    mask = os.umask(0o077)
    try:
        folder.mkdir()
        yield folder
    finally:
        os.umask(mask)
        files.remove(folder)


def _rewrite_databases(home: Path, drafts: Path, lead_ids: Sequence[str]) -> dict[str, int]:
    rewritten: dict[str, int] = {}
    for paths in _published(home):
        # A stop may have left one of two names with the old content.
        counts = {path.relative_to(home).as_posix(): _count_rows(path, lead_ids) for path in paths}
        if any(counts.values()):
            draft = drafts / paths[0].name
            _copy_database(home, paths[0], draft, lead_ids)
            _put(draft, paths)
            rewritten |= counts
    return rewritten


def _count_rows(database: Path, lead_ids: Sequence[str]) -> int:
    """How many rows of a database are the leads'."""
    with duckdb.connect(str(database), read_only=True) as connection:
        tables = [f"{name(schema)}.{name(table)}" for schema, table, _, has_lead in _tables(connection) if has_lead]
        counts = (connection.execute(f"select count(*) from {table} where {_of(lead_ids)}") for table in tables)
        return sum(int(row[0]) for count in counts for row in count.fetchall())


def _copy_database(home: Path, source: Path, draft: Path, lead_ids: Sequence[str]) -> None:
    """Copy a database without the leads' rows."""
    with duckdb.connect() as connection:
        configure(connection, home)
        connection.execute(f"attach {literal(draft)} as draft (storage_version '{STORAGE_VERSION}')")
        connection.execute(f"attach {literal(source)} as source (read_only)")
        connection.execute("use source")
        for schema, table, comment, has_lead in _tables(connection):
            place = f"{name(schema)}.{name(table)}"
            others = f"where not ({_of(lead_ids)})" if has_lead else ""
            connection.execute(f"create schema if not exists draft.{name(schema)}")
            connection.execute(f"create table draft.{place} as from source.{place} {others}")
            connection.execute(f"comment on table draft.{place} is {literal(comment) if comment else 'null'}")
        connection.execute("checkpoint draft")
        connection.execute("detach draft")


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str, str | None, bool]]:
    """The tables of the database in use: schema, name, comment, and whether rows belong to leads."""
    statement = """
        select schema_name, table_name, tables.comment, bool_or(column_name = 'lead_id')
        from duckdb_tables() as tables inner join duckdb_columns() as columns using (database_name, schema_name, table_name)
        where database_name = current_database()
        group by all order by all
    """
    return connection.execute(statement).fetchall()


def _put(draft: Path, paths: Sequence[Path]) -> None:
    """Put a finished draft into the place of all names of one file."""
    os.chmod(draft, paths[0].stat().st_mode & 0o777)
    files.sync(draft)
    for number, path in enumerate(paths):
        # A log left by somebody who opened the file for writing belongs to the old one.
        path.with_name(path.name + ".wal").unlink(missing_ok=True)
        link = draft.with_name(f"{number}-{path.name}")
        files.link_or_copy(draft, link)
        files.replace(link, path)


def _rewrite_parquet(home: Path, drafts: Path) -> None:
    """Write the files below `current` anew; a reader sees the old folder or the new one. Others come back by a rollback."""
    folder = home / parquet.FOLDER
    published = versions.published_version(home)
    for path in folder.glob("*"):
        if path.is_dir() and not path.is_symlink() and path.name != published:
            files.remove(path)
    if not published or not parquet.current_version(home):
        return
    erased, draft = folder / _ERASED, drafts / published
    parquet.export(home, home / versions.PUBLISHED, erased)
    files.point(folder / parquet.CURRENT, erased.name)
    files.remove(folder / published)
    draft.mkdir()
    for path in erased.iterdir():
        files.link_or_copy(path, draft / path.name)
    draft.chmod(erased.stat().st_mode & 0o777)
    files.replace(draft, folder / published)
    parquet.point_to(home, published)
    files.remove(erased)


def _of(lead_ids: Sequence[str]) -> str:
    """SQL for whether a row is one of the leads'; never null."""
    ids = ", ".join(literal(lead_id) for lead_id in lead_ids)
    return f"coalesce(lead_id in ({ids}), false)" if ids else "false"


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)

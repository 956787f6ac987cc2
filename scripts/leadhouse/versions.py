"""The published versions: which there are, which one readers see, and going back to another.

`leadhouse.duckdb` is the version that counts. A publish prepares everything in a folder of its own, and takes effect in
one moment: when the file in it is renamed to `leadhouse.duckdb`. What was interrupted before that moment is undone, what
was interrupted after it is finished, by whichever command comes next (`repair`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

import duckdb

from leadhouse import files, parquet, records
from leadhouse.errors import BuildError, InputError, Problem
from leadhouse.moments import utc_now
from leadhouse.records import BuildRecord

PUBLISHED = "leadhouse.duckdb"
ACTIVATION = "activation.duckdb"
# The outbox that a rollback took away: nobody reads it but the next build, to know what had been published last.
WITHDRAWN = "withdrawn.duckdb"
OUTBOXES = (ACTIVATION, WITHDRAWN)
FOLDER = "versions"
PARQUET = parquet.FOLDER
# Being written, and complete but perhaps not in place: folders of one publish each, with the build's id behind.
DRAFT = ".draft-"
READY = ".publish-"


@dataclass(frozen=True)
class Version:
    """A version that is kept. `published_at` is the end of its build (UTC), `size` is bytes of its database."""

    build_id: str
    criteria_hash: str
    count_rows: int
    size: int
    is_current: bool
    as_of: datetime
    published_at: datetime


def list_versions(home: Path) -> list[Version]:
    """The versions that are kept and were published, the newest first."""
    current = published_version(home)
    kept = {path.stem: path for path in _files(home)}
    runs = [run for run in records.known(home, home / PUBLISHED) if run.build_id in kept]
    return [_version(run, kept[run.build_id], current) for run in reversed(runs)]


def published_version(home: Path) -> str | None:
    """Id of the version that readers see; None when nothing is published, or it cannot be told."""
    published = home / PUBLISHED
    if not published.exists():
        return None
    same = (path.stem for path in _files(home) if path.samefile(published))
    return next(same, None) or records.published_build_id(published)


def last_outbox(home: Path) -> Path | None:
    """The outbox that was published last, be it withdrawn by a rollback since; None where there never was one."""
    return next((path for name in OUTBOXES if (path := home / name).exists()), None)


def rollback(home: Path, build_id: str | None = None) -> Version:
    """Let readers see another version: the one given, or the one before the present one. The caller holds the lock.

    The outbox goes with the version that is left, and comes back with the next good build; until then only what it says
    was published last is kept, for that build to compare with. Raises InputError, with what there is, when there is no
    such version; BuildError when the disk does not let it.
    """
    from leadhouse.forget import finish_pending

    finish_pending(home)
    repair(home)
    target = choose(list_versions(home), build_id)
    file = home / FOLDER / f"{target.build_id}.duckdb"
    draft = home / f"{READY}rollback"
    try:
        if parquet.current_version(home):
            _ensure_parquet(home, target.build_id, file)
        files.remove(draft)
        files.link_or_copy(file, draft)
        if (home / ACTIVATION).exists():
            files.replace(home / ACTIVATION, home / WITHDRAWN)
        _swap(draft, home)
        repair(home)
    except (duckdb.Error, OSError) as error:
        raise BuildError(
            f"The rollback failed: {error}. `leadhouse versions` says which version is published."
        ) from error
    return replace(target, is_current=True)


def commit(home: Path, build_id: str) -> None:
    """Publish what is ready: the one moment at which readers get the new version; then finish it."""
    _swap(_ready(home, build_id) / PUBLISHED, home)
    _finish(home, build_id)


def make_ready(home: Path, build_id: str) -> None:
    """Give a complete draft its places, which nobody looks into yet. What needs room on the disk is done here."""
    ready = _ready(home, build_id)
    files.sync(_draft(home, build_id))
    _draft(home, build_id).rename(ready)
    (home / FOLDER).mkdir(exist_ok=True)
    files.link_or_copy(ready / PUBLISHED, _database(home, build_id))
    files.sync(home / FOLDER)
    if (ready / PARQUET).exists():
        (home / PARQUET).mkdir(exist_ok=True)
        (ready / PARQUET).rename(home / PARQUET / build_id)
        files.sync(home / PARQUET)
    files.sync(home)


def abandon(home: Path, build_id: str) -> None:
    """Undo a publish that has not taken effect."""
    _undo(home, _ready(home, build_id), build_id)


def repair(home: Path) -> None:
    """Undo or finish whatever a killed publish or rollback left, and record what was not. The caller holds the lock."""
    for path in home.glob(f"{DRAFT}*"):
        files.remove(path)
    for path in home.glob(f"{READY}*"):
        build_id = path.name.removeprefix(READY)
        if path.is_dir() and not (path / PUBLISHED).exists():
            _finish(home, build_id)
        else:
            _undo(home, path, build_id)
    records.prepare(home, home / PUBLISHED)
    published = published_version(home)
    if published is None:
        return
    if not _database(home, published).exists():
        (home / FOLDER).mkdir(exist_ok=True)
        files.link_or_copy(home / PUBLISHED, _database(home, published))
    if parquet.current_version(home):
        _ensure_parquet(home, published, home / PUBLISHED)
        parquet.point_to(home, published)
    for folder in (home / FOLDER, home / PARQUET):
        for path in folder.glob(".*"):
            files.remove(path)
    record_rollback(home, published)


def prune(home: Path, keep: int) -> None:
    """Remove all but the newest `keep` versions; the published one is always kept and counts as one of them."""
    known = list_versions(home)
    current = [one.build_id for one in known if one.is_current]
    others = [one.build_id for one in known if not one.is_current]
    kept = {*current, *others[: max(keep - len(current), 0)]}
    for path in [*_files(home), *_parquet_folders(home)]:
        if path.stem not in kept:
            files.remove(path)


def draft_folder(home: Path, build_id: str) -> Path:
    """A new folder for the drafts of one publish, closed to others: one of them holds personal data."""
    folder = _draft(home, build_id)
    folder.mkdir(mode=0o700)
    return folder


def choose(known: list[Version], build_id: str | None) -> Version:
    """The version to go back to: the one named, or the one before the present one; raises InputError where there is none."""
    if build_id is None:
        position = next((place for place, one in enumerate(known) if one.is_current), -1)
        if position + 1 < len(known):
            return known[position + 1]
        what = "there is no version before the published one" if known else "nothing has been published yet"
        raise InputError([Problem("rollback", what, "`leadhouse versions` lists what is kept.")])
    found = [one for one in known if one.build_id == build_id]
    if not found:
        there = ", ".join(one.build_id for one in known) or "none"
        raise InputError([Problem("rollback", f"there is no version `{build_id}`", f"There are: {there}.")])
    if found[0].is_current:
        raise InputError([Problem("rollback", f"`{build_id}` is the published version", "Name another one.")])
    return found[0]


def _version(run: BuildRecord, file: Path, current: str | None) -> Version:
    return Version(
        build_id=run.build_id,
        criteria_hash=run.criteria_hash,
        count_rows=run.count_rows,
        size=file.stat().st_size,
        is_current=run.build_id == current,
        as_of=run.as_of,
        published_at=run.finished_at,
    )


def _finish(home: Path, build_id: str) -> None:
    """Everything that follows the moment of publishing; may be repeated."""
    ready = _ready(home, build_id)
    if (home / PARQUET / build_id).exists():
        parquet.point_to(home, build_id)
    else:
        # Files of an earlier version, which nobody brings up to date any more, would pass for the present one.
        files.remove(home / PARQUET)
    if (ready / ACTIVATION).exists():
        files.replace(ready / ACTIVATION, home / ACTIVATION)
    if (home / ACTIVATION).exists():
        (home / WITHDRAWN).unlink(missing_ok=True)
    files.remove(ready)
    files.sync(home)


def _undo(home: Path, ready: Path, build_id: str) -> None:
    _database(home, build_id).unlink(missing_ok=True)
    files.remove(home / PARQUET / build_id)
    # Under its first name it cannot pass for a publish that took effect, should this be interrupted as well.
    draft = _draft(home, build_id)
    if ready.exists():
        ready.rename(draft)
    files.remove(draft)


def _swap(draft: Path, home: Path) -> None:
    target = home / PUBLISHED
    # A log left by somebody who opened the published file for writing belongs to the old version, not to this one.
    target.with_name(target.name + ".wal").unlink(missing_ok=True)
    files.replace(draft, target)


def _ensure_parquet(home: Path, build_id: str, database: Path) -> None:
    folder = home / PARQUET / build_id
    if folder.exists():
        return
    draft = home / PARQUET / f".{build_id}"
    files.remove(draft)
    parquet.export(home, database, draft)
    draft.rename(folder)
    files.sync(folder.parent)


def record_rollback(home: Path, published: str) -> None:
    """Add a record when readers see another version than the last record says: there was a rollback."""
    known = records.read(home)
    of_version = [run for run in known if run.build_id == published]
    if not of_version or known[-1].published_build_id == published:
        return
    now = utc_now()
    records.append(
        home,
        BuildRecord(
            build_id=records.new_build_id(now),
            leadhouse_version=version("leadhouse"),
            criteria_hash=of_version[0].criteria_hash,
            status="rolled_back",
            selection=None,
            count_models=0,
            count_tests=0,
            count_failed=0,
            count_rows=of_version[0].count_rows,
            seconds=Decimal(0),
            peak_memory_mb=Decimal(0),
            is_full_refresh=False,
            as_of=of_version[0].as_of,
            started_at=now,
            finished_at=now,
            build_number=known[-1].build_number + 1,
            published_build_id=published,
        ),
    )


def _files(home: Path) -> list[Path]:
    return sorted((home / FOLDER).glob("[!.]*.duckdb"))


def _parquet_folders(home: Path) -> list[Path]:
    return [path for path in (home / PARQUET).glob("[!.]*") if path.is_dir() and not path.is_symlink()]


def _database(home: Path, build_id: str) -> Path:
    return home / FOLDER / f"{build_id}.duckdb"


def _draft(home: Path, build_id: str) -> Path:
    return home / f"{DRAFT}{build_id}"


def _ready(home: Path, build_id: str) -> Path:
    return home / f"{READY}{build_id}"

"""What may keep a build from working, found without building anything or writing a single file, each with its mend."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import duckdb
import psutil
from packaging.requirements import Requirement

from leadhouse import deliveries, parquet, privacy, records, retry, source_memory, suppressions, targets, versions
from leadhouse.build import BuildOptions, check, clock_warnings, freshness_warnings, source_warnings
from leadhouse.engines.publishing import list_versions as list_published
from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.errors import LeadhouseError, Problem
from leadhouse.lock import Holder, read_holder
from leadhouse.machine import memory_bytes, memory_limit_bytes
from leadhouse.paths import PROJECT_ROOT

# What Python and dbt need beside the engine's limit; measured as peak resident memory over the limit, rounded up.
PROCESS_BYTES = 768 * 2**20
# A build holds the work database, its spill and the marts that it is about to publish.
_DISK_FACTOR = 3
_SMALLEST_DISK = 512 * 2**20
_LONG_BUILD = timedelta(hours=12)
_PRIVATE_FILES = (
    "work.duckdb",
    "work.duckdb.wal",
    versions.ACTIVATION,
    deliveries.FILE_NAME,
    suppressions.FILE_NAME,
    source_memory.FILE_NAME,
    retry.FILE_NAME,
    privacy.FILE_NAME,
)
_PRIVATE_FOLDERS = ("logs", "target")


class Status(StrEnum):
    """How bad a finding is; with an error a build or its readers fail."""

    OK = "ok"
    WARN = "warn"
    ERROR = "error"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and how to mend it (empty when nothing is to be done)."""

    area: str
    status: Status
    what: str
    mend: str = ""


def examine(home: Path, options: BuildOptions, is_deep: bool = False) -> list[Finding]:
    """Look at the installation, the home folder (which need not exist), the sources and the criteria.

    `is_deep` also lets dbt parse the whole project, which takes some seconds.
    """
    checks: list[tuple[str, Callable[[], Iterator[Finding]]]] = [
        ("installation", _check_packages),
        ("project", lambda: _check_project(is_deep)),
        ("home", lambda: _check_home(home)),
        ("privacy", lambda: _check_modes(home)),
        ("disk", lambda: _check_disk(home)),
        ("memory", _check_memory),
        ("lock", lambda: _check_lock(home)),
        ("leftovers", lambda: _check_leftovers(home)),
        ("published", _check_warehouse if is_remote() else lambda: _check_published(home)),
        ("builds", lambda: _check_builds(home)),
        ("clock", lambda: _check_clock(home, options)),
        ("forgotten", lambda: _check_suppressions(home)),
        ("alerts", lambda: _check_targets(home)),
        ("inputs", lambda: _check_inputs(home, options)),
    ]
    findings: list[Finding] = []
    for area, run in checks:
        try:
            findings += run()
        except (OSError, duckdb.Error, LeadhouseError) as error:
            findings.append(Finding(area, Status.ERROR, " ".join(str(error).split())))
    return findings


def is_healthy(findings: list[Finding]) -> bool:
    """Whether no finding is an error."""
    return all(finding.status is not Status.ERROR for finding in findings)


# ------------------------------------------------------------------------------------------------ installation


def _check_packages() -> Iterator[Finding]:
    count = 0
    is_good = True
    for text in requires("leadhouse") or []:
        wanted = Requirement(text)
        if wanted.marker and not wanted.marker.evaluate():
            continue
        count += 1
        try:
            found = version(wanted.name)
        except PackageNotFoundError:
            found = ""
        if not found or not wanted.specifier.contains(found, prereleases=True):
            is_good = False
            what = f"{wanted.name} {found} is installed" if found else f"{wanted.name} is not installed"
            yield Finding("installation", Status.ERROR, f"{what}; needed: {wanted}", "Run `make install`.")
    if is_good:
        engine = ", ".join(f"{name} {version(name)}" for name in ("dbt-core", "dbt-duckdb", "duckdb"))
        what = f"leadhouse {version('leadhouse')}, Python {platform.python_version()}, {engine}; {count} packages as needed"
        yield Finding("installation", Status.OK, what)


def _check_project(is_deep: bool) -> Iterator[Finding]:
    for name in ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds"):
        if not (PROJECT_ROOT / name).exists():
            mend = "Install Leadhouse from its checkout with `make install`; the package alone has no models."
            yield Finding("project", Status.ERROR, f"{PROJECT_ROOT / name} is missing", mend)
            return
    if not is_deep:
        yield Finding("project", Status.OK, f"the dbt project is in {PROJECT_ROOT} (--deep lets dbt parse it)")
        return
    import tempfile

    from leadhouse.runner import run_dbt

    # dbt writes its artifacts and a log: into a home that is gone afterwards.
    with tempfile.TemporaryDirectory() as folder:
        run_dbt(["parse"], Path(folder), PROJECT_ROOT)
    yield Finding("project", Status.OK, f"dbt parses the project in {PROJECT_ROOT}")


# ------------------------------------------------------------------------------------------------ the machine


def _check_home(home: Path) -> Iterator[Finding]:
    if not home.exists():
        parent = _nearest(home)
        if os.access(parent, os.W_OK | os.X_OK):
            yield Finding("home", Status.OK, f"{home} does not exist yet; the first build makes it")
        else:
            yield Finding("home", Status.ERROR, f"{home} cannot be made in {parent}", _OWN_FOLDER)
        return
    if not home.is_dir() or not os.access(home, os.W_OK | os.X_OK):
        yield Finding("home", Status.ERROR, f"{home} is no folder that can be written", _OWN_FOLDER)
        return
    strangers = [path.name for path in sorted(home.iterdir()) if path.lstat().st_uid != home.stat().st_uid]
    if strangers:
        what = f"{', '.join(strangers[:5])} in {home} belong to another user than the folder"
        yield Finding("home", Status.WARN, what, "Run builds as one user, and give it the files with `chown`.")
    else:
        yield Finding("home", Status.OK, f"{home} can be written")


_OWN_FOLDER = "Set LEADHOUSE_HOME to a folder that the user of the builds owns."


def _check_modes(home: Path) -> Iterator[Finding]:
    found = [home / name for name in (*_PRIVATE_FILES, *_PRIVATE_FOLDERS) if (home / name).exists()]
    is_good = True
    for path in found:
        mode = stat.S_IMODE(path.stat().st_mode)
        if mode & 0o077:
            is_good = False
            what = f"{path} holds personal data or secrets and others may read it (mode {mode:04o})"
            yield Finding("privacy", Status.ERROR, what, f"chmod {'700' if path.is_dir() else '600'} {path}")
    if (home / "work.duckdb").exists() and privacy.find_key(home) is None:
        mend = "Restore secret.key from a backup; without it the next build makes a new key, and all pseudonyms change."
        yield Finding("privacy", Status.WARN, f"{home} has data but no secret.key", mend)
    elif is_good:
        yield Finding(
            "privacy", Status.OK, f"{len(found)} files and folders with personal data are readable by their owner only"
        )


def _check_disk(home: Path) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(home)).free
    work = home / "work.duckdb"
    size = work.stat().st_size if work.exists() else 0
    wanted = max(_DISK_FACTOR * size, _SMALLEST_DISK)
    what = f"{_size(free)} free; the work database has {_size(size)}, and a build may need {_size(wanted)} beside it"
    if free >= wanted:
        yield Finding("disk", Status.OK, what)
    else:
        mend = "Free some space, keep fewer versions, or set LEADHOUSE_HOME to a larger disk."
        yield Finding("disk", Status.ERROR if free < wanted / _DISK_FACTOR else Status.WARN, what, mend)


def _check_memory() -> Iterator[Finding]:
    there, limit = memory_bytes(), memory_limit_bytes()
    what = f"the engine may take {_size(limit)} of {_size(there)}"
    if limit + PROCESS_BYTES <= there:
        yield Finding("memory", Status.OK, what)
        return
    mend = f"Set LEADHOUSE_MEMORY_LIMIT to {max(there - PROCESS_BYTES, there // 2) // 10**6}MB or less."
    status = Status.ERROR if limit > there else Status.WARN
    yield Finding("memory", status, f"{what}, and Python and dbt need {_size(PROCESS_BYTES)} beside it", mend)


# ------------------------------------------------------------------------------------------------ the home folder


def _check_lock(home: Path) -> Iterator[Finding]:
    holder = read_holder(home)
    if holder is None:
        yield Finding("lock", Status.OK, "no build is running")
    elif holder.host != socket.gethostname():
        what = f"taken on another machine or container: {holder}"
        yield Finding("lock", Status.WARN, what, "Nothing, if that one is gone. Never let two machines share a home.")
    elif not _is_alive(holder):
        what = f"{holder} ended without letting go"
        yield Finding("lock", Status.WARN, what, "Nothing: the next build takes over. See logs/ for why it ended.")
    elif _now() - _since(holder) > _LONG_BUILD:
        mend = f"See whether process {holder.pid} still works; end it if not. Nothing published is harmed."
        yield Finding("lock", Status.WARN, f"a build is running for long: {holder}", mend)
    else:
        yield Finding("lock", Status.OK, f"a build is running: {holder}")


def _is_alive(holder: Holder) -> bool:
    try:
        started = psutil.Process(holder.pid).create_time()
    except psutil.Error:
        return False
    # Another process may have been given the number since; it then started after the note was written.
    return datetime.fromtimestamp(started, UTC).replace(tzinfo=None) <= _since(holder) + timedelta(seconds=2)


def _since(holder: Holder) -> datetime:
    try:
        return datetime.fromisoformat(holder.since.removesuffix(" UTC"))
    except ValueError:
        return datetime.max


def _check_leftovers(home: Path) -> Iterator[Finding]:
    if read_holder(home) is not None:
        return
    drafts = [path for folder in (home, home / "versions", home / "parquet") for path in folder.glob(".*")]
    spill = home / "work.duckdb.tmp"
    drafts += spill.iterdir() if spill.is_dir() else []
    if drafts:
        what = f"{len(drafts)} files of a build that did not finish, {_size(sum(_weight(path) for path in drafts))}"
        yield Finding("leftovers", Status.WARN, what, "Nothing: the next build removes them.")


def _check_published(home: Path) -> Iterator[Finding]:
    file = home / versions.PUBLISHED
    if not file.exists():
        yield Finding("published", Status.WARN, "nothing has been published yet", "Run `leadhouse build --raw DIR`.")
        return
    with duckdb.connect(str(file), read_only=True) as connection:
        row = connection.execute("select count(*) from duckdb_tables() where schema_name = 'marts'").fetchone()
    published = versions.published_version(home)
    linked = parquet.current_version(home)
    is_recorded = published in {record.build_id for record in records.read(home)}
    has_files = linked is None or (home / versions.PARQUET / linked).is_dir()
    if linked not in (None, published) or not has_files or not is_recorded:
        what = f"leadhouse.duckdb is of build {published}, parquet/current points to {linked}"
        yield Finding(
            "published", Status.WARN, what if is_recorded else f"{what}, and no record names the first", _REPAIRED
        )
        return
    kept = len(versions.list_versions(home))
    what = f"{row[0] if row else 0} marts of build {published} can be read; {kept} versions are kept"
    yield Finding("published", Status.OK, what)


def _check_warehouse() -> Iterator[Finding]:
    """Whether the target's warehouse can be reached, and what is published there."""
    warehouse = find_warehouse()
    kept = list_published(warehouse)
    if not kept:
        what = f"nothing has been published yet in {warehouse.published}"
        yield Finding("published", Status.WARN, what, "Run `leadhouse build`.")
        return
    current = next((one.build_id for one in kept if one.is_current), None)
    yield Finding("published", Status.OK, f"{warehouse.published} shows build {current}; {len(kept)} versions are kept")


_REPAIRED = f"Nothing: the next build or rollback repairs it. Do not remove {records.FILE_NAME}."


def _check_builds(home: Path) -> Iterator[Finding]:
    runs = [run for run in records.read(home) if run.status in ("succeeded", "failed", "partial")]
    if not runs:
        return
    last = runs[-1]
    ago = _ago(_now() - last.finished_at)
    if last.status == "failed":
        good = [run for run in runs if run.status == "succeeded"]
        since = f"; the last good one looked from {good[-1].as_of:%Y-%m-%d %H:%M} UTC" if good else ""
        what = f"the last build failed {ago}, with {last.count_failed} failures{since}"
        yield Finding("builds", Status.WARN, what, "Run `leadhouse build` to see why, or read logs/dbt.log.")
    else:
        what = f"the last build {last.status} {ago}, in {last.seconds:.0f} s with {last.peak_memory_mb:.0f} MB"
        yield Finding("builds", Status.OK, what)


def _check_clock(home: Path, options: BuildOptions) -> Iterator[Finding]:
    yield from _as_findings("clock", Status.WARN, clock_warnings(options, home, _now()))


def _check_suppressions(home: Path) -> Iterator[Finding]:
    known = suppressions.read(home)
    if pending := [entry for entry in known if entry.finished_at is None]:
        what = f"{len(pending)} people who asked to be forgotten are not erased everywhere yet"
        yield Finding("forgotten", Status.ERROR, what, "Run `leadhouse build`: it finishes that first.")
    elif known:
        yield Finding("forgotten", Status.OK, f"{len(known)} forgotten people are kept out of builds")


def _check_targets(home: Path) -> Iterator[Finding]:
    # Without a key of the home there is nothing to send yet, and reading the targets would make one.
    if privacy.find_key(home) is None:
        return
    names = [target.name for target in targets.alert_targets(home)]
    if names:
        yield Finding("alerts", Status.OK, f"alerts go to {', '.join(names)}")
    else:
        what = f"no target of alerts is set ({targets.ALERT_URLS}, {targets.ALERT_FILE})"
        yield Finding("alerts", Status.OK, what, "See docs/how-to/send-alerts.md if sales is to be told.")


# ------------------------------------------------------------------------------------------------ inputs


def _check_inputs(home: Path, options: BuildOptions) -> Iterator[Finding]:
    if found := check(options, home=home):
        yield from _as_findings("inputs", Status.ERROR, found)
        return
    odd = [*source_warnings(options, home), *freshness_warnings(options, home)]
    yield from _as_findings("inputs", Status.WARN, odd)
    place = options.raw if options.reads_folder else find_warehouse().place
    what = f"the criteria are in order, and the tables in {place} can be read"
    yield Finding("inputs", Status.OK, what)


def _as_findings(area: str, status: Status, problems: Sequence[Problem]) -> Iterator[Finding]:
    for problem in problems:
        yield Finding(area, status, f"{problem.where}: {problem.what}", problem.mend)


# ------------------------------------------------------------------------------------------------ helpers


def _nearest(path: Path) -> Path:
    """The path itself, or the nearest folder above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.exists())


def _weight(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() and not path.is_symlink() else [path]
    return sum(file.lstat().st_size for file in files)


def _size(count: float) -> str:
    return f"{count / 10**9:,.1f} GB" if count >= 10**9 else f"{count / 10**6:,.0f} MB"


def _ago(age: timedelta) -> str:
    minutes = max(int(age.total_seconds()) // 60, 0)
    if minutes < 120:
        return f"{minutes} minutes ago"
    return f"{minutes // 60} hours ago" if minutes < 48 * 60 else f"{minutes // 1440} days ago"


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)

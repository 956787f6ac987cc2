"""Commands that die at any of their lines, and readers that look on meanwhile.

Processes are forked from a server that has imported everything once, so that one that is killed costs little more than its
own work. The small project of `build_fixtures` stands in for the real one; its leads carry the version that wrote them.
"""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing import connection, get_context
from pathlib import Path
from types import FrameType
from typing import Any

import duckdb

import leadhouse
from alert_fixtures import NOW
from build_fixtures import AS_OF, write_project
from leadhouse import alerts, records, runner, versions
from leadhouse.build import BuildOptions, run_build
from leadhouse.errors import LeadhouseError
from leadhouse.forget import finish_pending, forget
from leadhouse.lock import build_lock
from leadhouse.targets import ALERT_URLS, alert_targets

_PACKAGE = str(Path(leadhouse.__file__).parent)
_SERVER = get_context("forkserver")
_SERVER.set_forkserver_preload(["fault_harness", "dbt.cli.main", "dbt.adapters.duckdb", "apprise"])
_HEADER = "lead_id,email,phone,mql_at,sql_at\n"
_LIMIT = 120  # seconds; nothing here takes so long unless it hangs


@dataclass(frozen=True)
class Place:
    """A small project, its raw folder and its home."""

    folder: Path

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def raw(self) -> Path:
        return self.folder / "raw"

    @classmethod
    def make(cls, folder: Path) -> Place:
        """Write the project and its folders."""
        place = cls(folder)
        write_project(folder / "project")
        place.home.mkdir()
        place.raw.mkdir()
        return place

    def options(self, as_of: datetime = AS_OF) -> BuildOptions:
        """What a build reads, and the moment it looks from."""
        return BuildOptions(raw=self.raw, as_of=as_of)

    def deliver(self, number: int) -> None:
        """Let the source hold the leads of this version: how many and what they are called depends on its number."""
        rows = [f"v{number}-{row},v{number}-{row}@example.com,,2026-06-28,\n" for row in range(count_leads(number))]
        draft = self.raw / ".leads.csv"
        draft.write_text(_HEADER + "".join(rows), encoding="utf-8")
        draft.replace(self.raw / "leads.csv")

    def published(self) -> int | None:
        """Number of the published version, which must be whole; None when nothing is published."""
        if not (self.home / versions.PUBLISHED).exists():
            return None
        with duckdb.connect(str(self.home / versions.PUBLISHED), read_only=True) as database:
            return whole_version(database, "leads", "lead_stages")


def count_leads(number: int) -> int:
    """How many leads version `number` has."""
    return 3 + number % 7


def whole_version(database: duckdb.DuckDBPyConnection, *marts: str) -> int:
    """The one version that the marts have all the rows of; raises AssertionError when there is no such."""
    parts = [f"select '{mart}' as mart, split_part(lead_id, '-', 1) as version from marts.{mart}" for mart in marts]
    found = database.execute(
        f"select mart, version, count(*) from ({' union all '.join(parts)}) group by all"
    ).fetchall()
    numbers = {int(version[1:]) for _, version, _ in found}
    wanted = {(mart, f"v{number}", count_leads(number)) for number in numbers for mart in marts}
    assert len(numbers) == 1 and {*found} == wanted, f"{found} instead of {wanted}"
    return numbers.pop()


# ------------------------------------------------------------------------------- actions, run in a process of their own


def build(folder: Path, as_of: datetime = AS_OF) -> str:
    """Build and publish the small project as the command does; gives `succeeded`, or what dbt said of the failures."""
    place = Place(folder)
    with build_lock(place.home, "leadhouse build"):
        outcome = run_build(place.options(as_of), place.home, None, folder / "project")
    failed = "; ".join(f"{kept.node.name}: {kept.node.message}" for kept in outcome.failures)
    return failed or outcome.record.status


def rollback(folder: Path) -> str:
    """Go back to the version before as the command does."""
    with build_lock(Place(folder).home, "leadhouse rollback"):
        return f"rolled back to {versions.rollback(Place(folder).home).build_id}"


def send_alerts(home: Path, url: str) -> str:
    """Send the alerts of the outbox as the command does, without pauses between tries."""
    summary = alerts.send(home, alert_targets(home, {ALERT_URLS: url}), now=NOW, pauses=())
    return "complete" if summary.is_complete else "incomplete"


def forget_person(home: Path, person: str) -> str:
    """Forget a person as the command does, without the build that follows."""
    with build_lock(home, "leadhouse forget"):
        forget(home, person)
    return "forgotten"


def finish_forgetting(home: Path) -> str:
    """What a build does first."""
    with build_lock(home, "leadhouse build"):
        return f"{finish_pending(home)} finished"


Action = Callable[..., str]


@dataclass(frozen=True)
class Ending:
    """How a process ended: what its action gave (None when it was killed), and how many lines of the package it ran."""

    said: str | None
    count_lines: int = 0

    @property
    def was_killed(self) -> bool:
        return self.said is None


def run_apart(action: Action, *arguments: Any, die_at: int | None = None, die_after: float | None = None) -> Ending:
    """Run an action in a process of its own.

    `die_at`: the line of the package, counted as they run, before which it kills itself with SIGKILL (0: only count them);
    dbt's own work counts as one line. `die_after`: seconds after which it is killed from outside. Raises AssertionError on an unexpected error in it.
    """
    ours, theirs = _SERVER.Pipe(duplex=False)
    process = _SERVER.Process(target=_run, args=(theirs, action, arguments, die_at))
    process.start()
    theirs.close()
    if die_after is not None:
        ours.poll(die_after)
        process.kill()
    process.join(_LIMIT)
    assert process.exitcode is not None, "the process hangs"
    try:
        said, count_lines, unexpected = ours.recv()
    except EOFError:
        assert process.exitcode == -signal.SIGKILL, process.exitcode
        return Ending(None)
    assert not unexpected, said
    return Ending(said, count_lines)


def _run(ours: connection.Connection, action: Action, arguments: tuple[Any, ...], die_at: int | None) -> None:
    count = 0

    def on_line(frame: FrameType, event: str, _: Any) -> Any:
        nonlocal count
        if event == "line":
            count += 1
            if count == die_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return on_line

    def on_call(frame: FrameType, event: str, _: Any) -> Any:
        return on_line if frame.f_code.co_filename.startswith(_PACKAGE) else None

    if die_at is not None:
        _spare(runner, "_invoke", on_call)
        sys.settrace(on_call)
    try:
        said, unexpected = action(*arguments), False
    except LeadhouseError as error:
        said, unexpected = f"{type(error).__name__}: {error}", False
    except BaseException:
        said, unexpected = traceback.format_exc(), True
    finally:
        sys.settrace(None)
    ours.send((said, count, unexpected))


def _spare(module: Any, name: str, on_call: Any) -> None:
    """Let a function run without being followed line by line, which would make it ten times slower."""
    function = getattr(module, name)

    def spared(*arguments: Any) -> Any:
        sys.settrace(None)
        try:
            return function(*arguments)
        finally:
            sys.settrace(on_call)

    setattr(module, name, spared)


# ------------------------------------------------------------------------------- readers


@dataclass
class Seen:
    """What a reader saw: how many queries, which versions in which order (repeats left out), and every error."""

    count_queries: int = 0
    numbers: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def note(self, number: int) -> None:
        self.count_queries += 1
        if self.numbers[-1:] != [number]:
            self.numbers.append(number)


Look = Callable[[duckdb.DuckDBPyConnection], int]


def look_at_leads(database: duckdb.DuckDBPyConnection) -> int:
    """Number of the version that the marts of the small project have, each looked at by itself."""
    whole_version(database, "lead_stages")
    return whole_version(database, "leads")


def look_at_some(database: duckdb.DuckDBPyConnection) -> int:
    """Number of leads, where any is right as long as it can be read."""
    row = database.execute("select count(*) from marts.leads").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def reading(home: Path, look: Look = look_at_leads) -> Iterator[Callable[[], Seen]]:
    """Let a process query the published database, with connections of its own each time and with one that stays open on the
    views, in a loop; call what is given to end it and see."""
    ours, theirs = _SERVER.Pipe()
    process = _SERVER.Process(target=_read, args=(theirs, home, look))
    process.start()

    def end() -> Seen:
        ours.send("end")
        seen = ours.recv()
        assert isinstance(seen, Seen)
        process.join(_LIMIT)
        return seen

    try:
        yield end
    finally:
        process.kill()
        process.join()


def _read(ours: connection.Connection, home: Path, look: Look) -> None:
    seen = Seen()
    views = duckdb.connect(str(home / "parquet" / "views.duckdb"), read_only=True)
    while not ours.poll():
        try:
            with duckdb.connect(str(home / versions.PUBLISHED), read_only=True) as database:
                seen.note(look(database))
            seen.note(look(views))
        except Exception as error:
            seen.errors.append(f"{type(error).__name__}: {error}")
        time.sleep(0.01)
    ours.send(seen)


# ------------------------------------------------------------------------------- what must be true afterwards


def check_tidy(home: Path) -> None:
    """After a good build: nothing is left over, all names of the version agree, and every version is on record."""
    for folder in (home, home / "versions", home / "parquet"):
        hidden = [path.name for path in folder.glob(".*")]
        assert not hidden, f"left in {folder.name}: {hidden}"
    published = versions.published_version(home)
    assert published is not None
    kept = {path.stem for path in (home / "versions").iterdir()}
    folders = {path.name for path in (home / "parquet").iterdir() if path.is_dir() and not path.is_symlink()}
    assert published in kept and published in folders
    assert len(kept) <= 5
    # A version whose Parquet files were removed with it may be rolled back to: they are written again then.
    assert folders <= kept
    assert os.readlink(home / "parquet" / "current") == published
    assert (home / "versions" / f"{published}.duckdb").samefile(home / versions.PUBLISHED)
    ids = [record.build_id for record in records.read(home)]
    assert len(ids) == len(set(ids))
    assert kept <= set(ids)
    assert [one.build_id for one in versions.list_versions(home) if one.is_current] == [published]
    spill = home / "work.duckdb.tmp"
    assert not spill.exists() or not list(spill.iterdir())


def is_clear(message: str) -> bool:
    """Whether an error names what to do or that nothing was harmed, and shows no traceback."""
    return bool(message) and "Traceback" not in message and not re.search(r"File \".*\", line \d+", message)

"""How long builds take on this machine, beside what the engine alone needs for the same rows.

A demo world of the wanted size is built as it would be on a schedule: in full, once more with nothing new, and once more
after a small share of newer rows has arrived. Every step runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

from leadhouse.errors import BuildError, InputError, Problem
from leadhouse.machine import MEMORY_LIMIT, memory_limit_bytes
from leadhouse.runner import mebibytes

Value = TypeVar("Value")
Tell = Callable[[str], None]

EVENTS_PER_LEAD = 67  # web events of the demo world
COUNT_SLOWEST = 15
_SEED = 1


@dataclass(frozen=True)
class Usage:
    """What a step took: wall-clock seconds and the peak resident memory of its process in MiB."""

    seconds: float
    peak_memory_mb: float


@dataclass(frozen=True)
class NodeTime:
    """Seconds of one model, seed or test."""

    name: str
    kind: str
    seconds: float


@dataclass(frozen=True)
class BuildUsage:
    """A build as a process, start to end, and the nodes that took longest."""

    usage: Usage
    slowest: tuple[NodeTime, ...]


@dataclass(frozen=True)
class Measurement:
    """One size. Counts are rows of web and message events; `count_new_events` of them came after the full build.

    `floor`: the engine alone reads, sessionises and aggregates the rows of the full build. `idle`: a build with nothing
    new, which is what dbt takes to start. `sizes` are bytes on disk after the last build.
    """

    count_leads: int
    count_web_events: int
    count_message_events: int
    count_new_events: int
    floor: Usage
    full: BuildUsage
    idle: BuildUsage
    new: BuildUsage
    sizes: dict[str, int]

    @property
    def full_to_floor(self) -> float:
        """How many times the floor a full build takes."""
        return self.full.usage.seconds / self.floor.seconds

    @property
    def new_to_full(self) -> float:
        """What a build with new rows takes beyond the fixed start, as a share of a full build."""
        return (self.new.usage.seconds - self.idle.usage.seconds) / self.full.usage.seconds

    def as_json(self) -> dict[str, Any]:
        """All figures, rounded, with the ratios."""
        ratios = {"full_to_floor": round(self.full_to_floor, 2), "new_to_full": round(self.new_to_full, 4)}
        return {**asdict(self), **ratios}


@dataclass(frozen=True)
class _World:
    """A world in two states: `raw` as of `first`, and `later` with all rows as of `last`."""

    raw: Path
    later: Path
    first: datetime
    last: datetime
    counts: dict[str, int]
    count_new_events: int


def run_sizes(sizes: Sequence[int], new_share: float, memory: str, keep: Path | None, tell: Tell) -> list[Measurement]:
    """Measure each size (see `run`) in a folder of its own: below `keep`, else below a temporary one.

    Raises InputError when `keep` exists or `memory` cannot be read.
    """
    memory_limit_bytes(memory, "--memory")
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="leadhouse-bench-") as folder:
            return _run_below(Path(folder), sizes, new_share, memory, tell)
    if keep.exists():
        raise InputError([Problem("--keep", f"{keep} exists already", "Name a new folder; it will be made.")])
    keep.mkdir(parents=True)
    return _run_below(keep, sizes, new_share, memory, tell)


def _run_below(folder: Path, sizes: Sequence[int], new_share: float, memory: str, tell: Tell) -> list[Measurement]:
    measurements = []
    for events in dict.fromkeys(sizes):
        place = folder / str(events)
        place.mkdir()
        measurements.append(run(events, new_share, memory, place, tell))
    return measurements


def run(events: int, new_share: float, memory: str, folder: Path, tell: Tell) -> Measurement:
    """Measure builds of a world with about `events` web events in an empty folder, which is left as it is in the end.

    `new_share` of the events arrive after the full build; `memory` is the engine's limit, as DuckDB reads it. `tell` hears
    of each step. Raises BuildError when a build fails.
    """
    leads = max(round(events / EVENTS_PER_LEAD), 1)
    tell(f"Writing a world of {leads:,} leads ...")
    world = _apart(_write_world, folder, leads, new_share)
    home = folder / "home"
    home.mkdir()
    tell("The engine alone ...")
    floor = _apart(measure_floor, world.raw, memory, folder)
    tell(f"Full build ({floor.seconds:.1f} s were the engine's floor) ...")
    full = _build(home, world.raw, world.first, memory)
    tell(f"Build with nothing new ({full.usage.seconds:.1f} s the full build) ...")
    idle = _build(home, world.raw, world.first, memory)
    tell(f"Build with {world.count_new_events:,} new events ({idle.usage.seconds:.1f} s with nothing new) ...")
    for file in world.later.iterdir():
        file.replace(world.raw / file.name)
    new = _build(home, world.raw, world.last, memory)
    return Measurement(
        count_leads=leads,
        count_web_events=world.counts["web_events"],
        count_message_events=world.counts["message_events"],
        count_new_events=world.count_new_events,
        floor=floor,
        full=full,
        idle=idle,
        new=new,
        sizes=_sizes(world.raw, home),
    )


def measure_floor(raw: Path, memory: str, spill: Path) -> Usage:
    """Let DuckDB alone read the event files, cut visits into sessions, and sum them up per visitor and recipient."""
    from leadhouse.contract import connect, find_files, scan_sql

    web, messages = (scan_sql(find_files(raw, entity), "parquet") for entity in ("web_events", "message_events"))
    with connect() as connection:
        connection.execute(f"set memory_limit = '{memory}'")
        connection.execute("set temp_directory = '" + str(spill / "spill").replace("'", "''") + "'")
        started = time.monotonic()
        connection.execute(_VISITORS.format(web))
        connection.execute(_RECIPIENTS.format(messages))
        seconds = round(time.monotonic() - started, 3)
    return Usage(seconds, round(mebibytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss), 1))


_VISITORS = """
create temp table visitors as
with ordered as (
    select
        visitor_id,
        occurred_at,
        event_name,
        engaged_seconds,
        lag(occurred_at) over (partition by visitor_id order by occurred_at, event_id) as previous_at
    from {}
)
select
    visitor_id,
    count(*) as count_events,
    count(*) filter (where previous_at is null or occurred_at - previous_at >= interval 30 minute) as count_sessions,
    count(*) filter (where event_name = 'page_view') as count_page_views,
    sum(engaged_seconds) as engaged_seconds,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
from ordered
group by visitor_id
"""
_RECIPIENTS = """
create temp table recipients as
select
    recipient,
    event_type,
    count(*) as count_events,
    min(occurred_at) as first_at,
    max(occurred_at) as last_at
from {}
group by recipient, event_type
"""


def _write_world(folder: Path, leads: int, new_share: float) -> _World:
    from leadhouse.contract import connect, find_files, scan_sql
    from leadhouse.demo import WORLD_END, write_world
    from leadhouse.demo.slices import sliced_world

    finished, raw, later = folder / "finished", folder / "raw", folder / "later"
    world = write_world(finished, leads, _SEED)
    end = WORLD_END.replace(tzinfo=None)
    events = scan_sql(find_files(finished, "web_events"), "parquet")
    with connect() as connection:
        arrives = "coalesce(loaded_at, occurred_at)"
        row = connection.execute(
            f"select quantile_disc({arrives}, {1 - new_share}) from {events} where {arrives} <= timestamp '{end}'"
        ).fetchone()
        first = row[0] if row else end
    slices = sliced_world(finished, later, [first, end])
    next(slices)
    raw.mkdir()
    for file in later.iterdir():
        os.link(file, raw / file.name)
    next(slices)
    with connect() as connection:
        count = sum(_count(connection, find_files(later, entity)[1:]) for entity in ("web_events", "message_events"))
    for file in finished.iterdir():
        file.unlink()
    return _World(raw, later, first, end, dict(world.counts), count)


def _count(connection: Any, files: list[Path]) -> int:
    from leadhouse.contract import scan_sql

    row = connection.execute(f"select count(*) from {scan_sql(files, 'parquet')}").fetchone() if files else None
    return int(row[0]) if row else 0


def _apart(function: Callable[..., Value], *arguments: object) -> Value:
    """Call the function in a fresh process, so that its memory is neither ours nor another step's."""
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()


def _build(home: Path, raw: Path, as_of: datetime, memory: str) -> BuildUsage:
    environment = {**os.environ, "LEADHOUSE_HOME": str(home), MEMORY_LIMIT: memory, "NO_COLOR": "1"}
    run_cli = [sys.executable, "-c", "from leadhouse.cli import main; main()"]
    command = [*run_cli, "build", "--raw", str(raw), "--as-of", as_of.isoformat()]
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        started = time.monotonic()
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        # wait4 and not wait: it gives what this one child used.
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.monotonic() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            raise BuildError(f"A build of the bench failed ({process.returncode}):\n{output.read()[-3000:]}")
    return BuildUsage(Usage(round(seconds, 3), round(mebibytes(used.ru_maxrss), 1)), _slowest(home))


def _slowest(home: Path) -> tuple[NodeTime, ...]:
    results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))["results"]
    times = [
        NodeTime(
            result["unique_id"].split(".")[2], result["unique_id"].split(".")[0], round(result["execution_time"], 3)
        )
        for result in results
    ]
    return tuple(sorted(times, key=lambda time: (-time.seconds, time.name))[:COUNT_SLOWEST])


def _sizes(raw: Path, home: Path) -> dict[str, int]:
    places = {
        "raw": raw,
        "work.duckdb": home / "work.duckdb",
        "leadhouse.duckdb": home / "leadhouse.duckdb",
        "home": home,
    }
    return {name: _size(place) for name, place in places.items()}


def _size(place: Path) -> int:
    """Bytes of a file, or of all files below a folder; a file with several names counts once."""
    files = place.rglob("*") if place.is_dir() else [place]
    states = {
        (state.st_dev, state.st_ino): state.st_size for file in files if file.is_file() and (state := file.stat())
    }
    return sum(states.values())

"""The bench measures what it says: the world it cuts, the floor, the builds, and the ratios."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leadhouse import bench
from leadhouse.bench import BuildUsage, Measurement, NodeTime, Usage
from leadhouse.contract import connect, find_files, scan_sql
from leadhouse.errors import BuildError, InputError

IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))


def usage(seconds: float) -> BuildUsage:
    return BuildUsage(Usage(seconds, 100.0), (NodeTime("leads", "model", 1.5),))


MEASUREMENT = Measurement(
    count_leads=10,
    count_web_events=670,
    count_message_events=240,
    count_new_events=9,
    floor=Usage(4.0, 50.0),
    full=usage(20.0),
    idle=usage(5.0),
    new=usage(7.0),
    sizes={"raw": 1},
)


def test_the_ratios_are_those_of_the_design() -> None:
    assert MEASUREMENT.full_to_floor == 5.0
    assert MEASUREMENT.new_to_full == pytest.approx(0.1)
    values = json.loads(json.dumps(MEASUREMENT.as_json()))
    assert (values["full_to_floor"], values["new_to_full"]) == (5.0, 0.1)
    assert values["full"]["slowest"] == [{"name": "leads", "kind": "model", "seconds": 1.5}]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("bench")
    return bench._write_world(folder, 100, 0.05)


def test_the_later_rows_are_the_wanted_share(world: Any) -> None:
    with connect() as connection:
        before, after = (
            bench._count(connection, find_files(folder, "web_events")) for folder in (world.raw, world.later)
        )
    assert after == world.counts["web_events"]
    assert 0.03 < (after - before) / after < 0.08
    assert world.count_new_events >= after - before
    assert world.first < world.last


def test_the_first_state_stays_when_the_later_one_is_written(world: Any) -> None:
    (first,) = find_files(world.raw, "web_events")
    assert first.samefile(world.later / first.name)
    assert (world.raw / "leads.csv").stat().st_size < (world.later / "leads.csv").stat().st_size


def test_the_floor_counts_sessions_as_the_models_do(tmp_path: Path) -> None:
    start = datetime(2026, 1, 1)
    gaps = [0, 29, 30, 10, 31]  # minutes: the third and the last begin a session
    moments = [start + timedelta(minutes=sum(gaps[: place + 1])) for place in range(len(gaps))]
    rows = ", ".join(f"('v', 'e{n}', 'page_view', timestamp '{at}', 2)" for n, at in enumerate(moments))
    with connect() as connection:
        source = f"(values {rows}) as events (visitor_id, event_id, event_name, occurred_at, engaged_seconds)"
        connection.execute(bench._VISITORS.format(source))
        found = connection.execute("select count_events, count_sessions, engaged_seconds from visitors").fetchall()
    assert found == [(5, 3, 10)]


def test_the_floor_is_measured_in_a_process_of_its_own(world: Any, tmp_path: Path) -> None:
    found = bench._apart(bench.measure_floor, world.raw, "1GB", tmp_path)
    assert found.seconds > 0
    assert 30 < found.peak_memory_mb < 1000


def test_every_step_is_measured_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[tuple[int, datetime]] = []

    def build(home: Path, raw: Path, as_of: datetime, memory: str) -> BuildUsage:
        assert home.is_dir() and memory == "1GB"
        built.append((len(find_files(raw, "web_events")), as_of))
        with connect() as connection:
            connection.execute(f"select count(*) from {scan_sql(find_files(raw, 'message_events'), 'parquet')}")
        return usage(float(len(built)))

    monkeypatch.setattr(bench, "_build", build)
    told: list[str] = []
    keep = tmp_path / "kept"
    (found,) = bench.run_sizes([6700, 6700], 0.02, "1GB", keep, told.append)
    assert [count for count, _ in built] == [1, 1, 2]
    assert built[0][1] == built[1][1] < built[2][1]
    assert found.count_leads == 100
    assert (found.full.usage.seconds, found.idle.usage.seconds, found.new.usage.seconds) == (1.0, 2.0, 3.0)
    assert len(told) == 5
    assert (keep / "6700" / "raw" / "leads.csv").exists()


def test_a_build_that_fails_shows_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"no folder of raw tables"):
        bench._build(tmp_path, tmp_path / "nowhere", datetime(2026, 1, 1), "1GB")


def test_bad_arguments_are_refused_before_anything_is_written(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    for arguments in (("--memory", "much"), ("--keep", str(tmp_path)), ("--events", "10"), ("--new-share", "0.9")):
        assert run_cli(tmp_path, "bench", *arguments).returncode == 2
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_exists_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="exists already"):
        bench.run_sizes([1000], 0.01, "1GB", tmp_path, print)


@pytest.mark.skipif(not IS_SOAK, reason="three real builds: only with LEADHOUSE_SOAK")
def test_the_command_measures_real_builds(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    done = run_cli(tmp_path, "bench", "--events", "20000", "--memory", "2GB", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["sizes"]
    assert found["full"]["usage"]["seconds"] > found["floor"]["seconds"] > 0
    assert len(found["new"]["slowest"]) == bench.COUNT_SLOWEST

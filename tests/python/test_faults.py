"""Builds and rollbacks die at any moment, disks fill up, files change: readers never notice, and the next build is right.

Quick by default; with LEADHOUSE_SOAK, hundreds of kills. LEADHOUSE_SEED chooses other moments.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from alert_fixtures import make_alert, receiving, write_outbox
from build_fixtures import AS_OF
from fault_harness import (
    Place,
    build,
    check_tidy,
    finish_forgetting,
    forget_person,
    is_clear,
    look_at_some,
    reading,
    rollback,
    run_apart,
    send_alerts,
)
from leadhouse import parquet, records, runner, suppressions, versions
from leadhouse.demo import write_world
from leadhouse.demo.slices import sliced_world
from leadhouse.doctor import Status, examine
from leadhouse.lock import read_holder
from leadhouse.machine import MEMORY_LIMIT
from privacy_fixtures import lead_ids_in, write_home
from test_incremental import END, differences, settle

IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
SEED = int(os.environ.get("LEADHOUSE_SEED", "1"))
COUNT_KILLS = 120 if IS_SOAK else 2
COUNT_FILLS = 20 if IS_SOAK else 1


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, int]:
    """A small project that has published the versions 1 and 2, and how many lines of the package the last build ran."""
    place = Place.make(tmp_path_factory.mktemp("faults") / "place")
    for number in (1, 2):
        place.deliver(number)
        ending = run_apart(build, place.folder, die_at=0)
        assert ending.said == "succeeded"
    return place, ending.count_lines


@pytest.fixture
def place(template: tuple[Place, int], tmp_path: Path) -> Place:
    """A copy of the project for one test."""
    place = Place(copied(template[0].folder, tmp_path / "place"))
    versions.repair(place.home)
    return place


def copied(folder: Path, goal: Path) -> Path:
    """A copy of a folder, hard links and all."""
    subprocess.run(["cp", "--archive", folder, goal], check=True)
    if (goal / "parquet").exists():
        # The views name the database of the template until then.
        parquet.point_to(goal, str(parquet.current_version(goal)))
    return goal


def test_whatever_dies_readers_see_whole_versions_and_the_next_build_is_right(
    place: Place, template: tuple[Place, int]
) -> None:
    rng = random.Random(SEED)
    lengths = {build: template[1], rollback: run_apart(rollback, place.folder, die_at=0).count_lines}
    number, count_killed = 2, 0
    with reading(place.home) as end:
        for _ in range(COUNT_KILLS):
            before = place.published()
            action = rng.choice((build, build, rollback))
            number += 1
            place.deliver(number)
            if rng.random() < 0.75:
                ending = run_apart(action, place.folder, die_at=rng.randint(1, lengths[action]))
            else:
                ending = run_apart(action, place.folder, die_after=rng.uniform(0, 2))
            count_killed += ending.was_killed
            after = place.published()
            assert after is not None
            assert after in (before, number) if action is build else after <= number
            number += 1
            place.deliver(number)
            assert run_apart(build, place.folder).said == "succeeded"
            assert place.published() == number
            check_tidy(place.home)
        seen = end()
    assert seen.errors == []
    assert count_killed >= COUNT_KILLS / 2
    assert number in seen.numbers
    assert seen.count_queries > 10 * COUNT_KILLS


def test_two_builds_at_once_make_one(place: Place) -> None:
    place.deliver(3)
    assert read_holder(place.home) is None
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(run_apart, build, place.folder)
        # Begun at the same moment, on a busy machine one may be over before the other looks at the lock.
        while not read_holder(place.home) and not first.done():
            time.sleep(0.01)
        second = run_apart(build, place.folder)
        endings = [first.result().said, second.said]
    locked = [said for said in endings if said and said.startswith("LockedError")]
    assert len(locked) == 1 and "succeeded" in endings, endings
    assert "A build is running: `leadhouse build`" in locked[0]
    assert place.published() == 3
    check_tidy(place.home)


def test_alerts_arrive_though_their_sender_dies_and_never_again_after_a_success(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    home = tmp_path / "home"
    alerts = [make_alert(number) for number in range(1, 7)]
    write_outbox(home, alerts)
    count_killed = 0
    with receiving() as receiver:
        url = receiver.url()
        length = run_apart(
            send_alerts, copied(home, tmp_path / "counted"), receiver.url("counted"), die_at=0
        ).count_lines
        for _ in range(COUNT_KILLS):
            ending = run_apart(send_alerts, home, url, die_at=rng.randint(1, length))
            count_killed += ending.was_killed
        assert run_apart(send_alerts, home, url).said == "complete"
        arrived = receiver.ids()
        assert {*arrived} == {alert.alert_id for alert in alerts}
        # What was under way when the sender died may have arrived before it was noted; nothing else comes twice.
        assert len(arrived) <= len(alerts) + count_killed
        assert run_apart(send_alerts, home, url).said == "complete"
        assert receiver.ids() == arrived
    assert count_killed > 0


def test_an_erasure_that_dies_is_finished_and_readers_do_not_notice(tmp_path: Path) -> None:
    rng = random.Random(SEED)
    template = write_home(tmp_path / "template")
    length = run_apart(forget_person, copied(template, tmp_path / "counted"), "ann", die_at=0).count_lines
    for number in range(COUNT_KILLS):
        home = copied(template, tmp_path / f"home-{number}")
        with reading(home, look_at_some) as end:
            run_apart(forget_person, home, "ann", die_at=rng.randint(1, length))
            if not suppressions.read(home):
                assert run_apart(forget_person, home, "ann").said == "forgotten"
            run_apart(finish_forgetting, home)
            seen = end()
        assert seen.errors == []
        assert {2, *seen.numbers} == {2, 3}, "with her, and then without"
        assert all("ann" not in ids for ids in lead_ids_in(home).values())
        assert not (home / "work.duckdb").exists()
        (entry,) = suppressions.read(home)
        assert entry.finished_at is not None
        assert [path.name for folder in (home, home / "parquet") for path in folder.glob(".*")] == []


# ------------------------------------------------------------------------------- disks


@pytest.fixture
def small_disk(place: Place) -> Iterator[Place]:
    """The place, with its home on a disk of 24 MB."""
    disk = place.folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here; that takes root")
    try:
        subprocess.run(["cp", "--archive", f"{place.home}/.", str(disk)], check=True)
        place.home.rename(place.folder / "elsewhere")
        place.home.symlink_to(disk)
        versions.repair(place.home)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def free_bytes(folder: Path) -> int:
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


def test_a_full_disk_stops_the_build_with_a_clear_error_and_harms_nothing(small_disk: Place) -> None:
    rng = random.Random(SEED)
    filler = small_disk.home / "filler"
    count_failed = 0
    with reading(small_disk.home) as end:
        for number in range(3, 3 + COUNT_FILLS):
            before = small_disk.published()
            small_disk.deliver(number)
            left = rng.randrange(0, 4_000_000) if number > 3 else 0
            filler.write_bytes(b"\0" * max(free_bytes(small_disk.home) - left, 0))
            said = run_apart(build, small_disk.folder).said
            assert said and is_clear(said)
            is_published = said == "succeeded" or said.startswith("UnfinishedError")
            assert small_disk.published() == (number if is_published else before)
            count_failed += not is_published
            filler.unlink()
            assert run_apart(build, small_disk.folder).said == "succeeded"
            assert small_disk.published() == number
            check_tidy(small_disk.home)
        assert end().errors == []
    assert count_failed > 0


def test_a_home_that_cannot_be_written_is_refused(small_disk: Place) -> None:
    disk = str(small_disk.home.resolve())
    small_disk.deliver(3)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    try:
        ending = run_apart(build, small_disk.folder)
        assert ending.said and ending.said.startswith("InputError") and "Set LEADHOUSE_HOME" in ending.said
        assert small_disk.published() == 2
        findings = {finding.area: finding.status for finding in examine(small_disk.home, small_disk.options())}
        assert findings["home"] is Status.ERROR
    finally:
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)


# ------------------------------------------------------------------------------- clock, memory, sources


def build_a_year_ago(folder: Path) -> str:
    return build(folder, AS_OF - timedelta(days=365))


def test_a_clock_that_goes_backwards_stops_no_build(place: Place) -> None:
    place.deliver(3)
    assert run_apart(build_a_year_ago, place.folder).said == "succeeded"
    assert place.published() == 3
    check_tidy(place.home)
    newest = versions.list_versions(place.home)[0]
    assert newest.is_current and newest.as_of == AS_OF - timedelta(days=365)


def build_with_little_memory(folder: Path) -> str:
    os.environ[MEMORY_LIMIT] = "1MB"
    return build(folder)


def test_too_little_memory_is_a_clear_error(place: Place) -> None:
    place.deliver(3)
    said = run_apart(build_with_little_memory, place.folder).said
    assert said and said != "succeeded" and is_clear(said)
    assert place.published() == 2


def build_while_files_change(folder: Path) -> str:
    """Build while the source delivers again each time that dbt has read a part."""
    invoke = runner._invoke

    def deliver_then_finish(*arguments: object) -> object:
        outcome = invoke(*arguments)  # type: ignore[arg-type]
        Place(folder).deliver(40 + len(os.listdir(folder / "home" / "logs")))
        return outcome

    runner._invoke = deliver_then_finish  # type: ignore[assignment]
    return build(folder)


def test_a_source_file_that_is_replaced_while_it_is_read_is_not_published(place: Place) -> None:
    place.deliver(3)
    said = run_apart(build_while_files_change, place.folder).said
    assert said and "changed while they were read" in said and is_clear(said)
    assert place.published() == 2
    assert records.read(place.home)[-1].status == "failed"


# ------------------------------------------------------------------------------- the real project


@pytest.mark.skipif(not IS_SOAK, reason="a dozen builds of the real project: only with LEADHOUSE_SOAK")
def test_incremental_builds_that_are_killed_end_like_one_full_build(
    tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    rng = random.Random(SEED)
    write_world(tmp_path / "finished", leads=60, seed=SEED)
    home, delivered, longest = tmp_path / "home", tmp_path / "delivered", 20.0
    home.mkdir()
    moments = [END - timedelta(days=days) for days in (40, 20, 5, 0)]
    for moment, _ in sliced_world(tmp_path / "finished", delivered, moments):
        settle(delivered, moment)
        arguments = ("build", "--raw", str(delivered), "--as-of", moment.isoformat())
        for _ in range(3):
            kill_after(rng.uniform(2, longest), home, *arguments)
            if (home / versions.PUBLISHED).exists():
                with duckdb.connect(str(home / versions.PUBLISHED), read_only=True) as database:
                    assert look_at_some(database) > 0
        started = time.monotonic()
        done = run_cli(home, *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        longest = time.monotonic() - started
        check_tidy(home)
    (tmp_path / "other").mkdir()
    assert run_cli(tmp_path / "other", *arguments, "--full-refresh").returncode == 0
    assert differences(tmp_path / "other", home) == {}


def kill_after(seconds: float, home: Path, *arguments: str) -> None:
    """Start the command and kill it, with all that it started, after some seconds."""
    command = [str(Path(sys.executable).with_name("leadhouse")), *arguments]
    environment = {**os.environ, "LEADHOUSE_HOME": str(home)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)

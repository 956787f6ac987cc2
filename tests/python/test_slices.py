"""The demo world delivered slice by slice: it grows, it changes, and in the end it is the finished world."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from leadhouse.contract import connect, file_format, find_files, find_json_keys, load_contract, scan_sql
from leadhouse.demo import WORLD_END, WORLD_START, write_world
from leadhouse.demo.slices import sliced_world
from leadhouse.errors import InputError
from leadhouse.source_checks import check_sources

START, END = WORLD_START.replace(tzinfo=None), WORLD_END.replace(tzinfo=None)
MOMENTS = [END - timedelta(days=90 * (3 - place)) for place in range(4)]


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("slices") / "raw"
    write_world(folder, leads=120, seed=3)
    return folder


@pytest.fixture(scope="module")
def states(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Path]]:
    """A copy of the growing folder at each moment."""
    folder = tmp_path_factory.mktemp("states")
    kept = []
    for moment, state in sliced_world(raw, folder / "raw", MOMENTS):
        kept.append(folder / f"{moment:%Y%m%d}")
        shutil.copytree(state, kept[-1])
    yield kept


def scan(folder: Path, entity: str) -> str:
    files = find_files(folder, entity)
    form = file_format(files[0])
    with connect() as connection:
        return scan_sql(files, form, find_json_keys(connection, files) if form == "json" else ())


def number(sql: str) -> int:
    with connect() as connection:
        row = connection.execute(sql).fetchone()
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize("entity", load_contract())
def test_the_last_slice_has_exactly_the_rows_of_the_world(raw: Path, states: list[Path], entity: str) -> None:
    finished, last = scan(raw, entity), scan(states[-1], entity)
    columns = ", ".join(column for column in load_contract()[entity].column_names)
    if entity == "sales_activities":  # JSON Lines have the keys that occur
        columns = "*"
    for one, other in ((finished, last), (last, finished)):
        assert (
            number(f"select count(*) from (select {columns} from {one} except all select {columns} from {other})") == 0
        )


def test_every_slice_can_be_read(states: list[Path]) -> None:
    for state in states:
        assert check_sources(state) == []


def test_events_come_in_parts_that_stay_as_they_are(states: list[Path]) -> None:
    for earlier, later in pairwise(states):
        for entity in ("web_events", "message_events"):
            for part in find_files(earlier, entity):
                assert (later / part.name).read_bytes() == part.read_bytes()
            assert len(find_files(later, entity)) == len(find_files(earlier, entity)) + 1


def test_some_events_come_late_and_some_before_their_time(states: list[Path]) -> None:
    new = f"from {scan(states[-1], 'web_events')} except all from {scan(states[-2], 'web_events')}"
    late = number(
        f"select count(*) from ({new}) where occurred_at < '{MOMENTS[-2]}' and visitor_id not like '%broken%'"
    )
    assert 0 < late < number(f"select count(*) from ({new})") / 10
    early = [
        number(f"select count(*) from {scan(state, 'web_events')} where occurred_at > '{moment}'")
        for state, moment in zip(states, MOMENTS, strict=True)
    ]
    assert sum(early) > 0


def test_records_change_merge_disappear_and_are_deleted(states: list[Path]) -> None:
    with connect() as connection:
        for place, state in enumerate(states):
            connection.execute(f"create table leads_{place} as from {scan(state, 'leads')}")

        def counts(place: int, later: int, expressions: list[str]) -> list[int]:
            pairs = f"leads_{place} as old left join leads_{later} as new using (lead_source_id, created_at)"
            row = connection.execute(f"select {', '.join(expressions)} from {pairs}").fetchone()
            assert row is not None
            return list(row)

        columns = ("email", "status", "job_title", "merged_into_id", "is_deleted", "updated_at")
        changes = [f"count(*) filter (where old.{column} is distinct from new.{column})" for column in columns]
        assert min(map(sum, zip(*(counts(at, at + 1, changes) for at in range(3)), strict=True))) > 0
        gone = "count(*) filter (where lead_source_id like 'withdrawn-%')"
        merged = "count(*) filter (where lead_source_id like 'withdrawn-%' and old.merged_into_id is not null)"
        withdrawn = [counts(at, at, [gone, merged]) for at in range(4)]
        assert min(map(sum, zip(*withdrawn, strict=True))) > 0
        assert withdrawn[-1] == [0, 0]


def test_the_same_world_is_always_cut_alike(raw: Path, states: list[Path], tmp_path: Path) -> None:
    slices = sliced_world(raw, tmp_path / "raw", MOMENTS)
    _, (_, state) = next(slices), next(slices)
    for entity in load_contract():
        if find_files(state, entity):
            one, other = scan(state, entity), scan(states[1], entity)
            assert number(f"select count(*) from (from {one} except all from {other})") == 0


def test_a_folder_with_other_files_is_refused(raw: Path, tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("lead_source_id,created_at\n", encoding="utf-8")
    with pytest.raises(InputError, match="not empty"):
        next(sliced_world(raw, tmp_path, [datetime(2026, 1, 1)]))

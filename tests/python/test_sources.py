"""Raw files that fail or change while they are read, and how old their newest rows are."""

from __future__ import annotations

import errno
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from build_fixtures import GOOD_LEADS, MORE_LEADS, query, write_leads, write_project
from leadhouse import build, cli, freshness
from leadhouse.errors import BuildError, InputError
from leadhouse.faults import readable
from leadhouse.freshness import Status
from leadhouse.runner import NodeResult, RunResult
from leadhouse.sources import changed_files, fingerprint, is_transient, patiently, run_on_steady_files

GOOD_RUN = RunResult([], 0.0, Decimal(0))


def failed(message: str) -> RunResult:
    node = NodeResult("model.x", "x", "model", "error", 0.0, message=message)
    return RunResult([node], 0.0, Decimal(0), [node])


# ------------------------------------------------------------------------------------------- files that change


def test_a_file_is_changed_when_it_is_rewritten_replaced_or_gone(tmp_path: Path) -> None:
    for name in ("leads-1.csv", "leads-2.csv", "leads-3.csv", "leads-4.csv"):
        (tmp_path / name).write_text("lead_source_id\n")
    before = fingerprint(tmp_path)
    assert changed_files(before, fingerprint(tmp_path)) == []
    (tmp_path / "leads-1.csv").write_text("lead_source_id\n1\n")
    (tmp_path / "new").write_text("lead_source_id\n")
    (tmp_path / "new").rename(tmp_path / "leads-2.csv")
    (tmp_path / "leads-3.csv").unlink()
    (tmp_path / "leads-5.csv").write_text("lead_source_id\n")
    found = [file.name for file in changed_files(before, fingerprint(tmp_path))]
    assert found == ["leads-1.csv", "leads-2.csv", "leads-3.csv"]


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EIO, "Input/output error"), True),
        (OSError(errno.ESTALE, "Stale file handle"), True),
        (FileNotFoundError(errno.ENOENT, "No such file or directory"), True),
        (PermissionError(errno.EACCES, "Permission denied"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
        ("IO Error: Cannot open file \"x.parquet\": No such file or directory", True),
        ("IO Error: No files found that match the pattern \"x.csv\"", True),
        ("IO Error: Could not read from file \"x\": Input/output error", True),
        ("Invalid Input Error: No magic bytes found at end of file 'x.parquet'", False),
        ("Out of Memory Error: failed to allocate", False),
        (None, False),
    ],
)  # fmt: skip
def test_what_is_worth_another_try(error: BaseException | str | None, expected: bool) -> None:
    assert is_transient(error) is expected


def test_reading_is_tried_again_with_growing_pauses(tmp_path: Path) -> None:
    errors = [OSError(errno.EIO, "Input/output error"), duckdb.IOException("IO Error: x: Stale file handle")]
    pauses: list[float] = []

    def read() -> str:
        if errors:
            raise errors.pop()
        return "read"

    assert patiently(read, tmp_path / "leads.csv", pauses.append) == "read"
    assert pauses == [1.0, 2.0]


def test_reading_is_not_tried_for_ever(tmp_path: Path) -> None:
    pauses: list[float] = []

    def read() -> str:
        raise OSError(errno.EIO, "Input/output error")

    with pytest.raises(OSError, match="Input/output error"):
        patiently(read, tmp_path / "leads.csv", pauses.append)
    assert pauses == [1.0, 2.0, 4.0]


def test_a_damaged_file_is_read_again_only_if_it_has_changed(tmp_path: Path) -> None:
    file = tmp_path / "leads.csv"
    file.write_text("half")
    pauses: list[float] = []

    def read() -> str:
        if file.read_text() == "half":
            if not pauses:
                file.write_text("half ")
            raise duckdb.InvalidInputException("CSV Error")
        return "read"

    def wait(pause: float) -> None:
        pauses.append(pause)
        file.write_text("whole")

    assert patiently(read, file, wait) == "read" and pauses == [1.0]
    file.write_text("half")
    with pytest.raises(duckdb.InvalidInputException):
        patiently(read, file, wait)


def test_a_run_whose_files_change_is_done_again(tmp_path: Path) -> None:
    (tmp_path / "leads.csv").write_text("1\n")
    runs: list[str] = []
    told: list[str] = []

    def run() -> RunResult:
        if not runs:
            (tmp_path / "leads.csv").write_text("1\n2\n")
        runs.append("run")
        return GOOD_RUN

    assert run_on_steady_files(tmp_path, run, told.append, wait=lambda _: None) is GOOD_RUN
    assert len(runs) == 2
    assert told == [
        "Raw files were changed while they were read: leads.csv.",
        "Building from the beginning in 4 seconds.",
    ]


def test_files_that_change_again_end_the_build(tmp_path: Path) -> None:
    content, told = ["1\n"], list[str]()

    def run() -> RunResult:
        content.append("more\n")
        (tmp_path / "leads.csv").write_text("".join(content))
        return GOOD_RUN

    (tmp_path / "leads.csv").write_text("1\n")
    with pytest.raises(BuildError, match=r"leads\.csv .* Nothing was published"):
        run_on_steady_files(tmp_path, run, told.append, wait=lambda _: None)


@pytest.mark.parametrize(("message", "count"), [("IO Error: Input/output error", 2), ("Binder Error: no column", 1)])
def test_a_run_is_done_again_only_for_what_may_pass(tmp_path: Path, message: str, count: int) -> None:
    outcomes, told = [failed(message), failed(message)], list[str]()
    result = run_on_steady_files(tmp_path, lambda: outcomes.pop(), told.append, wait=lambda _: None)
    assert result.failed and len(outcomes) == 2 - count and len(told) == 2 * (count - 1)


def test_what_dbt_could_not_start_for_is_raised(tmp_path: Path) -> None:
    told: list[str] = []

    def run() -> RunResult:
        raise BuildError("dbt could not run: Compilation Error")

    with pytest.raises(BuildError, match="Compilation Error"):
        run_on_steady_files(tmp_path, run, told.append, wait=lambda _: None)


def test_a_source_replaced_during_the_build_is_built_from_its_new_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Through the whole build: readers never get models of two versions of a file."""
    project, home = write_project(tmp_path / "project"), tmp_path / "home"
    home.mkdir()
    options = write_leads(tmp_path / "raw", GOOD_LEADS)
    run_dbt, runs = build.run_dbt, []

    def replaced_meanwhile(*arguments: object, **named: object) -> RunResult:
        result = run_dbt(*arguments, **named)  # type: ignore[arg-type]
        if not runs:
            write_leads(tmp_path / "raw", MORE_LEADS)
        runs.append("run")
        return result

    monkeypatch.setattr(build, "run_dbt", replaced_meanwhile)
    monkeypatch.setattr("leadhouse.sources.PAUSES", (0.0,))
    outcome = build.run_build(options, home, project_root=project)
    assert outcome.published and len(runs) == 2
    assert query(Path(outcome.published.database), "select count(*) from marts.leads") == [(4,)]


# --------------------------------------------------------------------------------------------------- freshness

AS_OF = datetime(2026, 7, 1)


def one(raw: Path, entity: str, as_of: datetime = AS_OF) -> freshness.EntityFreshness:
    return next(found for found in freshness.check(raw, as_of) if found.entity == entity)


def web_events(raw: Path, rows: str, more: str = "") -> Path:
    raw.mkdir(exist_ok=True)
    (raw / "web_events.csv").write_text(f"event_id,visitor_id,event_name,occurred_at{more}\n{rows}")
    return raw


@pytest.mark.parametrize(
    ("newest", "status"),
    [
        ("2026-06-30 23:00:00", Status.PASS),
        ("2026-06-29 00:00:00", Status.PASS),
        ("2026-06-28 23:59:59", Status.WARN),
        ("2026-06-24 00:00:00", Status.WARN),
        ("2026-06-23 23:59:59", Status.ERROR),
    ],
)
def test_the_newest_row_is_held_against_the_limits(tmp_path: Path, newest: str, status: Status) -> None:
    raw = web_events(tmp_path, f"1,v,page_view,2026-01-01\n2,v,page_view,{newest}\n3,v,page_view,never\n")
    found = one(raw, "web_events")
    assert (found.status, found.newest) == (status, datetime.fromisoformat(newest))
    assert (found.warn_after, found.error_after) == (timedelta(days=2), timedelta(days=7))
    assert len(freshness.warnings(raw, AS_OF)) == (status is not Status.PASS)


def test_what_lies_after_the_as_of_time_does_not_count(tmp_path: Path) -> None:
    rows = "1,v,page_view,2026-06-30 12:00:00+02:00\n2,v,page_view,2026-07-02\n3,v,page_view,2099-01-01\n4,v,page_view,infinity\n"
    raw = web_events(tmp_path, rows)
    assert one(raw, "web_events").newest == datetime(2026, 6, 30, 10)
    assert one(raw, "web_events", datetime(2026, 7, 3)).newest == datetime(2026, 7, 2)
    assert one(raw, "web_events", datetime(2020, 1, 1)).status is Status.NO_DATA


def test_when_a_row_arrived_goes_before_when_it_happened(tmp_path: Path) -> None:
    raw = web_events(tmp_path, "1,v,page_view,2026-01-01,2026-06-30\n2,v,page_view,2026-06-29,\n", ",loaded_at")
    assert one(raw, "web_events").newest == datetime(2026, 6, 30)


def test_tables_without_rows_or_limits(tmp_path: Path) -> None:
    raw = web_events(tmp_path, "")
    (raw / "accounts.jsonl").write_text('{"account_source_id": 1}\n')
    (raw / "opportunities.csv").write_text("opportunity_source_id,created_at\n1,2026-06-01\n")
    statuses = {found.entity: found.status for found in freshness.check(raw, AS_OF)}
    assert statuses["web_events"] is Status.NO_DATA and statuses["leads"] is Status.NO_DATA
    assert statuses["accounts"] is Status.NO_LIMIT and one(raw, "opportunities").age == timedelta(days=30)


def test_a_table_that_cannot_be_read_has_no_age(tmp_path: Path) -> None:
    (tmp_path / "leads.parquet").write_text("no parquet")
    with pytest.raises(InputError):
        freshness.check(tmp_path, AS_OF)


def test_the_command_prints_every_table_and_fails_only_for_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADHOUSE_HOME", str(tmp_path / "home"))
    raw = web_events(tmp_path / "raw", "1,v,page_view,2026-06-28\n")
    arguments = ["freshness", "--raw", str(raw), "--as-of"]
    shown = CliRunner().invoke(cli.app, [*arguments, "2026-07-01"])
    assert shown.exit_code == 0 and "warn" in shown.output and "72.0" in shown.output
    shown = CliRunner().invoke(cli.app, [*arguments, "2026-07-10", "--json"])
    assert shown.exit_code == 1 and '"age_hours": 288.0' in shown.output


# ------------------------------------------------------------------------------------- what the machine refuses


@pytest.mark.parametrize(
    ("message", "mend"),
    [
        ("Out of Memory Error: failed to allocate data of size 32.0 MiB\n\nPossible solutions:\n* SET threads=X", "LEADHOUSE_MEMORY_LIMIT"),
        ("Out of Memory Error: failed to offload data block (max_temp_directory_size)", "disk has no room"),
        ("IO Error: Could not write file x: No space left on device", "disk is full"),
        ("[Errno 30] Read-only file system: 'x'", "LEADHOUSE_HOME"),
        ("Parser Error: Memory must have a number (e.g. 1GB)", "with a unit"),
        ("IO Error: Could not set lock on file work.duckdb: Conflicting lock is held", "close it"),
    ],
)  # fmt: skip
def test_what_the_machine_refuses_is_said_with_what_helps(message: str, mend: str) -> None:
    first, *others = readable(message)
    assert first == message.splitlines()[0] and mend in others[-1]
    assert not any("SET threads" in line for line in others)


def test_other_errors_are_left_as_they_are() -> None:
    assert readable("Binder Error: no column x\n\nPossible solutions:\n* another") == [
        "Binder Error: no column x", "", "Possible solutions:", "* another",
    ]  # fmt: skip

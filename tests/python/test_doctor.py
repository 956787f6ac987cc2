"""The doctor finds what would keep a build from working, names the mend, and changes nothing."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

import duckdb
import pytest

from build_fixtures import AS_OF, GOOD_LEADS, write_leads, write_project
from leadhouse import doctor, machine, records, suppressions, targets
from leadhouse.build import BuildOptions, run_build
from leadhouse.doctor import Finding, Status, examine, is_healthy
from leadhouse.lock import build_lock
from leadhouse.moments import utc_now
from leadhouse.paths import PROJECT_ROOT
from leadhouse.person import Person
from leadhouse.privacy import load_key
from leadhouse.records import BuildRecord

RAW_LEADS = "lead_source_id,created_at\na,2026-06-30\n"


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one published build of the small project, and a raw folder of the contract beside it."""
    folder = tmp_path_factory.mktemp("doctor")
    (folder / "home").mkdir()
    run_build(write_leads(folder / "small", GOOD_LEADS), folder / "home", None, write_project(folder / "project"))
    (folder / "raw").mkdir()
    (folder / "raw" / "leads.csv").write_text(RAW_LEADS, encoding="utf-8")
    return folder


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    shutil.copytree(template, tmp_path / "bench", symlinks=True)
    return tmp_path / "bench" / "home"


def options(home: Path) -> BuildOptions:
    return BuildOptions(raw=home.parent / "raw", as_of=AS_OF)


def findings(home: Path, area: str) -> list[Finding]:
    """What is found in one area; the inputs, which take longest, are only looked at where they matter."""
    with ExitStack() as stack:
        if area != "inputs":
            for name in ("check", "source_warnings", "freshness_warnings"):
                stack.enter_context(mock.patch.object(doctor, name, return_value=[]))
        return [finding for finding in examine(home, options(home)) if finding.area == area]


def only(home: Path, area: str) -> Finding:
    (finding,) = findings(home, area)
    return finding


def state(folder: Path) -> list[tuple[str, int, int, int]]:
    """Everything below a folder, with what would show that it was touched."""
    found = []
    for path in sorted(folder.rglob("*")):
        known = path.lstat()
        found.append((str(path), known.st_mode, known.st_size, known.st_mtime_ns))
    return found


def test_a_good_home_is_healthy_and_stays_as_it_is(home: Path) -> None:
    before = state(home.parent)
    found = examine(home, options(home))
    assert is_healthy(found), found
    assert {finding.status for finding in found} == {Status.OK}
    assert state(home.parent) == before


def test_a_home_that_does_not_exist_is_not_made(tmp_path: Path) -> None:
    found = examine(tmp_path / "deep" / "home", BuildOptions(raw=tmp_path / "raw", as_of=AS_OF))
    assert list(tmp_path.iterdir()) == []
    assert not is_healthy(found), "there are no raw tables"
    assert all(finding.mend for finding in found if finding.status is not Status.OK)


def test_a_package_that_is_missing_or_too_old_is_an_error(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["duckdb>=99", "no-such-package>=1", "typer>=0.20", 'nowhere; python_version < "3"']
    monkeypatch.setattr(doctor, "requires", lambda _: wanted)
    first, second = findings(home, "installation")
    assert (first.status, second.status) == (Status.ERROR, Status.ERROR)
    assert "needed: duckdb>=99" in first.what
    assert "no-such-package is not installed" in second.what
    assert "make install" in first.mend


def test_a_home_that_is_a_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("", encoding="utf-8")
    assert only(tmp_path / "home", "home").status is Status.ERROR


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_files_of_another_user_are_a_warning(home: Path) -> None:
    os.chown(home / "work.duckdb", 12345, 12345)
    found = only(home, "home")
    assert found.status is Status.WARN
    assert "work.duckdb" in found.what and "chown" in found.mend


@pytest.mark.parametrize("name", ["work.duckdb", "secret.key", "logs"])
def test_personal_data_that_others_can_read_is_an_error(home: Path, name: str) -> None:
    path = home / name
    path.mkdir(exist_ok=True) if name == "logs" else None
    path.chmod(0o755 if path.is_dir() else 0o644)
    found = only(home, "privacy")
    assert found.status is Status.ERROR
    assert found.mend == f"chmod {'700' if path.is_dir() else '600'} {path}"


def test_a_lost_key_is_a_warning(home: Path) -> None:
    (home / "secret.key").unlink()
    assert "Restore secret.key" in only(home, "privacy").mend


@pytest.mark.parametrize(("free", "status"), [(2**40, Status.OK), (300 * 2**20, Status.WARN), (2**20, Status.ERROR)])
def test_free_disk_is_judged(home: Path, monkeypatch: pytest.MonkeyPatch, free: int, status: Status) -> None:
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(2**41, 0, free))  # type: ignore[attr-defined]
    assert only(home, "disk").status is status


@pytest.mark.parametrize(
    ("limit", "there", "status"),
    [
        ("3GB", 8 * 2**30, Status.OK),
        ("3GB", 3 * 10**9 + 2**20, Status.WARN),
        ("3GB", 2 * 2**30, Status.ERROR),
        ("much", 2**40, Status.ERROR),
    ],
)
def test_the_memory_limit_is_held_against_what_is_there(
    home: Path, monkeypatch: pytest.MonkeyPatch, limit: str, there: int, status: Status
) -> None:
    monkeypatch.setenv(machine.MEMORY_LIMIT, limit)
    monkeypatch.setattr(doctor, "memory_bytes", lambda: there)
    assert only(home, "memory").status is status


def test_the_default_memory_limit_is_that_of_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(machine.MEMORY_LIMIT, raising=False)
    profile = (PROJECT_ROOT / "profiles.yml").read_text(encoding="utf-8")
    assert f"env_var('{machine.MEMORY_LIMIT}', '{machine.DEFAULT_MEMORY_LIMIT}')" in profile
    assert machine.memory_limit_bytes() == pytest.approx(3 * 10**9, rel=0.04)


def test_the_limits_of_containers_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "_cgroup_limits", lambda: [10**9, 2**63])
    assert machine.memory_bytes() == 10**9
    (tmp_path / "limit").write_text("1073741824\n", encoding="ascii")
    (tmp_path / "none").write_text("max\n", encoding="ascii")
    limits = [machine._read_limit(tmp_path / name) for name in ("limit", "none", "nowhere")]
    assert limits == [[2**30], [], []]


def test_a_running_build_is_named(home: Path) -> None:
    with build_lock(home, "leadhouse build --raw x"):
        found = only(home, "lock")
        assert found.status is Status.OK
        assert f"process {os.getpid()}" in found.what


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pid": 2**22 + 1}, "ended without letting go"),
        ({"since": "2020-01-01 00:00:00 UTC"}, "ended without letting go"),
        ({"host": "elsewhere"}, "another machine"),
    ],
)
def test_the_note_of_a_dead_or_distant_holder_is_a_warning(home: Path, change: dict[str, Any], said: str) -> None:
    with build_lock(home, "leadhouse build"):
        note = json.loads((home / "build.lock.json").read_text(encoding="utf-8")) | change
    (home / "build.lock.json").write_text(json.dumps(note), encoding="utf-8")
    found = only(home, "lock")
    assert found.status is Status.WARN
    assert said in found.what


def test_leftovers_are_named_unless_a_build_is_running(home: Path) -> None:
    (home / ".publish-1.duckdb").write_bytes(b"x" * 100)
    assert only(home, "leftovers").status is Status.WARN
    with build_lock(home, "leadhouse build"):
        assert findings(home, "leftovers") == []


def test_a_damaged_published_file_is_an_error(home: Path) -> None:
    (home / "leadhouse.duckdb").write_bytes(b"no database")
    assert only(home, "published").status is Status.ERROR


def test_a_published_build_that_is_not_on_record_is_a_warning(home: Path) -> None:
    (home / records.FILE_NAME).write_text("", encoding="utf-8")
    assert only(home, "published").status is Status.WARN


def record(home: Path, **changes: Any) -> BuildRecord:
    return replace(records.read(home)[-1], **changes)


def test_a_failed_last_build_is_a_warning(home: Path) -> None:
    records.append(home, record(home, build_id="later", status="failed", count_failed=3))
    found = only(home, "builds")
    assert found.status is Status.WARN
    assert "failed 0 minutes ago, with 3 failures" in found.what
    assert f"looked from {AS_OF:%Y-%m-%d}" in found.what


def test_a_clock_that_went_backwards_is_a_warning(home: Path) -> None:
    later = utc_now() + timedelta(days=3)
    records.append(home, record(home, build_id="later", started_at=later, finished_at=later))
    assert only(home, "clock").status is Status.WARN


def test_files_of_different_versions_are_a_warning(home: Path) -> None:
    link = home / "parquet" / "current"
    link.unlink()
    link.symlink_to("another")
    found = only(home, "published")
    assert found.status is Status.WARN
    assert "parquet/current points to another" in found.what


def test_an_erasure_that_was_interrupted_is_an_error(home: Path) -> None:
    person = Person(emails=("ann@x.example",), phones=(), crm_ids=(), lead_ids=(), visitor_ids=())
    entry = suppressions.suppression_of(person, [], load_key(home), AS_OF)
    suppressions.remember(home, entry)
    assert only(home, "forgotten").status is Status.ERROR
    suppressions.finish(home, [entry], AS_OF)
    assert only(home, "forgotten").status is Status.OK


def test_targets_of_alerts_are_named_without_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(targets.ALERT_URLS, "json://user:hunter2@hooks.example.com/token")
    found = only(home, "alerts")
    assert "json hooks.example.com" in found.what
    assert "hunter2" not in found.what and "token" not in found.what
    monkeypatch.setenv(targets.ALERT_URLS, "nonsense")
    assert only(home, "alerts").status is Status.ERROR


def test_faults_of_the_sources_are_listed(home: Path) -> None:
    (home.parent / "raw" / "leads.csv").write_text("email\na@b.example\n", encoding="utf-8")
    found = findings(home, "inputs")
    assert [finding.status for finding in found] == [Status.ERROR, Status.ERROR]
    assert "required column lead_source_id is missing" in found[0].what


def test_the_command_prints_a_list_or_json_and_exits_with_1_on_errors(home: Path, run_cli: Callable[..., Any]) -> None:
    raw = str(home.parent / "raw")
    good = run_cli(home, "doctor", "--raw", raw)
    assert good.returncode == 0, good.stdout + good.stderr
    assert "Errors: 0, warnings:" in good.stdout
    (home / "work.duckdb").chmod(0o604)
    bad = run_cli(home, "doctor", "--raw", raw, "--json")
    assert bad.returncode == 1
    found = {finding["area"]: finding for finding in json.loads(bad.stdout)["findings"]}
    assert found["privacy"]["status"] == "error"
    assert found["privacy"]["mend"].startswith("chmod 600")


def test_the_doctor_reads_a_version_while_a_viewer_has_it_open(home: Path) -> None:
    with duckdb.connect(str(home / "leadhouse.duckdb"), read_only=True):
        assert only(home, "published").status is Status.OK

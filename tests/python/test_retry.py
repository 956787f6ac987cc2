"""Going on with a failed build: only what is left runs, and only what can be trusted is gone on with."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from build_fixtures import DOUBLE_LEADS, MORE_LEADS, Bench, query
from leadhouse import publish as publishing
from leadhouse import records, retry
from leadhouse.build import BuildOutcome, resume, run_build
from leadhouse.errors import BuildError, InputError

# Fails as long as the folder of helpers is missing, so that trying again helps without a change of the project or the sources.
_FLAKY = """
select lead_id, (select count(*) from read_csv('{folder}/helper.csv')) as helpers from {{{{ ref('leads') }}}}
"""


@pytest.fixture
def flaky(bench: Bench) -> Path:
    """A file without which a model of the project fails."""
    folder = bench.home.parent / "helpers"
    folder.mkdir()
    model = bench.root / "models" / "marts" / "core" / "flaky.sql"
    model.write_text(_FLAKY.format(folder=folder), encoding="utf-8")
    after = bench.root / "models" / "marts" / "core" / "after.sql"
    after.write_text("select lead_id, helpers from {{ ref('flaky') }}", encoding="utf-8")
    return folder / "helper.csv"


def retried(bench: Bench) -> BuildOutcome:
    options, attempt = resume(bench.home, bench.root)
    return run_build(options, bench.home, None, bench.root, resumed=attempt)


def names(outcome: BuildOutcome) -> set[str]:
    return {node.name for node in outcome.run.nodes}


def test_a_retry_runs_what_is_left_and_publishes_it_all(bench: Bench, flaky: Path) -> None:
    failed = bench.build(MORE_LEADS, variables={"keep_versions": 3})
    assert (failed.record.status, failed.published) == ("failed", None)
    assert bench.lead_ids() == ["a", "b", "c"]
    again = retried(bench)
    assert (again.record.status, names(again)) == ("failed", {"flaky", "after"})
    flaky.write_text("one\n1\n", encoding="utf-8")
    good = retried(bench)
    assert (good.record.status, names(good)) == ("succeeded", {"flaky", "after"})
    assert good.record.resumed_build_id == failed.record.build_id
    assert good.record.as_of == failed.record.as_of
    assert bench.lead_ids() == ["a", "b", "c", "d"]
    assert query(bench.published, "select distinct helpers from marts.after") == [(1,)]
    # The failed build's variables reach the models that run only now.
    assert query(bench.home / "work.duckdb", "select build_id from marts.build_runs") == [(failed.record.build_id,)]
    kept = records.read(bench.home)
    assert [run.status for run in kept][-3:] == ["failed", "failed", "succeeded"]
    with pytest.raises(InputError, match="there is no failed build to go on with"):
        resume(bench.home, bench.root)


def test_a_build_that_could_only_not_be_published_is_published(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(publishing, "write_activation", fail)
    with pytest.raises(BuildError, match="No space left"):
        bench.build(MORE_LEADS)
    monkeypatch.undo()
    before, failed = records.read(bench.home)
    assert (failed.status, failed.published_build_id) == ("failed", before.build_id)
    good = retried(bench)
    assert (good.record.status, names(good)) == ("succeeded", set())
    assert bench.lead_ids() == ["a", "b", "c", "d"]


def test_what_has_changed_since_is_not_gone_on_with(bench: Bench) -> None:
    bench.build(DOUBLE_LEADS, variables={"note": "x"})
    kept = bench.home / retry.FILE_NAME
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert json.loads(kept.read_text(encoding="utf-8"))["variables"] == {"note": "x"}
    again = retried(bench)
    # What depends on the tested model was skipped, and waits for the test.
    assert (again.record.status, names(again)) == ("failed", {"unique_leads_lead_id", "sales_alerts"})
    assert bench.lead_ids() == ["a", "b", "c"]

    seed, leads, work = bench.root / "seeds" / "scorecards.csv", bench.raw / "leads.csv", bench.home / "work.duckdb"
    for path, message in (
        (seed, r"criteria, models or settings have changed.*Run `leadhouse build` without it"),
        (leads, r"raw tables in .* have changed since"),
        (work, r"another run has changed it"),
    ):
        content, times = path.read_bytes(), path.stat()
        path.write_bytes(content + b"\n")
        with pytest.raises(InputError, match=message):
            resume(bench.home, bench.root)
        path.write_bytes(content)
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    resume(bench.home, bench.root)
    bench.build(MORE_LEADS, select=("leads",))
    with pytest.raises(InputError, match="no failed build"):
        resume(bench.home, bench.root)


def test_a_build_that_was_killed_leaves_nothing_to_go_on_from(bench: Bench) -> None:
    code = (
        "import os, sys; from pathlib import Path; sys.path.insert(0, sys.argv[2]); "
        "from build_fixtures import Bench, MORE_LEADS; from leadhouse.build import run_build; "
        "bench = Bench(Path(sys.argv[1])); "
        "run_build(bench.options(MORE_LEADS), bench.home, lambda step: os.kill(os.getpid(), 9), bench.root)"
    )
    command = [sys.executable, "-c", code, str(bench.home.parent), str(Path(__file__).parent)]
    assert subprocess.run(command, check=False).returncode == -9
    with pytest.raises(InputError, match="was stopped before its end, and left no results"):
        resume(bench.home, bench.root)


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pending": []}', '{"build_id": "x", "pending": null}'])
def test_what_is_no_record_of_a_build_is_no_build(tmp_path: Path, content: str) -> None:
    (tmp_path / retry.FILE_NAME).write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="no failed build"):
        retry.failed_attempt(tmp_path, tmp_path)

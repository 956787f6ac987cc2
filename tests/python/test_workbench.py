"""A look into the work database: who holds it, which rows failed, how many rows there are; nothing of a person is shown."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from build_fixtures import DOUBLE_LEADS, Bench, query
from leadhouse import records
from leadhouse.database import connect_work
from leadhouse.errors import BuildError
from leadhouse.workbench import KeptFailure, wait_until_free

_LOOK = "import duckdb, sys; c = duckdb.connect(sys.argv[1], read_only=True); print(1, flush=True); sys.stdin.read()"


@contextmanager
def viewer(database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another program that looks into a database."""
    command = [sys.executable, "-c", _LOOK, str(database)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stdin is not None
        process.stdout.readline()
        yield process
        process.stdin.close()


def test_a_program_that_looks_into_the_work_database_is_named(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    with viewer(bench.home / "work.duckdb") as process:
        with pytest.raises(BuildError, match=rf"is open in .*python.* \(process {process.pid}\)\. .*Close it there"):
            connect_work(bench.home, wait=waited.append)
        assert sum(waited) == pytest.approx(5.0)
        monkeypatch.setattr("leadhouse.database.PAUSES", (0.01,))
        with pytest.raises(BuildError, match=f"process {process.pid}"):
            bench.build(DOUBLE_LEADS)
    assert records.read(bench.home)[-1].status == "failed"


def test_a_program_that_goes_away_in_time_is_waited_for(bench: Bench) -> None:
    with viewer(bench.home / "work.duckdb") as process:

        def close(_: float) -> None:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()

        connect_work(bench.home, wait=close).close()


def test_a_work_database_that_is_none_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "work.duckdb").write_bytes(b"x" * 10_000)
    with pytest.raises(BuildError, match=r"work\.duckdb cannot be opened"):
        wait_until_free(tmp_path)


def test_failed_rows_are_shown_by_their_ids_and_without_personal_data(bench: Bench) -> None:
    marts = bench.root / "models" / "marts" / "marts.yml"
    text = marts.read_text(encoding="utf-8")
    marts.write_text(text.replace("      - name: email\n", "      - name: email\n        data_tests: [unique]\n"))
    odd = bench.root / "tests" / "odd_leads.sql"
    odd.parent.mkdir()
    odd.write_text("select * from {{ ref('leads') }} where phone is null and lead_id <> 'a'", encoding="utf-8")
    again = "cy@example.com,ann@example.com,,,\nf,ann@example.com,,,\n"
    failures = {kept.node.name: kept for kept in bench.build(DOUBLE_LEADS + again).failures}
    assert failures["unique_leads_lead_id"].examples == ("lead_id a",)
    assert failures["unique_leads_email"].examples == ()
    assert failures["odd_leads"].examples == ("lead_id b", "lead_id c", "lead_id (hidden)")
    assert all(isinstance(kept, KeptFailure) and kept.table for kept in failures.values())


def test_what_each_node_took_is_recorded_with_exact_rows(bench: Bench) -> None:
    build_id = records.read(bench.home)[-1].build_id
    columns = "node_name, resource_type, status, count_rows, count_failed_rows"
    found = query(bench.published, f"select {columns} from marts.build_run_models order by 2, 1")
    assert ("leads", "model", "success", 3, None) in found
    assert ("scorecards", "seed", "success", 1, None) in found
    assert ("not_null_leads_lead_id", "test", "pass", None, 0) in found
    assert len(found) == 9
    assert query(bench.published, "select distinct build_id from marts.build_run_models") == [(build_id,)]
    bench.build(DOUBLE_LEADS)
    failed = duckdb.sql(f"from read_json('{bench.home}/build_run_models/*.jsonl') where status in ('fail', 'skipped')")
    assert sorted(row[1:6] for row in failed.fetchall()) == [
        ("sales_alerts", "model", "skipped", None, None),
        ("unique_leads_lead_id", "test", "fail", None, 1),
    ]


def test_nodes_of_the_newest_builds_only_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records, "KEPT_NODES", 3)
    for number in range(5):
        records.write_nodes(tmp_path, f"build-{number}", [])
    assert sorted(path.stem for path in (tmp_path / records.NODES_FOLDER).iterdir()) == [
        "build-2",
        "build-3",
        "build-4",
    ]

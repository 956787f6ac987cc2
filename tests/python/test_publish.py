"""Only a build whose tests pass is published, all at once and without personal data; readers are always safe."""

from __future__ import annotations

import hashlib
import hmac
import os
import stat
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import duckdb
import pytest

from build_fixtures import AS_OF, DOUBLE_LEADS, GOOD_LEADS, MORE_LEADS, Bench, query, write_project
from leadhouse import drafts, records, versions
from leadhouse import publish as publishing
from leadhouse.build import run_build
from leadhouse.errors import BuildError, InputError
from leadhouse.marts import read_activation, read_marts
from leadhouse.privacy import load_key
from leadhouse.publish import publish
from leadhouse.records import BuildRecord
from leadhouse.runner import Progress

RECORD = BuildRecord(
    build_id="build-1",
    leadhouse_version="0.1.0",
    criteria_hash="0" * 64,
    status="succeeded",
    selection=None,
    count_models=2,
    count_tests=3,
    count_failed=0,
    count_rows=0,
    seconds=Decimal("1.250"),
    peak_memory_mb=Decimal("100.500"),
    is_full_refresh=False,
    as_of=AS_OF,
    started_at=AS_OF,
    finished_at=AS_OF + timedelta(seconds=1.25),
)


def test_a_good_build_publishes_the_marts_and_nothing_else(bench: Bench) -> None:
    tables = query(bench.published, "select schema_name, table_name from duckdb_tables() order by all")
    assert tables == [("marts", name) for name in ("build_run_models", "build_runs", "lead_stages", "leads")]
    comments = dict(query(bench.published, "select table_name, comment from duckdb_tables()"))
    assert comments["leads"] == "One row per lead. It's described."


def test_progress_names_every_node_once(bench: Bench) -> None:
    steps: list[Progress] = []
    run_build(bench.options(GOOD_LEADS), bench.home, steps.append, bench.root)
    names = sorted(step.node.name for step in steps)
    assert names == sorted({*names})
    assert {"leads", "scorecards", "not_null_leads_lead_id"} <= set(names)
    assert [step.count_done for step in steps] == list(range(1, len(steps) + 1))
    assert steps[-1].count_all == len(steps)


def test_a_failed_test_publishes_nothing_and_keeps_the_rows(bench: Bench) -> None:
    outcome = bench.build(DOUBLE_LEADS + "e,eve@example.com,,,\n")
    assert outcome.published is None
    assert outcome.record.status == "failed"
    assert [(kept.node.name, kept.node.failures) for kept in outcome.failures] == [("unique_leads_lead_id", 1)]
    table = outcome.failures[0].table
    assert table is not None
    assert query(bench.home / "work.duckdb", f"select unique_field, n_records from {table}") == [("a", 2)]
    assert bench.lead_ids() == ["a", "b", "c"]
    bench.build(MORE_LEADS)
    assert bench.lead_ids() == ["a", "b", "c", "d"]
    assert query(bench.home / "work.duckdb", "from duckdb_schemas() where schema_name = 'test_failures'") == []


def test_a_model_that_fails_publishes_nothing(bench: Bench) -> None:
    outcome = bench.build(GOOD_LEADS.replace("2026-06-28", "soon"))
    assert [kept.node.name for kept in outcome.failures] == ["lead_stages"]
    assert outcome.failures[0].node.message is not None
    assert "soon" in outcome.failures[0].node.message
    assert bench.lead_ids() == ["a", "b", "c"]


def test_a_project_that_does_not_compile_is_a_build_error(bench: Bench) -> None:
    broken = bench.root / "models" / "marts" / "core" / "broken.sql"
    broken.write_text("select * from {{ ref('nowhere') }}", encoding="utf-8")
    with pytest.raises(BuildError, match="nowhere"):
        bench.build(GOOD_LEADS)
    broken.unlink()
    assert records.read(bench.home)[-1].status == "failed"
    assert bench.build(GOOD_LEADS).published is not None


def test_a_part_is_not_published(bench: Bench) -> None:
    outcome = bench.build(MORE_LEADS, select=("leads",))
    assert (outcome.record.status, outcome.record.selection, outcome.published) == ("partial", "leads", None)
    assert bench.lead_ids() == ["a", "b", "c"]
    assert query(bench.home / "work.duckdb", "select count(*) from marts.leads") == [(4,)]
    with pytest.raises(InputError, match="matches no model"):
        bench.build(GOOD_LEADS, select=("no_such_model",))


def test_what_changed_since_the_published_version(bench: Bench) -> None:
    changes = bench.build(MORE_LEADS).changes
    assert changes is not None and not changes.is_first
    assert [(count.label, count.total, count.new) for count in changes.counts][:3] == [
        ("leads", 4, 1),
        ("MQLs", 3, 1),
        ("SQLs", 1, 0),
    ]


def test_the_first_build_has_nothing_to_compare_with(tmp_path: Path) -> None:
    changes = Bench(tmp_path).build(GOOD_LEADS).changes
    assert changes is not None and changes.is_first
    assert {count.new for count in changes.counts} == {None}


def test_personal_data_is_replaced_by_a_keyed_hash(bench: Bench) -> None:
    key = bytes.fromhex((bench.home / "secret.key").read_text(encoding="ascii"))
    expected = hmac.new(key, b"ann@example.com", hashlib.sha256).hexdigest()
    assert query(bench.published, "select email, phone is null from marts.leads where lead_id = 'a'") == [
        (expected, False)
    ]
    assert query(bench.published, "select email, phone from marts.leads where lead_id = 'b'") == [(None, None)]
    content = bench.published.read_bytes().lower()
    for secret in (b"ann@example", b"cy@example", b"555 0100", key.hex().encode(), key):
        assert secret not in content
    assert b"ann@example" in (bench.home / "work.duckdb").read_bytes().lower(), "the search must be able to find it"


def test_files_with_personal_data_are_for_their_owner_only(bench: Bench) -> None:
    modes = {name: stat.S_IMODE((bench.home / name).stat().st_mode) for name in ("work.duckdb", "secret.key")}
    assert modes == {"work.duckdb": 0o600, "secret.key": 0o600}
    assert stat.S_IMODE(bench.published.stat().st_mode) == 0o644


def test_a_readable_work_database_is_closed_before_it_is_written(bench: Bench) -> None:
    (bench.home / "work.duckdb").chmod(0o644)
    bench.build(GOOD_LEADS)
    assert stat.S_IMODE((bench.home / "work.duckdb").stat().st_mode) == 0o600


def test_the_key_stays_and_a_broken_one_is_refused(tmp_path: Path) -> None:
    assert load_key(tmp_path) == load_key(tmp_path)
    assert len({load_key(tmp_path).key, b""}) == 2
    for broken in ("", "abc", "ff" * 31, "zz" * 32, "\u00e9"):
        (tmp_path / "secret.key").write_text(broken, encoding="utf-8")
        with pytest.raises(InputError, match="is not a key of 64 hexadecimal digits"):
            load_key(tmp_path)


def test_the_published_file_has_the_format_of_older_drivers(bench: Bench) -> None:
    # Bytes 12 to 20 of the header: 64 is the format of DuckDB 0.10 to 1.1, which every later driver reads.
    assert int.from_bytes(bench.published.read_bytes()[12:20], "little") == 64
    assert not bench.published.with_name("leadhouse.duckdb.wal").exists()


def test_an_open_reader_keeps_its_version_and_a_new_one_sees_the_next(bench: Bench) -> None:
    reading = (
        "import sys, duckdb\n"
        "connection = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for _ in sys.stdin: print(connection.execute('select count(*) from marts.leads').fetchone()[0], flush=True)\n"
    )
    command = [sys.executable, "-c", reading, str(bench.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdin is not None and reader.stdout is not None
        for build in (None, MORE_LEADS):
            if build:
                bench.publish(build)
            reader.stdin.write("\n")
            reader.stdin.flush()
            assert reader.stdout.readline() == "3\n"
        reader.stdin.close()
    assert bench.lead_ids() == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("module", "step"),
    [
        (drafts, "_write"),
        (publishing, "write_activation"),
        (publishing.parquet, "export"),
        (publishing.files, "sync"),
        (versions, "make_ready"),
        (versions, "_swap"),
    ],
)
def test_a_failed_publish_leaves_the_old_version(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, module: ModuleType, step: str
) -> None:
    before = everything_published(bench.home)
    monkeypatch.setattr(module, step, _fail)
    with pytest.raises(BuildError, match=r"No space left on device\. What was published is as it was"):
        bench.publish(MORE_LEADS)
    monkeypatch.undo()
    assert everything_published(bench.home) == before
    assert list(bench.home.glob(".*")) == []


def everything_published(home: Path) -> dict[str, str]:
    """Each file that readers may open, by its name and contents, and where `current` points."""
    found = [*home.glob("*.duckdb"), *home.glob("versions/*"), *home.glob("parquet/*/*"), *home.glob("parquet/*.*")]
    contents = {
        str(path.relative_to(home)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in found
        if path.name != "work.duckdb"
    }
    return {**contents, "current": os.readlink(home / "parquet" / "current")}


def test_a_stale_log_of_the_old_version_does_not_reach_the_new_one(bench: Bench) -> None:
    with duckdb.connect(str(bench.published)) as writer:
        writer.execute("set checkpoint_threshold = '1 GB'")
        writer.execute("pragma disable_checkpoint_on_shutdown")
        writer.execute("insert into marts.leads values ('z', null, null)")
    assert bench.published.with_name("leadhouse.duckdb.wal").exists()
    bench.publish(GOOD_LEADS)
    assert bench.lead_ids() == ["a", "b", "c"]


def test_a_type_that_bi_tools_cannot_read_is_refused(bench: Bench) -> None:
    model = bench.root / "models" / "marts" / "core" / "totals.sql"
    model.write_text("select sum(1) as total", encoding="utf-8")
    with pytest.raises(BuildError, match=r"totals.total has the type HUGEINT"):
        bench.build(GOOD_LEADS)
    assert bench.lead_ids() == ["a", "b", "c"]


def test_the_manifest_tells_marts_from_the_rest(bench: Bench) -> None:
    marts = {mart.name: mart for mart in read_marts(bench.manifest)}
    assert sorted(marts) == ["build_run_models", "build_runs", "lead_stages", "leads"]
    assert marts["leads"].personal_columns == {"email", "phone"}
    assert [mart.name for mart in read_activation(bench.manifest)] == ["crm_score_sync", "sales_alerts"]


def test_every_finished_build_is_recorded_and_published(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    for leads in (GOOD_LEADS, DOUBLE_LEADS, MORE_LEADS):
        bench.build(leads)
    kept = records.read(bench.home)
    assert [run.status for run in kept] == ["succeeded", "failed", "succeeded"]
    assert [run.count_rows for run in kept] == [6, 0, 8]
    assert (kept[0].count_models, kept[0].count_tests, kept[0].count_failed) == (7, 2, 0)
    columns = ", ".join(field.name for field in fields(BuildRecord))
    published = query(bench.published, f"select {columns} from marts.build_runs order by build_number")
    assert [BuildRecord(*row) for row in published] == kept
    types = query(
        bench.published, "select column_name, lower(data_type) from duckdb_columns() where table_name = 'build_runs'"
    )
    assert dict(types) == records.COLUMN_TYPES


def test_a_torn_line_and_a_lost_line_do_not_hurt(bench: Bench) -> None:
    path = bench.home / records.FILE_NAME
    known = records.read(bench.home)
    # The machine stopped after publishing and before recording, and once in the middle of a line.
    path.write_bytes(b"".join(line for line in path.read_bytes().splitlines(keepends=True)[:-1]) + b'{"build_id": "to')
    bench.build(GOOD_LEADS)
    ids = [run.build_id for run in records.read(bench.home)]
    assert ids[: len(known)] == [run.build_id for run in known]
    assert len(ids) == len(known) + 1


@pytest.mark.parametrize("lines", [[""], ["{}"], ["null"], ["[]"], ['{"build_id": 1}'], ["\x00"]])
def test_lines_that_are_no_records_are_passed_over(tmp_path: Path, lines: Sequence[str]) -> None:
    records.append(tmp_path, RECORD)
    with (tmp_path / records.FILE_NAME).open("a", encoding="utf-8") as file:
        file.writelines(line + "\n" for line in lines)
    records.append(tmp_path, replace(RECORD, build_id="build-2"))
    assert [run.build_id for run in records.read(tmp_path)] == ["build-1", "build-2"]
    assert records.read(tmp_path)[0] == RECORD


def test_the_criteria_hash_follows_every_seed(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    before = records.criteria_hash(root)
    assert records.criteria_hash(root) == before
    (root / "seeds" / "scorecards.csv").write_text("scorecard_id,is_champion\nmain,false\n", encoding="utf-8")
    assert records.criteria_hash(root) != before


def test_publishing_without_a_work_database_is_a_build_error(bench: Bench, tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="Publishing failed"):
        publish(tmp_path, bench.manifest, RECORD)
    assert not os.path.exists(tmp_path / "leadhouse.duckdb")


def test_the_as_of_time_and_the_build_id_reach_the_models(bench: Bench) -> None:
    outcome = bench.build(GOOD_LEADS, as_of=datetime(2026, 1, 2, 3, 4, 5))
    seen = query(bench.home / "work.duckdb", "select build_id, as_of from marts.build_runs")
    assert seen == [(outcome.record.build_id, datetime(2026, 1, 2, 3, 4, 5))]


def _fail(*_: object) -> None:
    raise OSError(28, "No space left on device")

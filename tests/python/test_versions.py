"""Versions: kept, listed, gone back to; whatever is killed is undone or finished, and readers see whole versions."""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
import subprocess
import sys
import threading
from pathlib import Path

import duckdb
import pytest

from build_fixtures import DOUBLE_LEADS, GOOD_LEADS, MORE_LEADS, Bench, query
from leadhouse import drafts, files, parquet, records, versions
from leadhouse.errors import BuildError, InputError, UnfinishedError
from leadhouse.publish import PublishSettings, read_settings
from leadhouse.versions import list_versions, published_version, rollback


def ids(bench: Bench) -> list[str]:
    return [one.build_id for one in list_versions(bench.home)]


def current(bench: Bench) -> list[str]:
    return [one.build_id for one in list_versions(bench.home) if one.is_current]


def parquet_ids(bench: Bench) -> list[str]:
    file = bench.home / "parquet" / "current" / "leads.parquet"
    with duckdb.connect() as connection:
        return [row[0] for row in connection.execute(f"select lead_id from '{file}' order by 1").fetchall()]


def assert_whole(bench: Bench) -> None:
    """What readers see is one version, and nothing lies about."""
    published = published_version(bench.home)
    assert published is not None
    assert os.readlink(bench.home / "parquet" / "current") == published
    assert parquet_ids(bench) == bench.lead_ids()
    with duckdb.connect(str(bench.home / "parquet" / "views.duckdb"), read_only=True) as views:
        assert views.execute("select count(*) from marts.leads").fetchall() == [(len(bench.lead_ids()),)]
    leftovers = [path for folder in ("", "versions", "parquet") for path in (bench.home / folder).glob(".*")]
    assert leftovers == []
    assert ids(bench)[0] in {path.stem for path in (bench.home / "versions").iterdir()}
    assert {path.name for path in (bench.home / "parquet").iterdir() if path.is_dir()} - {"current"} == set(ids(bench))
    last = records.read(bench.home)[-1]
    assert last.published_build_id == published


# ------------------------------------------------------------------------------------- what is published


def test_every_form_of_a_version_has_the_same_rows_and_no_personal_data(bench: Bench) -> None:
    bench.publish(MORE_LEADS)
    assert_whole(bench)
    version = bench.home / "versions" / f"{current(bench)[0]}.duckdb"
    assert version.samefile(bench.published)
    for path in [bench.published, *bench.home.glob("parquet/current/*"), bench.home / "parquet" / "views.duckdb"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o644
        assert b"example.com" not in path.read_bytes()
    with duckdb.connect() as connection:
        file = f"'{bench.home}/parquet/current/leads.parquet'"
        rows = connection.execute(f"select email, lead_id from {file} order by all").fetchall()
    assert rows == query(bench.published, "select email, lead_id from marts.leads order by all")


def test_the_outbox_holds_personal_data_and_is_its_owners_only(bench: Bench) -> None:
    outbox = bench.home / "activation.duckdb"
    assert stat.S_IMODE(outbox.stat().st_mode) == 0o600
    assert query(outbox, "select email from marts.sales_alerts where lead_id = 'c'") == [("cy@example.com",)]
    bench.publish(MORE_LEADS)
    assert query(outbox, "select count(*) from marts.sales_alerts") == [(4,)]


def test_an_open_connection_to_the_views_sees_the_next_version_at_once(bench: Bench) -> None:
    with duckdb.connect(str(bench.home / "parquet" / "views.duckdb"), read_only=True) as views:
        assert views.execute("select count(*) from marts.leads").fetchall() == [(3,)]
        bench.publish(MORE_LEADS)
        assert views.execute("select count(*) from marts.leads").fetchall() == [(4,)]
        rollback(bench.home)
        assert views.execute("select count(*) from marts.leads").fetchall() == [(3,)]


def test_the_views_stay_the_same_file_until_columns_change(bench: Bench) -> None:
    bench.publish(GOOD_LEADS)
    before = (bench.home / "parquet" / "views.duckdb").stat().st_ino
    bench.publish(MORE_LEADS)
    assert (bench.home / "parquet" / "views.duckdb").stat().st_ino == before
    bench.fill_work(MORE_LEADS)
    with duckdb.connect(str(bench.home / "work.duckdb")) as work:
        work.execute("alter table marts.lead_stages add column more integer default 1")
    bench.publish()
    assert (bench.home / "parquet" / "views.duckdb").stat().st_ino != before
    assert query(bench.home / "parquet" / "views.duckdb", "select distinct more from marts.lead_stages") == [(1,)]
    assert_whole(bench)


def test_a_reader_of_the_views_meets_no_error_while_versions_change(bench: Bench) -> None:
    bench.publish(MORE_LEADS)
    both = ids(bench)
    seen: set[int] = set()
    stop = threading.Event()
    errors: list[Exception] = []

    def read() -> None:
        with duckdb.connect(str(bench.home / "parquet" / "views.duckdb"), read_only=True) as views:
            while not stop.is_set():
                try:
                    seen.add(views.execute("select count(distinct lead_id) from marts.leads").fetchall()[0][0])
                except duckdb.Error as error:
                    errors.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(20):
        parquet.point_to(bench.home, both[number % 2])
    stop.set()
    reader.join()
    assert errors == []
    assert seen <= {3, 4}


def test_without_the_export_no_parquet_of_an_earlier_version_is_left(bench: Bench) -> None:
    bench.publish(MORE_LEADS, PublishSettings(parquet_export=False))
    assert not (bench.home / "parquet").exists()
    bench.publish(MORE_LEADS)
    assert_whole_of = {path.name for path in (bench.home / "parquet").iterdir()}
    assert assert_whole_of == {"current", "views.duckdb", current(bench)[0]}
    rollback(bench.home)
    assert parquet_ids(bench) == ["a", "b", "c", "d"]


@pytest.mark.parametrize("variables", [{"keep_versions": 0}, {"keep_versions": "many"}, {"parquet_export": "perhaps"}])
def test_settings_that_are_none_are_refused(bench: Bench, variables: dict[str, object]) -> None:
    with pytest.raises(InputError, match=next(iter(variables))):
        read_settings(bench.root, variables)


# ------------------------------------------------------------------------------------- large marts


@pytest.fixture
def patched(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None]]:
    """Every mart counts as large; tells which were patched, with how many rows."""
    done: list[tuple[str, int | None]] = []
    patch = drafts._patch

    def noted(connection: duckdb.DuckDBPyConnection, mart: drafts.Mart, count: int, by_lead: bool) -> int | None:
        done.append((mart.name, patch(connection, mart, count, by_lead)))
        return done[-1][1]

    monkeypatch.setattr(drafts, "LARGE_MART", 1)
    monkeypatch.setattr(drafts, "_patch", noted)
    return done


def test_rows_of_a_large_mart_are_replaced_where_they_differ(
    bench: Bench, patched: list[tuple[str, int | None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_WASTE", 1.0)
    changed = GOOD_LEADS.replace("2026-06-28", "2026-06-27") + "d,,,,\n"
    bench.publish(changed)
    # One row gone, two new; marts with personal data and our own are always written anew.
    assert patched == [("lead_stages", 3)]
    stages = "select lead_id, mql_at from marts.lead_stages order by 1"
    assert query(bench.published, stages) == query(bench.home / "work.duckdb", stages)
    assert_whole(bench)
    before, after = sorted(bench.home.glob("parquet/*/lead_stages.parquet"), key=lambda path: path.stat().st_mtime)[:2]
    assert not before.samefile(after)
    bench.publish(changed)
    assert patched[1:] == [("lead_stages", 0)]
    newest = bench.home / "parquet" / "current" / "lead_stages.parquet"
    assert newest.samefile(after), "an unchanged mart is not written again"
    assert int.from_bytes(bench.published.read_bytes()[12:20], "little") == 64


@pytest.mark.parametrize(
    "meddling",
    [
        "create table marts.scratch as select 1 as one",
        "create view marts.seen as select 1 as one",
        "create schema more; create table more.leads as select 1 as one",
        "insert into marts.lead_stages (lead_id) values ('z')",
        "insert into marts.lead_stages from marts.lead_stages limit 1",
        "delete from marts.lead_stages",
        "alter table marts.lead_stages add column more integer",
        "drop table marts.lead_stages",
    ],
)
def test_what_somebody_wrote_into_the_published_file_is_not_published_again(
    bench: Bench, patched: list[tuple[str, int | None]], meddling: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "MOST_WASTE", 1.0)
    with duckdb.connect(str(bench.published)) as writer:
        writer.execute(meddling)
    bench.publish(GOOD_LEADS)
    found = query(
        bench.published,
        "select schema_name, table_name from duckdb_tables() union all "
        "select schema_name, view_name from duckdb_views() where not internal order by all",
    )
    assert found == [("marts", name) for name in ("build_run_models", "build_runs", "lead_stages", "leads")]
    rows = "select * from marts.lead_stages order by all"
    assert query(bench.published, rows) == query(bench.home / "work.duckdb", rows)


def test_a_damaged_version_before_is_written_anew(bench: Bench, patched: list[tuple[str, int | None]]) -> None:
    content = bytearray(bench.published.read_bytes())
    content[8192:] = bytes(len(content) - 8192)
    (bench.home / "versions" / f"{current(bench)[0]}.duckdb").unlink()
    bench.published.unlink()
    bench.published.write_bytes(content)
    bench.publish(MORE_LEADS)
    assert patched == []
    assert bench.lead_ids() == ["a", "b", "c", "d"]


def test_a_version_that_somebody_has_open_for_writing_is_no_obstacle(
    bench: Bench, patched: list[tuple[str, int | None]]
) -> None:
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(bench.published)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None and writer.stdin is not None
        writer.stdout.readline()
        bench.publish(MORE_LEADS)
        writer.stdin.close()
    assert patched == []
    assert bench.lead_ids() == ["a", "b", "c", "d"]


# ------------------------------------------------------------------------------------- keeping and going back


def test_the_newest_versions_are_kept_and_the_published_one_always(bench: Bench) -> None:
    for _ in range(2):
        bench.publish(MORE_LEADS, PublishSettings(keep_versions=2))
    assert len(ids(bench)) == 2
    assert current(bench) == ids(bench)[:1]
    assert_whole(bench)
    versions.prune(bench.home, 1)
    assert ids(bench) == current(bench)


def test_a_rollback_publishes_the_version_before_and_forward_again(bench: Bench) -> None:
    bench.publish(MORE_LEADS)
    newer, older = ids(bench)
    assert rollback(bench.home).build_id == older
    assert bench.lead_ids() == ["a", "b", "c"]
    assert_whole(bench)
    assert not (bench.home / "activation.duckdb").exists(), "alerts of a version that was left are not sent"
    last = records.read(bench.home)[-1]
    assert (last.status, last.published_build_id, last.build_number) == ("rolled_back", older, 3)
    assert rollback(bench.home, newer).is_current
    assert bench.lead_ids() == ["a", "b", "c", "d"]
    bench.publish(GOOD_LEADS)
    assert bench.lead_ids() == ["a", "b", "c"]
    assert (bench.home / "activation.duckdb").exists()
    assert [run.status for run in records.read(bench.home)][-3:] == ["rolled_back", "rolled_back", "succeeded"]
    assert len(ids(bench)) == 3
    assert_whole(bench)


def test_a_failed_build_after_a_rollback_leaves_that_version(bench: Bench) -> None:
    bench.publish(MORE_LEADS)
    older = ids(bench)[1]
    rollback(bench.home)
    assert bench.build(DOUBLE_LEADS).published is None
    assert current(bench) == [older]
    assert records.read(bench.home)[-1].published_build_id == older


def test_versions_that_are_not_there_are_refused_with_what_there_is(bench: Bench, tmp_path: Path) -> None:
    only = ids(bench)[0]
    with pytest.raises(InputError, match="no version before"):
        rollback(bench.home)
    with pytest.raises(InputError, match=rf"no version `\.\./x`. There are: {only}"):
        rollback(bench.home, "../x")
    with pytest.raises(InputError, match="is the published version"):
        rollback(bench.home, only)
    with pytest.raises(InputError, match="nothing has been published"):
        rollback(tmp_path)


def test_where_files_cannot_have_two_names_versions_are_copies(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(files.os, "link", refuse)
    bench.publish(MORE_LEADS)
    assert not bench.published.samefile(bench.home / "versions" / f"{ids(bench)[0]}.duckdb")
    assert current(bench) == ids(bench)[:1]
    rollback(bench.home)
    assert bench.lead_ids() == ["a", "b", "c"]
    assert_whole(bench)


def test_a_copy_of_the_home_that_followed_links_works(bench: Bench, tmp_path: Path) -> None:
    shutil.copytree(bench.home, tmp_path / "copied")
    shutil.rmtree(bench.home)
    shutil.move(tmp_path / "copied", bench.home)
    bench.publish(MORE_LEADS)
    assert_whole(bench)


# ------------------------------------------------------------------------------------- killed and full


_KILLED = """
import os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from build_fixtures import Bench
from leadhouse import files, versions
count = 0
def dying(function):
    def step(*arguments, **options):
        global count
        count += 1
        if count == int(sys.argv[2]):
            os._exit(9)
        return function(*arguments, **options)
    return step
for module, name in ((os, "replace"), (os, "link"), (os, "unlink"), (os, "rename"), (os, "mkdir"), (os, "symlink"),
                     (os, "fsync"), (os, "rmdir")):
    setattr(module, name, dying(getattr(module, name)))
bench = Bench(Path(sys.argv[1]))
{action}
print(count)
"""


def die_at(bench: Bench, step: int, action: str) -> bool:
    """Run an action in a process that dies at its n-th change of the disk; gives whether it came to its end."""
    script = _KILLED.format(tests=str(Path(__file__).parent), action=action)
    command = [sys.executable, "-c", script, str(bench.home.parent), str(step)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 9), done.stderr
    return done.returncode == 0


PUBLISH = "bench.publish()"


def killed_everywhere(folder: Path, tmp_path: Path, action: str, stride: int) -> list[list[object]]:
    """Die at each n-th step of an action, each time on a new copy, then repair; gives the leads readers see."""
    seen = []
    for step in range(1, 400, stride):
        shutil.copytree(folder, tmp_path / str(step), symlinks=True)
        bench = Bench(tmp_path / str(step))
        versions.repair(bench.home)
        before = hashlib.sha256(bench.published.read_bytes()).hexdigest()
        is_finished = die_at(bench, step, action)
        # Readers, before anybody repairs anything.
        found = bench.lead_ids()
        assert parquet_ids(bench) in (["a", "b", "c"], ["a", "b", "c", "d"])
        if found == ["a", "b", "c"] and action == PUBLISH:
            assert hashlib.sha256(bench.published.read_bytes()).hexdigest() == before
        versions.repair(bench.home)
        assert bench.lead_ids() == found, "repairing does not change what readers see"
        assert_whole(bench)
        seen.append(found)
        if is_finished:
            return seen
        shutil.rmtree(tmp_path / str(step))
    raise AssertionError("the action never came to its end")


def stride() -> int:
    return 1 if os.environ.get("LEADHOUSE_SOAK") else 23


def test_a_publish_killed_at_any_step_is_undone_or_finished(bench: Bench, tmp_path: Path) -> None:
    bench.fill_work(MORE_LEADS)
    seen = killed_everywhere(bench.home.parent, tmp_path / "killed", PUBLISH, stride())
    assert seen[0] == ["a", "b", "c"]
    assert seen[-1] == ["a", "b", "c", "d"]
    assert seen == sorted(seen, key=len)


def test_a_rollback_killed_at_any_step_is_undone_or_finished(bench: Bench, tmp_path: Path) -> None:
    bench.publish(MORE_LEADS)
    action = "versions.rollback(bench.home)"
    seen = killed_everywhere(bench.home.parent, tmp_path / "killed", action, stride())
    assert seen[0] == ["a", "b", "c", "d"]
    assert seen[-1] == ["a", "b", "c"]
    assert seen == sorted(seen, key=len, reverse=True)


def test_what_fails_after_publishing_is_finished_by_the_next_command(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(versions, "_finish", fail)
    with pytest.raises(UnfinishedError, match=r"are published, but what follows failed: .*No space left"):
        bench.publish(MORE_LEADS)
    monkeypatch.undo()
    assert bench.lead_ids() == ["a", "b", "c", "d"]
    assert parquet_ids(bench) == ["a", "b", "c"]
    versions.repair(bench.home)
    assert_whole(bench)
    assert records.read(bench.home)[-1].status == "succeeded"


@pytest.mark.skipif(not shutil.which("mount") or os.getuid() != 0, reason="needs the right to mount a small disk")
def test_a_full_disk_leaves_everything_as_it_was(bench: Bench, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    size = sum(path.stat().st_size for path in bench.home.rglob("*") if path.is_file() and not path.is_symlink())
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size + 600_000}", "tmpfs", disk], check=False)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        shutil.copytree(bench.home, disk / "home", symlinks=True)
        home = disk / "home"
        versions.repair(home)
        before = hashlib.sha256((home / "leadhouse.duckdb").read_bytes()).hexdigest()
        bench.home = home
        with pytest.raises(BuildError, match=r"(?i)no space left on device.*as it was before"):
            bench.publish(MORE_LEADS)
        assert hashlib.sha256((home / "leadhouse.duckdb").read_bytes()).hexdigest() == before
        assert list(home.glob(".*")) == []
    finally:
        subprocess.run(["umount", disk], check=True)

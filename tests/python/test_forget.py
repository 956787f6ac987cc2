"""A forgotten person is in no file any more, does not come back from the sources, and takes nobody else along."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

import privacy_fixtures as world
from conftest import BuiltHome
from leadhouse import deliveries, suppressions, versions
from leadhouse import forget as forgetting
from leadhouse.errors import BuildError, InputError
from leadhouse.forget import finish_pending, forget
from leadhouse.paths import LEAD_PAGES, PROJECT_ROOT
from leadhouse.person import find_person, open_work
from leadhouse.privacy import load_key
from leadhouse.runner import run_dbt
from privacy_fixtures import (
    EMAIL,
    LATER_EMAIL,
    OLD_EMAIL,
    PHONE,
    copy_home,
    find_in_files,
    lead_ids_in,
    write_home,
    write_world,
)

# At how many of its steps a forget is killed, all in the soak test.
MOST_KILLS = 1000 if os.environ.get("LEADHOUSE_SOAK") else 6
# What the sources deliver of her after she was forgotten: under her address, her number, and what follows from them.
LATER: dict[str, list[tuple[str, world.Row]]] = {
    "leads": [
        ("ann", {"lead_source_id": "N1", "email": EMAIL, "created_at": "2026-06-25", "first_name": world.FIRST}),
        ("ann", {"lead_source_id": "N2", "email": LATER_EMAIL, "phone": PHONE, "created_at": "2026-06-26"}),
        ("ann", {"lead_source_id": "N3", "email": LATER_EMAIL, "created_at": "2026-06-27", "last_name": world.LAST}),
    ],
    "sales_activities": [
        ("ann", {"sales_activity_id": "N1", "lead_source_id": "N3", "kind": "call", "occurred_at": "2026-06-28"})
    ],
    "web_events": [
        ("ann", world._web("z1", "v-new", "2026-06-28 10:00:00", user_id="N2")),
        ("ann", world._web("z2", "v-new", "2026-06-28 10:01:00", page_url=f"https://www.example.com/{LATER_EMAIL}")),
        (
            "nobody",
            world._web("z3", "v-nobody", "2026-06-28 10:01:00", page_url=f"https://www.example.com/?to={EMAIL}"),
        ),
    ],
    "message_events": [("ann", world._message("z4", "opened", "2026-06-28 10:00:00", recipient=LATER_EMAIL))],
}


# ------------------------------------------------------------------------------------- the real project


@pytest.fixture(scope="module")
def forgotten(
    canary_home: BuiltHome, tmp_path_factory: pytest.TempPathFactory, run_cli: Callable[..., Any]
) -> tuple[BuiltHome, str]:
    """A copy of the built world after Ann was forgotten and the sources delivered more of her; and what was printed."""
    folder = tmp_path_factory.mktemp("forgotten")
    home, raw = folder / "home", write_world(folder / "raw", more=LATER)
    shutil.copytree(canary_home.path, home, symlinks=True)
    done = run_cli(home, "lead", EMAIL, "--html")
    assert done.returncode == 0 and len(list((home / LEAD_PAGES).iterdir())) == 1, done.stderr
    done = run_cli(home, "forget", f" {EMAIL.upper()}", "--yes", "--raw", str(raw), "--as-of", world.AS_OF.isoformat())
    assert done.returncode == 0, done.stdout + done.stderr
    return BuiltHome(home), done.stdout + done.stderr


def test_no_file_holds_a_trace_of_the_person(canary_home: BuiltHome, forgotten: tuple[BuiltHome, str]) -> None:
    words = (*world.SECRETS, LATER_EMAIL)
    before = find_in_files(canary_home.path, words)
    assert {line.partition(":")[0] for line in before} == {"work.duckdb", "activation.duckdb"}, "the search finds her"
    assert find_in_files(forgotten[0].path, words) == []


def test_no_page_of_a_lead_is_left(forgotten: tuple[BuiltHome, str]) -> None:
    assert not (forgotten[0].path / LEAD_PAGES).exists()
    assert f", {LEAD_PAGES}" in forgotten[1]


def test_what_was_erased_is_told_in_counts(forgotten: tuple[BuiltHome, str]) -> None:
    printed = forgotten[1]
    assert "Erased 1 lead." in printed
    assert "2 addresses, 1 phone number, 3 CRM records" in printed
    assert "removed: work.duckdb" in printed
    for secret in (EMAIL, OLD_EMAIL, world.FIRST, world.LAST, PHONE):
        assert secret.lower() not in printed.lower()


def test_every_row_of_the_person_is_set_aside_and_no_other(forgotten: tuple[BuiltHome, str]) -> None:
    home, printed = forgotten
    later = {entity: sum(whose == "ann" for whose, _ in rows) for entity, rows in LATER.items()}
    expected = {entity: count + later.get(entity, 0) for entity, count in world.count_rows("ann").items()}
    suppressed = "select entity, sum(count_rows), bool_and(row_key is null) from marts.quarantined_rows"
    rows = home.query(f"{suppressed} where quarantine_reason = 'suppressed' group by entity")
    assert {entity: count for entity, count, _ in rows} == expected
    assert all(is_null for *_, is_null in rows)
    for entity, count in expected.items():
        assert f"{entity} {count} (generic)" in printed
    accounting = "count_raw_rows <> count_conformed_rows + count_duplicate_rows + count_quarantined_rows"
    assert home.query(f"select * from marts.row_accounting where {accounting}") == []


def test_all_others_are_as_if_the_sources_had_never_had_the_person(
    forgotten: tuple[BuiltHome, str], tmp_path: Path
) -> None:
    raw = write_world(tmp_path / "raw", without=["ann"], more=LATER)
    settings = {"raw_path": str(raw), "as_of": str(world.AS_OF), "build_id": "without"}
    without_tests = [part for kind in ("unit_test", "test", "exposure") for part in ("--exclude-resource-type", kind)]
    (tmp_path / "home").mkdir()
    run = run_dbt(["build", *without_tests], tmp_path / "home", PROJECT_ROOT, run=settings)
    assert run.is_good, run.failed
    other = BuiltHome(tmp_path / "home")
    tables = [
        row[0] for row in other.work("select table_name from information_schema.tables where table_schema = 'marts'")
    ]
    compared = sorted({*tables} - {"row_accounting", "quarantined_rows", "build_runs", "build_run_models"})
    assert len(compared) > 15
    for table in compared:
        statement = f"select * from marts.{table} order by all"
        assert forgotten[0].work(statement) == other.work(statement), table


def test_forgotten_and_opted_out_people_are_no_alert(canary_home: BuiltHome, forgotten: tuple[BuiltHome, str]) -> None:
    names = "select first_name from marts.sales_alerts order by 1"
    sql_since = (
        "select first_name from marts.leads inner join marts.lead_stages using (lead_id) where sql_at = '2026-06-28'"
    )
    assert canary_home.work(f"{sql_since} order by 1") == [(world.FIRST,), ("Dee",), ("Fay",)]
    assert canary_home.query(names, database="activation.duckdb") == [(world.FIRST,), ("Fay",)]
    assert forgotten[0].query(names, database="activation.duckdb") == [("Fay",)]


def test_a_forgotten_persons_scores_are_not_written_back_nor_others_again(
    canary_home: BuiltHome, forgotten: tuple[BuiltHome, str]
) -> None:
    records = "select lead_source_id, lead_id from marts.crm_score_sync_state order by 1"
    before, after = (home.query(records, database="activation.duckdb") for home in (canary_home, forgotten[0]))
    ((lead_id,),) = canary_home.work("select lead_id from marts.leads where first_name = ?", [world.FIRST])
    assert ("L1", lead_id) in before
    assert after == [row for row in before if row[1] != lead_id]
    assert forgotten[0].query("select * from marts.crm_score_sync", database="activation.duckdb") == []


def test_kept_versions_are_without_the_person_and_can_be_gone_back_to(
    canary_home: BuiltHome, forgotten: tuple[BuiltHome, str], tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    ann = canary_home.work("select lead_id from marts.leads where first_name = ?", [world.FIRST])[0][0]
    shutil.copytree(forgotten[0].path, tmp_path / "home", symlinks=True)
    done = run_cli(tmp_path / "home", "rollback")
    assert done.returncode == 0, done.stdout + done.stderr
    before, back = canary_home, BuiltHome(tmp_path / "home")
    for table in ("leads", "lead_scores", "score_ledger", "activities", "stage_transitions", "lead_identifiers"):
        rows = f"select * from marts.{table} where lead_id <> ? order by all"
        assert back.query(rows, [ann]) == before.query(rows, [ann])
        assert back.query(f"select * from marts.{table} where lead_id = ?", [ann]) == []
    counts = "select * from marts.funnel_conversions order by all"
    assert back.query(counts) == before.query(counts), "what does not name her stays"
    assert all(ann not in ids for ids in lead_ids_in(tmp_path / "home").values())


def test_what_is_kept_of_the_person_is_keyed_hashes_for_the_owner_only(forgotten: tuple[BuiltHome, str]) -> None:
    path = forgotten[0].path / suppressions.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    (entry,) = suppressions.read(forgotten[0].path)
    key = load_key(forgotten[0].path)
    assert entry.emails == tuple(sorted(key.keyed_hash(f"email:{email}") for email in (EMAIL, OLD_EMAIL)))
    assert entry.phones == (key.keyed_hash("phone:442079460999"),)
    assert entry.lead_ids == () and entry.finished_at is not None


def test_another_key_stops_every_build(forgotten: tuple[BuiltHome, str], tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(forgotten[0].path / suppressions.FILE_NAME, home)
    for prepare in (lambda: None, lambda: load_key(home)):
        prepare()
        with pytest.raises(InputError, match="people who were forgotten would come back"):
            finish_pending(home)
    with pytest.raises(BuildError, match="people who were forgotten would come back"):
        run_dbt(["run", "--select", "suppressed_tokens"], home, PROJECT_ROOT)


# --------------------------------------------------------------------------------- finding the person


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home by hand, not to be changed."""
    return write_home(tmp_path_factory.mktemp("template") / "home")


@pytest.fixture
def home(template: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    return copy_home(template, tmp_path / "home")


def test_a_person_is_all_that_they_are_called_by_and_nobody_else_is(home: Path) -> None:
    with open_work(home) as connection:
        by_email, by_id = find_person(connection, " ANN@x.example "), find_person(connection, "ann")
    assert by_email == by_id
    assert by_id.emails == ("ann.before@x.example", "ann@x.example"), "Bob's address in an old row of hers stays Bob's"
    assert by_id.crm_ids == (("generic", "A"), ("generic", "D")), (
        "an unused record with her address is hers, Bob's is not"
    )
    assert by_id.phones == ("15550100001",), "5550000 is Bob's too"
    assert by_id.visitor_ids == (("generic", "v"),)


def test_an_address_that_several_share_names_nobody(home: Path) -> None:
    with open_work(home) as connection:
        for shared in ("Info@x.example", "team@canary.example"):
            with pytest.raises(InputError, match="mailbox that several people share"):
                find_person(connection, shared)
        assert find_person(connection, "cid").emails == ()


@pytest.mark.parametrize("text", ["dora", "", "@", "x@", "@x", "1' or '1'='1"])
def test_what_names_nobody_is_refused(home: Path, text: str) -> None:
    before = (home / "leadhouse.duckdb").read_bytes()
    with pytest.raises(InputError, match="neither an e-mail address nor a known lead_id"):
        forget(home, text)
    assert (home / "leadhouse.duckdb").read_bytes() == before
    assert suppressions.read(home) == []


def test_an_address_that_nobody_is_known_by_is_kept_out(home: Path) -> None:
    report = forget(home, "stranger@x.example")
    assert (report.count_leads, report.count_emails, report.count_crm_ids) == (0, 1, 0)
    assert report.erased.rewritten == {}
    assert not (home / "work.duckdb").exists(), "it may stand in rows that were not used"
    (entry,) = suppressions.read(home)
    assert entry.emails == (load_key(home).keyed_hash("email:stranger@x.example"),)


def test_without_a_work_database_nobody_can_be_found(home: Path) -> None:
    (home / "work.duckdb").unlink()
    with pytest.raises(InputError, match="Run `leadhouse build` first"):
        forget(home, "ann@x.example")


# -------------------------------------------------------------------------------------------- erasing


def test_every_published_file_is_rewritten_without_the_person(home: Path) -> None:
    report = forget(home, "ann@x.example")
    assert report.count_leads == 2, "in the version before she was another lead"
    assert set(map(frozenset, lead_ids_in(home).values())) == {
        frozenset({"bob"}),
        frozenset({"bob", "cid"}),
    }
    assert report.erased.rewritten == {
        "leadhouse.duckdb": 2,
        "versions/v2.duckdb": 2,
        "versions/v1.duckdb": 2,
        "activation.duckdb": 2,
    }
    assert report.erased.count_deliveries == 1
    assert (home / "leadhouse.duckdb").samefile(home / "versions" / "v2.duckdb")
    assert os.readlink(home / "parquet" / "current") == "v2"
    assert sorted(path.name for path in home.iterdir()) == [
        *("activation.duckdb", "alerts.lock", "build_runs.jsonl", "deliveries.sqlite", "leadhouse.duckdb", "parquet"),
        *("secret.key", "suppressions.jsonl", "versions"),
    ]
    with duckdb.connect(str(home / "leadhouse.duckdb"), read_only=True) as connection:
        assert connection.execute("select count_leads from marts.funnel_conversions").fetchall() == [(3,)]
        comments = "select comment from duckdb_tables() where table_name = 'leads'"
        assert connection.execute(comments).fetchall() == [("One row per lead. It's described.",)]


def test_a_page_that_is_written_meanwhile_goes_too(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite = forgetting._rewrite_databases

    def late(folder: Path, *arguments: Any) -> dict[str, int]:
        (folder / LEAD_PAGES).mkdir()
        (folder / LEAD_PAGES / "ann.html").write_text("ann")
        return rewrite(folder, *arguments)

    monkeypatch.setattr(forgetting, "_rewrite_databases", late)
    forget(home, "ann@x.example")
    assert not (home / LEAD_PAGES).exists()


def test_what_was_delivered_is_erased_when_nobody_is_sending_any_more(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leadhouse.forget._PATIENCE_SECONDS", 0.1)
    with deliveries.sending(home), pytest.raises(BuildError, match="waits for `leadhouse alerts send`"):
        forget(home, "ann@x.example")
    assert suppressions.read(home)[0].finished_at is None
    assert all("ann" not in ids for ids in lead_ids_in(home).values())
    with deliveries.open_deliveries(home) as sent:
        assert len(sent.states()) == 2
    finish_pending(home)
    with deliveries.open_deliveries(home) as sent:
        assert len(sent.states()) == 1
    assert suppressions.read(home)[0].finished_at is not None


def test_no_page_of_the_deliveries_keeps_what_was_erased(home: Path) -> None:
    alert_ids = [f"{number * 7919 % 2000:032}" for number in range(2000)]
    with closing(sqlite3.connect(home / deliveries.FILE_NAME, isolation_level=None)) as connection:
        # As a library does that blanks nothing by itself: rows move from page to page, and leave copies.
        connection.execute("pragma secure_delete = off")
        for alert_id in alert_ids:
            connection.execute("insert into deliveries values (?, 'target', 'trying', 1, '', '')", [alert_id])
        connection.execute("update deliveries set state = 'delivered'")
    with deliveries.open_deliveries(home) as sent:
        assert sent.erase(alert_ids[::3]) == len(alert_ids[::3])
    content = (home / deliveries.FILE_NAME).read_bytes()
    assert [alert_id for alert_id in alert_ids[::3] if alert_id.encode() in content] == []
    assert all(alert_id.encode() in content for alert_id in alert_ids[1::3])


def test_a_record_of_deliveries_that_is_empty_is_no_hindrance(home: Path) -> None:
    (home / deliveries.FILE_NAME).write_bytes(b"")
    assert forget(home, "ann@x.example").erased.count_deliveries == 0


def test_several_people_are_forgotten_at_once_or_not_at_all(home: Path) -> None:
    with pytest.raises(InputError, match="neither an e-mail address"):
        forget(home, "ann", "nobody")
    assert suppressions.read(home) == []
    report = forget(home, "ann", "bob@x.example")
    assert report.count_leads == 3
    assert [len(entry.emails) for entry in suppressions.read(home)] == [2, 1]
    assert set().union(*lead_ids_in(home).values()) == {"cid"}


def test_modes_do_not_depend_on_the_callers_umask(home: Path) -> None:
    before = os.umask(0)
    try:
        forget(home, "ann@x.example")
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir() if path.is_file()}
    for private in ("activation.duckdb", "deliveries.sqlite", "secret.key", "suppressions.jsonl"):
        assert modes[private] == 0o600, private
    assert modes["leadhouse.duckdb"] == 0o644


def test_forgetting_twice_keeps_one_entry_with_all_that_was_known(home: Path, template: Path) -> None:
    forget(home, "ann@x.example")
    first = suppressions.read(home)
    shutil.copy(template / "work.duckdb", home)
    with duckdb.connect(str(home / "work.duckdb")) as connection:
        connection.execute("delete from marts.leads where lead_id = 'ann'")
        connection.execute("delete from marts.lead_identifiers where lead_id = 'ann'")
        connection.execute("delete from intermediate.accounted_leads where lead_source_id in ('A', 'D')")
    forget(home, "ann@x.example")
    (entry,) = suppressions.read(home)
    assert (entry.emails, entry.phones, entry.crm_ids) == (first[0].emails, first[0].phones, first[0].crm_ids)


def test_an_open_reader_keeps_its_version(home: Path) -> None:
    with duckdb.connect(str(home / "leadhouse.duckdb"), read_only=True) as reader:
        forget(home, "ann@x.example")
        assert reader.execute("select count(*) from marts.leads").fetchall() == [(3,)]


def test_a_full_disk_leaves_the_rest_for_later(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(forgetting, "_copy_database", fail)
    with pytest.raises(BuildError, match="No space left on device"):
        forget(home, "ann@x.example")
    assert "ann" in lead_ids_in(home)["leadhouse.duckdb/leads"]
    assert suppressions.read(home)[0].finished_at is None
    monkeypatch.undo()
    assert finish_pending(home) == 1
    assert all(not {"ann", "ann-before"} & ids for ids in lead_ids_in(home).values())


_STOPPING = """
import os, sys
from pathlib import Path
from leadhouse.forget import forget

last, steps = int(sys.argv[2]), 0

def counted(function):
    def step(*arguments, **options):
        global steps
        steps += 1
        if steps == last:
            os._exit(9)
        return function(*arguments, **options)
    return step

for name in ("replace", "rename", "unlink", "rmdir", "link", "symlink", "mkdir", "chmod", "fsync"):
    setattr(os, name, counted(getattr(os, name)))
forget(Path(sys.argv[1]), "ann@x.example")
print(steps)
"""


def _stopped(home: Path, step: int) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", _STOPPING, str(home), str(step)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_forget_that_is_killed_at_any_step_is_finished_by_the_next_command(template: Path, tmp_path: Path) -> None:
    count = int(_stopped(copy_home(template, tmp_path / "whole"), 0).stdout)
    assert count > 20
    for step in range(1, count + 1, max(count // MOST_KILLS, 1)):
        home = copy_home(template, tmp_path / f"home{step}")
        assert _stopped(home, step).returncode == 9
        _check_whole(home)
        if suppressions.read(home):
            finish_pending(home)
        else:
            forget(home, "ann@x.example")
        assert all(not {"ann", "ann-before"} & ids for ids in lead_ids_in(home).values()), step
        assert suppressions.read(home)[0].finished_at is not None
        assert versions.published_version(home) == "v2"
        assert [path.name for path in home.iterdir() if path.name.startswith(".")] == []
        assert sorted(path.name for path in (home / "parquet").iterdir()) == ["current", "v2", "views.duckdb"]


def _check_whole(home: Path) -> None:
    """Readers of what is published see everybody, or everybody but Ann, in all tables alike."""
    with duckdb.connect(str(home / "leadhouse.duckdb"), read_only=True) as connection:
        seen = [connection.execute(f"select list_sort(list(lead_id)) from marts.{table}").fetchall()[0][0]
                for table in ("leads", "lead_identifiers")]  # fmt: skip
    with duckdb.connect() as connection:
        for table in ("leads", "lead_identifiers"):
            file = home / "parquet" / "current" / f"{table}.parquet"
            seen.append(connection.execute(f"select list_sort(list(lead_id)) from '{file}'").fetchall()[0][0])
    assert seen[0] == seen[1] and seen[2] == seen[3]
    assert all(ids in (["ann", "bob", "cid"], ["bob", "cid"]) for ids in seen)


def test_a_damaged_list_stops_builds_instead_of_letting_people_back(home: Path) -> None:
    forget(home, "ann@x.example")
    path = home / suppressions.FILE_NAME
    whole = path.read_bytes()
    for damaged in (
        whole + b"{}\n",
        whole + b"nonsense\n",
        whole + b"[]\n",
        whole + b"\n",
        whole + b"\xff\n",
        whole[:-20],
    ):
        path.write_bytes(damaged)
        with pytest.raises(InputError, match=r"suppressions\.jsonl: is damaged"):
            finish_pending(home)


def test_a_build_that_does_not_work_does_not_take_the_erasing_back(home: Path, run_cli: Callable[..., Any]) -> None:
    done = run_cli(home, "forget", "ann@x.example", "--yes", "--raw", str(home / "nowhere"))
    assert done.returncode == 2
    assert "The person is erased. The build that follows did not work:" in done.stderr
    assert "Erased 2 leads." in done.stdout
    assert suppressions.read(home)[0].finished_at is not None
    done = run_cli(home, "forget", "bob@x.example", "--yes", "--no-build")
    assert done.returncode == 2
    assert "Run `leadhouse build` first" in done.stderr


def test_without_an_answer_nothing_is_forgotten(canary_home: BuiltHome, run_cli: Callable[..., Any]) -> None:
    done = run_cli(canary_home.path, "forget", "ann@x.example")
    assert done.returncode == 2
    assert "Add --yes" in done.stderr
    assert not (canary_home.path / suppressions.FILE_NAME).exists()

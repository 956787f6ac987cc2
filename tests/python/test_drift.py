"""Sources that change their shape: what stops a build, what is a warning, and what is remembered from the last good one."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest

from leadhouse import source_checks
from leadhouse.contract import load_contract
from leadhouse.errors import BuildError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import RunResult, run_dbt
from leadhouse.source_checks import check_sources, examine, warnings
from leadhouse.source_memory import FILE_NAME, Memory, recall, remember
from raw_files import only, parquet, put

LEADS = "lead_source_id,email,created_at\n"


def leads(count: int, email: str = "a@example.com", created_at: str = "2026-01-01") -> str:
    return LEADS + "".join(f"{number},{email},{created_at}\n" for number in range(count))


# ------------------------------------------------------------------------------------------- what stops a build


@pytest.mark.parametrize("created_at", ["1782864000", "01/02/2026", ""])
def test_a_required_column_that_no_row_can_use_is_a_broken_delivery(tmp_path: Path, created_at: str) -> None:
    put(tmp_path, "leads.csv", leads(20, created_at=created_at))
    problem = only(check_sources(tmp_path))
    assert problem.where == f"generic.leads, file {tmp_path}/leads.csv" and "required column created_at" in problem.what
    put(tmp_path, "leads.csv", leads(19, created_at=created_at))
    assert check_sources(tmp_path) == [], "a few bad rows go into quarantine"


def test_one_file_of_a_glob_is_judged_by_itself(tmp_path: Path) -> None:
    put(tmp_path, "leads-1.csv", leads(500))
    put(tmp_path, "leads-2.csv", leads(20, created_at="yesterday"))
    assert "leads-2.csv" in only(check_sources(tmp_path)).where


@pytest.mark.parametrize(
    ("write", "what"),
    [
        (lambda raw: (raw / "leads.csv").mkdir(), "folder is not read"),
        (lambda raw: put(raw, "leads.parquet/part-1.parquet", b"x"), "folder is not read"),
        (lambda raw: put(raw, "Leads/part-1.csv", leads(1)), "folder is not read"),
        (lambda raw: put(raw, "leads/part-1.CSV", leads(1)), "capital letters"),
        (lambda raw: (raw / "leads.csv").symlink_to(raw / "nowhere.csv"), "leads to nothing"),
        (lambda raw: os.mkfifo(raw / "leads.csv"), "no ordinary file"),
    ],
)
def test_a_table_is_not_passed_over_because_of_its_name_or_kind(
    tmp_path: Path, write: Callable[[Path], object], what: str
) -> None:
    write(tmp_path)
    put(tmp_path, "accounts.csv", "account_source_id\n1\n")
    assert what in only(check_sources(tmp_path)).what


def test_the_name_of_the_column_that_says_the_file_is_taken(tmp_path: Path) -> None:
    put(tmp_path, "accounts.csv", "account_source_id,_Leadhouse_File\n1,x\n")
    assert "_Leadhouse_File" in only(check_sources(tmp_path)).what


@pytest.mark.parametrize(
    ("first", "second", "is_read"),
    [
        ("1", "'a'", True),
        ("1", "2.0::double", True),
        ("1::bigint", "true", True),
        ("date '2026-01-01'", "'x'", True),
        ("2.0::double", "'a'", False),
        ("1", "timestamp '2026-01-01'", False),
        ("{'a': 1}", "'a'", False),
        ("[1]", "1", False),
    ],
)
def test_parquet_types_of_two_files_are_brought_together_or_refused(
    tmp_path: Path, first: str, second: str, is_read: bool
) -> None:
    parquet(tmp_path, "accounts-1.parquet", f"select {first} as account_source_id")
    parquet(tmp_path, "accounts-2.parquet", f"select {second} as account_source_id")
    found = check_sources(tmp_path)
    assert found == [] if is_read else "cannot be read together" in only(found).what


# ---------------------------------------------------------------------------------------------------- warnings


@pytest.mark.parametrize("name", ["Page URL", "pageUrl", "page_ur", "pageurl"])
def test_a_column_that_is_nearly_one_of_the_contract_was_perhaps_renamed(tmp_path: Path, name: str) -> None:
    header = f"event_id,visitor_id,event_name,occurred_at,{name}\n"
    put(tmp_path, "web_events.csv", header + "1,v,page_view,2026-01-01,https://example.com/\n")
    warning = only(warnings(tmp_path))
    assert name in warning.what and warning.mend.startswith("Did you mean page_url?") and "renamed" in warning.mend


def test_columns_that_stand_for_nothing_are_named_together(tmp_path: Path) -> None:
    extra = ",".join(f"extra{number}" for number in range(8))
    put(tmp_path, "accounts.csv", f"account_source_id,{extra}\n")
    assert "extra0, extra1, extra2, extra3, extra4 and 3 more are not" in only(warnings(tmp_path)).what


def test_an_optional_column_of_some_files_only_is_named_with_the_others(tmp_path: Path) -> None:
    put(tmp_path, "accounts-1.csv", "account_source_id,domain\n1,a.example\n")
    put(tmp_path, "accounts-2.csv", "account_source_id\n2\n")
    put(tmp_path, "accounts-3.csv", "account_source_id\n3\n")
    put(tmp_path, "accounts-4.csv", "")
    warning = only(warnings(tmp_path))
    assert "accounts-2.csv, accounts-3.csv" in warning.where and warning.what.startswith(
        "column domain is missing here"
    )


def test_json_lines_may_leave_out_keys(tmp_path: Path) -> None:
    put(tmp_path, "accounts-1.jsonl", '{"account_source_id": 1, "domain": "a.example"}\n')
    put(tmp_path, "accounts-2.jsonl", '{"account_source_id": 2}\n')
    assert warnings(tmp_path) == []


def test_values_of_which_most_cannot_be_read_are_a_warning(tmp_path: Path) -> None:
    rows = "1,10-50,2026-01-01\n2,10-50,2026-01-01\n3,,2026-01-01\n4,7,2026-01-01\n"
    put(tmp_path, "leads.csv", "lead_source_id,employee_count,created_at\n" + rows)
    assert only(warnings(tmp_path)).what.startswith("2 of 3 values of column employee_count cannot be read as bigint")
    put(tmp_path, "leads.csv", "lead_source_id,employee_count,created_at\n" + rows + "5,8,2026-01-01\n")
    assert warnings(tmp_path) == []


def test_an_opt_out_that_cannot_be_read_is_a_warning_even_if_it_is_the_only_one(tmp_path: Path) -> None:
    rows = "".join(
        f"{number},{value},2026-01-01\n" for number, value in enumerate(["true", "false", "yes", "0", "nein"])
    )
    put(tmp_path, "leads.csv", "lead_source_id,has_opted_out,created_at\n" + rows)
    warning = only(warnings(tmp_path))
    assert warning.what.startswith("1 of 5 values of column has_opted_out") and "not opted out" in warning.what


@pytest.mark.parametrize("name", ["accounts.csv", "accounts.csv.gz"])
def test_a_csv_file_whose_last_line_does_not_end_may_be_cut_off(tmp_path: Path, name: str) -> None:
    for content, count in ((b"account_source_id\n1\n2", 1), (b"account_source_id\n1\n2\n", 0)):
        put(tmp_path, name, gzip.compress(content) if name.endswith(".gz") else content)
        assert len(warnings(tmp_path)) == count


def test_ids_written_as_fractions_are_a_warning(tmp_path: Path) -> None:
    parquet(tmp_path, "accounts.parquet", "select 12.0::double as account_source_id")
    assert "numbers with fractions (DOUBLE)" in only(warnings(tmp_path)).what


def test_text_without_a_mark_of_its_encoding_is_read_as_text(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table({"account_source_id": pa.array([b"1"]), "name": pa.array(["M\u00fcller".encode()])})
    pq.write_table(table, tmp_path / "accounts.parquet")
    (profile,) = examine(tmp_path).memory.files["accounts"]
    assert {column.type for column in profile.columns.values()} == {"VARCHAR"}


# ----------------------------------------------------------------------------------------- the last good build


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def raw(tmp_path: Path, home: Path) -> Path:
    """A raw folder that a good build has read."""
    folder = tmp_path / "raw"
    put(folder, "leads.csv", leads(40))
    put(folder, "accounts.jsonl", '{"account_source_id": "a", "name": "Acme"}\n')
    remember(home, folder, examine(folder, home).memory)
    return folder


def test_nothing_lost_is_no_warning(raw: Path, home: Path) -> None:
    assert warnings(raw, home) == []
    assert (home / FILE_NAME).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (
            leads(40).replace("email", "mail_address"),
            "column email is missing, and in the last good build it had values",
        ),
        (leads(40, email=""), "column email has no value in any row"),
        (leads(19), "the table has 19 rows, and the last good build read 40"),
        (LEADS, "the last good build read 40 rows of this table, and now there are none"),
        (None, "the last good build read 40 rows of this table, and now there are none"),
    ],
)
def test_what_was_there_in_the_last_good_build_is_missed(raw: Path, home: Path, content: str | None, what: str) -> None:
    (raw / "leads.csv").unlink()
    if content is not None:
        put(raw, "leads.csv", content)
    assert check_sources(raw, home) == []
    found = [warning for warning in warnings(raw, home) if warning.where == f"generic.leads in {raw}"]
    assert only(found).what.startswith(what)
    remember(home, raw, examine(raw, home).memory)
    assert [warning for warning in warnings(raw, home) if warning.where == f"generic.leads in {raw}"] == []


def test_another_folder_and_another_contract_are_not_compared(raw: Path, home: Path, tmp_path: Path) -> None:
    assert recall(home, tmp_path / "other") == Memory()
    content = json.loads((home / FILE_NAME).read_text())
    (home / FILE_NAME).write_text(json.dumps(content | {"contract": "of an earlier version"}))
    assert recall(home, raw) == Memory()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"contract": 1, "raw": 2, "tables": 3}'])
def test_a_damaged_memory_is_none(raw: Path, home: Path, content: str) -> None:
    (home / FILE_NAME).write_text(content)
    assert recall(home, raw) == Memory()
    assert check_sources(raw, home) == []


def test_files_that_have_not_changed_are_not_read_again(raw: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago = time.time() - 60
    for file in raw.iterdir():
        os.utime(file, (long_ago, long_ago))
    remember(home, raw, examine(raw, home).memory)
    put(raw, "leads-2.csv", leads(3))
    read = []
    profile_file = source_checks.profile_file
    monkeypatch.setattr(
        source_checks, "profile_file", lambda connection, entity, file: read.append(file.name) or profile_file(connection, entity, file)
    )  # fmt: skip
    files = examine(raw, home).memory.files
    assert read == ["leads-2.csv"]
    assert {name: sum(file.rows for file in found) for name, found in files.items() if found} == {
        "leads": 43,
        "accounts": 1,
    }
    put(raw, "leads.csv", leads(5))
    examine(raw, home)
    assert read == ["leads-2.csv", "leads-2.csv", "leads.csv"], "a file of this moment may change again unseen"


def test_every_table_of_the_contract_can_be_remembered(home: Path, tmp_path: Path) -> None:
    for name, entity in load_contract().items():
        put(tmp_path / "all", f"{name}.csv", ",".join(entity.column_names) + "\n")
    memory = examine(tmp_path / "all", home).memory
    remember(home, tmp_path / "all", memory)
    assert recall(home, tmp_path / "all").files == {name: list(found) for name, found in memory.files.items()}


# ---------------------------------------------------------------------------------------------------- plain dbt


@pytest.fixture(scope="module")
def dbt_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose raw folder is another one in each test: with the same variables dbt parses the project only once."""
    return tmp_path_factory.mktemp("dbt")


@pytest.fixture
def dbt_raw(dbt_home: Path) -> Iterator[Path]:
    (dbt_home / "raw").mkdir()
    yield dbt_home / "raw"
    shutil.rmtree(dbt_home / "raw")


def build_accounts(home: Path) -> RunResult:
    return run_dbt(["build", "--select", "+accounted_accounts"], home, PROJECT_ROOT)


REFUSED: dict[str, dict[str, str]] = {
    "required column 'created_at' is missing": {"leads-1.csv": leads(1), "leads-2.csv": "lead_source_id\n1\n"},
    "column 'name' occurs twice": {"accounts.csv": "account_source_id,name,name\n1,a,b\n"},
    "column 'Name' occurs twice": {"accounts.csv": "account_source_id,name,Name\n1,a,b\n"},
    "column 'name' occurs twice (": {
        "accounts-1.jsonl": '{"account_source_id": 1, "Name": "a"}\n',
        "accounts-2.jsonl": '{"account_source_id": 2, "name": "b"}\n',
    },
    "files of different formats": {"accounts.csv": "account_source_id\n1\n", "accounts-2.jsonl": '{"account_source_id": 1}\n'},
    "'accounts.csv/1.csv' in": {"accounts.csv/1.csv": "account_source_id\n1\n"},
    "'Accounts.CSV' in": {"Accounts.CSV": "account_source_id\n1\n"},
    "not utf-8 encoded": {"accounts.csv": "account_source_id,name\n1,\udcfc\n"},
}  # fmt: skip


@pytest.mark.parametrize("message", REFUSED if os.environ.get("LEADHOUSE_SOAK") else list(REFUSED)[:3])
def test_plain_dbt_refuses_what_the_package_refuses(dbt_home: Path, dbt_raw: Path, message: str) -> None:
    for name, content in REFUSED[message].items():
        put(dbt_raw, name, content.encode(errors="surrogateescape"))
    assert check_sources(dbt_raw)
    with pytest.raises(BuildError, match=re.escape(message)):
        build_accounts(dbt_home)


def test_ids_written_as_fractions_are_read_as_they_were_meant(dbt_home: Path, dbt_raw: Path) -> None:
    values = "(12.0::double), (-3.0), (0.5), ('nan'::double), (1e15), (null)"
    parquet(dbt_raw, "accounts.parquet", f"select id as account_source_id, 1 as name from (values {values}) as t(id)")
    assert build_accounts(dbt_home).is_good
    with duckdb.connect(str(dbt_home / "work.duckdb"), read_only=True) as connection:
        rows = connection.execute("select account_source_id from staging.stg_generic__accounts").fetchall()
    assert {row[0] for row in rows} == {"12", "-3", "0.5", "1000000000000000.0", None}

"""Raw files: which belong to an entity, what is read, and what stops a run, with every kind of damage put in on purpose."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadhouse import contract
from leadhouse.contract import custom_attributes_in, find_files, load_contract
from leadhouse.paths import PROJECT_ROOT
from leadhouse.source_checks import check_sources, warnings
from raw_files import only, parquet, put

ACCOUNTS = "account_source_id,name\na1,Acme\na2,Bolt\n"


def rows_of(raw: Path, entity: str) -> list[tuple[object, ...]]:
    """Read the entity as the models do: the columns of the contract that the files have, by name."""
    files = find_files(raw, entity)
    form = contract.file_format(files[0])
    with contract.connect() as connection:
        keys = contract.find_json_keys(connection, files) if form == "json" else []
        scan = contract.scan_sql(files, form, keys)
        names = [name for name, *_ in connection.execute(f"describe select * from {scan}").fetchall()]
        known = [name for name in load_contract()[entity].column_names if name in {other.lower() for other in names}]
        return connection.execute(f"select {', '.join(known)} from {scan}").fetchall()


# ----------------------------------------------------------------------------------------------- the contract


def test_contract_has_the_entities_and_required_columns_of_the_design() -> None:
    required = {name: entity.required for name, entity in load_contract().items()}
    assert required == {
        "leads": ("lead_source_id", "created_at"),
        "accounts": ("account_source_id",),
        "opportunities": ("opportunity_source_id", "created_at"),
        "lead_status_history": ("lead_source_id", "status", "changed_at"),
        "sales_activities": ("sales_activity_id", "kind", "occurred_at"),
        "campaigns": ("campaign_source_id",),
        "campaign_responses": ("campaign_source_id", "lead_source_id", "response", "occurred_at"),
        "web_events": ("event_id", "visitor_id", "event_name", "occurred_at"),
        "message_events": ("event_id", "channel", "event_type", "occurred_at"),
        "lead_attributes": ("lead_source_id", "attribute", "recorded_at"),
        "score_adjustments": ("lead_source_id", "points", "group_id", "recorded_at"),
        "ad_spend": ("spend_date", "spend"),
    }
    for entity in load_contract().values():
        assert entity.description and all(column.description and column.data_type for column in entity.columns)


def test_sql_macros_read_files_with_the_same_rule_and_options() -> None:
    """Plain dbt and the package must see the same files and the same rows."""
    macros = "".join(path.read_text() for path in (PROJECT_ROOT / "macros" / "sources").glob("*.sql"))
    plain = re.sub(r"\s+", "", macros)
    for options in (contract.CSV_OPTIONS, contract.JSON_OPTIONS, contract.JSON_KEY_OPTIONS, contract.PARQUET_OPTIONS):
        for option in options.replace(" ", "").split(","):
            assert option in plain, f"the macros do not read with {option}"
    assert re.sub(r"\s+", "", contract.FILE_PATTERN.replace("{entity}", "{{entity}}")) in plain


# ------------------------------------------------------------------------------------------------------ files


@pytest.mark.parametrize(
    "name",
    [
        "leads.csv",
        "leads.csv.gz",
        "leads.parquet",
        "leads.jsonl",
        "leads.ndjson",
        "leads.json",
        "leads.jsonl.gz",
        "leads.2024-01.csv",
        "leads-0001.parquet",
        "leads_part0.csv",
        "leads_part-00000-3f9c.csv",
        "leads/part-0.parquet",
        "leads/year=2024/month=01/data.parquet",
        "leads/a [1] *.csv",
    ],
)
def test_file_belongs_to_leads(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "")
    assert find_files(tmp_path, "leads") == [tmp_path / name]
    assert find_files(tmp_path, "lead_attributes") == []


@pytest.mark.parametrize(
    "name",
    [
        "lead_attributes.csv",
        "leads_old.csv",
        "leadsx.csv",
        "my_leads.csv",
        "leads.txt",
        "leads.csv.tmp",
        "leads.parquet.gz",
        "leads",
        ".leads.csv",
        "leads/_SUCCESS",
        "leads/_delta_log/00000.json",
        "leads/_temporary/0/part-0.parquet",
        "leads/.part-0.parquet.crc",
        "leads/.hidden.csv",
        "other/leads.csv",
    ],
)
def test_file_does_not_belong_to_leads(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "")
    assert find_files(tmp_path, "leads") == []


def test_names_that_begin_alike_are_kept_apart(tmp_path: Path) -> None:
    names = [f"{entity}{rest}" for entity in load_contract() for rest in (".csv", "-1.csv", "_part1.csv", "/x.csv")]
    for name in names:
        put(tmp_path, name, "")
    for entity in load_contract():
        expected = {f"{entity}.csv", f"{entity}-1.csv", f"{entity}_part1.csv", f"{entity}/x.csv"}
        assert {file.relative_to(tmp_path).as_posix() for file in find_files(tmp_path, entity)} == expected


def test_folder_and_file_names_are_no_patterns(tmp_path: Path) -> None:
    raw = tmp_path / "raw [2024] *it's?"
    put(raw, "accounts-[1].csv", "account_source_id\nbrackets\n")
    put(raw, "accounts-1.csv", "account_source_id\nplain\n")
    put(tmp_path / "raw 2 XitsX", "accounts.csv", "account_source_id\nother\n")
    assert check_sources(raw) == []
    assert sorted(rows_of(raw, "accounts")) == [("brackets",), ("plain",)]


def test_links_are_followed(tmp_path: Path) -> None:
    elsewhere = put(tmp_path / "elsewhere", "data.csv", ACCOUNTS)
    raw = tmp_path / "raw"
    raw.mkdir()
    os.symlink(elsewhere, raw / "accounts.csv")
    os.symlink(elsewhere.parent, raw / "campaigns")
    assert find_files(raw, "accounts") == [raw / "accounts.csv"]
    assert find_files(raw, "campaigns") == [raw / "campaigns" / "data.csv"]


# ------------------------------------------------------------------------------------------ what is read well

GOOD_CSV: dict[str, tuple[str | bytes, list[tuple[str | None, str | None]]]] = {
    "plain": (ACCOUNTS, [("a1", "Acme"), ("a2", "Bolt")]),
    "quoted": ('account_source_id,name\n"a,1","say ""hi""\nthere"\n', [("a,1", 'say "hi"\nthere')]),
    "bom and crlf": ("\ufeffaccount_source_id,name\r\na1,Acme\r\n", [("a1", "Acme")]),
    "bom and quoted header": ('\ufeff"account_source_id","name"\n"a1","Acme"\n', [("a1", "Acme")]),
    "crlf with line breaks in quotes": ('account_source_id,name\r\na1,"x\ny"\r\n', [("a1", "x\ny")]),
    "cr": ("account_source_id,name\ra1,Acme\r", [("a1", "Acme")]),
    "semicolons": ("account_source_id;name\na1;Acme, Inc\n", [("a1", "Acme, Inc")]),
    "tabs": ("account_source_id\tname\na1\tAcme\n", [("a1", "Acme")]),
    "pipes in values": ("account_source_id,name\na1,x|y|z\na2,p|q|r\n", [("a1", "x|y|z"), ("a2", "p|q|r")]),
    "semicolons in values": ("account_source_id,name\na1,x;y;z\na2,p;q;r\n", [("a1", "x;y;z"), ("a2", "p;q;r")]),
    "one column": ("account_source_id\na1\n", [("a1",)]),  # type: ignore[list-item]
    "empty values": ('account_source_id,name\na1,\na2,""\n', [("a1", None), ("a2", None)]),
    "hash": ("account_source_id,name\n#1,# x\n", [("#1", "# x")]),
    "single quotes": ("account_source_id,name\n'a1,O'Neil\n", [("'a1", "O'Neil")]),
    "backslashes": ('account_source_id,name\na1,"C:\\"\na2,"x\\n"\n', [("a1", "C:\\"), ("a2", "x\\n")]),
    "capital header": ("ACCOUNT_SOURCE_ID,Name\na1,Acme\n", [("a1", "Acme")]),
    "header with blanks": ("account_source_id, name\na1,Acme\n", [("a1", "Acme")]),
    "numbers keep their text": ("account_source_id,name\n007,1.10\n", [("007", "1.10")]),
    "nul byte": (b"account_source_id,name\na\x001,Acme\n", [("a\x001", "Acme")]),
    "blank lines": ("account_source_id,name\na1,Acme\n\na2,Bolt\n\n", [("a1", "Acme"), ("a2", "Bolt")]),
    "emoji and right to left": ("account_source_id,name\n\U0001f600,\u05e9\u05dc\u05d5\u05dd\n", [("\U0001f600", "\u05e9\u05dc\u05d5\u05dd")]),
    "hostile text": (
        "account_source_id,name\n\"'; drop table leads; --\",{{ 7*7 }}\n<script>,=1+1\n",
        [("'; drop table leads; --", "{{ 7*7 }}"), ("<script>", "=1+1")],
    ),
    "quoted line break after the sample": (
        "account_source_id,name\n" + "a,b\n" * 30_000 + '"x,\ny",z\n',
        [("a", "b")] * 30_000 + [("x,\ny", "z")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD_CSV)
def test_csv_is_read_as_it_is(tmp_path: Path, name: str) -> None:
    content, expected = GOOD_CSV[name]
    put(tmp_path, "accounts.csv", content)
    assert check_sources(tmp_path) == []
    assert rows_of(tmp_path, "accounts") == expected


def test_strings_of_a_megabyte_and_more(tmp_path: Path) -> None:
    long = ("x\n" * 500_000, "y" * 5_000_000)
    put(tmp_path, "accounts.csv", f'account_source_id,name\na1,"{long[0]}"\na2,{long[1]}\n')
    put(tmp_path, "campaigns.jsonl", json.dumps({"campaign_source_id": "c", "name": long[1]}) + "\n")
    assert check_sources(tmp_path) == []
    assert rows_of(tmp_path, "accounts") == [("a1", long[0]), ("a2", long[1])]
    assert rows_of(tmp_path, "campaigns") == [("c", long[1])]


def test_files_of_a_glob_may_differ_in_columns_order_and_separator(tmp_path: Path) -> None:
    put(tmp_path, "accounts-1.csv", "account_source_id,name\n1,Acme\n")
    put(tmp_path, "accounts-2.csv", "\ufeffNAME;extra;ACCOUNT_SOURCE_ID\r\nBolt;x;2\r\n")
    put(tmp_path, "accounts-3.csv", "")
    put(tmp_path, "accounts-4.csv", "name,account_source_id\n")
    put(tmp_path, "accounts/5.csv", "account_source_id\n5\n")
    assert check_sources(tmp_path) == []
    assert sorted(rows_of(tmp_path, "accounts")) == [("1", "Acme"), ("2", "Bolt"), ("5", None)]


def test_parquet_files_of_a_glob_may_differ_in_types(tmp_path: Path) -> None:
    parquet(tmp_path, "accounts-1.parquet", "select 1 as account_source_id, 'Acme' as name")
    parquet(tmp_path, "accounts-2.parquet", "select 'x' as Name, 'b' as ACCOUNT_SOURCE_ID, 1 as other")
    assert check_sources(tmp_path) == []
    assert sorted(rows_of(tmp_path, "accounts")) == [("1", "Acme"), ("b", "x")]


def test_json_lines_keep_text_nesting_and_digits(tmp_path: Path) -> None:
    lines = [
        {"account_source_id": "007", "name": {"a": [1, "x"]}},
        {"account_source_id": 12345678901234567890, "name": "2024-01-01"},
        {"account_source_id": "nul\x00 \U0001f600", "name": True},
        {"account_source_id": "late", "domain": "came late"},
    ]
    put(tmp_path, "accounts.jsonl", "\n".join(json.dumps(line) for line in lines) + "\n\n")
    assert check_sources(tmp_path) == []
    assert rows_of(tmp_path, "accounts") == [
        ("007", '{"a":[1,"x"]}', None),
        ("12345678901234567890", "2024-01-01", None),
        ("nul\x00 \U0001f600", "true", None),
        ("late", None, "came late"),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("accounts.csv", b""),
        ("accounts.csv", "\ufeff".encode()),
        ("accounts.csv", b"\n\n"),
        ("accounts.csv", b"account_source_id,name"),
        ("accounts.csv", b"account_source_id;name\n"),
        ("accounts.csv.gz", gzip.compress(b"", mtime=0)),
        ("accounts.csv.gz", gzip.compress(b"account_source_id\n1\n", mtime=0) + gzip.compress(b"2\n", mtime=0)),
        ("accounts.jsonl", b""),
        ("accounts.jsonl", b"\n \n"),
        ("accounts.jsonl.gz", gzip.compress(b'{"account_source_id": 1}\n', mtime=0)),
    ],
)
def test_empty_and_packed_files_are_fine(tmp_path: Path, name: str, content: bytes) -> None:
    put(tmp_path, name, content)
    assert check_sources(tmp_path) == []


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.tuples(
            st.text(min_size=1, max_size=12),
            st.text(alphabet=st.sampled_from("a,;|\t\"'\\\n\r #x\u00e9"), max_size=12),
        ),
        min_size=1,
        max_size=8,
    ),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from(",;\t|"),
    is_all_quoted=st.booleans(),
)
def test_any_well_written_csv_is_read_cell_by_cell(
    tmp_path: Path, rows: list[tuple[str, str]], end: str, delimiter: str, is_all_quoted: bool
) -> None:
    """Never other cells than were written: what the reader cannot tell apart must be an error."""
    out = io.StringIO()
    quoting = csv.QUOTE_ALL if is_all_quoted else csv.QUOTE_MINIMAL
    csv.writer(out, lineterminator=end, quoting=quoting, delimiter=delimiter).writerows(
        [("account_source_id", "name"), *rows]
    )
    try:
        content = out.getvalue().encode()
    except UnicodeEncodeError:
        return
    put(tmp_path, "accounts.csv", content)
    if check_sources(tmp_path):
        # Python leaves a lone CR without quotes, which no reader could tell from the end of a line.
        assert not is_all_quoted and "\r" in "".join(first + second for first, second in rows)
    else:
        assert rows_of(tmp_path, "accounts") == [(first or None, second or None) for first, second in rows]


# ------------------------------------------------------------------------------------------- what stops a run


def test_no_raw_folder_says_where_it_looked(tmp_path: Path) -> None:
    problem = only(check_sources(tmp_path / "nowhere"))
    assert problem.where == str(tmp_path / "nowhere")
    assert "--raw" in problem.mend and "leadhouse demo" in problem.mend


def test_folder_without_any_table(tmp_path: Path) -> None:
    put(tmp_path, "readme.txt", "hello")
    problem = only(check_sources(tmp_path))
    assert "no table that a build reads" in problem.what and "leads.csv" in problem.mend


def test_missing_required_column_in_any_file_of_a_glob(tmp_path: Path) -> None:
    put(tmp_path, "leads-1.csv", "lead_source_id,created_at\n1,2024-01-01\n")
    put(tmp_path, "leads-2.csv", "lead_source_id,created\n2,2024-01-01\n")
    parquet(tmp_path, "accounts.parquet", "select 1 as id, 'x' as name")
    put(tmp_path, "campaigns.jsonl", '{"name": "x"}\n')
    problems = check_sources(tmp_path)
    assert [(problem.where, problem.what) for problem in problems] == [
        (f"generic.leads, file {tmp_path}/leads-2.csv", "required column created_at is missing"),
        (f"generic.accounts, file {tmp_path}/accounts.parquet", "required column account_source_id is missing"),
        (f"generic.campaigns, file {tmp_path}/campaigns.jsonl", "required column campaign_source_id is missing"),
    ]
    assert "Is `created` meant?" in problems[0].mend and "lead_source_id, created_at" in problems[0].mend


def test_a_header_alone_must_still_have_the_required_columns(tmp_path: Path) -> None:
    put(tmp_path, "leads.csv", "lead_source_id,email\n")
    assert only(check_sources(tmp_path)).what == "required column created_at is missing"


# name of the file, its content, the line at fault, part of what is said
BROKEN: list[tuple[str, bytes, int | None, str]] = [
    ("accounts.csv", b"account_source_id,name\na1,M\xfcller\n", 2, "byte 0xfc is not UTF-8 text"),
    ("accounts.csv", b"account_source_id,name\n" + b"a,b\n" * 50_000 + b"\xff,x\n", 50_002, "byte 0xff"),
    ("accounts.csv", ACCOUNTS.encode("utf-16"), 1, "UTF-16"),
    ("accounts.csv", bytes(random.Random(1).randbytes(4000)), 1, "is not UTF-8 text"),
    ("accounts.csv", b"account_source_id,name\n" + b"a,b\n" * 50_000 + b"a,b,c\n" + b"a,b\n" * 9, 50_002, "3 cells where the header has 2"),
    ("accounts.csv", b"account_source_id,name\n" + b"a,b\n" * 50_000 + b"a\n", 50_002, "1 cells where the header has 2"),
    ("accounts.csv", b"account_source_id,name\na,b\na,b,c\n", 3, "3 cells where the header has 2"),
    ("accounts.csv", b'account_source_id,name\n"q\nr",b\na\n', 4, "1 cells where the header has 2"),
    ("accounts.csv", b'account_source_id,name\na,"b\nc,d\n', 2, "a double quote is opened and not closed"),
    ("accounts.csv", b'account_source_id,name\na,b\n"x" y,c\n', 3, "double quote"),
    ("accounts.csv", b"account_source_id,name\na,b\r\nc,d\n", 2, "the line does not end as the lines before it do"),
    ("accounts.csv", b"\naccount_source_id,name\na,b\n", 1, "the first line is empty"),
    ("accounts.csv.gz", gzip.compress(b"account_source_id\n" + random.Random(2).randbytes(3000).hex().encode(), mtime=0)[:900], None, "cannot be read"),
    ("accounts.csv.gz", ACCOUNTS.encode(), None, "cannot be read"),
    ("accounts.csv.gz", b"", None, "no bytes"),
    ("accounts.jsonl.gz", b"", None, "no bytes"),
    ("accounts.jsonl", b'{"account_source_id": 1}\n{"account_source_id":\n', 2, "no JSON object"),
    ("accounts.jsonl", b'{"account_source_id": 1}\n' * 50_000 + b'{"account_source_id": 2, late}\n', 50_001, "column 26"),
    ("accounts.jsonl", b'{"account_source_id": 1}\n{"account_source_id": "cut', 2, "no JSON object"),
    ("accounts.jsonl", b'{"account_source_id": "M\xfc"}\n', 1, "byte 0xfc is not UTF-8 text"),
    ("accounts.jsonl", b'\xef\xbb\xbf{"account_source_id": 1}\n', 1, "byte order mark"),
    ("accounts.jsonl", b'{"account_source_id": 1, "account_source_id": 2}\n', 1, "key account_source_id twice"),
    ("accounts.jsonl", b'{"account_source_id": "\\ud800"}\n', 1, "half of a character pair"),
    ("accounts.jsonl", b'{"account_source_id": 1}\n5\n', 2, "no object"),
    ("accounts.json", b'[{"account_source_id": 1}]\n', 1, "no object"),
    ("accounts.json", b'[\n {"account_source_id": 1}\n]\n', 1, "no JSON object"),
    ("accounts.parquet", b"", None, "too small"),
    ("accounts.parquet", b"PAR1", None, "too small"),
    ("accounts.parquet", ACCOUNTS.encode() * 20, None, "magic bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "content", "line", "what"), BROKEN, ids=[f"{case[0]}: {case[3]}" for case in BROKEN])
def test_unreadable_file_is_named_with_its_line(
    tmp_path: Path, name: str, content: bytes, line: int | None, what: str
) -> None:
    put(tmp_path, name, content)
    put(tmp_path, "campaigns.csv", "campaign_source_id\n1\n")
    problem = only(check_sources(tmp_path))
    assert problem.where == f"generic.accounts, file {tmp_path}/{name}" + (f", line {line}" if line else "")
    assert problem.what.startswith("the file cannot be read: ") and what in problem.what
    assert problem.mend and "\n" not in str(problem)


def test_a_row_that_is_too_long_is_not_quoted(tmp_path: Path) -> None:
    put(tmp_path, "leads.csv", "lead_source_id,email,created_at\n1,ann@example.com," + "x" * 17_000_000 + "\n")
    problem = only(check_sources(tmp_path))
    assert problem.what.endswith("a row has more than 16 MB") and "ann@" not in str(problem)


def test_a_half_written_parquet_file(tmp_path: Path) -> None:
    path = parquet(tmp_path, "accounts.parquet", "select i as account_source_id from range(50000) as t(i)")
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    assert "damaged or was only written in part" in only(check_sources(tmp_path)).mend


@pytest.mark.parametrize("seed", range(6))
def test_a_parquet_file_damaged_in_its_middle(tmp_path: Path, seed: int) -> None:
    """The footer is whole, so that only reading the pages can tell."""
    path = parquet(tmp_path, "accounts.parquet", "select 'id' || i as account_source_id from range(50000) as t(i)")
    content, dice = bytearray(path.read_bytes()), random.Random(seed)
    at = dice.randrange(100, len(content) - 2000)
    content[at : at + 1000] = dice.randbytes(1000)
    path.write_bytes(content)
    assert only(check_sources(tmp_path)).where == f"generic.accounts, file {path}"


def test_files_of_one_table_in_different_formats(tmp_path: Path) -> None:
    put(tmp_path, "accounts.csv", ACCOUNTS)
    put(tmp_path, "accounts/more.jsonl", '{"account_source_id": 1}\n')
    problem = only(check_sources(tmp_path))
    assert problem.where.startswith("generic.accounts, files ") and "CSV, JSON Lines" in problem.what


@pytest.mark.parametrize(
    "write",
    [
        lambda raw: put(raw, "accounts.csv", "account_source_id,Name,name\n1,a,b\n"),
        lambda raw: put(raw, "accounts.csv", "account_source_id,name,name\n1,a,b\n"),
        lambda raw: put(raw, "accounts.jsonl", '{"account_source_id": 1, "Name": "a"}\n{"account_source_id": 2, "name": "b"}\n'),
        lambda raw: (put(raw, "accounts-1.jsonl", '{"account_source_id": 1, "Name": "a"}\n'),
                     put(raw, "accounts-2.jsonl", '{"account_source_id": 2, "name": "b"}\n')),
    ],
    ids=["csv", "csv, same case", "json", "json, two files"],
)  # fmt: skip
def test_columns_that_differ_only_in_case(tmp_path: Path, write: Callable[[Path], object]) -> None:
    write(tmp_path)
    problem = only(check_sources(tmp_path))
    assert "name" in problem.what and ("same name" in problem.what or "also written" in problem.what)


def test_parquet_columns_that_differ_only_in_case(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    nested = pa.array([{"NAME": "x"}])
    table = pa.table(
        [pa.array(["1"]), nested, pa.array(["a"]), pa.array(["b"])], ["account_source_id", "n", "Name", "name"]
    )
    pq.write_table(table, tmp_path / "accounts.parquet")
    assert only(check_sources(tmp_path)).what.startswith("columns Name and name have the same name")


def test_repeated_columns_that_nobody_reads_do_no_harm(tmp_path: Path) -> None:
    put(tmp_path, "accounts.csv", "account_source_id,x,X,,\n1,a,b,,\n")
    assert check_sources(tmp_path) == []


def test_parquet_types_that_do_not_combine(tmp_path: Path) -> None:
    parquet(tmp_path, "accounts-1.parquet", "select 1 as account_source_id, {'a': 1} as name")
    parquet(tmp_path, "accounts-2.parquet", "select 2 as account_source_id, 'x' as name")
    problem = only(check_sources(tmp_path))
    assert problem.where.startswith("generic.accounts, 2 files") and "read together" in problem.what


def test_capital_letters_in_a_file_name_are_not_passed_over(tmp_path: Path) -> None:
    put(tmp_path, "Accounts.CSV", ACCOUNTS)
    problem = only(check_sources(tmp_path))
    assert problem.where == f"{tmp_path}/Accounts.CSV" and problem.mend == "Rename it to accounts.csv."


def test_every_problem_is_reported_at_once(tmp_path: Path) -> None:
    put(tmp_path, "leads.csv", "lead_source_id\n1\n")
    put(tmp_path, "accounts.parquet", "no parquet")
    put(tmp_path, "web_events.jsonl", "{\n")
    put(tmp_path, "ad_spend.csv", "spend_date,spend\n2024-01-01,1,2\n")
    tables = [problem.where.split(",")[0] for problem in check_sources(tmp_path)]
    assert tables == ["generic.leads", "generic.accounts", "generic.web_events", "generic.ad_spend"]


# --------------------------------------------------------------------------------------------------- warnings


def test_warnings_name_what_will_not_be_read(tmp_path: Path) -> None:
    put(tmp_path, "accounts.csv", "account_source_id,indstry,favourite colour\n1,x,y\n")
    put(tmp_path, "acounts.csv", "account_source_id\n1\n")
    put(tmp_path, "_SUCCESS", "")
    assert check_sources(tmp_path) == []
    assert [(problem.where, problem.what, problem.mend) for problem in warnings(tmp_path)] == [
        (
            f"generic.accounts, file {tmp_path}/accounts.csv",
            "column indstry is not in the contract and is not read",
            "Did you mean industry? The file has no such column, so it was perhaps renamed.",
        ),
        (
            f"generic.accounts, file {tmp_path}/accounts.csv",
            "column favourite colour is not in the contract and not read",
            "Custom CRM fields belong into lead_attributes.",
        ),
        (
            f"{tmp_path}/acounts.csv",
            "the file belongs to no table of the contract and is not read",
            "Did you mean accounts?",
        ),
    ]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("lead_attributes.csv", "lead_source_id,ATTRIBUTE,value,recorded_at\n1,plan,x,2024-01-01\n2,seats,,2024-01-01\n3,,,2024-01-01\n"),
        ("lead_attributes/a.jsonl", '{"Attribute": "plan"}\n{"Attribute": "seats"}\n{"Attribute": null}\n'),
    ],
)  # fmt: skip
def test_custom_attributes_are_those_of_the_raw_table(tmp_path: Path, name: str, content: str) -> None:
    put(tmp_path, name, content)
    assert custom_attributes_in(tmp_path) == {"plan", "seats"}


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe", b"lead_source_id\n1\n"])
def test_no_custom_attributes_without_a_readable_table(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        put(tmp_path, "lead_attributes.csv", content)
    assert custom_attributes_in(tmp_path) == set()

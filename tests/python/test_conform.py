"""`conform`: tables of another shape become the contract's files, or nothing changes and the fault is named."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadhouse.conform import EntityReport, conform
from leadhouse.contract import custom_attributes_in, load_contract
from leadhouse.errors import InputError, Problem
from leadhouse.paths import PROJECT_ROOT
from leadhouse.source_checks import check_sources

LEADS_SQL = "select id as lead_source_id, mail as email, cast(made as timestamp) as created_at from 'people.csv'"


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path, Path]:
    """Folders of SQL, of input and of output; the output does not exist yet."""
    sql, given = tmp_path / "sql", tmp_path / "in, with a comma"
    sql.mkdir()
    given.mkdir()
    (given / "people.csv").write_text("id,mail,made\n1,a@example.com,2024-01-01\n2,,2024-01-02 10:00:00\n")
    (sql / "leads.sql").write_text(LEADS_SQL)
    return sql, given, tmp_path / "out"


def read(file: Path) -> list[tuple[Any, ...]]:
    with duckdb.connect() as connection:
        return connection.execute("select * from read_parquet(?)", [str(file)]).fetchall()


def problems_of(folders: tuple[Path, Path, Path]) -> list[Problem]:
    with pytest.raises(InputError) as caught:
        conform(*folders)
    return caught.value.problems


def test_writes_the_contracts_columns_and_reports(folders: tuple[Path, Path, Path]) -> None:
    sql, given, out = folders
    (sql / "accounts.sql").write_text(
        "select NAME as Name, id as Account_Source_ID, 'x' as Colour, seats as employee_count\nfrom 'firms.csv'; -- done\n"
    )
    (given / "firms.csv").write_text("id,NAME,seats\na1,Acme,many\n,Bolt,5\n")
    reports = conform(sql, given, out)
    assert [report.entity for report in reports] == ["leads", "accounts"]
    assert reports[1] == EntityReport(
        entity="accounts",
        file=out / "accounts.parquet",
        rows=2,
        missing_columns=("domain", "industry", "annual_revenue", "country", "created_at"),
        unknown_columns=("Colour",),
        nulls_in_required={"account_source_id": 1},
        unreadable={"employee_count": 1},
    )
    assert read(out / "leads.parquet") == [
        (1, "a@example.com", datetime(2024, 1, 1)),
        (2, None, datetime(2024, 1, 2, 10)),
    ]
    assert sorted(path.name for path in out.iterdir()) == ["accounts.parquet", "leads.parquet"]
    assert check_sources(out) == []


def test_relative_names_are_found_in_the_input_folder_and_nowhere_else(
    folders: tuple[Path, Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file of the same name in the current folder must not be read instead; relative folders mean the current one."""
    here = tmp_path / "here"
    here.mkdir()
    (here / "people.csv").write_text("id,mail,made\n99,wrong@example.com,2024-01-01\n")
    monkeypatch.chdir(here)
    sql, given, out = (Path(os.path.relpath(folder)) for folder in folders)
    assert conform(sql, given, out)[0].rows == 2
    assert Path.cwd() == here
    assert "99" not in str(read(out / "leads.parquet"))


def test_globs_and_functions_read_the_input_folder(folders: tuple[Path, Path, Path]) -> None:
    sql, given, out = folders
    (given / "more").mkdir()
    (given / "more" / "people2.csv").write_text("id,mail,made\n3,c@example.com,2024-01-03\n")
    (sql / "leads.sql").write_text(
        "select id as lead_source_id, made as created_at from read_csv(['people.csv', 'more/*.csv'], all_varchar = true)"
    )
    assert conform(sql, given, out)[0].rows == 3


def test_hostile_and_strange_values_pass_as_data(folders: tuple[Path, Path, Path]) -> None:
    sql, given, out = folders
    values = [
        "'; drop table leads; --",
        "{{ 7*7 }}",
        "<script>",
        "nul\x00byte",
        "\U0001f600",
        "\u05e9\u05dc",
        "=1+1",
        "x" * 1_000_000,
    ]
    with (given / "people.csv").open("w", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(
            [["id", "made"], *([value, "2024-01-01"] for value in values)]
        )
    (sql / "leads.sql").write_text(
        "select id as lead_source_id, made as created_at from read_csv('people.csv', all_varchar = true)"
    )
    conform(sql, given, out)
    assert [row[0] for row in read(out / "leads.parquet")] == values


def test_a_second_run_replaces_the_first(folders: tuple[Path, Path, Path]) -> None:
    _, given, out = folders
    conform(*folders)
    (given / "people.csv").write_text("id,mail,made\n7,g@example.com,2024-01-01\n")
    assert conform(*folders)[0].rows == 1
    assert len(read(out / "leads.parquet")) == 1


def test_input_and_output_may_be_one_folder(folders: tuple[Path, Path, Path]) -> None:
    sql, given, _ = folders
    conform(sql, given, given)
    (sql / "leads.sql").write_text("select * from 'leads.parquet' where email is null")
    assert conform(sql, given, given)[0].rows == 1


def test_no_rows_are_a_table_without_rows(folders: tuple[Path, Path, Path]) -> None:
    sql, given, out = folders
    (sql / "leads.sql").write_text(LEADS_SQL + " where false")
    assert conform(sql, given, out)[0].rows == 0
    assert check_sources(out) == []


# name of the SQL file, its text, parts of what is said and of what is allowed
FAULTS = [
    ("lead.sql", LEADS_SQL, "lead is no table of the contract", "Did you mean leads?"),
    ("leads.sql", "select id as lead_source_id, made as created from 'people.csv'", "required column created_at of leads is missing", "Is it the column created?"),
    ("leads.sql", "select\n    id as lead_source_id,\n    mad as created_at\nfrom 'people.csv'", 'Referenced column "mad" not found', "relative to --input"),
    ("leads.sql", "select\n    id as lead_source_id,\n    made created at\nfrom 'people.csv'", "LINE 3", "relative to --input"),
    ("leads.sql", "select id as lead_source_id, made as created_at from 'nobody.csv'", "nobody.csv", "relative to --input"),
    ("leads.sql", "select id as lead_source_id, cast(mail as timestamp) as created_at from 'people.csv'", "a@example.com", "relative to --input"),
    ("leads.sql", "select 1 as lead_source_id, 2 as LEAD_SOURCE_ID, now() as created_at", "has column LEAD_SOURCE_ID twice", "Keep one"),
    ("leads.sql", "select 1; select 2", "is not one select", "exactly one select"),
    ("leads.sql", "-- nothing\n", "is not one select", "exactly one select"),
    ("leads.sql", "copy (select 1) to 'stolen.csv'", "is not one select", "exactly one select"),
    ("leads.sql", "drop table leads", "is not one select", "exactly one select"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "text", "what", "mend"), FAULTS, ids=[case[2] for case in FAULTS])
def test_fault_names_the_file_and_leaves_earlier_output_alone(
    folders: tuple[Path, Path, Path], name: str, text: str, what: str, mend: str
) -> None:
    sql, given, out = folders
    (sql / "accounts.sql").write_text("select 'a' as account_source_id")
    conform(*folders)
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    (sql / "accounts.sql").write_text("select 'changed' as account_source_id")
    (sql / "leads.sql").unlink()
    (sql / name).write_text(text)
    problem = problems_of(folders)[0]
    assert problem.where == str(sql / name)
    assert what in problem.what and mend in problem.mend
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    assert not (given / "stolen.csv").exists()


def test_every_faulty_file_is_reported_and_nothing_is_left_behind(folders: tuple[Path, Path, Path]) -> None:
    sql, _, out = folders
    (sql / "accounts.sql").write_text("select 1 as name")
    (sql / "campaigns.sql").write_text("select nothing as campaign_source_id")
    assert [Path(problem.where).name for problem in problems_of(folders)] == ["accounts.sql", "campaigns.sql"]
    assert not out.exists()


def test_a_crash_while_writing_leaves_earlier_output_alone(
    folders: tuple[Path, Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    conform(*folders)
    out = folders[2]
    before = (out / "leads.parquet").read_bytes()

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("leadhouse.conform._counts", crash)
    with pytest.raises(KeyboardInterrupt):
        conform(*folders)
    assert [path.name for path in out.iterdir()] == ["leads.parquet"]
    assert (out / "leads.parquet").read_bytes() == before


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda sql, given, out: (sql / "leads.sql").unlink(), "the folder holds no .sql file"),
        (
            lambda sql, given, out: (sql / "leads.sql").rename(sql.parent / "x") and sql.rmdir(),
            "no folder of SQL files",
        ),
        (
            lambda sql, given, out: (given / "people.csv").rename(given.parent / "y") and given.rmdir(),
            "no input folder",
        ),
        (lambda sql, given, out: out.write_text("a file"), "cannot write here"),
        (lambda sql, given, out: (sql / "leads.sql").write_bytes(b"select '\xff'"), "not UTF-8 text"),
    ],
    ids=["no sql", "no sql folder", "no input folder", "output is a file", "encoding"],
)
def test_folders_that_do_not_serve(
    folders: tuple[Path, Path, Path], spoil: Callable[[Path, Path, Path], object], what: str
) -> None:
    spoil(*folders)
    assert what in problems_of(folders)[0].what


def test_output_that_would_be_read_together_with_foreign_files_is_refused(folders: tuple[Path, Path, Path]) -> None:
    out = folders[2]
    out.mkdir()
    (out / "leads-old.csv").write_text("lead_source_id,created_at\n1,2024-01-01\n")
    problem = problems_of(folders)[0]
    assert problem.where == str(out / "leads-old.csv") and "read together with the leads.parquet" in problem.what
    assert [path.name for path in out.iterdir()] == ["leads-old.csv"]


# ------------------------------------------------------------------------------------------------ the example


def test_the_example_has_one_sql_file_per_table_it_needs() -> None:
    names = {path.stem for path in (PROJECT_ROOT / "examples" / "olist").glob("*.sql")}
    assert names == {"leads", "lead_status_history", "opportunities", "lead_attributes"} and names <= set(
        load_contract()
    )


@pytest.fixture(scope="module")
def olist(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The real data, and what conform makes of it."""
    data = Path(os.environ.get("LEADHOUSE_TEST_DATA") or PROJECT_ROOT.parent / "shared" / "data") / "olist"
    if not data.is_dir():
        pytest.skip(
            f"the Olist data is not there: {data} (see examples/olist/README.md; LEADHOUSE_TEST_DATA names another folder)"
        )
    out = tmp_path_factory.mktemp("olist")
    conform(PROJECT_ROOT / "examples" / "olist", data, out)
    return data, out


def test_olist_has_every_lead_deal_and_cent(olist: tuple[Path, Path]) -> None:
    data, out = olist
    assert check_sources(out) == []
    with duckdb.connect() as connection:
        connection.execute(f"create view leads as from '{out}/leads.parquet'")
        connection.execute(f"create view deals as from '{out}/opportunities.parquet'")
        figures = connection.execute(
            """
            select
                (select count(*) from leads),
                (select count(distinct lead_source_id) from leads),
                (select count(*) from leads where lead_source is null),
                (select count(*) from leads where lead_source = 'unknown'),
                (select count(*) from deals where is_won and is_closed),
                (select sum(amount) from deals),
                (select count(*) from deals where amount = 0),
                (select count(*) from deals join leads using (lead_source_id) where deals.created_at < leads.created_at)
            """
        ).fetchone()
        assert figures == (8000, 8000, 60, 1099, 842, Decimal("676851.48"), 462, 1)
        # The same figures by origin and month straight from the raw files.
        raw = connection.execute(
            f"""
            select m.origin, date_trunc('month', m.first_contact_date), count(*), count(d.mql_id), sum(coalesce(s.amount, 0))
            from '{data}/olist_marketing_qualified_leads_dataset.csv' as m
            left join '{data}/olist_closed_deals_dataset.csv' as d using (mql_id)
            left join (
                select seller_id, sum(price::decimal(18, 2)) as amount from '{data}/order_items.parquet' group by 1
            ) as s using (seller_id)
            group by all order by all
            """
        ).fetchall()
        made = connection.execute(
            """
            select lead_source, date_trunc('month', leads.created_at), count(*), count(deals.amount), coalesce(sum(deals.amount), 0)
            from leads left join deals using (lead_source_id)
            group by all order by all
            """
        ).fetchall()
        assert len(raw) > 90
        assert [(row[0], str(row[1])[:7], *row[2:]) for row in made] == [
            (row[0], str(row[1])[:7], *row[2:]) for row in raw
        ]


def test_olist_statuses_and_attributes(olist: tuple[Path, Path]) -> None:
    _, out = olist
    with duckdb.connect() as connection:
        statuses = connection.execute(
            f"""
            select count(*), count(distinct lead_source_id), min(status), max(status), bool_and(changed_at = created_at)
            from '{out}/lead_status_history.parquet' join '{out}/leads.parquet' using (lead_source_id)
            """
        ).fetchone()
        attributes = dict(
            connection.execute(
                f"select attribute, count(value) from '{out}/lead_attributes.parquet' group by 1"
            ).fetchall()
        )
        at_win = connection.execute(
            f"""
            select count(*) from '{out}/lead_attributes.parquet' as a left join '{out}/opportunities.parquet' as o
            on a.lead_source_id = o.lead_source_id and a.recorded_at = o.closed_at
            where a.attribute <> 'landing_page_id' and o.lead_source_id is null
            """
        ).fetchone()
    assert statuses == (8000, 8000, "mql", "mql", True)
    assert attributes == {
        "landing_page_id": 8000,
        "business_segment": 841,
        "lead_type": 836,
        "lead_behaviour_profile": 665,
        "has_company": 63,
        "has_gtin": 64,
        "average_stock": 66,
        "business_type": 832,
        "declared_product_catalog_size": 69,
        "declared_monthly_revenue": 842,
    }
    assert at_win == (0,)
    assert custom_attributes_in(out) == set(attributes)


@pytest.mark.parametrize(
    ("name", "counts", "wins_by_part"),
    [
        # Five per cent of the first seven tenths in time subscribed, a quarter of the rest.
        ("bank_marketing", (41188, 742899, 19, 4640), (0.056, 0.246)),
        ("online_shoppers", (12330, 209610, 17, 1908), None),
    ],
)
def test_flat_tables_become_leads_with_attributes_and_an_outcome(
    tmp_path: Path, name: str, counts: tuple[int, ...], wins_by_part: tuple[float, float] | None
) -> None:
    data = Path(os.environ.get("LEADHOUSE_TEST_DATA") or PROJECT_ROOT.parent / "shared" / "data") / name
    if not data.is_dir():
        pytest.skip(
            f"the data is not there: {data} (see examples/{name}/README.md; LEADHOUSE_TEST_DATA names another folder)"
        )
    out = tmp_path / "raw"
    conform(PROJECT_ROOT / "examples" / name, data, out)
    assert check_sources(out) == []
    with duckdb.connect() as connection:
        for entity in ("leads", "lead_attributes", "opportunities"):
            connection.execute(f"create view {entity} as from '{out}/{entity}.parquet'")
        told = connection.execute(
            """
            select
                (select count(distinct lead_source_id) from leads), (select count(*) from lead_attributes),
                (select count(distinct attribute) from lead_attributes), (select count(*) from opportunities)
            """
        ).fetchone()
        assert told == counts
        # Nothing that is known only afterwards.
        assert not connection.execute(
            "from lead_attributes where attribute = 'duration' or recorded_at is null"
        ).fetchall()
        # The order of the file is the order of time.
        shares = connection.execute(
            """
            select avg((deals.lead_source_id is not null)::int) from (
                select *, row_number() over (order by created_at, lead_source_id) > 0.7 * count(*) over () as is_late from leads
            ) as leads left join opportunities as deals using (lead_source_id) group by is_late order by is_late
            """
        ).fetchall()
        if wins_by_part:
            assert [round(share, 3) for (share,) in shares] == list(wins_by_part)


def test_a_select_may_read_the_tables_before_its_own(folders: tuple[Path, Path, Path]) -> None:
    sql, _, out = folders
    (sql / "leads.sql").write_text("select '1' as lead_source_id, timestamp '2024-01-01' as created_at")
    (sql / "lead_attributes.sql").write_text(
        "select lead_source_id, 'colour' as attribute, 'red' as value, created_at as recorded_at from leads"
    )
    conform(*folders)
    assert duckdb.sql(f"select recorded_at from '{out}/lead_attributes.parquet'").fetchall() == [
        (datetime(2024, 1, 1),)
    ]

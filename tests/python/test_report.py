"""The report page: every figure against the marts, what a browser makes of it, and that nothing from a source is ever code."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

import browser_tools
from conftest import BuiltHome
from leadhouse import cli_report
from leadhouse.errors import InputError
from leadhouse.intervals import wilson
from leadhouse.paths import PROJECT_ROOT
from leadhouse.report import as_json, write
from leadhouse.report import page as pages
from leadhouse.report.figures import change_of_counts, change_of_shares, fixed, written
from leadhouse.summary import open_published

HOSTILE = "</script><img src=x onerror=alert(1)>'; drop table leads; --{{ 7 * 7 }}\u2028\u202e\"&amp;"


class Tags(HTMLParser):
    """The elements of a page with their attributes, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self._in_script = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"
        if self._in_script:
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.scripts[-1] += data


@pytest.fixture(scope="module")
def published(demo_home: BuiltHome) -> Path:
    return demo_home.path / "leadhouse.duckdb"


@pytest.fixture(scope="module")
def report(published: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("report") / "report.html"
    write(published, target)
    return target


@pytest.fixture
def changed(published: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the published database after some statements."""

    def change(*statements: str, parameters: list[Any] | None = None) -> Path:
        copy = tmp_path / "changed.duckdb"
        shutil.copy(published, copy)
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement, parameters or [])
        return copy

    return change


def is_same(given: Any, shown: float | None) -> bool:
    """Whether SQL gives the figure shown; nothing added up is 0 on the page and null in SQL."""
    if given is None or shown is None:
        return given is None and shown in (None, 0)
    return abs(float(given) - shown) <= 1e-5 * max(1.0, abs(shown))


def number_in(text: str) -> float:
    """The number that a person reads."""
    return float(re.sub(r"[^0-9.\-]", "", text.replace("\N{MINUS SIGN}", "-")))


def test_every_figure_is_what_its_sql_gives(published: Path) -> None:
    with open_published(published) as connection:
        cells = pages.read(connection).cells()
        wrong = [cell for cell in cells if not is_same(connection.execute(cell.sql).fetchone()[0], cell.value)]
    assert len(cells) > 1000
    assert not wrong, wrong[:3]


def test_every_statement_reads_marts_only(published: Path) -> None:
    with open_published(published) as connection:
        statements = {cell.sql or "" for cell in pages.read(connection).cells()}
    read = {name for sql in statements for name in re.findall(r"(?<!distinct )(?:from|join) (?!\()(\S+)", sql)}
    assert read and all(name.startswith("marts.") for name in read), read


def test_the_exposure_names_the_marts_that_are_read() -> None:
    code = "".join(path.read_text() for path in (PROJECT_ROOT / "scripts" / "leadhouse" / "report").glob("*.py"))
    text = (PROJECT_ROOT / "models" / "exposures.yml").read_text()
    exposure = next(one for one in yaml.safe_load(text)["exposures"] if one["name"] == "report")
    assert {f"ref('{name}')" for name in re.findall(r"\bmarts\.([a-z]\w+)", code)} == set(exposure["depends_on"])


def test_every_figure_is_on_the_page_as_it_was_computed(published: Path, report: Path) -> None:
    with open_published(published) as connection:
        cells = pages.read(connection).cells()
    expected = Counter(str(cell.value) for cell in cells if cell.value is not None)
    shown = Counter(found["data-v"] for _, found in Tags(report.read_text()).elements if "data-v" in found)
    assert shown == expected


def test_what_is_written_is_the_value_rounded(published: Path) -> None:
    with open_published(published) as connection:
        cells = [cell for cell in pages.read(connection).cells() if cell.value is not None]
    for cell in cells:
        assert cell.value is not None
        scale = 100 if cell.text.endswith(("%", "points")) else 1
        digits = len(cell.text.split(".")[1].split()[0]) if "." in cell.text else 0
        assert abs(number_in(cell.text) - cell.value * scale) <= 0.5 * 10**-digits + 1e-9, cell


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("New leads", "select count(*) from marts.leads where created_at >= '2026-01-01' and created_at < '2026-07-01'"),
        ("New MQLs", "select count(*) from marts.stage_transitions where stage = 'mql' and cycle_number = 1 and entered_at >= '2026-01-01'"),
        ("New SQLs", "select count(*) from marts.lead_stages where sql_at >= '2026-01-01' and sql_at < '2026-07-01'"),
        ("New customers", "select count(*) from marts.lead_stages where customer_at >= '2026-01-01'"),
        ("Revenue won", "select sum(amount) from marts.opportunities where is_won and lead_id is not null and closed_at >= '2026-01-01'"),
        ("Ad spend", "select sum(spend) from marts.channel_conversions where cohort_month >= '2026-01-01'"),
        ("Answered in time", "select avg(is_sla_met::int) from marts.handoffs where handed_over_at >= '2026-01-01'"),
    ],
)  # fmt: skip
def test_the_headline_is_of_the_last_six_whole_months(
    demo_home: BuiltHome, published: Path, name: str, sql: str
) -> None:
    found = as_json(published)
    assert (found["from"], found["until"]) == ("2026-01-01", "2026-06-01")
    rows = {row["label"]: row["cells"]["value"]["value"] for row in found["sections"][0]["blocks"][0]["rows"]}
    expected = demo_home.query(sql)[0][0]
    # A lead that comes back may reach MQL for the first time in a later cycle.
    assert rows[name] == pytest.approx(float(expected), abs=3 if name == "New MQLs" else 1e-9)


def test_the_channel_table_agrees_with_the_mart(demo_home: BuiltHome, published: Path) -> None:
    blocks = next(section["blocks"] for section in as_json(published)["sections"] if section["name"] == "channels")
    rows = {row["label"]: row["cells"] for row in next(one for one in blocks if one["name"] == "channels")["rows"]}
    expected = demo_home.query(
        "select acquisition_channel, sum(count_leads), sum(count_sqls), sum(spend) from marts.channel_conversions "
        "where cohort_month >= date '2026-01-01' group by 1 having sum(count_leads) > 0 or sum(spend) > 0"
    )
    assert set(rows) == {name for name, *_ in expected} | {"All"}
    for name, leads, sqls, spend in expected:
        assert rows[name]["Leads"]["value"] == leads
        assert rows[name]["Per SQL"]["value"] == (pytest.approx(float(spend) / float(sqls)) if spend and sqls else None)
        if leads:
            low, high = proportion_confint(sqls, leads, method="wilson")
            assert rows[name]["Lead to SQL"]["interval"] == f"{fixed(low * 100, 1)} to {fixed(high * 100, 1)}"


def test_intervals_are_those_of_an_independent_library() -> None:
    for part, whole in ((0, 5), (3, 40), (40, 40), (120, 1000)):
        assert wilson(part, whole) == pytest.approx(proportion_confint(part, whole, method="wilson"))
    ours = change_of_shares((30, 100), (20, 110))
    theirs = confint_proportions_2indep(30, 100, 20, 110, method="newcomb", compare="diff")
    assert (ours.low, ours.high) == pytest.approx(theirs)
    assert wilson(0, 0) is None
    assert change_of_counts(5, 0).value is None
    change = change_of_counts(150, 100)
    assert change.value == pytest.approx(0.5)
    assert change.low is not None and change.high is not None and 0 < change.low < 0.5 < change.high


def test_numbers_are_written_as_a_script_would() -> None:
    assert [fixed(value, 0) for value in (2.5, 1234567, -0.4)] == ["3", "1,234,567", "0"]
    assert fixed(-1234.25, 1) == "\N{MINUS SIGN}1,234.3"
    assert (written("rate", 0.1234), written("roi", 0.5), written("count", None)) == ("12.3 %", "+50 %", "\N{EN DASH}")


def test_the_page_is_one_file_that_asks_for_nothing(report: Path) -> None:
    text = report.read_text()
    assert stat.S_IMODE(report.stat().st_mode) & 0o022 == 0
    assert report.stat().st_size < 3_000_000
    for tag, found in Tags(text).elements:
        assert tag not in ("iframe", "object", "embed", "base"), tag
        assert not any(name.startswith("on") for name in found), found
        for name in ("src", "href", "action", "data", "srcset"):
            assert (found.get(name) or "#").startswith(("#", "data:,")), found
    assert "url(" not in text and "@import" not in text
    assert "default-src 'none'" in text


def test_the_page_names_no_lead(demo_home: BuiltHome, report: Path) -> None:
    text = report.read_text()
    leads = {row[0] for row in demo_home.query("select lead_id from marts.leads")}
    assert not leads & set(re.findall(r"\b[0-9a-f]{32}\b", text))
    assert not re.findall(r"[\w.+-]+@[\w-]+\.\w+", text)


def test_values_from_sources_never_become_markup_or_script(changed: Callable[..., Path], tmp_path: Path) -> None:
    tables = {
        "channel_conversions": "acquisition_channel", "leads": "acquisition_channel", "handoffs": "owner_id", "leakage": "owner_id",
        "alignment_rejections": "rejection_reason", "channel_attribution": "channel", "row_accounting": "source_system",
    }  # fmt: skip
    hostile = changed(
        *(f"update marts.{table} set {column} = $1 where {column} = (select min({column}) from marts.{table})" for table, column in tables.items()),
        "update marts.funnel_conversions set segment = $1 where segment_type = 'channel' and segment = (select min(segment) from marts.funnel_conversions where segment_type = 'channel')",
        parameters=[HOSTILE],
    )  # fmt: skip
    target = tmp_path / "report.html"
    write(hostile, target)
    text = target.read_text()
    tags = Tags(text)
    assert len(tags.scripts) == 2
    assert "alert(1)" in text and "<img" not in text and not any(tag == "img" for tag, _ in tags.elements)
    assert "\u202e" not in text and "\u2028" not in text
    assert "{{ 7" in text, "not a template either"
    data = json.loads(tags.scripts[0])
    assert HOSTILE in data["cubes"]["channels"]["groups"]
    with open_published(hostile) as connection:
        cells = [cell for cell in pages.read(connection).cells() if "drop table leads" in (cell.sql or "")]
        assert len(cells) > 20
        assert all(is_same(connection.execute(cell.sql).fetchone()[0], cell.value) for cell in cells)


def test_addresses_of_owners_are_not_shown(changed: Callable[..., Path], tmp_path: Path) -> None:
    tables = ("leads", "handoffs", "leakage")
    copy = changed(
        *(f"update marts.{table} set owner_id = owner_id || '@sales.example'" for table in tables),
        "update marts.funnel_conversions set segment = segment || '@sales.example' where segment_type in ('owner', 'lead_source')",
    )
    write(copy, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text()
    assert "@sales.example" not in text
    assert re.search(r"address [0-9a-f]{8}", text)


def advice(database: Path) -> dict[str, str]:
    """What the page says is to be done, in full, by its title."""
    section = next(one for one in as_json(database)["sections"] if one["name"] == "actions")
    if not section["blocks"] or "titles" not in section["blocks"][0]:
        return {}
    block = section["blocks"][0]
    words = ["".join(part if isinstance(part, str) else part["text"] for part in parts) for parts in block["parts"]]
    return dict(zip(block["titles"], words, strict=True))


def test_what_to_do_next_finds_what_is_planted(published: Path) -> None:
    found = advice(published)
    assert "hand-overs have had no answer" in found["Answer the hand-overs that wait"]
    assert "mql: newsletter_and_opens" in found["Make the rules stricter that sales rejects"]
    assert "fit: email_education" in found["Mend or remove dead rules"]
    assert "Pick up the leads that were lost" in found


def test_what_to_do_next_is_silent_where_the_figures_are(changed: Callable[..., Path]) -> None:
    calm = changed(
        "delete from marts.leakage",
        "update marts.handoffs set is_overdue = false, is_sla_met = true",
        "update marts.alignment set is_too_lenient = false",
        "update marts.channel_conversions set count_customers = 0, spend = 0",
        "update marts.rule_effectiveness set has_fired = true, lift_high = 2",
        "update marts.funnel_targets set is_reached = true",
        "update marts.scorecard_drift set is_drifting = false",
        "update marts.row_accounting set count_quarantined_rows = count_bot_rows + count_future_rows",
    )
    assert advice(calm) == {}


def test_an_owner_who_surely_answers_later_than_others_is_named(changed: Callable[..., Path]) -> None:
    database = changed("update marts.handoffs set is_sla_met = owner_id is distinct from 'owner-07'")
    found = advice(database)
    assert (
        "owner-07 answers 0.0 % of hand-overs in time, the others 100.0 %" in found["Help owner-07 to answer in time"]
    )


def test_a_costly_channel_is_named_when_it_surely_is_one(changed: Callable[..., Path]) -> None:
    made = "when 'Display' then {0} when 'Paid Search' then {1} else 0 end where cohort_month = date '2026-05-01'"
    statements = [
        f"update marts.channel_conversions set {column} = case acquisition_channel {made.format(*values)}"
        for column, values in (("spend", (50000, 10000)), ("count_sqls", (20, 20)), ("count_leads", (100, 100)))
    ]
    rest = "update marts.channel_conversions set spend = 0, count_sqls = 0 where cohort_month <> date '2026-05-01'"
    row = "insert into marts.channel_conversions by name select * replace ('{0}' as acquisition_channel, date '2026-05-01' as cohort_month) from marts.channel_conversions limit 1"
    alone = "delete from marts.channel_conversions where cohort_month = date '2026-05-01'"
    database = changed(alone, row.format("Display"), row.format("Paid Search"), *statements, rest)
    assert "costs 2,500, by the other paid channels together 500" in advice(database)["Spend less on Display"]


def test_what_happened_since_the_build_before_is_counted(demo_home: BuiltHome, changed: Callable[..., Path]) -> None:
    earlier = (
        "insert into marts.build_runs by name select * replace ('before' as build_id, build_number - 1 as build_number, "
        "timestamp '2026-06-24' as as_of) from marts.build_runs where status = 'succeeded' order by build_number desc limit 1"
    )
    section = next(one for one in as_json(changed(earlier))["sections"] if one["name"] == "changes")
    rows = {row["label"]: row["cells"]["Leads"]["value"] for row in section["blocks"][0]["rows"]}
    expected = demo_home.query(
        "select count(*) from marts.lead_stages where sql_at > '2026-06-24' and sql_at <= '2026-07-01'"
    )
    assert rows["New SQLs"] == expected[0][0]


def test_a_month_that_is_not_over_is_not_compared(changed: Callable[..., Path]) -> None:
    database = changed("update marts.build_runs set as_of = timestamp '2026-06-20 12:00:00'")
    with open_published(database) as connection:
        context = pages.read(connection).context
    assert (context.whole, len(context.months)) == (16, 18)
    assert (context.first, context.last) == (11, 16)
    assert context.before(11, 16) == (5, 10)
    assert context.before(12, 17) is None
    assert context.before(0, 5) is None


def test_a_young_database_has_a_page_too(changed: Callable[..., Path], tmp_path: Path) -> None:
    tables = ("leads", "lead_stages", "lead_scores", "handoffs", "leakage", "funnel_conversions", "conversion_curves", "channel_conversions",
              "channel_attribution", "alignment", "alignment_rejections", "opportunities", "scorecard_performance", "scorecard_drift",
              "rule_effectiveness", "row_accounting", "quarantined_rows", "activities", "sessions", "funnel_targets", "criteria_changes")  # fmt: skip
    database = changed(*(f"delete from marts.{table}" for table in tables))
    write(database, tmp_path / "report.html")
    assert "nothing stands out" in (tmp_path / "report.html").read_text()


def test_the_command_writes_page_and_json(run_cli: Callable[..., Any], demo_home: BuiltHome, tmp_path: Path) -> None:
    done = run_cli(demo_home.path, "report", "--output", str(tmp_path / "a" / "page.html"), "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [one["name"] for one in found["sections"]][:2] == ["headline", "actions"]
    assert "Report:" in done.stderr and (tmp_path / "a" / "page.html").exists()


def test_the_build_has_written_the_page(demo_home: BuiltHome) -> None:
    assert "Lead report" in (demo_home.path / "report.html").read_text()


def test_without_a_published_build_the_command_says_so(run_cli: Callable[..., Any], tmp_path: Path) -> None:
    done = run_cli(tmp_path, "report")
    assert done.returncode == 2
    assert "nothing has been published yet" in done.stderr


def test_a_page_that_fails_is_a_warning(
    demo_home: BuiltHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADHOUSE_HOME", str(tmp_path))
    with duckdb.connect(str(tmp_path / "leadhouse.duckdb")) as connection:
        connection.execute("create schema marts")
    with pytest.raises((InputError, duckdb.Error)):
        write(tmp_path / "leadhouse.duckdb", tmp_path / "report.html")
    cli_report.after_publishing()
    said = capsys.readouterr().err
    assert "Warning" in said and "report.html" in said and "leadhouse report" in said
    assert not (tmp_path / "report.html").exists()


@pytest.fixture(scope="module")
def look(report: Path) -> dict[str, Any]:
    """What a browser says of the page; skipped where browser or tools are absent."""
    found: dict[str, Any] = browser_tools.look("look.mjs", str(report))
    return found


def test_a_browser_finds_no_error_no_request_and_no_barrier(look: dict[str, Any], report: Path) -> None:
    assert look["errors"] == []
    assert set(look["requests"]) == {report.as_uri()}
    assert look["barriers"] == []
    assert not any(look["too_wide"])


def test_the_script_draws_what_the_build_wrote(look: dict[str, Any]) -> None:
    assert look["redrawn"]["changed"] and look["redrawn"]["count"] > 1000
    assert look["redrawn"]["differences"] == []


def test_what_the_script_figures_is_what_its_tooltips_say(look: dict[str, Any], demo_home: BuiltHome) -> None:
    figures = look["figures"]
    assert len({one["shown"] for one in figures}) > 5
    assert sum(one["sql"] is not None for one in figures) > 300
    with duckdb.connect(str(demo_home.path / "leadhouse.duckdb"), read_only=True) as connection:
        for one in figures:
            shown = None if one["value"] is None else float(one["value"])
            assert is_same(connection.execute(one["sql"]).fetchone()[0] if one["sql"] else None, shown), one


def test_tables_are_sorted_and_read_by_keyboard(look: dict[str, Any]) -> None:
    assert look["sorted"]["down"] == sorted(look["sorted"]["down"], reverse=True)
    assert look["sorted"]["up"] == sorted(look["sorted"]["up"])
    assert look["sorted"]["said"] == "ascending"
    assert look["keyboard"]["cell"] == "TD" and "marts.channel_conversions" in look["keyboard"]["told"]
    assert look["closed"]

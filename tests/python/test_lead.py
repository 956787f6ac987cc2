"""`leadhouse lead`: every figure against the marts, what is told at other moments, and that values and people stay harmless."""

from __future__ import annotations

import json
import re
import shutil
import stat
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from rich.console import Console

import browser_tools
from conftest import BuiltHome
from explain_fixtures import write_criteria, write_published
from leadhouse import lead_page, show_story
from leadhouse.curve import Step, Threshold, falls_below_at, periods
from leadhouse.errors import InputError
from leadhouse.explain import explain
from leadhouse.paths import LEAD_PAGES, PROJECT_ROOT
from leadhouse.report import charts
from leadhouse.scorebook import Clause
from leadhouse.story import Activity, Story, as_json, lines_of, tell
from privacy_fixtures import EMAIL, FIRST, SECRETS

AS_OF = datetime(2026, 7, 1)
HOSTILE = "</td><script>alert(1)</script><img src=x onerror=alert(2)>=cmd|' /C calc'!A0\x1b[31m\x1b]0;owned\x07[bold]\u202e{{ 7 * 7 }}\n"


@pytest.fixture(scope="module")
def leads(demo_home: BuiltHome) -> dict[str, str]:
    """Leads worth a look, by what they are."""
    one = {
        "busy": "select lead_id from marts.score_ledger where scorecard_id = 'b2b_v1' group by 1 order by bool_or(is_future) desc, count(*) desc, 1 limit 1",
        "active": "select lead_id from marts.activities group by 1 order by count(*) desc, 1 limit 1",
        "cyclic": "select lead_id from marts.stage_transitions group by 1 order by count(*) desc, 1 limit 1",
        "idle": "select lead_id from marts.leads where lead_id not in (select lead_id from marts.activities) order by 1 limit 1",
        "high": "select lead_id from marts.lead_scores where is_champion order by score desc, next_drop_at, 1 limit 1",
        "excluded": "select lead_id from marts.lead_stages where is_excluded order by 1 limit 1",
        "adjusted": "select lead_id from marts.score_ledger where entry_kind = 'adjusted' order by 1 limit 1",
        "told": "select lead_id from marts.sales_alerts order by 1 limit 1",
        "nurtured": "select lead_id from marts.nurture_queue where next_content_name is not null order by 1 limit 1",
    }
    outbox = {"told", "nurtured"}
    found = {
        name: demo_home.query(sql, database="activation.duckdb" if name in outbox else "leadhouse.duckdb")[0][0]
        for name, sql in one.items()
    }
    some = demo_home.query("select lead_id from marts.leads order by lead_id")[::100]
    return {**found, **{f"some{number}": row[0] for number, row in enumerate(some)}}


@pytest.fixture(scope="module")
def stories(demo_home: BuiltHome, leads: dict[str, str]) -> dict[str, Story]:
    return {name: tell(lead, demo_home.path) for name, lead in leads.items()}


def printed(told: Story, last: int = 20, width: int = 200) -> str:
    out = Console(width=width, highlight=False, markup=False, emoji=False, soft_wrap=True)
    with out.capture() as capture:
        show_story.story(out, told, last)
    return capture.get()


# ------------------------------------------------------------------------------------------ figures


@pytest.mark.parametrize(("scorecard", "least"), [("b2b_v1", 300), ("b2b_v2_recency", 100)])
def test_the_curve_is_the_history_of_the_marts(
    demo_home: BuiltHome, leads: dict[str, str], scorecard: str, least: int
) -> None:
    sql = "select score_date, fit_score, engagement_score, score from marts.lead_score_history where lead_id = ? and scorecard_id = ?"
    count = 0
    # By the challenger each other one, for time.
    for lead in [*leads.values()][:: 1 if scorecard == "b2b_v1" else 2]:
        past = tell(lead, demo_home.path, scorecard=scorecard).past
        ends = {step.moment.date(): (step.fit, step.engagement, step.score) for step in past}
        assert ends == {row[0]: row[1:] for row in demo_home.query(sql, [lead, scorecard])}
        count += len(past)
    assert count > least


def test_the_curve_is_what_explain_adds_up_at_any_moment(demo_home: BuiltHome, stories: dict[str, Story]) -> None:
    moments = [datetime(2026, 3, 1), datetime(2026, 6, 15, 12, 30), AS_OF, datetime(2026, 7, 20)]
    for name in ("busy", "cyclic"):
        told = stories[name]
        for moment in moments:
            assert told.score_at(moment) == explain(told.answer.lead_id, demo_home.path, moment).score.score


def test_points_and_limits_are_the_reasons_of_the_marts(demo_home: BuiltHome, stories: dict[str, Story]) -> None:
    sql = "select rule_id, points from marts.lead_score_reasons where lead_id = ? and scorecard_id = 'b2b_v1'"
    for told in stories.values():
        score = told.answer.score
        shown = [(one.rule_id, one.points) for one in told.reasons] + [(one.limit, one.points) for one in score.clamps]
        assert sorted(shown) == sorted(demo_home.query(sql, [told.answer.lead_id]))
        assert sum(points for _, points in shown) == score.score
        entries = [entry.points for entry in told.answer.entries] + [clamp.points for clamp in score.clamps]
        assert sum(entries) == score.score
        rules = [f"{one.group_id} {one.rule_id}" for one in told.answer.entries]
        assert all(Counter(rules)[f"{one.group_id} {one.rule_id}"] == one.count_entries for one in told.reasons)


def test_the_headline_is_the_row_of_lead_scores(demo_home: BuiltHome, stories: dict[str, Story]) -> None:
    columns = ["score", "fit_score", "engagement_score", "grade", "score_7_days_ago", "score_30_days_ago", "next_drop_at", "next_drop_points"]  # fmt: skip
    sql = f"select {', '.join(columns)} from marts.lead_scores where is_champion and lead_id = ?"
    count_drops = 0
    for told in stories.values():
        ((*expected,),) = demo_home.query(sql, [told.answer.lead_id])
        found = as_json(told)
        for name, value in zip(columns, expected, strict=True):
            plain = value.isoformat() if isinstance(value, datetime) else value
            assert (Decimal(str(found[name])) if isinstance(value, Decimal) else found[name]) == plain, name
        count_drops += expected[-1] is not None
    assert count_drops > 3


def test_stages_are_the_transitions_of_the_marts(demo_home: BuiltHome, stories: dict[str, Story]) -> None:
    sql = "select cycle_number, stage, decided_by, rule_id, reason, score, entered_at from marts.stage_transitions where lead_id = ? order by all"
    for told in stories.values():
        shown = [
            (one.cycle_number, one.stage, one.decided_by, one.rule_id, one.reason, one.score, one.entered_at)
            for one in told.answer.standing.transitions
        ]
        expected = demo_home.query(sql, [told.answer.lead_id])
        assert Counter(shown) == Counter(expected)
        # Marks in the picture stand where the score was.
        assert all(told.score_at(row[-1]) == row[-2] for row in expected)


def test_activities_are_those_of_the_mart_and_lines_count_each_once(
    demo_home: BuiltHome, stories: dict[str, Story]
) -> None:
    sql = "select occurred_at, known_at, activity_type, category, channel, content_name, sequence_name, is_inbound from marts.activities where lead_id = ?"
    days = "select count(distinct (cast(occurred_at as date), activity_type, channel)) from marts.activities where lead_id = ?"
    for told in stories.values():
        lead = told.answer.lead_id
        assert Counter(told.activities) == Counter(Activity(*row) for row in demo_home.query(sql, [lead]))
        lines = lines_of(told.activities)
        assert sum(line.count for line in lines) == len(told.activities)
        assert len(lines) == demo_home.query(days, [lead])[0][0]
        assert all(one.last_at >= other.last_at for one, other in pairwise(lines))


def test_what_to_send_next_is_the_outbox(demo_home: BuiltHome, stories: dict[str, Story]) -> None:
    queue = (
        "select next_content_type, next_content_name, channel, topic, why from marts.nurture_queue where lead_id = ?"
    )
    for name, told in stories.items():
        rows = demo_home.query(queue, [told.answer.lead_id], "activation.duckdb")
        content = told.content
        assert rows == [] if content is None else rows == [tuple(vars(content).values())], name
        assert (content is None) == bool(told.content_note)
        topics = "select topic, count_activities, last_activity_at from marts.lead_topics where lead_id = ? order by topic_rank"
        assert [tuple(vars(one).values()) for one in told.topics] == demo_home.query(topics, [told.answer.lead_id])
    assert stories["nurtured"].content is not None
    ((step,),) = demo_home.query(
        "select next_step from marts.sales_alerts where lead_id = ? order by entered_at desc limit 1",
        [stories["told"].answer.lead_id],
        "activation.duckdb",
    )
    assert stories["told"].next_step == step
    assert step in printed(stories["told"])


def test_the_score_falls_below_a_threshold_at_the_moment_that_is_said(demo_home: BuiltHome) -> None:
    high = (
        "select lead_id, score from marts.lead_scores where is_champion and score >= 60 order by score, lead_id limit 5"
    )
    dated = []
    for lead, score in demo_home.query(high):
        told = tell(lead, demo_home.path)
        mql, sql = told.outlooks
        assert (mql.stage, mql.needed, sql.stage, sql.needed) == ("mql", 60, "sql", 90)
        assert (mql.is_met, sql.is_met) == (True, score >= 90)
        if mql.falls_below_at is None:
            assert all(step.score >= 60 for step in told.future)
            continue
        dated.append(mql.falls_below_at)
        just_before = mql.falls_below_at - timedelta(microseconds=1)
        assert explain(lead, demo_home.path, mql.falls_below_at).score.score < 60
        assert explain(lead, demo_home.path, just_before).score.score >= 60
        assert min(step.moment for step in told.future if step.score < 60) == mql.falls_below_at
        assert f"falls below them on {mql.falls_below_at:%Y-%m-%d %H:%M:%S}" in printed(told)
    assert len(dated) >= 2


def test_a_threshold_that_rises_or_ends_is_looked_at_too() -> None:
    now, later, last = datetime(2026, 7, 1), datetime(2026, 8, 1), datetime(2026, 9, 1)
    clause = Clause("mql", "by_score", 1, "score", ">=", Decimal(30), "", datetime.min, later)
    steps = [Step(datetime(2026, 1, 1), Decimal(40), Decimal(0), Decimal(40)), Step(last, *[Decimal(20)] * 3)]
    higher = replace(clause, needed=Decimal(50), valid_from=later, valid_to=datetime.max)
    assert falls_below_at(steps, Threshold("mql", "by_score", [clause, higher]), now) == later
    assert falls_below_at(steps, Threshold("mql", "by_score", [clause]), now) is None
    lasting = replace(clause, valid_to=datetime.max)
    assert falls_below_at(steps, Threshold("mql", "by_score", [lasting]), now) == last
    assert falls_below_at(steps, Threshold("mql", "by_score", [lasting]), last) is None


def test_the_exposure_names_the_marts_that_are_read() -> None:
    folder = PROJECT_ROOT / "scripts" / "leadhouse"
    code = "".join((folder / f"{name}.py").read_text() for name in ("story", "lead_page", "explain", "standing"))
    exposures = yaml.safe_load((PROJECT_ROOT / "models" / "exposures.yml").read_text())["exposures"]
    named = next(one["depends_on"] for one in exposures if one["name"] == "lead")
    assert {f"ref('{name}')" for name in re.findall(r"\bmarts\.([a-z]\w+)", code)} == set(named)


# ------------------------------------------------------------------------------------------ other moments


def test_at_an_earlier_moment_nothing_later_is_known(demo_home: BuiltHome, leads: dict[str, str]) -> None:
    moment = datetime(2026, 4, 1)
    told = tell(leads["busy"], demo_home.path, moment)
    assert told.activities and all(max(one.known_at, one.occurred_at) <= moment for one in told.activities)
    assert told.past[-1].moment <= moment and told.future == [] and told.next_drop is None
    assert told.content is None and told.topics == [] and "as of the build only" in told.content_note
    assert all(one.falls_below_at is None for one in told.outlooks)
    assert as_json(told)["if_nothing_else_happens"] is None
    assert "no fall is in sight" not in printed(told)


def test_before_it_was_a_lead_and_at_the_ends_of_time(demo_home: BuiltHome, leads: dict[str, str]) -> None:
    early = tell(leads["busy"], demo_home.path, datetime(1, 1, 1))
    assert early.first_at is None
    assert "It was no lead yet" in printed(early) and "It was no lead yet" in lead_page.render(early, 20)
    late = tell(leads["busy"], demo_home.path, datetime(9999, 12, 31))
    assert late.future == []
    assert "weeks" in printed(late) and "<svg" in lead_page.render(late, 20)


def test_a_lead_that_did_nothing_has_a_story(stories: dict[str, Story]) -> None:
    text = printed(stories["idle"])
    assert "No activity is known." in text
    assert "No activity is known." in lead_page.render(stories["idle"], 20)


# ------------------------------------------------------------------------------------------ the terminal


def test_the_terminal_shows_each_part_without_colours(
    demo_home: BuiltHome, stories: dict[str, Story], run_cli: Callable[..., Any]
) -> None:
    lead = stories["cyclic"].answer.lead_id
    done = run_cli(demo_home.path, "lead", lead, "--last", "3")
    assert done.returncode == 0, done.stderr
    assert "\x1b" not in done.stdout and done.stderr == ""
    for part in (f"Lead {lead} at 2026-07-01", "Score at the end of each", "MQL 60", "^MQL", "Stage: ", "Behind the score", "sum = score", "Next content: ", "Activities ("):  # fmt: skip
        assert part in done.stdout
    lines = lines_of(stories["cyclic"].activities)
    left = sum(line.count for line in lines[3:])
    assert f"{left} older activities are left out; --last {len(lines)} shows all." in done.stdout


def test_columns_of_the_plot_are_as_high_as_the_score(stories: dict[str, Story]) -> None:
    told = stories["busy"]
    text = printed(told)
    plot = text[text.index("Score at the end of each week") :].splitlines()[1:9]
    assert told.first_at is not None
    _, ends = periods(told.first_at, AS_OF, 72)
    top = max([Decimal(90), *(told.score_at(end) for end in ends)])
    blocks = " ▁▂▃▄▅▆▇█"
    wide = max(1, min(4, 72 // len(ends)))
    for number, end in enumerate(ends):
        cells = [line.ljust(200)[7 + number * wide].replace("-", " ") for line in plot]
        height = sum(blocks.index(cell) for cell in cells) / Decimal(64) * top
        assert 0 <= height - told.score_at(end) < top / 64 + Decimal("0.000001")


def test_a_terminal_without_blocks_gets_letters(stories: dict[str, Story], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Console, "encoding", property(lambda _: "ascii"))
    assert printed(stories["busy"]).isascii()


def test_periods_end_at_the_end_and_are_few() -> None:
    last = datetime(2026, 7, 1, 5)
    for days, length in ((0.5, 1), (56, 1), (57, 7), (72 * 7, 7), (72 * 7 + 1, 14), (365 * 20, 112)):
        found, ends = periods(last - timedelta(days=days), last, 72)
        assert (found.days, ends[-1]) == (length, last)
        assert len(ends) <= 72 and ends[0] - found <= last - timedelta(days=days) <= ends[0]


# ------------------------------------------------------------------------------------------ the page


def test_the_page_is_private_and_its_path_is_said(
    demo_home: BuiltHome, leads: dict[str, str], run_cli: Callable[..., Any], tmp_path: Path
) -> None:
    done = run_cli(demo_home.path, "lead", leads["busy"], "--html")
    path = demo_home.path / LEAD_PAGES / f"{leads['busy']}.html"
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"Page:    {path}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    done = run_cli(demo_home.path, "lead", leads["busy"], "--output", str(tmp_path / "new" / "x.html"), "--json")
    assert done.returncode == 0 and "`leadhouse forget` does not look" in done.stderr
    assert stat.S_IMODE((tmp_path / "new" / "x.html").stat().st_mode) == 0o600
    assert (tmp_path / "new" / "x.html").read_text() == path.read_text()
    found = json.loads(done.stdout)
    assert found == json.loads(json.dumps(as_json(tell(leads["busy"], demo_home.path))))


def test_a_page_is_not_left_when_the_lead_is_gone(
    demo_home: BuiltHome, stories: dict[str, Story], tmp_path: Path
) -> None:
    shutil.copy(demo_home.path / "leadhouse.duckdb", tmp_path)
    told = stories["idle"]
    with duckdb.connect(str(tmp_path / "leadhouse.duckdb")) as connection:
        connection.execute("delete from marts.leads where lead_id = ?", [told.answer.lead_id])
    with pytest.raises(InputError, match="is not published any more"):
        lead_page.write(tmp_path, lead_page.default_path(tmp_path, told), told, 20)
    assert list((tmp_path / LEAD_PAGES).iterdir()) == []


def test_a_lead_id_never_leads_out_of_the_folder(stories: dict[str, Story]) -> None:
    told = stories["idle"]
    for name in ("../../x", "a/b", "", ".", "x" * 300, "\0"):
        odd = replace(told, answer=replace(told.answer, lead_id=name))
        path = lead_page.default_path(Path("/home"), odd)
        assert path.parent == Path("/home") / LEAD_PAGES and re.fullmatch(r"[0-9a-f]{64}\.html", path.name)


def test_the_picture_goes_through_every_step(stories: dict[str, Story]) -> None:
    told = stories["busy"]
    page = lead_page.render(told, 20)
    d = re.search(r'class="line line0" d="M([^"]+)"/><path class="line line1"', page)
    assert d is not None and told.first_at is not None
    corners = [tuple(map(float, one.split(","))) for one in d[1].split(" L")]
    zero = charts.HEIGHT - charts.BOTTOM
    drawn = [(zero - y) / (zero - charts.TOP) * 100 for _, y in corners]
    shown = [float(step.score) for step in told.past]
    # Each step is a corner of the line and the end of the level before it.
    expected = [shown[0], *(value for one, other in pairwise(shown) for value in (one, other)), shown[-1], shown[-1]]
    assert drawn == pytest.approx(expected, abs=0.06)
    assert page.count('<circle class="mark"') == len(told.answer.standing.transitions) - 1
    for name in ("Score", "Threshold of MQL", "Threshold of SQL", "If nothing else happens"):
        assert f"</svg>{name}</li>" in page
    for step in told.past:
        assert f'<th scope="row">{step.moment:%Y-%m-%d %H:%M:%S}</th>' in page


def test_a_threshold_is_drawn_as_it_was_at_each_time(demo_home: BuiltHome) -> None:
    old = "select lead_id from marts.leads where created_at < '2025-06-01' order by created_at limit 1"
    ((lead,),) = demo_home.query(old)
    chart = lead_page._chart(tell(lead, demo_home.path))
    assert chart is not None
    mql = next(line for line in chart.lines if line.name == "Threshold of MQL")
    assert [y for _, y in mql.points] == [55, 60, 60]


# ------------------------------------------------------------------------------------------ harm


def test_values_from_sources_do_no_harm(demo_home: BuiltHome, leads: dict[str, str], tmp_path: Path) -> None:
    for name in ("leadhouse.duckdb", "activation.duckdb", "secret.key"):
        shutil.copy(demo_home.path / name, tmp_path)
    lead = leads["nurtured"]
    with duckdb.connect(str(tmp_path / "leadhouse.duckdb")) as connection:
        for column in ("activities.content_name", "activities.channel", "activities.activity_type", "score_ledger.description", "score_ledger.rule_id", "stage_transitions.reason", "stage_transitions.rule_id", "lead_topics.topic", "lead_stages.exclusion_reason"):  # fmt: skip
            table, _, name = column.partition(".")
            connection.execute(f"update marts.{table} set {name} = $1 where lead_id = $2", [HOSTILE, lead])
        connection.execute(
            "update marts.stage_transitions set decided_by = 'crm', rule_id = null where stage <> 'lead'"
        )
        connection.execute("update marts.lead_stages set is_excluded = true where lead_id = $1", [lead])
    with duckdb.connect(str(tmp_path / "activation.duckdb")) as connection:
        for name in ("next_content_type", "next_content_name", "why", "channel"):
            connection.execute(f"update marts.nurture_queue set {name} = $1 where lead_id = $2", [HOSTILE, lead])
    told = tell(lead, tmp_path)
    assert told.content is not None and told.content.why == HOSTILE and told.activities and told.topics
    text, page = printed(told, last=1000), lead_page.render(told, 1000)
    for output in (text, page):
        assert "alert(1)" in output and "\\x1b[31m" in output and "[bold]" in output and "{{ 7 * 7 }}" in output
        assert not any(character in output for character in ("\x1b", "\x07", "\u202e"))
    assert "<script" not in page and "<img" not in page and "onerror=alert(2)&gt;" in page
    assert not re.search(r"<[a-z]+[^>]*\son\w+=", page)
    assert json.loads(json.dumps(as_json(told)))["next_content"]["why"] == HOSTILE


def test_no_output_names_the_person(canary_home: BuiltHome) -> None:
    assert canary_home.work("select count(*) from marts.leads where first_name = ?", [FIRST]) == [(1,)]
    told = tell(EMAIL, canary_home.path)
    for output in (printed(told, last=1000), lead_page.render(told, 1000), json.dumps(as_json(told))):
        assert told.answer.lead_id in output
        assert [secret for secret in SECRETS if secret.lower() in output.lower()] == []


def test_without_an_outbox_the_rest_is_told(demo_home: BuiltHome, leads: dict[str, str], tmp_path: Path) -> None:
    for name in ("leadhouse.duckdb", "secret.key"):
        shutil.copy(demo_home.path / name, tmp_path)
    told = tell(leads["nurtured"], tmp_path)
    assert told.content is None and "There is no outbox" in printed(told)
    (tmp_path / "activation.duckdb").write_bytes(b"not a database")
    assert "The outbox cannot be read" in printed(tell(leads["nurtured"], tmp_path))


def test_mistakes_are_clear_errors(demo_home: BuiltHome, tmp_path: Path, run_cli: Callable[..., Any]) -> None:
    done = run_cli(demo_home.path, "lead", "nobody@x.example", "--html")
    assert done.returncode == 2 and "is not a lead of the published database" in done.stderr and done.stdout == ""
    with pytest.raises(InputError, match="is not known"):
        tell("x", demo_home.path, scorecard="none")
    with pytest.raises(InputError, match="nothing has been published yet"):
        tell("x", tmp_path / "empty")
    root = write_criteria(tmp_path / "project")
    write_published(tmp_path / "other", root)
    with pytest.raises(InputError, match=r"stands for 2 leads\. Name one of them: ann, bob"):
        tell("v9", tmp_path / "other", project_root=root)
    with pytest.raises(InputError, match=r"lacks a table or column.*run `leadhouse build` again"):
        tell("ann", tmp_path / "other", project_root=root)


# ------------------------------------------------------------------------------------------ the browser


def test_a_browser_finds_no_barrier(demo_home: BuiltHome, stories: dict[str, Story], tmp_path: Path) -> None:
    pages = [tmp_path / f"{name}.html" for name in ("cyclic", "idle")]
    for page in pages:
        lead_page.write(demo_home.path, page, stories[page.stem], 20)
    found = browser_tools.look("look_plain.mjs", "", *map(str, pages))
    for page, one in zip(pages, found, strict=True):
        assert (one["errors"], one["barriers"], one["too_wide"]) == ([], [], [False, False])
        assert set(one["requests"]) == {page.as_uri()}
        assert {"To the score", "Score, step by step, as a table", "Points behind the score"} <= set(one["stops"])
        assert one["folded"]["printed"] and all(one["folded"]["printed"]) and not any(one["folded"]["shown"])

"""`explain` adds up at every moment, looks leads up safely, and says why a lead is or is not an MQL."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from explain_fixtures import SEEDS, write_criteria, write_published
from leadhouse import show_lead
from leadhouse.errors import InputError
from leadhouse.explain import Entry, Explanation, add_up, explain
from leadhouse.scorebook import Group, Scorebook, load_scorebook

BEFORE_MQL = datetime(2026, 6, 9, 10)
MQL_AT = datetime(2026, 6, 10, 10)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Home and project root of the hand-made world."""
    folder = tmp_path_factory.mktemp("explain")
    root = write_criteria(folder / "project")
    write_published(folder / "home", root)
    return folder / "home", root


def ask(
    world: tuple[Path, Path], lead: str, moment: datetime | None = None, scorecard: str | None = None
) -> Explanation:
    return explain(lead, world[0], moment, scorecard, world[1])


def printed(answer: Explanation, width: int = 200) -> str:
    out = Console(width=width, highlight=False, markup=False, emoji=False)
    with out.capture() as capture:
        show_lead.explanation(out, answer)
    return capture.get()


@pytest.mark.parametrize(
    ("moment", "fit", "engagement", "score", "grade"),
    [
        ("2026-06-01 08:59:59", 0, 0, 0, "B3"),
        ("2026-06-01 09:00:00", 15, 0, 15, "A3"),
        ("2026-06-05 09:59:59", 15, 0, 15, "A3"),
        ("2026-06-05 10:00:00", 15, 10, 25, "A2"),
        ("2026-06-10 10:00:00", 15, 25, 40, "A1"),
        ("2026-07-01 00:00:00", 15, 25, 40, "A1"),
        ("2026-07-05 10:00:00", 15, 25, 40, "A1"),
        ("2026-09-08 10:00:00", 15, 5, 20, "A3"),
    ],
)
def test_the_score_of_any_moment_is_the_sum_of_its_parts(
    world: tuple[Path, Path], moment: str, fit: int, engagement: int, score: int, grade: str
) -> None:
    answer = ask(world, "ann", datetime.fromisoformat(moment))
    assert (answer.score.fit, answer.score.engagement, answer.score.score) == (fit, engagement, score)
    assert answer.score.grade == grade
    parts = [entry.points for entry in answer.entries] + [clamp.points for clamp in answer.score.clamps]
    assert sum(parts) == answer.score.score


def test_clamps_of_group_and_dimension_are_named(world: tuple[Path, Path]) -> None:
    clamps = {clamp.limit: clamp.points for clamp in ask(world, "ann").score.clamps}
    assert clamps == {"clamp:company": -5, "clamp:risk": 3, "clamp:web": -10}
    clamps = {clamp.limit: clamp.points for clamp in ask(world, "bob").score.clamps}
    assert clamps == {"clamp:risk": 3, "clamp:fit": 5}


@settings(max_examples=60, deadline=None)
@given(
    points=st.lists(st.tuples(st.sampled_from(["one", "two", "three"]), st.decimals(-60, 60, places=6)), max_size=20),
    limits=st.lists(st.tuples(st.integers(-30, 0), st.integers(0, 40)), min_size=3, max_size=3),
    max_score=st.one_of(st.none(), st.integers(1, 60)),
)
def test_entries_and_clamps_always_sum_to_the_score(
    points: list[tuple[str, Decimal]], limits: list[tuple[int, int]], max_score: int | None
) -> None:
    names = {"one": "fit", "two": "engagement", "three": "engagement"}
    groups = {
        name: Group(name, dimension, Decimal(low), Decimal(high))
        for (name, dimension), (low, high) in zip(names.items(), limits, strict=True)
    }
    book = Scorebook("main", None if max_score is None else Decimal(max_score), groups, {})
    moment = datetime(2026, 1, 1)
    entries = [
        Entry(moment, "rule", group, names[group], "granted", value, value, "", None, None, None, None)
        for group, value in points
    ]
    score = add_up(entries, book)
    assert (
        sum((entry.points for entry in entries), Decimal(0)) + sum(clamp.points for clamp in score.clamps)
        == score.score
    )
    assert score.fit >= 0 and score.engagement >= 0
    assert score.score <= (score.fit + score.engagement if max_score is None else max_score)


def test_an_mql_is_explained_by_its_rule_time_and_score(world: tuple[Path, Path]) -> None:
    answer = ask(world, "ann")
    assert answer.standing.stage == "sal"
    entry = answer.standing.transitions[1]
    assert (entry.stage, entry.entered_at, entry.rule_id, entry.score) == ("mql", MQL_AT, "by_score", 40)
    assert answer.standing.next_stage == "sql"
    text = printed(answer)
    assert "2026-06-10 10:00:00  MQL by rule by_score with a score of 40: Score of 30 or more" in text
    assert "2026-06-11 08:00:00  SAL by the CRM" in text
    assert "Not an SQL: no rule has all its clauses met." in text
    assert "  by_demo: Asked for a demo twice\n    not met  count:demo_request is 1, needs >= 2\n" in text


def test_a_day_before_it_says_what_was_missing(world: tuple[Path, Path]) -> None:
    answer = ask(world, "ann", BEFORE_MQL)
    assert (answer.standing.stage, len(answer.standing.transitions), answer.standing.next_stage) == ("lead", 1, "mql")
    checks = {(check.clause.rule_id, check.clause.clause): check for check in answer.standing.checks}
    facts = {key: (check.actual, check.clause.needed, check.is_met) for key, check in checks.items()}
    assert facts == {
        ("by_pricing", 1): (1, 3, False),
        ("by_score", 1): (25, 30, False),
        ("by_score", 2): (15, 10, True),
    }
    text = printed(answer)
    assert "Not an MQL: no rule has all its clauses met." in text
    assert "  by_score: Score of 30 or more\n    not met  score is 25, needs >= 30\n" in text
    assert "met      fit_score is 15, needs >= 10  ... and a fit of 10 or more" in text


def test_what_was_never_counted_is_zero(world: tuple[Path, Path]) -> None:
    checks = ask(world, "ann", datetime(2026, 6, 2)).standing.checks
    assert {check.clause.rule_id: check.actual for check in checks} == {"by_pricing": 0, "by_score": 15}


def test_a_threshold_is_that_of_its_time(world: tuple[Path, Path]) -> None:
    book = load_scorebook(world[1], None)
    needed = {
        moment: [(clause.rule_id, clause.needed) for clause in book.clauses_at("mql", datetime.fromisoformat(moment))]
        for moment in ("2025-12-31 23:59:59.999999", "2026-05-31 23:59:59.999999", "2026-06-01")
    }
    assert needed == {
        "2025-12-31 23:59:59.999999": [("by_luck", 1), ("by_pricing", 3), ("by_score", 12), ("by_score", 10)],
        "2026-05-31 23:59:59.999999": [("by_pricing", 3), ("by_score", 12), ("by_score", 10)],
        "2026-06-01": [("by_pricing", 3), ("by_score", 30), ("by_score", 10)],
    }


def test_a_recycled_lead_is_asked_for_a_new_mql_and_a_disqualified_one_for_nothing(world: tuple[Path, Path]) -> None:
    recycled = ask(world, "cyd", datetime(2026, 6, 5)).standing
    assert (recycled.stage, recycled.next_stage) == ("recycled", "mql")
    again = ask(world, "cyd", datetime(2026, 6, 6)).standing
    assert (again.stage, again.next_stage) == ("sql", None)
    answer = ask(world, "cyd")
    assert (answer.standing.stage, answer.standing.next_stage, answer.standing.checks) == ("disqualified", None, [])
    text = printed(answer)
    assert "2026-06-05 00:00:00  recycled by the CRM: no [bold]budget[/bold]" in text
    assert "2026-06-06 00:00:00  MQL (cycle 2) by rule by_pricing with a score of 0: Three pricing views" in text


def test_after_the_as_of_time_only_the_score_goes_on(world: tuple[Path, Path]) -> None:
    answer = ask(world, "bob", datetime(2026, 12, 1))
    assert answer.standing.stage == "lead"
    assert "if nothing happens after it" in answer.notes[0]


def test_the_stage_begins_at_its_very_moment(world: tuple[Path, Path]) -> None:
    assert [entry.stage for entry in ask(world, "ann", MQL_AT).standing.transitions] == ["lead", "mql"]
    before = ask(world, "ann", MQL_AT - timedelta(microseconds=1)).standing
    assert [entry.stage for entry in before.transitions] == ["lead"]


def test_an_excluded_lead_and_a_moment_before_the_lead(world: tuple[Path, Path]) -> None:
    assert ask(world, "bob").standing.exclusion == "competitor"
    assert "Excluded (competitor): enters no stage by rule." in printed(ask(world, "bob"))
    early = ask(world, "ann", datetime(2026, 6, 1, 8, 59, 59))
    assert (early.standing.stage, early.standing.next_stage, early.entries) == ("not a lead yet", None, [])
    assert "Stage: not a lead yet (became one at 2026-06-01 09:00:00)" in printed(early)


def test_what_fades_next(world: tuple[Path, Path]) -> None:
    now = [(fade.rule_id, fade.points, fade.entered_at) for fade in ask(world, "ann").fades]
    assert now == [("pricing", -10, datetime(2026, 7, 5, 10)), ("demo", -20, datetime(2026, 9, 8, 10))]
    # The demo was not asked for yet, so its end was not in sight either.
    assert [fade.rule_id for fade in ask(world, "ann", BEFORE_MQL).fades] == ["pricing"]
    assert ask(world, "ann", datetime(2027, 1, 1)).fades == []


def test_running_totals_follow_the_rule(world: tuple[Path, Path]) -> None:
    entries = ask(world, "ann", datetime(2026, 7, 6)).entries
    totals = [(entry.points, entry.rule_total, entry.activity_type) for entry in entries if entry.rule_id == "pricing"]
    assert totals == [(10, 10, "pricing_page_view"), (-10, 0, "pricing_page_view")]


@pytest.mark.parametrize("text", ["ann", "ann@example.com", "  ANN@Example.COM ", "17"])
def test_a_lead_is_found_by_id_and_by_email(world: tuple[Path, Path], text: str) -> None:
    assert ask(world, text).lead_id == "ann"


@pytest.mark.parametrize("text", ["nobody@example.com", "", "'; drop table marts.leads; --", "[bold]x[/bold]"])
def test_an_unknown_lead_is_a_clear_error(world: tuple[Path, Path], text: str) -> None:
    with pytest.raises(InputError, match="is not a lead of the published database"):
        ask(world, text)


def test_an_identifier_of_two_leads_names_both(world: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match=r"stands for 2 leads\. Name one of them: ann, bob"):
        ask(world, "v9")


def test_another_scorecard_and_an_unknown_one(world: tuple[Path, Path]) -> None:
    assert ask(world, "ann", scorecard="late").score.score == 50
    with pytest.raises(InputError, match="Known are: main, late"):
        ask(world, "ann", scorecard="none")


def test_without_a_published_database_it_says_what_to_run(tmp_path: Path, world: tuple[Path, Path]) -> None:
    with pytest.raises(InputError, match="nothing has been published yet"):
        explain("ann", tmp_path, project_root=world[1])
    assert not (tmp_path / "secret.key").exists()


def test_criteria_changed_after_the_build_are_said_out_loud(tmp_path: Path) -> None:
    root = write_criteria(tmp_path / "project")
    write_published(tmp_path / "home", root)
    assert explain("ann", tmp_path / "home", project_root=root).notes == []
    scorecards = SEEDS["scoring/scorecards.csv"].replace("true,40", "true,30")
    (root / "seeds/scoring/scorecards.csv").write_text(scorecards, encoding="utf-8")
    notes = explain("ann", tmp_path / "home", project_root=root).notes
    assert any("criteria have changed" in note for note in notes)
    assert any("published score is 40" in note for note in notes)


def test_values_from_data_are_printed_as_data(world: tuple[Path, Path]) -> None:
    assert "Met at the [red]fair[/red]" in printed(ask(world, "ann"))


def test_a_database_of_another_version_is_a_clear_error(tmp_path: Path) -> None:
    root = write_criteria(tmp_path / "project")
    with duckdb.connect(str(write_published(tmp_path / "home", root))) as connection:
        connection.execute("drop table marts.stage_transitions")
    with pytest.raises(InputError, match=r"lacks a table or column.*run `leadhouse build` again"):
        explain("ann", tmp_path / "home", project_root=root)

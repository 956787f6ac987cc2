"""Learned points from a real build: what the matrix holds, what leaks, and that a challenger scores as its card says."""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from build_fixtures import parsed_already
from conftest import BuiltHome
from leadhouse.build import BuildOptions, run_build
from leadhouse.criteria import check_criteria
from leadhouse.errors import InputError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.records import criteria_hash
from leadhouse.tuning import edits, evidence, points_run
from leadhouse.tuning.points_card import Card, CardGroup, CardRule
from leadhouse.tuning.points_challenger import challenger_of, threshold_of_volume
from leadhouse.tuning.points_columns import Condition, by_name
from leadhouse.tuning.points_matrix import Matrix, take_matrix
from test_bad_input import copy_project

DECISION, HORIZON = 7, 60


@pytest.fixture(scope="module")
def taken(demo_home: BuiltHome) -> Iterator[tuple[Matrix, list[tuple[Any, ...]]]]:
    """The matrix of the demo world, and each of its leads with its decision time and outcome."""
    with evidence.memory(demo_home.path) as connection:
        with evidence.history(connection, demo_home.path, "test") as origin:
            matrix = take_matrix(connection, origin, "sql", DECISION, HORIZON)
        yield (
            matrix,
            connection.execute("select lead_id, decided_at, has_won from decisions order by number").fetchall(),
        )


# --------------------------------------------------------------------------------------------------- matrix


def test_leads_are_judged_that_are_old_enough_and_had_no_outcome_yet(
    taken: tuple[Matrix, list[tuple[Any, ...]]], demo_home: BuiltHome
) -> None:
    matrix, leads = taken
    results = demo_home.work("select lead_id, created_at, sql_at from intermediate.lead_results")
    (as_of,) = demo_home.work("select as_of from intermediate.last_build")[0]
    expected = {}
    for lead_id, created_at, sql_at in results:
        decided_at = created_at + timedelta(days=DECISION)
        if decided_at + timedelta(days=HORIZON) <= as_of and not (sql_at and sql_at <= decided_at):
            expected[lead_id] = bool(sql_at and sql_at <= decided_at + timedelta(days=HORIZON))
    assert {lead_id: won for lead_id, _, won in leads} == expected
    assert len(results) == len(leads) + matrix.count_too_young + matrix.count_had_outcome
    assert list(matrix.wins) == [won for *_, won in leads]
    assert 15 < matrix.wins.sum() < len(leads) / 2


def test_activities_count_as_far_as_they_were_known(
    taken: tuple[Matrix, list[tuple[Any, ...]]], demo_home: BuiltHome
) -> None:
    matrix, leads = taken
    found = demo_home.work("select lead_id, activity_type, occurred_at, known_at from intermediate.activity_records")
    decided = {lead_id: moment for lead_id, moment, _ in leads}
    for name in ("page_view:7", "page_view:ever", "email_open:30"):
        activity_type, _, window = name.partition(":")
        counts = Counter(
            lead_id
            for lead_id, kind, occurred_at, known_at in found
            if kind == activity_type and lead_id in decided and known_at <= decided[lead_id]
            if window == "ever" or decided[lead_id] < occurred_at + timedelta(days=int(window))
        )
        (column,) = (column for column in matrix.columns if column.name == name)
        assert list(column.values) == [counts[lead_id] for lead_id, *_ in leads]
    assert not any(column.activity_type in ("meeting_held", "sales_call_connected") for column in matrix.columns)


def test_rules_hold_where_their_entries_add_up_to_points_by_then(
    taken: tuple[Matrix, list[tuple[Any, ...]]], demo_home: BuiltHome
) -> None:
    matrix, leads = taken
    rules = [column for column in matrix.columns if column.kind == "rule"]
    assert len(rules) > 20
    entries = demo_home.query(
        "select lead_id, rule_id, entered_at, points from marts.score_ledger where scorecard_id = 'b2b_v1'"
    )
    decided = {lead_id: moment for lead_id, moment, _ in leads}
    sums: Counter[tuple[str, str]] = Counter()
    for lead_id, rule_id, entered_at, points in entries:
        if lead_id in decided and entered_at <= decided[lead_id]:
            sums[lead_id, rule_id] += Decimal(points)
    for column in rules:
        rule_id = column.name.removeprefix("rule:")
        assert list(column.values) == [sums[lead_id, rule_id] != 0 for lead_id, *_ in leads], rule_id


def test_attributes_have_the_value_of_the_decision_time(
    taken: tuple[Matrix, list[tuple[Any, ...]]], demo_home: BuiltHome
) -> None:
    matrix, leads = taken
    (interest,) = (column for column in matrix.columns if column.name == "product_interest")
    rows = demo_home.work(
        """
        select nodes.lead_id, history.value, history.recorded_at, leads.created_at
        from intermediate.conformed_lead_attributes as history
        inner join intermediate.lead_nodes as nodes
            on nodes.node = 'record:' || history.source_system || ':' || history.lead_source_id
        inner join intermediate.resolved_leads as leads on leads.lead_id = nodes.lead_id
        where lower(history.attribute) = 'product_interest' order by history.recorded_at
        """
    )
    newest: dict[str, str] = {}
    decided = {lead_id: moment for lead_id, moment, _ in leads}
    for lead_id, value, recorded_at, created_at in rows:
        if lead_id in decided and max(recorded_at, created_at) <= decided[lead_id]:
            newest[lead_id] = value
    told = {lead_id: value for (lead_id, *_), value in zip(leads, interest.values, strict=True) if value is not None}
    assert told == newest and told
    assert not {"email", "phone", "first_name", "last_name"} & {column.name for column in matrix.columns}


# ------------------------------------------------------------------------------------------------ challenger


def hand_made() -> Card:
    """One rule of each kind: copied fit and engagement rules, activities with and without a window, attributes."""
    rules = (
        ("known", "who", Condition("rule:phone_known", "held"), 4),
        ("opens", "what", Condition("rule:email_opens", "held"), 3),
        ("webinar", "what", Condition("rule:newsletter_signups", "held"), -2),
        ("returns", "what", Condition("rule:return_visits", "held"), 7),
        ("views", "what", Condition("page_view:30", "at_least", "3"), 5),
        ("ever", "what", Condition("blog_view:ever", "at_least", "2"), 2),
        ("small", "who", Condition("employee_count", "at_most", "200"), -3),
        ("level", "who", Condition("job_level", "in", "c_level|vp"), 6),
        ("unsaid", "who", Condition("purchase_timeframe", "is_missing"), -1),
    )
    groups = (CardGroup("who", "fit"), CardGroup("what", "engagement", None, 11))
    return Card(groups, tuple(CardRule(*rule) for rule in rules), 0.0, 1.0)


def test_a_challenger_scores_every_lead_as_its_card_does(
    taken: tuple[Matrix, list[tuple[Any, ...]]], demo_world: tuple[Path, Any], tmp_path: Path
) -> None:
    matrix, leads = taken
    card, columns = hand_made(), by_name(matrix.columns)
    made = challenger_of(card, columns, "hand_made", "A card for a test", 10, PROJECT_ROOT)
    root = parsed_already(copy_project(tmp_path / "project"))
    shutil.copytree(PROJECT_ROOT / "seeds", root / "seeds", dirs_exist_ok=True)
    edits.apply(root, edits.new_rows(root, made.rows))
    assert check_criteria(root, set()) == []
    home = tmp_path / "home"
    home.mkdir()
    options = BuildOptions(demo_world[0], datetime(2026, 7, 1), select=("+score_steps",))
    outcome = run_build(options, home, project_root=root)
    # Tests that also look at models beyond these cannot run.
    assert not [kept for kept in outcome.failures if not kept.node.is_test]
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        steps = connection.execute(
            "select lead_id, entered_at, held_until, score from intermediate.score_steps where scorecard_id = 'hand_made'"
        ).fetchall()
    decided = {lead_id: moment for lead_id, moment, _ in leads}
    told = {
        lead_id: score for lead_id, begin, end, score in steps if lead_id in decided and begin <= decided[lead_id] < end
    }
    expected = card.scores(columns)
    assert [int(told[lead_id]) for lead_id, *_ in leads] == list(expected)
    assert len(np.unique(expected)) > 10


def test_the_threshold_takes_as_many_as_the_champion() -> None:
    scores = np.array([0, 0, 1, 2, 2, 3, 5, 8, 8, 9])
    assert threshold_of_volume(scores, 0.3) == 8
    assert threshold_of_volume(scores, 0.0) == 9
    assert threshold_of_volume(scores, 1.0) == 1


# ------------------------------------------------------------------------------------------------ command line


def test_the_command_finds_the_leak_and_writes_no_criteria(
    demo_home: BuiltHome, tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    os.link(demo_home.path / "work.duckdb", tmp_path / "work.duckdb")
    before = criteria_hash(PROJECT_ROOT)
    arguments = [
        "--outcome",
        "sql",
        "--decision-days",
        str(DECISION),
        "--horizon-days",
        str(HORIZON),
        "--max-rules",
        "5",
    ]
    done = run_cli(tmp_path, "tune", "points", *arguments, "--seed", "1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert criteria_hash(PROJECT_ROOT) == before
    found = json.loads(done.stdout)
    assert any(words.startswith("status (") for words in found["results"]["left_out"])
    assert not any(rule["condition"]["column"] == "status" for rule in found["results"]["report"]["rules"])
    assert len(found["results"]["report"]["rules"]) <= 5
    (folder,) = (tmp_path / "tuning").iterdir()
    assert (found["report"], found["written"]) == (str(folder / "report.html"), [])
    assert bool(found["diff"]) == bool(found["results"]["challenger"])
    assert (folder / "report.html").stat().st_mode & 0o777 == 0o600
    if found["results"]["challenger"]:
        assert (folder / "scorecards.csv").read_text().startswith("scorecard_id,description,is_champion,max_score\n")


def test_a_column_that_there_is_not_cannot_be_left_out(demo_home: BuiltHome) -> None:
    settings = points_run.RunSettings("sql", DECISION, HORIZON, 5, 1, ("shoe_size",), False)
    with (
        evidence.memory(demo_home.path) as connection,
        evidence.history(connection, demo_home.path, "test") as origin,
        pytest.raises(InputError, match=r"There are: .*employee_count"),
    ):
        points_run.take(connection, origin, settings)


def test_without_a_lead_to_judge_it_says_so(demo_home: BuiltHome) -> None:
    with (
        evidence.memory(demo_home.path) as connection,
        evidence.history(connection, demo_home.path, "test") as origin,
        pytest.raises(InputError, match="leave no lead whose outcome is known"),
    ):
        take_matrix(connection, origin, "customer", 400, 400)

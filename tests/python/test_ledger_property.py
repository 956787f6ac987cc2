"""The models against the plain reading of the rules, on random criteria and random leads."""

from __future__ import annotations

import os
from dataclasses import astuple, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pprint import pformat

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reference as ref
import threshold_replay as plain
from comparison import Policy, differences
from leadhouse.tuning import objectives, replay
from mutants import EXAMPLES, MUTANTS
from sql_harness import Row, Warehouse, compile_project
from worlds import AS_OF, World, smallest, world_of, worlds

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"
POLICY = Policy()
OTHER_POLICY = Policy({"mql": "rules", "sal": "crm", "sql": "crm"}, mql_expiry_days=30)


def examples(count: int, soak_count: int) -> settings:
    """A fixed set of worlds, or with LEADHOUSE_SOAK=1 many new ones; a failing one is made smaller by ourselves."""
    return settings(
        max_examples=soak_count if SOAK else count,
        derandomize=not SOAK,
        database=None,
        deadline=None,
        print_blob=True,
        report_multiple_bugs=False,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The project as it comes."""
    return Warehouse(compile_project(tmp_path_factory.mktemp("project") / "home"))


@pytest.fixture(scope="module")
def other_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The project with other variables for the lifecycle."""
    return Warehouse(compile_project(tmp_path_factory.mktemp("project") / "home", OTHER_POLICY.variables()))


def agree(warehouse: Warehouse, world: World, policy: Policy) -> None:
    """Fail with the smallest world on which models and plain reading still differ."""
    if differences(warehouse, world, policy):
        small = smallest(world, lambda smaller: bool(differences(warehouse, smaller, policy)))
        pytest.fail("\n".join([*differences(warehouse, small, policy), pformat(small, width=120)]))


@examples(60, 2000)
@given(world=worlds())
def test_every_score_and_stage_is_as_the_rules_say(warehouse: Warehouse, world: World) -> None:
    agree(warehouse, world, POLICY)


@examples(12, 500)
@given(world=worlds())
def test_stages_follow_the_variables_for_authority_and_expiry(other_warehouse: Warehouse, world: World) -> None:
    agree(other_warehouse, world, OTHER_POLICY)


# ------------------------------------------------------------------------------ what other thresholds would do

THRESHOLDS = tuple(map(Decimal, ("0", "7.5", "19.999999", "20", "1000")))
POOLED = tuple(map(Decimal, ("0", "20", "1000")))
AT_THRESHOLD = """
    select lead_id, cycle_number, entered_at from {threshold_entries}
    where
        clause_id = $clause and decided_by = $decided_by
        and (above_value is null or above_value < $value) and (up_to_value is null or up_to_value >= $value)
"""


def clause_id(card: ref.Scorecard, clause: plain.Clause) -> str:
    return ":".join([card.scorecard_id, *map(str, clause)])


@examples(5, 300)
@given(world=worlds())
def test_at_every_threshold_stages_are_entered_as_the_rules_would_have_said(warehouse: Warehouse, world: World) -> None:
    warehouse.build(world)
    card = world.criteria.champion
    for clause in plain.tunable(card):
        for decided_by in ("authority", "rules"):
            authority = dict(ref.DEFAULT_AUTHORITY) | ({clause[0]: "rules"} if decided_by == "rules" else {})
            for value in THRESHOLDS:
                told = warehouse.rows(AT_THRESHOLD, clause=clause_id(card, clause), decided_by=decided_by, value=value)
                assert sorted(told) == sorted(plain.entries(world, clause, value, authority)), (clause, value)


@examples(15, 1000)
@given(world=worlds())
def test_each_scorecard_enters_leads_when_its_own_rules_first_hold(warehouse: Warehouse, world: World) -> None:
    warehouse.build(world)
    expected = [
        (lead.lead_id, card.scorecard_id, stage, entry.rule_id, entry.entered_at)
        for lead in (ref.known_by(lead, world.as_of) for lead in world.leads)
        for card in world.criteria.scorecards
        for stage in ref.RULE_STAGES
        for entry in [ref.stage_entry_by_rules(lead, card, stage, world.as_of, world.criteria.exclusions)]
        if entry is not None
    ]
    told = warehouse.rows("select lead_id, scorecard_id, stage, rule_id, entered_at from {scorecard_entries}")
    assert sorted(told) == sorted(expected)


def test_precision_recall_and_profit_are_those_of_a_plain_replay(warehouse: Warehouse) -> None:
    """Leads of many random worlds together, each with its world's first clause that can be tuned."""
    memory = duckdb.connect(":memory:")
    memory.execute(
        "create table leads (lead_number int, bucket int, segment text, created_at timestamp, outcome_at timestamp)"
    )
    memory.execute(
        "create table entries (lead_number int, above_value double, up_to_value double, entered_at timestamp)"
    )
    leads: dict[Decimal, list[plain.PlainLead]] = {value: [] for value in POOLED}
    for number in range(400 if SOAK else 60):
        world = world_of(number)
        clauses = [clause for clause in plain.tunable(world.criteria.champion) if clause[0] == "mql"]
        if not clauses:
            continue
        warehouse.build(world)
        _take(warehouse, memory, clause_id(world.criteria.champion, clauses[0]))
        for value in POOLED:
            found = list(plain.entries(world, clauses[0], value, ref.DEFAULT_AUTHORITY))
            leads[value] += [
                plain.PlainLead(
                    lead.created_at,
                    plain.opportunity_at(lead, world.as_of),
                    tuple(moment for lead_id, _, moment in found if lead_id == lead.lead_id),
                )
                for lead in world.leads
            ]
    horizon = timedelta(days=20)
    seen = {"hits": 0.0, "too_young": 0.0}
    for start, end, known_at in _spans([lead.created_at for lead in leads[POOLED[0]]]):
        period = replay.Period(start, end, horizon.days, known_at)
        counts = replay.count(memory, [float(value) for value in POOLED], period)
        total = counts.drawn(np.ones((1, counts.judged.shape[1])))
        for place, value in enumerate(POOLED):
            expected = plain.count(leads[value], start, end, known_at, horizon)
            *whole, expected_hits = astuple(expected)
            told = [getattr(total, name)[place, 0] for name in ("judged", "hits", "won", "caught", "too_young")]
            assert [*told, total.wins[0, 0]] == whole, (value, period)
            assert total.expected[place, 0] == pytest.approx(expected_hits)
            assert objectives.profit(total, 7.0, 2.0)[place, 0] == 7 * expected.won - 2 * expected.judged
            if expected.judged and expected.wins:
                assert objectives.precision(total)[place, 0] == expected.hits / expected.judged
                assert objectives.recall(total)[place, 0] == expected.caught / expected.wins
        seen = {name: number + float(getattr(total, name).sum()) for name, number in seen.items()}
    # The worlds are not so poor that there was nothing to compare.
    assert min(seen.values()) > 10, seen


def _take(warehouse: Warehouse, memory: duckdb.DuckDBPyConnection, clause: str) -> None:
    """Add a world's leads and entries to those in memory."""
    (first,) = memory.execute("select count(*) from leads").fetchone() or (0,)
    found = warehouse.rows("select lead_id, created_at, opportunity_at from {lead_results} order by lead_id")
    numbers = {lead_id: first + place for place, (lead_id, *_) in enumerate(found)}
    for lead_id, created_at, outcome_at in found:
        row = [numbers[lead_id], numbers[lead_id] % 1000, "all", created_at, outcome_at]
        memory.execute("insert into leads values (?, ?, ?, ?, ?)", row)
    query = """
        select lead_id, above_value, up_to_value, entered_at from {threshold_entries}
        where clause_id = $clause and decided_by = 'authority'
    """
    for lead_id, above, up_to, entered_at in warehouse.rows(query, clause=clause):
        limits = [float("-inf") if above is None else float(above), float("inf") if up_to is None else float(up_to)]
        memory.execute("insert into entries values (?, ?, ?, ?)", [numbers[lead_id], *limits, entered_at])


def _spans(created: list[datetime]) -> list[tuple[datetime, datetime, datetime]]:
    """Start, end, and when it is judged: the whole time by what is known at its end, and a part by what is known later."""
    middle = sorted(created)[len(created) // 3]
    return [(min(created), AS_OF, AS_OF), (middle, AS_OF - timedelta(days=15), AS_OF)]


# ------------------------------------------------------------------------------------ the past stays

HISTORIES = (
    "select lead_id, scorecard_id, rule_id, group_id, entered_at, points from {score_ledger} where entered_at <= $then",
    "select lead_id, scorecard_id, entered_at, fit_score, engagement_score, score from {score_steps}"
    " where entered_at <= $then",
    # The day of the build itself may change until its end.
    "select lead_id, scorecard_id, score_date, fit_score, engagement_score, score from {lead_score_history}"
    " where score_date < cast($then as date)",
    "select lead_id, stage_rule_id, holds_from from {stage_rule_spans} where holds_from <= $then",
    "select lead_id, cycle_number, started_at from {lead_cycles} where started_at <= $then",
    "select lead_id, cycle_number, stage, rule_id, by_rules_at from {cycle_stages} where by_rules_at <= $then",
    "select lead_id, cycle_number, stage, by_crm_at from {cycle_stages} where by_crm_at <= $then",
    "select lead_id, cycle_number, stage, decided_by, rule_id, score, entered_at from {stage_transitions}"
    " where entered_at <= $then",
)


def _with_one_past(lead: ref.Lead) -> ref.Lead:
    """The lead without column values that dated rows will replace: those are the one thing that rewrites a past."""
    dated = {row.attribute for row in lead.history}
    return replace(lead, attributes={name: None if name in dated else text for name, text in lead.attributes.items()})


@examples(8, 500)
@given(world=worlds(), days=st.integers(0, 100))
def test_no_later_build_changes_the_past(warehouse: Warehouse, world: World, days: int) -> None:
    then = AS_OF - timedelta(days)
    leads = [_with_one_past(lead) for lead in world.leads if lead.created_at <= then]

    def histories(known: World) -> list[list[Row]]:
        warehouse.build(known)
        return [sorted(warehouse.rows(query, then=then), key=str) for query in HISTORIES]

    earlier = World(world.criteria, tuple(ref.known_by(lead, then) for lead in leads), then)
    assert histories(replace(world, leads=tuple(leads))) == histories(earlier)


# ------------------------------------------------------------------------------- the test can fail


@pytest.mark.parametrize("mistake", MUTANTS if SOAK else EXAMPLES)
def test_mistakes_in_the_models_are_found(warehouse: Warehouse, mistake: str) -> None:
    wrong = warehouse.with_change(*MUTANTS[mistake])
    assert any(differences(wrong, world_of(number), POLICY) for number in range(60))

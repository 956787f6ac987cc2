"""The models against the plain reading of the rules, on random criteria and random leads."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pprint import pformat

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import reference as ref
from comparison import Policy, differences
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

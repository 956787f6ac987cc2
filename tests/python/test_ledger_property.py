"""The models against the plain reading of the rules, on random criteria and random leads."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, given, settings

from comparison import Policy, differences
from sql_harness import Warehouse, compile_project
from worlds import World, worlds

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"
QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]


def examples(count: int, soak_count: int) -> settings:
    """A fixed set of examples, or with LEADHOUSE_SOAK=1 many new ones."""
    return settings(
        max_examples=soak_count if SOAK else count,
        derandomize=not SOAK,
        deadline=None,
        print_blob=True,
        suppress_health_check=QUIET,
    )


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The project as it comes."""
    return Warehouse(compile_project(tmp_path_factory.mktemp("project")))


@examples(150, 5000)
@given(world=worlds())
def test_every_score_and_stage_is_as_the_rules_say(warehouse: Warehouse, world: World) -> None:
    assert not differences(warehouse, world, Policy())

"""The same world through other source systems gives the same marts, row for row, but for what a system cannot carry.

What that is stands in docs/reference/source-systems.md, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from conftest import BuiltHome
from leadhouse.contract import connect, file_format, find_json_keys, list_files, scan_sql
from leadhouse.demo import WorldSummary
from leadhouse.demo.rendering import render, variables_of
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt
from leadhouse.systems import Systems
from parity import differences

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"

# Systems, and what they cannot carry: columns by mart (`*`: in every mart).
WORLDS: dict[str, tuple[Systems, dict[str, set[str]]]] = {
    # Points by hand are kept beside it. A converted lead is two records, and the plain messages name campaigns of another system.
    "salesforce, segment and ad reports": (
        Systems(crm_systems=("salesforce", "generic"), web_systems=("segment",), ad_systems=("ad_reporting",)),
        {"leads": {"count_crm_records"}, "campaign_performance": {"*"}},
    ),
    "segment and ad reports": (Systems(web_systems=("segment",), ad_systems=("ad_reporting",)), {}),
    "rudderstack": (Systems(web_systems=("rudderstack",)), {}),
    "snowplow": (Systems(web_systems=("snowplow",)), {}),
}
QUICK = {"salesforce, segment and ad reports"}

# Systems that have no tables for some of the world, and the rows of it that they can carry: by entity, as a condition.
PARTIAL: dict[str, tuple[Systems, dict[str, str]]] = {
    "marketo": (
        Systems(crm_systems=("marketo",), message_systems=("marketo",)),
        {
            "opportunities": "false",
            "sales_activities": "false",
            "score_adjustments": "false",
            "message_events": "channel = 'email' and event_type not in ('replied', 'complained')",
        },
    ),
}


def build(raw: Path, home: Path, variables: dict[str, Any]) -> None:
    """Run every model on the raw tables, as of the demo world's end."""
    home.mkdir(parents=True)
    run = {"raw_path": str(raw), "as_of": "2026-07-01 00:00:00", "build_id": "parity"}
    # run_dbt takes the home from its argument; models of tuning are views that nothing reads here.
    arguments = ["build", "--exclude-resource-type", "test", "unit_test", "exposure", "--vars", json.dumps(variables)]
    outcome = run_dbt(arguments, home, PROJECT_ROOT, run=run)
    assert outcome.failed == [], [(node.name, node.message) for node in outcome.failed]


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=pytest.mark.skipif(not SOAK and name not in QUICK, reason="set LEADHOUSE_SOAK=1"))
        for name in WORLDS
    ],
)
def test_the_same_world_through_other_systems_gives_the_same_marts(
    name: str, demo_home: BuiltHome, demo_world: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    systems, left_out = WORLDS[name]
    raw = tmp_path / "raw"
    shutil.copytree(demo_world[0], raw)
    assert render(raw, systems)
    build(raw, tmp_path / "home", variables_of(systems))
    assert differences(demo_home.path / "work.duckdb", tmp_path / "home" / "work.duckdb", left_out) == {}


def keep(raw: Path, entity: str, condition: str) -> None:
    """Take away the rows of an entity that do not meet a condition."""
    with connect() as connection:
        (file,) = list_files(connection, raw, entity)
        form = file_format(file)
        scan = scan_sql([file], form, find_json_keys(connection, [file]) if form == "json" else ())
        connection.execute(f"create table kept as select * from {scan} where {condition}")
        file.unlink()
        connection.execute(f"copy kept to '{raw / entity}.parquet' (format parquet)")


@pytest.mark.skipif(not SOAK, reason="set LEADHOUSE_SOAK=1")
@pytest.mark.parametrize("name", PARTIAL)
def test_what_a_system_can_carry_of_the_world_gives_the_same_marts(
    name: str, demo_world: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    systems, conditions = PARTIAL[name]
    plain, raw = tmp_path / "plain", tmp_path / "raw"
    for folder in (plain, raw):
        shutil.copytree(demo_world[0], folder)
    for entity, condition in conditions.items():
        keep(plain, entity, condition)
    assert render(raw, systems)
    build(plain, tmp_path / "plain_home", {})
    build(raw, tmp_path / "home", variables_of(systems))
    assert differences(tmp_path / "plain_home" / "work.duckdb", tmp_path / "home" / "work.duckdb") == {}

"""The same world through other source systems gives the same marts, row for row, but for what a system cannot carry.

What that is stands in docs/reference/source-systems.md, with the reason.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import BuiltHome
from leadhouse.contract import connect, file_format, find_json_keys, list_files, scan_sql
from leadhouse.demo import WorldSummary, write_world
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


# A plain world without what GA4 does not carry: e-mails (but the CRM's id once it has one), crawlers, long values, and ids, so
# that the row which lacks one is an event like others.
CARRIED_BY_GA4 = """
    with crm as (
        select lower(trim(email)) as email, lead_source_id, try_cast(created_at as timestamp) as created_at
        from read_csv('{raw}/leads.csv', all_varchar = true, max_line_size = 16777216, buffer_size = 33554432)
        where not regexp_matches(lower(trim(email)), '^(info|sales)@')
    )
    select
        coalesce(event_id, 'none') as event_id, visitor_id, event_name, occurred_at, left(page_url, 1000) as page_url,
        left(referrer_url, 420) as referrer_url, utm_source, utm_medium, utm_campaign, utm_content, utm_term, click_id,
        left(form_name, 100) as form_name, asset_name, engaged_seconds,
        coalesce(user_id, (
            select min_by(lead_source_id, created_at) from crm
            where crm.email = lower(trim(events.email)) and crm.created_at <= events.occurred_at
        )) as user_id
    from read_parquet('{raw}/web_events.parquet') as events
    where user_agent is null or not regexp_matches(lower(user_agent), 'bot|headless')
"""


@pytest.mark.skipif(not SOAK, reason="set LEADHOUSE_SOAK=1")
def test_ga4_gives_the_same_marts_as_a_plain_world_of_what_it_carries(
    demo_world: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    systems = Systems(web_systems=("ga4",))
    shutil.copytree(demo_world[0], tmp_path / "raw")
    shutil.copytree(demo_world[0], tmp_path / "carried")
    assert render(tmp_path / "raw", systems)
    with connect() as connection:
        connection.execute(
            f"copy ({CARRIED_BY_GA4.format(raw=demo_world[0])}) to '{tmp_path / 'carried' / 'web_events.parquet'}'"
        )
    build(tmp_path / "raw", tmp_path / "home", variables_of(systems))
    build(tmp_path / "carried", tmp_path / "plain", {})
    assert differences(tmp_path / "plain" / "work.duckdb", tmp_path / "home" / "work.duckdb") == {}


@pytest.mark.skipif(not SOAK, reason="set LEADHOUSE_SOAK=1")
@pytest.mark.parametrize(
    ("crm", "web"),
    [("salesforce", "segment"), ("hubspot", "snowplow"), ("salesforce", "ga4"), ("marketo", "rudderstack")],
)
def test_two_systems_together_are_what_each_of_them_is(
    crm: str, web: str, demo_world: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    """A CRM with a web tracker gives what the CRM gives with the plain web events; GA4 is held against what it carries above."""
    both = Systems(crm_systems=(crm,), web_systems=(web,))
    for name, systems in (("both", both), ("crm", Systems(crm_systems=(crm,)))):
        shutil.copytree(demo_world[0], tmp_path / name)
        if web == "ga4" and name == "crm":
            with connect() as connection:
                target = tmp_path / name / "web_events.parquet"
                connection.execute(f"copy ({CARRIED_BY_GA4.format(raw=demo_world[0])}) to '{target}'")
        assert render(tmp_path / name, systems)
        build(tmp_path / name, tmp_path / f"{name}_home", variables_of(systems))
    assert differences(*(tmp_path / f"{name}_home" / "work.duckdb" for name in ("crm", "both"))) == {}


OF_LEADS = (
    "lead_scores", "lead_stages", "stage_transitions", "score_ledger", "lead_score_history", "lead_score_reasons",
    "activities", "opportunities", "stage_rule_checks",
)  # fmt: skip


@pytest.mark.skipif(not SOAK, reason="set LEADHOUSE_SOAK=1")
def test_a_second_crm_leaves_the_leads_of_the_first_as_they_are(
    demo_home: BuiltHome, demo_world: tuple[Path, WorldSummary], tmp_path: Path
) -> None:
    hubspot = Systems(crm_systems=("hubspot",), message_systems=("hubspot",))
    write_world(tmp_path / "others", leads=300, seed=2)
    assert render(tmp_path / "others", hubspot)
    shutil.copytree(demo_world[0], tmp_path / "raw")
    shutil.copytree(tmp_path / "others" / "hubspot", tmp_path / "raw" / "hubspot")
    variables = variables_of(hubspot) | {
        "crm_systems": ["generic", "hubspot"],
        "message_systems": ["generic", "hubspot"],
    }
    build(tmp_path / "raw", tmp_path / "home", variables)
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_home.path / 'work.duckdb'}' as before (read_only)")
        connection.execute(f"attach '{tmp_path / 'home' / 'work.duckdb'}' as after (read_only)")
        # Who is in both worlds is one person with more facts.
        connection.execute(
            "create table first as select lead_id from after.intermediate.lead_nodes group by lead_id "
            "having bool_or(node like 'record:generic:%') and not bool_or(node like 'record:hubspot:%')"
        )
        (count,) = connection.execute("select count(*) from first").fetchone() or (0,)
        assert count > 250
        kept = "where lead_id in (from first)"
        for mart in OF_LEADS:
            # Sales' reasons are told where several leads have them, of whatever system.
            columns = connection.execute(f"describe before.marts.{mart}").fetchall()
            told = "select " + ", ".join(name for name, *_ in columns if not name.endswith("reason"))
            for one, other in (("before", "after"), ("after", "before")):
                rows = f"({told} from {one}.marts.{mart} {kept}) except all ({told} from {other}.marts.{mart} {kept})"
                assert connection.execute(rows).fetchall()[:3] == [], (mart, one)

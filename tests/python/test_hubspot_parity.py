"""The demo world through HubSpot's tables against the same world without what HubSpot's tables cannot carry.

What that is stands in docs/reference/source-systems.md. The tables are read as Fivetran and as Airbyte name them.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from leadhouse.contract import connect
from leadhouse.demo import WorldSummary
from leadhouse.demo.rendering import render, variables_of
from leadhouse.systems import Systems
from parity import differences
from test_parity import build

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"
pytestmark = pytest.mark.skipif(not SOAK, reason="three real builds: only with LEADHOUSE_SOAK=1")

HUBSPOT = Systems(crm_systems=("hubspot",), message_systems=("hubspot",))


@pytest.fixture(scope="module")
def hubspot_world(demo_world: tuple[Path, WorldSummary], tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("hubspot") / "raw"
    shutil.copytree(demo_world[0], raw)
    assert render(raw, HUBSPOT)
    return raw


@pytest.fixture(scope="module")
def carried_home(
    demo_world: tuple[Path, WorldSummary], hubspot_world: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The plain world without what HubSpot's tables cannot carry, built."""
    folder = tmp_path_factory.mktemp("carried")
    raw = folder / "raw"
    shutil.copytree(demo_world[0], raw)
    for table in ("campaign_responses.parquet", "score_adjustments.csv", "sales_activities.jsonl"):
        (raw / table).unlink()
    selects = {
        # Each e-mail is a campaign, without costs and dates; text messages are none.
        "campaigns": f"select id as campaign_source_id, name, 'email' as kind "
        f"from '{hubspot_world}/hubspot/email_campaign.parquet'",
        "message_events": "select * replace (campaign_source_id || coalesce('-' || step, '') as campaign_source_id) "
        f"from '{demo_world[0]}/message_events.parquet' where channel = 'email'",
        # Meetings and tasks have no direction, and everything is of a kind.
        "sales_activities": "select * replace (case when kind not in ('meeting', 'task') then direction end as direction) "
        f"from read_json('{demo_world[0]}/sales_activities.jsonl', columns = {{sales_activity_id: 'varchar', "
        "lead_source_id: 'varchar', owner_id: 'varchar', kind: 'varchar', direction: 'varchar', outcome: 'varchar', "
        "occurred_at: 'varchar'}) where kind is not null",
    }
    with connect() as connection:
        for table, select in selects.items():
            connection.execute(f"copy ({select}) to '{raw}/{table}.parquet' (format parquet)")
    build(raw, folder / "home", {})
    return folder / "home"


def name_as_airbyte(folder: Path) -> None:
    """Rename tables and columns, nest what Airbyte nests, and write times as milliseconds."""
    selects = {
        ("email_event", "email_events"): """
            select
                events.id, events.type, recipient, email_campaign_id as "emailCampaignId", filtered_event as "filteredEvent",
                epoch_ms(created) as created, clicks.url, changes.portal_subscription_status as "portalSubscriptionStatus",
                _fivetran_synced as _airbyte_extracted_at,
                {'id': sent_by_id, 'created': epoch_ms(sent_by_created)} as "sentBy"
            from '{folder}/email_event.parquet' as events
            left join '{folder}/email_event_click.parquet' as clicks on events.id = clicks.id
            left join '{folder}/email_event_status_change.parquet' as changes on events.id = changes.id
        """,
        ("contact_property_history", "contacts_property_history"): """
            select
                contact_id as "canonical-vid", name as property, value, epoch_ms("timestamp") as "timestamp",
                source as "source-type", source_id as "source-id"
            from '{folder}/contact_property_history.parquet'
        """,
        ("contact", "contacts"): """
            select columns('property_(.*)') as 'properties_\\1', id, _fivetran_deleted as archived
            from '{folder}/contact.parquet'
        """,
        ("deal", "deals"): """
            select
                columns('property_(.*)') as 'properties_\\1', deal_id as id, deal_pipeline_stage_id as properties_dealstage,
                owner_id as properties_hubspot_owner_id
            from '{folder}/deal.parquet'
        """,
        ("company", "companies"): """
            select columns('property_(.*)') as 'properties_\\1', id, is_deleted as archived from '{folder}/company.parquet'
        """,
        **{
            (f"engagement_{kind}", f"engagements_{kind}s"): f"""
                select columns('property_(.*)') as 'properties_\\1', engagement_id as id
                from '{{folder}}/engagement_{kind}.parquet'
            """
            for kind in ("call", "email", "meeting", "task")
        },
    }
    with connect() as connection:
        for (_, table), select in selects.items():
            query = select.replace("{folder}", str(folder))
            connection.execute(f"copy ({query}) to '{folder}/{table}.parquet' (format parquet)")
    for name in [name for name, _ in selects] + ["email_event_click", "email_event_status_change"]:
        (folder / f"{name}.parquet").unlink()


@pytest.mark.parametrize("connector", ["fivetran", "airbyte"])
def test_the_world_through_hubspot_is_the_world(
    connector: str, hubspot_world: Path, carried_home: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(hubspot_world, raw)
    if connector == "airbyte":
        name_as_airbyte(raw / "hubspot")
    build(raw, tmp_path / "home", variables_of(HUBSPOT))
    assert differences(carried_home / "work.duckdb", tmp_path / "home" / "work.duckdb") == {}

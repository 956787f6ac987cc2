"""Tables with HubSpot's true column names and types, as Fivetran's dbt package tests itself with them: every row is accounted for.

Their content is scrambled and joins poorly, so nothing is said of results.
"""

from __future__ import annotations

import json
import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

from conftest import BuiltHome
from leadhouse.contract import connect, load_system, scan_sql, table_files
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"
pytestmark = pytest.mark.skipif(not SOAK, reason="a real build: only with LEADHOUSE_SOAK=1")

# What names a staged row of each table, and the column of the raw table that it is made of.
KEYS = {
    ("contact", "leads"): ("lead_source_id", "id"),
    ("company", "accounts"): ("account_source_id", "id"),
    ("deal", "opportunities"): ("opportunity_source_id", "deal_id"),
    ("contact_property_history", "lead_status_history"): ("lead_source_id", "contact_id"),
    ("contact_property_history", "lead_attributes"): ("lead_source_id", "contact_id"),
    ("email_campaign", "campaigns"): ("campaign_source_id", "id"),
    ("email_event", "message_events"): ("event_id", "id"),
    ("contact_form_submission", "web_events"): ("event_id", "conversion_id"),
    **{
        (f"engagement_{kind}", "sales_activities"): ("sales_activity_id", "engagement_id")
        for kind in ("call", "email", "meeting", "task", "note")
    },
}


@pytest.fixture(scope="module")
def seeds() -> Path:
    data = Path(os.environ.get("LEADHOUSE_TEST_DATA") or PROJECT_ROOT.parent / "shared" / "data") / "fivetran_hubspot"
    if not data.is_dir():
        pytest.skip(f"the tables are not there: {data}; LEADHOUSE_TEST_DATA names another folder")
    return data


@pytest.fixture(scope="module")
def seeds_home(seeds: Path, tmp_path_factory: pytest.TempPathFactory) -> BuiltHome:
    """The tables that are read as a raw folder, and what is accounted for of them."""
    home = tmp_path_factory.mktemp("hubspot")
    folder = home / "raw" / "hubspot"
    folder.mkdir(parents=True)
    for table in load_system("hubspot"):
        shutil.copyfile(seeds / f"{table}_data.csv", folder / f"{table}.csv")
    on = {name: ["hubspot"] for name in ("crm_systems", "web_systems", "message_systems")}
    arguments = [
        "build", "--select", "+row_accounting", "+leads", "--exclude-resource-type", "test", "unit_test",
        "--vars", json.dumps(on),
    ]  # fmt: skip
    run = {"raw_path": str(home / "raw"), "as_of": "2026-07-01 00:00:00", "build_id": "seeds"}
    outcome = run_dbt(arguments, home, PROJECT_ROOT, run=run)
    assert outcome.failed == [], [(node.name, node.message) for node in outcome.failed]
    return BuiltHome(home)


def test_every_table_that_feeds_an_entity_is_looked_at() -> None:
    assert set(KEYS) == {(table.name, entity) for table in load_system("hubspot").values() for entity in table.feeds}


def test_every_row_ends_as_one_of_three(seeds_home: BuiltHome) -> None:
    rows = seeds_home.work(
        "select entity, count_raw_rows, count_conformed_rows, count_duplicate_rows, count_quarantined_rows "
        "from marts.row_accounting where source_system = 'hubspot'"
    )
    assert {entity for entity, *_ in rows} >= {entity for _, entity in KEYS}
    for entity, raw, *ends in rows:
        assert raw > 0 and raw == sum(ends), entity


@pytest.mark.parametrize(("table", "entity"), KEYS)
def test_every_raw_row_is_staged(table: str, entity: str, seeds_home: BuiltHome) -> None:
    staged_key, raw_key = KEYS[table, entity]
    raw = seeds_home.path / "raw"
    with connect() as connection:
        files = table_files(connection, raw, load_system("hubspot")[table])
        scan = scan_sql(files, "csv")
        keys = Counter(key for (key,) in connection.execute(f"select {raw_key} from {scan}").fetchall())
    # One of them may be of another table; meetings and engagements with several contacts are several rows.
    staged = Counter(
        (key or "").removesuffix(":booked")
        for (key,) in seeds_home.work(f"select {staged_key} from staging.stg_hubspot__{entity}")
    )
    assert keys and keys <= staged


def test_staged_rows_are_those_of_the_raw_tables(seeds_home: BuiltHome, seeds: Path) -> None:
    """Each table but leads and sales activities, which have rows of merged ids and of bookings besides, has as many rows."""
    for entity in {entity for _, entity in KEYS} - {"leads", "sales_activities"}:
        lines = 0
        with connect() as connection:
            for table in (table for table, fed in KEYS if fed == entity):
                scan = scan_sql([seeds / f"{table}_data.csv"], "csv")
                lines += connection.execute(f"select count(*) from {scan}").fetchall()[0][0]
        assert seeds_home.work(f"select count(*) from staging.stg_hubspot__{entity}") == [(lines,)], entity


def test_merged_ids_lead_to_their_survivor(seeds_home: BuiltHome) -> None:
    leads = seeds_home.work(
        "select count(distinct lead_id) from intermediate.lead_nodes where node in "
        "('record:hubspot:78971951', 'record:hubspot:76340251', 'record:hubspot:46897301', 'record:hubspot:76226001')"
    )
    assert leads == [(1,)]

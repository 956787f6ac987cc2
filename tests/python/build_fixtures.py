"""A dbt project of a few small marts, which stands in for the real one where only running and publishing are tested."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb

from leadhouse import records
from leadhouse.build import BuildOptions, BuildOutcome, run_build
from leadhouse.parsed import shared_file
from leadhouse.paths import PROJECT_ROOT
from leadhouse.publish import PublishedVersion, PublishSettings, publish

AS_OF = datetime(2026, 7, 1)

_FILES = {
    "dbt_project.yml": """
name: leadhouse
version: 0.1.0
config-version: 2
profile: leadhouse
model-paths: [models]
seed-paths: [seeds]
macro-paths: [macros]
flags: {send_anonymous_usage_stats: false}
models: {leadhouse: {marts: {+schema: marts, +materialized: table}}}
seeds: {leadhouse: {+schema: seeds}}
""",
    "profiles.yml": """
leadhouse:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('LEADHOUSE_HOME') }}/work.duckdb"
      threads: 2
""",
    "macros/schema.sql": """
{% macro generate_schema_name(custom_schema_name, node) %}{{ custom_schema_name or target.schema }}{% endmacro %}
""",
    "seeds/scorecards.csv": "scorecard_id,is_champion\nmain,true\n",
    "models/marts/core/leads.sql": """
select lead_id, nullif(email, '') as email, nullif(phone, '') as phone
from read_csv('{{ env_var("LEADHOUSE_RUN_RAW_PATH") }}/leads.csv', header = true, all_varchar = true)
""",
    "models/marts/funnel/lead_stages.sql": """
select
    lead_id,
    cast(nullif(mql_at, '') as timestamp) as mql_at,
    cast(nullif(sql_at, '') as timestamp) as sql_at,
    cast(null as timestamp) as opportunity_at,
    cast(null as timestamp) as customer_at,
from read_csv('{{ env_var("LEADHOUSE_RUN_RAW_PATH") }}/leads.csv', header = true, all_varchar = true)
""",
    "models/marts/activation/sales_alerts.sql": """
select
    md5(lead_id) as alert_id, lead_id, 'sql' as stage, 'sql' as current_stage, 'asked' as rule_id, 'sam' as owner_id, email,
    phone, 'Ann' as first_name, 'Ash' as last_name, 'Director' as job_title, 'Acme' as company_name, 'Chile' as country,
    'A1' as grade, 'Asked for a demo' as why, 'lead scoring' as product_interest, 'Agree on a date' as next_step,
    '2026-06-30 10:00 A form was sent' as last_activities,
    cast(50 as decimal(18, 6)) as score, cast(60 as decimal(18, 6)) as current_score,
    timestamp '2026-06-30 10:00:00' as entered_at, timestamp '9999-01-01 00:00:00' as expires_at
from {{ ref('leads') }}
""",
    "models/marts/activation/crm_score_sync.sql": """
select
    md5('crm|' || lead_id) as sync_key, lead_id, 'crm' as source_system, lead_id as lead_source_id,
    md5(coalesce(mql_at, '') || coalesce(sql_at, '')) as row_hash
from read_csv('{{ env_var("LEADHOUSE_RUN_RAW_PATH") }}/leads.csv', header = true, all_varchar = true)
""",
    "models/marts/monitoring/build_runs.sql": """
select '{{ env_var("LEADHOUSE_RUN_BUILD_ID") }}' as build_id, cast('{{ env_var("LEADHOUSE_RUN_AS_OF") }}' as timestamp) as as_of
""",
    "models/marts/monitoring/build_run_models.sql": "select '{{ env_var(\"LEADHOUSE_RUN_BUILD_ID\") }}' as build_id",
    "models/marts/marts.yml": """
models:
  - name: leads
    description: One row per lead. It's described.
    columns:
      - name: lead_id
        data_tests: [unique, not_null]
      - name: email
        config: {meta: {contains_pii: true}}
      - name: phone
        config: {meta: {contains_pii: true}}
""",
}

_HEADER = "lead_id,email,phone,mql_at,sql_at\n"
GOOD_LEADS = _HEADER + "a, Ann@Example.com ,+1 555 0100,2026-06-28,\nb,,,,\nc,cy@example.com,,2026-06-01,2026-06-02\n"
MORE_LEADS = GOOD_LEADS + "d,dee@example.com,,2026-06-30,\n"
DOUBLE_LEADS = GOOD_LEADS + "a,again@example.com,,,\n"


def write_project(folder: Path) -> Path:
    """Write the small project and give its root."""
    for name, text in _FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip(), encoding="utf-8")
    return folder


def copied_project(folder: Path) -> Path:
    """A project of its own criteria and settings, with the models of this one."""
    folder.mkdir()
    for name in ("models", "macros", "tests", "analyses"):
        (folder / name).symlink_to(PROJECT_ROOT / name, target_is_directory=True)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_ROOT / name, folder)
    shutil.copytree(PROJECT_ROOT / "seeds", folder / "seeds")
    return folder


def parsed_already(root: Path) -> Path:
    """Give a copy of the project what dbt has parsed of the original, where that is known; gives the copy's root."""
    known, its_own = shared_file(PROJECT_ROOT), shared_file(root)
    if known.exists():
        its_own.parent.mkdir(parents=True)
        shutil.copyfile(known, its_own)
    return root


def write_leads(folder: Path, text: str) -> BuildOptions:
    """Write the raw leads and give options that build them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leads.csv").write_text(text, encoding="utf-8")
    return BuildOptions(raw=folder, as_of=AS_OF)


def query(database: Path, statement: str) -> list[tuple[object, ...]]:
    """Rows of one query on a database file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(statement).fetchall()


class Bench:
    """A home, raw tables and a small project, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.root = write_project(folder / "project")
        self.raw = folder / "raw"
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self.published = self.home / "leadhouse.duckdb"
        self.manifest = self.home / "target" / "manifest.json"

    def options(self, leads: str) -> BuildOptions:
        return write_leads(self.raw, leads)

    def build(self, leads: str, **changes: object) -> BuildOutcome:
        return run_build(replace(self.options(leads), **changes), self.home, None, self.root)  # type: ignore[arg-type]

    def lead_ids(self) -> list[object]:
        return [row[0] for row in query(self.published, "select lead_id from marts.leads order by 1")]

    def fill_work(self, leads: str) -> None:
        """Put other leads into the work database without dbt, which takes longer than all the rest."""
        self.options(leads)
        source = f"read_csv('{self.raw}/leads.csv', header = true, all_varchar = true)"
        times = {
            "mql_at": "nullif(mql_at, '')",
            "sql_at": "nullif(sql_at, '')",
            "opportunity_at": "null",
            "customer_at": "null",
        }
        stages = ", ".join(f"cast({value} as timestamp) as {name}" for name, value in times.items())
        tables = {
            "leads": "lead_id, nullif(email, '') as email, nullif(phone, '') as phone",
            "lead_stages": f"lead_id, {stages}",
            "sales_alerts": "lead_id, nullif(email, '') as email",
            "crm_score_sync": (
                "md5('crm|' || lead_id) as sync_key, lead_id, 'crm' as source_system, lead_id as lead_source_id, "
                "md5(coalesce(mql_at, '') || coalesce(sql_at, '')) as row_hash"
            ),
        }
        with duckdb.connect(str(self.home / "work.duckdb")) as connection:
            for table, columns in tables.items():
                connection.execute(f"create or replace table marts.{table} as select {columns} from {source}")

    def publish(self, leads: str | None = None, settings: PublishSettings | None = None) -> PublishedVersion:
        """Publish what is in the work database, or these leads, without dbt."""
        if leads:
            self.fill_work(leads)
        number = records.next_number(self.home)
        record = replace(records.read(self.home)[0], build_id=f"build-{number}", build_number=number)
        return publish(self.home, self.manifest, record, settings)

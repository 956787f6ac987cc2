"""A dbt project of four small marts, which stands in for the real one where only running and publishing are tested."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb

from leadhouse.build import BuildOptions

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
from read_csv('{{ var("raw_path") }}/leads.csv', header = true, all_varchar = true)
""",
    "models/marts/funnel/lead_stages.sql": """
select
    lead_id,
    cast(nullif(mql_at, '') as timestamp) as mql_at,
    cast(nullif(sql_at, '') as timestamp) as sql_at,
    cast(null as timestamp) as opportunity_at,
    cast(null as timestamp) as customer_at,
from read_csv('{{ var("raw_path") }}/leads.csv', header = true, all_varchar = true)
""",
    "models/marts/activation/sales_alerts.sql": "select lead_id, email from {{ ref('leads') }}",
    "models/marts/monitoring/build_runs.sql": """
select '{{ var("build_id") }}' as build_id, cast('{{ var("as_of") }}' as timestamp) as as_of
""",
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


def write_leads(folder: Path, text: str) -> BuildOptions:
    """Write the raw leads and give options that build them."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leads.csv").write_text(text, encoding="utf-8")
    return BuildOptions(raw=folder, as_of=AS_OF)


def query(database: Path, statement: str) -> list[tuple[object, ...]]:
    """Rows of one query on a database file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(statement).fetchall()

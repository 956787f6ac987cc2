"""Tables and views on DuckDB are replaced where they stand, whatever stood there before."""

from __future__ import annotations

import shutil
from pathlib import Path

from build_fixtures import AS_OF, GOOD_LEADS, query, write_leads, write_project
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import RunResult, run_dbt

MODEL = "{{{{ config(materialized='{kind}', contract={{'enforced': {has_contract}}}) }}}} select {value} as number"
COLUMNS = """
models:
  - name: numbers
    columns: [{name: number, data_type: integer, constraints: [{type: not_null}]}]
"""
# A model that goes on from what it replaces.
COUNTER = """
{{ config(materialized='table') }}
{% set before = adapter.get_relation(this.database, this.schema, this.identifier) %}
select {% if before %}(select count_builds from {{ before }}) + 1{% else %}1{% endif %} as count_builds
"""


def test_a_model_may_become_a_table_or_a_view_and_read_what_it_replaces(tmp_path: Path) -> None:
    root, home = write_project(tmp_path / "project"), tmp_path / "home"
    marts = root / "models" / "marts"
    shutil.copy(PROJECT_ROOT / "macros" / "materializations" / "in_place.sql", root / "macros")
    (marts / "counter.sql").write_text(COUNTER, encoding="utf-8")
    (marts / "numbers.yml").write_text(COLUMNS, encoding="utf-8")
    home.mkdir()

    def build(kind: str, has_contract: bool, value: str) -> RunResult:
        text = MODEL.format(kind=kind, has_contract=has_contract, value=value)
        (marts / "numbers.sql").write_text(text, encoding="utf-8")
        raw = str(write_leads(tmp_path / "raw", GOOD_LEADS).raw)
        return run_dbt(
            ["run", "--select", "numbers counter"],
            home,
            root,
            run={"raw_path": raw, "as_of": str(AS_OF), "build_id": "b"},
        )

    kinds = "select table_type, (select number from marts.numbers) from information_schema.tables where table_name = 'numbers'"
    steps = [("table", True), ("view", False), ("table", False), ("table", True), ("view", True)]
    for number, (kind, has_contract) in enumerate(steps):
        assert build(kind, has_contract, f"{number}").is_good
        expected = "VIEW" if kind == "view" else "BASE TABLE"
        assert query(home / "work.duckdb", kinds) == [(expected, number)]
    assert query(home / "work.duckdb", "select count_builds from marts.counter") == [(len(steps),)]

    # A row that breaks the contract leaves the table as it was.
    assert build("table", True, "7").is_good
    assert [node.name for node in build("table", True, "cast(null as integer)").failed] == ["numbers"]
    assert query(home / "work.duckdb", kinds) == [("BASE TABLE", 7)]

"""The dbt project by itself: plain `dbt build` with all unit tests, and what every model says about itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadhouse.demo import WorldSummary
from leadhouse.paths import PROJECT_ROOT


def run_dbt(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt as an engineer without the package would, from a folder that is not the project's."""
    home.mkdir(parents=True, exist_ok=True)
    command = [
        str(Path(sys.executable).with_name("dbt")),
        "--no-use-colors",
        *arguments,
        *("--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT)),
        *("--target-path", str(home / "target"), "--log-path", str(home / "logs")),
    ]
    environment = {**os.environ, "LEADHOUSE_HOME": str(home)}
    return subprocess.run(command, env=environment, cwd=home, capture_output=True, text=True, check=False, timeout=900)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, demo_world: tuple[Path, WorldSummary]) -> Path:
    """A home where plain dbt has built the small demo world, unit tests and all; raw tables are found in it."""
    home = tmp_path_factory.mktemp("plain")
    (home / "raw").symlink_to(demo_world[0])
    done = run_dbt(home, "build", "--vars", json.dumps({"as_of": "2026-07-01 00:00:00"}))
    assert done.returncode == 0, done.stdout[-5000:]
    return home


def test_plain_dbt_build_passes_every_model_unit_test_and_data_test(built: Path) -> None:
    results = json.loads((built / "target" / "run_results.json").read_text())["results"]
    kinds = [result["unique_id"].split(".")[0] for result in results]
    assert {result["status"] for result in results} <= {"success", "pass", "no-op"}
    assert kinds.count("unit_test") > 100
    assert kinds.count("test") > 150
    with duckdb.connect(str(built / "work.duckdb"), read_only=True) as connection:
        assert connection.execute("select count(*) from marts.leads").fetchall()[0][0] > 300


def models_of(home: Path) -> list[dict[str, Any]]:
    nodes = json.loads((home / "target" / "manifest.json").read_text())["nodes"].values()
    return [node for node in nodes if node["resource_type"] in ("model", "seed")]


def test_every_model_says_its_grain_and_describes_every_column(built: Path) -> None:
    with duckdb.connect(str(built / "work.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            "select table_schema || '.' || table_name, column_name from information_schema.columns"
            " where table_catalog = 'work'"
        ).fetchall()
    columns: dict[str, set[str]] = {}
    for table, column in rows:
        columns.setdefault(table, set()).add(column)
    lacking = []
    for node in models_of(built):
        name = f"{node['schema']}.{node['name']}"
        if not node["description"].startswith("One row per"):
            lacking.append(f"{name}: its description does not begin with its grain")
        described = {column["name"] for column in node["columns"].values() if column["description"]}
        lacking += [f"{name}.{column} is not described" for column in sorted(columns[name] - described)]
        lacking += [f"{name}.{column} is described but not there" for column in sorted(described - columns[name])]
    assert not lacking, "\n".join(lacking)


def test_personal_data_is_in_few_published_marts(built: Path) -> None:
    marked = {
        node["name"]
        for node in models_of(built)
        if node["schema"] == "marts" and "activation" not in Path(node["original_file_path"]).parts
        for column in node["columns"].values()
        if {**column.get("meta", {}), **column.get("config", {}).get("meta", {})}.get("contains_pii")
    }
    # A broken row may have anything where its key should be.
    assert marked == {"leads", "lead_identifiers", "quarantined_rows"}


def test_plain_dbt_stops_before_any_model_when_a_required_column_is_missing(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "leads.csv").write_text("lead_source_id,email\nl1,ann@example.com\n")
    done = run_dbt(tmp_path, "build", "--exclude-resource-type", "unit_test")
    assert done.returncode != 0
    for word in ("'generic'", "'leads'", "'created_at'", "leads.csv"):
        assert word in done.stdout
    assert "OK created" not in done.stdout


def test_no_model_reads_the_engines_clock() -> None:
    forbidden = ("current_timestamp", "now()", "current_date", "getdate", "today()", "localtimestamp")
    for file in [*(PROJECT_ROOT / "models").rglob("*.sql"), *(PROJECT_ROOT / "macros").rglob("*.sql")]:
        text = file.read_text().lower()
        assert not [word for word in forbidden if word in text], file

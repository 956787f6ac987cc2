"""dbt's Rust engine, where `make dbt-v2` has installed it, makes the same marts as dbt of a small world.

It brings no driver for DuckDB, and DuckDB's library on npm is of an earlier release than the package's: doubles may differ in
their last digits.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import BuiltHome
from leadhouse.paths import PROJECT_ROOT

# What the package has recorded of builds in one home: dbt alone has recorded none.
OF_THE_HOME = {"build_runs", "build_run_models", "criteria_changes"}
DRIVER = "node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"


@pytest.fixture(scope="module")
def engine() -> Path:
    folder = os.environ.get("LEADHOUSE_DBT_V2")
    if not folder:
        pytest.skip("LEADHOUSE_DBT_V2 names no environment with dbt's Rust engine; make dbt-v2 makes one")
    return Path(folder)


def run(engine: Path, home: Path, *arguments: str) -> str:
    """Run the engine with a home; gives what it printed."""
    drivers = home / "drivers"
    drivers.mkdir(parents=True, exist_ok=True)
    (drivers / "duckdb.toml").write_text(
        'manifest_version = 1\nname = "DuckDB"\n\n[Driver]\nentrypoint = "duckdb_adbc_init"\n\n'
        f'[Driver.shared]\nlinux_amd64 = "{engine / DRIVER}"\n'
    )
    environment = {
        **os.environ,
        "LEADHOUSE_HOME": str(home),
        "ADBC_DRIVER_PATH": str(drivers),
        "DO_NOT_TRACK": "1",
    }
    result = subprocess.run(
        [
            str(engine / "bin" / "dbt"), *arguments, "--project-dir", str(PROJECT_ROOT), "--profiles-dir", str(PROJECT_ROOT),
            "--target-path", str(home / "target"), "--log-path", str(home / "logs"),
        ],
        env=environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-2000:]
    return result.stdout


def marts(path: Path) -> dict[str, dict[str, str]]:
    """Mart -> column -> type."""
    with duckdb.connect(str(path), read_only=True) as connection:
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'marts' order by all"
        ).fetchall():
            found.setdefault(table, {})[column] = kind
        return found


def differing_rows(one: Path, other: Path, table: str, types: Mapping[str, str]) -> int:
    """Rows that only one of two databases has, doubles to nine digits."""
    columns = ", ".join(
        f"round({name}, 9 - cast(ceil(log10(greatest(abs({name}), 1))) as integer)) + 0.0 as {name}"
        if kind == "DOUBLE"
        else f"{name} as {name}"
        for name, kind in types.items()
    )
    with tempfile.TemporaryDirectory() as folder:
        for place, path in (("one", one), ("other", other)):
            # Each by itself: views name their database.
            with duckdb.connect(str(path), read_only=True) as connection:
                connection.execute(f"copy (select {columns} from marts.{table}) to '{folder}/{place}.parquet'")
        here, there = (f"select * from '{folder}/{place}.parquet'" for place in ("one", "other"))
        rows = duckdb.sql(
            f"select (select count(*) from ({here} except all {there})) + (select count(*) from ({there} except all {here}))"
        ).fetchall()
        return int(rows[0][0])


@pytest.mark.parametrize("again", [False, True], ids=["first build", "second build"])
def test_the_rust_engine_makes_the_same_marts(
    again: bool, engine: Path, demo_world: Any, demo_home: BuiltHome, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.getbasetemp() / "dbt_v2"
    printed = run(
        engine, home, "build", "--exclude-resource-type", "unit_test", "--exclude", "datapackage",
        "--vars", f"{{raw_path: '{demo_world[0]}', as_of: '2026-07-01 00:00:00'}}",
    )  # fmt: skip
    assert ("Computing changed leads" if again else "Computing everything") in printed
    expected = marts(demo_home.path / "work.duckdb")
    assert marts(home / "work.duckdb") == expected
    for table, types in expected.items():
        if table not in OF_THE_HOME:
            assert differing_rows(demo_home.path / "work.duckdb", home / "work.duckdb", table, types) == 0, table

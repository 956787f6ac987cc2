"""Every mart is read as BI tools read it, by this and by an older driver, and comes out the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conftest import BuiltHome

SCRIPT = Path(__file__).with_name("read_marts.py")
WAYS = ("duckdb", "pandas", "sqlalchemy", "adbc")
FILES = ("leadhouse.duckdb", "parquet/views.duckdb")


def read(python: str, file: Path, way: str) -> dict[str, Any]:
    """What a way of reading gives, in an environment of its own."""
    done = subprocess.run(
        [python, "-W", "ignore", str(SCRIPT), str(file), way], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    given: dict[str, Any] = json.loads(done.stdout)
    if "lacking" in given:
        pytest.skip(f"{python} has no {' and no '.join(given['lacking'])}; make install")
    return dict(given["marts"])


@pytest.fixture(scope="module")
def expected(demo_home: BuiltHome) -> dict[str, Any]:
    """What there is to read, as DuckDB itself gives it."""
    marts = read(sys.executable, demo_home.path / "leadhouse.duckdb", "duckdb")
    assert len(marts) > 35
    assert all(mart["rows"] for name, mart in marts.items() if name not in ("criteria_changes", "quarantined_rows"))
    return marts


@pytest.fixture(scope="module")
def old_driver() -> str:
    """The Python of an environment with an older DuckDB; nothing is installed for it here."""
    python = os.environ.get("LEADHOUSE_OLD_DRIVER")
    if not python:
        pytest.skip("LEADHOUSE_OLD_DRIVER names no Python with an older DuckDB; make drivers makes one")
    version = subprocess.run(
        [python, "-c", "import duckdb; print(duckdb.__version__)"], capture_output=True, text=True, check=True
    ).stdout
    assert version.startswith("1."), version
    return python


@pytest.mark.parametrize("way", WAYS[1:])
def test_every_mart_is_read_by_this_driver(way: str, demo_home: BuiltHome, expected: dict[str, Any]) -> None:
    assert read(sys.executable, demo_home.path / "leadhouse.duckdb", way) == expected


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("way", WAYS)
def test_every_mart_is_read_by_an_older_driver(
    way: str, file: str, demo_home: BuiltHome, expected: dict[str, Any], old_driver: str
) -> None:
    assert read(old_driver, demo_home.path / file, way) == expected


def test_reading_by_adbc_changes_nothing(demo_home: BuiltHome) -> None:
    file = demo_home.path / "leadhouse.duckdb"
    before = file.read_bytes()
    read(sys.executable, file, "adbc")
    assert file.read_bytes() == before
    assert not file.with_suffix(".duckdb.wal").exists()

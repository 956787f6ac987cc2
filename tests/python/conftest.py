"""Fixtures that several test modules share: built homes, and the folder of real data."""

from __future__ import annotations

import os
import pickle
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from filelock import FileLock

from build_fixtures import GOOD_LEADS, Bench
from leadhouse import versions
from leadhouse.demo import WorldSummary, write_world
from leadhouse.paths import PROJECT_ROOT

# Without a terminal the command line takes this for its width, and tables are not broken.
os.environ["COLUMNS"] = "200"


# Files whose tests build much, slowest first: begun last, one process would be at work long after the other.
SLOW_FILES = (
    "test_incremental", "test_end_to_end", "test_forget", "test_dbt_project", "test_alerts", "test_docs_examples",
    "test_activation", "test_ledger_property", "test_attribution", "test_bad_input", "test_canary", "test_faults",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the tests of slow files first, in the order of SLOW_FILES; the others stay in theirs."""
    places = {name: place for place, name in enumerate(SLOW_FILES)}
    items.sort(key=lambda item: places.get(item.path.stem, len(places)))


@dataclass(frozen=True)
class BuiltHome:
    """A home with a finished build; `world` is what was planted in it, where it is a demo world."""

    path: Path
    world: WorldSummary | None = None

    def query(self, sql: str, parameters: list[Any] | None = None, database: str = "leadhouse.duckdb") -> list[Any]:
        """Rows of a query on the published database, or on another of the home."""
        with duckdb.connect(str(self.path / database), read_only=True) as connection:
            return connection.execute(sql, parameters or []).fetchall()

    def work(self, sql: str, parameters: list[Any] | None = None) -> list[Any]:
        """Rows of a query on the work database, which holds personal data."""
        return self.query(sql, parameters, "work.duckdb")


@pytest.fixture(scope="session")
def run_cli() -> Callable[..., Any]:
    """Run the command line in a process of its own, with a home; gives the finished process."""
    import subprocess
    import sys

    def run(home: Path, *arguments: str) -> Any:
        environment = {**os.environ, "LEADHOUSE_HOME": str(home), "NO_COLOR": "1", "COLUMNS": "200"}
        command = [str(Path(sys.executable).with_name("leadhouse")), *arguments]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=home, timeout=900
        )

    return run


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> tuple[Path, Any]:
    """A folder that the first of the processes to need it fills with `make`, and what that gave; nobody may change it."""
    is_one_of_many = "PYTEST_XDIST_WORKER" in os.environ
    folder = (factory.getbasetemp().parent if is_one_of_many else factory.getbasetemp()) / f"{name}_made_once"
    given = folder.with_suffix(".pickle")
    with FileLock(folder.with_suffix(".lock")):
        if not given.exists():
            # What another process may have begun.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            given.write_bytes(pickle.dumps(make(folder)))
    return folder, pickle.loads(given.read_bytes())


def built_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """This process's copy of a home that is built once, for the commands of one process would meet those of another."""
    home = factory.mktemp(name) / "home"
    shutil.copytree(made_once(factory, name, make)[0], home, symlinks=True)
    # Views name the folder that they read.
    versions.repair(home)
    return home


@pytest.fixture(scope="session")
def demo_world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, WorldSummary]:
    """A small demo world's raw folder, and what is planted in it."""
    folder, world = made_once(tmp_path_factory, "world", lambda made: write_world(made / "raw", leads=300, seed=1))
    return folder / "raw", world


@pytest.fixture(scope="session")
def demo_home(
    tmp_path_factory: pytest.TempPathFactory,
    demo_world: tuple[Path, WorldSummary],
    run_cli: Callable[..., Any],
) -> BuiltHome:
    """The small demo world, built and published through the command line."""
    raw, world = demo_world

    def build(home: Path) -> None:
        done = run_cli(home, "build", "--raw", str(raw), "--as-of", "2026-07-01T00:00:00")
        assert done.returncode == 0, done.stdout + done.stderr

    return BuiltHome(built_once(tmp_path_factory, "demo", build), world)


@pytest.fixture(scope="session")
def compiled_analyses(demo_home: BuiltHome, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """The SQL of each analysis as dbt compiles it, by name."""
    from leadhouse.runner import run_dbt

    home = tmp_path_factory.mktemp("analyses")
    shutil.copy(demo_home.path / "work.duckdb", home)
    result = run_dbt(["compile", "--select", "path:analyses"], home, PROJECT_ROOT)
    assert result.is_good, [(node.name, node.message) for node in result.failed]
    compiled = home / "target" / "compiled" / "leadhouse" / "analyses"
    return lambda name: (compiled / f"{name}.sql").read_text(encoding="utf-8")


@pytest.fixture(scope="session")
def canary_home(tmp_path_factory: pytest.TempPathFactory, run_cli: Callable[..., Any]) -> BuiltHome:
    """The world around a person who wrote her name wherever she could, built and published; not to be changed."""
    from privacy_fixtures import AS_OF, write_world

    raw, _ = made_once(tmp_path_factory, "canary_raw", write_world)

    def build(home: Path) -> None:
        done = run_cli(home, "build", "--raw", str(raw), "--as-of", AS_OF.isoformat())
        assert done.returncode == 0, done.stdout + done.stderr

    return BuiltHome(built_once(tmp_path_factory, "canary", build))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, which is not part of the project; tests that need it are skipped without it."""
    folder = Path(os.environ.get("LEADHOUSE_TEST_DATA") or PROJECT_ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no folder of real data at {folder}; set LEADHOUSE_TEST_DATA")
    return folder


@pytest.fixture(scope="session")
def built_bench(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a small project that has published the leads a, b, c once."""
    folder = tmp_path_factory.mktemp("bench")
    Bench(folder).build(GOOD_LEADS)
    return folder


@pytest.fixture
def bench(built_bench: Path, tmp_path: Path) -> Bench:
    """A copy of it for one test."""
    shutil.copytree(built_bench, tmp_path / "bench", symlinks=True)
    copied = Bench(tmp_path / "bench")
    # Views name the folder that they read.
    versions.repair(copied.home)
    return copied

"""Raw tables and criteria that are damaged in hundreds of ways: a clear answer each time, and never a wrong publish."""

from __future__ import annotations

import itertools
import os
import shutil
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pytest

from build_fixtures import parsed_already, query
from leadhouse.build import BuildOptions, check, run_build
from leadhouse.contract import load_contract
from leadhouse.criteria import check_criteria
from leadhouse.criteria_rows import FILES
from leadhouse.demo import write_world
from leadhouse.errors import Problem
from leadhouse.paths import PROJECT_ROOT
from leadhouse.source_checks import examine
from mutations import Mutation, mutate_criteria, mutate_source

SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
COUNT_SOURCES = 300 if SOAK else 16
COUNT_CRITERIA = 120 if SOAK else 12
AS_OF = datetime(2026, 7, 1)
PROJECT = ("models", "macros", "seeds", "tests/generic", "tests/singular", "dbt_project.yml", "profiles.yml")


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world") / "raw"
    write_world(folder, leads=20, seed=1)
    return folder


@pytest.fixture(scope="module")
def sound_sources(raw: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Mutation]:
    """Check every mutated table; those that pass."""
    entities = itertools.cycle(load_contract())
    mutations = (mutate_source(raw, entity, seed) for seed, entity in zip(range(COUNT_SOURCES), entities, strict=False))
    folder = tmp_path_factory.mktemp("mutated")
    return [mutation for mutation in mutations if is_sound(mutation, folder / "raw")]


def is_sound(mutation: Mutation, folder: Path) -> bool:
    folder.mkdir()
    mutation.write(folder)
    try:
        found = examine(folder)
    except Exception as error:
        raise AssertionError(mutation.description) from error
    finally:
        shutil.rmtree(folder)
    assert_clear([*found.problems, *found.warnings], mutation)
    assert all(mutation.name in problem.where for problem in found.problems), mutation.description
    return not found.problems


def assert_clear(problems: Sequence[Problem], mutation: Mutation) -> None:
    """Say where, what and how to mend it, on a line, without words of the machinery."""
    for problem in problems:
        assert problem.where and problem.what and problem.mend, mutation.description
        assert "Traceback" not in str(problem) and len(str(problem)) < 3000, mutation.description


@pytest.fixture(scope="module")
def sound_criteria(tmp_path_factory: pytest.TempPathFactory) -> list[Mutation]:
    """Check every mutated criteria file; those that pass."""
    root = copy_project(tmp_path_factory.mktemp("criteria"))
    found = []
    for seed, name in zip(range(COUNT_CRITERIA), itertools.cycle(FILES), strict=False):
        mutation = mutate_criteria(PROJECT_ROOT / "seeds", name, seed)
        path = root / "seeds" / name
        good = path.read_bytes()
        path.write_bytes(mutation.files[name])
        try:
            problems = check_criteria(root, set())
        except Exception as error:
            raise AssertionError(mutation.description) from error
        finally:
            path.write_bytes(good)
        assert_clear(problems, mutation)
        assert all(problem.where.startswith("seeds/") for problem in problems), mutation.description
        if not problems:
            found.append(mutation)
    return found


def copy_project(folder: Path) -> Path:
    for name in PROJECT:
        source, target = PROJECT_ROOT / name, folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy2(source, target)
    return folder


def test_whatever_is_damaged_the_answer_is_clear(sound_sources: list[Mutation], sound_criteria: list[Mutation]) -> None:
    """The fixtures have checked every mutation; some must be caught, and some must be harmless."""
    assert 0 < len(sound_sources) < COUNT_SOURCES
    assert 0 < len(sound_criteria) < COUNT_CRITERIA


def test_what_passes_the_checks_is_built_without_losing_a_row(
    raw: Path, sound_sources: list[Mutation], sound_criteria: list[Mutation], tmp_path: Path
) -> None:
    """Every sound mutation goes through a real build, together with those of other tables and of one criteria file."""
    for number, (sources, criteria) in enumerate(itertools.zip_longest(rounds(sound_sources), rounds(sound_criteria))):
        folder = tmp_path / f"build_{number}"
        build_mutated(raw, [*(sources or [])], [*(criteria or [])], folder)
        shutil.rmtree(folder)
        if not SOAK:
            break


def rounds(mutations: Sequence[Mutation]) -> list[list[Mutation]]:
    """Sort mutations into groups in which every file is mutated at most once."""
    groups: list[list[Mutation]] = []
    for mutation in mutations:
        group = next((group for group in groups if all(other.name != mutation.name for other in group)), None)
        if group is None:
            groups.append(group := [])
        group.append(mutation)
    return groups


def build_mutated(raw: Path, sources: list[Mutation], criteria: list[Mutation], folder: Path) -> None:
    told = "\n".join(mutation.description for mutation in [*sources, *criteria])
    root, home, mutated = parsed_already(copy_project(folder / "project")), folder / "home", folder / "raw"
    home.mkdir()
    shutil.copytree(raw, mutated)
    for mutation in sources:
        mutation.write(mutated)
    for mutation in criteria:
        (root / "seeds" / mutation.name).write_bytes(mutation.files[mutation.name])
        if check_criteria(root, set()):
            # Two sound files may contradict each other.
            shutil.copy2(PROJECT_ROOT / "seeds" / mutation.name, root / "seeds" / mutation.name)
    options = BuildOptions(mutated, AS_OF)
    assert check(options, root) == [], told
    outcome = run_build(options, home, project_root=root)
    assert outcome.published, (
        told + "\n" + "\n".join(f"{kept.node.name}: {kept.node.message}" for kept in outcome.failures)
    )
    accounted = query(
        Path(outcome.published.database),
        "select entity, count_raw_rows, count_conformed_rows + count_duplicate_rows + count_quarantined_rows, "
        "count_unreadable_values from marts.row_accounting",
    )
    files = examine(mutated).memory.files
    for entity, count_raw, count_accounted, count_unreadable in accounted:
        columns = load_contract()[str(entity)].columns
        optional = {column.name for column in columns if not column.is_required}
        profiles = files[str(entity)]
        assert count_raw == count_accounted == sum(profile.rows for profile in profiles), f"{entity}\n{told}"
        unreadable = [item.unreadable for file in profiles for name, item in file.columns.items() if name in optional]
        assert count_unreadable == sum(unreadable), f"{entity}\n{told}"

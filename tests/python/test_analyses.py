"""The queries of analyses/: each answers its question from the marts alone, and each mart has one."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import BuiltHome
from docs_reader import read, rows, section
from leadhouse.paths import PROJECT_ROOT

FILES = sorted((PROJECT_ROOT / "analyses").glob("*.sql"))
MARTS = {path.stem: path.parent.name for path in (PROJECT_ROOT / "models" / "marts").rglob("*.sql")}


def question(file: Path) -> str:
    """What the query answers: the comment that it begins with."""
    lines = []
    for line in file.read_text(encoding="utf-8").splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def marts_read(file: Path) -> set[str]:
    return set(re.findall(r"ref\('(\w+)'\)", file.read_text(encoding="utf-8")))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_each_question_has_an_answer(file: Path, demo_home: BuiltHome, compiled_analyses: Callable[[str], str]) -> None:
    assert question(file).endswith(("?", ".")) and "?" in question(file)
    read_marts = marts_read(file)
    assert read_marts and read_marts <= set(MARTS), "an analysis reads marts, and nothing else"
    # Published marts are asked where people ask them; the outbox has a file of its own, which the work database has too.
    has_outbox = any(MARTS[mart] == "activation" for mart in read_marts)
    database = demo_home.path / ("work.duckdb" if has_outbox else "leadhouse.duckdb")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{database}' as work (read_only)")
        answer = connection.execute(compiled_analyses(file.stem))
        names = [column[0] for column in answer.description]
        found: list[Any] = answer.fetchall()
    assert len(set(names)) == len(names)
    # Before the second build nothing has been changed.
    assert found or "criteria_changes" in read_marts, f"{file.stem} has no row in the demo world"


def test_each_mart_has_a_question() -> None:
    assert set(MARTS) - set().union(*(marts_read(file) for file in FILES)) == set()


def test_the_reference_lists_each_question() -> None:
    told = list(rows(section(read("docs/reference/questions.md"), "## The questions")))
    listed = {re.findall(r"`(\w+)`", row[1])[0]: (row[0], re.findall(r"`(\w+)`", row[2])) for row in told[1:]}
    assert listed == {file.stem: (question(file), sorted(marts_read(file))) for file in FILES}

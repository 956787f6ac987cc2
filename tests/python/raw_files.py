"""Raw files of any content, and the one problem that is found with them."""

from __future__ import annotations

from pathlib import Path

import duckdb

from leadhouse.contract import quote_text
from leadhouse.errors import Problem


def put(raw: Path, name: str, content: str | bytes) -> Path:
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def parquet(raw: Path, name: str, select: str) -> Path:
    path = raw / name
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"copy ({select}) to {quote_text(str(path))} (format parquet)")
    return path


def only(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]

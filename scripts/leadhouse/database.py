"""DuckDB files: opening them while other programs may look into them, and writing names and values into SQL."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import duckdb

from leadhouse.errors import BuildError
from leadhouse.machine import DEFAULT_MEMORY_LIMIT, MEMORY_LIMIT

# Drivers from 0.10 on read this format; the engine's own newest format would shut out every BI tool with an older one.
STORAGE_VERSION = "v1.0.0"
# Seconds to wait before each further try, about five in all: a program that only looked has closed the file by then.
PAUSES = (0.2, 0.4, 0.8, 1.6, 2.0)
Opened = TypeVar("Opened")
_HOLDER = re.compile(r"Conflicting lock is held in (?P<program>.+?) \(PID (?P<pid>\d+)\)")


def connect_work(
    home: Path, read_only: bool = False, wait: Callable[[float], object] = time.sleep
) -> duckdb.DuckDBPyConnection:
    """Open `home/work.duckdb`, which no other process may have open meanwhile.

    Tries again for about five seconds, and then raises BuildError with the program that holds it, or with whatever else
    is wrong with the file.
    """
    path = home / "work.duckdb"
    return _when_free(path, lambda: duckdb.connect(str(path), read_only=read_only), wait)


def attach_work(
    connection: duckdb.DuckDBPyConnection, home: Path, wait: Callable[[float], object] = time.sleep
) -> None:
    """Attach `home/work.duckdb` as `work`, for reading; waits and refuses as `connect_work` does."""
    path = home / "work.duckdb"
    _when_free(path, lambda: connection.execute(f"attach {literal(path)} as work (read_only)"), wait)


def configure(connection: duckdb.DuckDBPyConnection, home: Path) -> None:
    """Give a connection the project's settings: UTC, the memory limit of builds, and where to spill."""
    connection.execute("set TimeZone = 'UTC'")
    connection.execute("set preserve_insertion_order = false")
    connection.execute(f"set temp_directory = {literal(home / 'work.duckdb.tmp')}")
    connection.execute(f"set memory_limit = {literal(os.environ.get(MEMORY_LIMIT) or DEFAULT_MEMORY_LIMIT)}")


def name(identifier: str) -> str:
    """An identifier in SQL."""
    return '"' + identifier.replace('"', '""') + '"'


def literal(value: str | Path) -> str:
    """A text in SQL; for paths and names of our own, never for values from sources."""
    return "'" + str(value).replace("'", "''") + "'"


def _when_free(path: Path, act: Callable[[], Opened], wait: Callable[[float], object]) -> Opened:
    for pause in PAUSES:
        try:
            return act()
        except duckdb.IOException as error:
            if not _HOLDER.search(str(error)):
                break
            wait(pause)
    try:
        return act()
    except duckdb.Error as error:
        raise BuildError(_refusal(path, error)) from error


def _refusal(path: Path, error: duckdb.Error) -> str:
    holder = _HOLDER.search(str(error))
    if holder is None:
        return f"{path} cannot be opened: {error}"
    who = f"{holder['program']} (process {holder['pid']})"
    return f"{path} is open in {who}. Nothing was built. Close it there, and read the published database instead."

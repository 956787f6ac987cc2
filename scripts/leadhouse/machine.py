"""What this machine can give: cores, memory (a container's limit counts), and how much of it the engine may take."""

from __future__ import annotations

import getpass
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import duckdb
import psutil

from leadhouse.errors import InputError, Problem

MEMORY_LIMIT = "LEADHOUSE_MEMORY_LIMIT"
DEFAULT_MEMORY_LIMIT = "3GB"  # as in profiles.yml
_UNITS = {"bytes": 1, "byte": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def count_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes() -> int:
    """Memory that this process may use: the machine's, or less where a container or service has a limit."""
    return min([psutil.virtual_memory().total, *_cgroup_limits()])


def memory_limit_bytes(text: str | None = None, where: str = MEMORY_LIMIT) -> int:
    """What the engine may take before it uses the disk: `text` as DuckDB reads it, by default that of builds.

    Raises InputError, naming `where`, when DuckDB cannot read it.
    """
    written = text or os.environ.get(MEMORY_LIMIT) or DEFAULT_MEMORY_LIMIT
    with duckdb.connect() as connection:
        try:
            connection.execute("set memory_limit = '" + written.replace("'", "''") + "'")
        except duckdb.Error:
            problem = Problem(where, f"`{written}` is no amount of memory", "Write it like 3GB or 512MB.")
            raise InputError([problem]) from None
        row = connection.execute("select current_setting('memory_limit')").fetchone()
    number, _, unit = str(row[0] if row else "").partition(" ")
    return int(float(number) * _UNITS[unit])


def facts() -> dict[str, str | int]:
    """What a measurement depends on: cores, memory in MB, versions. No name and no path of this machine."""
    return {
        "cores": count_cores(),
        "memory_mb": memory_bytes() // 2**20,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        **{name: version(name) for name in ("leadhouse", "dbt-core", "dbt-duckdb", "duckdb")},
    }


def user_name() -> str:
    """Who runs this process: a name, or the number of a user that has none, as in some containers."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _cgroup_limits() -> list[int]:
    """Memory limits of this process's control groups (Linux), from its own group up to the root."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    limits = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers not in ("", "memory"):
            continue
        mount = Path("/sys/fs/cgroup") / controllers
        group = mount / path.lstrip("/")
        for folder in (group, *group.parents):
            limits += _read_limit(folder / ("memory.limit_in_bytes" if controllers else "memory.max"))
            if folder == mount:
                break
    return limits


def _read_limit(file: Path) -> list[int]:
    try:
        text = file.read_text(encoding="ascii").strip()
    except OSError:
        return []
    return [int(text)] if re.fullmatch(r"\d+", text) else []

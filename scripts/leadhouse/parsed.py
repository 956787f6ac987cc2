"""What dbt has parsed of a project, handed from home to home: parsing takes longer than a small build does.

dbt holds what it finds against the project's files, the variables and its own version, and parses anew what differs. It
would also parse everything anew in a home of another path, though the project's SQL never sees the path that it was
parsed for.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

_NAME = "partial_parse.msgpack"


def shared_file(project_root: Path) -> Path:
    """Where the newest of a project is kept for homes that have none."""
    return project_root / "target" / "homes" / _NAME


def leave_out_path() -> None:
    """Let dbt take the connections of two homes for the same when it asks whether what it has parsed still holds."""
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    # dbt's own functions are not typed.
    credentials: Any = DuckDBCredentials
    named = credentials._connection_keys
    if not hasattr(named, "leaves_out_path"):

        def without_path(self: Any) -> tuple[str, ...]:
            return tuple(key for key in named(self) if key != "path")

        without_path.leaves_out_path = True  # type: ignore[attr-defined]
        credentials._connection_keys = without_path


def take_over(home: Path, project_root: Path) -> int:
    """Give a home that has none what another one has left; gives when the home's was written, for `hand_on`."""
    own = home / "target" / _NAME
    if not own.exists():
        # Without it everything is parsed.
        with suppress(OSError):
            own.parent.mkdir(parents=True, exist_ok=True)
            _copy(shared_file(project_root), own)
    return _written(own)


def hand_on(home: Path, project_root: Path, before: int) -> None:
    """Leave for other homes what was parsed since `before`; a project that cannot be written keeps none."""
    own = home / "target" / _NAME
    if _written(own) != before:
        with suppress(OSError):
            shared_file(project_root).parent.mkdir(parents=True, exist_ok=True)
            _copy(own, shared_file(project_root))


def _copy(source: Path, target: Path) -> None:
    """Whoever reads meanwhile finds the old or the new one, whole."""
    unfinished = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        shutil.copyfile(source, unfinished)
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _written(file: Path) -> int:
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0

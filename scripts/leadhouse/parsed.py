"""What dbt has parsed of a project, handed from home to home: parsing takes longer than a small build does.

dbt holds what it finds against the project's files, the variables and its own version, and parses anew what differs. That
the path of the home is no difference is said in `shortcuts`.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path

_NAME = "partial_parse.msgpack"


def shared_file(project_root: Path) -> Path:
    """Where the newest of a project is kept for homes that have none."""
    return project_root / "target" / "homes" / _NAME


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

"""Going on with a failed build: what it was told, and which of its nodes are not good yet.

A build that ends well leaves nothing to go on with. One that is killed leaves no results, so there is nothing to trust.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leadhouse import files
from leadhouse.errors import InputError, Problem
from leadhouse.runner import GOOD, RunResult
from leadhouse.sources import fingerprint, stamp_of

FILE_NAME = "last_build.json"
_PROJECT = ("models", "macros", "seeds", "tests/generic", "tests/singular", "snapshots")


@dataclass(frozen=True)
class Attempt:
    """A build that has begun: its settings, and what it was built from.

    `pending` are the ids of nodes that are not good yet; None as long as dbt has not come to its end. `work` tells the
    work database as it was then from another one, `results` dbt's results.
    """

    build_id: str
    raw: str
    as_of: str
    full_refresh: bool
    rebuild_reason: str | None
    sources: str
    project: str
    variables: Mapping[str, Any] = field(default_factory=dict)
    pending: tuple[str, ...] | None = None
    work: str | None = None
    results: str | None = None

    @property
    def moment(self) -> datetime:
        """The as-of time, UTC."""
        return datetime.fromisoformat(self.as_of)


def remember(home: Path, attempt: Attempt) -> None:
    """Keep what a build is about to do, readable by its owner only: variables may hold anything."""
    files.write_text(home / FILE_NAME, json.dumps(asdict(attempt), default=str), 0o600)


def remember_results(home: Path, attempt: Attempt, left: Sequence[str]) -> None:
    """Keep which nodes are left after dbt has come to its end."""
    remember(home, replace(attempt, pending=tuple(left), work=_work_stamp(home), results=_results_id(home)))


def unfinished(attempt: Attempt, run: RunResult) -> list[str]:
    """Ids of the nodes that are not good after this run: bad, skipped, or pending before and not run now."""
    good = {node.unique_id for node in run.nodes if node.status in GOOD}
    ran = {node.unique_id for node in run.nodes}
    return sorted({*ran, *(attempt.pending or ())} - good)


def forget_attempt(home: Path) -> None:
    """After a good build, and before a partial one, there is nothing to go on with."""
    (home / FILE_NAME).unlink(missing_ok=True)


def failed_attempt(home: Path, project_root: Path) -> Attempt:
    """The failed build to go on with; raises InputError when there is none, or what it was built from has changed."""
    attempt = _read(home)
    if attempt is None:
        raise _refusal("there is no failed build to go on with")
    if attempt.pending is None:
        raise _refusal(f"build {attempt.build_id} was stopped before its end, and left no results to go on from")
    if _results_id(home) != attempt.results or _work_stamp(home) != attempt.work:
        raise _refusal(f"what build {attempt.build_id} left is gone, or another run has changed it")
    if attempt.project != project_fingerprint(project_root):
        raise _refusal(f"criteria, models or settings have changed since build {attempt.build_id}")
    if attempt.sources != source_fingerprint(Path(attempt.raw)):
        raise _refusal(f"raw tables in {attempt.raw} have changed since build {attempt.build_id}")
    return attempt


def project_fingerprint(project_root: Path) -> str:
    """A hash of everything that decides what dbt builds: models, macros, criteria, tests, settings, versions."""
    folders = (project_root / name for name in _PROJECT)
    found = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    settings = [path for path in (project_root / "dbt_project.yml", project_root / "profiles.yml") if path.exists()]
    content = files.fingerprint(project_root, [*settings, *found])
    versions = [version(package) for package in ("leadhouse", "dbt-core", "dbt-duckdb", "duckdb")]
    return sha256("|".join([content, *versions]).encode()).hexdigest()


def source_fingerprint(raw: Path) -> str:
    """A hash of name, size, time and inode of every raw file."""
    stamps = [f"{file}|{stamp}" for file, stamp in sorted(fingerprint(raw).items())]
    return sha256("\n".join(stamps).encode()).hexdigest()


def _read(home: Path) -> Attempt | None:
    try:
        values = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        pending = values.pop("pending")
        return Attempt(**values, pending=None if pending is None else tuple(pending))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _work_stamp(home: Path) -> str:
    return str(stamp_of(home / "work.duckdb"))


def _results_id(home: Path) -> str | None:
    """The run of dbt whose results it would go on from."""
    try:
        results = json.loads((home / "target" / "run_results.json").read_text(encoding="utf-8"))
        return str(results["metadata"]["invocation_id"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _refusal(what: str) -> InputError:
    return InputError([Problem("--retry", what, "Run `leadhouse build` without it.")])

"""Running dbt inside this process: the same commands as `dbt ...`, with results as values and without its output.

dbt is imported when it is first needed, because that takes two seconds that `--help` and `explain` should not wait for.
"""

from __future__ import annotations

import gc
import logging
import os
import re
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from leadhouse import parsed, shortcuts
from leadhouse.engines.target import is_remote
from leadhouse.errors import BuildError, InputError, Problem

GOOD = frozenset({"success", "pass", "warn", "no-op"})
BAD = frozenset({"error", "fail", "runtime error", "partial success"})
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class NodeResult:
    """What became of one node.

    `table` is schema and name of what a model or seed is; `failures` are rows that a test found, `sql` is the query of a
    data test and `column` what it is a test of.
    """

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    failures: int | None = None
    message: str | None = None
    file: str | None = None
    sql: str | None = None
    column: str | None = None
    table: tuple[str, str] | None = None

    @property
    def is_test(self) -> bool:
        """Data test or unit test."""
        return self.kind in ("test", "unit_test")

    @property
    def has_failed(self) -> bool:
        """Failed itself; a node skipped because of another one has not."""
        return self.status in BAD


@dataclass(frozen=True)
class Progress:
    """Told after each finished node: which one, how many are done, how many there are."""

    node: NodeResult
    count_done: int
    count_all: int


@dataclass(frozen=True)
class Note:
    """Told when the project itself says something, such as how much it is going to compute."""

    text: str


@dataclass(frozen=True)
class RunResult:
    """A finished run of dbt. `peak_memory_mb` is the process's peak resident memory in MiB."""

    nodes: list[NodeResult]
    seconds: float
    peak_memory_mb: Decimal
    failed: list[NodeResult] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether every node that ran is good."""
        return not self.failed


def run_dbt(
    arguments: Sequence[str],
    home: Path,
    project_root: Path,
    on_node: Callable[[Progress | Note], None] | None = None,
    run: Mapping[str, str] | None = None,
) -> RunResult:
    """Run one dbt command that builds or tests nodes, and let go of the work database afterwards.

    `run` is what differs from run to run (`raw_path`, `as_of`, `build_id`): as variables these would make dbt parse the
    whole project each time. `on_node` is called from one thread at a time. Raises BuildError when dbt cannot start (say, a model does not
    compile), InputError for bad arguments, and KeyboardInterrupt when the user interrupted it.
    """
    started = time.monotonic()
    watcher = _Watcher(on_node)
    with _surroundings(home, run or {}):
        shortcuts.take()
        # What is parsed for one engine does not hold for another.
        parsed_before = 0 if is_remote() else parsed.take_over(home, project_root)
        try:
            outcome = _invoke([*_global_arguments(home), *arguments, *_project_arguments(home, project_root)], watcher)
        finally:
            release_database()
            # What is parsed with other variables holds for these only.
            if "--vars" not in arguments and not is_remote():
                parsed.hand_on(home, project_root, parsed_before)
    nodes = [_from_result(result) for result in outcome]
    failed = [node for node in nodes if node.has_failed]
    return RunResult(nodes, time.monotonic() - started, peak_memory_mb(), failed, watcher.notes)


def release_database() -> None:
    """Close every connection that dbt keeps to the work database, or to a warehouse, in this process."""
    from dbt.adapters import factory
    from dbt.adapters.duckdb import connections

    # dbt's own functions are not typed.
    adapters: Any = factory
    manager: Any = connections.DuckDBConnectionManager
    adapters.cleanup_connections()
    adapters.reset_adapters()
    if manager._ENV is not None:
        manager._ENV.close()
    manager.close_all_connections()
    # Cursors in the frames of an exception keep the file open until they are collected.
    gc.collect()


def peak_memory_mb() -> Decimal:
    """Peak resident memory of this process so far, in MiB."""
    return Decimal(str(round(mebibytes(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss), 3)))


def mebibytes(maxrss: int) -> float:
    """A peak as the system reports it, in KiB or (macOS) bytes, as MiB."""
    return maxrss / (2**20 if sys.platform == "darwin" else 2**10)


class _Watcher:
    """Turns dbt's events, which arrive on its worker threads, into calls of `on_node`, one at a time."""

    def __init__(self, on_node: Callable[[Progress | Note], None] | None) -> None:
        self._on_node = on_node
        self._lock = threading.Lock()
        self._count_all = 0
        self._count_done = 0
        self.notes: list[str] = []

    def _note(self, text: str) -> None:
        with self._lock:
            self.notes.append(text)
            if self._on_node is not None:
                self._on_node(Note(text))

    def __call__(self, event: Any) -> None:
        name = event.info.name
        if name == "JinjaLogInfo":
            self._note(str(event.data.msg))
        if self._on_node is None or name not in ("LogStartLine", "NodeFinished"):
            return
        with self._lock:
            if name == "LogStartLine":
                self._count_all = max(self._count_all, event.data.total)
                return
            self._count_done += 1
            self._count_all = max(self._count_all, self._count_done)
            self._on_node(Progress(_from_event(event.data), self._count_done, self._count_all))


def _invoke(arguments: list[str], watcher: _Watcher) -> list[Any]:
    from dbt.cli.exceptions import DbtUsageException
    from dbt.cli.main import dbtRunner

    outcome = dbtRunner(callbacks=[watcher]).invoke(arguments)
    error = outcome.exception
    if isinstance(error, KeyboardInterrupt | SystemExit):
        raise error
    if isinstance(error, DbtUsageException):
        raise InputError([Problem("dbt", _clean(str(error)) or "bad arguments", "See `leadhouse build --help`.")])
    if error is not None or outcome.result is None:
        raise BuildError(f"dbt could not run: {_clean(str(error))}")
    return list(getattr(outcome.result, "results", []))


def _global_arguments(home: Path) -> list[str]:
    quiet = ["--log-level", "none", "--no-print", "--no-use-colors"]
    return [*quiet, "--log-level-file", "info", "--log-path", str(home / "logs")]


def _project_arguments(home: Path, project_root: Path) -> list[str]:
    root = str(project_root)
    return ["--project-dir", root, "--profiles-dir", root, "--target-path", str(home / "target")]


@contextmanager
def _surroundings(home: Path, run: Mapping[str, str]) -> Iterator[None]:
    """Tell the project the home and what this run is, and let nobody else read what dbt writes: it has personal data."""
    told = {"LEADHOUSE_HOME": str(home), **{f"LEADHOUSE_RUN_{name.upper()}": value for name, value in run.items()}}
    # The published marts can only be read; the shell in which somebody queries them can build all the same.
    if os.environ.get("DBT_TARGET") == "published":
        told["DBT_TARGET"] = "dev"
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    mask = os.umask(0o077)
    # dbt keeps the command line of the process in its results; ours may name a person.
    arguments, sys.argv = sys.argv, sys.argv[:1]
    # When its log cannot be written, say because the disk is full, there is an error of its own to tell.
    log_errors, logging.raiseExceptions = logging.raiseExceptions, False
    try:
        work = home / "work.duckdb"
        if work.exists():
            work.chmod(0o600)
        yield
    finally:
        os.umask(mask)
        sys.argv = arguments
        logging.raiseExceptions = log_errors
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def _from_event(data: Any) -> NodeResult:
    return NodeResult(
        unique_id=data.node_info.unique_id,
        name=data.node_info.node_name,
        kind=data.node_info.resource_type,
        status=data.node_info.node_status,
        seconds=data.run_result.execution_time,
        failures=data.run_result.num_failures or None,
    )


def _from_result(result: Any) -> NodeResult:
    node = result.node
    kind = str(node.resource_type.value)
    return NodeResult(
        unique_id=node.unique_id,
        name=node.name,
        kind=kind,
        status=str(getattr(result.status, "value", result.status)),
        seconds=float(result.execution_time),
        failures=result.failures,
        message=_clean(result.message or "") or None,
        file=node.original_file_path,
        sql=getattr(node, "compiled_code", None) if kind == "test" else None,
        column=getattr(node, "column_name", None),
        table=(node.schema, node.alias) if kind in ("model", "seed") else None,
    )


def _clean(text: str) -> str:
    return _ANSI.sub("", text).replace("\r\n", "\n").strip()

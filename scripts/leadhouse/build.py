"""The build: check criteria and sources, run dbt with its tests, publish, record."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse import records
from leadhouse.errors import BuildError, InputError, Problem
from leadhouse.paths import PROJECT_ROOT
from leadhouse.publish import PublishedVersion, publish
from leadhouse.records import BuildRecord
from leadhouse.runner import NodeResult, Progress, RunResult, peak_memory_mb, run_dbt
from leadhouse.summary import Changes, compare

FAILURES_SCHEMA = "test_failures"


@dataclass(frozen=True)
class BuildOptions:
    """What to build; `raw` and `as_of` (UTC) override the user's dbt `variables` raw_path and as_of."""

    raw: Path
    as_of: datetime
    full_refresh: bool = False
    select: tuple[str, ...] = ()
    variables: Mapping[str, Any] = field(default_factory=dict)

    @property
    def reads_folder(self) -> bool:
        """Whether the raw tables are files; with the variable `raw_schema` they are tables of the warehouse."""
        return not self.variables.get("raw_schema")


@dataclass(frozen=True)
class KeptFailure:
    """A failed node; `table` of the work database keeps the rows that a data test found."""

    node: NodeResult
    table: str | None


@dataclass(frozen=True)
class BuildOutcome:
    """What a build came to; `published` is None when it failed or was partial, `changes` is set when it is not."""

    record: BuildRecord
    run: RunResult
    failures: list[KeptFailure]
    published: PublishedVersion | None
    changes: Changes | None


def read_variables(text: str | None) -> dict[str, Any]:
    """Parse `--vars` (YAML or JSON mapping); raises InputError when it is something else."""
    try:
        values = yaml.safe_load(text) if text else {}
    except yaml.YAMLError as error:
        raise InputError(
            [Problem("--vars", f"is not YAML: {_one_line(error)}", "Write e.g. '{inactivity_days: 45}'.")]
        ) from None
    if not isinstance(values, dict) or not all(isinstance(name, str) for name in values):
        raise InputError([Problem("--vars", f"`{text}` is not a mapping", "Write e.g. '{inactivity_days: 45}'.")])
    return values


def parse_time(text: str, where: str) -> datetime:
    """Read a moment (ISO 8601; without zone it is UTC) as UTC without zone; raises InputError naming `where`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        what = f"`{text}` is not a moment"
        raise InputError([Problem(where, what, "Write it like 2026-07-01T00:00:00 (UTC) or 2026-07-01.")]) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def options_from(
    raw: Path | None, default_raw: Path, as_of: str | None, variables: Mapping[str, Any], now: datetime
) -> BuildOptions:
    """Settle where to read and the as-of time: a flag first, then `--vars`, then the default (`now`, UTC)."""
    folder = raw or (Path(str(variables["raw_path"])) if variables.get("raw_path") else default_raw)
    given = as_of or variables.get("as_of")
    moment = parse_time(str(given), "--as-of" if as_of else "--vars, as_of") if given else now
    return BuildOptions(raw=folder.resolve(), as_of=moment, variables=dict(variables))


def check(options: BuildOptions, project_root: Path = PROJECT_ROOT) -> list[Problem]:
    """Every fault of the criteria and of the sources, found without building anything."""
    from leadhouse.contract import check_sources, custom_attributes_in
    from leadhouse.criteria import check_criteria

    if not options.reads_folder:
        return check_criteria(project_root, set())
    custom_attributes = custom_attributes_in(options.raw) if options.raw.is_dir() else set()
    return [*check_criteria(project_root, custom_attributes), *check_sources(options.raw)]


def source_warnings(options: BuildOptions) -> list[Problem]:
    """What the sources have that the build will pass over, such as columns that the contract does not know."""
    from leadhouse.contract import warnings

    return warnings(options.raw) if options.reads_folder else []


def run_build(
    options: BuildOptions,
    home: Path,
    on_node: Callable[[Progress], None] | None = None,
    project_root: Path = PROJECT_ROOT,
) -> BuildOutcome:
    """Build, test and publish. The caller holds the build lock and has checked the inputs.

    A failed node gives an outcome without a published version; BuildError is raised when dbt or the publishing could
    not run at all. Every build that gets here is recorded.
    """
    started_at, clock = _utc_now(), time.monotonic()
    records.prepare(home, home / "leadhouse.duckdb")
    record = _new_record(options, project_root, started_at)
    try:
        run = run_dbt(_dbt_arguments(options, record.build_id), home, project_root, on_node)
    except BaseException:
        records.append(home, replace(record, count_failed=1, **_ending(clock)))
        raise
    if options.select and not run.nodes:
        problem = Problem("--select", f"`{' '.join(options.select)}` matches no model", "See `dbt ls` for the names.")
        raise InputError([problem])
    record = replace(record, **_counts(run), **_ending(clock), status=_status(options, run))
    failures = keep_failures(home, run.failed)
    if record.status != "succeeded":
        records.append(home, record)
        return BuildOutcome(record, run, failures, None, None)
    return _publish(home, record, run)


def keep_failures(home: Path, failed: Sequence[NodeResult]) -> list[KeptFailure]:
    """Keep the rows that failed data tests found, as tables of the work database until the next build."""
    work = home / "work.duckdb"
    if not work.exists():
        return [KeptFailure(node, None) for node in failed]
    with duckdb.connect(str(work)) as connection:
        connection.execute(f"drop schema if exists {FAILURES_SCHEMA} cascade")
        if any(node.sql for node in failed):
            connection.execute(f"create schema {FAILURES_SCHEMA}")
        return [KeptFailure(node, _keep(connection, node)) for node in failed]


def _keep(connection: duckdb.DuckDBPyConnection, node: NodeResult) -> str | None:
    if not node.sql or node.status != "fail":
        return None
    table = f'{FAILURES_SCHEMA}."{node.name.replace(chr(34), "")}"'
    try:
        connection.execute(f"create or replace table {table} as {node.sql.rstrip().rstrip(';')}")
    except duckdb.Error:
        # The report of the failure matters more than this convenience.
        return None
    return table


def _publish(home: Path, record: BuildRecord, run: RunResult) -> BuildOutcome:
    changes = compare(home / "work.duckdb", home / "leadhouse.duckdb")
    try:
        published = publish(home, home / "target" / "manifest.json", record)
    except BuildError:
        records.append(home, replace(record, status="failed"))
        raise
    return BuildOutcome(published.record, run, [], published, changes)


def _new_record(options: BuildOptions, project_root: Path, started_at: datetime) -> BuildRecord:
    return BuildRecord(
        build_id=f"{started_at:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}",
        leadhouse_version=version("leadhouse"),
        criteria_hash=records.criteria_hash(project_root),
        status="failed",
        selection=" ".join(options.select) or None,
        count_models=0,
        count_tests=0,
        count_failed=0,
        count_rows=0,
        seconds=Decimal(0),
        peak_memory_mb=Decimal(0),
        is_full_refresh=options.full_refresh,
        as_of=options.as_of,
        started_at=started_at,
        finished_at=started_at,
    )


def _dbt_arguments(options: BuildOptions, build_id: str) -> list[str]:
    variables = {
        **options.variables,
        "raw_path": str(options.raw),
        "as_of": options.as_of.isoformat(sep=" "),
        "build_id": build_id,
    }
    # Unit tests prove the SQL, not the data: they run in the project's own tests, not in every build.
    without = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
    arguments = ["build", *without, "--vars", json.dumps(variables, default=str)]
    if options.full_refresh:
        arguments.append("--full-refresh")
    return [*arguments, "--select", *options.select] if options.select else arguments


def _status(options: BuildOptions, run: RunResult) -> str:
    if not run.is_good:
        return "failed"
    return "partial" if options.select else "succeeded"


def _counts(run: RunResult) -> dict[str, Any]:
    ran = [node for node in run.nodes if node.status != "skipped"]
    count_tests = sum(node.is_test for node in ran)
    return {"count_models": len(ran) - count_tests, "count_tests": count_tests, "count_failed": len(run.failed)}


def _ending(clock: float) -> dict[str, Any]:
    seconds = Decimal(str(round(time.monotonic() - clock, 3)))
    return {"seconds": seconds, "finished_at": _utc_now(), "peak_memory_mb": peak_memory_mb()}


def _utc_now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

"""The build: check criteria and sources, run dbt with its tests, publish, record."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse import criteria_history, records, retry, versions
from leadhouse.engines import publishing
from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.engines.workbench import inspect_in
from leadhouse.errors import BuildError, InputError, Problem, UnfinishedError
from leadhouse.moments import parse_time, utc_now
from leadhouse.paths import PROJECT_ROOT
from leadhouse.publish import PublishedVersion, PublishSettings, publish, read_settings
from leadhouse.records import BuildRecord, NodeRecord
from leadhouse.retry import Attempt
from leadhouse.runner import Note, Progress, RunResult, peak_memory_mb, run_dbt
from leadhouse.source_checks import examine
from leadhouse.source_memory import remember
from leadhouse.sources import run_on_steady_files
from leadhouse.summary import Changes, compare
from leadhouse.systems import Systems, read_systems
from leadhouse.workbench import KeptFailure, inspect, wait_until_free


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
        """Whether the raw tables are files, not tables of a warehouse."""
        return not is_remote()

    @property
    def systems(self) -> Systems:
        """The source systems that are switched on; raises InputError for one that there is none of."""
        return read_systems(self.variables)


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


def options_from(
    raw: Path | None, default_raw: Path, as_of: str | None, variables: Mapping[str, Any], now: datetime
) -> BuildOptions:
    """Settle where to read and the as-of time: a flag first, then `--vars`, then the default (`now`, UTC)."""
    folder = raw or (Path(str(variables["raw_path"])) if variables.get("raw_path") else default_raw)
    given = as_of or variables.get("as_of")
    moment = parse_time(str(given), "--as-of" if as_of else "--vars, as_of") if given else now
    return BuildOptions(raw=folder.resolve(), as_of=moment, variables=dict(variables))


def check(options: BuildOptions, project_root: Path = PROJECT_ROOT, home: Path | None = None) -> list[Problem]:
    """Every fault of the criteria and of the sources, found without building anything.

    With a `home`, raw files that its last good build has read are not read again.
    """
    from leadhouse import contract
    from leadhouse.criteria import check_criteria
    from leadhouse.source_checks import check_sources

    if not options.reads_folder:
        from leadhouse.engines import sources

        warehouse = find_warehouse(project_root)
        known = sources.custom_attributes(warehouse, options.variables)
        return [
            *check_criteria(project_root, known),
            *sources.check_schemas(warehouse, options.variables),
            *sources.check_forgotten(home),
        ]
    custom_attributes = contract.custom_attributes_in(options.raw) if options.raw.is_dir() else set()
    return [*check_criteria(project_root, custom_attributes), *check_sources(options.raw, home, options.systems)]


def source_warnings(options: BuildOptions, home: Path | None = None) -> list[Problem]:
    """What the build will pass over, such as unknown columns; with a `home`, also what was lost since its last good build."""
    from leadhouse.source_checks import warnings

    return warnings(options.raw, home, options.systems) if options.reads_folder else []


def freshness_warnings(options: BuildOptions, home: Path | None = None) -> list[Problem]:
    """Which raw tables are older than their limits, as of the build's as-of time; the caller has checked the sources."""
    from leadhouse.freshness import warnings

    return warnings(options.raw, options.as_of, home, options.systems) if options.reads_folder else []


def clock_warnings(options: BuildOptions, home: Path, now: datetime) -> list[Problem]:
    """What is odd about the build's times beside the builds before it; a build works all the same."""
    known = records.read(home)
    found = []
    if known and known[-1].started_at > now:
        what = f"the clock says {now:%Y-%m-%d %H:%M:%S} UTC, but the last build started {known[-1].started_at:%Y-%m-%d %H:%M:%S}"
        found.append(Problem("clock", what, "Set the machine's clock; builds are counted by their number."))
    published = [run for run in known if run.status == "succeeded"]
    if published and published[-1].as_of > options.as_of:
        what = f"{options.as_of:%Y-%m-%d %H:%M:%S} is before the last build's {published[-1].as_of:%Y-%m-%d %H:%M:%S}"
        found.append(Problem("as-of", what, "What is newer than that will be missing in the marts."))
    return found


def resume(home: Path, project_root: Path = PROJECT_ROOT) -> tuple[BuildOptions, Attempt]:
    """The failed build that `--retry` goes on with, and its options; raises InputError when there is none to trust."""
    attempt = retry.failed_attempt(home, project_root)
    options = BuildOptions(Path(attempt.raw), attempt.moment, attempt.full_refresh, (), attempt.variables)
    return options, attempt


def run_build(
    options: BuildOptions,
    home: Path,
    on_node: Callable[[Progress | Note], None] | None = None,
    project_root: Path = PROJECT_ROOT,
    count_warnings: int = 0,
    resumed: Attempt | None = None,
) -> BuildOutcome:
    """Build, test and publish; with `resumed`, only what is left of that build. The caller holds the build lock and has
    checked the inputs; `count_warnings` is what was found odd about them.

    A failed node gives an outcome without a published version; BuildError is raised when dbt or the publishing could
    not run at all, or the disk did not let it. Every build that gets here is recorded.
    """
    try:
        return _build(options, home, on_node, project_root, count_warnings, resumed)
    except (OSError, duckdb.Error) as error:
        raise BuildError(f"The build stopped: {error}. What was published is as it was before.") from error


def _build(
    options: BuildOptions,
    home: Path,
    on_node: Callable[[Progress | Note], None] | None,
    project_root: Path,
    count_warnings: int,
    resumed: Attempt | None,
) -> BuildOutcome:
    from leadhouse.forget import finish_pending

    started_at, clock = utc_now(), time.monotonic()
    settings = read_settings(project_root, options.variables)
    if options.reads_folder:
        finish_pending(home)
        versions.repair(home)
    else:
        publishing.record_what_is_published(home, find_warehouse(project_root))
    seen = examine(options.raw, home, options.systems) if options.reads_folder else None
    record = _new_record(options, home, project_root, started_at)
    record = replace(record, count_warnings=count_warnings, resumed_build_id=resumed.build_id if resumed else None)
    try:
        if options.reads_folder:
            wait_until_free(home)
        attempt = resumed or _begin(options, home, project_root, record)
        run = _run(options, attempt, resumed is not None, home, project_root, on_node)
        record = replace(record, rebuild_reason=" ".join(run.notes) or attempt.rebuild_reason)
        failures, nodes = _inspect(home, record.build_id, run, project_root)
    except BaseException:
        records.append(home, replace(record, count_failed=1, **_ending(clock)))
        raise
    if options.select and not run.nodes:
        problem = Problem("--select", f"`{' '.join(options.select)}` matches no model", "See `dbt ls` for the names.")
        raise InputError([problem])
    left = retry.unfinished(attempt, run)
    record = replace(record, **_counts(run, record), **_ending(clock), status=_status(options, left))
    records.write_nodes(home, record.build_id, nodes)
    if not options.select:
        retry.remember_results(home, replace(attempt, rebuild_reason=record.rebuild_reason), left)
    if record.status != "succeeded":
        records.append(home, record)
        return BuildOutcome(record, run, failures, None, None)
    outcome = _publish(home, record, run, settings, project_root)
    if seen and not seen.problems:
        # It makes later builds quicker and their warnings better, and is not worth an error.
        with suppress(OSError):
            remember(home, options.raw, seen.memory)
    return outcome


def _run(
    options: BuildOptions,
    attempt: Attempt,
    is_resumed: bool,
    home: Path,
    project_root: Path,
    on_node: Callable[[Progress | Note], None] | None,
) -> RunResult:
    run = {"raw_path": attempt.raw, "as_of": options.as_of.isoformat(sep=" "), "build_id": attempt.build_id}
    if not is_resumed:
        arguments = _dbt_arguments(options, attempt)
        return _read_steadily(options, lambda: run_dbt(arguments, home, project_root, on_node, run), on_node)
    if not attempt.pending:
        # All was built and tested; only the publishing failed.
        return RunResult([], 0.0, peak_memory_mb())
    # dbt takes everything that the build was told from the results that it left.
    return _read_steadily(options, lambda: run_dbt(["retry"], home, project_root, on_node, run), on_node, tries=1)


def _read_steadily(
    options: BuildOptions,
    run: Callable[[], RunResult],
    on_node: Callable[[Progress | Note], None] | None,
    tries: int = 2,
) -> RunResult:
    if not options.reads_folder:
        return run()
    return run_on_steady_files(options.raw, run, lambda text: on_node(Note(text)) if on_node else None, tries)


def _begin(options: BuildOptions, home: Path, project_root: Path, record: BuildRecord) -> Attempt:
    """Decide how to build, and remember it, so that a failed build can be resumed; a partial one cannot."""
    attempt = Attempt(
        build_id=record.build_id,
        raw=str(options.raw),
        as_of=options.as_of.isoformat(),
        full_refresh=options.full_refresh,
        rebuild_reason=None,
        sources=retry.source_fingerprint(options.raw),
        project=retry.project_fingerprint(project_root),
        variables=options.variables,
    )
    if options.select:
        retry.forget_attempt(home)
    else:
        retry.remember(home, attempt)
    return attempt


def _inspect(
    home: Path, build_id: str, run: RunResult, project_root: Path
) -> tuple[list[KeptFailure], list[NodeRecord]]:
    if is_remote():
        return inspect_in(find_warehouse(project_root), home, build_id, run)
    return inspect(home, build_id, run)


def _publish(
    home: Path, record: BuildRecord, run: RunResult, settings: PublishSettings, project_root: Path
) -> BuildOutcome:
    manifest = home / "target" / "manifest.json"
    warehouse = find_warehouse(project_root) if is_remote() else None
    changes = publishing.compare(warehouse) if warehouse else compare(home / "work.duckdb", home / versions.PUBLISHED)
    try:
        if warehouse:
            published = publishing.publish(home, manifest, record, warehouse, settings.keep_versions)
        else:
            published = publish(home, manifest, record, settings)
    except UnfinishedError:
        retry.forget_attempt(home)
        raise
    except BuildError:
        records.append(home, replace(record, status="failed"))
        raise
    retry.forget_attempt(home)
    if not warehouse:
        # The work database has it as well, so that the next build can make up for it.
        with suppress(OSError, duckdb.Error):
            criteria_history.remember(home, home / versions.PUBLISHED)
    return BuildOutcome(published.record, run, [], published, changes)


def _new_record(options: BuildOptions, home: Path, project_root: Path, started_at: datetime) -> BuildRecord:
    return BuildRecord(
        build_id=records.new_build_id(started_at),
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
        build_number=records.next_number(home),
        published_build_id=_published_version(home, project_root),
    )


def _published_version(home: Path, project_root: Path) -> str | None:
    if is_remote():
        return publishing.published_version(find_warehouse(project_root))
    return versions.published_version(home)


def _dbt_arguments(options: BuildOptions, attempt: Attempt) -> list[str]:
    # The settled values of these go another way (see run_dbt).
    variables = {name: value for name, value in options.variables.items() if name not in ("raw_path", "as_of")}
    # Unit tests prove the SQL, not the data: they run in the project's own tests, not in every build.
    without = ["--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure"]
    arguments = ["build", *without, *(["--vars", json.dumps(variables, default=str)] if variables else [])]
    if attempt.full_refresh:
        arguments.append("--full-refresh")
    return [*arguments, "--select", *options.select] if options.select else arguments


def _status(options: BuildOptions, left: Sequence[str]) -> str:
    if left:
        return "failed"
    return "partial" if options.select else "succeeded"


def _counts(run: RunResult, record: BuildRecord) -> dict[str, Any]:
    # Hooks of dbt are no nodes of the project.
    ran = [node for node in run.nodes if node.status != "skipped" and node.kind != "operation"]
    count_tests = sum(node.is_test for node in ran)
    return {
        "count_models": len(ran) - count_tests,
        "count_tests": count_tests,
        "count_failed": len(run.failed),
        "count_warnings": record.count_warnings + sum(node.status == "warn" for node in ran),
    }


def _ending(clock: float) -> dict[str, Any]:
    seconds = Decimal(str(round(time.monotonic() - clock, 3)))
    return {"seconds": seconds, "finished_at": utc_now(), "peak_memory_mb": peak_memory_mb()}


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())

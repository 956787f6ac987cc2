"""The command line: parses and prints; the work is done by the library."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadhouse import (
    cli_criteria,
    cli_lead,
    cli_load,
    cli_report,
    cli_sources,
    cli_tune,
    completion,
    help_sections,
    show,
)
from leadhouse.cli_load import TargetOption
from leadhouse.engines.target import find_warehouse, is_remote, refuse_remote
from leadhouse.errors import ExitCode, InputError, LeadhouseError, Problem
from leadhouse.moments import parse_time, utc_now
from leadhouse.paths import PROJECT_ROOT, home, home_path, published_database, raw_folder

if TYPE_CHECKING:
    # Help and completion should wait for none of these: each command imports what it needs.
    from leadhouse.build import BuildOptions
    from leadhouse.results import BuildResult
    from leadhouse.retry import Attempt

# The source system of tables that have the contract's shape; what knows more of systems takes long to import.
PLAIN = "generic"
DEMO_AS_OF = "2026-07-01T00:00:00"
DEFAULT_BENCH = 1_000_000

app = typer.Typer(
    name="leadhouse",
    cls=help_sections.SectionedGroup,
    help="Lead scores, MQL and SQL stages and channel conversions, built inside the warehouse.",
    epilog="Example: leadhouse demo",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

alerts = typer.Typer(
    help="Tell sales which leads to call: list the alerts, or send them.",
    epilog="Example: leadhouse alerts list",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(alerts, name="alerts", rich_help_panel=help_sections.DAILY)

RawOption = Annotated[
    Path | None, typer.Option("--raw", metavar="DIR", help="Folder of raw tables; default: raw/ in LEADHOUSE_HOME.")
]
VariablesOption = Annotated[
    str | None, typer.Option("--vars", metavar="YAML", help="dbt variables of the build, e.g. which systems are on.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="T", help="Moment to look from, ISO 8601, UTC unless it has a zone; default: now."),
]
SummaryOption = Annotated[
    bool, typer.Option("--json", help="Print the summary at the end as JSON; progress stays on standard error.")
]
PersonalOption = Annotated[
    bool, typer.Option("--personal", help="Show names, addresses and phone numbers, and texts that may name a person.")
]


@app.command(rich_help_panel=help_sections.BEGIN, epilog="Example: leadhouse demo --leads 1000 --seed 7")
def demo(
    leads: Annotated[int, typer.Option(min=1, help="How many leads the world has.")] = 3000,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 1,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write it; default: raw/ in LEADHOUSE_HOME.")
    ] = None,
    crm: Annotated[str, typer.Option(metavar="SYSTEM", help="Write the CRM's tables as this system's.")] = PLAIN,
    web: Annotated[str, typer.Option(metavar="SYSTEM", help="Write the web events as this system's.")] = PLAIN,
    messages: Annotated[str, typer.Option(metavar="SYSTEM", help="Write the message events as this system's.")] = PLAIN,
    ads: Annotated[str, typer.Option(metavar="SYSTEM", help="Write the ad spend as this system's.")] = PLAIN,
    as_json: SummaryOption = False,
) -> None:
    """Write a demo world of raw tables, build it, and sum it up as a marketer would want it."""
    refuse_remote("demo")
    from leadhouse.build import options_from
    from leadhouse.demo import write_world
    from leadhouse.demo.rendering import check_systems, render, variables_of
    from leadhouse.summary import marketing_summary
    from leadhouse.systems import Systems

    folder = (output or raw_folder()).resolve()
    systems = Systems((crm,), (web,), (messages,), (ads,))
    check_systems(folder, systems)
    variables = variables_of(systems)
    with _locked("leadhouse demo"):
        show.console(stderr=True).print(f"Writing a world of {leads:,} leads to {folder} ...")
        world = write_world(folder, leads, seed)
        show.world(show.console(stderr=as_json), world)
        render(folder, systems)
        options = options_from(folder, folder, DEMO_AS_OF, variables, utc_now())
        result = _build(replace(options, full_refresh=True))
    summary = marketing_summary(published_database()) if result.outcome.published else None
    if as_json:
        written = {"output": world.output, "counts": world.counts}
        show.facts({"world": written, "build": result, "marketing": summary})
    else:
        show.outcome(show.console(), result)
        if summary:
            show.marketing(show.console(), summary, published_database())
    if variables:
        # Without them the next build would look for tables of the contract's own shape.
        note = f"Later builds of this world need --vars '{json.dumps(variables)}'"
        show.console(stderr=True).print(note, highlight=False, soft_wrap=True)
    raise typer.Exit(_exit_code(result))


@app.command(
    rich_help_panel=help_sections.BEGIN, epilog="Example: leadhouse conform my_sql --input exports --output raw"
)
def conform(
    sql_folder: Annotated[
        Path, typer.Argument(metavar="SQL_FOLDER", help="One .sql file per entity, a DuckDB select.")
    ],
    input_dir: Annotated[Path, typer.Option("--input", metavar="DIR", help="Your files, as the SQL names them.")],
    output_dir: Annotated[Path, typer.Option("--output", metavar="DIR", help="Where the raw tables are written.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was written as JSON.")] = False,
) -> None:
    """Turn tables of another shape into raw tables that Leadhouse reads, and report what they lack."""
    from leadhouse.conform import conform as run_conform

    reports = run_conform(sql_folder, input_dir, output_dir)
    if as_json:
        show.facts({"output": output_dir.resolve(), "tables": reports})
    else:
        show.conformed(show.console(), reports, output_dir)


@app.command(rich_help_panel=help_sections.DAILY, epilog="Example: leadhouse validate --raw exports")
def validate(
    raw: RawOption = None,
    variables: VariablesOption = None,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print problems and warnings as JSON.")] = False,
) -> None:
    """Check the criteria and the raw tables without building; every problem is listed."""
    from leadhouse import build as building

    options = building.options_from(raw, raw_folder(), None, building.read_variables(variables), utc_now())
    problems = building.check(options)
    warnings = [] if problems else building.source_warnings(options, home())
    criteria = PROJECT_ROOT / "seeds"
    if as_json:
        show.facts(
            {
                "is_good": not problems,
                "criteria": criteria,
                "raw": options.raw,
                "problems": problems,
                "warnings": warnings,
            }
        )
    elif problems:
        raise InputError(problems)
    else:
        show.warnings(show.console(stderr=True), warnings)
        show.console().print(f"Criteria and sources are in order ({criteria}, {options.raw}).")
    raise typer.Exit(int(ExitCode.BAD_INPUT if problems else ExitCode.GOOD))


@app.command(rich_help_panel=help_sections.DAILY, epilog="Example: leadhouse freshness --raw exports --json")
def freshness(
    raw: RawOption = None,
    as_of: AsOfOption = None,
    variables: VariablesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON.")] = False,
) -> None:
    """Show how old the newest row of each raw table is; exit code 1 when one is older than its limit allows."""
    refuse_remote("freshness")
    from leadhouse import show_sources
    from leadhouse.build import options_from, read_variables
    from leadhouse.freshness import Status
    from leadhouse.freshness import check as check_freshness

    options = options_from(raw, raw_folder(), as_of, read_variables(variables), utc_now())
    found = check_freshness(options.raw, options.as_of, home(), options.systems)
    if as_json:
        show.facts({"as_of": options.as_of, "tables": found})
    else:
        show_sources.freshness(show.console(), found, options.as_of)
    is_stale = any(one.status is Status.ERROR for one in found)
    raise typer.Exit(int(ExitCode.TEST_FAILED if is_stale else ExitCode.GOOD))


@app.command(
    rich_help_panel=help_sections.DAILY, epilog="Example: leadhouse build --raw exports --as-of 2026-07-01T00:00:00"
)
def build(
    raw: RawOption = None,
    as_of: AsOfOption = None,
    full_refresh: Annotated[
        bool, typer.Option("--full-refresh", help="Rebuild everything from the raw tables.")
    ] = False,
    select: Annotated[
        list[str] | None,
        typer.Option("--select", metavar="SELECTOR", help="Build only these nodes (dbt syntax); publishes nothing."),
    ] = None,
    variables: Annotated[
        str | None, typer.Option("--vars", metavar="YAML", help="dbt variables, e.g. '{inactivity_days: 45}'.")
    ] = None,
    keep_versions: Annotated[
        int | None,
        typer.Option("--keep-versions", metavar="N", min=1, help="Versions to keep; goes before the variable."),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Go on where the last build failed, with all that it was told.")
    ] = False,
    target: TargetOption = None,
    as_json: SummaryOption = False,
) -> None:
    """Check, build, test, and publish only if every test passes."""
    from leadhouse import build as building

    if retry and (raw or as_of or full_refresh or select or variables or keep_versions):
        raise typer.BadParameter(
            "takes everything from the build that failed: give no other option", param_hint="--retry"
        )
    given = building.read_variables(variables) | ({"keep_versions": keep_versions} if keep_versions else {})
    selectors = tuple(word for words in select or () for word in words.split())
    options = building.options_from(raw, raw_folder(), as_of, given, utc_now())
    options = replace(options, full_refresh=full_refresh, select=selectors)
    try:
        with _locked(" ".join(["leadhouse", *sys.argv[1:]])):
            result = _build(*building.resume(home())) if retry else _build(options)
    except Exception as error:
        _tell(selectors, error)
        raise
    _tell(selectors, result)
    if as_json:
        show.facts(result.as_json())
    else:
        show.outcome(show.console(), result)
    raise typer.Exit(_exit_code(result))


@app.command(rich_help_panel=help_sections.OPERATE, epilog="Example: leadhouse versions --json")
def versions(
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON.")] = False,
) -> None:
    """List the published versions that are kept, the newest first, and say which one readers see."""
    from leadhouse.versions import list_versions

    if is_remote():
        from leadhouse.engines.publishing import list_versions as list_published

        kept = list_published(find_warehouse())
    else:
        kept = list_versions(home_path())
    if as_json:
        show.facts({"versions": kept})
    else:
        show.versions(show.console(), kept)


@app.command(rich_help_panel=help_sections.OPERATE, epilog="Example: leadhouse rollback 20260701T021500Z-3f9c2a1b")
def rollback(
    version: Annotated[
        str | None,
        typer.Argument(
            metavar="VERSION",
            help="Build id of a kept version; default: the one before.",
            autocompletion=completion.versions,
        ),
    ] = None,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what is published now as JSON.")] = False,
) -> None:
    """Publish an earlier version again, or a later one that was left; the next good build publishes as usual."""
    from leadhouse.versions import rollback as roll_back

    with _locked("leadhouse rollback"):
        if is_remote():
            from leadhouse.engines.publishing import roll_back as turn_back

            published, place = turn_back(home(), find_warehouse(), version), find_warehouse().published
        else:
            published, place = roll_back(home(), version), str(published_database())
        report = cli_report.after_publishing()
    if as_json:
        show.facts({"version": published, "published_database": place, "report": report})
    else:
        show.rolled_back(show.console(), published, place, report)


@app.command(
    rich_help_panel=help_sections.UNDERSTAND,
    epilog="Example: leadhouse explain ann@example.com --as-of 2026-06-01T12:00:00",
)
def explain(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's e-mail or lead_id.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="T", help="Moment to explain, past or future; default: the build's as-of time."
        ),
    ] = None,
    scorecard: Annotated[
        str | None,
        typer.Option(
            "--scorecard",
            metavar="S",
            help="Scorecard to explain; default: the champion.",
            autocompletion=completion.scorecards,
        ),
    ] = None,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the explanation as JSON.")] = False,
) -> None:
    """Show every entry behind a lead's score, what fades next, and why it is or is not an MQL or SQL."""
    from leadhouse import show_lead
    from leadhouse.explain import explain as explain_lead

    moment = parse_time(as_of, "--as-of") if as_of else None
    answer = explain_lead(lead, home(), moment, scorecard)
    if as_json:
        show.facts(vars(answer))
    else:
        show_lead.explanation(show.console(), answer)


@app.command(rich_help_panel=help_sections.OPERATE, epilog="Example: leadhouse doctor --raw exports")
def doctor(
    raw: RawOption = None,
    variables: VariablesOption = None,
    deep: Annotated[bool, typer.Option("--deep", help="Also let dbt parse the project.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Look for whatever may keep builds from working, and say how to mend it; changes nothing."""
    from leadhouse import show_operations
    from leadhouse.build import options_from, read_variables
    from leadhouse.doctor import examine, is_healthy

    options = options_from(raw, raw_folder(), None, read_variables(variables), utc_now())
    found = examine(home_path(), options, deep)
    if as_json:
        show.facts({"is_healthy": is_healthy(found), "findings": found})
    else:
        show_operations.findings(show.console(), found)
    raise typer.Exit(int(ExitCode.GOOD if is_healthy(found) else ExitCode.TEST_FAILED))


@app.command(
    rich_help_panel=help_sections.OPERATE,
    epilog="Example: leadhouse bench --events 1000000 --events 5000000 --memory 4GB",
)
def bench(
    events: Annotated[
        list[int] | None,
        typer.Option("--events", metavar="N", min=1000, help="Web events of the world; repeat it for more sizes."),
    ] = None,
    new_share: Annotated[
        float, typer.Option("--new-share", metavar="SHARE", min=0.0, max=0.5, help="Share of events that come later.")
    ] = 0.01,
    memory: Annotated[str, typer.Option("--memory", metavar="SIZE", help="Memory limit of the engine.")] = "4GB",
    keep: Annotated[
        Path | None,
        typer.Option("--keep", metavar="DIR", help="Keep raw tables and databases in this folder, which must be new."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Measure full and incremental builds of demo worlds, beside what the engine alone takes for the same rows."""
    refuse_remote("bench")
    from leadhouse import show_operations
    from leadhouse.bench import run_sizes
    from leadhouse.machine import facts

    tell = show.console(stderr=True).print
    found = run_sizes(events or [DEFAULT_BENCH], new_share, memory, keep, tell)
    if as_json:
        show.facts({"machine": facts(), "memory_limit": memory, "sizes": found})
    else:
        show_operations.measurements(show.console(), found, facts())


@alerts.command("send", epilog="Example: leadhouse alerts send --dry-run")
def send_alerts(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the messages; send and note nothing.")] = False,
    personal: PersonalOption = False,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Deliver the alerts of the published build to each target that has not got them yet."""
    from leadhouse import show_alerts
    from leadhouse.alerts import pending, send
    from leadhouse.targets import alert_targets

    if personal and not dry_run:
        raise typer.BadParameter("is for --dry-run: what is sent is whole in any case", param_hint="--personal")
    targets = alert_targets(home())
    if dry_run:
        waiting = pending(home(), targets)
        if not personal:
            waiting = [one.unnamed() for one in waiting]
        if as_json:
            show.facts({"messages": waiting, "targets": [target.name for target in targets]})
        else:
            show_alerts.preview(show.console(), waiting, targets)
        return
    summary = send(home(), targets)
    if as_json:
        show.facts(summary.as_json())
    else:
        show_alerts.deliveries(show.console(), summary)
    raise typer.Exit(int(ExitCode.GOOD if summary.is_complete else ExitCode.TEST_FAILED))


@alerts.command("list", epilog="Example: leadhouse alerts list --json")
def list_alerts(
    personal: PersonalOption = False,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON, with every column.")] = False,
) -> None:
    """List the alerts of the published build, and what became of each."""
    from leadhouse import show_alerts
    from leadhouse.alerts import list_alerts as listed

    found = listed(home())
    if not personal:
        found = [one.unnamed() for one in found]
    if as_json:
        show.facts({"alerts": found})
    else:
        show_alerts.alerts(show.console(), found, personal)


PersonArgument = Annotated[str, typer.Argument(metavar="PERSON", help="The person's e-mail or lead_id.")]


@app.command(rich_help_panel=help_sections.PRIVACY, epilog="Example: leadhouse forget ann@example.com")
def forget(
    people: Annotated[list[str], typer.Argument(metavar="PERSON", help="E-mail or lead_id, of one person or more.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    no_build: Annotated[
        bool, typer.Option("--no-build", help="Only erase; the next build makes the marts whole again.")
    ] = False,
    raw: RawOption = None,
    as_of: AsOfOption = None,
    variables: Annotated[
        str | None, typer.Option("--vars", metavar="YAML", help="dbt variables of the build that follows.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was erased, and the build, as JSON.")] = False,
) -> None:
    """Erase people from every file of the home folder, keep them out of later builds, and build anew."""
    refuse_remote("forget")
    from leadhouse import show_privacy
    from leadhouse.build import options_from, read_variables
    from leadhouse.forget import forget as forget_person
    from leadhouse.forget import rows_of_forgotten

    options = options_from(raw, raw_folder(), as_of, read_variables(variables), utc_now())
    names = ", ".join(show.plain(person) for person in people)
    _confirm(f"Erase everything that is kept about {names}? It cannot be taken back.", yes)
    # The note on the lock outlives a process that is killed, so it does not name the person.
    with _locked("leadhouse forget"):
        report = forget_person(home(), *people)
        show.console(stderr=True).print("Erased." if no_build else "Erased. Building anew ...")
        try:
            result = None if no_build else _build(options)
        except LeadhouseError:
            show_privacy.forgotten(show.console(stderr=as_json), report)
            show.console(stderr=True).print("The person is erased. The build that follows did not work:")
            raise
    if result is not None:
        _tell((), result)
    rows = rows_of_forgotten(home()) if result is not None and result.outcome.published else []
    if as_json:
        left = [dict(zip(("source_system", "entity", "count_rows"), row, strict=True)) for row in rows]
        show.facts({"forgotten": report, "build": result, "left_in_sources": left})
    else:
        show_privacy.forgotten(show.console(), report)
        if result is not None:
            show.outcome(show.console(), result)
        show_privacy.left_to_do(show.console(), rows)
    raise typer.Exit(_exit_code(result) if result is not None else 0)


@app.command(
    "export-person",
    rich_help_panel=help_sections.PRIVACY,
    epilog="Example: leadhouse export-person ann@example.com --output ann.json",
)
def export_person(
    person: PersonArgument,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where to write it, for its owner only; default: printed."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say as JSON where it was written; what is printed is JSON in any case.")
    ] = False,
) -> None:
    """Give out everything that is kept about a person, as JSON with the meaning of each field."""
    refuse_remote("export-person")
    from leadhouse.export_person import as_text, write
    from leadhouse.export_person import export_person as export

    with _locked("leadhouse export-person"):
        found = export(home(), person)
    if output is None:
        typer.echo(as_text(found))
        return
    write(found, output)
    if as_json:
        show.facts({"output": output.resolve()})
    else:
        show.console().print(f"Written to {output}, readable by its owner only.")


cli_load.add_to(app)
cli_report.add_to(app)
cli_sources.add_to(app)
cli_lead.add_to(app)
cli_criteria.add_to(app)
cli_tune.add_to(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and end the process with its exit code (see `ExitCode`)."""
    try:
        app(args=arguments, prog_name="leadhouse")
    except InputError as error:
        show.problems(show.console(stderr=True), error.problems)
        raise SystemExit(int(error.exit_code)) from None
    except LeadhouseError as error:
        show.error(show.console(stderr=True), error)
        raise SystemExit(int(error.exit_code)) from None
    except Exception as error:
        from leadhouse.faults import machine_mend

        if machine_mend(str(error)):
            show.error(show.console(stderr=True), error)
        else:
            show.console(stderr=True).print(_unexpected(error), style="bold red")
        raise SystemExit(int(ExitCode.TEST_FAILED)) from None


@contextmanager
def _locked(command: str) -> Iterator[None]:
    """Hold the build lock, and say so when its last holder died."""
    from leadhouse.lock import build_lock

    with build_lock(home(), command) as dead:
        if dead:
            show.console(stderr=True).print(f"Took over the lock of {dead}, which ended without letting go of it.")
        yield


def _build(options: BuildOptions, resumed: Attempt | None = None) -> BuildResult:
    from leadhouse import build as building
    from leadhouse.records import latest_seconds
    from leadhouse.results import BuildResult
    from leadhouse.show_progress import progress

    if found := building.check(options, home=home()):
        raise InputError(found)
    odd = [
        *building.source_warnings(options, home()),
        *building.freshness_warnings(options, home()),
        *building.clock_warnings(options, home(), utc_now()),
    ]
    show.warnings(show.console(stderr=True), odd)
    # A part of the project, or what is left of it, is no share of the build before.
    seconds = {} if options.select or resumed else latest_seconds(home())
    try:
        with progress(show.console(stderr=True), seconds) as on_node:
            outcome = building.run_build(options, home(), on_node, count_warnings=len(odd), resumed=resumed)
    except KeyboardInterrupt:
        show.console(stderr=True).print("Interrupted: the build did not finish. Start it again when you like.")
        raise
    return BuildResult(outcome, home(), odd, cli_report.after_publishing() if outcome.published else None)


def _tell(selectors: tuple[str, ...], result: BuildResult | Exception) -> None:
    """Tell those who watch over builds; with --select it is somebody at work, who sees it."""
    from leadhouse.notices import notify

    if not selectors:
        happened = result if isinstance(result, Exception) else result.outcome
        show.warnings(show.console(stderr=True), notify(home_path(), happened))


def _confirm(question: str, is_sure: bool) -> None:
    """Ask before what cannot be taken back; raises InputError where nobody can answer."""
    if is_sure:
        return
    if not sys.stdin.isatty():
        raise InputError([Problem("--yes", "is missing, and there is nobody to ask", "Add --yes if it is meant.")])
    typer.confirm(question, abort=True)


def _exit_code(result: BuildResult) -> int:
    return int(ExitCode.TEST_FAILED if result.outcome.record.status == "failed" else ExitCode.GOOD)


def _unexpected(error: Exception) -> str:
    reason = f"{type(error).__name__}: {show.plain(error, 500)}"
    try:
        folder = home() / "logs"
        folder.mkdir(mode=0o700, exist_ok=True)
        path = folder / "leadhouse.log"
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError:
        return f"Unexpected error: {reason}"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("leadhouse")
    logger.propagate = False
    logger.addHandler(handler)
    # Without the arguments: they may name a person.
    logger.error("unexpected error in: %s", " ".join(sys.argv[1:2]), exc_info=error)
    handler.close()
    return f"Unexpected error: {reason}\nThe details are in {path}."

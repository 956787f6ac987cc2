"""The command line: parses and prints; the work is done by the library."""

from __future__ import annotations

import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from leadhouse import show
from leadhouse.build import (
    BuildOptions,
    BuildOutcome,
    check,
    options_from,
    parse_time,
    read_variables,
    run_build,
    source_warnings,
)
from leadhouse.errors import ExitCode, InputError, LeadhouseError
from leadhouse.lock import build_lock
from leadhouse.paths import PROJECT_ROOT, home, published_database, raw_folder
from leadhouse.summary import marketing_summary

DEMO_AS_OF = "2026-07-01T00:00:00"

app = typer.Typer(
    name="leadhouse",
    help="Lead scores, MQL and SQL stages and channel conversions, built inside the warehouse.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

RawOption = Annotated[
    Path | None, typer.Option("--raw", metavar="DIR", help="Folder of raw tables; default: raw/ in LEADHOUSE_HOME.")
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="T", help="Moment to look from, ISO 8601, UTC unless it has a zone; default: now."),
]


@app.command(epilog="Example: leadhouse demo --leads 1000 --seed 7")
def demo(
    leads: Annotated[int, typer.Option(min=1, help="How many leads the world has.")] = 3000,
    seed: Annotated[int, typer.Option(help="Same seed, same world.")] = 1,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to write it; default: raw/ in LEADHOUSE_HOME.")
    ] = None,
) -> None:
    """Write a demo world of raw tables, build it, and sum it up as a marketer would want it."""
    from leadhouse.demo import write_world

    folder = (output or raw_folder()).resolve()
    with build_lock(home(), "leadhouse demo"):
        show.console(stderr=True).print(f"Writing a world of {leads:,} leads to {folder} ...")
        world = write_world(folder, leads, seed)
        show.world(show.console(), world)
        options = options_from(folder, folder, DEMO_AS_OF, {}, _now())
        result = _build(replace(options, full_refresh=True))
    if result.published:
        show.marketing(show.console(), marketing_summary(published_database()), published_database())
    raise typer.Exit(_exit_code(result))


@app.command(epilog="Example: leadhouse conform my_sql --input exports --output raw")
def conform(
    sql_folder: Annotated[
        Path, typer.Argument(metavar="SQL_FOLDER", help="One .sql file per entity, a DuckDB select.")
    ],
    input_dir: Annotated[Path, typer.Option("--input", metavar="DIR", help="Your files, as the SQL names them.")],
    output_dir: Annotated[Path, typer.Option("--output", metavar="DIR", help="Where the raw tables are written.")],
) -> None:
    """Turn tables of another shape into raw tables that Leadhouse reads, and report what they lack."""
    from leadhouse.conform import conform as run_conform

    show.conformed(show.console(), run_conform(sql_folder, input_dir, output_dir), output_dir)


@app.command(epilog="Example: leadhouse validate --raw exports")
def validate(raw: RawOption = None) -> None:
    """Check the criteria and the raw tables without building; every problem is listed."""
    options = options_from(raw, raw_folder(), None, {}, _now())
    if found := check(options):
        raise InputError(found)
    show.warnings(show.console(stderr=True), source_warnings(options))
    show.console().print(f"Criteria and sources are in order ({PROJECT_ROOT / 'seeds'}, {options.raw}).")


@app.command(epilog="Example: leadhouse build --raw exports --as-of 2026-07-01T00:00:00")
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
) -> None:
    """Check, build, test, and publish only if every test passes."""
    options = options_from(raw, raw_folder(), as_of, read_variables(variables), _now())
    selectors = tuple(word for words in select or () for word in words.split())
    with build_lock(home(), " ".join(["leadhouse", *sys.argv[1:]])):
        result = _build(replace(options, full_refresh=full_refresh, select=selectors))
    raise typer.Exit(_exit_code(result))


@app.command(epilog="Example: leadhouse explain ann@example.com --as-of 2026-06-01T12:00:00")
def explain(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's e-mail or lead_id.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="T", help="Moment to explain, past or future; default: the build's as-of time."
        ),
    ] = None,
    scorecard: Annotated[
        str | None, typer.Option("--scorecard", metavar="S", help="Scorecard to explain; default: the champion.")
    ] = None,
) -> None:
    """Show every entry behind a lead's score, what fades next, and why it is or is not an MQL or SQL."""
    from leadhouse import show_lead
    from leadhouse.explain import explain as explain_lead

    moment = parse_time(as_of, "--as-of") if as_of else None
    show_lead.explanation(show.console(), explain_lead(lead, home(), moment, scorecard))


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
        show.console(stderr=True).print(_unexpected(error), style="bold red")
        raise SystemExit(int(ExitCode.TEST_FAILED)) from None


def _build(options: BuildOptions) -> BuildOutcome:
    if found := check(options):
        raise InputError(found)
    show.warnings(show.console(stderr=True), source_warnings(options))
    try:
        with show.progress(show.console(stderr=True)) as on_node:
            result = run_build(options, home(), on_node)
    except KeyboardInterrupt:
        show.console(stderr=True).print("Interrupted: the build did not finish. Start it again when you like.")
        raise
    show.outcome(show.console(), result, home())
    return result


def _exit_code(result: BuildOutcome) -> int:
    return int(ExitCode.TEST_FAILED if result.record.status == "failed" else ExitCode.GOOD)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _unexpected(error: Exception) -> str:
    reason = f"{type(error).__name__}: {show.plain(error, 500)}"
    try:
        folder = home() / "logs"
        folder.mkdir(exist_ok=True)
        path = folder / "leadhouse.log"
        handler = logging.FileHandler(path, encoding="utf-8", delay=True)
    except OSError:
        return f"Unexpected error: {reason}"
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logger = logging.getLogger("leadhouse")
    logger.propagate = False
    logger.addHandler(handler)
    logger.error("unexpected error in: %s", " ".join(sys.argv[1:]), exc_info=error)
    handler.close()
    return f"Unexpected error: {reason}\nThe details are in {path}."

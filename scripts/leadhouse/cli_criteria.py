"""The commands about criteria: what a change of them would do, and what the files may hold."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadhouse import help_sections, show
from leadhouse.engines.target import refuse_remote
from leadhouse.paths import PROJECT_ROOT, home, raw_folder

criteria = typer.Typer(
    help="The criteria files below seeds/: what a change of them would do, and what they may hold.",
    epilog="Example: leadhouse criteria diff main",
    no_args_is_help=True,
    rich_markup_mode=None,
)
JsonOption = Annotated[bool, typer.Option("--json", help="Print it as JSON.")]


@criteria.command(epilog="Example: leadhouse criteria diff main")
def diff(
    revision: Annotated[
        str | None,
        typer.Argument(metavar="REV", help="Git revision to compare with; default: what the last build was made of."),
    ] = None,
    raw: Annotated[
        Path | None,
        typer.Option(
            "--raw",
            metavar="DIR",
            help="Folder of raw tables, for the rare mappings that decide which events are read; default: raw/ in LEADHOUSE_HOME.",
        ),
    ] = None,
    variables: Annotated[
        str | None, typer.Option("--vars", metavar="YAML", help="dbt variables, where the build had some.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Show which criteria differ from an earlier state, and which leads would change score, grade, MQL or SQL.

    Builds scores and stages by both in a folder of its own, as of the last build; changes nothing. The exit code is 0
    whether anything differs or not.
    """
    refuse_remote("criteria diff")
    from leadhouse import show_criteria
    from leadhouse.build import read_variables
    from leadhouse.criteria_diff import diff as find
    from leadhouse.criteria_replay import Sources
    from leadhouse.lock import build_lock
    from leadhouse.show_progress import progress

    sources = Sources((raw or raw_folder()).resolve(), read_variables(variables))
    with build_lock(home(), "leadhouse criteria diff"), progress(show.console(stderr=True), {}) as on_node:
        found = find(home(), PROJECT_ROOT, revision, sources, on_node)
    if as_json:
        show.facts(found.as_json())
    else:
        show_criteria.diff(show.console(), found)


@criteria.command(epilog="Example: leadhouse criteria schema")
def schema(
    as_json: Annotated[bool, typer.Option("--json", help="Nothing changes: it is JSON.")] = False,
) -> None:
    """Print the columns of every criteria file as a data package, which editors and table checkers read."""
    from leadhouse.criteria_schema import as_text

    typer.echo(as_text(), nl=False)


@criteria.command("format", epilog="Example: leadhouse criteria format")
def format_files(as_json: JsonOption = False) -> None:
    """Write criteria files that a spreadsheet saved as they are shipped: UTF-8, commas, no empty rows, columns and blanks.

    No value is changed or guessed; `leadhouse validate` says which are wrong.
    """
    from leadhouse.criteria_format import format_criteria

    written = format_criteria(PROJECT_ROOT)
    if as_json:
        show.facts({"files": [{"file": str(one.file), "mended": list(one.mended)} for one in written]})
        return
    for one in written:
        show.console().print(f"{one.file}: {', '.join(one.mended)}")
    count = f"{len(written)} file{'s' if len(written) != 1 else ''} written" if written else "Nothing to do"
    show.console().print(f"{count}. `leadhouse validate` checks what the files hold.")


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(criteria, name="criteria", rich_help_panel=help_sections.DAILY)

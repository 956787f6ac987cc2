"""The command that writes the report page, and the same at the end of a build."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadhouse import help_sections, show
from leadhouse.cli_load import TargetOption
from leadhouse.errors import Problem
from leadhouse.paths import home, home_path


def report(
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Where to write it; default: report.html in LEADHOUSE_HOME."),
    ] = None,
    target: TargetOption = None,
    as_json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the figures as JSON, each with its SQL; writes no page unless --output is given."
        ),
    ] = False,
) -> None:
    """Write a page for marketing and sales leaders from the published marts: one file that asks nothing of any network."""
    from leadhouse.report import FILE_NAME, write
    from leadhouse.report import as_json as figures
    from leadhouse.versions import PUBLISHED

    published = home_path() / PUBLISHED
    if output is not None or not as_json:
        written = write(published, output.resolve() if output else home() / FILE_NAME)
        out = show.console(stderr=as_json)
        out.print(f"Report:  {written.path} ({written.size / 10**6:.1f} MB, {written.seconds:.1f} s)")
    if as_json:
        show.facts(figures(published))


def after_publishing() -> Path | None:
    """Write the page of what has just been published, and give it. Where that fails it is worth a warning, never a failed build."""
    from leadhouse.report import FILE_NAME, write
    from leadhouse.versions import PUBLISHED

    path = home() / FILE_NAME
    try:
        write(home() / PUBLISHED, path)
    except Exception as error:
        what = f"was not written: {type(error).__name__}: {error}"
        show.warnings(
            show.console(stderr=True), [Problem(str(path), what, "The marts are published. Try `leadhouse report`.")]
        )
        return None
    return path


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=help_sections.DAILY, epilog="Example: leadhouse report --output report.html")(report)

"""The command that tells one lead's story, in the terminal, as JSON or as a page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from leadhouse import completion, help_sections, show
from leadhouse.cli_load import TargetOption
from leadhouse.errors import Problem
from leadhouse.moments import parse_time
from leadhouse.paths import home


def lead(
    lead: Annotated[str, typer.Argument(metavar="LEAD", help="The lead's e-mail or lead_id.")],
    as_of: Annotated[
        str | None,
        typer.Option(
            "--as-of", metavar="T", help="Moment up to which to tell, past or future; default: the build's as-of time."
        ),
    ] = None,
    scorecard: Annotated[
        str | None,
        typer.Option(
            "--scorecard",
            metavar="S",
            help="Scorecard of the score; default: the champion.",
            autocompletion=completion.scorecards,
        ),
    ] = None,
    last: Annotated[
        int,
        typer.Option("--last", metavar="N", min=0, help="Lines of activities, those of a day that are alike in one."),
    ] = 20,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print all facts as JSON.")] = False,
    as_html: Annotated[
        bool, typer.Option("--html", help="Write a page instead: by default into lead_pages/ in LEADHOUSE_HOME.")
    ] = False,
    output: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Where to write the page; implies --html.")
    ] = None,
) -> None:
    """Tell a lead's story: its score over time, the points behind it, what falls next, what to send next, what it did."""
    from leadhouse import show_story
    from leadhouse.lead_page import default_path, is_erased_by_forget, write
    from leadhouse.story import as_json as facts
    from leadhouse.story import tell

    told = tell(lead, home(), parse_time(as_of, "--as-of") if as_of else None, scorecard)
    if as_html or output:
        err = show.console(stderr=True)
        path = output.resolve() if output else default_path(home(), told)
        write(home(), path, told, last)
        err.print(f"Page:    {path}")
        if not is_erased_by_forget(home(), path):
            what = "lies where `leadhouse forget` does not look"
            show.warnings(err, [Problem(str(path), what, "Remove it when the person is to be forgotten.")])
    if as_json:
        typer.echo(json.dumps(facts(told), indent=2))
    elif not (as_html or output):
        show_story.story(show.console(), told, last)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: leadhouse lead ann@example.com --html", rich_help_panel=help_sections.UNDERSTAND)(lead)

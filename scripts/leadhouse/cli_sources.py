"""The command `leadhouse sources`: which systems' tables lie in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadhouse import help_sections, show
from leadhouse.paths import raw_folder

sources = typer.Typer(
    help="See which source systems' tables there are, and what to set so that they are read.",
    epilog="Example: leadhouse sources inspect --raw exports",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.add_typer(sources, name="sources", rich_help_panel=help_sections.BEGIN)


@sources.command(epilog="Example: leadhouse sources inspect --raw exports")
def inspect(
    raw: Annotated[
        Path | None, typer.Option("--raw", metavar="DIR", help="Folder of raw tables; default: raw/ in LEADHOUSE_HOME.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say which systems and tables lie in a folder, what each missing table costs, and which variables to set."""
    from leadhouse import show_sources
    from leadhouse.recognise import recognise, variables

    found = recognise((raw or raw_folder()).resolve())
    chosen = variables(found)
    if as_json:
        show.facts({"systems": [one.as_json() for one in found], "variables": chosen})
    else:
        show_sources.systems(show.console(), found, chosen)

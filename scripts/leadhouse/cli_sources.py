"""The command `leadhouse sources`: which systems' tables lie in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from leadhouse import help_sections, show
from leadhouse.cli_load import TargetOption
from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.errors import InputError, Problem
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
    schema: Annotated[
        str | None, typer.Option("--schema", metavar="S", help="In its place: a schema of the target's warehouse.")
    ] = None,
    target: TargetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Say which systems and tables lie in a folder or schema, what each missing table costs, and which variables to set."""
    from leadhouse import show_sources
    from leadhouse.recognise import recognise, recognise_schema, variables

    if schema is None:
        found = recognise((raw or raw_folder()).resolve())
    else:
        if not is_remote():
            mend = "Name the target of the warehouse, such as --target postgres."
            raise InputError([Problem("--schema", "is of a warehouse, and the target is DuckDB", mend)])
        found = recognise_schema(find_warehouse(), schema)
    chosen = variables(found)
    if as_json:
        show.facts({"systems": [one.as_json() for one in found], "variables": chosen})
    else:
        show_sources.systems(show.console(), found, chosen)

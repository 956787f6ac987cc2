"""The command that loads a raw folder into a warehouse, and the option by which commands are told of one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from leadhouse import help_sections, show
from leadhouse.engines.target import LOCAL, VARIABLE
from leadhouse.errors import InputError, Problem
from leadhouse.paths import raw_folder


def _settle(context: typer.Context, target: str | None) -> str | None:
    """Let everything that the command does, dbt too, see the target where it looks for it."""
    if target is not None and not context.resilient_parsing:
        before = os.environ.get(VARIABLE)

        def restore() -> None:
            if before is None:
                os.environ.pop(VARIABLE, None)
            else:
                os.environ[VARIABLE] = before

        os.environ[VARIABLE] = target
        context.call_on_close(restore)
    return target


TargetOption = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="TARGET", help="Target of profiles.yml; default: DBT_TARGET, else dev.", callback=_settle
    ),
]


def load(
    target: TargetOption = None,
    raw: Annotated[
        Path | None, typer.Option("--raw", metavar="DIR", help="Folder of raw tables; default: raw/ in LEADHOUSE_HOME.")
    ] = None,
    variables: Annotated[
        str | None,
        typer.Option("--vars", metavar="YAML", help="dbt variables of the build, e.g. which systems are on."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the tables as JSON.")] = False,
) -> None:
    """Load a folder of raw tables into the schemas of a warehouse, for trials; tables of the same names are replaced."""
    from leadhouse.build import read_variables
    from leadhouse.engines.target import find_warehouse
    from leadhouse.load import load as load_tables

    if os.environ.get(VARIABLE, "") in LOCAL:
        mend = "Name another one, such as --target postgres."
        raise InputError([Problem("--target", "is DuckDB, which reads the folder as it is", mend)])
    place = find_warehouse()
    loaded = load_tables((raw or raw_folder()).resolve(), place, read_variables(variables))
    if as_json:
        show.facts({"warehouse": place.place, "tables": loaded})
        return
    for one in loaded:
        show.console().print(f"{one.table}: {one.rows:,} rows", highlight=False)


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(rich_help_panel=help_sections.BEGIN, epilog="Example: leadhouse load --target postgres --raw exports")(
        load
    )

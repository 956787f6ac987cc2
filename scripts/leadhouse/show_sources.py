"""Printing of what lies in the raw folder, and how fresh it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.freshness import EntityFreshness, Status, hours
from leadhouse.recognise import FoundSystem
from leadhouse.show import columns, plain

_STYLES = {Status.PASS: "green", Status.WARN: "yellow", Status.ERROR: "bold red"}


def freshness(out: Console, found: Sequence[EntityFreshness], as_of: datetime) -> None:
    """List every table with the time of its newest row, its age in hours, and the limits in hours."""
    table = Table(box=None)
    ages = ("age in h", "warn after h", "error after h")
    columns(table, "status", "table", "newest row (UTC)", *ages, right=ages, whole=("table",))
    for one in found:
        newest = f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else ""
        lengths = (one.age, one.warn_after, one.error_after)
        table.add_row(Text(str(one.status), _STYLES.get(one.status, "dim")), one.table, newest, *map(_hours, lengths))
    out.print(table)
    out.print(f"As of {as_of:%Y-%m-%d %H:%M:%S} UTC.")


def _hours(length: timedelta | None) -> str:
    found = hours(length)
    return "" if found is None else f"{found:,.1f}"


def systems(out: Console, found: Sequence[FoundSystem], variables: Mapping[str, list[str] | str]) -> None:
    """List the systems with the tables that are there and those that are not, and the variables that read them."""
    if not found:
        out.print("No table of a known source system lies here. docs/reference/source-systems.md names their tables.")
        return
    for system in found:
        out.print(Text(f"{system.name}: {plain(str(system.folder))}", style="bold"))
        if isinstance(system.expected, Path) and system.folder != system.expected:
            out.print(
                Text(
                    f"  Builds look for these tables in {plain(str(system.expected))}: move them there.", style="yellow"
                )
            )
        for one in system.tables:
            out.print(Text(f"  {one.table.name}: {one.rows:,} rows, feeds {', '.join(one.table.feeds) or 'others'}"))
            if one.lacks:
                out.print(Text(f"    required, but missing: {', '.join(one.lacks)}; no build starts", style="bold red"))
            if rest := [name for name in one.missing_columns if name not in one.lacks]:
                out.print(Text(f"    empty, because missing: {', '.join(rest)}", style="dim"))
        for name, cost in system.missing.items():
            out.print(Text(f"  {name}: not there; {cost}", style="dim"))
        out.print("")
    out.print(Text("Set in dbt_project.yml, under vars (or give with --vars):", style="bold"))
    for name, values in variables.items():
        out.print(Text(f"  {name}: {values if isinstance(values, str) else '[' + ', '.join(values) + ']'}"))

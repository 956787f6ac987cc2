"""Printing of how fresh the raw tables are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.freshness import EntityFreshness, Status, hours
from leadhouse.show import columns

_STYLES = {Status.PASS: "green", Status.WARN: "yellow", Status.ERROR: "bold red"}


def freshness(out: Console, found: Sequence[EntityFreshness], as_of: datetime) -> None:
    """List every table with the time of its newest row, its age in hours, and the limits in hours."""
    table = Table(box=None)
    ages = ("age in h", "warn after h", "error after h")
    columns(table, "status", "table", "newest row (UTC)", *ages, right=ages, whole=("table",))
    for one in found:
        newest = f"{one.newest:%Y-%m-%d %H:%M}" if one.newest else ""
        lengths = (one.age, one.warn_after, one.error_after)
        table.add_row(Text(str(one.status), _STYLES.get(one.status, "dim")), one.entity, newest, *map(_hours, lengths))
    out.print(table)
    out.print(f"As of {as_of:%Y-%m-%d %H:%M:%S} UTC.")


def _hours(length: timedelta | None) -> str:
    found = hours(length)
    return "" if found is None else f"{found:,.1f}"

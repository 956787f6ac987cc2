"""Printing of what operators ask for: the doctor's findings, and how long builds take."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.bench import BuildUsage, Measurement, Usage
from leadhouse.doctor import Finding, Status
from leadhouse.show import columns, plain

_STYLES = {Status.OK: "green", Status.WARN: "yellow", Status.ERROR: "bold red"}


def findings(out: Console, found: Sequence[Finding]) -> None:
    """List every finding with its mend, and sum them up."""
    width = max(len(finding.area) for finding in found)
    for finding in found:
        out.print(
            Text.assemble(
                (f"{finding.status:<6}", _STYLES[finding.status]),
                (f"{plain(finding.area):<{width}}  ", "bold"),
                plain(finding.what, 1000),
            )
        )
        if finding.mend:
            out.print(Text(f"{'':<{width + 8}}{plain(finding.mend, 1000)}", style="dim"))
    errors, warnings = (sum(finding.status is status for finding in found) for status in (Status.ERROR, Status.WARN))
    out.print(f"Errors: {errors}, warnings: {warnings}.", style="bold red" if errors else "bold")


def measurements(out: Console, found: Sequence[Measurement], facts: Mapping[str, object]) -> None:
    """Show each size's steps beside the floor, the ratios, and the nodes that took longest."""
    for measurement in found:
        events = measurement.count_web_events + measurement.count_message_events
        title = (
            f"{measurement.count_web_events:,} web events, {events:,} events in all, {measurement.count_leads:,} leads"
        )
        table = Table(title=title, title_justify="left", title_style="bold", box=None)
        columns(table, "step", "seconds", "peak memory in MB", right=("seconds", "peak memory in MB"))
        for name, usage in _steps(measurement).items():
            table.add_row(name, f"{usage.seconds:,.1f}", f"{usage.peak_memory_mb:,.0f}")
        out.print(table)
        out.print(f"  full build / floor: {measurement.full_to_floor:.1f}")
        out.print(f"  (new rows - nothing new) / full build: {measurement.new_to_full:.1%}")
        sizes = ", ".join(f"{name} {size / 10**6:,.0f} MB" for name, size in measurement.sizes.items())
        out.print(f"  on disk: {sizes}")
        _slowest(out, "Longest of the full build", measurement.full)
        _slowest(out, "Longest of the build with new rows", measurement.new)
        out.print("")
    out.print(", ".join(f"{name} {value}" for name, value in facts.items()), style="dim")


def _steps(measurement: Measurement) -> dict[str, Usage]:
    return {
        "floor: the engine reads, sessionises, aggregates": measurement.floor,
        "full build": measurement.full.usage,
        "build with nothing new": measurement.idle.usage,
        f"build with {measurement.count_new_events:,} new events": measurement.new.usage,
    }


def _slowest(out: Console, title: str, build: BuildUsage) -> None:
    nodes = ", ".join(f"{node.name} {node.seconds:.1f}" for node in build.slowest)
    out.print(Text(f"  {title}, in seconds: {nodes}"))

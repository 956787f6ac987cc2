"""Printing for people: progress, problems, summaries. Values from data are shown as data, never as markup."""

from __future__ import annotations

import os
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from rich.console import Console, JustifyMethod
from rich.table import Table
from rich.text import Text

from leadhouse.errors import ExitCode, Problem
from leadhouse.json_values import as_text

if TYPE_CHECKING:
    # Help and completion should wait for none of these.
    from leadhouse.conform import EntityReport
    from leadhouse.demo import WorldSummary
    from leadhouse.results import BuildResult, Failure
    from leadhouse.summary import Changes, ChannelFigures, MarketingSummary, StageCount
    from leadhouse.versions import Version

# Invisible characters that reorder what is shown after them, so that a text could read as another one.
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_LONGEST = 200
_FILE_WIDTH = 180
_LEAST_WIDTH = 80


class _Console(Console):
    """A console that bears it when nobody reads on, as behind `| head`."""

    def on_broken_pipe(self) -> None:
        """End as other programs do; but progress that nobody reads is no reason to stop a build."""
        self.quiet = True
        silence(sys.stderr if self.stderr else sys.stdout)
        if not self.stderr:
            raise SystemExit(int(ExitCode.CLOSED_PIPE))


def console(stderr: bool = False) -> Console:
    """A console for output (or errors and progress); colours where the terminal has them and NO_COLOR is unset."""
    out = _Console(stderr=stderr, highlight=False, emoji=False, markup=False, soft_wrap=True)
    if not out.file.isatty() and "COLUMNS" not in os.environ:
        # A file or a pipe has no width; the default of 80 would break every table.
        out.width = _FILE_WIDTH
    if not stderr:
        # Below this tables would lose their texts; a narrow terminal wraps their lines, and nothing is lost.
        out.width = max(out.width, _LEAST_WIDTH)
    return out


def silence(stream: TextIO) -> None:
    """Let a stream that nobody reads any more lead nowhere, so that what is still in it raises no error at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def facts(found: Mapping[str, Any]) -> None:
    """Print facts as one JSON document."""
    try:
        print(as_text(found), flush=True)
    except BrokenPipeError:
        silence(sys.stdout)
        raise SystemExit(int(ExitCode.CLOSED_PIPE)) from None


def columns(table: Table, *headings: str, right: Sequence[str] = (), whole: Sequence[str] = ()) -> None:
    """Add columns: texts are folded where there is no room and never cut, and those on the right, numbers, stay whole.

    So do those named as `whole`, such as ids to be copied.
    """
    for heading in headings:
        justify: JustifyMethod = "right" if heading in right else "left"
        table.add_column(heading, justify=justify, overflow="fold", no_wrap=heading in (*right, *whole))


def plain(value: object, longest: int = _LONGEST) -> str:
    """A value as one line of visible text: control and reordering characters escaped, very long texts cut."""
    text = str(value)
    shown = text[:longest] + ("…" if len(text) > longest else "")
    return "".join(_visible(character) for character in shown)


def problems(out: Console, found: Sequence[Problem]) -> None:
    """List every problem, each with its mend."""
    out.print(f"{len(found)} problem{'s' if len(found) != 1 else ''}; nothing was changed.", style="bold red")
    for problem in found:
        out.print(Text.assemble((f"  {plain(problem.where)}", "bold"), ": ", plain(problem.what, 1000)))
        out.print(Text(f"    {plain(problem.mend, 1000)}", style="dim"))


def error(out: Console, found: Exception) -> None:
    """Print an error's message, which may have several lines."""
    from leadhouse.faults import readable

    for line in readable(str(found)):
        out.print(Text(plain(line, 2000), style="bold red"))


def warnings(out: Console, found: Sequence[Problem]) -> None:
    """List what is worth knowing but stops nothing."""
    for problem in found:
        out.print(
            Text(
                f"Warning: {plain(problem.where)}: {plain(problem.what, 1000)}. {plain(problem.mend, 1000)}",
                style="yellow",
            )
        )


def outcome(out: Console, result: BuildResult) -> None:
    """What a build came to: failures with where their rows are, or what changed and where to look."""
    record, published, changes = result.outcome.record, result.outcome.published, result.outcome.changes
    counts = f"{record.count_models} models, {record.count_tests} tests"
    facts = f"{counts}, {record.seconds:.1f} s, {record.peak_memory_mb:.0f} MB"
    if record.status == "failed":
        _failures(out, result)
        out.print(f"Build failed: {record.count_failed} of {facts}. Nothing was published.", style="bold red")
        return
    if published is None:
        out.print(f"Part of the project built and tested: {facts}.", style="bold green")
        out.print(f"Nothing was published, because --select builds only a part; it is in {result.work}.")
        return
    out.print(f"Built, tested and published: {facts}, as of {record.as_of:%Y-%m-%d %H:%M:%S} UTC.", style="bold green")
    _changes(out, changes)
    out.print(f"Version: {record.build_id}")
    out.print(f"Marts:   {published.database} (schema {published.schema}, {len(published.rows)} tables)")
    out.print("One lead: leadhouse lead <e-mail or lead_id>")
    if changes and changes.count_alerts:
        out.print(f"Alerts:  {changes.count_alerts:,} for sales; see leadhouse alerts list")
    if result.report:
        out.print(f"Report:  {result.report}")


def versions(out: Console, kept: Sequence[Version]) -> None:
    """List the versions that are kept, and mark the one that readers see."""
    if not kept:
        out.print("Nothing has been published yet.")
        return
    table = Table(box=None)
    headings = ("version", "published at (UTC)", "as of (UTC)", "criteria", "rows", "MB", "")
    columns(table, *headings, right=("rows", "MB"), whole=("version",))
    for one in kept:
        times = (f"{one.published_at:%Y-%m-%d %H:%M:%S}", f"{one.as_of:%Y-%m-%d %H:%M:%S}")
        size = (f"{one.count_rows:,}", f"{one.size / 10**6:,.1f}")
        mark = "published" if one.is_current else ""
        table.add_row(Text(plain(one.build_id)), *times, one.criteria_hash[:8], *size, mark)
    out.print(table)


def rolled_back(out: Console, version: Version, published: str, report: Path | None) -> None:
    """Which version is published now, and what comes next."""
    moment = f"{version.as_of:%Y-%m-%d %H:%M:%S}"
    out.print(f"Published again: {plain(version.build_id)}, as of {moment} UTC.", style="bold green")
    out.print(f"Marts:   {published}")
    if report:
        out.print(f"Report:  {report}")
    out.print("The next good build publishes as usual. `leadhouse versions` lists what is kept.")


def world(out: Console, written: WorldSummary) -> None:
    """How many rows of each table the demo world has."""
    counts = ", ".join(f"{entity} {count:,}" for entity, count in written.counts.items())
    out.print(f"Written to {written.output}: {counts}")


def conformed(out: Console, reports: Sequence[EntityReport], folder: Path) -> None:
    """What `conform` wrote, per entity: rows, columns that are missing or unknown, nulls in required columns."""
    table = Table(box=None)
    headings = ("missing columns", "unknown columns (left out)", "nulls in required columns", "unreadable values")
    columns(table, "table", "rows", *headings, right=("rows",))
    for report in reports:
        counts = (_counted(report.nulls_in_required), _counted(report.unreadable))
        names = (", ".join(report.missing_columns), ", ".join(report.unknown_columns), *counts)
        table.add_row(Text(plain(report.entity)), f"{report.rows:,}", *(Text(plain(part, 2000)) for part in names))
    out.print(table)
    out.print(f"Written to {folder.resolve()}. Next: leadhouse build --raw {folder.resolve()}")


def marketing(out: Console, summary: MarketingSummary, published: Path) -> None:
    """The summary that a marketer reads after the demo."""
    out.print(f"\nThe demo world on {summary.as_of:%Y-%m-%d}", style="bold")
    out.print(f"  {_totals(summary.counts)}")
    out.print(f"  new MQLs in the last seven days {summary.new_mqls:,}\n")
    _channel_table(out, "Best channels by won rate", summary.best_by_won_rate())
    _channel_table(out, "Cheapest channels per SQL", summary.cheapest_by_sql())
    out.print("Where to look next", style="bold")
    out.print(
        f"  {published}: schema marts, for any BI tool (start with channel_conversions, lead_stages, lead_scores)"
    )
    if summary.example_lead:
        out.print(f"  leadhouse lead {plain(summary.example_lead)}: the story of the newest MQL, as a page with --html")


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count:,}" for name, count in counts.items())


def _visible(character: str) -> str:
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character in _REORDERING:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _failures(out: Console, result: BuildResult) -> None:
    for failure in result.failures:
        head = f"\n{failure.kind.replace('_', ' ')} {plain(failure.name)}: {_what_failed(failure)}"
        out.print(Text(head, style="bold red"))
        for line in failure.message:
            out.print(Text(f"  {plain(line, 1000)}"))
        if failure.examples:
            out.print(Text(f"  For example: {plain('; '.join(failure.examples), 1000)}"))
        if failure.table:
            out.print(f"  The rows: select * from {failure.table} in {result.work} (kept until the next build)")
        if failure.file:
            out.print(f"  Defined in {failure.file}")
    out.print("")


def _what_failed(failure: Failure) -> str:
    if failure.count_failed_rows is not None:
        return f"{failure.count_failed_rows:,} row{'s' if failure.count_failed_rows != 1 else ''} failed"
    return "failed" if failure.status == "fail" else failure.status


def _changes(out: Console, changes: Changes | None) -> None:
    if changes is None:
        out.print("The version published before could not be compared.")
        return
    if changes.is_first:
        out.print("First version: " + _totals(changes.counts))
        return
    news = ", ".join(f"{count.label} {count.new:+,}" for count in changes.counts if count.new)
    out.print(f"New since the version before: {news or 'nothing'}")
    out.print(f"Now: {_totals(changes.counts)}")


def _totals(counts: Sequence[StageCount]) -> str:
    return ", ".join(f"{count.label} {count.total:,}" for count in counts)


def _channel_table(out: Console, title: str, channels: Sequence[ChannelFigures]) -> None:
    table = Table(title=title, title_justify="left", title_style="bold", box=None, pad_edge=True)
    figures = ("leads", "MQLs", "SQLs", "customers", "won rate", "cost per SQL", "revenue")
    columns(table, "channel", *figures, right=figures)
    for channel in channels:
        counts = (channel.count_leads, channel.count_mqls, channel.count_sqls, channel.count_customers)
        cost = "-" if channel.cost_per_sql is None else f"{channel.cost_per_sql:,.2f}"
        cells = [*(f"{count:,}" for count in counts), f"{channel.won_rate:.1%}", cost, f"{channel.revenue:,.2f}"]
        table.add_row(Text(plain(channel.channel)), *cells)
    out.print(table)
    out.print("")

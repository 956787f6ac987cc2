"""Printing what tuning found: the same tables as in its reports."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from leadhouse.show import plain
from leadhouse.tuning.report import Table


def table(out: Console, found: Table, title: str = "") -> None:
    """Print a table; rows that stand out are bold."""
    shown = RichTable(title=Text(title) if title else None, title_justify="left", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(found.headings):
        shown.add_column(Text(plain(heading)), justify="right" if place else "left", overflow="fold")
    for place, row in enumerate(found.rows):
        shown.add_row(*(Text(plain(cell)) for cell in row), style="bold" if place in found.marked else None)
    out.print(shown)


def verdict(out: Console, words: str, warnings: Sequence[str], folder: Path) -> None:
    """Print the result, what to be wary of, and where the report is."""
    out.print(Text(plain(words, 1000), style="bold"))
    for warning in warnings:
        out.print(Text(f"Warning: {plain(warning, 1000)}", style="yellow"))
    out.print(Text(f"Report: {folder / 'report.html'}"))


def diff(out: Console, text: str, is_applied: bool, paths: Sequence[Path] = ()) -> None:
    """Print an edit of criteria files, and whether it was made."""
    for line in text.splitlines():
        style = "green" if line.startswith("+") else "red" if line.startswith("-") else "dim"
        out.print(Text(plain(line, 2000), style=style))
    if is_applied:
        out.print(
            Text(f"Written: {', '.join(map(str, paths))}. It counts from the next `leadhouse build` on.", style="bold")
        )
    else:
        out.print(Text("Nothing was written. With --apply this row is added."))


def challenger(out: Console, scorecard_id: str, folder: Path, paths: Sequence[Path]) -> None:
    """Say where a learned scorecard is, and what comes next."""
    if paths:
        out.print(Text(f"Written: {', '.join(map(str, paths))}.", style="bold"))
        out.print(
            Text("`leadhouse build` scores every lead by it; then `leadhouse compare CHAMPION " + scorecard_id + "`.")
        )
    else:
        out.print(
            Text(
                f"Its rows are beside the report, in {folder}. Nothing was written to the criteria; with --apply they are added."
            )
        )

"""Printing one lead's story (see `story`); its parts that `explain` prints too are printed as there."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse import show_lead
from leadhouse.curve import periods
from leadhouse.show import plain
from leadhouse.show_lead import number, signed, stage_name
from leadhouse.story import Line, Outlook, Story, lines_of

_TIME = "%Y-%m-%d %H:%M:%S"
_DAY = "%Y-%m-%d"
_ROWS = 8
_MOST_COLUMNS = 72
_WIDEST_COLUMN = 4
_BLOCKS = " ▁▂▃▄▅▆▇█"
_ASCII_BLOCKS = " ....####"
_MOST_CONTENTS = 3


def story(out: Console, told: Story, last: int) -> None:
    """Print all of it, with the last so many lines of what the lead did."""
    _heading(out, told)
    _plot(out, told)
    show_lead.stages(out, told.answer.standing)
    out.print("")
    _reasons(out, told)
    show_lead.fades(out, told.answer.fades)
    for sentence in outlooks(told):
        out.print(Text(sentence))
    out.print("")
    _next(out, told)
    _timeline(out, told, last)
    out.print(f"Every entry of the ledger, and what is missing for the next stage: leadhouse explain {plain(told.answer.lead_id)}")  # fmt: skip


def outlooks(told: Story) -> list[str]:
    """A sentence for each threshold: whether the score is enough, and until when."""
    return [_outlook(told, one) for one in told.outlooks]


def earlier(told: Story) -> list[str]:
    """The score a week and a month ago, in words, where it was a lead then."""
    scores = [(days, told.score_before(days)) for days in (7, 30)]
    return [f"{number(score)} points {days} days ago" for days, score in scores if score is not None]


def next_drop(told: Story) -> str:
    """When the score falls next, in words."""
    drop = told.next_drop
    if drop:
        return f"falls next on {drop[0]:{_TIME}} UTC, by {number(-drop[1])}"
    return (
        "no fall is in sight"
        if told.is_open_ended
        else f"looked at before the build's as-of time, {told.answer.as_of:{_TIME}} UTC"
    )


def contents_of(line: Line) -> str:
    """The contents of a line of activities in a few words."""
    shown = ", ".join(plain(one, 60) for one in line.contents[:_MOST_CONTENTS])
    more = len(line.contents) - _MOST_CONTENTS
    return f"{shown} and {more} more" if more > 0 else shown


def words(name: str) -> str:
    """A name of the criteria as words."""
    return plain(name).replace("_", " ")


def _heading(out: Console, told: Story) -> None:
    answer, score = told.answer, told.answer.score
    parts = f"fit {number(score.fit)}, engagement {number(score.engagement)}"
    out.print(Text(f"Lead {plain(answer.lead_id)} at {answer.moment:{_TIME}} UTC", style="bold"))
    stage = plain(answer.standing.stage)
    line = f"{stage_name(stage)}, score {number(score.score)}, grade {score.grade or '-'} ({parts}), scorecard {plain(answer.scorecard_id)}"
    out.print(Text(line, style="bold cyan"))
    out.print(Text(f"{'; '.join([*earlier(told), next_drop(told)])}."))
    for note in answer.notes:
        out.print(Text(f"Note: {plain(note, 500)}", style="yellow"))
    out.print("")


def _outlook(told: Story, one: Outlook) -> str:
    stage, score = stage_name(one.stage), number(told.answer.score.score)
    asked = f"The {number(one.needed)} points that {plain(one.rule_id)} asks for {stage}"
    if not one.is_met:
        return f"{asked}: the score of {score} is below them."
    if one.falls_below_at:
        return f"{asked}: if nothing else happens, the score falls below them on {one.falls_below_at:{_TIME}} UTC."
    if told.is_open_ended:
        return f"{asked}: the score stays at them or above; nothing that is scheduled changes it."
    return f"{asked}: the score of {score} is enough at this moment."


# ------------------------------------------------------------------------------------------ the plot


def _plot(out: Console, told: Story) -> None:
    first, last = told.first_at, told.answer.moment
    if first is None:
        out.print("It was no lead yet, so there is no score to draw.\n")
        return
    length, ends = periods(first, last, _MOST_COLUMNS)
    values = [told.score_at(end) for end in ends]
    levels = [(one.needed, stage_name(one.stage)) for one in told.outlooks]
    if not any(values):
        out.print(f"Score: 0 at the end of every {_period(length.days)} since {first:{_DAY}}.\n")
        return
    wide = max(1, min(_WIDEST_COLUMN, _MOST_COLUMNS // len(ends)))
    can_blocks = not out.encoding or out.encoding.lower().replace("-", "").startswith("utf")
    out.print(Text(f"Score at the end of each {_period(length.days)}", style="bold"))
    cells = [value for value in values for _ in range(wide)]
    for text, level in _rows(cells, levels, _BLOCKS if can_blocks else _ASCII_BLOCKS):
        out.print(Text(text, style="yellow" if level else "cyan"))
    for line in _labels(_marks(told, ends, wide), len(cells)):
        out.print(Text(f"{'':>7}{line}", style="bold"))
    gap = " " * max(1, len(cells) - 2 * len(f"{first:{_DAY}}"))
    out.print(Text(f"{'':>7}{first:{_DAY}}{gap}{last:{_DAY}}\n", style="dim"))


def _marks(told: Story, ends: Sequence[datetime], wide: int) -> list[tuple[int, str]]:
    """The stages that the lead entered, by the column of their period."""
    found: dict[int, list[str]] = {}
    for one in told.answer.standing.transitions:
        if one.stage != "lead":
            place = min(bisect_left(ends, one.entered_at), len(ends) - 1)
            found.setdefault(place * wide, []).append(stage_name(one.stage))
    return [(place, ", ".join(names)) for place, names in found.items()]


def _period(days: int) -> str:
    return "day" if days == 1 else "week" if days == 7 else f"{days // 7} weeks"


def _rows(values: Sequence[Decimal], levels: Sequence[tuple[Decimal, str]], blocks: str) -> list[tuple[str, bool]]:
    """Lines of the plot, the highest first, each with whether a threshold lies in it."""
    top = max([*values, *(needed for needed, _ in levels)])
    found = []
    for row in reversed(range(_ROWS)):
        low, high = top * row / _ROWS, top * (row + 1) / _ROWS
        names = [f"{name} {number(needed)}" for needed, name in levels if low < needed <= high]
        cells = "".join(_cell(value, low, high, blocks) for value in values)
        if names:
            cells = cells.replace(" ", "-")
        label = number(top) if row == _ROWS - 1 else "0" if row == 0 else ""
        found.append((f"{label:>6} {cells} {', '.join(names)}".rstrip(), bool(names)))
    return found


def _cell(value: Decimal, low: Decimal, high: Decimal, blocks: str) -> str:
    share = min(Decimal(1), max(Decimal(0), (value - low) / (high - low)))
    return blocks[math.ceil(share * (len(blocks) - 1))]


def _labels(marks: Sequence[tuple[int, str]], width: int) -> list[str]:
    """Words below their columns, on as many lines as they need."""
    lines: list[str] = []
    for place, name in marks:
        word = f"^{name}"
        start = place if place + len(word) <= max(width, 20) else max(0, place + 1 - len(word))
        word = word if start == place else f"{name}^"
        number_of_line = next((at for at, line in enumerate(lines) if len(line) < start), len(lines))
        if number_of_line == len(lines):
            lines.append("")
        lines[number_of_line] = lines[number_of_line].ljust(start) + word
    return lines


# ------------------------------------------------------------------------------------------ the tables


def _reasons(out: Console, told: Story) -> None:
    score = told.answer.score
    table = Table(title="Behind the score", title_justify="left", title_style="bold", box=None)
    for heading in ("points", "rule", "falls next", "what"):
        justify: Literal["left", "right"] = "right" if heading == "points" else "left"
        table.add_column(heading, justify=justify, no_wrap=heading != "what", overflow="fold")
    for one in told.reasons:
        falls = f"{one.falls_at:{_DAY}}: {signed(one.falls_by)}" if one.falls_at and one.falls_by else ""
        table.add_row(signed(one.points), *(Text(plain(cell)) for cell in (one.rule_id, falls, one.description)))
    for clamp in score.clamps:
        table.add_row(signed(clamp.points), Text(plain(clamp.limit)), "", Text(plain(clamp.description)))
    table.add_row(Text(number(score.score), style="bold"), Text("sum = score", style="bold"), "", "")
    out.print(table)
    out.print("")


def _next(out: Console, told: Story) -> None:
    content = told.content
    if content:
        name = f" {plain(content.name)}" if content.name else ""
        out.print(Text(f"Next content: {words(content.content_type)}{name}, by {plain(content.channel)}", style="bold"))
        out.print(Text(f"  {plain(content.why, 500)}"))
    else:
        out.print(Text("Next content: none", style="bold"))
        out.print(Text(f"  {plain(told.content_note, 500)}"))
    if told.next_step:
        out.print(Text(f"  For sales: {plain(told.next_step, 500)}"))
    if told.topics:
        topics = ", ".join(f"{plain(one.topic)} ({one.count_activities:,})" for one in told.topics)
        out.print(Text(f"  Looked at, by topic: {topics}"))
    out.print("")


def _timeline(out: Console, told: Story, last: int) -> None:
    lines = lines_of(told.activities)
    if not lines:
        out.print("No activity is known.\n")
        return
    shown = lines[:last]
    table = Table(title=f"Activities ({len(told.activities):,})", title_justify="left", title_style="bold", box=None)
    for heading in ("day (UTC)", "time", "what", "times", "channel", "content"):
        is_number, is_long = heading == "times", heading in ("channel", "content")
        table.add_column(heading, justify="right" if is_number else "left", no_wrap=not is_long, overflow="fold")
    days = [f"{line.last_at:{_DAY}}" for line in shown]
    repeated = [False, *(one == other for one, other in pairwise(days))]
    for line, day, is_same in zip(shown, days, repeated, strict=True):
        cells = (times_of(line), words(line.activity_type), f"{line.count:,}", line.channel or "", contents_of(line))
        table.add_row("" if is_same else day, *(Text(plain(cell)) for cell in cells))
    out.print(table)
    if len(lines) > len(shown):
        left = sum(line.count for line in lines[last:])
        out.print(f"{left:,} older activities are left out; --last {len(lines)} shows all.")
    out.print("")


def times_of(line: Line) -> str:
    """From when to when on its day."""
    first, last = f"{line.first_at:%H:%M}", f"{line.last_at:%H:%M}"
    return last if first == last else f"{first} to {last}"

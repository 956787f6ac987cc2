"""The page as a whole: reads the published marts, fills in every figure, and writes one file."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import files
from leadhouse.errors import InputError, Problem
from leadhouse.report import actions, changes, channels, cohorts, funnel, headline, leaks, quality, rules, sales, scores
from leadhouse.report.blocks import (
    FUNNEL_SPLITS,
    KINDS,
    Advice,
    Block,
    Card,
    Column,
    Context,
    Note,
    Number,
    Picture,
    Place,
    Section,
    Table,
    Trend,
    Words,
)
from leadhouse.report.charts import LineChart, Series
from leadhouse.report.cubes import ALL, Segment, Store
from leadhouse.report.figures import Estimate, interval, written
from leadhouse.report.html import fill, template_text, trusted
from leadhouse.summary import open_published

FILE_NAME = "report.html"
# A page of more months than these would be slow to redraw.
_MOST_MONTHS = 60
_SEGMENTS_OF_A_KIND = 12
# A segment of fewer leads tells little and may name one of them.
_FEWEST_LEADS = 5
_LONGEST_LABEL = 60
_FIRST_CHOICES = (6, 3, 1)


@dataclass(frozen=True)
class Cell:
    """A figure of the page: as people read it, and as the SQL gives it. `sql` is None where nothing is said."""

    text: str
    between: str
    value: float | None
    sql: str | None
    words: str = ""


@dataclass(frozen=True)
class Row:
    """A row of a table."""

    label: str
    texts: Sequence[str]
    cells: Sequence[Cell]
    share: float | None = None
    is_total: bool = False


@dataclass
class Filled:
    """A block with its figures, for the template."""

    kind: str
    block: Any
    rows: list[Row] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    svg: str = ""
    legend: list[str] = field(default_factory=list)
    parts: list[Any] = field(default_factory=list)
    sources: list[tuple[str, str, str]] = field(default_factory=list)
    left_out: int = 0


@dataclass(frozen=True)
class Page:
    """All that the template needs, and every figure on it."""

    facts: Mapping[str, Any]
    context: Context
    sections: Sequence[tuple[Section, Sequence[Filled]]]

    def cells(self) -> list[Cell]:
        """Every figure of the page as it is first shown."""
        found: list[Cell] = []
        for _, blocks in self.sections:
            for block in blocks:
                found += [cell for row in block.rows for cell in row.cells]
                found += [part for part in _flat(block.parts) if isinstance(part, Cell)]
        return [cell for cell in found if cell.sql is not None]


@dataclass(frozen=True)
class Written:
    """The file that was written, its size in bytes and the seconds that it took."""

    path: Path
    size: int
    seconds: float


def write(published: Path, target: Path) -> Written:
    """Write the page of a published database to `target`; raises InputError when nothing has been published."""
    clock = time.monotonic()
    with open_published(published) as connection:
        text = render(read(connection))
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_text(target, text, 0o644)
    return Written(target, len(text.encode()), time.monotonic() - clock)


def as_json(published: Path) -> dict[str, Any]:
    """The figures of the page as it is first shown, section by section, each with the SQL that gives it."""
    with open_published(published) as connection:
        page = read(connection)
    return {
        **{name: str(value) for name, value in page.facts.items()},
        "from": str(page.context.months[page.context.first]),
        "until": str(page.context.months[page.context.last]),
        "sections": [
            {"name": section.name, "title": section.title, "blocks": [_block_json(one) for one in blocks if one.rows or one.parts]}
            for section, blocks in page.sections
        ],
    }  # fmt: skip


def read(connection: duckdb.DuckDBPyConnection) -> Page:
    """Read all figures from the marts of the database in use."""
    facts = _facts(connection)
    context = _context(connection, facts)
    # What to do next comes first on the page, but reads what the others have loaded.
    made = [
        one.section(context)
        for one in (headline, funnel, channels, cohorts, scores, sales, leaks, rules, quality, changes, actions)
    ]
    ordered = [made[0], made[-1], *made[1:-1]]
    return Page(facts, context, [(section, _fill(context, section)) for section in ordered])


def render(page: Page) -> str:
    """The page as HTML."""
    script = template_text("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return fill(
        "report.html.j2",
        page=page,
        choices=_choices(page.context),
        style=trusted(template_text("report.css")),
        script=trusted(script),
        digest=digest,
        data=trusted(_embedded(_data(page))),
    )


# ------------------------------------------------------------------------------------------ what is read first


def _facts(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    statement = (
        "select build_id, as_of, leadhouse_version, criteria_hash, finished_at from marts.build_runs "
        "where status = 'succeeded' order by build_number desc limit 1"
    )
    row = connection.execute(statement).fetchone()
    if row is None:
        raise InputError([Problem("build_runs", "names no published build", "Run `leadhouse build`.")])
    return dict(zip(("build_id", "as_of", "leadhouse_version", "criteria", "finished_at"), row, strict=True))


def _context(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> Context:
    as_of: datetime = facts["as_of"]
    row = connection.execute("select min(cohort_month) from marts.funnel_conversions").fetchone()
    newest = (as_of - timedelta(microseconds=1)).date().replace(day=1)
    oldest: date = row[0] if row and row[0] else newest
    months = [newest]
    while months[0] > oldest and len(months) < _MOST_MONTHS:
        months.insert(0, (months[0] - timedelta(days=1)).replace(day=1))
    following = (newest + timedelta(days=31)).replace(day=1)
    whole = len(months) - 1 if as_of >= datetime(following.year, following.month, 1) else len(months) - 2
    length = next((one for one in _FIRST_CHOICES if whole + 1 >= 2 * one), 0)
    first, last = (whole - length + 1, whole) if length else (0, len(months) - 1)
    cards = connection.execute("select min(scorecard_id) from marts.lead_scores where is_champion").fetchone()
    card = str(cards[0]) if cards and cards[0] is not None else ""
    return Context(Store(connection, _segments(connection)), connection, as_of, card, months, whole, first, last)


def _segments(connection: duckdb.DuckDBPyConnection) -> list[Segment]:
    found = [Segment(ALL, None)]
    for kind in KINDS:
        split = FUNNEL_SPLITS[kind]
        statement = (
            f"select {split.value} from marts.funnel_conversions where {split.where} group by 1 "
            f"having sum(count_leads) >= {_FEWEST_LEADS} order by sum(count_leads) desc, 1 limit {_SEGMENTS_OF_A_KIND}"
        )
        found += [Segment(kind, str(row[0])) for row in connection.execute(statement).fetchall()]
    return found


# ------------------------------------------------------------------------------------------ filling in


def _fill(context: Context, section: Section) -> list[Filled]:
    return [_filled(context, block) for block in section.blocks]


def _filled(context: Context, block: Block) -> Filled:
    if isinstance(block, Table):
        return _table(context, block)
    if isinstance(block, Trend):
        return _trend(context, block)
    if isinstance(block, Picture):
        chart = block.chart
        return Filled(
            "picture", block, svg=chart.svg(block.caption), legend=[label_of(one.name) for one in chart.lines]
        )
    if isinstance(block, Words):
        return Filled("words", block, parts=[_part(one) for one in block.parts])
    if isinstance(block, Note):
        count = context.store.measure(block.column.of, context.place(context.first, context.last))
        return Filled("note", block, parts=[note(block.text, int(count or 0), context.last - context.first + 1)])
    if block and isinstance(block[0], Card):
        return _cards(context, [one for one in block if isinstance(one, Card)])
    return Filled(
        "advice", block, parts=[[_part(part) for part in one.parts] for one in block if isinstance(one, Advice)]
    )


def note(text: str, count: int, months: int) -> str:
    """A note's sentence; empty where it says nothing."""
    return text.replace("{n}", str(count)).replace("{all}", str(months)) if count else ""


def label_of(value: str | None, labels: Mapping[str | None, str] | None = None) -> str:
    """A group as people read it: one line of visible text, not too long."""
    from leadhouse.show import plain

    if labels and value in labels:
        return labels[value]
    return "(none)" if value is None else plain(value, _LONGEST_LABEL)


def _cell(column: Column, found: Estimate, sql: str | None) -> Cell:
    kind = column.shown_kind
    return Cell(written(kind, found.value), interval(kind, found.low, found.high) if found.value is not None else "", found.value, sql, column.words)  # fmt: skip


def _cells(context: Context, columns: Sequence[Column], place: Place) -> list[Cell]:
    shifted = context.before(context.first, context.last)
    earlier = context.place(*shifted, place.segment) if shifted else None
    cells = []
    for column in columns:
        if column.kind == "none":
            cells.append(Cell("", "", None, None))
            continue
        cube = context.store.cubes[column.of.split(".")[0]]
        is_known = cube.is_additive or place.has_key
        found, sql = context.store.figure(column, place, earlier)
        cells.append(_cell(column, found, sql if is_known else None))
    return cells


def _table(context: Context, table: Table) -> Filled:
    place = context.place(context.first, context.last) if table.is_live else Place(segment=context.store.segments[0])
    filled = Filled("table", table)
    if table.lines:
        for line in table.lines:
            filled.rows.append(Row(label_of(line.label), [], _cells(context, line.columns, place)))
    else:
        _grouped(context, table, place, filled)
    if table.bar is not None:
        values = [row.cells[table.bar].value or 0.0 for row in filled.rows if not row.is_total]
        highest = max(values, default=0.0)
        filled.rows = [
            row if row.is_total else Row(row.label, row.texts, row.cells, round(100 * (row.cells[table.bar].value or 0) / highest, 2) if highest else 0.0)
            for row in filled.rows
        ]  # fmt: skip
    columns = table.lines[-1].columns if table.lines else table.columns
    for column in columns:
        if column.kind != "none" and column.when == "now":
            filled.sources.append((column.head, context.store.mart(column), column.words))
    return filled


def _grouped(context: Context, table: Table, place: Place, filled: Filled) -> None:
    found: list[tuple[str | None, Row]] = []
    for group in context.store.groups[table.groups]:
        cells = _cells(context, table.columns, Place(place.first, place.last, place.segment, group, True))
        if table.is_live and not any(
            cell.value for cell, column in zip(cells, table.columns, strict=True) if _is_of_period(context, column)
        ):
            continue
        texts = [
            label_of(words.get(group, ""), None) if len(words.get(group, "")) <= _LONGEST_LABEL else words[group]
            for _, words in table.texts
        ]
        found.append((group, Row(label_of(group, table.labels), texts, cells)))
    if table.sort is not None:
        place_of = table.sort
        found.sort(key=lambda pair: (-_sortable(pair[1].cells[place_of].value), pair[1].label))
    filled.left_out = max(0, len(found) - (table.limit or len(found)))
    found = found[: table.limit]
    filled.keys, filled.rows = [key for key, _ in found], [row for _, row in found]
    if table.has_total and found:
        total = Row("All", [""] * len(table.texts), _cells(context, table.columns, place), is_total=True)
        filled.rows.append(total)


def _is_of_period(context: Context, column: Column) -> bool:
    return context.store.cubes[column.of.split(".")[0]].month is not None


def _sortable(value: float | None) -> float:
    return float("-inf") if value is None else value


def _cards(context: Context, cards: Sequence[Card]) -> Filled:
    filled = Filled("cards", cards)
    place = context.place(context.first, context.last)
    for card in cards:
        column = card.column
        after = Column(**{**asdict(column), "when": "change"})
        now, change = _cells(context, [column, after], place)
        filled.rows.append(Row(column.head, [], [now, change]))
        filled.sources.append((column.head, context.store.mart(column), column.words))
    return filled


def _trend(context: Context, trend: Trend) -> Filled:
    lines = []
    for column in trend.columns:
        values = [
            context.store.estimate(column, context.place(number, number)).value or 0.0
            for number in range(len(context.months))
        ]
        lines.append(Series(column.head, [(float(number), value) for number, value in enumerate(values)]))
    chart = LineChart(lines, month_ticks(context.months), "")
    filled = Filled("trend", trend, svg=chart.svg(trend.caption), legend=[line.name for line in lines])
    for number in reversed(range(len(context.months))):
        cells = _cells(context, trend.columns, context.place(number, number))
        filled.rows.append(Row(f"{context.months[number]:%Y-%m}", [], cells))
    filled.sources = [(one.head, context.store.mart(one), one.words) for one in trend.columns]
    return filled


def month_ticks(months: Sequence[date]) -> list[tuple[float, str]]:
    """Places and words of months on an axis, at most ten."""
    every = max(1, -(-len(months) // 9))
    return [(float(number), f"{one:%Y-%m}") for number, one in enumerate(months) if number % every == 0]


def _part(part: str | Number) -> str | Cell:
    if isinstance(part, str):
        return part
    return Cell(written(part.kind, part.value), interval(part.kind, part.low, part.high), part.value, part.sql)


def _flat(parts: Sequence[Any]) -> list[Any]:
    return [one for part in parts for one in (part if isinstance(part, list) else [part])]


# ------------------------------------------------------------------------------------------ what the script gets


def _choices(context: Context) -> dict[str, Any]:
    presets = [(f"Last {length} whole months" if length > 1 else "Last whole month", context.whole - length + 1, context.whole)
               for length in (1, 3, 6, 12) if 0 < length <= context.whole + 1]  # fmt: skip
    presets.append(("All months", 0, len(context.months) - 1))
    if context.whole < len(context.months) - 1:
        presets.insert(0, ("This month so far", len(context.months) - 1, len(context.months) - 1))
    kinds: dict[str, list[tuple[int, str]]] = {}
    for number, segment in enumerate(context.store.segments):
        if segment.kind != ALL:
            kinds.setdefault(KINDS[segment.kind][0], []).append((number, label_of(segment.value)))
    return {"presets": presets, "months": [f"{one:%Y-%m}" for one in context.months], "kinds": kinds}


def _data(page: Page) -> dict[str, Any]:
    context = page.context
    store = context.store
    tables: dict[str, Any] = {}
    cards: list[Any] = []
    notes: dict[str, Any] = {}
    trends: dict[str, Any] = {}
    live: set[str] = set()
    numbers = {month: number for number, month in enumerate(context.months)}
    for section, blocks in page.sections:
        for place, block in enumerate(blocks):
            if block.kind == "table":
                tables[block.block.name] = _table_data(context, block)
                if block.block.is_live:
                    columns = [*block.block.columns, *(one for line in block.block.lines for one in line.columns)]
                    live |= {name.split(".")[0] for column in columns for name in (column.of, column.per) if name}
            elif block.kind == "cards":
                cards = [_column(card.column) for card in block.block]
                live |= {
                    name.split(".")[0] for card in block.block for name in (card.column.of, card.column.per) if name
                }
            elif block.kind == "note":
                notes[f"{section.name}-{place}"] = {"text": block.block.text, "column": _column(block.block.column)}
                live.add(block.block.column.of.split(".")[0])
            elif block.kind == "trend":
                trends[block.block.name] = {"columns": [_column(one) for one in block.block.columns]}
    cubes = {}
    for name, cube in store.cubes.items():
        facts: dict[str, Any] = {
            "relation": " ".join(cube.relation.split()), "measures": cube.measures, "month": cube.month, "group": cube.group,
            "where": cube.where, "additive": cube.is_additive, "splits": {kind: [split.where, split.value] for kind, split in cube.splits.items()},
        }  # fmt: skip
        if name in live:
            places = {group: number for number, group in enumerate(store.groups[name])}
            facts["groups"] = store.groups[name]
            facts["rows"] = [
                [numbers.get(row[0], -1) if cube.month else 0, row[1] if cube.splits else places.get(row[1], 0), *(_short(one) for one in row[2:])]
                for row in store.rows[name]
                if not cube.month or row[0] in numbers
            ]  # fmt: skip
        cubes[name] = facts
    return {
        "months": [str(one) for one in context.months],
        "whole": context.whole,
        "first": context.first,
        "last": context.last,
        "segments": [[one.kind, one.value] for one in store.segments],
        "cubes": cubes,
        "tables": tables,
        "cards": cards,
        "notes": notes,
        "trends": trends,
    }


def _table_data(context: Context, filled: Filled) -> dict[str, Any]:
    table: Table = filled.block
    data: dict[str, Any] = {
        "columns": [_column(one) for one in table.columns],
        "lines": [[_column(one) for one in line.columns] for line in table.lines],
        "groups": table.groups, "keys": filled.keys, "sort": table.sort, "limit": table.limit, "bar": table.bar,
        "total": table.has_total, "live": table.is_live, "empty": table.empty,
    }  # fmt: skip
    if table.is_live and table.groups:
        groups = context.store.groups[table.groups]
        data["labels"] = [label_of(one, table.labels) for one in groups]
        data["texts"] = [[label_of(words.get(one, "")) for one in groups] for _, words in table.texts]
    return data


def _column(column: Column) -> dict[str, Any]:
    return {name: value for name, value in asdict(column).items() if value not in (None, "")}


def _short(value: float | None) -> float | int | None:
    if value is None or value != value:
        return None
    return int(value) if value == int(value) else round(value, 6)


def _embedded(data: Any) -> str:
    """JSON that can stand in a page: nothing in it ends the element or begins another one."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _block_json(filled: Filled) -> dict[str, Any]:
    def cell(one: Any) -> Any:
        return (
            {"text": one.text, "interval": one.between, "value": one.value, "sql": one.sql}
            if isinstance(one, Cell)
            else one
        )

    heads = ["value", "change"] if filled.kind == "cards" else [one.head for one in _columns_of(filled)]
    return {
        "kind": filled.kind,
        "name": getattr(filled.block, "name", ""),
        "caption": getattr(filled.block, "caption", ""),
        "rows": [
            {"label": row.label, "cells": dict(zip(heads, map(cell, row.cells), strict=True))} for row in filled.rows
        ],
        "parts": [[cell(one) for one in part] if isinstance(part, list) else cell(part) for part in filled.parts],
        **({"titles": [one.title for one in filled.block]} if filled.kind == "advice" else {}),
    }


def _columns_of(filled: Filled) -> Sequence[Column]:
    if isinstance(filled.block, Table) and filled.block.lines:
        return filled.block.lines[0].columns
    return getattr(filled.block, "columns", [])

"""What a page is made of: sections of words, tables, cards and pictures. Sections say what to show; `page` fills it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import duckdb

from leadhouse.report.charts import LineChart
from leadhouse.report.cubes import Column, Cube, Place, Segment, Split, Store


@dataclass(frozen=True)
class Line:
    """A row of a table that has columns of its own."""

    label: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Table:
    """A table whose rows are the groups of a cube (`groups`), all months (`by_month`), or `lines`.

    `labels` puts other words in the place of a group; `texts` are further columns of words by group. Groups come by the
    column `sort`, largest first, or as the cube has them; `limit` cuts them. With `is_live` the page's choices redraw it.
    """

    name: str
    caption: str
    head: str
    columns: Sequence[Column] = ()
    groups: str = ""
    by_month: bool = False
    lines: Sequence[Line] = ()
    labels: Mapping[str | None, str] = field(default_factory=dict)
    texts: Sequence[tuple[str, Mapping[str | None, str]]] = ()
    sort: int | None = None
    limit: int | None = None
    bar: int | None = None
    has_total: bool = False
    is_live: bool = False
    is_folded: bool = False
    empty: str = "Nothing to show."


@dataclass(frozen=True)
class Card:
    """A headline figure, and the same of the period before."""

    column: Column


@dataclass(frozen=True)
class Trend:
    """A picture of columns over all months, for the chosen segment."""

    name: str
    caption: str
    columns: Sequence[Column]


@dataclass(frozen=True)
class Picture:
    """A picture that no choice changes."""

    caption: str
    chart: LineChart


@dataclass(frozen=True)
class Number:
    """A figure in a sentence: its words, and the SQL that gives it."""

    kind: str
    value: float | None
    sql: str
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Advice:
    """A thing to do: words in bold, a sentence with figures, and the rule by which it was found."""

    title: str
    parts: Sequence[str | Number]
    mart: str
    rule: str


@dataclass(frozen=True)
class Words:
    """A paragraph; figures in it carry their SQL."""

    parts: Sequence[str | Number]
    is_soft: bool = False


@dataclass(frozen=True)
class Note:
    """A sentence for the chosen period about so many of its months: `{n}` of `{all}`. Nothing where it is none."""

    text: str
    column: Column


Block = Table | Trend | Picture | Words | Note | Sequence[Card] | Sequence[Advice]


@dataclass(frozen=True)
class Section:
    """A part of the page; `scope` says which choices it follows."""

    name: str
    title: str
    scope: str
    blocks: Sequence[Block]


PERIOD_AND_SEGMENT = "Follows period and segment."
PERIOD = "Follows the period; all leads."
NOW = "As of the build; follows no choice."


@dataclass(frozen=True)
class Context:
    """What every section needs to know: the cubes, the build's as-of time, the months with data, and which are shown at first.

    `whole` is the number of the last month that is over; -1 where none is.
    """

    store: Store
    connection: duckdb.DuckDBPyConnection
    as_of: datetime
    scorecard: str
    months: Sequence[date]
    whole: int
    first: int
    last: int

    def place(self, first: int, last: int, segment: Segment | None = None) -> Place:
        """A stretch of months."""
        return Place(self.months[first], self.months[last], segment or self.store.segments[0])

    def before(self, first: int, last: int) -> tuple[int, int] | None:
        """The stretch as long before another; None where one of both is not all there."""
        length = last - first + 1
        return (first - length, first - 1) if first >= length and last <= self.whole else None

    def year(self) -> Place:
        """The last twelve whole months, or as many as there are."""
        last = max(self.whole, 0)
        return self.place(max(0, last - 11), last)


def literal(value: str) -> str:
    """A text in SQL."""
    return "'" + value.replace("'", "''") + "'"


def nameless(expression: str) -> str:
    """SQL for a text that may be an address: a short hash in its place."""
    return f"case when position('@' in {expression}) > 0 then 'address ' || left(md5({expression}), 8) else {expression} end"


def month(expression: str) -> str:
    """SQL for the first day of a time's month."""
    return f"cast(date_trunc('month', {expression}) as date)"


# How leads are split; the SQL is the one of the funnel's own segments.
KINDS = {
    "channel": ("Channel", "leads.acquisition_channel"),
    "country": ("Country", "coalesce(leads.country, '(none)')"),
    "industry": ("Industry", "coalesce(leads.industry, '(none)')"),
    "job_level": ("Job level", "coalesce(leads.job_level, '(none)')"),
    "lead_source": ("Lead source", nameless("coalesce(leads.lead_source, '(none)')")),
    "owner": ("Owner", nameless("coalesce(leads.owner_id, '(none)')")),
}
_FUNNEL_VALUES = {kind: nameless("segment") if kind in ("lead_source", "owner") else "segment" for kind in KINDS}
FUNNEL_SPLITS = {
    "all": Split("segment_type = 'all'", "null"),
    **{kind: Split(f"segment_type = '{kind}'", value) for kind, value in _FUNNEL_VALUES.items()},
}
LEAD_SPLITS = {"all": Split("", "null"), **{kind: Split("", value) for kind, (_, value) in KINDS.items()}}

__all__ = [
    "FUNNEL_SPLITS",
    "KINDS",
    "LEAD_SPLITS",
    "NOW",
    "PERIOD",
    "PERIOD_AND_SEGMENT",
    "Advice",
    "Card",
    "Column",
    "Context",
    "Cube",
    "Line",
    "Note",
    "Number",
    "Picture",
    "Place",
    "Section",
    "Split",
    "Table",
    "Trend",
    "Words",
    "literal",
    "month",
    "nameless",
]

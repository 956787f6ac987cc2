"""Counts by month and group, read once from the published marts, and the SQL by which each figure can be had again."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from leadhouse.intervals import wilson
from leadhouse.report.figures import Estimate, change_of_counts, change_of_shares, per_event

ALL = "all"


@dataclass(frozen=True)
class Split:
    """How a cube is split by a kind of segment: the rows that count, and the SQL of the segment."""

    where: str
    value: str


@dataclass(frozen=True)
class Cube:
    """Aggregates over rows of a mart: `measures` are SQL by name, `month` and `group` the SQL by which they are split.

    With `splits` the second key is a segment of the page, by its kind. `order` sorts the groups. Medians and the like are
    not additive: they are known for a group only. All of this is SQL of
    our own; values from the marts reach a statement only as literals.
    """

    name: str
    relation: str
    measures: Mapping[str, str]
    month: str | None = None
    group: str | None = None
    where: str = ""
    splits: Mapping[str, Split] = field(default_factory=dict)
    order: str = ""
    is_additive: bool = True


@dataclass(frozen=True)
class Column:
    """A kind of figure. `of`, `per`, `low` and `high` are measures as "cube.measure"; `words` says what it is.

    Kinds: count, money, credit, hours and ratio are `of`, divided by `per` where that is given; rate is a share with its
    interval; cost is money per event; roi is what came in beyond what was spent, per money spent.
    """

    head: str
    kind: str
    of: str
    per: str | None = None
    low: str | None = None
    high: str | None = None
    words: str = ""
    # The period itself, the one before, or the change between both.
    when: str = "now"

    @property
    def shown_kind(self) -> str:
        """How its figures are written."""
        if self.when == "change":
            return "points" if self.kind == "rate" else "change"
        return "money" if self.kind == "cost" else self.kind


@dataclass(frozen=True)
class Segment:
    """Leads that can be looked at by themselves; `kind` all has no value."""

    kind: str
    value: str | None


@dataclass(frozen=True)
class Place:
    """Where a figure is taken: months (first and last, by their first days), a segment, and a group of the cube.

    `key` counts only with `has_key`, for a group may be null; with `is_other` it is every group but that one.
    """

    first: date | None = None
    last: date | None = None
    segment: Segment = Segment(ALL, None)
    key: str | None = None
    has_key: bool = False
    is_other: bool = False


class Store:
    """The cubes of a page, loaded."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, segments: Sequence[Segment] = ()) -> None:
        self.connection = connection
        self.segments = list(segments) or [Segment(ALL, None)]
        self.cubes: dict[str, Cube] = {}
        # By cube: rows of month, key (group, or number of the segment), measures.
        self.rows: dict[str, list[tuple[Any, ...]]] = {}
        self.groups: dict[str, list[str | None]] = {}
        self._by_key: dict[str, dict[Any, list[tuple[Any, ...]]]] = {}

    def add(self, *cubes: Cube) -> None:
        """Load cubes."""
        for cube in cubes:
            self.cubes[cube.name] = cube
            self.rows[cube.name] = self._load(cube)
            seen = dict.fromkeys(row[1] for row in self.rows[cube.name]) if cube.group else {}
            self.groups[cube.name] = list(seen)
            by_key: dict[Any, list[tuple[Any, ...]]] = {}
            for row in self.rows[cube.name]:
                by_key.setdefault(row[1], []).append(row)
            self._by_key[cube.name] = by_key

    def _load(self, cube: Cube) -> list[tuple[Any, ...]]:
        if not cube.splits:
            return self._query(cube, cube.group or "null", [cube.where])
        rows: list[tuple[Any, ...]] = []
        for kind, split in cube.splits.items():
            places = {one.value: place for place, one in enumerate(self.segments) if one.kind == kind}
            found = self._query(cube, split.value, [cube.where, split.where])
            rows += [(row[0], places[row[1]], *row[2:]) for row in found if row[1] in places]
        return rows

    def _query(self, cube: Cube, key: str, conditions: Sequence[str]) -> list[tuple[Any, ...]]:
        measures = ", ".join(cube.measures.values())
        # Without anything to split by, the one row of an aggregate is wanted also where there are no rows.
        split = "group by 1, 2" if cube.month or key != "null" else ""
        order = f"order by 1, {cube.order or '2 nulls last'}" if split else ""
        statement = f"select {cube.month or 'null'}, {key}, {measures} from {cube.relation} {_where(conditions)} {split} {order}"
        rows = self.connection.execute(statement).fetchall()
        return [(row[0], row[1], *(_plain(one, cube.month is not None) for one in row[2:])) for row in rows]

    def measure(self, name: str, place: Place) -> float | None:
        """A measure added up at a place; None where the cube knows nothing of the segment, or the figure is null."""
        cube = self.cubes[name.split(".")[0]]
        number = 2 + list(cube.measures).index(name.split(".")[1])
        if cube.splits and place.segment.kind not in cube.splits:
            return None
        if not cube.is_additive and not place.has_key:
            return None
        total: float | None = 0.0 if cube.month else None
        for row in self._rows_at(cube, place):
            if cube.month and place.first and not place.first <= row[0] <= (place.last or place.first):
                continue
            if row[number] is not None:
                total = (total or 0.0) + row[number]
        return total

    def _rows_at(self, cube: Cube, place: Place) -> list[tuple[Any, ...]]:
        if cube.splits:
            return self._by_key[cube.name].get(self.segments.index(place.segment), [])
        if not place.has_key or cube.group is None:
            return self.rows[cube.name]
        if place.is_other:
            return [row for row in self.rows[cube.name] if row[1] != place.key]
        return self._by_key[cube.name].get(place.key, [])

    def figure(self, column: Column, place: Place, before: Place | None) -> tuple[Estimate, str | None]:
        """A column's figure and its SQL, in the period of `place`, in the one `before`, or the change between both."""
        if column.when == "now":
            return self.estimate(column, place), self.sql(column, place)
        if before is None:
            return Estimate(None), None
        if column.when == "before":
            return self.estimate(column, before), self.sql(column, before)
        now, then = self.sql(column, place), self.sql(column, before)
        if column.kind == "rate":
            return self._change_of_shares(column, place, before), f"select ({now}) - ({then})"
        return self._change(column, place, before), f"select cast(({now}) as double) / nullif(({then}), 0) - 1"

    def _change_of_shares(self, column: Column, place: Place, before: Place) -> Estimate:
        pairs = [(self.measure(column.of, one), self.measure(column.per or column.of, one)) for one in (place, before)]
        known = [(part, whole) for part, whole in pairs if part is not None and whole]
        return change_of_shares(known[0], known[1]) if len(known) == 2 else Estimate(None)

    def _change(self, column: Column, place: Place, before: Place) -> Estimate:
        now, then = self.estimate(column, place).value, self.estimate(column, before).value
        if now is None or not then:
            return Estimate(None)
        return change_of_counts(now, then) if column.kind == "count" else Estimate(now / then - 1)

    def estimate(self, column: Column, place: Place) -> Estimate:
        """A column's figure at a place."""
        top = self.measure(column.of, place)
        if column.low and column.high:
            return Estimate(top, self.measure(column.low, place), self.measure(column.high, place))
        if column.per is None or top is None:
            return Estimate(top)
        below = self.measure(column.per, place)
        if not below or (column.kind == "cost" and not top):
            return Estimate(None)
        if column.kind == "roi":
            return Estimate((top - below) / below)
        value = top / below
        ends = {"rate": lambda: wilson(top, below), "cost": lambda: per_event(value, below)}
        low, high = (ends[column.kind]() if column.kind in ends else None) or (None, None)
        return Estimate(value, low, high)

    def sql(self, column: Column, place: Place) -> str:
        """A statement that gives the column's figure at a place from the marts."""
        top = self._measure_sql(column.of)
        if column.per is None:
            return f"select {top} {self._source(column.of, place)}"
        below = self._measure_sql(column.per)
        if column.of.split(".")[0] != column.per.split(".")[0]:
            top = f"(select {top} {self._source(column.of, place)})"
            below = f"(select {below} {self._source(column.per, place)})"
        source = self._source(column.of, place) if not top.startswith("(select") else ""
        if column.kind == "roi":
            return f"select cast({top} - {below} as double) / nullif({below}, 0) {source}".strip()
        above = f"nullif({top}, 0)" if column.kind == "cost" else top
        return f"select cast({above} as double) / nullif({below}, 0) {source}".strip()

    def mart(self, column: Column) -> str:
        """The marts that a column reads."""
        names = [self.cubes[one.split(".")[0]].relation for one in (column.of, column.per) if one]
        return ", ".join(dict.fromkeys(found for name in names for found in re.findall(r"marts\.\w+", name)))

    def _measure_sql(self, name: str) -> str:
        cube, measure = name.split(".")
        return self.cubes[cube].measures[measure]

    def _source(self, name: str, place: Place) -> str:
        cube = self.cubes[name.split(".")[0]]
        conditions = [cube.where]
        if cube.month and place.first:
            conditions.append(f"{cube.month} between date '{place.first}' and date '{place.last or place.first}'")
        if cube.splits and (split := cube.splits.get(place.segment.kind)):
            conditions.append(split.where)
            if place.segment.value is not None:
                conditions.append(f"{split.value} = {_text(place.segment.value)}")
        if not cube.splits and place.has_key and cube.group:
            conditions.append(_is(cube.group, place.key, place.is_other))
        return f"from {cube.relation} {_where(conditions)}".strip()


def _where(conditions: Sequence[str]) -> str:
    given = [one for one in conditions if one]
    return f"where {' and '.join(given)}" if given else ""


def _plain(value: Any, is_embedded: bool) -> float | None:
    """A measure; what the page's script adds up is as short here as it is there."""
    if value is None:
        return None
    return round(float(value), 6) if is_embedded else float(value)


def _is(expression: str, value: str | None, is_other: bool) -> str:
    if value is None:
        return f"{expression} is {'not ' if is_other else ''}null"
    return f"{expression} {'is distinct from' if is_other else '='} {_text(value)}"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"

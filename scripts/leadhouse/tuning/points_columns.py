"""What is known of each lead at its decision time, column by column, and the conditions that a rule may put on a column.

A condition is written as the seeds write it (operator and value as text), so that what is learned here is what the models
compute: `holds` reads the text and follows the same rules as `condition_spans`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from leadhouse.criteria_rows import NUMBER

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.int64]

# number, category: an attribute. rule: whether a rule of the champion gives points. activity: how often a type of
# activity happened within a window.
Kind = Literal["number", "category", "rule", "activity"]

# A bin for about every fortieth of the leads; more gain nothing but chance.
BINS = 40
# Beside them, cuts that leave this share of the leads at either end: rare values are often the strong ones.
RARE_SHARES = (0.001, 0.002, 0.005, 0.01, 0.02)
# Of a text attribute, so many values may stand in rules; a rarer one can be told by is_present only.
MOST_VALUES = 60
# A condition that fewer leads meet says nothing that could be checked.
LEAST_LEADS = 5
DECIMALS = 6
LARGEST_NUMBER = 1e12


@dataclass(frozen=True)
class Column:
    """One column of the lead matrix.

    `values`: doubles with nan for missing (number), text or None (category), booleans (rule), counts (activity).
    `attribute` is the seeds' name of it (number, category); `activity_type` and `window_days` say what an activity column
    counts; `intent` and `is_inbound` are the activity type's, for the check of signs. `rule_dimension` is
    that of a champion's rule. `known_after_outcome` says of each lead
    whether its value was first recorded after its outcome, for the check for leakage; None without a history.
    """

    name: str
    kind: Kind
    values: NDArray[Any]
    activity_type: str = ""
    window_days: int | None = None
    intent: str = ""
    is_inbound: bool = True
    rule_dimension: str = ""
    known_after_outcome: Flags | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        kinds = {"number": "f", "category": "O", "rule": "b", "activity": "iuf"}
        if self.values.ndim != 1 or self.values.dtype.kind not in kinds[self.kind]:
            raise ValueError(f"{self.name}: {self.values.dtype} is no {self.kind}")

    @property
    def dimension(self) -> str:
        """Whether a rule on it is one of fit or of engagement."""
        return self.rule_dimension or ("engagement" if self.kind == "activity" else "fit")

    def take(self, rows: NDArray[np.int64]) -> Column:
        """Return the column for some leads only."""
        known = None if self.known_after_outcome is None else self.known_after_outcome[rows]
        return replace(self, values=self.values[rows], known_after_outcome=known)


def column_of(name: str, cells: Sequence[str | None], most_texts: float = 0.0) -> Column:
    """Return an attribute as a number where all its values (but a share of `most_texts`) read as numbers, else as text.

    Empty text is no value. Numbers are those that the criteria can write: up to 12 digits before the point.
    """
    texts = [None if cell is None or cell == "" else cell for cell in cells]
    numbers = np.array([_to_number(text) for text in texts], dtype=np.float64)
    present = sum(text is not None for text in texts)
    unread = present - int(np.isfinite(numbers).sum())
    if present and unread <= most_texts * present:
        return Column(name, "number", numbers)
    values = np.empty(len(texts), dtype=object)
    values[:] = texts
    return Column(name, "category", values)


def _to_number(text: str | None) -> float:
    if text is None:
        return math.nan
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if abs(number) < LARGEST_NUMBER else math.nan


# -------------------------------------------------------------------------------------------------- conditions


@dataclass(frozen=True, order=True)
class Condition:
    """One condition on one column, in the words of the seeds.

    `operator` is one of fit_rules.csv, `at_least` with a whole number for an activity (its min_count), or `held` for a rule
    that is already there.
    """

    column: str
    operator: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.column} {self.operator} {self.value}".rstrip()

    def holds(self, column: Column) -> Flags:
        """Return for which leads it holds. A missing value meets is_missing only."""
        if self.operator == "held":
            return np.asarray(column.values, dtype=np.bool_)
        if column.kind == "category":
            return self._holds_for_text(column.values)
        numbers = np.asarray(column.values, dtype=np.float64)
        parts = [float(part) for part in self.value.split("|")] if self.value else []
        match self.operator:
            case "at_least":
                return numbers >= parts[0]
            case "at_most":
                return numbers <= parts[0]
            case "between":
                return (numbers >= parts[0]) & (numbers <= parts[1])
            case "is_missing":
                return np.isnan(numbers)
            case "is_present":
                return ~np.isnan(numbers)
        raise ValueError(f"{self.operator} is no condition on numbers")

    def _holds_for_text(self, values: NDArray[Any]) -> Flags:
        match self.operator:
            case "equals":
                wanted = {self.value}
            case "in":
                wanted = set(self.value.split("|"))
            case "is_missing":
                return np.array([value is None for value in values], dtype=np.bool_)
            case "is_present":
                return np.array([value is not None for value in values], dtype=np.bool_)
            case _:
                raise ValueError(f"{self.operator} is no condition on text")
        return np.array([value in wanted for value in values], dtype=np.bool_)


# ------------------------------------------------------------------------------------------------------- bins

# A span of bins, [from, to), or a set of bins; the bin after the last stands for "no value".
Span = tuple[int, int]
Choice = Span | frozenset[int]


@dataclass(frozen=True)
class Bins:
    """How a column's values are put into bins, learned from some leads only, and the conditions that unions of bins are.

    `lows` and `highs` are the least and the greatest value of each bin (number, activity), `texts` the value of each bin
    (category). The last code, `count`, is "missing"; `count` + 1 is "any other text".
    """

    column: str
    kind: Kind
    count: int
    lows: Floats
    highs: Floats
    texts: tuple[str, ...]
    has_missing: bool
    has_others: bool
    dimension: str = "fit"

    @property
    def missing(self) -> int:
        """The code of a missing value."""
        return self.count

    def encode(self, column: Column) -> Codes:
        """Return the code of each lead's value."""
        if self.kind == "rule":
            return np.asarray(column.values, dtype=np.int64)
        if self.kind == "category":
            code = {text: number for number, text in enumerate(self.texts)}
            found = [self.missing if value is None else code.get(value, self.count + 1) for value in column.values]
            return np.array(found, dtype=np.int64)
        numbers = np.asarray(column.values, dtype=np.float64)
        if not self.count:
            return np.where(np.isnan(numbers), self.missing, self.count + 1).astype(np.int64)
        codes = np.clip(np.searchsorted(self.lows, numbers, side="right") - 1, 0, self.count - 1)
        return np.where(np.isnan(numbers), self.missing, codes).astype(np.int64)

    def condition(self, choice: Choice) -> Condition:
        """Return the condition that holds for exactly the leads of these bins."""
        if self.kind == "rule":
            return Condition(self.column, "held")
        if choice == frozenset({self.missing}):
            return Condition(self.column, "is_missing")
        if isinstance(choice, frozenset):
            if choice == self._all_texts():
                return Condition(self.column, "is_present")
            texts = sorted(self.texts[number] for number in choice)
            return Condition(self.column, "equals" if len(texts) == 1 else "in", "|".join(texts))
        first, end = choice
        if first == 0 and end == self.count:
            return Condition(self.column, "is_present")
        low = self._low(first) if first else ""
        high = _between(self.highs[end - 1], self.lows[end], below=True) if end < self.count else ""
        if not high:
            return Condition(self.column, "at_least", low)
        return Condition(self.column, "between", f"{low}|{high}") if low else Condition(self.column, "at_most", high)

    def holds(self, choice: Choice, codes: Codes) -> Flags:
        """Return which of the leads' codes belong to the bins."""
        if isinstance(choice, frozenset):
            chosen = np.zeros(self.count + 2, dtype=np.bool_)
            chosen[list(choice)] = True
            return chosen[codes]
        return (codes >= choice[0]) & (codes < choice[1])

    def _all_texts(self) -> frozenset[int]:
        return frozenset(range(self.count)) | (frozenset({self.count + 1}) if self.has_others else frozenset())

    def _low(self, number: int) -> str:
        return _between(self.highs[number - 1], self.lows[number], below=False)

    def complement(self, choice: Choice) -> Choice | None:
        """Return the bins that hold exactly where these do not, where one condition can say so; else None."""
        if self.kind in ("rule", "activity"):
            return None
        everything = self._all_texts() if self.kind == "category" else (0, self.count)
        if choice == frozenset({self.missing}):
            return everything if self.count or self.has_others else None
        if choice == everything:
            return frozenset({self.missing}) if self.has_missing else None
        if self.has_missing or self.has_others:
            return None
        if isinstance(choice, frozenset):
            rest = frozenset(range(self.count)) - choice
            return rest if rest and not any("|" in self.texts[number] for number in rest) else None
        first, end = choice
        if first == 0:
            return (end, self.count) if end < self.count else None
        return (0, first) if end == self.count else None


def learn_bins(column: Column, most: int = BINS) -> Bins:
    """Learn the bins of a column from its values: about `most` of the same size, heavy values alone, rare ends cut finely."""
    none = np.empty(0)
    if column.kind == "rule":
        return Bins(column.name, "rule", 2, none, none, (), False, False, column.dimension)
    if column.kind == "category":
        return _text_bins(column)
    numbers = np.asarray(column.values, dtype=np.float64)
    present = numbers[~np.isnan(numbers)]
    values, counts = np.unique(present, return_counts=True)
    starts = _starts(values, counts, most)
    lows, highs = values[starts], values[np.append(starts[1:], len(values)) - 1] if len(starts) else none
    return Bins(
        column.name, column.kind, len(starts), lows, highs, (), len(present) < len(numbers), False, column.dimension
    )


def _text_bins(column: Column) -> Bins:
    counts: dict[str, int] = {}
    for value in column.values:
        if value is not None:
            counts[value] = counts.get(value, 0) + 1
    # A list of values is split by |, so a value that holds one can never be in a list.
    usable = [text for text, count in counts.items() if count >= LEAST_LEADS and "|" not in text]
    texts = sorted(usable, key=lambda text: (-counts[text], text))[:MOST_VALUES]
    known = sum(counts.values())
    none = np.empty(0)
    has_others = len(texts) < len(counts)
    return Bins(
        column.name,
        "category",
        len(texts),
        none,
        none,
        tuple(texts),
        known < len(column.values),
        has_others,
        column.dimension,
    )


def _starts(values: Floats, counts: NDArray[np.int64], most: int) -> NDArray[np.int64]:
    """Return the positions among the sorted distinct values at which a bin begins."""
    if len(values) == 0:
        return np.empty(0, dtype=np.int64)
    total = int(counts.sum())
    cuts = set(range(len(values)))
    if len(values) > most:
        heavy = counts * most >= total
        # Some values that come again and again among many that do not are codes (0, 999), however rare.
        repeated = counts >= max(LEAST_LEADS, RARE_SHARES[0] * total)
        heavy = heavy | repeated if repeated.sum() <= most // 2 else heavy
        cuts = {0} | {int(at) for at in np.flatnonzero(heavy)} | {int(at) + 1 for at in np.flatnonzero(heavy)}
        # The others in bins of the same size.
        light = np.cumsum(np.where(heavy, 0, counts))
        goals = np.linspace(0, light[-1], most + 1)[1:-1]
        cuts |= {int(at) for at in np.searchsorted(light, goals, side="left") + 1}
        reached = np.cumsum(counts)
        for share in RARE_SHARES:
            cuts.add(int(np.searchsorted(reached, share * total, side="left")) + 1)
            cuts.add(int(np.searchsorted(reached, (1 - share) * total, side="left")) + 1)
    # A cut that six decimals cannot name is none; nor is one that leaves too few leads.
    at_end = np.cumsum(counts)
    return np.array(
        [
            cut
            for cut in sorted(cuts)
            if cut == 0
            or (
                cut < len(values)
                and at_end[cut - 1] >= LEAST_LEADS
                and total - at_end[cut - 1] >= LEAST_LEADS
                and _between(values[cut - 1], values[cut], below=False)
                and _between(values[cut - 1], values[cut], below=True)
            )
        ],
        dtype=np.int64,
    )


def _between(lower: float, upper: float, *, below: bool) -> str:
    """Return the shortest number in (lower, upper], or with `below` in [lower, upper); empty where six decimals are too few.

    Which of the numbers between two values is taken makes no difference to the leads seen, and a short one reads well.
    """
    wanted = Decimal(repr(float(lower if below else upper)))
    for digits in range(-11, DECIMALS + 1):
        step = Decimal(1).scaleb(-digits)
        whole = (wanted / step).to_integral_value(ROUND_CEILING if below else ROUND_FLOOR)
        number = float(whole * step)
        if (lower <= number < upper) if below else (lower < number <= upper):
            text = format((whole * step).normalize(), "f") if number else "0"
            return text if NUMBER.fullmatch(text) and float(text) == number else ""
    return ""


def by_name(columns: Sequence[Column]) -> Mapping[str, Column]:
    """Return the columns by their names, which must differ."""
    names = {column.name: column for column in columns}
    if len(names) < len(columns):
        raise ValueError("two columns have the same name")
    return names

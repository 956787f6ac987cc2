"""A card: rules with whole points, in groups with limits. What it computes is what the models compute from the seeds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.points_columns import Column, Condition, Flags, Floats
from leadhouse.tuning.points_logistic import sigmoid

DIMENSIONS = ("fit", "engagement")
Points = NDArray[np.int64]


@dataclass(frozen=True)
class CardGroup:
    """Rules whose points count together, within limits as in score_groups.csv (None: no limit)."""

    group_id: str
    dimension: str
    min_points: int | None = None
    max_points: int | None = None


@dataclass(frozen=True)
class CardRule:
    """One condition and its points. A rule on an activity gives its points once, when the count is reached."""

    rule_id: str
    group_id: str
    condition: Condition
    points: int


@dataclass(frozen=True)
class Card:
    """A scorecard; `intercept` and `slope` turn its score into the chance of a win as seen when it was learned."""

    groups: tuple[CardGroup, ...]
    rules: tuple[CardRule, ...]
    intercept: float
    slope: float

    @property
    def max_score(self) -> int:
        """The highest score that the rules and limits admit; at least 1."""
        total = 0
        for group in self.groups:
            most = sum(max(rule.points, 0) for rule in self.rules if rule.group_id == group.group_id)
            total += most if group.max_points is None else min(most, group.max_points)
        return max(total, 1)

    def hits(self, columns: Mapping[str, Column]) -> Flags:
        """Return which rule (column) holds for which lead (row)."""
        count = len(next(iter(columns.values())).values)
        held = [rule.condition.holds(columns[rule.condition.column]) for rule in self.rules]
        return np.column_stack(held) if held else np.zeros((count, 0), dtype=np.bool_)

    def scores(self, columns: Mapping[str, Column]) -> Points:
        """Return each lead's score: groups within their limits, each dimension at least 0."""
        return self.scores_of(self.hits(columns))

    def scores_of(self, hits: Flags) -> Points:
        """Return the scores for rules that hold or do not."""
        total = np.zeros(len(hits), dtype=np.int64)
        for dimension in DIMENSIONS:
            part = np.zeros(len(hits), dtype=np.int64)
            for group in self.groups:
                if group.dimension == dimension:
                    members = [number for number, rule in enumerate(self.rules) if rule.group_id == group.group_id]
                    points = np.array([self.rules[number].points for number in members], dtype=np.int64)
                    part += clamped(hits[:, members] @ points, group.min_points, group.max_points)
            total += np.maximum(part, 0)
        return total

    def chances(self, scores: Points) -> Floats:
        """Return the chance of a win for scores, as seen when the card was learned."""
        return sigmoid(self.intercept + self.slope * scores.astype(np.float64))


def clamped(points: Points, lowest: int | None, highest: int | None) -> Points:
    """Return points within limits, either of which may be open."""
    return np.asarray(np.clip(points, lowest, highest) if (lowest, highest) != (None, None) else points, dtype=np.int64)


def rule_name(condition: Condition, taken: Sequence[str]) -> str:
    """Return a rule_id that says what the rule asks for, unlike those that are `taken`."""
    words = condition.value.replace("|", "_to_" if condition.operator == "between" else "_or_")
    name = re.sub(r"[^a-z0-9]+", "_", f"{condition.column}_{condition.operator}_{words}".lower()).strip("_")
    name = name[:60].rstrip("_")
    number, free = 2, name
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free

"""From the weights of a regression to small whole points.

All weights are multiplied by a common factor and rounded; then single points go up or down by one or two as long as the
logistic loss falls, with the best line from score to logit each time. Several factors are tried, and of the cards that are
about as good the one with the smallest points is taken. That whole points must be searched on the loss, not just rounded,
and that several multipliers must be tried, is from J. Liu, C. Zhong, B. Li, M. Seltzer, C. Rudin, FasterRisk: fast and
accurate interpretable risk scores, NeurIPS 2022, and B. Ustun, C. Rudin, Learning optimized risk scores, J. Machine Learning
Research 20 (2019).

The loss is that of the card as the models compute it: with the limits of its groups and the floor of each dimension.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.points_card import Card, CardGroup, CardRule, clamped, rule_name
from leadhouse.tuning.points_columns import Bins, Flags, Floats
from leadhouse.tuning.points_search import PLAIN, Model, Place

MOST_POINTS = 20
# The largest point of each trial.
LARGEST = (4, 5, 6, 8, 10, 12, 15, 20)
# A card with smaller points is as good when it loses at most this share of what the best card gains.
TOLERANCE = 0.001
SWEEPS = 12
# A rule that takes points away is turned into its opposite where that is a list of at most this many values.
MOST_LISTED = 12
PLAIN_GROUPS = {"fit": "learned_fit", "engagement": "learned_engagement"}


@dataclass(frozen=True)
class _Draft:
    """Points of each rule, and the upper limit of each gate's group that has one."""

    points: NDArray[np.int64]
    limits: dict[int, int]


@dataclass(frozen=True)
class _Line:
    loss: float
    intercept: float
    slope: float


def round_to_card(
    model: Model,
    bins: Sequence[Bins],
    wins: Floats,
    counts: Floats,
    periods: NDArray[np.int64] | None = None,
    offset: Floats | None = None,
) -> Card:
    """Return the card of whole points nearest to a model in loss on the leads it was learned from.

    With `periods`, each lead's period has the base rate that `offset` (one for each lead) says.
    """
    places, weights, held = _turned(model, bins)
    if not places:
        base = min(max(float(counts @ wins) / float(counts.sum()), 1e-6), 1 - 1e-6)
        return Card((), (), float(np.log(base / (1 - base))), 0.0)
    rounding = _Rounding(places, bins, weights, held, wins, counts, periods, offset)
    trials = [rounding.search(largest) for largest in LARGEST]
    best = min(line.loss for _, line in trials)
    allowed = best + TOLERANCE * max(rounding.null_loss - best, 0.0)
    draft, _ = next(trial for trial in trials if trial[1].loss <= allowed)
    return _card(places, bins, draft, rounding.line_for_all(draft))


def _turned(model: Model, bins: Sequence[Bins]) -> tuple[list[Place], Floats, Flags]:
    """Turn rules that take points away into their opposites where one condition can say them.

    A score cannot fall below 0, so the more a card takes away, the fewer leads it tells apart.
    """
    places, weights, held = list(model.places), model.fit.weights[1:].copy(), model.held.copy()
    for number, place in enumerate(places):
        opposite = bins[place.column].complement(place.choice)
        if weights[number] < 0 and place.gate == PLAIN and opposite is not None:
            if isinstance(opposite, frozenset) and len(opposite) > max(MOST_LISTED, len(_as_set(place))):
                continue
            places[number] = replace(place, choice=opposite)
            weights[number], held[:, number] = -weights[number], ~held[:, number]
    return places, weights, held


def _as_set(place: Place) -> frozenset[int]:
    return place.choice if isinstance(place.choice, frozenset) else frozenset()


class _Rounding:
    def __init__(
        self,
        places: Sequence[Place],
        bins: Sequence[Bins],
        weights: Floats,
        held: Flags,
        wins: Floats,
        counts: Floats,
        periods: NDArray[np.int64] | None,
        offset: Floats | None,
    ) -> None:
        self.places = places
        self.weights = weights
        self.signs = np.where(weights < 0, -1, 1)
        # Leads with the same rules score the same: one row for each pattern (and period).
        packed = np.packbits(held, axis=1)
        if periods is not None:
            packed = np.column_stack([packed, periods.astype(np.uint8)])
        keys = np.ascontiguousarray(packed).view(np.dtype((np.void, packed.shape[1]))).ravel()
        _, first, pattern = np.unique(keys, return_index=True, return_inverse=True)
        self.patterns = held[first].astype(np.int64)
        self.leads = np.bincount(pattern, counts, len(first))
        self.wins = np.bincount(pattern, counts * wins, len(first))
        self.period = np.zeros(len(first), dtype=np.int64) if periods is None else periods[first]
        self.count_periods = int(self.period.max(initial=0)) + 1
        self.offsets = np.zeros(self.count_periods)
        if offset is not None:
            self.offsets[self.period] = offset[first]
        self.dimension = [bins[place.column].dimension for place in places]
        self.gates = sorted({place.gate for place in places if place.gate != PLAIN})
        self.behind = {gate: [at for at, place in enumerate(places) if place.gate == gate] for gate in self.gates}
        self.has_limit = {gate: not places[self.behind[gate][0]].among for gate in self.gates}
        grouped = {*self.gates, *(at for members in self.behind.values() for at in members)}
        self.plain = [at for at in range(len(places)) if at not in grouped]
        self.null_loss = self._line(np.zeros(len(first), dtype=np.int64), None).loss

    def search(self, largest: int) -> tuple[_Draft, _Line]:
        """Return the best points found whose largest is about `largest`, with the line from score to logit."""
        factor = largest / max(float(np.abs(self.weights).max()), 1e-9)
        points = np.rint(self.weights * factor).astype(np.int64)
        points[self.gates] = np.maximum(points[self.gates], 1)
        limits = {gate: int(points[gate]) for gate in self.gates if self.has_limit[gate]}
        draft = _Draft(points, limits)
        line = self._line(self._scores(draft), None)
        for _ in range(SWEEPS):
            before = line.loss
            for number in range(len(points)):
                for move in (1, -1, 2, -2):
                    draft, line = self._better(draft, line, self._moved(draft, number, move))
            for gate in draft.limits:
                for move in (1, -1, 2, -2):
                    limit = draft.limits[gate] + move
                    if limit >= 1:
                        moved = _Draft(draft.points, draft.limits | {gate: limit})
                        draft, line = self._better(draft, line, moved)
            if before - line.loss < 1e-3:
                break
        return draft, line

    def _moved(self, draft: _Draft, number: int, move: int) -> _Draft | None:
        value = int(draft.points[number]) + move
        least = 1 if number in self.gates else 0
        if self.signs[number] * value < least or abs(value) > MOST_POINTS:
            return None
        points = draft.points.copy()
        points[number] = value
        limits = draft.limits
        if number in limits and limits[number] == draft.points[number]:
            limits = limits | {number: value}
        return _Draft(points, limits)

    def _better(self, draft: _Draft, line: _Line, other: _Draft | None) -> tuple[_Draft, _Line]:
        if other is None:
            return draft, line
        found = self._line(self._scores(other), line)
        return (other, found) if found.loss < line.loss - 1e-6 else (draft, line)

    def _scores(self, draft: _Draft) -> NDArray[np.int64]:
        sums: dict[str, Any] = {"fit": 0, "engagement": 0}
        for dimension in sums:
            members = [at for at in self.plain if self.dimension[at] == dimension]
            sums[dimension] = self.patterns[:, members] @ draft.points[members]
        for gate in self.gates:
            members = [gate, *self.behind[gate]]
            lowest = None if self.has_limit[gate] else 0
            value = clamped(self.patterns[:, members] @ draft.points[members], lowest, draft.limits.get(gate))
            sums[self.dimension[gate]] = sums[self.dimension[gate]] + value
        return np.asarray(sum(np.maximum(part, 0) for part in sums.values()), dtype=np.int64)

    def line_for_all(self, draft: _Draft) -> _Line:
        """Return the line from score to logit over all periods together, which is what chances are read from."""
        self.period, self.count_periods, self.offsets = np.zeros_like(self.period), 1, np.zeros(1)
        return self._line(self._scores(draft), None)

    def _line(self, scores: NDArray[np.int64], start: _Line | None) -> _Line:
        """Fit logit = intercept + slope * score (+ offset of the period) by Newton's method on the distinct scores."""
        cells = scores * self.count_periods + self.period
        leads = np.bincount(cells, self.leads)
        used = np.flatnonzero(leads)
        leads, wins = leads[used], np.bincount(cells, self.wins)[used]
        value, offset = (used // self.count_periods).astype(np.float64), self.offsets[used % self.count_periods]
        base = min(max(float(wins.sum() / leads.sum()), 1e-6), 1 - 1e-6)
        line = np.array([np.log(base / (1 - base)), 0.0] if start is None else [start.intercept, start.slope])
        is_flat = value.min() == value.max()
        if is_flat:
            line[1] = 0.0
        for _ in range(25):
            chances = 0.5 * (1.0 + np.tanh(0.5 * (line[0] + line[1] * value + offset)))
            rest, curve = wins - leads * chances, leads * chances * (1.0 - chances)
            slope = np.array([rest.sum(), rest @ value])
            matrix = np.array([[curve.sum() + 1e-9, curve @ value], [curve @ value, curve @ (value * value) + 1e-9]])
            step = np.array([slope[0] / matrix[0, 0], 0.0]) if is_flat else np.linalg.solve(matrix, slope)
            gain = float(slope @ step)
            line = line + step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
            if gain < 1e-5:
                break
        logits = line[0] + line[1] * value + offset
        return _Line(float(leads @ np.logaddexp(0.0, logits) - wins @ logits), float(line[0]), float(line[1]))


def _card(places: Sequence[Place], bins: Sequence[Bins], draft: _Draft, line: _Line) -> Card:
    groups: dict[str, CardGroup] = {}
    names: dict[int, str] = {}
    gates = sorted({place.gate for place in places if place.gate != PLAIN})
    rule_ids: list[str] = []
    conditions = [bins[place.column].condition(place.choice) for place in places]
    for condition in conditions:
        rule_ids.append(rule_name(condition, rule_ids))
    for number, place in enumerate(places):
        dimension = bins[place.column].dimension
        gate = number if number in gates else place.gate
        name = PLAIN_GROUPS[dimension] if gate == PLAIN else f"with_{rule_ids[gate]}"
        names[number] = name
        lowest = 0 if gate != PLAIN and gate not in draft.limits else None
        groups.setdefault(name, CardGroup(name, dimension, lowest, draft.limits.get(gate)))
    rules = [
        CardRule(rule_ids[number], names[number], conditions[number], int(draft.points[number]))
        for number in range(len(places))
        if draft.points[number]
    ]
    used = {rule.group_id for rule in rules}
    ordered = sorted(rules, key=lambda rule: (list(groups).index(rule.group_id), -abs(rule.points), rule.rule_id))
    return Card(
        tuple(group for group in groups.values() if group.group_id in used), tuple(ordered), line.intercept, line.slope
    )

"""Which few conditions tell best who will be won: greedy forward selection with refitting, then swaps.

The model is a logistic regression on at most K conditions. Each step asks of every union of bins that a rule can say (every
span of a number, every single text, every list of the texts with the highest or the lowest rest, every count of an activity)
how much the loss would fall if it joined, and refits the best few. The answer is that of the score test (C. R. Rao, 1948),
which needs only sums by bin. Afterwards each rule in turn is taken out and replaced by the best there is, until nothing
improves.

Besides a plain place, a rule may have a place behind another one, its gate: it then counts only among the leads who meet the
gate, or only among those who do not. That is what limits of a group can say with whole points, so a card stays a card:

- group of gate +10, rules -3 and -4, floor 0: the rules take away only from those who have the gate's points
- group of gate +10, rules +3 and +4, cap 10: the rules count only for those who do not have the gate's points already

A condition costs what it takes to name it among all that could have been chosen (minimum description length: J. Rissanen,
Modeling by shortest data description, 1978), so that a thousand useless candidates do not find one good one by chance, while
no share of the leads is too small.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import lgamma, log

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.points_columns import Bins, Choice, Codes, Flags, Floats
from leadhouse.tuning.points_logistic import Logistic, base_rates, fit_logistic, sigmoid

PLAIN = -1
# Less change of the loss is not worth another round.
ENOUGH = 0.5
# Of one column, so many conditions are tried at a step.
PER_COLUMN = 3
# How much more the rules behind a gate may weigh together than the gate: the limit cuts the rest off.
LENIENCY = 1.1
# Of two conditions that gain about as much, the one that adds points is taken.
TO_ADD = 2.0
# Of more columns, only those that promised something by themselves at some step are tried behind gates and in swaps.
FEW_COLUMNS = 100
# Of a list with more texts, single ones are not put in and out.
MOST_TOGGLED = 12


@dataclass(frozen=True)
class Place:
    """A condition in a card: column and bins; `gate` is the position of its gate or PLAIN, `among` whom it counts there."""

    column: int
    choice: Choice
    gate: int = PLAIN
    among: bool = True


@dataclass(frozen=True)
class Settings:
    """How the search goes.

    `max_rules`: most conditions. `ridge`: as many leads against each weight. `cost`: how much of a condition's description
    length it must earn. `refits`: of how many candidates the true loss is tried at each step. `sweeps`: rounds of swaps.
    `with_gates`: whether rules may have a place behind another one.
    """

    max_rules: int = 15
    ridge: float = 10.0
    cost: float = 0.5
    refits: int = 6
    sweeps: int = 3
    with_gates: bool = True


@dataclass(frozen=True)
class Model:
    """Conditions with the regression on them; the weights' first is the intercept."""

    places: tuple[Place, ...]
    matrix: Floats
    held: Flags
    fit: Logistic

    @property
    def loss(self) -> float:
        """Penalised loss."""
        return self.fit.loss


@dataclass(frozen=True)
class Candidate:
    """A place and how much better than its cost it promises to be."""

    gain: float
    place: Place


class Search:
    """Finds conditions on binned columns.

    `counts` says how many leads each row stands for. With `periods` (a whole number for each row) every period has a base
    rate of its own, so that rules are judged by what tells leads of the same period apart: a condition that only tells the
    good times from the bad ones gains nothing.
    """

    def __init__(
        self,
        bins: Sequence[Bins],
        codes: Sequence[Codes],
        wins: Floats,
        counts: Floats | None = None,
        settings: Settings | None = None,
        periods: Codes | None = None,
    ) -> None:
        self.bins = bins
        self.codes = codes
        self.wins = wins
        self.counts = np.ones(len(wins)) if counts is None else counts
        self.settings = settings or Settings()
        self.periods = periods
        self.offset: Floats = np.zeros(len(wins))
        self._promising = set(range(len(bins))) if len(bins) <= FEW_COLUMNS else set[int]()
        self._spans: dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]] = {}

    # ------------------------------------------------------------------------------------------------- the way

    def path(self) -> list[Model]:
        """Return the best model found of each size from none up to the most rules; shorter where nothing earns its cost."""
        model = self._empty()
        models = [model]
        while len(model.places) < self.settings.max_rules:
            larger = self._grow(model)
            if larger is None:
                break
            model = self._rebased(larger)
            if len(model.places) % 5 == 0:
                model = self._improve(model, 1)
            models.append(model)
        return models

    def polish(self, model: Model) -> Model:
        """Swap until nothing improves."""
        return self._improve(model, self.settings.sweeps)

    def _empty(self) -> Model:
        base = float(self.counts @ self.wins) / float(self.counts.sum())
        base = min(max(base, 1e-6), 1 - 1e-6)
        if self.periods is not None:
            self.offset = base_rates(np.zeros(len(self.wins)), self.wins, self.counts, self.periods)
        return self._fit((), np.empty((len(self.wins), 0), dtype=np.bool_), np.array([log(base / (1 - base))]))

    def _rebased(self, model: Model) -> Model:
        """Set the base rates of the periods anew for what the rules of the model already say."""
        if self.periods is None:
            return model
        self.offset = base_rates(model.fit.logits - self.offset, self.wins, self.counts, self.periods)
        return self._fit(model.places, model.held, model.fit.weights)

    def _fit(self, places: tuple[Place, ...], held: Flags, start: Floats, steps: int = 4) -> Model:
        matrix = np.empty((len(self.wins), len(places) + 1), order="F")
        matrix[:, 0] = 1.0
        for number, place in enumerate(places):
            matrix[:, number + 1] = held[:, number]
            if place.gate != PLAIN:
                matrix[:, number + 1] *= held[:, place.gate] == place.among
        fit = fit_logistic(matrix, self.wins, self.counts, self.settings.ridge, start, steps, 0.01, self.offset)
        return Model(places, matrix, held, fit)

    def _hits(self, place: Place) -> Flags:
        return self.bins[place.column].holds(place.choice, self.codes[place.column])

    def _with(self, model: Model, place: Place) -> Model:
        held = np.column_stack([model.held, self._hits(place)])
        return self._fit((*model.places, place), held, np.append(model.fit.weights, 0.0))

    def _replaced(self, model: Model, number: int, place: Place, weight: float) -> Model:
        held = model.held.copy()
        held[:, number] = self._hits(place)
        start = model.fit.weights.copy()
        start[number + 1] = weight
        return self._fit((*model.places[:number], place, *model.places[number + 1 :]), held, start)

    def _without(self, model: Model, number: int) -> Model:
        places = tuple(
            replace(place, gate=place.gate - 1) if place.gate > number else place
            for at, place in enumerate(model.places)
            if at != number
        )
        return self._fit(places, np.delete(model.held, number, axis=1), np.delete(model.fit.weights, number + 1))

    def _grow(self, model: Model) -> Model | None:
        """Return the model with the best further place; None where none earns its cost."""
        best: Model | None = None
        for tried, candidate in enumerate(self.candidates(model)):
            if best is not None and tried >= 2 * self.settings.refits:
                break
            larger = self._with(model, candidate.place)
            if self._is_card(larger) and (best is None or larger.loss < best.loss):
                best = larger
        return best

    def _improve(self, model: Model, sweeps: int) -> Model:
        for _ in range(sweeps):
            before = model.loss
            for number in range(len(model.places)):
                is_gate = any(place.gate == number for place in model.places)
                model = self._shifted(model, number) if is_gate else self._swapped(model, number)
            if before - model.loss < ENOUGH:
                break
        return model

    def _swapped(self, model: Model, number: int) -> Model:
        """Replace a rule by the best there is once it is gone."""
        best = model
        for candidate in self.candidates(self._without(model, number), in_all=False)[: 2 * self.settings.refits]:
            place = candidate.place
            if place.gate >= number:
                place = replace(place, gate=place.gate + 1)
            if place != model.places[number]:
                other = self._replaced(model, number, place, 0.0)
                if other.loss < best.loss - ENOUGH / 10 and self._is_card(other):
                    best = other
        return best

    def _shifted(self, model: Model, number: int) -> Model:
        """Move the limits of a gate by a bin or two; the rules behind it stay."""
        best = model
        place = model.places[number]
        for choice in _neighbours(place.choice, self.bins[place.column]):
            other = self._replaced(model, number, replace(place, choice=choice), float(model.fit.weights[number + 1]))
            if other.loss < best.loss - ENOUGH / 10 and self._is_card(other):
                best = other
        return best

    def _may_subtract(self, place: Place) -> bool:
        if isinstance(place.choice, frozenset):
            return True
        return place.choice[0] == 0 or place.choice[1] == self.bins[place.column].count

    def _is_card(self, model: Model) -> bool:
        """Return whether limits of groups can say what the gates do.

        The rules behind a gate must take away from its points, and not more than there is, or add to what is there without
        it, and not more than the gate gives.
        """
        weights = model.fit.weights[1:]
        for place, weight in zip(model.places, weights, strict=True):
            if weight < 0 and place.gate == PLAIN and not self._may_subtract(place):
                return False
        for gate in {place.gate for place in model.places if place.gate != PLAIN}:
            behind = [number for number, place in enumerate(model.places) if place.gate == gate]
            sign = -1.0 if model.places[behind[0]].among else 1.0
            if weights[gate] <= 0 or any(sign * weights[number] <= 0 for number in behind):
                return False
            most = float((model.matrix[:, [number + 1 for number in behind]] @ np.abs(weights[behind])).max())
            if most > weights[gate] * LENIENCY:
                return False
        return True

    # ------------------------------------------------------------------------------------------ what could join

    def candidates(self, model: Model, in_all: bool = True) -> list[Candidate]:
        """Return the places that promise more than they cost: the best plain ones and behind gates first, then the others."""
        chances = sigmoid(model.fit.logits)
        slope = self.counts * (self.wins - chances)
        curve = self.counts * chances * (1.0 - chances)
        weighted = model.matrix * curve[:, None]
        penalty = np.full(model.matrix.shape[1], self.settings.ridge)
        penalty[0] = 1e-9
        inverse: Floats = np.linalg.inv(weighted.T @ model.matrix + np.diag(penalty)).astype(np.float64)
        gates = self._gates(model) if self.settings.with_gates else []
        slopes_behind = [slope * model.held[:, gate] for gate, _ in gates]
        plain: list[Candidate] = []
        behind: list[Candidate] = []
        taken = set(model.places)
        for column in range(len(self.bins)) if in_all else sorted(self._promising):
            is_promising = column in self._promising
            sums = self._sums(column, [slope, *weighted.T, *(slopes_behind if is_promising else [])])
            for place, gain in self._plain(column, sums, inverse):
                plain.append(Candidate(gain, place))
                self._promising.add(column)
            if not is_promising:
                continue
            for position, (gate, sides) in enumerate(gates):
                if self.bins[column].dimension != self.bins[model.places[gate].column].dimension:
                    continue
                if column == model.places[gate].column and self.bins[column].kind == "rule":
                    continue
                at_gate = sums[:, weighted.shape[1] + 1 + position], sums[:, gate + 2]
                for among in sides:
                    slopes, curves = at_gate if among else (sums[:, 0] - at_gate[0], sums[:, 1] - at_gate[1])
                    for place, gain in self._behind(column, slopes, curves, gate, among, len(gates)):
                        behind.append(Candidate(gain, place))
        first: list[Candidate] = []
        others: list[Candidate] = []
        for kind in (plain, behind):
            ordered = sorted((one for one in kind if one.place not in taken), key=lambda one: -one.gain)
            first += ordered[: self.settings.refits]
            others += ordered[self.settings.refits : 3 * self.settings.refits]
        return first + sorted(others, key=lambda one: -one.gain)

    def _gates(self, model: Model) -> list[tuple[int, tuple[bool, ...]]]:
        """Return the positions that may be gates, each with the sides that its group still leaves open."""
        found: list[tuple[int, tuple[bool, ...]]] = []
        for number, place in enumerate(model.places):
            if place.gate == PLAIN and model.fit.weights[number + 1] > 0:
                sides = {other.among for other in model.places if other.gate == number}
                found.append((number, tuple(sides) if sides else (True, False)))
        return found

    def _sums(self, column: int, parts: Sequence[Floats]) -> Floats:
        """Return the sum of each part by bin: rows are the codes of the column."""
        size = self.bins[column].count + 2
        return np.stack([np.bincount(self.codes[column], part, size) for part in parts], axis=1)

    def _plain(self, column: int, sums: Floats, inverse: Floats) -> list[tuple[Place, float]]:
        width = inverse.shape[0]
        choices, added = self._choices(column, sums[:, : width + 1])
        slopes, crossed = added[:, 0], added[:, 1:]
        free = crossed[:, 0] - np.einsum("ij,ij->i", crossed @ inverse, crossed)
        gains = slopes * slopes / np.maximum(free + self.settings.ridge, 1e-9)
        return self._best(column, choices, slopes, gains, PLAIN, True, 0.0)

    def _behind(
        self, column: int, slopes: Floats, curves: Floats, gate: int, among: bool, count_gates: int
    ) -> list[tuple[Place, float]]:
        """Score places behind a gate, as if the gate's own weight alone gave way: a screening, before the refits."""
        choices, added = self._choices(column, np.column_stack([slopes, curves]))
        total = max(float(curves.sum()), 1e-9)
        free = added[:, 1] - added[:, 1] ** 2 / total
        gains = added[:, 0] ** 2 / np.maximum(free + self.settings.ridge, 1e-9)
        gains[(added[:, 0] > 0) == among] = -np.inf
        return self._best(column, choices, added[:, 0], gains, gate, among, 2 * log(1 + 2 * count_gates))

    def _best(
        self,
        column: int,
        choices: _Choices,
        slopes: Floats,
        gains: Floats,
        gate: int,
        among: bool,
        extra_cost: float,
    ) -> list[tuple[Place, float]]:
        costs = 2 * log(len(self.bins)) + choices.costs + extra_cost
        net = gains - self.settings.cost * costs
        if gate == PLAIN:
            # Of a condition and its opposite, take the one that adds points. A span between two limits has no opposite,
            # and if it took points away, most leads would stand at the floor of the score, which tells them apart no more.
            net[(choices.has_opposite | choices.is_inner) & (slopes < 0)] = -np.inf
            net[slopes < 0] -= TO_ADD
        order = np.argsort(-net, kind="stable")[:PER_COLUMN]
        return [(Place(column, choices.at(int(at)), gate, among), float(net[at])) for at in order if net[at] > 0]

    def _choices(self, column: int, sums: Floats) -> tuple[_Choices, Floats]:
        """Return the unions of bins that a rule can say, and the sums over each of them."""
        bins = self.bins[column]
        if bins.kind == "category":
            return self._lists(bins, sums)
        firsts, ends = self._all_spans(column)
        total = np.zeros((bins.count + 1, sums.shape[1]))
        np.cumsum(sums[: bins.count], axis=0, out=total[1:])
        added = total[ends] - total[firsts]
        at_edge = (firsts == 0) | (ends == bins.count)
        costs = np.where(at_edge, 2 * log(2 * bins.count + 1), 2 * log(bins.count * bins.count / 2 + 1))
        has_opposite = at_edge & (not bins.has_missing) & (bins.kind == "number")
        choices = _Choices(bins.count, firsts, ends, [], costs, has_opposite)
        if bins.has_missing:
            choices, added = (
                choices.and_list(frozenset({bins.missing}), 2 * log(2)),
                np.vstack([added, sums[bins.missing]]),
            )
        return choices, added

    def _all_spans(self, column: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return first and end of every span; of an activity's counts only those without an upper limit."""
        if column not in self._spans:
            bins = self.bins[column]
            firsts, ends = np.triu_indices(bins.count + 1, 1)
            useful = (firsts > 0) | (ends < bins.count) | (bins.has_missing and bins.kind == "number")
            if bins.kind in ("activity", "rule"):
                useful = (ends == bins.count) & (firsts > 0)
            self._spans[column] = (firsts[useful].astype(np.int64), ends[useful].astype(np.int64))
        return self._spans[column]

    def _lists(self, bins: Bins, sums: Floats) -> tuple[_Choices, Floats]:
        """Return single texts, and the texts with the highest or lowest rest, as many as there are."""
        count = bins.count
        order = np.argsort(-sums[:count, 0] / (sums[:count, 1] + self.settings.ridge), kind="stable")
        total = np.cumsum(sums[:count][order], axis=0)
        lists = [frozenset({number}) for number in range(count)]
        added = [sums[number] for number in range(count)]
        costs = [2 * log(max(count, 1))] * count
        opposite = [False] * count
        is_whole = not (bins.has_missing or bins.has_others)
        for size in range(2 if count > 2 else count, count):
            cost = 2 * (lgamma(count + 1) - lgamma(size + 1) - lgamma(count - size + 1))
            lists += [frozenset(order[:size].tolist()), frozenset(order[count - size :].tolist())]
            added += [total[size - 1], total[-1] - (total[count - size - 1])]
            costs += [cost, cost]
            opposite += [is_whole, is_whole]
        if bins.has_missing:
            lists.append(frozenset({bins.missing}))
            added.append(sums[bins.missing])
            costs.append(2 * log(2))
            opposite.append(False)
        none = np.empty(0, dtype=np.int64)
        stacked = np.array(added).reshape(len(added), sums.shape[1])
        return _Choices(count, none, none, lists, np.array(costs), np.array(opposite, dtype=np.bool_)), stacked


@dataclass(frozen=True)
class _Choices:
    """Spans, then lists, of one column, with what each costs to name and whether its opposite is among them too."""

    count: int
    firsts: NDArray[np.int64]
    ends: NDArray[np.int64]
    lists: list[frozenset[int]]
    costs: Floats
    has_opposite: Flags

    @property
    def is_inner(self) -> Flags:
        """Whether it is a span with limits on both sides."""
        inner = (self.firsts > 0) & (self.ends < self.count)
        return np.append(inner, np.zeros(len(self.lists), dtype=np.bool_))

    def at(self, number: int) -> Choice:
        if number < len(self.firsts):
            return int(self.firsts[number]), int(self.ends[number])
        return self.lists[number - len(self.firsts)]

    def and_list(self, choice: frozenset[int], cost: float) -> _Choices:
        costs = np.append(self.costs, cost)
        return replace(self, lists=[*self.lists, choice], costs=costs, has_opposite=np.append(self.has_opposite, False))


def _neighbours(choice: Choice, bins: Bins) -> list[Choice]:
    """Return the choices that are a little wider or narrower."""
    if isinstance(choice, frozenset):
        if bins.kind != "category" or bins.missing in choice or bins.count > MOST_TOGGLED:
            return []
        found = [choice ^ {number} for number in range(bins.count)]
        return [one for one in found if 0 < len(one) < bins.count]
    if bins.kind == "rule":
        return []
    first, end = choice
    spans = [(first + move, end) for move in (-2, -1, 1, 2) if first > 0]
    spans += [(first, end + move) for move in (-2, -1, 1, 2) if end < bins.count]
    return [(low, high) for low, high in spans if 0 <= low < high <= bins.count and (low > 0 or high < bins.count)]

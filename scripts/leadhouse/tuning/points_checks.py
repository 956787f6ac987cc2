"""What should make a person doubt a learned card: attributes that know the outcome, signs against common sense, drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.drift import MUCH as MUCH_DRIFT
from leadhouse.tuning.points_card import Card
from leadhouse.tuning.points_columns import Bins, Codes, Column, Condition, Flags, Floats, learn_bins
from leadhouse.tuning.points_quality import Interval, auc, auc_interval, bands, stability_index, wilson

Reason = Literal["known_after_outcome", "predicts_too_well", "nearly_pure", "tells_more_than_all_others"]

# Of those who were won and have a value, this share may have got it after the outcome.
MOST_KNOWN_AFTER = 0.5
TOO_GOOD_AUC = 0.9
# A column that alone reaches this is compared with all the others together.
STRONG_AUC = 0.75
# A condition is nearly pure when nearly everybody it holds for was won, or nearly nobody compared with all leads.
PURE_SHARE = 0.01
PURE_LEADS = 50
PURE_WON = 0.9
PURE_LOST = 0.05
SOME_DRIFT = 0.1

# What people do when they turn away; none of it should bring points.
NEGATIVE_ACTIVITIES = ("email_unsubscribe", "email_bounce", "inactivity")


@dataclass(frozen=True)
class Leak:
    """A column that may know the outcome. `auc` is what it reaches alone, `says` the reason in words."""

    column: str
    reason: Reason
    auc: float
    says: str


@dataclass(frozen=True)
class OddSign:
    """A rule whose points go against common sense."""

    rule_id: str
    points: int
    says: str


@dataclass(frozen=True)
class Drift:
    """What changed from the earlier leads to the later ones: a rule, a column or the score, with its stability index."""

    name: str
    kind: Literal["score", "rule", "column"]
    index: float
    earlier: float
    later: float

    @property
    def is_much(self) -> bool:
        """Whether it is more than the usual limit."""
        return self.index > MUCH_DRIFT


# ----------------------------------------------------------------------------------------------------- leakage


def alone_scores(bins: Bins, codes: Codes, wins: Flags, folds: NDArray[np.int64]) -> Floats:
    """Return how likely each lead is won by this column alone: the share of wins in its bin among the other folds' leads."""
    scores = np.zeros(len(wins))
    for fold in np.unique(folds):
        others = folds != fold
        base = wins[others].mean() if others.any() else 0.0
        leads = np.bincount(codes[others], minlength=bins.count + 2)
        won = np.bincount(codes[others], wins[others], bins.count + 2)
        scores[~others] = ((won + 5 * base) / (leads + 5))[codes[~others]]
    return scores


def alone_aucs(columns: Sequence[Column], wins: Flags, folds: NDArray[np.int64]) -> dict[str, Interval]:
    """Return the AUC of each column alone on leads of other folds, with an interval."""
    found: dict[str, Interval] = {}
    for column in columns:
        bins = learn_bins(column)
        found[column.name] = auc_interval(alone_scores(bins, bins.encode(column), wins, folds), wins)
    return found


def strong_columns(alone: Mapping[str, Interval], most: int = 3) -> list[str]:
    """Return the columns that tell so much alone that they must be compared with all the others together."""
    strong = [name for name, interval in alone.items() if interval.value >= STRONG_AUC]
    return sorted(strong, key=lambda name: (-alone[name].value, name))[:most]


def find_leaks(
    columns: Sequence[Column], wins: Flags, alone: Mapping[str, Interval], others_auc: Mapping[str, float]
) -> list[Leak]:
    """Return the columns that may know the outcome, the worst first.

    `alone`: see `alone_aucs`. `others_auc`: for columns that are strong alone, what a card of all the others reaches on leads
    it has not seen.
    """
    found: list[Leak] = []
    for column in columns:
        found += _leaks_of(column, wins, alone[column.name], others_auc.get(column.name))
    order = ("known_after_outcome", "predicts_too_well", "tells_more_than_all_others", "nearly_pure")
    return sorted(found, key=lambda leak: (order.index(leak.reason), -leak.auc, leak.column))


def _leaks_of(column: Column, wins: Flags, interval: Interval, others: float | None) -> list[Leak]:
    value = interval.value
    found: list[Leak] = []
    if column.known_after_outcome is not None:
        known = _is_known(column) & wins
        after = int((column.known_after_outcome & known).sum())
        if known.any() and after > MOST_KNOWN_AFTER * known.sum():
            says = f"first recorded after the outcome for {after} of the {int(known.sum())} won leads that have a value"
            found.append(Leak(column.name, "known_after_outcome", value, says))
    if value >= TOO_GOOD_AUC:
        found.append(Leak(column.name, "predicts_too_well", value, f"alone reaches an AUC of {value:.3f}"))
    if others is not None and interval.low > others:
        says = f"alone reaches an AUC of {value:.3f}, all the others together {others:.3f}"
        found.append(Leak(column.name, "tells_more_than_all_others", value, says))
    pure = _purest(column, wins)
    if pure is not None:
        condition, leads, won = pure
        says = f"of the {leads} leads with '{condition}' {won} were won, of all {wins.mean():.1%}"
        found.append(Leak(column.name, "nearly_pure", value, says))
    return found


def _is_known(column: Column) -> Flags:
    if column.kind == "category":
        return np.array([text is not None for text in column.values], dtype=np.bool_)
    if column.kind == "number":
        return ~np.isnan(np.asarray(column.values, dtype=np.float64))
    return np.asarray(column.values != 0, dtype=np.bool_)


def _purest(column: Column, wins: Flags) -> tuple[Condition, int, int] | None:
    """Return the largest end of a number, or text, among whose leads nearly everybody or nearly nobody was won."""
    bins = learn_bins(column)
    codes = bins.encode(column)
    leads = np.bincount(codes, minlength=bins.count + 2)[: bins.count]
    won = np.bincount(codes, wins, bins.count + 2)[: bins.count].astype(np.int64)
    least = max(PURE_LEADS, PURE_SHARE * len(wins))
    base = float(wins.mean())
    best: tuple[Condition, int, int] | None = None
    ends: list[tuple[int, int]] = []
    if bins.kind == "number":
        ends = [(0, end) for end in range(1, bins.count)] + [(start, bins.count) for start in range(1, bins.count)]
    for first, end in ends:
        best = _purer(
            best, bins.condition((first, end)), int(leads[first:end].sum()), int(won[first:end].sum()), base, least
        )
    if bins.kind == "category":
        for number in range(bins.count):
            best = _purer(best, bins.condition(frozenset({number})), int(leads[number]), int(won[number]), base, least)
    if bins.kind == "activity":
        for start in range(1, bins.count):
            found = _purer(
                None, bins.condition((start, bins.count)), int(leads[start:].sum()), int(won[start:].sum()), base, least
            )
            # That hardly anybody is won who does something useless is no leak.
            best = found if found is not None and found[2] > base * found[1] else best
    return best


def _purer(
    best: tuple[Condition, int, int] | None, condition: Condition, leads: int, won: int, base: float, least: float
) -> tuple[Condition, int, int] | None:
    rate = wilson(won, leads)
    if rate is None or leads < least or (best is not None and leads <= best[1]):
        return best
    # So few wins must be far from chance, and a rule by which nearly all are won is one whatever the share of wins is.
    is_pure = (rate.low > PURE_WON and base < PURE_WON) or rate.high < PURE_LOST * base
    return (condition, leads, won) if is_pure else best


# ------------------------------------------------------------------------------------------------------- signs


def find_odd_signs(
    card: Card, columns: Mapping[str, Column], champion_points: Mapping[str, float] | None = None
) -> list[OddSign]:
    """Return the rules whose points go against common sense.

    `champion_points` are those of the champion's rules, by the name of their column.
    """
    found: list[OddSign] = []
    for rule in card.rules:
        column = columns[rule.condition.column]
        activity = column.activity_type
        if rule.points > 0 and activity in NEGATIVE_ACTIVITIES:
            found.append(OddSign(rule.rule_id, rule.points, f"{activity} should not bring points"))
        if rule.points < 0 and column.intent == "commercial" and activity not in NEGATIVE_ACTIVITIES:
            found.append(
                OddSign(rule.rule_id, rule.points, f"{activity} shows an intent to buy and should not cost points")
            )
        before = (champion_points or {}).get(rule.condition.column, 0.0)
        if before * rule.points < 0:
            says = f"the champion gives {before:g} points for the same, with the other sign"
            found.append(OddSign(rule.rule_id, rule.points, says))
    return found


# ------------------------------------------------------------------------------------------------------- drift


def find_drift(
    card: Card, earlier: Mapping[str, Column], later: Mapping[str, Column], earlier_wins: Flags
) -> list[Drift]:
    """Return how much the score, each rule and each column that rules use has moved, the most first."""
    before, after = card.scores(earlier), card.scores(later)
    limits = [band.least for band in bands(before, card.chances(before), earlier_wins)][::-1]
    found = [
        Drift(
            "score",
            "score",
            _index(np.digitize(before, limits), np.digitize(after, limits)),
            float(before.mean()),
            float(after.mean()),
        )
    ]
    held_before, held_after = card.hits(earlier), card.hits(later)
    for number, rule in enumerate(card.rules):
        first, second = held_before[:, number], held_after[:, number]
        index = _index(first.astype(np.int64), second.astype(np.int64))
        found.append(Drift(rule.rule_id, "rule", index, float(first.mean()), float(second.mean())))
    return sorted(found, key=lambda drift: (drift.kind != "score", -drift.index, drift.name))


def tells_time(column: Column, times: NDArray[np.datetime64]) -> float:
    """Return how much of the order of the leads in time a column explains, 0 to 1 (the correlation ratio of K. Pearson, 1905).

    A column near 1 is a calendar: it tells good times from bad ones, and of leads to come only that they come later.
    """
    order = np.empty(len(times))
    order[np.argsort(times, kind="stable")] = (np.arange(len(times)) + 0.5) / max(len(times), 1)
    bins = learn_bins(column)
    codes = bins.encode(column)
    leads = np.bincount(codes, minlength=bins.count + 2)
    sums = np.bincount(codes, order, bins.count + 2)[leads > 0]
    between = float((sums * sums / leads[leads > 0]).sum()) / max(len(times), 1) - 0.25
    return min(max(12.0 * between, 0.0), 1.0)


def _index(before: NDArray[np.int64], after: NDArray[np.int64]) -> float:
    size = int(max(before.max(initial=0), after.max(initial=0))) + 1
    counts = [np.bincount(part, minlength=size).astype(np.float64) for part in (before, after)]
    seen = (counts[0] + counts[1]) > 0
    return stability_index(counts[0][seen], counts[1][seen])


def single_rule_auc(hits: Flags, wins: Flags) -> float:
    """Return the AUC of a rule alone."""
    return auc(hits.astype(np.float64), wins)

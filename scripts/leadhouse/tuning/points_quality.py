"""How well scores tell later wins from the rest, with intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leadhouse import intervals
from leadhouse.tuning.points_columns import Flags, Floats

# "Lift" is said only when the interval of this level lies above one half: of two hundred cards learned from nothing,
# about one gets it.
LIFT_LEVEL = 0.99


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval."""

    value: float
    low: float
    high: float


def wilson(wins: int, leads: int) -> Interval | None:
    """Return a share with its 95 % interval; None without leads."""
    ends = intervals.wilson(wins, leads)
    return None if ends is None else Interval(wins / leads, *ends)


def auc(scores: NDArray[Any], wins: Flags) -> float:
    """Return the share of pairs of a win and another in which the win scores higher; ties count half, nan without pairs."""
    return auc_variance(scores, wins)[0]


def auc_variance(scores: NDArray[Any], wins: Flags) -> tuple[float, float]:
    """Return the AUC and its variance (E. R. DeLong et al., Biometrics 44, 1988; with midranks as X. Sun, W. Xu, 2014)."""
    won, lost = scores[wins], scores[~wins]
    if not len(won) or not len(lost):
        return float("nan"), float("nan")
    among_all = _midranks(np.concatenate([won, lost]))
    above_lost = (among_all[: len(won)] - _midranks(won)) / len(lost)
    above_won = 1.0 - (among_all[len(won) :] - _midranks(lost)) / len(won)
    value = float(above_lost.mean())
    if scores.min() == scores.max():
        # Scores that are all the same have no spread, which must not pass for certainty: chance has (H. Mann, D. Whitney, 1947).
        return value, (len(won) + len(lost) + 1) / (12.0 * len(won) * len(lost))
    spread = [float(part.var(ddof=1)) / len(part) if len(part) > 1 else 0.25 for part in (above_lost, above_won)]
    return value, sum(spread)


def auc_interval(scores: NDArray[Any], wins: Flags, level: float = 0.95) -> Interval:
    """Return the AUC with DeLong's interval."""
    return mean_auc([auc_variance(scores, wins)], level)


def mean_auc(parts: Sequence[tuple[float, float]], level: float = 0.95) -> Interval:
    """Return the mean of the AUCs of several folds, given with their variances, with an interval."""
    value = float(np.mean([part[0] for part in parts]))
    half = NormalDist().inv_cdf(0.5 + level / 2) * sqrt(sum(part[1] for part in parts)) / len(parts)
    return Interval(value, value - half, value + half)


def average_precision(scores: NDArray[Any], wins: Flags) -> float:
    """Return the mean precision over the wins, taken down the scores; equal scores are taken together. Nan without wins."""
    if not wins.any():
        return float("nan")
    values, position = np.unique(-np.asarray(scores, dtype=np.float64), return_inverse=True)
    leads = np.cumsum(np.bincount(position, minlength=len(values)))
    won = np.bincount(position, wins, len(values))
    return float(np.sum(won * np.cumsum(won) / leads) / won.sum())


def brier(chances: Floats, wins: Flags) -> float:
    """Return the mean squared error of chances (G. W. Brier, 1950)."""
    return float(np.mean((chances - wins) ** 2))


@dataclass(frozen=True)
class Quality:
    """How good scores are on leads that the card has not seen."""

    leads: int
    wins: int
    auc: Interval
    average_precision: float
    brier: float

    @property
    def base_rate(self) -> float:
        """Share of wins: also the average precision of a card that tells nothing."""
        return self.wins / self.leads if self.leads else float("nan")


@dataclass(frozen=True)
class Band:
    """The leads of a span of scores, of which `expected` is the share of wins that the card foretold."""

    least: int
    most: int
    leads: int
    wins: int
    rate: Interval
    expected: float
    lift: float


# Shares of the leads, from the top, at which bands of a score begin; equal scores stay together.
BAND_SHARES = (0.05, 0.15, 0.3, 0.5, 0.75)


def bands(scores: NDArray[np.int64], chances: Floats, wins: Flags) -> list[Band]:
    """Return the calibration table: bands of scores, the highest first."""
    if not len(scores):
        return []
    ordered = np.sort(scores)[::-1]
    starts = sorted(
        {int(ordered[min(int(share * len(ordered)), len(ordered) - 1)]) for share in BAND_SHARES} | {int(ordered[-1])}
    )
    base = max(float(wins.mean()), 1e-12)
    found: list[Band] = []
    for least, following in zip(starts, [*starts[1:], int(ordered[0]) + 1], strict=True):
        inside = (scores >= least) & (scores < following)
        leads, won = int(inside.sum()), int(wins[inside].sum())
        rate = wilson(won, leads)
        if rate is not None:
            found.append(Band(least, following - 1, leads, won, rate, float(chances[inside].mean()), rate.value / base))
    return found[::-1]


def stability_index(earlier: Floats, later: Floats) -> float:
    """Return the population stability index of two distributions over the same classes, given as counts.

    Half a lead is added to each class, so that an empty one does not make it infinite. More than 0.25 is much, less than 0.1
    little (N. Siddiqi, Credit risk scorecards, 2006).
    """
    before = (earlier + 0.5) / (earlier.sum() + 0.5 * len(earlier))
    after = (later + 0.5) / (later.sum() + 0.5 * len(later))
    return float(np.sum((after - before) * np.log(after / before)))


def _midranks(values: NDArray[Any]) -> Floats:
    _, position, counts = np.unique(values, return_inverse=True, return_counts=True)
    return np.asarray((np.cumsum(counts) - (counts - 1) / 2.0)[position], dtype=np.float64)

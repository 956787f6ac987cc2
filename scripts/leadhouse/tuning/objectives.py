"""What makes one threshold better than another."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leadhouse.errors import InputError, Problem
from leadhouse.tuning.replay import Counts

Floats = NDArray[np.float64]
_BOUNDED = re.compile(r"(?P<name>precision|recall)@(?P<bound>0?\.\d+|1(\.0*)?|0)")
KNOWN = "profit, f1, precision@R (the highest precision with a recall of R or more), recall@P"


@dataclass(frozen=True)
class Objective:
    """A figure to be made as large as it can be; `name` is as given, `value` gives it for counts summed over leads.

    Where a threshold is not allowed, as with `precision@0.8` one with a recall below 0.8, the value is minus infinity.
    """

    name: str
    value: Callable[[Counts], Floats]
    win_value: float | None = None
    touch_cost: float | None = None


def precision(counts: Counts) -> Floats:
    """Of the judged entries, the share with the outcome within the horizon; NaN without entries."""
    return divided(counts.hits, counts.judged)


def recall(counts: Counts) -> Floats:
    """Of the leads with the outcome in the period, the share that had entered at most the horizon before."""
    return divided(counts.caught, counts.wins)


def lift(counts: Counts) -> Floats:
    """Hits in relation to those expected of leads of the same ages drawn at random."""
    return divided(counts.hits, counts.expected)


def f1(counts: Counts) -> Floats:
    """The harmonic mean of precision and recall."""
    one, other = precision(counts), recall(counts)
    return divided(2 * one * other, one + other)


def profit(counts: Counts, win_value: float, touch_cost: float) -> Floats:
    """What the won leads are worth less what touching every judged entry costs."""
    return win_value * counts.won - touch_cost * counts.judged


def divided(part: Floats, whole: Floats) -> Floats:
    """Part by whole, NaN where there is nothing to divide by."""
    part, whole = np.broadcast_arrays(part, whole)
    shares: Floats = np.full(part.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole > 0)
    return shares


def parse(text: str | None, win_value: float | None, touch_cost: float | None) -> Objective:
    """Read `--objective`, profit where a value and a cost are given and f1 where not; raises InputError."""
    has_money = win_value is not None and touch_cost is not None
    name = text or ("profit" if has_money else "f1")
    for option, amount in (("--win-value", win_value), ("--touch-cost", touch_cost)):
        if amount is not None and not (np.isfinite(amount) and amount >= 0):
            raise InputError([Problem(option, f"`{amount:g}` is no amount of money", "Give a number of 0 or more.")])
    if name == "profit":
        if win_value is None or touch_cost is None:
            missing = "--win-value" if win_value is None else "--touch-cost"
            raise InputError(
                [
                    Problem(
                        missing,
                        "is needed for the objective profit",
                        "Say what a win is worth and what a touch of one lead by sales costs.",
                    )
                ]
            )
        worth, cost = win_value, touch_cost
        return Objective(name, lambda counts: profit(counts, worth, cost), win_value, touch_cost)
    if name == "f1":
        return Objective(name, f1, win_value, touch_cost)
    if found := _BOUNDED.fullmatch(name):
        wanted, bounded = (precision, recall) if found["name"] == "precision" else (recall, precision)
        bound = float(found["bound"])
        return Objective(name, lambda counts: _bounded(wanted(counts), bounded(counts), bound), win_value, touch_cost)
    raise InputError([Problem(f"--objective `{name}`", "is not known", f"Allowed: {KNOWN}.")])


def _bounded(wanted: Floats, bounded: Floats, bound: float) -> Floats:
    return np.where(np.nan_to_num(bounded, nan=-1.0) >= bound, wanted, -np.inf)

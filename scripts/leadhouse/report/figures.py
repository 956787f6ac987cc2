"""How figures are written and how sure they are. `templates/report.js` does the same, to the last digit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from leadhouse.intervals import Z, wilson

NONE = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Estimate:
    """A figure with its 95 % interval, where it has one; None where there is nothing to divide by."""

    value: float | None
    low: float | None = None
    high: float | None = None


def per_event(value: float, count: float) -> tuple[float, float] | None:
    """The 95 % interval of a cost per event: the money is taken as it is, the number of events as chance has it (Poisson)."""
    if count <= 0:
        return None
    factor = math.exp(Z / math.sqrt(count))
    return value / factor, value * factor


def change_of_counts(now: float, before: float) -> Estimate:
    """The relative change of a number of events, with the interval of the ratio of two Poisson counts."""
    if before <= 0:
        return Estimate(None)
    if now <= 0:
        return Estimate(-1.0)
    ratio, reach = now / before, math.exp(Z * math.sqrt(1 / now + 1 / before))
    return Estimate(ratio - 1, ratio / reach - 1, ratio * reach - 1)


def change_of_shares(now: tuple[float, float], before: tuple[float, float]) -> Estimate:
    """The difference of two shares (part, whole), with R. G. Newcombe's hybrid score interval (Stat. Med. 17, 1998)."""
    ours, theirs = wilson(*now), wilson(*before)
    if ours is None or theirs is None:
        return Estimate(None)
    share, other = now[0] / now[1], before[0] / before[1]
    gap = share - other
    low = gap - math.sqrt((share - ours[0]) ** 2 + (theirs[1] - other) ** 2)
    high = gap + math.sqrt((ours[1] - share) ** 2 + (other - theirs[0]) ** 2)
    return Estimate(gap, low, high)


def fixed(value: float, digits: int) -> str:
    """A number with so many digits and commas between thousands; halves away from zero, as scripts in pages round."""
    rounded = Decimal(abs(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    is_below = value < 0 and rounded != 0
    return f"{MINUS if is_below else ''}{rounded:,}"


def written(kind: str, value: float | None) -> str:
    """A figure as people read it, by its kind."""
    if value is None:
        return NONE
    if kind == "rate":
        return fixed(value * 100, 1) + " %"
    if kind in ("change", "roi"):
        return ("+" if value > 0 else "") + fixed(value * 100, 0) + " %"
    if kind == "points":
        return ("+" if value > 0 else "") + fixed(value * 100, 1) + " points"
    return fixed(value, _digits(kind, value))


def interval(kind: str, low: float | None, high: float | None) -> str:
    """The ends of an interval, without the unit that stands beside the figure."""
    if low is None or high is None:
        return ""
    if kind in ("rate", "points"):
        ends = [fixed(end * 100, 1) for end in (low, high)]
    elif kind in ("change", "roi"):
        ends = [fixed(end * 100, 0) for end in (low, high)]
    else:
        ends = [fixed(end, _digits(kind, high)) for end in (low, high)]
    return " to ".join(ends)


def _digits(kind: str, value: float) -> int:
    if kind == "money":
        return 0 if abs(value) >= 100 or value == 0 else 2
    return {"credit": 1, "hours": 1, "ratio": 2}.get(kind, 0)

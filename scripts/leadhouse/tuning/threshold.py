"""Which threshold of a stage would have been best, found on earlier entries and tried on later ones it never saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import numpy as np
from numpy.typing import NDArray

from leadhouse import intervals
from leadhouse.errors import InputError, Problem
from leadhouse.tuning import objectives, replay
from leadhouse.tuning.drift import Drift, find_drift
from leadhouse.tuning.evidence import COUNT_BUCKETS, Origin, TunableClause, first_entry
from leadhouse.tuning.objectives import Objective
from leadhouse.tuning.replay import Counts, Period

Floats = NDArray[np.float64]
CONFIDENCE = 0.95
COUNT_DRAWS = 1000
# A segment with fewer wins in the period is not tuned by itself: its best threshold would be chance.
LEAST_WINS = 20


@dataclass(frozen=True)
class Settings:
    """What is tuned, and how. `train_until` (UTC) parts the history; thresholds without limits are every whole number.

    `capacity` is how many entries a week sales can work on, None for any number.
    """

    outcome: str
    horizon_days: int
    objective: Objective
    train_until: datetime
    capacity: float | None
    seed: int
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class ThresholdFigures:
    """What one threshold came to in a period; rates are None where there is nothing to divide by.

    `count_entries` are judged ones, `count_hits` those with the outcome within the horizon; `head_start_days` the median time
    between; intervals are at 95 %, of Wilson for the precision and of the bootstrap for the lift.
    """

    threshold: float
    entries_per_week: float
    count_entries: int
    count_hits: int
    count_too_young: int
    precision: float | None
    precision_low: float | None
    precision_high: float | None
    recall: float | None
    missed_share: float | None
    lift: float | None
    lift_low: float | None
    lift_high: float | None
    head_start_days: float | None
    profit: float | None
    objective: float | None


@dataclass(frozen=True)
class PeriodResult:
    """All thresholds over a period; `count_wins` are leads with the outcome in it, `base_rate` what chance would come to."""

    starts_at: datetime
    judged_until: datetime
    ends_at: datetime
    count_wins: int
    figures: list[ThresholdFigures]

    def at(self, threshold: float) -> ThresholdFigures:
        """The figures of one of the thresholds."""
        return next(one for one in self.figures if one.threshold == threshold)


@dataclass(frozen=True)
class Recommendation:
    """The best threshold of the earlier period with its bootstrap interval, and what the later period says of it.

    Of thresholds that bring in the same leads it is the highest; the interval has them all.

    `has_lift` is None where the later period is too short to say.
    """

    threshold: float
    low: float
    high: float
    has_lift: bool | None


@dataclass(frozen=True)
class ThresholdResult:
    """The answer for all leads or for one segment. Without a recommendation `reason` says why there is none."""

    segment: str | None
    present: float
    train: PeriodResult
    later: PeriodResult
    recommendation: Recommendation | None
    reason: str
    drift: Drift

    @property
    def verdict(self) -> str:
        """The result in a sentence."""
        return _verdict(self)


def default_train_until(first: datetime, as_of: datetime, horizon_days: int) -> datetime:
    """The moment that gives the earlier period twice as long a span of judged entries as the later one."""
    return first + (2 * (as_of - first) - timedelta(days=horizon_days)) / 3


def candidates(connection: duckdb.DuckDBPyConnection, clause: TunableClause) -> tuple[float, ...]:
    """Every whole number up to the highest value that any lead reached, in steps that make at most 201, and the present one."""
    highest = connection.execute("select max(up_to_value) from entries where not isinf(up_to_value)").fetchone()
    top = int(np.ceil(highest[0])) if highest and highest[0] is not None else int(clause.value)
    step = max(1, int(np.ceil(top / 200)))
    return tuple(sorted({float(value) for value in range(0, top + step + 1, step)} | {float(clause.value)}))


def tune_threshold(
    connection: duckdb.DuckDBPyConnection,
    clause: TunableClause,
    settings: Settings,
    origin: Origin,
    segment: str | None = None,
) -> ThresholdResult:
    """Replay, choose and try; needs the tables that `evidence` takes out. Raises InputError where there is nothing to judge."""
    first = first_entry(connection, clause.stage)
    train = Period(first, settings.train_until, settings.horizon_days)
    later = Period(settings.train_until, origin.as_of, settings.horizon_days)
    if train.weeks <= 0:
        mend = (
            f"Give a date more than {settings.horizon_days} days after {first:%Y-%m-%d}, or a shorter --horizon-days."
        )
        raise InputError([Problem("--train-until", "leaves no entry whose horizon is over by then", mend)])
    return tune_over(connection, clause, settings, train, later, segment)


def tune_over(
    connection: duckdb.DuckDBPyConnection,
    clause: TunableClause,
    settings: Settings,
    train: Period,
    later: Period,
    segment: str | None = None,
) -> ThresholdResult:
    """Choose on one period, and try on another."""
    counts = {period: replay.count(connection, settings.thresholds, period, segment) for period in (train, later)}
    weights = draws(connection, settings.seed)
    results = {period: _figures(period, counts[period], weights, settings) for period in (train, later)}
    drift = find_drift(connection, train, later, segment)
    recommendation, reason = _recommend(counts[train], results[train], results[later], weights, settings)
    return ThresholdResult(segment, float(clause.value), results[train], results[later], recommendation, reason, drift)


def segments(connection: duckdb.DuckDBPyConnection, settings: Settings) -> list[str]:
    """The segments with enough wins in the earlier period to be tuned by themselves, those with the most first."""
    rows = connection.execute(
        "select segment from leads where outcome_at < $until group by segment having count(*) >= $least order by count(*) desc, segment",
        {"until": settings.train_until, "least": LEAST_WINS},
    ).fetchall()
    return [str(row[0]) for row in rows]


def draws(connection: duckdb.DuckDBPyConnection, seed: int) -> Floats:
    """How often each bucket is taken in each bootstrap resample (draws x buckets); buckets without leads never are."""
    row = connection.execute("select count(distinct bucket) from leads").fetchone()
    there = int(row[0]) if row else 0
    generator = np.random.default_rng(seed)
    weights = np.zeros((COUNT_DRAWS, COUNT_BUCKETS))
    # Buckets are numbered from 0 on, so that the first ones are there.
    weights[:, :there] = generator.multinomial(there, np.full(there, 1 / there), size=COUNT_DRAWS)
    return weights


def _figures(period: Period, counts: Counts, weights: Floats, settings: Settings) -> PeriodResult:
    total = counts.drawn(np.ones((1, COUNT_BUCKETS)))
    drawn = counts.drawn(weights)
    lift_low, lift_high = _interval(objectives.lift(drawn))
    lows, highs = wilson(total.hits[:, 0], total.judged[:, 0])
    money = settings.objective
    profits = (
        objectives.profit(total, money.win_value, money.touch_cost)[:, 0]
        if money.win_value is not None and money.touch_cost is not None
        else np.full(len(settings.thresholds), np.nan)
    )
    columns = {
        "precision": objectives.precision(total)[:, 0],
        "precision_low": lows,
        "precision_high": highs,
        "recall": objectives.recall(total)[:, 0],
        "missed_share": 1 - objectives.recall(total)[:, 0],
        "lift": objectives.lift(total)[:, 0],
        "lift_low": lift_low,
        "lift_high": lift_high,
        "head_start_days": total.head_start_days,
        "profit": profits,
        "objective": settings.objective.value(total)[:, 0],
    }
    figures = [
        ThresholdFigures(
            threshold=threshold,
            entries_per_week=float(total.judged[number, 0] / period.weeks) if period.weeks > 0 else 0.0,
            count_entries=int(total.judged[number, 0]),
            count_hits=int(total.hits[number, 0]),
            count_too_young=int(total.too_young[number, 0]),
            **{name: known(values[number]) for name, values in columns.items()},
        )
        for number, threshold in enumerate(settings.thresholds)
    ]
    wins = int(total.wins[0, 0])
    return PeriodResult(period.starts_at, period.judged_until, period.ends_at, wins, figures)


def _recommend(
    counts: Counts, train: PeriodResult, later: PeriodResult, weights: Floats, settings: Settings
) -> tuple[Recommendation | None, str]:
    if not sum(one.count_hits for one in train.figures):
        return None, f"no entry of the earlier period led to the outcome {settings.outcome}"
    is_allowed = np.array(
        [settings.capacity is None or one.entries_per_week <= settings.capacity for one in train.figures]
    )
    if not is_allowed.any():
        least = min(one.entries_per_week for one in train.figures)
        return None, f"every threshold brings more than {settings.capacity:g} a week; the highest brings {least:.1f}"
    _, best = _best(settings.objective.value(counts.drawn(np.ones((1, COUNT_BUCKETS)))), is_allowed)
    if best[0] < 0:
        return None, f"no threshold allows {settings.objective.name}"
    lowest, highest = _best(settings.objective.value(counts.drawn(weights)), is_allowed)
    thresholds = np.array(settings.thresholds)
    # What brings in the same leads is as good: the interval has all of it.
    low = np.quantile(thresholds[lowest[lowest >= 0]], (1 - CONFIDENCE) / 2, method="nearest")
    high = np.quantile(thresholds[highest[highest >= 0]], (1 + CONFIDENCE) / 2, method="nearest")
    chosen = float(thresholds[best[0]])
    return Recommendation(chosen, float(min(low, chosen)), float(max(high, chosen)), _has_lift(later.at(chosen))), ""


def _best(values: Floats, is_allowed: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The lowest and the highest of the best thresholds per draw, -1 where none is allowed."""
    possible = np.where(is_allowed[:, None], np.nan_to_num(values, nan=-np.inf), -np.inf)
    there = np.isfinite(possible.max(axis=0))
    lowest, highest = possible.argmax(axis=0), len(values) - 1 - possible[::-1].argmax(axis=0)
    return np.where(there, lowest, -1), np.where(there, highest, -1)


def _has_lift(later: ThresholdFigures) -> bool | None:
    if later.lift_low is None or not later.count_entries:
        return None
    return later.lift_low > 1 and later.count_hits > 0


def _interval(values: Floats) -> tuple[Floats, Floats]:
    ends = np.array([quantiles(row) for row in values])
    return ends[:, 0], ends[:, 1]


def quantiles(drawn: Floats) -> tuple[float, float]:
    """The middle 95 % of the draws of one figure; NaN where most draws have nothing to divide by."""
    there = drawn[np.isfinite(drawn)]
    if len(there) <= len(drawn) / 2:
        return np.nan, np.nan
    low, high = np.quantile(there, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return float(low), float(high)


def wilson(parts: Floats, wholes: Floats) -> tuple[Floats, Floats]:
    """The 95 % intervals of shares, lower ends and upper ends; NaN without a whole."""
    pairs = zip(parts.tolist(), wholes.tolist(), strict=True)
    ends = np.array([intervals.wilson(part, whole) or (np.nan, np.nan) for part, whole in pairs])
    return ends[:, 0], ends[:, 1]


def known(value: float) -> float | None:
    """A figure, None where it is not a number."""
    return float(value) if np.isfinite(value) else None


def _verdict(result: ThresholdResult) -> str:
    found = result.recommendation
    if found is None:
        return f"No recommendation: {result.reason}."
    words = f"{found.threshold:g} (95 % interval {interval_words(result)})"
    if found.has_lift is None:
        return f"Best on the earlier period: {words}. The later period has no judged entry to try it on."
    if not found.has_lift:
        return (
            f"No lift: on the later period, entries at {words} do no better than leads of the same age drawn at random."
        )
    if found.low <= result.present <= found.high:
        return f"Best on the earlier period: {words}. The present threshold {result.present:g} lies within the interval: nothing speaks for a change."
    return f"Best on the earlier period: {words}, instead of {result.present:g}."


def interval_words(result: ThresholdResult) -> str:
    """The interval of the best threshold; open where it has all lower ones."""
    found = result.recommendation
    if found is None:
        return "-"
    is_open = found.low <= min(one.threshold for one in result.train.figures)
    return f"up to {found.high:g}" if is_open else f"{found.low:g} to {found.high:g}"


def as_value(threshold: float) -> Decimal:
    """A threshold as criteria files write it."""
    return Decimal(str(threshold)).normalize()


def thinned(figures: Sequence[ThresholdFigures], kept: Sequence[float], limit: int = 16) -> list[ThresholdFigures]:
    """About `limit` of the thresholds, evenly, among them those to be kept; of a run of equal ones the highest."""
    last = [
        one
        for one, after in zip(figures, [*figures[1:], None], strict=True)
        if after is None or replace(after, threshold=one.threshold) != one or one.threshold in kept
    ]
    step = -(-len(last) // limit)
    return [one for number, one in enumerate(last) if number % step == 0 or one.threshold in kept]

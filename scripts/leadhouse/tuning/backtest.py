"""Choosing a threshold again and again as time goes on, each time on what was known then: does it hold, does it stay?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb
import numpy as np

from leadhouse.errors import InputError, Problem
from leadhouse.tuning.evidence import Origin, TunableClause, first_entry
from leadhouse.tuning.replay import Period
from leadhouse.tuning.threshold import Settings, ThresholdFigures, tune_over


@dataclass(frozen=True)
class Step:
    """One origin: what was chosen from all before it, and what it and the present threshold came to after it.

    `chosen` is None, with the reason, where nothing could be chosen. `best` is what hindsight would have chosen.
    """

    origin: datetime
    ends_at: datetime
    threshold: float | None
    low: float | None
    high: float | None
    reason: str
    count_wins_before: int
    chosen: ThresholdFigures | None
    present: ThresholdFigures
    best: ThresholdFigures


@dataclass(frozen=True)
class Backtest:
    """All steps, oldest first; thresholds are those chosen at the steps that could choose."""

    steps: list[Step]

    @property
    def thresholds(self) -> list[float]:
        """What was chosen, in the order of time."""
        return [step.threshold for step in self.steps if step.threshold is not None]

    @property
    def spread(self) -> tuple[float, float, float] | None:
        """The least, the median and the highest threshold chosen."""
        found = self.thresholds
        return (min(found), float(np.median(found)), max(found)) if found else None

    @property
    def verdict(self) -> str:
        """The result in sentences."""
        if self.spread is None:
            return "No step could choose a threshold."
        low, middle, high = self.spread
        judged = [step for step in self.steps if step.chosen is not None and step.chosen.objective is not None]
        wins = sum((step.chosen.objective or 0) >= (step.present.objective or 0) for step in judged if step.chosen)
        stays = "stayed the same" if low == high else f"went from {low:g} to {high:g}, with a median of {middle:g}"
        return (
            f"Chosen again at {len(self.thresholds)} of {len(self.steps)} dates, the threshold {stays}. "
            f"Afterwards it did at least as well as the present one in {wins} of {len(judged)} spans."
        )


def origins(start: datetime, end: datetime, every_days: int) -> list[datetime]:
    """The dates from `start` to `end`, each so many days after the one before."""
    if every_days < 1:
        raise InputError([Problem("--every", "is less than a day", "Write it like 30d.")])
    if start > end:
        raise InputError([Problem("--from", f"{start:%Y-%m-%d} is after --to", "Give an earlier date.")])
    return [start + timedelta(days=every_days * n) for n in range((end - start).days // every_days + 1)]


def backtest(
    connection: duckdb.DuckDBPyConnection,
    clause: TunableClause,
    settings: Settings,
    history: Origin,
    dates: Sequence[datetime],
    every_days: int,
) -> Backtest:
    """Tune at each date on all entries before it, and judge by those of the days until the next date.

    Raises InputError when no date has both a past to learn from and a judged entry after it.
    """
    steps = list(_steps(connection, clause, settings, history, dates, every_days))
    if not steps:
        mend = f"Dates need more than {settings.horizon_days} days of entries before them, and as many days after."
        raise InputError([Problem("--from, --to", "name no date that can be judged", mend)])
    return Backtest(steps)


def _steps(
    connection: duckdb.DuckDBPyConnection,
    clause: TunableClause,
    settings: Settings,
    history: Origin,
    dates: Sequence[datetime],
    every_days: int,
) -> Iterator[Step]:
    first = first_entry(connection, clause.stage)
    for date in dates:
        train = Period(first, date, settings.horizon_days)
        later = Period(
            date, min(date + timedelta(days=every_days), history.as_of), settings.horizon_days, history.as_of
        )
        if train.weeks <= 0 or later.weeks <= 0:
            continue
        result = tune_over(connection, clause, replace(settings, train_until=date), train, later)
        found = result.recommendation
        ranked = [one for one in result.later.figures if one.objective is not None]
        present = result.later.at(result.present)
        yield Step(
            origin=date,
            ends_at=later.judged_until,
            threshold=found.threshold if found else None,
            low=found.low if found else None,
            high=found.high if found else None,
            reason=result.reason,
            count_wins_before=result.train.count_wins,
            chosen=result.later.at(found.threshold) if found else None,
            present=present,
            best=max(ranked, key=lambda one: one.objective or 0.0) if ranked else present,
        )

"""A lead's score over time, as steps, and the thresholds that it is held against."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby

from leadhouse.explain import Entry, Score, score_of
from leadhouse.scorebook import Clause, Scorebook

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Step:
    """The scores from a moment on, until the next step."""

    moment: datetime
    fit: Decimal
    engagement: Decimal
    score: Decimal


@dataclass(frozen=True)
class Threshold:
    """A clause of a stage rule about the score, in all its versions, oldest first."""

    stage: str
    rule_id: str
    versions: list[Clause]

    def version_at(self, moment: datetime) -> Clause | None:
        """The version that is valid at a moment, if one is."""
        return next((one for one in self.versions if one.valid_from <= moment < one.valid_to), None)


def steps_of(ledger: Sequence[Entry], book: Scorebook, lead_at: datetime | None) -> list[Step]:
    """The steps that entries in the order of time make; moments at which no score changes are left out.

    The first is at `lead_at`, if that is known: a lead has a score, be it 0, as soon as it is one.
    """
    sums: dict[str, Decimal] = {}
    found: list[Step] = []
    if lead_at and (not ledger or lead_at < ledger[0].entered_at):
        found.append(_step(lead_at, score_of(sums, book)))
    for moment, entries in groupby(ledger, key=lambda entry: entry.entered_at):
        for entry in entries:
            sums[entry.group_id] = sums.get(entry.group_id, _ZERO) + entry.points
        step = _step(moment, score_of(sums, book))
        if not found or replace(step, moment=found[-1].moment) != found[-1]:
            found.append(step)
    return found


def _step(moment: datetime, score: Score) -> Step:
    return Step(moment, score.fit, score.engagement, score.score)


def score_at(steps: Sequence[Step], moment: datetime) -> Decimal:
    """The score at a moment; 0 before the first step."""
    number = bisect_right(steps, moment, key=lambda step: step.moment)
    return steps[number - 1].score if number else _ZERO


def thresholds_of(book: Scorebook) -> list[Threshold]:
    """The least scores that the scorecard's stage rules ask for."""
    clauses = [one for one in book.clauses if one.metric == "score" and one.operator == ">="]
    grouped = groupby(clauses, key=lambda one: (one.stage, one.rule_id, one.clause))
    return [Threshold(stage, rule_id, list(versions)) for (stage, rule_id, _), versions in grouped]


def falls_below_at(steps: Sequence[Step], threshold: Threshold, moment: datetime) -> datetime | None:
    """When a score that is enough at a moment is so no longer; None where it stays, or is not enough even then."""
    changes = {one.valid_from for one in threshold.versions} | {step.moment for step in steps}
    for at in [moment, *sorted(one for one in changes if one > moment)]:
        clause = threshold.version_at(at)
        if clause is None or not clause.is_met_by(score_at(steps, at)):
            return at if clause is not None and at > moment else None
    return None


def periods(first: datetime, last: datetime, most: int) -> tuple[timedelta, list[datetime]]:
    """The ends of days (of a stretch of eight weeks or less), weeks or several weeks, at most so many, the last at `last`."""
    span = last - first
    length = timedelta(days=1) if span <= timedelta(weeks=8) else timedelta(weeks=1)
    while span / length > most:
        length *= 2
    count = max(1, -(-span // length))
    return length, [last - length * back for back in reversed(range(count))]

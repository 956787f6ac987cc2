"""What becomes of each person: when marketing and sales move them on, drop them or forget them, and what they buy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import HOUR, NEVER, Flags, Floats, Ints, at_work, later, within
from leadhouse.demo.people import COMPETITOR, DISPOSABLE, STAFF, STUDENT, People


@dataclass(frozen=True)
class Cycle:
    """One pass through the funnel as the CRM records it; `NEVER` where it did not happen."""

    mql: Ints
    accepted: Ints
    rejected: Ints
    qualified: Ints
    recycled: Ints
    opportunity: Ints
    closed: Ints
    won: Flags
    forgotten: Flags  # handed over, and sales did nothing at all


@dataclass(frozen=True)
class Journey:
    """Everything that happens to the people of one cohort after they became leads."""

    first: Cycle
    second: Cycle  # after a recycling
    disqualified: Ints
    disqualify_reason: Ints
    reject_reason: Ints
    repeat_created: Ints
    repeat_closed: Ints
    repeat_won: Flags

    @property
    def customer_since(self) -> Ints:
        """When the first deal was won."""
        first = np.where(self.first.won, self.first.closed, NEVER)
        return np.minimum(first, np.where(self.second.won, self.second.closed, NEVER))


def draw_journey(rng: np.random.Generator, people: People) -> Journey:
    """Draw the journey of every person of a cohort."""
    count = len(people)
    outsider = np.isin(people.mail_kind, (COMPETITOR, STAFF, STUDENT, DISPOSABLE))
    candidate = people.in_crm & ~outsider
    first = _draw_cycle(rng, people, within(later(rng, people.created, 5.0, 1.0)), candidate, -1.5)
    back = within(later(rng, np.minimum(first.recycled, first.rejected), 75.0, 0.4))
    second = _draw_cycle(rng, people, back, (back != NEVER) & (rng.random(count) < 0.3), 1.0)
    untouched = people.in_crm & (first.mql == NEVER)
    dropped = untouched & (rng.random(count) < np.where(outsider, 0.6, 0.1))
    reason = rng.integers(0, len(words.DISQUALIFY_REASONS), count)
    reason = np.where(people.mail_kind == STUDENT, words.DISQUALIFY_REASONS.index("student"), reason)
    reason = np.where(people.mail_kind == COMPETITOR, words.DISQUALIFY_REASONS.index("competitor"), reason)
    won = np.where(first.won, first.closed, np.where(second.won, second.closed, NEVER))
    wants_more = rng.random(count) < 0.35
    repeat = within(at_work(later(rng, np.where(wants_more, won, NEVER), 90.0, 0.5)))
    return Journey(
        first=first,
        second=second,
        disqualified=within(at_work(later(rng, np.where(dropped, people.created, NEVER), 9.0))),
        disqualify_reason=reason,
        reject_reason=rng.integers(0, len(words.REJECT_REASONS), count),
        repeat_created=repeat,
        repeat_closed=within(at_work(later(rng, repeat, 20.0, 0.5))),
        repeat_won=rng.random(count) < 0.75,
    )


def _draw_cycle(rng: np.random.Generator, people: People, mql_at: Ints, candidate: Flags, ease: float) -> Cycle:
    value = people.value
    count = len(people)
    mql = np.where(candidate & _chance(rng, ease + 1.2 * value), mql_at, NEVER)
    owned = people.owner >= 0
    slow = people.owner == words.SLOW_OWNER
    forgotten = (mql != NEVER) & ((rng.random(count) < 0.06) | (~owned & (rng.random(count) < 0.7)))
    taken = np.where(forgotten, NEVER, mql)
    decided = within(at_work(later(rng, taken, np.where(slow, 7.0, 0.9), 0.7)))
    pending = rng.random(count) < 0.05
    accepts = _chance(rng, 0.85 + 0.7 * value)
    accepted = np.where(accepts & ~pending, decided, NEVER)
    rejected = np.where(accepts | pending, NEVER, decided)
    judged = within(at_work(later(rng, accepted, 6.0, 0.6)))
    qualifies = _chance(rng, 0.1 + 0.8 * value)
    qualified = np.where(qualifies, judged, NEVER)
    returned = np.where(~qualifies, judged, np.where(rng.random(count) < 0.6, within(later(rng, rejected, 4.0)), NEVER))
    advances = _chance(rng, 1.2 + 0.6 * value) & ~(rng.random(count) < 0.08)
    opportunity = within(at_work(later(rng, np.where(advances, qualified, NEVER), 5.0, 0.6)))
    stalled = ~advances & (rng.random(count) < 0.5)
    returned = np.minimum(returned, within(at_work(later(rng, np.where(stalled, qualified, NEVER), 25.0, 0.4))))
    won = _chance(rng, -1.35 + 1.0 * value)
    # Lost deals drag on.
    closed = within(at_work(later(rng, opportunity, np.where(won, 28.0, 45.0), 0.5)))
    return Cycle(
        mql=mql,
        accepted=accepted,
        rejected=rejected,
        qualified=qualified,
        recycled=returned,
        opportunity=opportunity,
        closed=closed,
        won=won & (closed != NEVER),
        forgotten=forgotten,
    )


def _chance(rng: np.random.Generator, log_odds: Floats) -> Flags:
    return rng.random(len(log_odds)) < 1 / (1 + np.exp(-log_odds))


def response_delay(rng: np.random.Generator, people: People) -> Ints:
    """Milliseconds that each person's owner takes to answer a hand-over: hours, and days for the slow one."""
    median_hours = np.where(people.owner == words.SLOW_OWNER, 110.0, 3.5)
    return np.asarray(median_hours * np.exp(rng.normal(0, 0.8, len(people))) * HOUR, dtype=np.int64)

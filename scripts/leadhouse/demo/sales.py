"""The sales side of a journey as CRM rows: status history, calls and meetings, opportunities."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, END, HOUR, MINUTE, NEVER, Flags, Ints, at_work
from leadhouse.demo.columns import Columns, choose, glue, hide, numbered, pick, weighted
from leadhouse.demo.journey import Cycle, Journey, response_delay
from leadhouse.demo.people import Companies, People

STATUSES = ("new", "mql", "accepted", "rejected", "qualified", "recycled", "disqualified")
NEW, MQL, ACCEPTED, REJECTED, QUALIFIED, RECYCLED, DISQUALIFIED = range(7)


@dataclass(frozen=True)
class StatusChanges:
    """Status changes of a cohort, ordered by person and time."""

    person: Ints
    status: Ints
    at: Ints


def status_changes(people: People, crm_created: Ints, journey: Journey) -> StatusChanges:
    """Every status change of the people who are in the CRM."""
    moments = [(NEW, np.where(people.in_crm, crm_created, NEVER)), (DISQUALIFIED, journey.disqualified)]
    for cycle in (journey.first, journey.second):
        moments += [
            (MQL, cycle.mql),
            (ACCEPTED, cycle.accepted),
            (REJECTED, cycle.rejected),
            (QUALIFIED, cycle.qualified),
            (RECYCLED, cycle.recycled),
        ]
    at = np.concatenate([times for _, times in moments])
    status = np.repeat([status for status, _ in moments], len(people))
    person = np.tile(np.arange(len(people)), len(moments))
    happened = np.flatnonzero(at != NEVER)
    order = happened[np.lexsort((at[happened], person[happened]))]
    return StatusChanges(person[order], status[order], at[order])


def status_rows(people: People, journey: Journey, changes: StatusChanges) -> Columns:
    """Rows of `lead_status_history`."""
    rejected = pick(words.REJECT_REASONS, journey.reject_reason[changes.person])
    dropped = pick(words.DISQUALIFY_REASONS, journey.disqualify_reason[changes.person])
    reason = choose(changes.status == DISQUALIFIED, dropped, hide(rejected, changes.status != REJECTED))
    by_marketing = (changes.status == NEW) | (changes.status == MQL)
    owner = pick(words.OWNERS, people.owner[changes.person])
    return {
        "lead_source_id": people.ids.take(pa.array(changes.person)),
        "status": pick(STATUSES, changes.status),
        "changed_at": changes.at,
        "reason": reason,
        "changed_by": choose(by_marketing, pa.array(["marketing-automation"] * len(owner), pa.string()), owner),
    }


@dataclass
class _Touches:
    """Sales activities collected piece by piece; `kind_outcome` indexes `_TOUCHES`."""

    person: list[Ints]
    at: list[Ints]
    touch: list[Ints]

    def add(self, person: Ints, at: Ints, touch: Ints | int) -> None:
        kept = at <= END
        self.person.append(person[kept])
        self.at.append(at[kept])
        self.touch.append(np.broadcast_to(touch, person.shape)[kept].astype(np.int64))


_TOUCHES = (
    ("call", "outbound", "no_answer"),
    ("call", "outbound", "voicemail"),
    ("call", "outbound", "connected"),
    ("call", "inbound", "connected"),
    ("call", "outbound", "wrong_number"),
    ("email", "outbound", "sent"),
    ("email", "inbound", "replied"),
    ("meeting", "outbound", "booked"),
    ("meeting", "outbound", "held"),
    ("meeting", "outbound", "no_show"),
    ("meeting", "outbound", "cancelled"),
    ("task", "outbound", "done"),
)
_CONNECTED, _BOOKED, _HELD, _NO_SHOW = 2, 7, 8, 9


def sales_activity_rows(rng: np.random.Generator, people: People, journey: Journey) -> Columns:
    """Rows of `sales_activities`: attempts after each hand-over, the calls and meetings behind each later status."""
    touches = _Touches([], [], [])
    for cycle in (journey.first, journey.second):
        _touch_cycle(rng, people, cycle, touches)
    cold = np.flatnonzero(people.in_crm & (journey.first.mql == NEVER) & (rng.random(len(people)) < 0.05))
    touches.add(
        cold,
        at_work(people.created[cold] + rng.integers(DAY, 40 * DAY, len(cold))),
        weighted(rng, (5, 3, 1), len(cold)),
    )
    person, at, touch = (np.concatenate(parts) for parts in (touches.person, touches.at, touches.touch))
    order = np.lexsort((touch, person, at))
    person, at, touch = person[order], at[order], touch[order]
    return {
        "sales_activity_id": glue(people.ids.take(pa.array(person)), "-", numbered("", np.arange(len(person)), 1)),
        "lead_source_id": people.ids.take(pa.array(person)),
        "owner_id": pick(words.OWNERS, people.owner[person]),
        "kind": pick([kind for kind, _, _ in _TOUCHES], touch),
        "direction": pick([direction for _, direction, _ in _TOUCHES], touch),
        "outcome": pick([outcome for _, _, outcome in _TOUCHES], touch),
        "occurred_at": at,
    }


def _touch_cycle(rng: np.random.Generator, people: People, cycle: Cycle, touches: _Touches) -> None:
    everyone = np.arange(len(people))
    handed = everyone[(cycle.mql != NEVER) & ~cycle.forgotten]
    start = at_work(cycle.mql[handed] + response_delay(rng, people)[handed])
    end = np.minimum(np.minimum(cycle.accepted, cycle.rejected)[handed], cycle.mql[handed] + 12 * DAY)
    # Attempts spread from the first response to the decision.
    for attempt in range(4):
        tried = rng.random(len(handed)) < 0.95 * 0.6**attempt
        at = (
            start
            + (np.maximum(end - start, HOUR) * (attempt / 4)).astype(np.int64)
            + rng.integers(0, HOUR, len(handed))
        )
        touches.add(
            handed[tried], at[tried], weighted(rng, (34, 18, 0, 0, 3, 40, 0, 0, 0, 0, 0, 5), len(handed))[tried]
        )
    accepted = everyone[cycle.accepted != NEVER]
    talked = accepted[rng.random(len(accepted)) < 0.85]
    touches.add(talked, cycle.accepted[talked] - rng.integers(5, 40, len(talked)) * MINUTE, _CONNECTED)
    rejected = everyone[(cycle.rejected != NEVER)]
    reached = rejected[rng.random(len(rejected)) < 0.4]
    touches.add(reached, cycle.rejected[reached] - rng.integers(5, 40, len(reached)) * MINUTE, _CONNECTED)
    _add_meetings(rng, cycle, accepted, touches)


def _add_meetings(rng: np.random.Generator, cycle: Cycle, accepted: Ints, touches: _Touches) -> None:
    qualified = accepted[cycle.qualified[accepted] != NEVER]
    gap = cycle.qualified[qualified] - cycle.accepted[qualified]
    touches.add(qualified, cycle.accepted[qualified] + (gap * 0.3).astype(np.int64), _BOOKED)
    touches.add(qualified, cycle.qualified[qualified] - 20 * MINUTE, _HELD)
    others = accepted[(cycle.qualified[accepted] == NEVER) & (rng.random(len(accepted)) < 0.25)]
    booked = at_work(cycle.accepted[others] + rng.integers(HOUR, 2 * DAY, len(others)))
    touches.add(others, booked, _BOOKED)
    touches.add(others, at_work(booked + 2 * DAY), rng.integers(_NO_SHOW, _NO_SHOW + 2, len(others)))
    dealing = np.flatnonzero(cycle.opportunity != NEVER)
    touches.add(dealing, cycle.opportunity[dealing] + 2 * DAY, _BOOKED)
    touches.add(dealing, at_work(cycle.opportunity[dealing] + 5 * DAY), _HELD)


def opportunity_rows(rng: np.random.Generator, people: People, companies: Companies, journey: Journey) -> Columns:
    """Rows of `opportunities`: the deals of both cycles and the repeat business of customers."""
    parts = [
        (cycle.opportunity, cycle.closed, cycle.won, "new business") for cycle in (journey.first, journey.second)
    ] + [(journey.repeat_created, journey.repeat_closed, journey.repeat_won, "expansion")]
    created = np.concatenate([part[0] for part in parts])
    kept = np.flatnonzero(created != NEVER)
    person = kept % len(people)
    turn = kept // len(people)
    created = created[kept]
    closed = np.concatenate([part[1] for part in parts])[kept]
    won = np.concatenate([part[2] for part in parts])[kept] & (closed != NEVER)
    size = companies.employees[people.company[person]]
    amount = np.exp(7.4 + 0.32 * np.log(size) + 0.2 * people.fit[person] + rng.normal(0, 0.45, len(kept)))
    return {
        "opportunity_source_id": glue(people.ids.take(pa.array(person)), "-opp-", numbered("", turn + 1, 1)),
        "lead_source_id": people.ids.take(pa.array(person)),
        "account_source_id": numbered("acc-", companies.numbers[people.company[person]]),
        "opportunity_type": pick([part[3] for part in parts], turn),
        "amount": np.round(amount / 50) * 50,
        "stage_name": pick(("Closed Won", "Closed Lost", "Proposal", "Negotiation"), _stage_names(rng, closed, won)),
        "is_closed": closed != NEVER,
        "is_won": won,
        "created_at": created,
        "closed_at": closed,
        "owner_id": pick(words.OWNERS, people.owner[person]),
    }


def _stage_names(rng: np.random.Generator, closed: Ints, won: Flags) -> Ints:
    still_open = rng.integers(2, 4, len(closed))
    return np.where(closed == NEVER, still_open, np.where(won, 0, 1))

"""What the demo world knows about itself: how many of each planted thing there are, and what each channel is worth."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import NEVER, SECOND, Floats, Ints
from leadhouse.demo.journey import Journey
from leadhouse.demo.people import COMPETITOR, DISPOSABLE, FREE_MAIL, STAFF, STUDENT, VISITORS_PER_PERSON, People
from leadhouse.demo.visits import Visits

ChannelTotals = dict[str, Floats]
_MEASURES = ("leads", "mql", "sql", "opportunity", "customer", "fit", "intent")


def planted_people(people: People, journey: Journey, visits: Visits, opted_out: Any) -> dict[str, int]:
    """Counts of people with something planted, in words."""
    first = journey.first
    has_history = np.zeros(len(people), dtype=np.bool_)
    known = visits.person >= 0
    early = known & (visits.ends_at == NEVER)
    early[early] = visits.start[early] < people.created[visits.person[early]] - SECOND
    has_history[visits.person[early]] = True
    in_crm = people.in_crm
    counts = {
        "people with anonymous visits before they are known": has_history,
        "people who signed up on somebody else's device": people.visitor != people.numbers * VISITORS_PER_PERSON,
        "people with a second device": _members(people, visits.person[visits.visitor % VISITORS_PER_PERSON == 1]),
        "people whom the CRM lacks": ~in_crm,
        "people at competitors": people.mail_kind == COMPETITOR,
        "own staff": people.mail_kind == STAFF,
        "students": people.mail_kind == STUDENT,
        "people with a disposable address": people.mail_kind == DISPOSABLE,
        "people with a free mail address": people.mail_kind == FREE_MAIL,
        "people behind an e-mail scanner": in_crm & people.has_scanner,
        "people whose address bounces": in_crm & people.mail_bounces,
        "people who opted out": in_crm & opted_out,
        "leads without an owner": in_crm & (people.owner < 0),
        "leads of the slow owner": in_crm & (people.owner == words.SLOW_OWNER),
        "MQLs that sales forgot": first.forgotten,
        "MQLs rejected by sales": first.rejected != NEVER,
        "rejected MQLs that nobody nurtured": (first.rejected != NEVER) & (first.recycled == NEVER),
        "recycled leads": first.recycled != NEVER,
        "recycled leads that came back": journey.second.mql != NEVER,
        "repeat customers": (journey.repeat_closed != NEVER) & journey.repeat_won,
    }
    return {name: int(np.count_nonzero(flags)) for name, flags in counts.items()}


def _members(people: People, members: Ints) -> Any:
    flags = np.zeros(len(people), dtype=np.bool_)
    flags[members[members >= 0]] = True
    return flags


def funnel_by_crm(people: People, journey: Journey) -> Counter[str]:
    """How many people the CRM saw in each stage; what rules make of behaviour comes on top."""
    cycles = (journey.first, journey.second)
    stages = {
        "mql": [cycle.mql for cycle in cycles],
        "sal": [cycle.accepted for cycle in cycles],
        "sql": [cycle.qualified for cycle in cycles],
        "opportunity": [cycle.opportunity for cycle in cycles],
        "customer": [journey.customer_since],
    }
    reached = {stage: int(np.count_nonzero(np.minimum.reduce(times) != NEVER)) for stage, times in stages.items()}
    return Counter({"people": len(people)} | reached)


def channel_totals() -> ChannelTotals:
    """Empty totals per channel."""
    return {measure: np.zeros(len(words.CHANNELS)) for measure in _MEASURES}


def add_channels(totals: ChannelTotals, people: People, journey: Journey) -> None:
    """Add a cohort to the totals."""
    first, second = journey.first, journey.second
    values: dict[str, Any] = {
        "leads": np.ones(len(people)),
        "mql": np.minimum(first.mql, second.mql) != NEVER,
        "sql": np.minimum(first.qualified, second.qualified) != NEVER,
        "opportunity": np.minimum(first.opportunity, second.opportunity) != NEVER,
        "customer": journey.customer_since != NEVER,
        "fit": people.fit,
        "intent": people.intent,
    }
    for measure, weights in values.items():
        totals[measure] += np.bincount(people.channel, weights=weights, minlength=len(words.CHANNELS))


def channel_summary(totals: ChannelTotals) -> dict[str, dict[str, float]]:
    """Per channel: people, stages by the CRM, and the mean of the hidden traits."""
    summary = {}
    for place, channel in enumerate(words.CHANNELS):
        row: dict[str, float] = {measure: int(totals[measure][place]) for measure in _MEASURES[:5]}
        people = max(row["leads"], 1)
        row |= {measure: round(float(totals[measure][place]) / people, 2) for measure in _MEASURES[5:]}
        summary[channel.name] = row
    return summary

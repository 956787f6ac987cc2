"""Visits to the site: who comes when, from where, on which device, and what ends the visit."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, END, HOUR, NEVER, START, Flags, Floats, Ints, draw_moments
from leadhouse.demo.columns import weighted, weighted_by_row
from leadhouse.demo.journey import Journey
from leadhouse.demo.people import CURIOSITY_STEPS, INTENT_STEPS, VISITORS_PER_PERSON, People, behaviour_weights

ANONYMOUS_PER_PERSON = 7.2
_CHANNEL_NAMES = [channel.name for channel in words.CHANNELS]


@dataclass(frozen=True)
class Visits:
    """Visits of one cohort, one element each. `person` is -1 for visitors who never leave an address."""

    person: Ints
    visitor: Ints
    start: Ints
    ends_at: Ints  # when the visit must end (the form that makes a lead), else NEVER
    behaviour: Ints  # row of a behaviour matrix
    action: Ints  # index into ACTIONS
    source: Ints  # index into SOURCES
    names_user: Flags  # came through a link that tells who it is

    def __len__(self) -> int:
        return len(self.person)


def draw_visits(rng: np.random.Generator, people: People, journey: Journey) -> Visits:
    """All visits of a cohort's people and of the anonymous visitors beside them."""
    known = _visits_of_people(rng, people, journey)
    anonymous = _anonymous_visits(rng, people)
    pairs = ((getattr(known, field.name), getattr(anonymous, field.name)) for field in fields(Visits))
    return Visits(*(np.concatenate(pair) for pair in pairs))


def _visits_of_people(rng: np.random.Generator, people: People, journey: Journey) -> Visits:
    everyone = np.arange(len(people))
    entry = everyone[people.on_web]
    before, before_at = _earlier_visits(rng, people)
    after, after_at = _later_visits(rng, people)
    hot, hot_at = _visits_before_decisions(rng, journey)
    person = np.concatenate([entry, before, after, hot])
    start = np.concatenate([people.created[entry], before_at, after_at, hot_at])
    is_entry = np.arange(len(person)) < len(entry)
    is_hot = np.arange(len(person)) >= len(person) - len(hot)
    kept = (start >= START) & (start < END - HOUR)
    person, start, is_entry, is_hot = person[kept], start[kept], is_entry[kept], is_hot[kept]
    identified = start >= people.created[person]
    action = np.where(is_entry, people.entry_action[person], _later_actions(rng, people, person, identified, is_hot))
    # Shortly before a decision people look as the most interested do.
    behaviour = people.behaviour_row[person]
    behaviour = np.where(is_hot, (INTENT_STEPS - 1) * CURIOSITY_STEPS + behaviour % CURIOSITY_STEPS, behaviour)
    second_device = identified & ~is_entry & (rng.random(len(person)) < 0.12)
    source = _sources_of_people(rng, people, person, start)
    by_link = np.isin(source, _sources_of("Email")) | second_device
    return Visits(
        person=person,
        visitor=np.where(second_device, people.numbers[person] * VISITORS_PER_PERSON + 1, people.visitor[person]),
        start=start,
        ends_at=np.where(is_entry, start, NEVER),
        behaviour=behaviour,
        action=action,
        source=source,
        names_user=identified & ~is_entry & by_link & people.in_crm[person] & (rng.random(len(person)) < 0.8),
    )


def _later_actions(rng: np.random.Generator, people: People, person: Ints, identified: Flags, is_hot: Flags) -> Ints:
    """What ends a visit that is not the first form's; before the address is left, nothing that names the person."""
    usual = behaviour_weights([(action.return_weight, action.intent, 0.0) for action in words.ACTIONS])
    drawn = weighted_by_row(rng, usual, people.behaviour_row[person])
    decisive = weighted(rng, [action.decision_weight for action in words.ACTIONS], len(person))
    drawn = np.where(is_hot, decisive, drawn)
    names_person = np.array([action.names_person for action in words.ACTIONS])
    return np.where(~identified & names_person[drawn], 0, drawn)


def _earlier_visits(rng: np.random.Generator, people: People) -> tuple[Ints, Ints]:
    """Anonymous visits in the weeks before the address is left, for not quite half of the people."""
    with_history = np.flatnonzero(people.on_web & (rng.random(len(people)) < 0.45))
    person = np.repeat(with_history, 1 + rng.poisson(1.2, len(with_history)))
    gap = 2 * HOUR + (rng.exponential(16.0, len(person)) * DAY).astype(np.int64)
    return person, people.created[person] - gap


def _later_visits(rng: np.random.Generator, people: People) -> tuple[Ints, Ints]:
    mean = np.exp(0.58 + 0.32 * np.clip(people.intent, -2.5, 2.5) + 0.15 * people.curiosity)
    mean = np.where(people.on_web, mean, np.where(rng.random(len(people)) < 0.25, 1.5, 0.0))
    person = np.repeat(np.arange(len(people)), rng.poisson(mean))
    gap = HOUR + (rng.exponential(38.0, len(person)) * DAY).astype(np.int64)
    return person, people.created[person] + gap


def _visits_before_decisions(rng: np.random.Generator, journey: Journey) -> tuple[Ints, Ints]:
    """People look again in the days before they qualify and before they come back for a second cycle."""
    people: list[Ints] = []
    moments: list[Ints] = []
    for decided in (journey.first.qualified, journey.second.mql, journey.second.qualified):
        happened = np.flatnonzero(decided != NEVER)
        person = np.repeat(happened, 1 + rng.poisson(0.8, len(happened)))
        people.append(person)
        moments.append(decided[person] - (rng.uniform(0.1, 8.0, len(person)) * DAY).astype(np.int64))
    return np.concatenate(people), np.concatenate(moments)


def _sources_of(channel: str) -> list[int]:
    return [index for index, source in enumerate(words.SOURCES) if source.channel == channel]


def _source_weights(mix: dict[str, float]) -> Floats:
    """Weight of each source when channels are mixed so."""
    weights = np.zeros(len(words.SOURCES))
    for channel, share in mix.items():
        members = _sources_of(channel)
        total = sum(words.SOURCES[member].weight for member in members)
        for member in members:
            weights[member] = share * words.SOURCES[member].weight / total
    return weights


def _sources_of_people(rng: np.random.Generator, people: People, person: Ints, start: Ints) -> Ints:
    """The first visit comes through the channel that acquired the person; later ones by any way."""
    by_channel = [
        _source_weights({channel.name if channel.has_website_entry else "Email": 1.0}) for channel in words.CHANNELS
    ]
    weights = np.array([*by_channel, _source_weights(words.RETURN_MIX)])
    order = np.lexsort((start, person))
    is_first = np.zeros(len(person), dtype=np.bool_)
    is_first[order] = np.diff(person[order], prepend=-1) != 0
    row = np.where(is_first, people.channel[person], len(words.CHANNELS))
    # Nobody gets e-mail or text messages before leaving an address.
    unknown = start < people.created[person]
    drawn = weighted_by_row(rng, weights, row)
    own_mail = np.isin(drawn, _sources_of("Email") + _sources_of("SMS")) & unknown & ~is_first
    return np.where(own_mail, _sources_of("Direct")[0], drawn)


def _anonymous_visits(rng: np.random.Generator, people: People) -> Visits:
    count = round(ANONYMOUS_PER_PERSON * len(people))
    place = np.arange(count)
    visitor = people.numbers[place % len(people)] * VISITORS_PER_PERSON + 2 + place // len(people)
    times = rng.geometric(0.72, count)
    visits = np.repeat(place, times)
    is_first = np.diff(visits, prepend=-1) != 0
    gap = (rng.exponential(12.0, len(visits)) * DAY).astype(np.int64) + HOUR
    start = draw_moments(rng, count)[visits] + np.where(is_first, 0, gap)
    interest = rng.integers(0, 4, count) * CURIOSITY_STEPS + rng.integers(0, CURIOSITY_STEPS, count)
    kept = start < END - HOUR
    visits, start = visits[kept], start[kept]
    return Visits(
        person=np.full(len(visits), -1),
        visitor=visitor[visits],
        start=start,
        ends_at=np.full(len(visits), NEVER),
        behaviour=np.asarray(np.minimum(interest, 2 * CURIOSITY_STEPS + 2), dtype=np.int64)[visits],
        action=np.zeros(len(visits), dtype=np.int64),
        source=weighted(rng, list(_source_weights(words.ANONYMOUS_MIX)), len(visits)),
        names_user=np.zeros(len(visits), dtype=np.bool_),
    )

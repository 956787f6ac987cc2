"""Nurture e-mails and text messages, with people, bouncing addresses and security scanners on the other side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import DAY, END, HOUR, MINUTE, NEVER, SECOND, START, Flags, Ints
from leadhouse.demo.columns import Columns, choose, glue, hide, numbered, pick
from leadhouse.demo.journey import Journey
from leadhouse.demo.people import People

WELCOME, NURTURE, NEWSLETTER, REACTIVATION, REMINDER = range(5)
_STEP_DAYS = {
    WELCOME: (0.02, 4.0, 9.0, 16.0),
    NURTURE: (24.0, 32.0, 41.0, 51.0, 62.0, 74.0),
    REACTIVATION: (3.0, 12.0, 24.0),
}
_CAMPAIGNS = [campaign.campaign_source_id for campaign in (*words.SEQUENCE_CAMPAIGNS, words.SMS_CAMPAIGN)]
_NAMES = (*words.SEQUENCES, None)
EVENT_TYPES = ("sent", "delivered", "opened", "clicked", "replied", "bounced", "unsubscribed", "complained")
SENT, DELIVERED, OPENED, CLICKED, REPLIED, BOUNCED, UNSUBSCRIBED, COMPLAINED = range(8)
_LINKS = ("/case-studies", "/blog/lead-scoring-basics", "/unsubscribe")
_URLS = [words.SITE + link for link in _LINKS]
_LATE_SHARE = 0.01
_REPEAT_SHARE = 0.004


@dataclass(frozen=True)
class MessageNoise:
    """How many rows of a batch are not what they seem."""

    scanners: int
    late: int
    repeated: int


@dataclass(frozen=True)
class Messages:
    """Messages of one cohort, ordered by person and time."""

    person: Ints
    sequence: Ints
    step: Ints
    sent: Ints


@dataclass
class _Log:
    """Message events collected piece by piece."""

    message: list[Ints]
    kind: list[Ints]
    at: list[Ints]
    link: list[Ints]

    def add(self, message: Ints, kind: int, at: Ints, link: Ints | int = -1) -> None:
        kept = at <= END - MINUTE
        self.message.append(message[kept])
        self.kind.append(np.full(int(kept.sum()), kind))
        self.at.append(at[kept])
        self.link.append(np.broadcast_to(link, message.shape)[kept].astype(np.int64))


def message_event_rows(
    rng: np.random.Generator, people: People, journey: Journey, first_event: int
) -> tuple[Columns, MessageNoise, Flags]:
    """Rows of `message_events` of one cohort, what is wrong with them, and who has unsubscribed."""
    messages = _draw_messages(rng, people, journey)
    leaves = (rng.random(len(messages.person)) < 0.004) & (messages.sequence != REMINDER)
    messages, leaves = _until_unsubscribed(people, messages, leaves)
    log = _Log([], [], [], [])
    scanner_rows = _draw_events(rng, people, messages, leaves, log)
    message, kind, at, link = (np.concatenate(part) for part in (log.message, log.kind, log.at, log.link))
    count = len(message)
    late = rng.random(count) < _LATE_SHARE
    delay = np.where(late, rng.integers(DAY, 6 * DAY, count), rng.integers(10 * SECOND, 5 * MINUTE, count))
    loaded = np.minimum(at + delay, END)
    late_rows = int((loaded - at >= DAY).sum())
    repeated = np.flatnonzero((rng.random(count) < _REPEAT_SHARE) & ~scanner_rows)
    rows = np.concatenate([np.arange(count), repeated])
    loaded = np.concatenate([loaded, np.minimum(loaded[repeated] + 5 * MINUTE, END)])
    order = np.lexsort((rows, loaded))
    rows, loaded = rows[order], loaded[order]
    columns = _columns(people, messages, message[rows], kind[rows], at[rows], link[rows])
    columns["event_id"] = numbered("m", first_event + rows, 9)
    columns["loaded_at"] = loaded
    noise = MessageNoise(int(scanner_rows.sum()), late_rows, len(repeated))
    left = np.zeros(len(people), dtype=np.bool_)
    left[messages.person[leaves]] = True
    return columns, noise, left


def _draw_messages(rng: np.random.Generator, people: People, journey: Journey) -> Messages:
    parts = [
        *_sequence(WELCOME, people.created, people.in_crm),
        *_sequence(NURTURE, people.created, people.in_crm & (rng.random(len(people)) < 0.55)),
        *_sequence(REACTIVATION, journey.first.recycled, journey.first.recycled != NEVER),
        _newsletters(people),
        _reminders(rng, people),
    ]
    person, sequence, step, sent = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    # Nurturing stops when sales has taken over; nobody mails after the world's end.
    taken_over = np.isin(sequence, (WELCOME, NURTURE)) & (sent > journey.first.qualified[person])
    kept = np.flatnonzero((sent < END - HOUR) & ~taken_over)
    order = kept[np.lexsort((sent[kept], person[kept]))]
    return Messages(person[order], sequence[order], step[order], sent[order])


_Part = tuple[Ints, Ints, Ints, Ints]


def _sequence(sequence: int, since: Ints, enrolled: Flags) -> list[_Part]:
    person = np.flatnonzero(enrolled)
    return [
        (
            person,
            np.full(len(person), sequence),
            np.full(len(person), place + 1),
            since[person] + int(days * DAY) + person % 50 * MINUTE,
        )
        for place, days in enumerate(_STEP_DAYS[sequence])
    ]


def _newsletters(people: People) -> _Part:
    """The monthly newsletter, on the second Tuesday at ten, to everybody who subscribed before."""
    issues = []
    for index in range(18):
        first = np.datetime64("2025-01", "M") + index
        day = first.astype("datetime64[D]").astype(np.int64)
        issues.append((day + (5 - day) % 7 + 7) * DAY + 10 * HOUR)  # day 5 after 1970-01-01 was a Tuesday
    signed_up = people.entry_action == words.NEWSLETTER_ACTION
    reader = np.flatnonzero(people.in_crm & (people.subscribes | signed_up))
    person = np.tile(reader, len(issues))
    issue = np.repeat(np.arange(len(issues)), len(reader))
    sent = np.array(issues, dtype=np.int64)[issue] + person % 30 * SECOND
    kept = (sent > people.created[person] + HOUR) & (sent >= START)
    return person[kept], np.full(int(kept.sum()), NEWSLETTER), issue[kept] + 1, sent[kept]


def _reminders(rng: np.random.Generator, people: People) -> _Part:
    person = np.flatnonzero(people.in_crm & people.has_phone & (rng.random(len(people)) < 0.4))
    person = np.repeat(person, 1 + rng.integers(0, 2, len(person)))
    sent = people.created[person] + (rng.uniform(5, 90, len(person)) * DAY).astype(np.int64)
    return person, np.full(len(person), REMINDER), np.ones(len(person), dtype=np.int64), sent


def _until_unsubscribed(people: People, messages: Messages, leaves: Flags) -> tuple[Messages, Flags]:
    """Drop what would follow an unsubscription or a bounce."""
    last = np.full(len(people), NEVER)
    np.minimum.at(last, messages.person[leaves], messages.sent[leaves])
    is_first = np.diff(messages.person, prepend=-1) != 0
    kept = (messages.sent <= last[messages.person]) & (is_first | ~people.mail_bounces[messages.person])
    return Messages(messages.person[kept], messages.sequence[kept], messages.step[kept], messages.sent[kept]), leaves[
        kept
    ]


def _draw_events(rng: np.random.Generator, people: People, messages: Messages, leaves: Flags, log: _Log) -> Flags:
    """Log the events of all messages; returns which rows of the log are a scanner's."""
    every = np.arange(len(messages.person))
    is_text = messages.sequence == REMINDER
    bounces = people.mail_bounces[messages.person] & ~is_text
    log.add(every, SENT, messages.sent)
    log.add(every[bounces], BOUNCED, messages.sent[bounces] + 4 * SECOND)
    arrives = ~bounces & (rng.random(len(every)) < 0.985)
    delivered = messages.sent + rng.integers(2 * SECOND, 40 * SECOND, len(every))
    log.add(every[arrives], DELIVERED, delivered[arrives])
    _draw_reading(rng, people, messages, every[arrives & ~is_text], delivered, leaves, log)
    texts = every[arrives & is_text]
    for kind, share in ((CLICKED, 0.12), (REPLIED, 0.04)):
        some = texts[rng.random(len(texts)) < share]
        log.add(
            some, kind, delivered[some] + rng.integers(2 * MINUTE, 9 * HOUR, len(some)), 0 if kind == CLICKED else -1
        )
    by_people = sum(len(part) for part in log.message)
    scanned = every[arrives & ~is_text & people.has_scanner[messages.person]]
    _draw_scanning(rng, scanned, delivered, log)
    return np.arange(sum(len(part) for part in log.message)) >= by_people


def _draw_reading(
    rng: np.random.Generator,
    people: People,
    messages: Messages,
    arrived: Ints,
    delivered: Ints,
    leaves: Flags,
    log: _Log,
) -> None:
    """What people do with their e-mail; nobody reads within a minute of delivery."""
    person = messages.person[arrived]
    newsletter = messages.sequence[arrived] == NEWSLETTER
    curiosity, intent = people.curiosity[person], np.clip(people.intent[person], -2, 2)
    log_odds = np.where(newsletter, -1.25 + 0.8 * curiosity, -1.45 + 0.45 * curiosity + 0.25 * intent)
    opens = rng.random(len(arrived)) < 1 / (1 + np.exp(-log_odds))
    opens |= leaves[arrived]
    read = arrived[opens]
    # Behind a scanner the e-mail reaches its reader only after the scan.
    held = np.where(people.has_scanner[messages.person[read]], 30 * MINUTE, MINUTE)
    wait = held + (3 * HOUR * np.exp(rng.normal(0, 1.1, len(read)))).astype(np.int64)
    opened = delivered[read] + wait
    log.add(read, OPENED, opened)
    again = rng.random(len(read)) < 0.12
    log.add(read[again], OPENED, opened[again] + rng.integers(HOUR, 3 * DAY, int(again.sum())))
    urge = np.where(newsletter[opens], 0.08, 0.12 * np.exp(0.45 * intent[opens]))
    clicks = rng.random(len(read)) < urge
    clicked = opened + rng.integers(15 * SECOND, 4 * MINUTE, len(read))
    log.add(read[clicks], CLICKED, clicked[clicks], rng.integers(0, 2, int(clicks.sum())))
    replies = rng.random(len(read)) < 0.012
    log.add(read[replies], REPLIED, opened[replies] + rng.integers(5 * MINUTE, DAY, int(replies.sum())))
    parting = leaves[read]
    log.add(read[parting], UNSUBSCRIBED, opened[parting] + 2 * MINUTE)
    angry = parting & (rng.random(len(read)) < 0.1)
    log.add(read[angry], COMPLAINED, opened[angry] + 3 * MINUTE)


def _draw_scanning(rng: np.random.Generator, scanned: Ints, delivered: Ints, log: _Log) -> None:
    """Security gateways: open and click everything at once, or click every link in one burst minutes later."""
    at_once = rng.random(len(scanned)) < 0.5
    first = scanned[at_once]
    log.add(first, OPENED, delivered[first] + rng.integers(SECOND, 4 * SECOND, len(first)))
    burst = delivered[scanned] + np.where(at_once, 2 * SECOND, rng.integers(3 * MINUTE, 20 * MINUTE, len(scanned)))
    for link in range(len(_LINKS)):
        log.add(scanned, CLICKED, burst + link * SECOND + rng.integers(0, 900, len(scanned)), link)


def _columns(people: People, messages: Messages, message: Ints, kind: Ints, at: Ints, link: Ints) -> Columns:
    person = messages.person[message]
    sequence = messages.sequence[message]
    is_text = sequence == REMINDER
    ids = glue("msg-", numbered("", people.numbers[person]), "-", numbered("", message, 1))
    # Some mail tools know only the address.
    nameless = ~is_text & (messages.sent[message] // SECOND % 7 == 0)
    return {
        "message_id": ids,
        "channel": pick(("email", "sms"), is_text.astype(np.int64)),
        "campaign_source_id": pick(_CAMPAIGNS, sequence),
        "sequence_name": pick(_NAMES, sequence),
        "step": hide(messages.step[message], is_text),
        "lead_source_id": hide(people.ids.take(pa.array(person)), nameless),
        "recipient": choose(is_text, phones(people).take(pa.array(person)), people.email.take(pa.array(person))),
        "event_type": pick(EVENT_TYPES, kind),
        "url": pick(_URLS, link),
        "occurred_at": at,
    }


def phones(people: People) -> pa.Array:
    """Telephone numbers from the range reserved for fiction; null where none is known."""
    numbers = np.where(people.has_phone, 100 + people.numbers % 100, -1)
    return glue(
        "+1 ", numbered("", np.where(numbers < 0, -1, 201 + people.numbers % 700), 3), " 555 ", numbered("", numbers, 4)
    )

"""One lead's story: what it did, how its score came about and will go on, and what to send it next.

Everything is read from the published database and the outbox, without personal data: the lead goes by its lead_id.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.curve import Step, Threshold, falls_below_at, score_at, steps_of, thresholds_of
from leadhouse.engines.mirror import narrow
from leadhouse.explain import Clamp, Entry, Explanation, explain_from, next_fades, reading
from leadhouse.outbox import has_outbox, open_outbox
from leadhouse.paths import PROJECT_ROOT
from leadhouse.scorebook import load_scorebook

_NO_OUTBOX = "There is no outbox beside the published version; the next build writes one."
_NOT_QUEUED = (
    "nothing is queued for it: it is not marketing's to write to, does not want it, cannot be reached, has just been "
    "written to, or has seen all that the nurture rules suggest"
)


@dataclass(frozen=True)
class Reason:
    """What a rule gives or takes at the moment; `falls_at` and `falls_by` are its next loss of points that is in sight."""

    rule_id: str
    group_id: str
    dimension: str
    description: str
    points: Decimal
    count_entries: int
    last_entry_at: datetime
    falls_at: datetime | None
    falls_by: Decimal | None


@dataclass(frozen=True)
class Outlook:
    """A threshold beside the score at the moment. `falls_below_at` is None where the score stays, or was too low already."""

    stage: str
    rule_id: str
    description: str
    needed: Decimal
    is_met: bool
    falls_below_at: datetime | None


@dataclass(frozen=True)
class Activity:
    """One activity as the mart has it."""

    occurred_at: datetime
    known_at: datetime
    activity_type: str
    category: str
    channel: str | None
    content_name: str | None
    sequence_name: str | None
    is_inbound: bool


@dataclass(frozen=True)
class Line:
    """The activities of one day that are of one type and channel; `contents` are in the order in which they were met last."""

    activity_type: str
    channel: str | None
    contents: list[str]
    count: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True)
class Content:
    """What marketing is to send next, and why that; `name` is None where any of the type will do."""

    content_type: str
    name: str | None
    channel: str
    topic: str | None
    why: str


@dataclass(frozen=True)
class Topic:
    """A topic that the lead looked at, the most frequent first."""

    topic: str
    count_activities: int
    last_activity_at: datetime


@dataclass(frozen=True)
class Story:
    """All that is told of a lead at a moment.

    `steps` are those of all time: after the moment they are certain only where `is_open_ended`. `reasons`, the limits of
    `answer.score` and `answer.entries` add up to the score. `content`, `next_step` (for sales) and `topics` are as of the
    build; `content_note` says why there is no content.
    """

    answer: Explanation
    steps: list[Step]
    thresholds: list[Threshold]
    reasons: list[Reason]
    outlooks: list[Outlook]
    activities: list[Activity]
    content: Content | None
    content_note: str
    next_step: str | None
    topics: list[Topic]

    @property
    def is_open_ended(self) -> bool:
        """Whether the ledger says what follows if nothing happens: not at a moment before the build's as-of time."""
        return self.answer.moment >= self.answer.as_of

    @property
    def first_at(self) -> datetime | None:
        """When the score begins; None where the lead is none yet."""
        return self.past[0].moment if self.past else None

    @property
    def past(self) -> list[Step]:
        """The steps up to the moment."""
        return [step for step in self.steps if step.moment <= self.answer.moment]

    @property
    def future(self) -> list[Step]:
        """The steps after the moment, if nothing else happens."""
        return [step for step in self.steps if step.moment > self.answer.moment] if self.is_open_ended else []

    @property
    def next_drop(self) -> tuple[datetime, Decimal] | None:
        """When the score falls next if nothing else happens, and by how much; None where no fall is in sight."""
        before = self.answer.score.score
        for step in self.future:
            if step.score < before:
                return step.moment, step.score - before
            before = step.score
        return None

    def score_at(self, moment: datetime) -> Decimal:
        """The score at a moment."""
        return score_at(self.steps, moment)

    def score_before(self, days: int) -> Decimal | None:
        """The score so many days before the moment; None where it was no lead then."""
        lead_at, ago = self.answer.standing.lead_at, timedelta(days=days)
        has_been = lead_at is not None and self.answer.moment - lead_at >= ago
        return self.score_at(self.answer.moment - ago) if has_been else None


def tell(
    lead: str,
    home: Path,
    moment: datetime | None = None,
    scorecard: str | None = None,
    project_root: Path = PROJECT_ROOT,
) -> Story:
    """Tell the story of a lead, named by `lead_id` or e-mail, up to a moment (default: the build's as-of time).

    Raises InputError when nothing is published, or the lead or the scorecard is not known.
    """
    book = load_scorebook(project_root, scorecard)
    with reading(home) as connection:
        answer = explain_from(connection, lead, home, book, moment, project_root)
        activities = _activities(connection, answer)
        topics = _topics(connection, answer)
    steps, thresholds = steps_of(answer.ledger, book, answer.standing.lead_at), thresholds_of(book)
    content, content_note, next_step = _next(home, answer)
    return Story(
        answer=answer,
        steps=steps,
        thresholds=thresholds,
        reasons=_reasons(answer),
        outlooks=[one for threshold in thresholds for one in _outlook(answer, steps, threshold)],
        activities=activities,
        content=content,
        content_note=content_note,
        next_step=next_step,
        topics=topics,
    )


def lines_of(activities: Iterable[Activity]) -> list[Line]:
    """Activities by day, type and channel, those whose last one is newest first."""
    found: dict[tuple[Any, ...], list[Activity]] = {}
    for one in activities:
        found.setdefault((one.occurred_at.date(), one.activity_type, one.channel), []).append(one)
    lines = [_line(group) for group in found.values()]
    return sorted(lines, key=lambda line: (line.last_at, line.activity_type), reverse=True)


def as_json(story: Story) -> dict[str, Any]:
    """All facts as JSON values; times in UTC."""
    answer, standing = story.answer, story.answer.standing
    score, drop = answer.score, story.next_drop
    return {
        "lead_id": answer.lead_id,
        "scorecard_id": answer.scorecard_id,
        "moment": answer.moment.isoformat(),
        "as_of": answer.as_of.isoformat(),
        "notes": answer.notes,
        "stage": standing.stage,
        "exclusion": standing.exclusion,
        "score": _json(score.score),
        "fit_score": _json(score.fit),
        "engagement_score": _json(score.engagement),
        "grade": score.grade,
        "score_7_days_ago": _json(story.score_before(7)),
        "score_30_days_ago": _json(story.score_before(30)),
        "next_drop_at": _json(drop[0]) if drop else None,
        "next_drop_points": _json(drop[1]) if drop else None,
        "stages": [_fields(one) for one in standing.transitions],
        "curve": [_fields(one) for one in story.past],
        "if_nothing_else_happens": [_fields(one) for one in story.future] if story.is_open_ended else None,
        "thresholds": [_fields(one) for one in story.outlooks],
        "reasons": [*map(_fields, story.reasons), *map(_clamp_json, score.clamps)],
        "entries": [_fields(one) for one in answer.entries],
        "falls_next": [_fields(one) for one in answer.fades],
        "next_content": _fields(story.content) if story.content else None,
        "next_content_note": story.content_note,
        "next_step_for_sales": story.next_step,
        "topics": [_fields(one) for one in story.topics],
        "activities": [_fields(one) for one in story.activities],
    }


def _line(activities: Sequence[Activity]) -> Line:
    newest = sorted(activities, key=lambda one: one.occurred_at, reverse=True)
    contents = dict.fromkeys(one.content_name or one.sequence_name for one in newest)
    return Line(
        newest[0].activity_type,
        newest[0].channel,
        [name for name in contents if name],
        len(newest),
        newest[-1].occurred_at,
        newest[0].occurred_at,
    )


def _reasons(answer: Explanation) -> list[Reason]:
    def key(entry: Entry) -> tuple[str, str]:
        return entry.group_id, entry.rule_id

    falls = {key(one): one for one in reversed(next_fades(answer.ledger, answer.moment, answer.as_of, None))}
    found = []
    for (group_id, rule_id), entries in groupby(sorted(answer.entries, key=key), key=key):
        every = list(entries)
        last, fall = every[-1], falls.get((group_id, rule_id))
        fading = (fall.entered_at, fall.points) if fall else (None, None)
        if last.rule_total:
            facts = (rule_id, group_id, last.dimension, last.description, last.rule_total)
            found.append(Reason(*facts, len(every), last.entered_at, *fading))
    return sorted(found, key=lambda one: (-one.points, one.rule_id, one.group_id))


def _outlook(answer: Explanation, steps: Sequence[Step], threshold: Threshold) -> list[Outlook]:
    clause = threshold.version_at(answer.moment)
    if clause is None:
        return []
    falls_at = falls_below_at(steps, threshold, answer.moment) if answer.moment >= answer.as_of else None
    is_met = clause.is_met_by(answer.score.score)
    return [Outlook(threshold.stage, threshold.rule_id, clause.description, clause.needed, is_met, falls_at)]


def _activities(connection: duckdb.DuckDBPyConnection, answer: Explanation) -> list[Activity]:
    rows = connection.execute(
        """
        select occurred_at, known_at, activity_type, category, channel, content_name, sequence_name, is_inbound
        from marts.activities
        where lead_id = $lead and known_at <= $moment and occurred_at <= $moment
        order by occurred_at desc, activity_type, activity_id
        """,
        {"lead": answer.lead_id, "moment": answer.moment},
    ).fetchall()
    return [Activity(*row) for row in rows]


def _topics(connection: duckdb.DuckDBPyConnection, answer: Explanation) -> list[Topic]:
    if answer.moment != answer.as_of:
        return []
    rows = connection.execute(
        "select topic, count_activities, last_activity_at from marts.lead_topics where lead_id = $lead "
        "order by topic_rank",
        {"lead": answer.lead_id},
    ).fetchall()
    return [Topic(*row) for row in rows]


def _next(home: Path, answer: Explanation) -> tuple[Content | None, str, str | None]:
    """Content for marketing, or why there is none, and the step for sales. The outbox is its owner's: others do without."""
    if answer.moment != answer.as_of:
        return None, f"Known as of the build only ({answer.as_of:%Y-%m-%d %H:%M:%S} UTC).", None
    if not has_outbox(home):
        return None, _NO_OUTBOX, None
    lead = {"lead": answer.lead_id}
    try:
        with open_outbox(home) as connection:
            narrow(connection, "lead_id", [answer.lead_id])
            queued = connection.execute(
                "select next_content_type, next_content_name, channel, topic, why from marts.nurture_queue "
                "where lead_id = $lead",
                lead,
            ).fetchall()
            alerts = connection.execute(
                "select next_step from marts.sales_alerts where lead_id = $lead order by entered_at desc limit 1", lead
            ).fetchall()
    except duckdb.Error as error:
        return None, f"The outbox cannot be read: {str(error).splitlines()[0]}", None
    content = Content(*queued[0]) if queued else None
    return content, "" if content else f"In the nurture queue {_NOT_QUEUED}.", alerts[0][0] if alerts else None


def _fields(value: Any) -> dict[str, Any]:
    return {name: _json(one) for name, one in vars(value).items()}


def _clamp_json(clamp: Clamp) -> dict[str, Any]:
    return {"rule_id": clamp.limit, "description": clamp.description, "points": _json(clamp.points)}


def _json(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, datetime) else value

"""One lead's story (see `story`) as a page: one file that asks nothing of any network, for its owner only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from leadhouse import files, show_lead, show_story
from leadhouse.errors import InputError, Problem
from leadhouse.explain import Entry, reading
from leadhouse.paths import LEAD_PAGES
from leadhouse.report.charts import LineChart, Mark, Series
from leadhouse.report.html import fill, template_text, trusted
from leadhouse.show import plain
from leadhouse.show_lead import number, signed, stage_name
from leadhouse.story import Line, Story, lines_of

_TIME = "%Y-%m-%d %H:%M:%S"
# More of them make a page that is slow to open; the mart has all.
_MOST_LINES = 1000
_PLAIN_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_STAGES = ("mql", "sql")
_CHECK_HEADS = ("Rule", "Meaning", "Of", "Clause", "Is", "Needs")


@dataclass(frozen=True)
class Card:
    """A headline: its name, the figure, and what is said below it."""

    name: str
    value: str
    below: str = ""
    further: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table: heads, rows and the kind of each column: t for short texts, w for long ones, n for numbers.

    `total` is a last row, where there is one.
    """

    caption: str
    heads: Sequence[str]
    kinds: str
    rows: Sequence[Sequence[str]]
    total: Sequence[str] = field(default_factory=tuple)


def default_path(home: Path, told: Story) -> Path:
    """Where the lead's page goes unless somebody says otherwise: a folder that `forget` removes."""
    lead_id = told.answer.lead_id
    is_plain = _PLAIN_ID.fullmatch(lead_id)
    return home / LEAD_PAGES / f"{lead_id if is_plain else hashlib.sha256(lead_id.encode()).hexdigest()}.html"


def is_erased_by_forget(home: Path, path: Path) -> bool:
    """Whether `forget` removes a page there."""
    return (home / LEAD_PAGES) in path.parents


def write(home: Path, path: Path, told: Story, last: int) -> None:
    """Write the page, with the last so many lines of activities unfolded.

    Raises InputError, and leaves no page, when the lead was forgotten meanwhile: `forget` removes pages after it has
    rewritten what is published, so that either it finds this page or the lead is not found here.
    """
    is_private = is_erased_by_forget(home, path)
    path.parent.mkdir(mode=0o700 if is_private else 0o777, parents=True, exist_ok=True)
    files.write_text(path, render(told, last), 0o600)
    with reading(home) as connection:
        known = connection.execute("select 1 from marts.leads where lead_id = ?", [told.answer.lead_id]).fetchone()
    if known is None:
        files.remove(path)
        mend = "No page was left."
        raise InputError([Problem(f"LEAD `{told.answer.lead_id}`", "is not published any more", mend)])


def render(told: Story, last: int) -> str:
    """The page as HTML."""
    answer, lines = told.answer, lines_of(told.activities)
    chart = _chart(told)
    return fill(
        "lead.html.j2",
        style=trusted(template_text("report.css") + template_text("lead.css")),
        lead_id=plain(answer.lead_id),
        moment=f"{answer.moment:%Y-%m-%d %H:%M:%S}",
        as_of=f"{answer.as_of:%Y-%m-%d %H:%M:%S}",
        scorecard=plain(answer.scorecard_id),
        notes=[plain(note, 500) for note in answer.notes],
        cards=_cards(told),
        caption=_caption(told),
        svg=trusted(chart.svg(_caption(told))) if chart else "",
        legend_names=[line.name for line in chart.lines] if chart else [],
        curve=_curve(told),
        outlooks=show_story.outlooks(told),
        stages=_stages(told),
        exclusion=plain(answer.standing.exclusion or ""),
        verdict=show_lead.verdict(answer.standing) if answer.standing.next_stage else "",
        checks=_checks(told),
        reasons=_reasons(told),
        entries=_entries("Every entry of the ledger", answer.entries),
        fades=_entries("Falls next, if nothing else happens", answer.fades),
        content=told.content,
        content_note=told.content_note,
        next_step=plain(told.next_step or "", 500),
        topics=_topics(told),
        newest=_activities("Newest activities", lines[:last]),
        older=_activities("Older activities", lines[last:_MOST_LINES]),
        count_left=sum(line.count for line in lines[max(last, _MOST_LINES) :]),
        count_activities=len(told.activities),
        plain=plain,
        words=show_story.words,
    )


def _cards(told: Story) -> list[Card]:
    answer, score = told.answer, told.answer.score
    entered = [one.entered_at for one in answer.standing.transitions]
    since = f"since {entered[-1]:%Y-%m-%d}" if entered else ""
    stage = stage_name(answer.standing.stage)
    newest = f"the newest on {told.activities[0].occurred_at:%Y-%m-%d}" if told.activities else "none is known"
    cards = [
        Card("Stage", stage[:1].upper() + stage[1:], since),
        Card("Score", number(score.score), f"grade {score.grade or '-'}", "; ".join(show_story.earlier(told))),
        Card("Fit", number(score.fit), "who it is"),
        Card("Engagement", number(score.engagement), "what it does"),
        Card("Activities", f"{len(told.activities):,}", newest),
    ]
    if told.is_open_ended:
        drop = told.next_drop
        below = f"by {number(-drop[1])}, if nothing else happens" if drop else "no fall is in sight"
        cards.insert(2, Card("Falls next", f"{drop[0]:%Y-%m-%d}" if drop else "\N{EN DASH}", below))
    return cards


# ------------------------------------------------------------------------------------------ the curve


def _caption(told: Story) -> str:
    first, last = told.first_at, told.answer.moment
    if first is None:
        return "It was no lead yet."
    highest = max((step.score for step in told.past), default=told.score_at(last))
    span = f"Score from {first:%Y-%m-%d} to {last:%Y-%m-%d}"
    return f"{span}: at most {number(highest)}, {number(told.answer.score.score)} now"


def _chart(told: Story) -> LineChart | None:
    first, moment = told.first_at, told.answer.moment
    if first is None:
        return None
    future = told.future
    # As far ahead as half of what lies behind, at least a quarter of a year, if anything happens until then.
    ahead = max(timedelta(days=91), (moment - first) / 2)
    end = moment + min(ahead, future[-1].moment - moment + timedelta(days=7)) if future else moment

    def across(at: datetime) -> float:
        return (at - first) / timedelta(days=1)

    def line(name: str, begin: datetime, until: datetime) -> Series:
        inner = [step.moment for step in told.steps if begin < step.moment < until]
        return Series(name, [(across(at), float(told.score_at(at))) for at in [begin, *inner, until]])

    lines = [line("Score", first, moment)]
    lines += [one for stage in _STAGES for one in _threshold(told, stage, first, end, across)]
    if end > moment:
        lines.append(line("If nothing else happens", moment, end))
    marks = [
        Mark(across(one.entered_at), float(told.score_at(one.entered_at)), stage_name(one.stage))
        for one in told.answer.standing.transitions
        if one.stage != "lead"
    ]
    return LineChart(lines, time_ticks(first, end), "", is_stepped=True, marks=marks)


def _threshold(
    told: Story, stage: str, first: datetime, end: datetime, across: Callable[[datetime], float]
) -> list[Series]:
    """The least score that a rule of the stage asks for, over time; none where no rule asks for one."""
    versions = [one for threshold in told.thresholds if threshold.stage == stage for one in threshold.versions]
    changes = {at for one in versions for at in (one.valid_from, one.valid_to) if first < at < end}
    points: list[tuple[float, float]] = []
    for at in [first, *sorted(changes), end]:
        needed = [one.needed for one in versions if one.valid_from <= at < one.valid_to]
        if needed:
            points.append((across(at), float(min(needed))))
        elif points:
            points.append((across(at), points[-1][1]))
            break
    return [Series(f"Threshold of {stage_name(stage)}", points)] if points else []


def time_ticks(first: datetime, last: datetime) -> list[tuple[float, str]]:
    """Places (in days from the first moment) and words on an axis of time, at most six or seven; none close to its right end."""
    span = (last - first) / timedelta(days=1)
    if span > 100:
        months = [
            date(number // 12, number % 12 + 1, 1)
            for number in range(first.year * 12 + first.month, last.year * 12 + last.month)
        ]
        every = next(step for step in (1, 2, 3, 6, 12, 24, 60, 120, 1200, 24000) if len(months) <= 6 * step)
        days, form = [one for one in months if (one.month - 1 + 12 * one.year) % every == 0], "%Y-%m"
    else:
        every = next(step for step in (1, 2, 7, 14, 28) if span <= 6 * step)
        days, form = [first.date() + timedelta(days=number) for number in range(1, int(span) + 1, every)], "%m-%d"
    places = [((datetime(one.year, one.month, one.day) - first) / timedelta(days=1), f"{one:{form}}") for one in days]
    return [(place, words) for place, words in places if place <= span * 0.97]  # fmt: skip


def _curve(told: Story) -> list[Sheet]:
    sheets = [("Score, step by step", told.past), ("What follows if nothing else happens", told.future)]
    heads = ("From (UTC)", "Fit", "Engagement", "Score")
    return [
        Sheet(
            caption,
            heads,
            "tnnn",
            [(f"{one.moment:{_TIME}}", number(one.fit), number(one.engagement), number(one.score)) for one in steps],
        )
        for caption, steps in sheets
        if steps
    ]


# ------------------------------------------------------------------------------------------ the tables


def _stages(told: Story) -> Sheet:
    rows = [
        (
            f"{one.entered_at:{_TIME}}",
            stage_name(one.stage),
            show_lead.decision(one),
            str(one.cycle_number),
            number(told.score_at(one.entered_at)),
        )
        for one in told.answer.standing.transitions
    ]
    return Sheet("Stages that it entered", ("Entered (UTC)", "Stage", "Decided", "Cycle", "Score"), "ttwnn", rows)


def _checks(told: Story) -> Sheet:
    rows = [
        (
            plain(rule_id),
            plain(check.clause.description),
            plain(check.clause.metric),
            "met" if check.is_met else "not met",
            number(check.actual),
            f"{check.clause.operator} {number(check.clause.needed)}",
        )
        for rule_id, checks in show_lead.nearest_first(told.answer.standing)
        for check in checks
    ]
    return Sheet("Rules of the next stage, the nearest first", _CHECK_HEADS, "twttnn", rows)


def _reasons(told: Story) -> Sheet:
    rows = [
        (
            plain(one.rule_id),
            signed(one.points),
            plain(one.description),
            f"{one.falls_at:%Y-%m-%d}: {signed(one.falls_by)}" if one.falls_at and one.falls_by else "",
            f"{one.count_entries:,}",
        )
        for one in told.reasons
    ]
    score = told.answer.score
    rows += [(plain(one.limit), signed(one.points), plain(one.description), "", "") for one in score.clamps]
    total = ("Sum = score", number(score.score), "", "", "")
    return Sheet("Points behind the score", ("Rule", "Points", "What", "Falls next", "Entries"), "tnwtn", rows, total)


def _entries(caption: str, entries: Iterable[Entry]) -> Sheet:
    rows = [
        (
            f"{one.entered_at:{_TIME}}",
            plain(one.rule_id),
            signed(one.points),
            number(one.rule_total),
            plain(f"{one.kind}: {one.description}"),
            f"{show_story.words(one.activity_type)}, {one.activity_at:%Y-%m-%d}"
            if one.activity_type and one.activity_at
            else "",
        )
        for one in entries
    ]
    return Sheet(caption, ("At (UTC)", "Rule", "Points", "Rule total", "What", "Activity"), "ttnnwt", rows)


def _topics(told: Story) -> Sheet:
    rows = [(plain(one.topic), f"{one.last_activity_at:%Y-%m-%d}", f"{one.count_activities:,}") for one in told.topics]
    return Sheet("Topics that it looked at", ("Topic", "Last", "Activities"), "ttn", rows)


def _activities(caption: str, lines: Sequence[Line]) -> Sheet:
    rows = [
        (
            f"{one.last_at:%Y-%m-%d}",
            show_story.times_of(one),
            show_story.words(one.activity_type),
            f"{one.count:,}",
            plain(one.channel or ""),
            show_story.contents_of(one),
        )
        for one in lines
    ]
    return Sheet(caption, ("Day (UTC)", "Time", "What", "Times", "Channel", "Content"), "tttntw", rows)

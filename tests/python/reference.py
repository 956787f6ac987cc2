"""A plain reading of the scoring and lifecycle rules, to hold the SQL against.

Every answer here comes from evaluating the definitions directly at one moment: no running sums, no
ledger, no step functions. It is slow and meant to be read. It shares no code with the models, so a
mistake would have to be made twice, in two different ways, to go unseen.

Units: moments are naive UTC datetimes, points are exact decimals, windows and decay periods are days.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import TypeVar

Key = TypeVar("Key", str, tuple[str, str])

ZERO = Decimal(0)
STAGES = ("mql", "sal", "sql", "opportunity", "customer", "repeat_customer")
RULE_STAGES = ("mql", "sql")
DEFAULT_AUTHORITY: Mapping[str, str] = {"mql": "earliest", "sal": "crm", "sql": "earliest"}

# --------------------------------------------------------------------------------------- criteria


@dataclass(frozen=True)
class ScoreGroup:
    """A group of rules; its sum is held inside [min_points, max_points] (None = no limit)."""

    group_id: str
    dimension: str
    min_points: Decimal | None = None
    max_points: Decimal | None = None


@dataclass(frozen=True)
class FitRule:
    """One row (version) of a fit rule."""

    rule_id: str
    group_id: str
    attribute: str
    operator: str
    value: str | None
    points: Decimal
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class EngagementRule:
    """One row (version) of an engagement rule."""

    rule_id: str
    group_id: str
    activity_type: str
    points: Decimal
    min_count: int | None = None
    window_days: int | None = None
    max_points: Decimal | None = None
    decay: str = "none"
    decay_days: int | None = None
    decay_percent: Decimal | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class StageRule:
    """One row (version) of one clause of a stage rule."""

    stage: str
    rule_id: str
    clause: int
    metric: str
    operator: str
    value: Decimal
    window_days: int | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True)
class ScoreBand:
    """The band a dimension's score falls in from min_points upwards."""

    dimension: str
    band: str
    min_points: Decimal


@dataclass(frozen=True)
class Exclusion:
    """A condition on an attribute that keeps a lead from entering a stage by rule."""

    attribute: str
    operator: str
    value: str | None
    reason: str = "excluded"


@dataclass(frozen=True)
class Scorecard:
    """One complete set of criteria."""

    scorecard_id: str
    is_champion: bool = True
    max_score: Decimal | None = None
    groups: tuple[ScoreGroup, ...] = ()
    fit_rules: tuple[FitRule, ...] = ()
    engagement_rules: tuple[EngagementRule, ...] = ()
    stage_rules: tuple[StageRule, ...] = ()
    bands: tuple[ScoreBand, ...] = ()

    def __hash__(self) -> int:
        return hash(self.scorecard_id)


@dataclass(frozen=True)
class Criteria:
    """All scorecards, with the exclusions that they share."""

    scorecards: tuple[Scorecard, ...]
    exclusions: tuple[Exclusion, ...] = ()

    @property
    def champion(self) -> Scorecard:
        """The one scorecard that decides the published stages."""
        return next(card for card in self.scorecards if card.is_champion)


# ------------------------------------------------------------------------------------------ facts


@dataclass(frozen=True)
class Activity:
    """Something a lead did; it counts for nothing before it is known."""

    activity_type: str
    occurred_at: datetime
    known_at: datetime


@dataclass(frozen=True)
class AttributeRow:
    """A dated value of one attribute; None is a value that was taken away."""

    attribute: str
    value: str | None
    recorded_at: datetime


@dataclass(frozen=True)
class Adjustment:
    """Points given by hand to a group."""

    group_id: str
    points: Decimal
    recorded_at: datetime
    expires_at: datetime | None = None


@dataclass(frozen=True)
class Email:
    """An e-mail sent to the lead, with its first open."""

    message_id: str
    sent_at: datetime
    opened_at: datetime | None = None


@dataclass(frozen=True)
class CrmStage:
    """A CRM status change, already translated to a stage (also recycled, disqualified)."""

    stage: str
    changed_at: datetime


@dataclass(frozen=True)
class Opportunity:
    """A deal; when is_won it was won at closed_at, or at created_at where it has no closed_at."""

    created_at: datetime
    closed_at: datetime | None = None
    is_won: bool = False


@dataclass(frozen=True)
class Lead:
    """Everything known of one lead that a score or a stage can depend on."""

    lead_id: str
    created_at: datetime
    attributes: Mapping[str, str | None] = field(default_factory=dict)
    history: tuple[AttributeRow, ...] = ()
    activities: tuple[Activity, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    emails: tuple[Email, ...] = ()
    crm_stages: tuple[CrmStage, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()

    def __hash__(self) -> int:
        return hash(self.lead_id)


def _decided_at(deal: Opportunity) -> datetime:
    return deal.created_at if deal.closed_at is None else deal.closed_at


@lru_cache(100)
def known_by(lead: Lead, as_of: datetime) -> Lead:
    """The same lead as somebody saw it at `as_of`: nothing later is known."""
    return replace(
        lead,
        history=tuple(row for row in lead.history if row.recorded_at <= as_of),
        activities=tuple(act for act in lead.activities if act.known_at <= as_of),
        adjustments=tuple(adj for adj in lead.adjustments if adj.recorded_at <= as_of),
        emails=tuple(
            mail if mail.opened_at is None or mail.opened_at <= as_of else replace(mail, opened_at=None)
            for mail in lead.emails
            if mail.sent_at <= as_of
        ),
        crm_stages=tuple(event for event in lead.crm_stages if event.changed_at <= as_of),
        opportunities=tuple(
            deal if _decided_at(deal) <= as_of else replace(deal, closed_at=None, is_won=False)
            for deal in lead.opportunities
            if deal.created_at <= as_of
        ),
    )


# ----------------------------------------------------------------------------------- small helpers


def _days(count: int) -> timedelta:
    return timedelta(days=count)


def _is_valid(valid_from: datetime | None, valid_to: datetime | None, moment: datetime) -> bool:
    return (valid_from is None or valid_from <= moment) and (valid_to is None or moment < valid_to)


def round_half_away(value: Fraction, digits: int) -> Fraction:
    """Round to a number of decimals, a half going away from zero."""
    scale = 10**digits
    size = int(abs(value) * scale + Fraction(1, 2))
    return Fraction(size if value >= 0 else -size, scale)


def _to_decimal(value: Fraction) -> Decimal:
    return Decimal(int(value * 10**6)).scaleb(-6)


def _sign(value: Decimal) -> int:
    return (value > 0) - (value < 0)


def clamp(value: Decimal, low: Decimal | None, high: Decimal | None) -> Decimal:
    """Hold a value inside [low, high]; None leaves that side open."""
    if low is not None and value < low:
        return low
    if high is not None and value > high:
        return high
    return value


# -------------------------------------------------------------------------------------- attributes


def attribute_value(lead: Lead, attribute: str, moment: datetime) -> str | None:
    """The attribute's value at a moment at or after created_at.

    Dated rows of an attribute take the place of its column altogether.
    """
    rows = [row for row in lead.history if row.attribute == attribute]
    if not rows:
        return lead.attributes.get(attribute)
    known = [row for row in rows if row.recorded_at <= moment]
    return max(known, key=lambda row: row.recorded_at).value if known else None


def as_number(text: str) -> Decimal | None:
    """The decimal a text stands for, or None when it is not a plain number."""
    return Decimal(text) if re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text) else None


def value_matches(actual: str | None, operator: str, wanted: str | None) -> bool:
    """Whether an attribute's value meets a condition; a missing value meets only `is_missing`."""
    if operator == "is_missing":
        return actual is None
    if actual is None:
        return False
    if operator == "is_present":
        return True
    assert wanted is not None, f"operator {operator} needs a value"
    if operator == "equals":
        return actual == wanted
    if operator == "in":
        return actual in wanted.split("|")
    if operator == "contains":
        return wanted.lower() in actual.lower()
    return _number_matches(as_number(actual), operator, wanted)


def _number_matches(number: Decimal | None, operator: str, wanted: str) -> bool:
    if number is None:
        return False
    if operator == "at_least":
        return number >= Decimal(wanted)
    if operator == "at_most":
        return number <= Decimal(wanted)
    if operator == "between":
        low, high = wanted.split("|")
        return Decimal(low) <= number <= Decimal(high)
    raise ValueError(f"unknown operator {operator!r}")


# ------------------------------------------------------------------------------------ rules' points


@cache
def decayed_points(points: Decimal, decay: str, decay_percent: Decimal | None, periods: int) -> Decimal:
    """What an activity worth `points` is still worth after some whole decay periods."""
    factor = Fraction(1)
    if decay != "none":
        assert decay_percent is not None
        step = Fraction(decay_percent) / 100
        factor = max(Fraction(0), 1 - periods * step) if decay == "linear" else (1 - step) ** periods
    return _to_decimal(round_half_away(round_half_away(Fraction(points) * factor, 12), 6))


def activity_counts(activity: Activity, rule: EngagementRule, moment: datetime) -> bool:
    """Whether an activity counts for an engagement rule at a moment."""
    return (
        activity.activity_type == rule.activity_type
        and _is_valid(rule.valid_from, rule.valid_to, activity.occurred_at)
        and activity.known_at <= moment
        and (rule.window_days is None or moment < activity.occurred_at + _days(rule.window_days))
    )


def activity_points(activity: Activity, rule: EngagementRule, moment: datetime) -> Decimal:
    """The points of one activity that counts for a rule at a moment."""
    periods = 0
    if rule.decay != "none":
        assert rule.decay_days is not None
        periods = (moment - activity.occurred_at) // _days(rule.decay_days)
    return decayed_points(rule.points, rule.decay, rule.decay_percent, periods)


def _engagement_points(lead: Lead, rule: EngagementRule, moment: datetime) -> Decimal:
    counting = [act for act in lead.activities if activity_counts(act, rule, moment)]
    if len(counting) < (1 if rule.min_count is None else rule.min_count):
        return ZERO
    total = sum((activity_points(act, rule, moment) for act in counting), ZERO)
    if rule.max_points is not None and abs(total) > rule.max_points:
        return _sign(total) * rule.max_points
    return total


def _fit_points(lead: Lead, rule: FitRule, moment: datetime) -> Decimal:
    if moment < lead.created_at or not _is_valid(rule.valid_from, rule.valid_to, moment):
        return ZERO
    matches = value_matches(attribute_value(lead, rule.attribute, moment), rule.operator, rule.value)
    return rule.points if matches else ZERO


def rule_points(lead: Lead, rule: FitRule | EngagementRule, moment: datetime) -> Decimal:
    """What one row of a rule contributes to its group at a moment."""
    if isinstance(rule, FitRule):
        return _fit_points(lead, rule, moment)
    return _engagement_points(lead, rule, moment)


def adjustment_points(lead: Lead, adjustment: Adjustment, moment: datetime) -> Decimal:
    """What one adjustment by hand contributes to its group at a moment."""
    begins = max(adjustment.recorded_at, lead.created_at)
    return adjustment.points if _is_valid(begins, adjustment.expires_at, moment) else ZERO


def contributions(lead: Lead, scorecard: Scorecard, moment: datetime) -> list[tuple[str, str, Decimal]]:
    """(rule_id, group_id, points) of every rule row and adjustment, before any clamp; zeros included."""
    rules: tuple[FitRule | EngagementRule, ...] = (*scorecard.fit_rules, *scorecard.engagement_rules)
    groups = {group.group_id for group in scorecard.groups}
    rows = [(rule.rule_id, rule.group_id, rule_points(lead, rule, moment)) for rule in rules]
    return rows + [
        (f"adjustment:{adj.group_id}", adj.group_id, adjustment_points(lead, adj, moment))
        for adj in lead.adjustments
        if adj.group_id in groups
    ]


# ------------------------------------------------------------------------------------------ scores


@dataclass(frozen=True)
class Scores:
    """All scores of one lead and scorecard at one moment, with the groups before and after their clamps."""

    unclamped: Mapping[str, Decimal]
    groups: Mapping[str, Decimal]
    fit: Decimal
    engagement: Decimal
    score: Decimal


@lru_cache(10_000)
def scores(lead: Lead, scorecard: Scorecard, moment: datetime) -> Scores:
    """Every score of a lead at a moment."""
    rows = contributions(lead, scorecard, moment)
    unclamped = {
        group.group_id: sum((points for _, group_id, points in rows if group_id == group.group_id), ZERO)
        for group in scorecard.groups
    }
    groups = {
        group.group_id: clamp(unclamped[group.group_id], group.min_points, group.max_points)
        for group in scorecard.groups
    }
    fit = max(ZERO, _dimension_sum(scorecard, groups, "fit"))
    engagement = max(ZERO, _dimension_sum(scorecard, groups, "engagement"))
    return Scores(unclamped, groups, fit, engagement, clamp(fit + engagement, ZERO, scorecard.max_score))


def _dimension_sum(scorecard: Scorecard, groups: Mapping[str, Decimal], dimension: str) -> Decimal:
    return sum((groups[group.group_id] for group in scorecard.groups if group.dimension == dimension), ZERO)


def group_points(lead: Lead, scorecard: Scorecard, group: ScoreGroup, moment: datetime) -> Decimal:
    """A group's points at a moment, inside its limits."""
    return scores(lead, scorecard, moment).groups[group.group_id]


def fit_score(lead: Lead, scorecard: Scorecard, moment: datetime) -> Decimal:
    """Who the lead is: the sum of the fit groups, at least 0."""
    return scores(lead, scorecard, moment).fit


def engagement_score(lead: Lead, scorecard: Scorecard, moment: datetime) -> Decimal:
    """What the lead does: the sum of the engagement groups, at least 0."""
    return scores(lead, scorecard, moment).engagement


def score(lead: Lead, scorecard: Scorecard, moment: datetime) -> Decimal:
    """Fit and engagement together, inside [0, max_score]."""
    return scores(lead, scorecard, moment).score


def _band(scorecard: Scorecard, dimension: str, points: Decimal) -> str:
    reached = [band for band in scorecard.bands if band.dimension == dimension and band.min_points <= points]
    return max(reached, key=lambda band: band.min_points).band if reached else ""


def grade(lead: Lead, scorecard: Scorecard, moment: datetime) -> str:
    """The fit band followed by the engagement band, such as A1."""
    found = scores(lead, scorecard, moment)
    return _band(scorecard, "fit", found.fit) + _band(scorecard, "engagement", found.engagement)


def reasons(lead: Lead, scorecard: Scorecard, moment: datetime) -> dict[str, Decimal]:
    """Points per rule_id at a moment, with every clamp as a row of its own; zero rows are left out."""
    found = scores(lead, scorecard, moment)
    rows = [(rule_id, points) for rule_id, _, points in contributions(lead, scorecard, moment)]
    rows += [(f"clamp:{group_id}", found.groups[group_id] - found.unclamped[group_id]) for group_id in found.groups]
    rows.append(("clamp:fit", found.fit - _dimension_sum(scorecard, found.groups, "fit")))
    rows.append(("clamp:engagement", found.engagement - _dimension_sum(scorecard, found.groups, "engagement")))
    rows.append(("clamp:score", found.score - found.fit - found.engagement))
    return _summed(rows)


def _summed(rows: Iterable[tuple[Key, Decimal]]) -> dict[Key, Decimal]:
    totals: dict[Key, Decimal] = {}
    for key, points in rows:
        totals[key] = totals.get(key, ZERO) + points
    return {key: points for key, points in totals.items() if points != 0}


# ----------------------------------------------------------------------------------------- moments


def _last_decay_period(rule: EngagementRule) -> int:
    """The number of decay periods after which an activity's points cannot change any more."""
    if rule.decay == "none":
        return 0
    assert rule.decay_days is not None and rule.decay_percent is not None
    if rule.window_days is not None:
        return rule.window_days // rule.decay_days + 1
    assert rule.decay == "linear", "exponential decay needs a window"
    return int(100 / rule.decay_percent) + 1 if rule.decay_percent else 0


def _engagement_moments(lead: Lead, rule: EngagementRule) -> Iterator[datetime]:
    for activity in lead.activities:
        if activity.activity_type != rule.activity_type:
            continue
        yield activity.known_at
        if rule.window_days is not None:
            yield activity.occurred_at + _days(rule.window_days)
        for period in range(1, _last_decay_period(rule) + 1):
            yield activity.occurred_at + _days(period * (rule.decay_days or 0))


def _fit_moments(lead: Lead, rule: FitRule) -> Iterator[datetime]:
    yield lead.created_at
    yield from (row.recorded_at for row in lead.history if row.attribute == rule.attribute)
    yield from (edge for edge in (rule.valid_from, rule.valid_to) if edge is not None)


def _adjustment_moments(lead: Lead) -> Iterator[datetime]:
    for adjustment in lead.adjustments:
        yield from (edge for edge in (adjustment.recorded_at, adjustment.expires_at) if edge is not None)


def _stage_moments(lead: Lead, scorecard: Scorecard) -> Iterator[datetime]:
    for clause in scorecard.stage_rules:
        yield from (edge for edge in (clause.valid_from, clause.valid_to) if edge is not None)
        for activity in lead.activities:
            yield activity.known_at
            if clause.window_days is not None:
                yield activity.occurred_at + _days(clause.window_days)
    for mail in lead.emails:
        yield mail.sent_at
        if mail.opened_at is not None:
            yield mail.opened_at
    yield from (row.recorded_at for row in lead.history)


def score_moments(lead: Lead, scorecard: Scorecard) -> list[datetime]:
    """Every moment, past or future, at which a score of this lead could change; in order."""
    found = {lead.created_at, *_adjustment_moments(lead)}
    for fit_rule in scorecard.fit_rules:
        found.update(_fit_moments(lead, fit_rule))
    for rule in scorecard.engagement_rules:
        found.update(_engagement_moments(lead, rule))
    return sorted(moment for moment in found if moment >= lead.created_at)


def moments(lead: Lead, scorecard: Scorecard) -> list[datetime]:
    """Every moment at which a score, a clause or an exclusion of this lead could change; in order."""
    found = {*score_moments(lead, scorecard), *_stage_moments(lead, scorecard)}
    return sorted(moment for moment in found if moment >= lead.created_at)


@dataclass(frozen=True, order=True)
class Entry:
    """One row of the ledger: a change of what a rule contributes."""

    entry_at: datetime
    rule_id: str
    group_id: str
    points: Decimal


def ledger(lead: Lead, scorecard: Scorecard) -> list[Entry]:
    """All entries, also future ones: differences of the contributions from moment to moment."""
    before: dict[tuple[str, str], Decimal] = {}
    entries: list[Entry] = []
    for moment in score_moments(lead, scorecard):
        rows = contributions(lead, scorecard, moment)
        now = _summed(((rule_id, group_id), points) for rule_id, group_id, points in rows)
        for key in sorted(before.keys() | now.keys()):
            change = now.get(key, ZERO) - before.get(key, ZERO)
            if change:
                entries.append(Entry(moment, *key, change))
        before = now
    return entries


def score_history(lead: Lead, scorecard: Scorecard) -> list[tuple[datetime, Decimal, Decimal, Decimal]]:
    """(from, fit, engagement, score) at created_at and at each later moment that changes one of them."""
    history: list[tuple[datetime, Decimal, Decimal, Decimal]] = []
    for moment in score_moments(lead, scorecard):
        found = scores(lead, scorecard, moment)
        values = (found.fit, found.engagement, found.score)
        if not history or history[-1][1:] != values:
            history.append((moment, *values))
    return history


def next_drop(lead: Lead, scorecard: Scorecard, after: datetime) -> tuple[datetime, Decimal] | None:
    """When the score will first be lower than it was just before if nothing else happens, and by how much."""
    before = score(lead, scorecard, after)
    for moment in score_moments(lead, scorecard):
        if moment > after:
            now = score(lead, scorecard, moment)
            if now < before:
                return moment, now - before
            before = now
    return None


# ------------------------------------------------------------------------------------ stage rules


def _trailing_opens(lead: Lead, moment: datetime) -> int:
    """How many of the last e-mails sent by a moment were opened, counted back to the first that was not."""
    sent = sorted(
        (mail for mail in lead.emails if mail.sent_at <= moment), key=lambda mail: (mail.sent_at, mail.message_id)
    )
    run = 0
    for mail in reversed(sent):
        if mail.opened_at is None or mail.opened_at > moment:
            break
        run += 1
    return run


def metric_value(lead: Lead, scorecard: Scorecard, clause: StageRule, moment: datetime) -> Decimal:
    """The number that a clause compares with its value at a moment."""
    if clause.metric == "score":
        return score(lead, scorecard, moment)
    if clause.metric == "fit_score":
        return fit_score(lead, scorecard, moment)
    if clause.metric == "engagement_score":
        return engagement_score(lead, scorecard, moment)
    if clause.metric == "last_emails_opened":
        return Decimal(_trailing_opens(lead, moment))
    kind, _, activity_type = clause.metric.partition(":")
    if kind != "count":
        raise ValueError(f"unknown metric {clause.metric!r}")
    return Decimal(_trailing_count(lead, activity_type, clause.window_days, moment))


def _trailing_count(lead: Lead, activity_type: str, window_days: int | None, moment: datetime) -> int:
    return sum(
        activity.activity_type == activity_type
        and activity.known_at <= moment
        and activity.occurred_at <= moment
        and (window_days is None or moment - _days(window_days) < activity.occurred_at)
        for activity in lead.activities
    )


def clause_holds(lead: Lead, scorecard: Scorecard, clause: StageRule, moment: datetime) -> bool:
    """Whether one version of a clause holds at a moment, its validity aside."""
    value = metric_value(lead, scorecard, clause, moment)
    return value >= clause.value if clause.operator == ">=" else value <= clause.value


def clause_versions(rows: Sequence[StageRule]) -> list[StageRule]:
    """The versions of one clause in time order; an open end is closed by the next version's beginning."""
    ordered = sorted(rows, key=lambda row: row.valid_from or datetime.min)
    followers = [*ordered[1:], None]
    return [
        replace(row, valid_to=follower.valid_from) if row.valid_to is None and follower is not None else row
        for row, follower in zip(ordered, followers, strict=True)
    ]


def rule_holds(lead: Lead, scorecard: Scorecard, stage: str, rule_id: str, moment: datetime) -> bool:
    """Whether each clause of a stage rule has a version that is valid and holds at a moment."""
    rows = [row for row in scorecard.stage_rules if row.stage == stage and row.rule_id == rule_id]
    clauses = {row.clause for row in rows}
    return bool(clauses) and all(
        any(
            _is_valid(version.valid_from, version.valid_to, moment) and clause_holds(lead, scorecard, version, moment)
            for version in clause_versions([row for row in rows if row.clause == number])
        )
        for number in clauses
    )


def is_excluded(lead: Lead, exclusions: Iterable[Exclusion], moment: datetime) -> bool:
    """Whether any exclusion matches the lead's attributes at a moment."""
    return any(
        value_matches(attribute_value(lead, row.attribute, moment), row.operator, row.value) for row in exclusions
    )


@dataclass(frozen=True)
class StageEntry:
    """A stage entered by rule: when, by which rule, with which score."""

    entered_at: datetime
    rule_id: str
    score: Decimal


def new_positive_moments(lead: Lead, scorecard: Scorecard, after: datetime) -> list[datetime]:
    """The moments after `after` at which an activity worth positive points became known; in order."""
    return sorted(
        {
            activity.known_at
            for activity in lead.activities
            for rule in scorecard.engagement_rules
            if activity.known_at > after
            and activity_counts(activity, rule, activity.known_at)
            and activity_points(activity, rule, activity.known_at) > 0
        }
    )


def stage_entry_by_rules(
    lead: Lead,
    scorecard: Scorecard,
    stage: str,
    until: datetime,
    exclusions: Sequence[Exclusion] = (),
    recycled_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> StageEntry | None:
    """The first entry into a stage by rule, at or before `until`.

    After a recycling (`recycled_at`) only moments of new positive-point activities can lead in. The
    cycle itself ends just before `ended_at`.
    """
    rule_ids = sorted({row.rule_id for row in scorecard.stage_rules if row.stage == stage})
    candidates = moments(lead, scorecard) if recycled_at is None else new_positive_moments(lead, scorecard, recycled_at)
    for moment in candidates:
        if moment > until or (ended_at is not None and moment >= ended_at):
            return None
        if is_excluded(lead, exclusions, moment):
            continue
        for rule_id in rule_ids:
            if rule_holds(lead, scorecard, stage, rule_id, moment):
                return StageEntry(moment, rule_id, score(lead, scorecard, moment))
    return None


# --------------------------------------------------------------------------------------- lifecycle


@dataclass(frozen=True)
class Cycle:
    """One pass of a lead through the stages.

    `by_rules` and `by_crm` keep both dates; `entered` has the stages the lead entered itself, and
    `skipped` those it jumped over on its way to `furthest`. `disqualified` has every disqualification.
    """

    number: int
    started_at: datetime
    ended_at: datetime | None
    by_rules: Mapping[str, StageEntry]
    by_crm: Mapping[str, datetime]
    entered: Mapping[str, datetime]
    skipped: tuple[str, ...]
    furthest: str
    disqualified: tuple[datetime, ...]

    def rule_of(self, stage: str) -> str | None:
        """The rule by which the stage was entered; None where something else came first."""
        entry = self.by_rules.get(stage)
        return entry.rule_id if entry is not None and self.entered.get(stage) == entry.entered_at else None

    @property
    def is_disqualified(self) -> bool:
        """Whether sales disqualified the lead at or after the last stage that it entered."""
        last = max(self.entered.values(), default=self.started_at)
        return any(moment >= last for moment in self.disqualified)


def _first(times: Iterable[datetime]) -> datetime | None:
    return min(times, default=None)


def crm_stage_times(lead: Lead, stage: str) -> list[datetime]:
    """The moments of a CRM stage, none before the lead was created."""
    return sorted(max(event.changed_at, lead.created_at) for event in lead.crm_stages if event.stage == stage)


def win_times(lead: Lead) -> list[datetime]:
    """The moments of won opportunities in order, none before the lead was created."""
    return sorted(max(_decided_at(deal), lead.created_at) for deal in lead.opportunities if deal.is_won)


def _in_cycle(times: Iterable[datetime], started_at: datetime, ended_at: datetime | None) -> list[datetime]:
    return [moment for moment in times if started_at <= moment and (ended_at is None or moment < ended_at)]


def _deal_candidates(lead: Lead, started_at: datetime, ended_at: datetime | None) -> dict[str, datetime]:
    created = [max(deal.created_at, lead.created_at) for deal in lead.opportunities]
    wins = win_times(lead)
    times = {"opportunity": created, "customer": wins[:1], "repeat_customer": wins[1:2]}
    firsts = {stage: _first(_in_cycle(found, started_at, ended_at)) for stage, found in times.items()}
    return {stage: moment for stage, moment in firsts.items() if moment is not None}


def _by_authority(stage: str, authority: str, entry: StageEntry | None, crm: datetime | None) -> datetime | None:
    by_rules = None if entry is None else entry.entered_at
    if authority == "rules":
        return by_rules
    if authority == "crm":
        return crm
    assert authority == "earliest", f"unknown authority {authority!r} of {stage}"
    return _first(moment for moment in (by_rules, crm) if moment is not None)


def without_jumped(candidates: Mapping[str, datetime]) -> dict[str, datetime]:
    """The stages entered: those not later than any stage that comes after them."""
    return {
        stage: candidates[stage]
        for position, stage in enumerate(STAGES)
        if stage in candidates
        and all(candidates[stage] <= candidates[later] for later in STAGES[position + 1 :] if later in candidates)
    }


def _cycle(
    lead: Lead,
    criteria: Criteria,
    authority: Mapping[str, str],
    as_of: datetime,
    number: int,
    started_at: datetime,
    ended_at: datetime | None,
) -> Cycle:
    recycled_at = started_at if number > 1 else None
    entries = {
        stage: stage_entry_by_rules(lead, criteria.champion, stage, as_of, criteria.exclusions, recycled_at, ended_at)
        for stage in RULE_STAGES
    }
    by_rules = {stage: entry for stage, entry in entries.items() if entry is not None}
    crm = {
        stage: _first(_in_cycle(crm_stage_times(lead, stage), started_at, ended_at)) for stage in ("mql", "sal", "sql")
    }
    candidates = _deal_candidates(lead, started_at, ended_at)
    for stage in ("mql", "sal", "sql"):
        moment = _by_authority(stage, authority[stage], by_rules.get(stage), crm[stage])
        if moment is not None:
            candidates[stage] = moment
    entered = without_jumped(candidates)
    reached = [stage for stage in STAGES if stage in entered]
    furthest = reached[-1] if reached else "lead"
    passed = STAGES[: STAGES.index(furthest)] if reached else ()
    return Cycle(
        number=number,
        started_at=started_at,
        ended_at=ended_at,
        by_rules=by_rules,
        by_crm={stage: moment for stage, moment in crm.items() if moment is not None},
        entered=entered,
        skipped=tuple(stage for stage in passed if stage not in entered),
        furthest=furthest,
        disqualified=tuple(_in_cycle(crm_stage_times(lead, "disqualified"), started_at, ended_at)),
    )


def _mql_expiry(cycle: Cycle, mql_expiry_days: int | None, as_of: datetime) -> datetime | None:
    """When a cycle ends for want of an SQL, if it does by `as_of`."""
    if mql_expiry_days is None or "mql" not in cycle.entered:
        return None
    expiry = cycle.entered["mql"] + _days(mql_expiry_days)
    later = (cycle.entered[stage] for stage in STAGES[2:] if stage in cycle.entered)
    if expiry > as_of or any(moment < expiry for moment in later):
        return None
    return expiry if cycle.ended_at is None or expiry < cycle.ended_at else None


def lifecycle(
    lead: Lead,
    criteria: Criteria,
    as_of: datetime,
    authority: Mapping[str, str] = DEFAULT_AUTHORITY,
    mql_expiry_days: int | None = None,
) -> list[Cycle]:
    """All cycles of a lead by the champion scorecard, as seen at `as_of`."""
    lead = known_by(lead, as_of)
    recyclings = crm_stage_times(lead, "recycled")
    cycles: list[Cycle] = []
    started_at: datetime | None = lead.created_at
    while started_at is not None:
        ended_at = _first(moment for moment in recyclings if moment > started_at)
        cycle = _cycle(lead, criteria, authority, as_of, len(cycles) + 1, started_at, ended_at)
        expiry = _mql_expiry(cycle, mql_expiry_days, as_of)
        if expiry is not None:
            ended_at = expiry
            cycle = _cycle(lead, criteria, authority, as_of, len(cycles) + 1, started_at, ended_at)
        cycles.append(cycle)
        started_at = ended_at
    return cycles


@dataclass(frozen=True)
class LeadStages:
    """What became of a lead over all its cycles, and where it stands in the last one."""

    stage: str
    furthest: str
    skipped: tuple[str, ...]
    entered: Mapping[str, datetime]
    rules: Mapping[str, str | None]
    by_rules: Mapping[str, datetime]
    by_crm: Mapping[str, datetime]


def lead_stages(cycles: Sequence[Cycle]) -> LeadStages:
    """The first date of each stage over all cycles, and the stage that the lead is in now."""
    firsts: dict[str, Cycle] = {}
    for stage in STAGES:
        within = [cycle for cycle in cycles if stage in cycle.entered]
        if within:
            firsts[stage] = min(within, key=lambda cycle: cycle.entered[stage])
    furthest = max(firsts, key=STAGES.index, default=None)
    passed = () if furthest is None else STAGES[: STAGES.index(furthest)]
    current = cycles[-1]
    stage = "recycled" if len(cycles) > 1 and not current.entered else current.furthest
    return LeadStages(
        stage="disqualified" if current.is_disqualified else stage,
        furthest=furthest or "lead",
        skipped=tuple(stage for stage in passed if stage not in firsts),
        entered={stage: cycle.entered[stage] for stage, cycle in firsts.items()},
        rules={stage: cycle.rule_of(stage) for stage, cycle in firsts.items()},
        by_rules=_earliest({stage: entry.entered_at for stage, entry in cycle.by_rules.items()} for cycle in cycles),
        by_crm=_earliest(cycle.by_crm for cycle in cycles),
    )


def _earliest(found: Iterable[Mapping[str, datetime]]) -> dict[str, datetime]:
    firsts: dict[str, datetime] = {}
    for times in found:
        for stage, moment in times.items():
            firsts[stage] = min(moment, firsts.get(stage, moment))
    return firsts

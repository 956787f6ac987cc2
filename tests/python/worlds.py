"""Random small worlds: valid criteria, and leads whose facts fall on and beside every limit.

Moments are whole days apart with a few odd seconds, so that windows end, decay steps fall and
validity begins at exactly the moments at which something else happens. The as-of time is fixed:
the world is laid out before it, and facts later than it are dropped, as the build would do.

A world is drawn from one number. Drawn piece by piece, most examples that hypothesis makes are
nearly empty or near copies of each other; this way each is another world, and a full one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any, TypeVar

from hypothesis import strategies as st

import reference as ref

AS_OF = datetime(2024, 6, 30)
SPAN_DAYS = 100

# Columns of a lead that a world fills, and attributes that only `lead_attributes` can know.
TEXT_COLUMNS = ("industry", "country", "job_title")
COUNT_COLUMN, MONEY_COLUMN = "employee_count", "budget"
EMPTY_COLUMN = "company_name"
NUMBER_ATTRIBUTES = (COUNT_COLUMN, MONEY_COLUMN, "account_employee_count", "seats")
TEXT_ATTRIBUTES = (*TEXT_COLUMNS, EMPTY_COLUMN, "account_industry", "plan")

TEXT_VALUES = ("software", "Software", "retail", "software retail", "it's 100%", "a_b", "Zürich")
NUMBER_VALUES = ("0", "1", "10", "49", "50", "500")
MONEY_VALUES = (*NUMBER_VALUES, "49.5", "0.25")
LOOSE_NUMBERS = (*NUMBER_VALUES, "49.5", "-3", "many")

ACTIVITY_TYPES = ("page_view", "pricing_page_view", "ebook_download", "demo_request", "email_open")
GROUPS = {
    "fit": ("profile", "company"),
    "engagement": ("activity", "content"),
}
CRM_STAGES = ("lead", "mql", "sal", "sql", "disqualified")

TEXT_OPERATORS = ("equals", "in", "contains")
NUMBER_OPERATORS = ("at_least", "at_most", "between")
ANY_OPERATORS = ("is_present", "is_missing")

Thing = TypeVar("Thing")
Span = tuple[datetime | None, datetime | None]


@dataclass(frozen=True)
class World:
    """Criteria and leads, with the moment they are looked at from."""

    criteria: ref.Criteria
    leads: tuple[ref.Lead, ...]
    as_of: datetime


# ------------------------------------------------------------------------------------ small values

POINTS = ("5", "10", "20", "1", "2.5", "0.01", "7.35", "-5", "-15")
PERCENTS = ("10", "25", "50", "33.3", "12.5", "100")
SECONDS = (0, 0, 0, 0, 1, 3600, 86399)
WINDOWS = (1, 7, 10, 30)
DELAYS = (*[timedelta(0)] * 4, timedelta(seconds=1), timedelta(hours=1), timedelta(7), timedelta(30))


class Dice(Random):
    """Random choices of the kinds that a world is made of."""

    def __init__(self, number: int, start: datetime) -> None:
        super().__init__(number)
        self.start = start

    def amount(self, *values: str) -> Decimal:
        """One of some decimals."""
        return Decimal(self.choice(values))

    def maybe(self, *values: Thing) -> Thing | None:
        """One of some values, or nothing as often as any of them twice."""
        return self.choice([None, None, *values])

    def some(self, make: Callable[[], Thing], most: int) -> list[Thing]:
        """Up to `most` things."""
        return [make() for _ in range(self.randint(0, most))]

    def moment(self) -> datetime:
        """A moment of the world, most often the beginning of a day."""
        return self.start + timedelta(self.randint(0, SPAN_DAYS), self.choice(SECONDS))

    def spans(self) -> list[Span]:
        """Validities of one to three versions, in order and without overlap; some with a gap."""
        a, b, c = (self.start + timedelta(day) for day in sorted(self.sample(range(SPAN_DAYS), 3)))
        always: list[Span] = [(None, None)]
        shapes: list[list[Span]] = [
            *[always] * 4,
            [(a, None)],
            [(None, b)],
            *[[(None, a), (a, None)]] * 2,
            [(None, a), (b, c)],
            [(None, a), (a, b), (b, None)],
        ]
        return self.choice(shapes)


# ---------------------------------------------------------------------------------------- criteria


def _condition(dice: Dice) -> tuple[str, str, str | None]:
    """(attribute, operator, value) of a fit rule or an exclusion; now and then a text is asked for as a number."""
    names, likely, other = dice.choice(
        [
            (TEXT_ATTRIBUTES, TEXT_OPERATORS, NUMBER_OPERATORS),
            (NUMBER_ATTRIBUTES, NUMBER_OPERATORS, TEXT_OPERATORS),
        ]
    )
    attribute = dice.choice(names)
    operator = dice.choice((*likely * 3, *other, *ANY_OPERATORS))
    if operator in ANY_OPERATORS:
        return attribute, operator, None
    if operator == "contains":
        return attribute, operator, dice.choice(["SOFT", "retail", "%", "_", "0"])
    values = NUMBER_VALUES if operator in NUMBER_OPERATORS or attribute in NUMBER_ATTRIBUTES else TEXT_VALUES
    if operator == "between":
        return attribute, operator, "|".join(sorted((dice.choice(values), dice.choice(values)), key=Decimal))
    count = dice.randint(1, 3) if operator == "in" else 1
    return attribute, operator, "|".join(dice.choice(values) for _ in range(count))


def _groups(dice: Dice) -> tuple[ref.ScoreGroup, ...]:
    """Two to four groups, at least one in each dimension; limits lie on both sides of 0."""
    return tuple(
        ref.ScoreGroup(
            group_id,
            dimension,
            dice.maybe(*map(Decimal, ("0", "-10", "-20"))),
            dice.maybe(*map(Decimal, ("0", "12.5", "30", "60"))),
        )
        for dimension, names in GROUPS.items()
        for group_id in names[: dice.randint(1, 2)]
    )


def _group_ids(groups: Sequence[ref.ScoreGroup], dimension: str) -> list[str]:
    return [group.group_id for group in groups if group.dimension == dimension]


def _fit_rules(dice: Dice, groups: Sequence[ref.ScoreGroup]) -> tuple[ref.FitRule, ...]:
    """Two to six fit rules, some of them in several versions."""
    return tuple(
        ref.FitRule(
            f"fit_{number}", dice.choice(_group_ids(groups, "fit")), *_condition(dice), dice.amount(*POINTS), *span
        )
        for number in range(dice.randint(2, 6))
        for span in dice.spans()
    )


def _engagement_rule(dice: Dice, rule_id: str, groups: Sequence[ref.ScoreGroup], span: Span) -> ref.EngagementRule:
    """One version of an engagement rule with any mix of count, window, cap and decay."""
    decay = dice.choice(["none", "none", "linear", "exponential"])
    return ref.EngagementRule(
        rule_id=rule_id,
        group_id=dice.choice(_group_ids(groups, "engagement")),
        activity_type=dice.choice(ACTIVITY_TYPES),
        points=dice.amount(*POINTS),
        min_count=dice.maybe(1, 2, 3),
        window_days=dice.choice(WINDOWS) if decay == "exponential" else dice.maybe(*WINDOWS),
        max_points=dice.maybe(*map(Decimal, ("0", "5", "12.5", "20"))),
        decay=decay,
        decay_days=None if decay == "none" else dice.choice([1, 3, 7, 30]),
        decay_percent=None if decay == "none" else dice.amount(*PERCENTS),
        valid_from=span[0],
        valid_to=span[1],
    )


def _engagement_rules(dice: Dice, groups: Sequence[ref.ScoreGroup]) -> tuple[ref.EngagementRule, ...]:
    """Three to eight engagement rules, some of them in several versions."""
    return tuple(
        _engagement_rule(dice, f"act_{number}", groups, span)
        for number in range(dice.randint(3, 8))
        for span in dice.spans()
    )


def _metric(dice: Dice) -> tuple[str, str, Decimal, int | None]:
    """(metric, operator, value, window_days) of one version of a clause."""
    operator = dice.choice([*[">="] * 6, "<="])
    counts = [f"count:{activity_type}" for activity_type in ACTIVITY_TYPES]
    metric = dice.choice(["score", "score", "fit_score", "engagement_score", "last_emails_opened", *counts])
    if metric == "last_emails_opened":
        return metric, ">=", dice.amount("1", "2", "3"), None
    if metric in counts:
        return metric, operator, dice.amount("1", "1", "2", "3", "0"), dice.maybe(*WINDOWS)
    return metric, operator, dice.amount("5", "7.5", "10", "20", "35", "0"), None


def _clause_spans(dice: Dice) -> list[Span]:
    """Spans of a clause's versions; an end that the next version gives anyway is sometimes left open."""
    spans = dice.spans()
    return [(begin, dice.choice([end, None])) for (begin, end), _ in pairwise(spans)] + spans[-1:]


def _stage_rules(dice: Dice) -> tuple[ref.StageRule, ...]:
    """Up to three rules per stage of one to three clauses, some of them in several versions."""
    return tuple(
        ref.StageRule(stage, f"{stage}_{number}", clause, *_metric(dice), *span)
        for stage in ref.RULE_STAGES
        for number in range(dice.randint(0, 3))
        for clause in range(1, dice.choice([1, 1, 2, 3]) + 1)
        for span in _clause_spans(dice)
    )


def _bands(dice: Dice) -> tuple[ref.ScoreBand, ...]:
    """The bands of both dimensions; the lowest begins at 0, so that every score has one."""
    return tuple(
        ref.ScoreBand(dimension, band, Decimal(min_points))
        for dimension, names in (("fit", "DCBA"), ("engagement", "4321"))
        for band, min_points in zip(
            names, ["0", *sorted(dice.sample(["5", "7.5", "10", "20", "40"], 3), key=Decimal)], strict=True
        )
    )


def _scorecard(dice: Dice, scorecard_id: str, is_champion: bool) -> ref.Scorecard:
    groups = _groups(dice)
    return ref.Scorecard(
        scorecard_id=scorecard_id,
        is_champion=is_champion,
        max_score=dice.amount("20", "50", "100"),
        groups=groups,
        fit_rules=_fit_rules(dice, groups),
        engagement_rules=_engagement_rules(dice, groups),
        stage_rules=_stage_rules(dice),
        bands=_bands(dice),
    )


def _criteria(dice: Dice) -> ref.Criteria:
    """One to three scorecards, one of them the champion, and up to three exclusions."""
    count = dice.randint(1, 3)
    champion = dice.randrange(count)
    wanted = [_condition(dice) for _ in range(dice.choice([0, 0, 1, 2, 3]))]
    return ref.Criteria(
        tuple(_scorecard(dice, f"card_{number}", number == champion) for number in range(count)),
        tuple(ref.Exclusion(*row, f"reason_{number}") for number, row in enumerate(dict.fromkeys(wanted))),
    )


# ------------------------------------------------------------------------------------------- leads


def _activity(dice: Dice, created_at: datetime) -> ref.Activity:
    """An activity, perhaps before the lead was created, perhaps known only later."""
    occurred_at = dice.moment()
    known_at = max(occurred_at + dice.choice(DELAYS), created_at)
    return ref.Activity(dice.choice(ACTIVITY_TYPES), occurred_at, known_at)


def _adjustment(dice: Dice) -> ref.Adjustment:
    """Points by hand, for ever or for some days."""
    recorded_at = dice.moment()
    lasting = dice.maybe(0, 1, 7, 30)
    return ref.Adjustment(
        group_id=dice.choice([name for names in GROUPS.values() for name in names]),
        points=dice.amount(*POINTS),
        recorded_at=recorded_at,
        expires_at=None if lasting is None else recorded_at + timedelta(lasting),
    )


def _attribute_row(dice: Dice, asked: Sequence[str]) -> ref.AttributeRow:
    """A dated value of an attribute that some condition asks for, or the taking away of one."""
    attribute = dice.choice(asked)
    values = LOOSE_NUMBERS if attribute in NUMBER_ATTRIBUTES else TEXT_VALUES
    return ref.AttributeRow(attribute, dice.choice([None, *values]), dice.moment())


def _emails(dice: Dice) -> tuple[ref.Email, ...]:
    """Up to six e-mails, some of them sent at one moment, most of them opened."""
    rows: list[ref.Email] = []
    for number in range(dice.randint(0, 6)):
        sent_at = dice.choice([dice.moment(), *(row.sent_at for row in rows[-1:])])
        delay = dice.choice([None, timedelta(0), timedelta(seconds=90), timedelta(1), timedelta(7)])
        rows.append(ref.Email(f"message_{number}", sent_at, None if delay is None else sent_at + delay))
    dice.shuffle(rows)
    return tuple(replace(row, message_id=f"message_{number}") for number, row in enumerate(rows))


def _crm_stages(dice: Dice, others: Sequence[datetime]) -> tuple[ref.CrmStage, ...]:
    """Up to four status changes and up to two recyclings, some at the very moment of something else."""
    events = dice.some(lambda: ref.CrmStage(dice.choice(CRM_STAGES), dice.moment()), 4)
    occasions = [dice.moment(), *others, *(event.changed_at for event in events)]
    recycled = dice.some(lambda: ref.CrmStage("recycled", dice.choice(occasions)), 2)
    return (*events, *recycled)


def _opportunity(dice: Dice) -> ref.Opportunity:
    """A deal: open, lost or won, the latter perhaps without the date of it."""
    created_at = dice.moment()
    outcome = dice.choice(["open", "lost", "won", "won", "won", "undated"])
    if outcome in {"open", "undated"}:
        return ref.Opportunity(created_at, None, outcome == "undated")
    return ref.Opportunity(created_at, created_at + timedelta(dice.choice([0, 1, 7, 30])), outcome == "won")


def _attributes(dice: Dice) -> dict[str, str | None]:
    values: dict[str, str | None] = {column: dice.choice([None, *TEXT_VALUES]) for column in TEXT_COLUMNS}
    values[COUNT_COLUMN] = dice.choice([None, *NUMBER_VALUES])
    values[MONEY_COLUMN] = dice.choice([None, *MONEY_VALUES])
    if dice.choice([True, False]):
        values["account_industry"] = dice.choice([None, *TEXT_VALUES])
        values["account_employee_count"] = dice.choice([None, *NUMBER_VALUES])
    return values


def _distinct(rows: list[ref.AttributeRow]) -> tuple[ref.AttributeRow, ...]:
    return tuple({(row.attribute, row.recorded_at): row for row in rows}.values())


def _lead(dice: Dice, as_of: datetime, lead_id: str, asked: Sequence[str]) -> ref.Lead:
    """One lead with everything that can happen to it by `as_of`.

    A deal may be closed later: it is told by its creation, so the build knows of it before.
    """
    latest = min(SPAN_DAYS // 2, (as_of - dice.start).days)
    created_at = dice.start + timedelta(dice.randrange(latest), dice.choice(SECONDS))
    acts = [_activity(dice, created_at) for _ in range(dice.choice([0, 3, 6, 9, 12, 15]))]
    deals = [_opportunity(dice) for _ in range(dice.choice([0, 0, 0, 1, 3, 5]))]
    lead = ref.Lead(
        lead_id=lead_id,
        created_at=created_at,
        attributes=_attributes(dice),
        history=_distinct(dice.some(lambda: _attribute_row(dice, asked), 6)),
        activities=tuple(acts),
        adjustments=tuple(dice.some(lambda: _adjustment(dice), 3)),
        emails=_emails(dice),
        crm_stages=_crm_stages(dice, [created_at, *(act.known_at for act in acts)]),
    )
    return replace(ref.known_by(lead, as_of), opportunities=tuple(deal for deal in deals if deal.created_at <= as_of))


def world_of(number: int) -> World:
    """The world of a number; its as-of time lies inside its span or some time after it."""
    days = Random(number).randint(SPAN_DAYS // 4, SPAN_DAYS + 40)
    dice = Dice(number, AS_OF - timedelta(days))
    criteria = _criteria(dice)
    asked = [rule.attribute for card in criteria.scorecards for rule in card.fit_rules]
    asked += [row.attribute for row in criteria.exclusions]
    leads = tuple(_lead(dice, AS_OF, f"lead_{position}", asked) for position in range(dice.randint(2, 5)))
    return World(criteria, leads, AS_OF)


def worlds() -> st.SearchStrategy[World]:
    """Any world."""
    return st.integers(0, 2**62).map(world_of)


# ----------------------------------------------------------------------------------- smaller worlds

Piece = tuple[str | int, ...]
RULES = ("fit_rules", "engagement_rules", "stage_rules")
FACTS = ("history", "activities", "adjustments", "emails", "crm_stages", "opportunities")


def _pieces(world: World) -> list[Piece]:
    """All that can be left out of a world: leads, challengers, exclusions, rules, facts."""
    cards = world.criteria.scorecards
    found: list[Piece] = [(lead.lead_id,) for lead in world.leads]
    found += [(card.scorecard_id,) for card in cards if not card.is_champion]
    found += [("exclusions", number) for number in range(len(world.criteria.exclusions))]
    found += [(card.scorecard_id, name, n) for card in cards for name in RULES for n in range(len(getattr(card, name)))]
    found += [
        (lead.lead_id, name, n) for lead in world.leads for name in FACTS for n in range(len(getattr(lead, name)))
    ]
    return found


def _without(world: World, dropped: set[Piece]) -> World:
    def kept(found: Sequence[Thing], *path: str) -> tuple[Thing, ...]:
        return tuple(thing for number, thing in enumerate(found) if (*path, number) not in dropped)

    def parts(whole: object, names: Sequence[str], path: str) -> dict[str, Any]:
        return {name: kept(getattr(whole, name), path, name) for name in names}

    cards = tuple(
        replace(card, **parts(card, RULES, card.scorecard_id))
        for card in world.criteria.scorecards
        if (card.scorecard_id,) not in dropped
    )
    leads = tuple(
        replace(lead, **parts(lead, FACTS, lead.lead_id)) for lead in world.leads if (lead.lead_id,) not in dropped
    )
    return World(ref.Criteria(cards, kept(world.criteria.exclusions, "exclusions")), leads, world.as_of)


def smallest(world: World, fails: Callable[[World], bool]) -> World:
    """What is left of a world that fails after everything that the failure does not need has been taken away."""
    pieces, dropped, found = _pieces(world), set[Piece](), world
    size = len(pieces)
    while size > 1:
        size = (size + 1) // 2
        for begin in range(0, len(pieces), size):
            trial = dropped.union(pieces[begin : begin + size])
            smaller = _without(world, trial)
            if smaller != found and fails(smaller):
                dropped, found = trial, smaller
    return found


# --------------------------------------------------------------------------------------- as tables

SEED_COLUMNS: dict[str, tuple[str, ...]] = {
    "scorecards": ("scorecard_id", "description", "is_champion", "max_score"),
    "score_groups": ("scorecard_id", "group_id", "dimension", "min_points", "max_points"),
    "fit_rules": (
        *("scorecard_id", "rule_id", "group_id", "attribute", "operator", "value", "points"),
        *("valid_from", "valid_to", "description"),
    ),
    "engagement_rules": (
        *("scorecard_id", "rule_id", "group_id", "activity_type", "points", "min_count", "window_days"),
        *("max_points", "decay", "decay_days", "decay_percent", "valid_from", "valid_to", "description"),
    ),
    "score_bands": ("scorecard_id", "dimension", "band", "min_points"),
    "stage_rules": (
        *("scorecard_id", "stage", "rule_id", "clause", "metric", "operator", "value", "window_days"),
        *("valid_from", "valid_to", "description"),
    ),
    "exclusions": ("attribute", "operator", "value", "reason"),
}


def seed_rows(found: ref.Criteria) -> dict[str, list[dict[str, object]]]:
    """The criteria as the rows of their seeds, each with the seed's columns in order."""
    rows: dict[str, list[dict[str, object]]] = {name: [] for name in SEED_COLUMNS}
    for scorecard in found.scorecards:
        own: dict[str, list[object]] = {
            "scorecards": [scorecard],
            "score_groups": [*scorecard.groups],
            "fit_rules": [*scorecard.fit_rules],
            "engagement_rules": [*scorecard.engagement_rules],
            "score_bands": [*scorecard.bands],
            "stage_rules": [*scorecard.stage_rules],
        }
        for name, members in own.items():
            rows[name] += [_seed_row(name, member, scorecard.scorecard_id) for member in members]
    rows["exclusions"] = [_seed_row("exclusions", row, None) for row in found.exclusions]
    return rows


def _seed_row(name: str, member: object, scorecard_id: str | None) -> dict[str, object]:
    values = {**vars(member), "scorecard_id": scorecard_id, "description": "drawn at random"}
    return {column: values[column] for column in SEED_COLUMNS[name]}

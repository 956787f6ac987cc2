"""Random small worlds: valid criteria, and leads whose facts fall on and beside every limit.

Moments are whole days apart with a few odd seconds, so that windows end, decay steps fall and
validity begins at exactly the moments at which something else happens. The as-of time is fixed:
the world is laid out before it, and facts later than it are dropped, as the build would do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from hypothesis import strategies as st

import reference as ref

AS_OF = datetime(2024, 6, 30)
SPAN_DAYS = 120

# Columns of a lead that a world fills, and attributes that only `lead_attributes` can know.
TEXT_COLUMNS = ("industry", "country", "job_title")
COUNT_COLUMN, MONEY_COLUMN = "employee_count", "budget"
EMPTY_COLUMN = "company_name"
NUMBER_ATTRIBUTES = (COUNT_COLUMN, MONEY_COLUMN, "account_employee_count", "seats")
TEXT_ATTRIBUTES = (*TEXT_COLUMNS, EMPTY_COLUMN, "account_industry", "plan")

TEXT_VALUES = ("software", "Software", "retail", "software retail", "it's 100%", "a_b", "Zürich")
NUMBER_VALUES = ("0", "1", "10", "49", "50", "500")
LOOSE_NUMBERS = (*NUMBER_VALUES, "49.5", "-3", "many")

ACTIVITY_TYPES = ("page_view", "pricing_page_view", "ebook_download", "demo_request", "email_open")
GROUPS = {
    "fit": ("profile", "company"),
    "engagement": ("activity", "content"),
}
CRM_STAGES = ("lead", "mql", "sal", "sql", "disqualified")


@dataclass(frozen=True)
class World:
    """Criteria and leads, with the moment they are looked at from."""

    criteria: ref.Criteria
    leads: tuple[ref.Lead, ...]
    as_of: datetime


# ------------------------------------------------------------------------------------ small values


def _amounts(*values: str) -> st.SearchStrategy[Decimal]:
    return st.sampled_from([Decimal(value) for value in values])


def _maybe_amount(*values: str) -> st.SearchStrategy[Decimal | None]:
    return st.one_of(st.none(), _amounts(*values))


POINTS = _amounts("5", "10", "20", "1", "2.5", "0.01", "7.35", "-5", "-15")
PERCENTS = _amounts("10", "25", "50", "33.3", "12.5", "100")
DAYS = st.integers(0, SPAN_DAYS)
SECONDS = st.sampled_from([0, 0, 0, 0, 1, 3600, 86399])
WINDOWS = st.sampled_from([1, 7, 10, 30])
MAYBE_WINDOW = st.one_of(st.none(), WINDOWS)
DELAYS = st.sampled_from([timedelta(0)] * 4 + [timedelta(seconds=1), timedelta(hours=1), timedelta(7), timedelta(30)])


def moments_from(start: datetime) -> st.SearchStrategy[datetime]:
    """Moments in a world that begins at `start`, most of them on whole days."""
    return st.builds(lambda days, seconds: start + timedelta(days, seconds), DAYS, SECONDS)


@st.composite
def validities(draw: st.DrawFn, start: datetime) -> list[tuple[datetime | None, datetime | None]]:
    """Spans of one to three versions, in order and without overlap; some with a gap."""
    shape = draw(st.sampled_from(["always"] * 4 + ["from", "to", "two", "two", "gap", "three"]))
    first, second, third = sorted(draw(st.lists(DAYS, min_size=3, max_size=3, unique=True)))
    a, b, c = (start + timedelta(days) for days in (first, second, third))
    spans: dict[str, list[tuple[datetime | None, datetime | None]]] = {
        "always": [(None, None)],
        "from": [(a, None)],
        "to": [(None, b)],
        "two": [(None, a), (a, None)],
        "gap": [(None, a), (b, c)],
        "three": [(None, a), (a, b), (b, None)],
    }
    return spans[shape]


# ---------------------------------------------------------------------------------------- criteria


TEXT_OPERATORS = ("equals", "in", "contains")
NUMBER_OPERATORS = ("at_least", "at_most", "between")
ANY_OPERATORS = ("is_present", "is_missing")


@st.composite
def conditions(draw: st.DrawFn) -> tuple[str, str, str | None]:
    """(attribute, operator, value) of a fit rule or an exclusion; now and then a text is asked for as a number."""
    names, likely, other = draw(
        st.sampled_from(
            [
                (TEXT_ATTRIBUTES, TEXT_OPERATORS, NUMBER_OPERATORS),
                (NUMBER_ATTRIBUTES, NUMBER_OPERATORS, TEXT_OPERATORS),
            ]
        )
    )
    attribute = draw(st.sampled_from(names))
    operator = draw(st.sampled_from((*likely, *likely, *likely, *other, *ANY_OPERATORS)))
    text, number = st.sampled_from((*TEXT_VALUES, *NUMBER_VALUES)), st.sampled_from((*NUMBER_VALUES, "49.5"))
    if operator in ANY_OPERATORS:
        return attribute, operator, None
    if operator in {"at_least", "at_most"}:
        return attribute, operator, draw(number)
    if operator == "between":
        low, high = sorted([draw(number), draw(number)], key=Decimal)
        return attribute, operator, f"{low}|{high}"
    if operator == "in":
        return attribute, operator, "|".join(draw(st.lists(text, min_size=1, max_size=3)))
    if operator == "equals":
        return attribute, operator, draw(text)
    return attribute, operator, draw(st.sampled_from(["SOFT", "retail", "%", "_", "0"]))


@st.composite
def groups(draw: st.DrawFn) -> tuple[ref.ScoreGroup, ...]:
    """Two to four groups, at least one in each dimension; limits lie on both sides of 0."""
    names = [("fit", GROUPS["fit"][0]), ("engagement", GROUPS["engagement"][0])]
    names += [("fit", GROUPS["fit"][1])] * draw(st.integers(0, 1))
    names += [("engagement", GROUPS["engagement"][1])] * draw(st.integers(0, 1))
    return tuple(
        ref.ScoreGroup(
            group_id,
            dimension,
            draw(_maybe_amount("0", "-10", "-20")),
            draw(_maybe_amount("0", "12.5", "30", "60")),
        )
        for dimension, group_id in names
    )


def _group_ids(found: tuple[ref.ScoreGroup, ...], dimension: str) -> st.SearchStrategy[str]:
    return st.sampled_from([group.group_id for group in found if group.dimension == dimension])


@st.composite
def fit_rules(draw: st.DrawFn, start: datetime, found: tuple[ref.ScoreGroup, ...]) -> tuple[ref.FitRule, ...]:
    """Two to six fit rules, some of them in several versions."""
    rows: list[ref.FitRule] = []
    for number in range(draw(st.integers(2, 6))):
        for valid_from, valid_to in draw(validities(start)):
            group_id, condition = draw(_group_ids(found, "fit")), draw(conditions())
            rows.append(ref.FitRule(f"fit_{number}", group_id, *condition, draw(POINTS), valid_from, valid_to))
    return tuple(rows)


@st.composite
def engagement_rows(
    draw: st.DrawFn, rule_id: str, group_id: str, valid_from: datetime | None, valid_to: datetime | None
) -> ref.EngagementRule:
    """One version of an engagement rule with any mix of count, window, cap and decay."""
    decay = draw(st.sampled_from(["none", "none", "linear", "exponential"]))
    return ref.EngagementRule(
        rule_id=rule_id,
        group_id=group_id,
        activity_type=draw(st.sampled_from(ACTIVITY_TYPES)),
        points=draw(POINTS),
        min_count=draw(st.sampled_from([None, None, 1, 2, 3])),
        window_days=draw(WINDOWS if decay == "exponential" else MAYBE_WINDOW),
        max_points=draw(_maybe_amount("0", "5", "12.5", "20")),
        decay=decay,
        decay_days=None if decay == "none" else draw(st.sampled_from([1, 3, 7, 30])),
        decay_percent=None if decay == "none" else draw(PERCENTS),
        valid_from=valid_from,
        valid_to=valid_to,
    )


@st.composite
def engagement_rules(
    draw: st.DrawFn, start: datetime, found: tuple[ref.ScoreGroup, ...]
) -> tuple[ref.EngagementRule, ...]:
    """Three to eight engagement rules, some of them in several versions."""
    rows: list[ref.EngagementRule] = []
    for number in range(draw(st.integers(3, 8))):
        for span in draw(validities(start)):
            group_id = draw(_group_ids(found, "engagement"))
            rows.append(draw(engagement_rows(f"act_{number}", group_id, *span)))
    return tuple(rows)


@st.composite
def metrics(draw: st.DrawFn) -> tuple[str, str, Decimal, int | None]:
    """(metric, operator, value, window_days) of one version of a clause."""
    operator = draw(st.sampled_from([">="] * 6 + ["<="]))
    metric = draw(
        st.sampled_from(
            ["score", "score", "fit_score", "engagement_score", "last_emails_opened"]
            + [f"count:{activity_type}" for activity_type in ACTIVITY_TYPES]
        )
    )
    if metric == "last_emails_opened":
        return metric, ">=", draw(_amounts("1", "2", "3")), None
    if metric.startswith("count:"):
        return metric, operator, draw(_amounts("1", "1", "2", "3", "0")), draw(MAYBE_WINDOW)
    return metric, operator, draw(_amounts("5", "7.5", "10", "20", "35", "0")), None


@st.composite
def clause_spans(draw: st.DrawFn, start: datetime) -> list[tuple[datetime | None, datetime | None]]:
    """Spans of a clause's versions; an end that the next version gives anyway is sometimes left open."""
    spans = draw(validities(start))
    shortened = [(begin, None if draw(st.booleans()) else end) for (begin, end), _ in pairwise(spans)]
    return [*shortened, spans[-1]]


@st.composite
def stage_rules(draw: st.DrawFn, start: datetime) -> tuple[ref.StageRule, ...]:
    """Up to three rules per stage of one to three clauses, some of them in several versions."""
    rows: list[ref.StageRule] = []
    for stage in ref.RULE_STAGES:
        for number in range(draw(st.sampled_from([1, 2, 3, 0]))):
            for clause in range(1, draw(st.sampled_from([1, 1, 2, 3])) + 1):
                for span in draw(clause_spans(start)):
                    rows.append(ref.StageRule(stage, f"{stage}_{number}", clause, *draw(metrics()), *span))
    return tuple(rows)


@st.composite
def bands(draw: st.DrawFn) -> tuple[ref.ScoreBand, ...]:
    """The bands of both dimensions; the lowest begins at 0, so that every score has one."""
    rows: list[ref.ScoreBand] = []
    for dimension, names in (("fit", "DCBA"), ("engagement", "4321")):
        steps = sorted(draw(st.lists(_amounts("5", "7.5", "10", "20", "40"), min_size=3, max_size=3, unique=True)))
        for band, min_points in zip(names, [Decimal(0), *steps], strict=True):
            rows.append(ref.ScoreBand(dimension, band, min_points))
    return tuple(rows)


@st.composite
def scorecards(draw: st.DrawFn, start: datetime, scorecard_id: str, is_champion: bool) -> ref.Scorecard:
    """One valid scorecard."""
    found = draw(groups())
    return ref.Scorecard(
        scorecard_id=scorecard_id,
        is_champion=is_champion,
        max_score=draw(_amounts("20", "50", "100")),
        groups=found,
        fit_rules=draw(fit_rules(start, found)),
        engagement_rules=draw(engagement_rules(start, found)),
        stage_rules=draw(stage_rules(start)),
        bands=draw(bands()),
    )


@st.composite
def criteria(draw: st.DrawFn, start: datetime) -> ref.Criteria:
    """One to three scorecards, one of them the champion, and up to three exclusions."""
    count = draw(st.integers(1, 3))
    champion = draw(st.integers(0, count - 1))
    cards = tuple(draw(scorecards(start, f"card_{number}", number == champion)) for number in range(count))
    wanted = [draw(conditions()) for _ in range(draw(st.sampled_from([0, 0, 1, 2, 3])))]
    excluded = tuple(ref.Exclusion(*row, f"reason_{number}") for number, row in enumerate(dict.fromkeys(wanted)))
    return ref.Criteria(cards, excluded)


# ------------------------------------------------------------------------------------------- leads


@st.composite
def activities(draw: st.DrawFn, start: datetime, created_at: datetime) -> ref.Activity:
    """An activity, perhaps before the lead was created, perhaps known only later."""
    occurred_at = draw(moments_from(start))
    return ref.Activity(
        activity_type=draw(st.sampled_from(ACTIVITY_TYPES)),
        occurred_at=occurred_at,
        known_at=max(occurred_at + draw(DELAYS), created_at),
    )


@st.composite
def adjustments(draw: st.DrawFn, start: datetime) -> ref.Adjustment:
    """Points by hand, for ever or for some days."""
    recorded_at = draw(moments_from(start))
    lasting = draw(st.one_of(st.none(), st.sampled_from([0, 1, 7, 30])))
    return ref.Adjustment(
        group_id=draw(st.sampled_from([name for names in GROUPS.values() for name in names])),
        points=draw(POINTS),
        recorded_at=recorded_at,
        expires_at=None if lasting is None else recorded_at + timedelta(lasting),
    )


@st.composite
def attribute_rows(draw: st.DrawFn, start: datetime, asked: Sequence[str]) -> ref.AttributeRow:
    """A dated value of an attribute that some condition asks for, or the taking away of one."""
    attribute = draw(st.sampled_from([*asked, "plan"]))
    values = LOOSE_NUMBERS if attribute in NUMBER_ATTRIBUTES else TEXT_VALUES
    return ref.AttributeRow(attribute, draw(st.sampled_from([*values, None])), draw(moments_from(start)))


@st.composite
def emails(draw: st.DrawFn, start: datetime) -> tuple[ref.Email, ...]:
    """Up to five e-mails, some of them opened."""
    sent = draw(st.lists(moments_from(start), max_size=5))
    later = st.sampled_from([None, timedelta(0), timedelta(seconds=90), timedelta(1), timedelta(7)])
    rows: list[ref.Email] = []
    for number, sent_at in enumerate(sent):
        delay = draw(later)
        rows.append(ref.Email(f"message_{number}", sent_at, None if delay is None else sent_at + delay))
    return tuple(rows)


@st.composite
def crm_stages(draw: st.DrawFn, start: datetime, others: Sequence[datetime]) -> tuple[ref.CrmStage, ...]:
    """Up to four status changes and up to two recyclings, some at the very moment of something else."""
    events = [
        ref.CrmStage(draw(st.sampled_from(CRM_STAGES)), draw(moments_from(start)))
        for _ in range(draw(st.sampled_from([0, 0, 1, 2, 4])))
    ]
    moments = st.one_of(st.sampled_from([*others, *(event.changed_at for event in events)]), moments_from(start))
    recycled = draw(st.one_of(st.just([]), st.lists(moments, max_size=2)))
    return (*events, *(ref.CrmStage("recycled", moment) for moment in recycled))


@st.composite
def opportunities(draw: st.DrawFn, start: datetime) -> ref.Opportunity:
    """A deal: open, lost or won, the latter perhaps without the date of it."""
    created_at = draw(moments_from(start))
    outcome = draw(st.sampled_from(["open", "lost", "won", "won", "undated"]))
    if outcome in {"open", "undated"}:
        return ref.Opportunity(created_at, None, outcome == "undated")
    closed_at = created_at + timedelta(draw(st.sampled_from([0, 1, 30])))
    return ref.Opportunity(created_at, closed_at, outcome == "won")


def _attributes(draw: st.DrawFn) -> dict[str, str | None]:
    values: dict[str, str | None] = {
        column: draw(st.one_of(st.none(), st.sampled_from(TEXT_VALUES))) for column in TEXT_COLUMNS
    }
    values[COUNT_COLUMN] = draw(st.one_of(st.none(), st.sampled_from(NUMBER_VALUES)))
    values[MONEY_COLUMN] = draw(st.one_of(st.none(), st.sampled_from((*NUMBER_VALUES, "49.5", "0.25"))))
    if draw(st.booleans()):
        values["account_industry"] = draw(st.one_of(st.none(), st.sampled_from(TEXT_VALUES)))
        values["account_employee_count"] = draw(st.one_of(st.none(), st.sampled_from(NUMBER_VALUES)))
    return values


def _distinct(rows: list[ref.AttributeRow], key: Callable[[ref.AttributeRow], object]) -> tuple[ref.AttributeRow, ...]:
    return tuple({key(row): row for row in rows}.values())


@st.composite
def leads(draw: st.DrawFn, start: datetime, as_of: datetime, lead_id: str, asked: Sequence[str]) -> ref.Lead:
    """One lead with everything that can happen to it by `as_of`.

    A deal may be closed later: it is told by its creation, so the build knows of it before.
    """
    created_at = start + timedelta(draw(st.integers(0, SPAN_DAYS // 2 - 1)), draw(SECONDS))
    history = draw(st.lists(attribute_rows(start, asked), max_size=6))
    acts = [draw(activities(start, created_at)) for _ in range(draw(st.sampled_from([0, 2, 5, 8, 10, 12, 15])))]
    lead = ref.Lead(
        lead_id=lead_id,
        created_at=created_at,
        attributes=_attributes(draw),
        history=_distinct(history, lambda row: (row.attribute, row.recorded_at)),
        activities=tuple(acts),
        adjustments=tuple(draw(st.lists(adjustments(start), max_size=3))),
        emails=draw(emails(start)),
        crm_stages=draw(crm_stages(start, [created_at, *(act.known_at for act in acts)])),
        opportunities=tuple(draw(st.lists(opportunities(start), max_size=3))),
    )
    deals = tuple(deal for deal in lead.opportunities if deal.created_at <= as_of)
    return replace(ref.known_by(lead, as_of), opportunities=deals)


@st.composite
def worlds(draw: st.DrawFn, as_of: datetime = AS_OF, max_leads: int = 4) -> World:
    """A world whose as-of time lies inside its span or some time after it."""
    start = as_of - timedelta(draw(st.integers(SPAN_DAYS // 2, SPAN_DAYS + 60)))
    found = draw(criteria(start))
    count = draw(st.integers(1, max_leads))
    asked = sorted(
        {rule.attribute for card in found.scorecards for rule in card.fit_rules}
        | {row.attribute for row in found.exclusions}
    )
    people = tuple(draw(leads(start, as_of, f"lead_{number}", asked)) for number in range(count))
    return World(found, people, as_of)


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

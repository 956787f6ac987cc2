"""The rows of the criteria files: which columns each file has, and what may stand in a cell."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict

NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,6})?", re.ASCII)
WHOLE_NUMBER = re.compile(r"\d{1,9}", re.ASCII)
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|\+00(:?00)?)?)?", re.ASCII)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
START_OF_TIME = datetime.min
END_OF_TIME = datetime.max

DIMENSIONS = ("fit", "engagement")
BANDS = {"fit": ("A", "B", "C", "D"), "engagement": ("1", "2", "3", "4")}
OPERATORS = ("equals", "in", "contains", "at_least", "at_most", "between", "is_present", "is_missing")
NUMERIC_OPERATORS = ("at_least", "at_most", "between")
VALUELESS_OPERATORS = ("is_present", "is_missing")
DECAYS = ("none", "linear", "exponential")
RULE_STAGES = ("mql", "sql")
STATUS_STAGES = ("lead", "mql", "sal", "sql", "recycled", "disqualified")
ALERT_STAGES = ("mql", "sal", "sql", "opportunity", "customer", "repeat_customer")
NURTURE_STAGES = ("lead", "mql", "recycled")
SCORE_METRICS = ("score", "fit_score", "engagement_score")
METRICS = (*SCORE_METRICS, "count:<activity_type>", "last_emails_opened")
COMPARISONS = (">=", "<=")
CATEGORIES = ("web", "content", "form", "email", "sms", "event", "chat", "social", "commerce", "sales")
INTENTS = ("educational", "commercial", "none")
MATCHES = ("equals", "prefix", "contains", "like")
ACTIVITY_FIELDS = {
    "web_events": ("event_name", "page_path", "form_name", "asset_name"),
    "message_events": ("channel_event",),
    "sales_activities": ("kind_outcome",),
    "campaign_responses": ("kind_response",),
}
# The models derive these from sessions and from silence; no raw event may be mapped to them.
DERIVED_ACTIVITIES = ("long_visit", "return_visit", "pricing_dwell", "inactivity")
CHANNEL_FIELDS = ("source", "medium", "campaign", "source_category")
SOURCE_CATEGORIES = ("search", "social", "video", "shopping")
TITLE_ATTRIBUTES = ("job_level", "job_function")
# A target may stand for the leads of every channel.
ALL_CHANNELS = "all"
# What a lead has whose traffic or source no rule knows.
NO_CHANNEL = "Unassigned"
TARGET_STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer")
RESERVED_RULE_IDS = ("clamp:", "adjustment:")


@dataclass(frozen=True)
class Fault:
    """What is wrong with one cell, and what is allowed in it."""

    column: str
    what: str
    mend: str


class CellError(ValueError):
    """A cell's text is not what its column holds; `what` continues the sentence that starts with the value."""

    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what = what
        self.mend = mend


def allowed(value: str, names: Iterable[str], source: str = "") -> str:
    """Return the sentence that says what is allowed, with the closest name first; long lists are named by their `source`."""
    options = sorted(set(names)) if source else list(names)
    near = difflib.get_close_matches(value.strip().lower(), options, n=1, cutoff=0.6)
    hint = f"Did you mean {near[0]}? " if near else ""
    if source and len(options) > 20:
        return f"{hint}Allowed: the names in {source}."
    return f"{hint}Allowed: {', '.join(options)}" + (f" ({source})." if source else ".")


# ------------------------------------------------------------------------------------------------------ cells


@dataclass(frozen=True)
class Cell:
    """How the text of a column's cells becomes a value; an empty cell is null, or a fault where a value is required."""

    parse: Callable[[str], Any]
    is_required: bool

    def __call__(self, cell: str | None) -> Any:
        if cell is not None:
            return self.parse(cell)
        if self.is_required:
            raise CellError("is empty", "A value is required here.")
        return None


@dataclass(frozen=True)
class Choice:
    """One of some words; `note` goes after the list of them in an error."""

    options: tuple[str, ...]
    note: str = ""

    def __call__(self, cell: str) -> str:
        if cell not in self.options:
            raise CellError("is not known", allowed(cell, self.options) + self.note)
        return cell


def _required(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(Cell(parse, True))


def _optional(parse: Callable[[str], Any]) -> BeforeValidator:
    return BeforeValidator(Cell(parse, False))


def _number(cell: str) -> Decimal:
    if not NUMBER.fullmatch(cell):
        raise CellError("is not a number", "Write it with a point and at most 6 decimals, such as 12 or -2.5.")
    return Decimal(cell)


def _not_negative(cell: str) -> Decimal:
    value = _number(cell)
    if value < 0:
        raise CellError("is below zero", "Allowed: 0 and above.")
    return value


def _positive(cell: str) -> Decimal:
    value = _number(cell)
    if value <= 0:
        raise CellError("is not above zero", "Allowed: numbers above 0.")
    return value


def _percent(cell: str) -> Decimal:
    value = _number(cell)
    if not 0 < value <= 100:
        raise CellError("is no percentage of decay", "Allowed: above 0 up to 100.")
    return value


def _whole(cell: str) -> int:
    if not WHOLE_NUMBER.fullmatch(cell) or int(cell) < 1:
        raise CellError("is not a whole number of 1 or more", "Allowed: 1, 2, 3 and so on.")
    return int(cell)


def _moment(cell: str) -> datetime:
    mend = "Write a UTC date or time such as 2026-07-01 or 2026-07-01 09:00:00."
    if not MOMENT.fullmatch(cell):
        raise CellError("is not a date or time", mend)
    try:
        value = datetime.fromisoformat(cell)
    except ValueError:
        raise CellError("is not a date or time", mend) from None
    return value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value


def _count(cell: str) -> int:
    if not WHOLE_NUMBER.fullmatch(cell):
        raise CellError("is not a whole number of 0 or more", "Allowed: 0, 1, 2 and so on.")
    return int(cell)


def _month(cell: str) -> date:
    mend = "Write the first day of the month, such as 2026-07-01."
    if not DATE.fullmatch(cell):
        raise CellError("is not a date", mend)
    try:
        value = date.fromisoformat(cell)
    except ValueError:
        raise CellError("is not a date", mend) from None
    if value.day != 1:
        raise CellError("is not the first day of a month", f"Write {value.replace(day=1)}.")
    return value


def _flag(cell: str) -> bool:
    if cell.lower() not in ("true", "false"):
        raise CellError("is neither true nor false", "Allowed: true, false.")
    return cell.lower() == "true"


def _choice(*options: str) -> BeforeValidator:
    return _required(Choice(options))


def _optional_choice(*options: str) -> BeforeValidator:
    return _optional(Choice(options, " Empty means any."))


def _identifier(cell: str) -> str:
    if cell.startswith(RESERVED_RULE_IDS):
        raise CellError(
            "starts like a name that reasons give to limits",
            "Use a name that does not start with clamp: or adjustment:.",
        )
    return cell


def _domain(cell: str) -> str:
    if cell != cell.lower() or "@" in cell or "." not in cell or " " in cell:
        raise CellError("is not a domain in lower case", "Write it such as example.com.")
    return cell


def _mailbox(cell: str) -> str:
    if cell != cell.lower() or cell.count("@") != 1 or cell.startswith("@") or " " in cell:
        raise CellError(
            "is not a mailbox in lower case", "Write info@ for every domain, or a full address for just one."
        )
    return cell


Name = Annotated[str, _required(str)]
RuleId = Annotated[str, _required(_identifier)]
OptionalText = Annotated[str | None, _optional(str)]
Points = Annotated[Decimal, _required(_number)]
NumberAboveZero = Annotated[Decimal, _required(_positive)]
BandPoints = Annotated[Decimal, _required(_not_negative)]
UpperLimit = Annotated[Decimal | None, _optional(_not_negative)]
LowerLimit = Annotated[Decimal | None, _optional(_number)]
Percent = Annotated[Decimal | None, _optional(_percent)]
Whole = Annotated[int, _required(_whole)]
OptionalWhole = Annotated[int | None, _optional(_whole)]
Moment = Annotated[datetime | None, _optional(_moment)]
Month = Annotated[date, _required(_month)]
Count = Annotated[int, _required(_count)]
Flag = Annotated[bool, _required(_flag)]
Domain = Annotated[str, _required(_domain)]
Mailbox = Annotated[str, _required(_mailbox)]


# What each way of reading a cell allows, in the words of Table Schema (Frictionless Data); a Choice lists its own.
TABLE_SCHEMA: dict[Callable[[str], Any], dict[str, Any]] = {
    str: {"type": "string"},
    _identifier: {"type": "string", "constraints": {"pattern": rf"(?!{'|'.join(RESERVED_RULE_IDS)})[\s\S]+"}},
    _number: {"type": "number"},
    _not_negative: {"type": "number", "constraints": {"minimum": 0}},
    # Tools that know the first version of the standard only pass over exclusiveMinimum.
    _positive: {"type": "number", "constraints": {"minimum": 0, "exclusiveMinimum": 0}},
    _percent: {"type": "number", "constraints": {"minimum": 0, "exclusiveMinimum": 0, "maximum": 100}},
    _whole: {"type": "integer", "constraints": {"minimum": 1}},
    _count: {"type": "integer", "constraints": {"minimum": 0}},
    # A date or a time, and the first day of a month: no type of its own has these.
    _moment: {"type": "string", "constraints": {"pattern": MOMENT.pattern}},
    _month: {"type": "string", "constraints": {"pattern": r"\d{4}-(0[1-9]|1[0-2])-01"}},
    _flag: {"type": "boolean", "trueValues": ["true", "True", "TRUE"], "falseValues": ["false", "False", "FALSE"]},
    _domain: {"type": "string", "constraints": {"pattern": r"[^A-Z@ ]*\.[^A-Z@ ]*"}},
    _mailbox: {"type": "string", "constraints": {"pattern": r"[^A-Z@ ]+@[^A-Z@ ]*"}},
}


# ------------------------------------------------------------------------------------------------------- rows


class Row(BaseModel):
    """One row of a criteria file. Its fields are the file's columns; each is parsed from the cell's text, null when empty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    # Columns that no two rows may have alike, the one that an error points to first; compared without case where named.
    KEY: ClassVar[tuple[str, ...]]
    CASELESS: ClassVar[frozenset[str]] = frozenset()
    # Columns in which blanks at the ends may be meant.
    FREE_TEXT: ClassVar[frozenset[str]] = frozenset({"description", "reason", "pattern"})

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """Return the names of the file's columns, in the order in which they are shipped."""
        return tuple(cls.model_fields)

    def key(self) -> tuple[Any, ...]:
        """Return the values of KEY, ready to compare."""
        values = ((column, getattr(self, column)) for column in self.KEY)
        return tuple(value.lower() if column in self.CASELESS else value for column, value in values)

    def faults(self) -> Iterator[Fault]:
        """Yield what is wrong within the row though each cell is fine by itself."""
        yield from ()


def _validity_faults(row: FitRule | EngagementRule | StageRule) -> Iterator[Fault]:
    """Yield a fault when the span of the version, `valid_from <= t < valid_to`, is empty."""
    if row.valid_from and row.valid_to and row.valid_to <= row.valid_from:
        yield Fault(
            "valid_to",
            f"'{row.valid_to}' is not after valid_from '{row.valid_from}'",
            "The version must end after it begins; leave valid_to empty when it has no end.",
        )


def _condition_faults(row: FitRule | Exclusion) -> Iterator[Fault]:
    """Yield a fault when the value is not of the kind that the operator compares with."""
    value, operator = row.value, row.operator
    if operator in VALUELESS_OPERATORS:
        if value is not None:
            yield Fault("value", f"'{value}' has no meaning with operator {operator}", "Leave the cell empty.")
    elif value is None:
        yield Fault("value", f"'' is empty, but operator {operator} needs a value", "Write what to compare with.")
    elif operator in ("at_least", "at_most") and not NUMBER.fullmatch(value):
        yield Fault("value", f"'{value}' is not a number, as operator {operator} needs", "Write a number such as 50.")
    elif operator == "between":
        yield from _between_faults(value)
    elif operator == "in" and any(part != part.strip() or not part for part in value.split("|")):
        yield Fault("value", f"'{value}' has an empty value or blanks beside a |", "Write values such as a|b|c.")


def _between_faults(value: str) -> Iterator[Fault]:
    parts = value.split("|")
    if len(parts) != 2 or not all(NUMBER.fullmatch(part) for part in parts):
        yield Fault("value", f"'{value}' is not two numbers, as operator between needs", "Write lo|hi such as 50|500.")
    elif Decimal(parts[0]) > Decimal(parts[1]):
        yield Fault("value", f"'{value}' has its lower limit above its upper one", "Write the lower number first.")


class Scorecard(Row):
    """A row of scorecards.csv."""

    scorecard_id: Name
    description: Name
    is_champion: Flag
    max_score: NumberAboveZero

    KEY = ("scorecard_id",)


class ScoreGroup(Row):
    """A row of score_groups.csv."""

    scorecard_id: Name
    group_id: Name
    dimension: Annotated[str, _choice(*DIMENSIONS)]
    min_points: LowerLimit
    max_points: UpperLimit

    KEY = ("group_id", "scorecard_id")

    def faults(self) -> Iterator[Fault]:
        if self.min_points is not None and self.max_points is not None and self.min_points > self.max_points:
            yield Fault(
                "min_points",
                f"'{self.min_points}' is above max_points '{self.max_points}'",
                f"Allowed: {self.max_points} and below, or empty for no lower limit.",
            )


class FitRule(Row):
    """A row of fit_rules.csv."""

    scorecard_id: Name
    rule_id: RuleId
    group_id: Name
    attribute: Name
    operator: Annotated[str, _choice(*OPERATORS)]
    value: OptionalText
    points: Points
    valid_from: Moment
    valid_to: Moment
    description: Name

    KEY = ("rule_id", "scorecard_id", "valid_from")

    def faults(self) -> Iterator[Fault]:
        yield from _condition_faults(self)
        yield from _validity_faults(self)


class EngagementRule(Row):
    """A row of engagement_rules.csv."""

    scorecard_id: Name
    rule_id: RuleId
    group_id: Name
    activity_type: Name
    points: Points
    min_count: OptionalWhole
    window_days: OptionalWhole
    max_points: UpperLimit
    decay: Annotated[str, _choice(*DECAYS)]
    decay_days: OptionalWhole
    decay_percent: Percent
    valid_from: Moment
    valid_to: Moment
    description: Name

    KEY = ("rule_id", "scorecard_id", "valid_from")

    def faults(self) -> Iterator[Fault]:
        for column, value in (("decay_days", self.decay_days), ("decay_percent", self.decay_percent)):
            if self.decay == "none" and value is not None:
                yield Fault(
                    column,
                    f"'{value}' has no effect with decay none",
                    "Leave it empty, or choose linear or exponential.",
                )
            if self.decay != "none" and value is None:
                yield Fault(column, f"'' is empty, but {self.decay} decay needs it", "Write a number above 0.")
        if self.decay == "exponential" and self.window_days is None:
            yield Fault(
                "window_days",
                "'' is empty, but exponential decay needs a window (it never reaches zero by itself)",
                "Write after how many days an activity stops counting.",
            )
        yield from _validity_faults(self)


class ScoreBand(Row):
    """A row of score_bands.csv."""

    scorecard_id: Name
    dimension: Annotated[str, _choice(*DIMENSIONS)]
    band: Name
    min_points: BandPoints

    KEY = ("band", "scorecard_id", "dimension")

    def faults(self) -> Iterator[Fault]:
        bands = BANDS[self.dimension]
        if self.band not in bands:
            yield Fault(
                "band", f"'{self.band}' is no band of dimension {self.dimension}", f"Allowed: {', '.join(bands)}."
            )


class StageRule(Row):
    """A row of stage_rules.csv."""

    scorecard_id: Name
    stage: Annotated[str, _choice(*RULE_STAGES)]
    rule_id: RuleId
    clause: Whole
    metric: Name
    operator: Annotated[str, _choice(*COMPARISONS)]
    value: Points
    window_days: OptionalWhole
    valid_from: Moment
    valid_to: Moment
    description: Name

    KEY = ("clause", "scorecard_id", "stage", "rule_id", "valid_from")

    @property
    def counted_activity(self) -> str | None:
        """The activity type of a `count:` metric."""
        return self.metric.removeprefix("count:") if self.metric.startswith("count:") else None

    def faults(self) -> Iterator[Fault]:
        is_count = self.counted_activity is not None
        if not is_count and self.metric not in (*SCORE_METRICS, "last_emails_opened"):
            yield Fault("metric", f"'{self.metric}' is not a metric", allowed(self.metric, METRICS))
            return
        if not is_count and self.window_days is not None:
            yield Fault(
                "window_days", f"'{self.window_days}' has no meaning for metric {self.metric}", "Leave the cell empty."
            )
        if self.metric == "last_emails_opened" and self.operator != ">=":
            yield Fault("operator", f"'{self.operator}' has no meaning for metric last_emails_opened", "Allowed: >=.")
        least = 1 if self.metric == "last_emails_opened" or self.operator == ">=" else 0
        if self.metric not in SCORE_METRICS and (self.value % 1 or self.value < least):
            yield Fault(
                "value",
                f"'{self.value}' is no number of activities or e-mails for metric {self.metric} {self.operator}",
                f"Allowed: whole numbers from {least} on.",
            )
        yield from _validity_faults(self)


class Exclusion(Row):
    """A row of exclusions.csv."""

    attribute: Name
    operator: Annotated[str, _choice(*OPERATORS)]
    value: OptionalText
    reason: Name

    KEY = ("value", "attribute", "operator")

    def faults(self) -> Iterator[Fault]:
        yield from _condition_faults(self)


class CrmStatus(Row):
    """A row of crm_statuses.csv."""

    system: Name
    status: Name
    stage: Annotated[str, _choice(*STATUS_STAGES)]
    reason: OptionalText

    KEY = ("status", "system")
    CASELESS = frozenset({"status"})


class Target(Row):
    """A row of targets.csv."""

    month: Month
    channel: Name
    stage: Annotated[str, _choice(*TARGET_STAGES)]
    target: Count

    KEY = ("month", "channel", "stage")


class NextStep(Row):
    """A row of next_steps.csv."""

    priority: Whole
    stage: Annotated[str | None, _optional_choice(*ALERT_STAGES)]
    rule_id: OptionalText
    activity_type: OptionalText
    window_days: OptionalWhole
    next_step: Name

    KEY = ("priority",)

    def faults(self) -> Iterator[Fault]:
        if self.window_days is not None and self.activity_type is None:
            yield Fault(
                "window_days", f"'{self.window_days}' has no meaning without an activity_type", "Leave the cell empty."
            )


class NurtureContent(Row):
    """A row of nurture_contents.csv."""

    content_type: Name
    activity_type: Name
    match: Annotated[str | None, _optional_choice(*MATCHES)]
    pattern: OptionalText

    KEY = ("content_type", "activity_type", "match", "pattern")

    def faults(self) -> Iterator[Fault]:
        if (self.match is None) != (self.pattern is None):
            empty, there = ("match", "pattern") if self.match is None else ("pattern", "match")
            yield Fault(empty, f"'' is empty, but {there} is not", "Fill in both, or neither for any content.")


class NurtureRule(Row):
    """A row of nurture_rules.csv."""

    priority: Whole
    stage: Annotated[str | None, _optional_choice(*NURTURE_STAGES)]
    seen_activity_type: OptionalText
    not_seen_activity_type: OptionalText
    last_emails_opened: OptionalWhole
    next_content_type: Name
    description: Name

    KEY = ("priority",)

    def faults(self) -> Iterator[Fault]:
        if self.seen_activity_type and self.seen_activity_type == self.not_seen_activity_type:
            yield Fault(
                "not_seen_activity_type",
                f"'{self.not_seen_activity_type}' is also what must have been seen, so the rule never fits",
                "Empty one of the two cells.",
            )


class ActivityType(Row):
    """A row of activity_types.csv."""

    activity_type: Name
    category: Annotated[str, _choice(*CATEGORIES)]
    intent: Annotated[str, _choice(*INTENTS)]
    is_inbound: Flag
    description: Name

    KEY = ("activity_type",)


class ActivityRule(Row):
    """A row of activity_rules.csv."""

    priority: Whole
    entity: Annotated[str, _choice(*ACTIVITY_FIELDS)]
    field: Name
    match: Annotated[str, _choice(*MATCHES)]
    pattern: Name
    activity_type: Name

    KEY = ("priority",)

    def faults(self) -> Iterator[Fault]:
        fields = ACTIVITY_FIELDS[self.entity]
        if self.field not in fields:
            yield Fault("field", f"'{self.field}' is no field of {self.entity}", allowed(self.field, fields))
        if self.activity_type in DERIVED_ACTIVITIES:
            yield Fault(
                "activity_type",
                f"'{self.activity_type}' is derived from sessions and cannot be mapped",
                "Map the events to another type; the models derive this one.",
            )


class Topic(Row):
    """A row of topics.csv."""

    priority: Whole
    match: Annotated[str, _choice(*MATCHES)]
    pattern: Name
    topic: Name

    KEY = ("pattern", "match")
    CASELESS = frozenset({"pattern"})


class ChannelRule(Row):
    """A row of channel_rules.csv."""

    priority: Whole
    channel: Name
    clause: Whole
    field: Annotated[str, _choice(*CHANNEL_FIELDS)]
    match: Annotated[str, _choice(*MATCHES)]
    pattern: Name

    KEY = ("pattern", "priority", "clause", "field", "match")
    CASELESS = frozenset({"pattern"})

    def faults(self) -> Iterator[Fault]:
        if self.field == "source_category" and self.match == "equals" and self.pattern not in SOURCE_CATEGORIES:
            yield Fault(
                "pattern", f"'{self.pattern}' is not a source category", allowed(self.pattern, SOURCE_CATEGORIES)
            )


class SourceCategory(Row):
    """A row of source_categories.csv."""

    source: Name
    category: Annotated[str, _choice(*SOURCE_CATEGORIES)]

    KEY = ("source",)
    CASELESS = frozenset({"source"})


class ClickId(Row):
    """A row of click_ids.csv."""

    parameter: Name
    source: Name
    medium: Name

    KEY = ("parameter",)
    CASELESS = frozenset({"parameter"})


class LeadSourceChannel(Row):
    """A row of lead_source_channels.csv."""

    lead_source: Name
    channel: Name

    KEY = ("lead_source",)
    CASELESS = frozenset({"lead_source"})


class JobTitle(Row):
    """A row of job_titles.csv."""

    priority: Whole
    attribute: Annotated[str, _choice(*TITLE_ATTRIBUTES)]
    pattern: Name
    value: Name

    KEY = ("priority", "attribute")


class EmailDomain(Row):
    """A row of free_email_domains.csv and disposable_email_domains.csv."""

    domain: Domain

    KEY = ("domain",)


class SharedMailbox(Row):
    """A row of shared_mailboxes.csv."""

    mailbox: Mailbox

    KEY = ("mailbox",)


class CrawlerUserAgent(Row):
    """A row of crawler_user_agents.csv."""

    pattern: Name
    description: Name

    KEY = ("pattern",)
    CASELESS = frozenset({"pattern"})


# Every criteria file below seeds/, with the rows it holds.
FILES: dict[str, type[Row]] = {
    "scoring/scorecards.csv": Scorecard,
    "scoring/score_groups.csv": ScoreGroup,
    "scoring/fit_rules.csv": FitRule,
    "scoring/engagement_rules.csv": EngagementRule,
    "scoring/score_bands.csv": ScoreBand,
    "lifecycle/stage_rules.csv": StageRule,
    "lifecycle/exclusions.csv": Exclusion,
    "lifecycle/crm_statuses.csv": CrmStatus,
    "lifecycle/targets.csv": Target,
    "lifecycle/next_steps.csv": NextStep,
    "lifecycle/nurture_contents.csv": NurtureContent,
    "lifecycle/nurture_rules.csv": NurtureRule,
    "mapping/activity_types.csv": ActivityType,
    "mapping/activity_rules.csv": ActivityRule,
    "mapping/topics.csv": Topic,
    "mapping/channel_rules.csv": ChannelRule,
    "mapping/source_categories.csv": SourceCategory,
    "mapping/click_ids.csv": ClickId,
    "mapping/lead_source_channels.csv": LeadSourceChannel,
    "mapping/job_titles.csv": JobTitle,
    "mapping/free_email_domains.csv": EmailDomain,
    "mapping/disposable_email_domains.csv": EmailDomain,
    "mapping/shared_mailboxes.csv": SharedMailbox,
    "mapping/crawler_user_agents.csv": CrawlerUserAgent,
}

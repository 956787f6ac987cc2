"""What to do next: a list of questions, each asked of the marts by a stated rule. What nothing speaks for is not said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from leadhouse.report import leaks, rules, sales
from leadhouse.report.blocks import Advice, Column, Context, Cube, Number, Section, Words, literal
from leadhouse.report.cubes import Place

SCOPE = "From the last twelve whole months and from how things stand now; follows no choice."
# A share of unusable rows above this is worth a look into the source.
_MOST_SET_ASIDE = 0.01
_FEWEST = 10


def section(context: Context) -> Section:
    """Every question that found something, the most urgent first."""
    context.store.add(_paid())
    found = [advice for ask in _QUESTIONS if (advice := ask(context)) is not None]
    if not found:
        return Section("actions", "What to do next", SCOPE, [Words(["By the rules of this page nothing stands out."])])
    return Section("actions", "What to do next", SCOPE, [found])


def _paid() -> Cube:
    paid = "acquisition_channel in (select acquisition_channel from marts.channel_conversions group by 1 having sum(spend) > 0)"
    measures = {"spend": "sum(spend)", "sqls": "sum(count_sqls)"}
    return Cube(
        "paid", "marts.channel_conversions", measures, month="cohort_month", group="acquisition_channel", where=paid
    )


def _waiting(context: Context) -> Advice | None:
    """Hand-overs that are overdue and can still be answered."""
    total = _counted(context, "count", "select count(*) from marts.handoffs where is_overdue")
    if not total.value:
        return None
    recent = _counted(
        context, "count",
        f"select count(*) from marts.handoffs where is_overdue and handed_over_at > timestamp '{context.as_of}' - interval 30 day",
    )  # fmt: skip
    parts: list[str | Number] = [
        total,
        " hand-overs have had no answer though their time is up, and sales could still call; ",
        recent,
        " of them are of the last 30 days. Begin with those: is_overdue in marts.handoffs.",
    ]
    return Advice("Answer the hand-overs that wait", parts, "marts.handoffs", "said when any hand-over is overdue")


def _slow_owner(context: Context) -> Advice | None:
    """The owner who surely answers in time less often than the others do, and misses most."""
    column = Column("", "rate", "owners.met", "owners.judged")
    worst: tuple[float, str, Place] | None = None
    for owner in context.store.groups["owners"]:
        place = replace(context.year(), key=owner, has_key=True)
        own, others = (context.store.estimate(column, one) for one in (place, replace(place, is_other=True)))
        if owner is None or own.high is None or others.low is None or own.high >= others.low:
            continue
        missed = context.store.measure("owners.missed", place) or 0.0
        if worst is None or missed > worst[0]:
            worst = (missed, owner, place)
    if worst is None:
        return None
    _, owner, place = worst
    missed_by = _number(context, Column("", "count", "owners.missed"), place)
    own_rate = _number(context, column, place)
    other_rate = _number(context, column, replace(place, is_other=True))
    parts: list[str | Number] = [
        f"{owner} answers ",
        own_rate,
        " of hand-overs in time, the others ",
        other_rate,
        "; ",
        missed_by,
        " were answered too late or never. Share out the work, or find out what keeps this owner.",
    ]
    return Advice(
        f"Help {owner} to answer in time",
        parts,
        "marts.handoffs",
        "said of the owner whose whole interval lies below that of the others",
    )


def _lenient_rule(context: Context) -> Advice | None:
    """Rules of which sales surely rejects more than it should."""
    flagged = sales.lenient_rules(context)
    if not flagged:
        return None
    parts: list[str | Number] = []
    for rule in flagged[:3]:
        place = replace(context.year(), key=rule, has_key=True)
        decided, accepted = (
            _number(context, Column("", "count", f"rules.{one}"), place) for one in ("decided", "accepted")
        )
        parts += [f"{rule}: sales decided about ", decided, " and accepted ", accepted, ". "]
    parts.append(
        "Ask for more before such a lead is handed over: see leadhouse tune threshold, or add a further clause in stage_rules.csv."
    )
    return Advice(
        "Make the rules stricter that sales rejects",
        parts,
        "marts.alignment",
        "said of rules that are too lenient there in any of the newest six months",
    )


def _highest(context: Context, group: str, column: Column) -> tuple[str, Place] | None:
    """The member of a group with the highest figure of those whose whole interval lies above that of the others."""
    found: list[tuple[float, str, Place]] = []
    for name in context.store.groups[group]:
        place = replace(context.year(), key=name, has_key=True)
        own, others = (context.store.estimate(column, one) for one in (place, replace(place, is_other=True)))
        if name and own.low is not None and others.high is not None and own.low > others.high:
            found.append((own.value or 0.0, name, place))
    return max(found)[1:] if found else None


def _costly_channel(context: Context) -> Advice | None:
    """The paid channel that costs most per SQL, if its interval lies above that of the others."""
    column = Column("", "cost", "paid.spend", "paid.sqls")
    found = _highest(context, "paid", column)
    if found is None:
        return None
    channel, place = found
    own_cost, other_cost = (_number(context, column, one) for one in (place, replace(place, is_other=True)))
    spent = _number(context, Column("", "money", "paid.spend"), place)
    parts: list[str | Number] = [
        f"An SQL by {channel} costs ",
        own_cost,
        ", by the other paid channels together ",
        other_cost,
        ". It took ",
        spent,
        " in these months. Move part of it, or aim better, and look again in a quarter.",
    ]
    return Advice(
        f"Spend less on {channel}",
        parts,
        "marts.channel_conversions",
        "said of the paid channel with the highest cost per SQL, if its whole interval lies above that of the others",
    )


def _best_channel(context: Context) -> Advice | None:
    """The channel whose leads surely become customers more often than the others'."""
    column = Column("", "rate", "channels.customers", "channels.leads")
    found = _highest(context, "channels", column)
    if found is None:
        return None
    channel, place = found
    own_rate, other_rate = (_number(context, column, one) for one in (place, replace(place, is_other=True)))
    parts: list[str | Number] = [
        f"Of the leads by {channel} ",
        own_rate,
        " became customers, of all others ",
        other_rate,
        ". See what could bring more of them.",
    ]
    return Advice(
        f"Do more for {channel}",
        parts,
        "marts.channel_conversions",
        "said of the channel with the highest share of customers, if its whole interval lies above that of the others",
    )


def _forgotten(context: Context) -> Advice | None:
    """The kind of leak with most leads, and who has most of them."""
    kinds = [one for one in context.store.groups["leaks"] if one is not None]
    if not kinds:
        return None
    kind = kinds[0]
    where = f"from marts.leakage where leak_kind = {literal(kind)}"
    total = _counted(context, "count", f"select count(*) {where}")
    all_leaks = _counted(context, "count", "select count(*) from marts.leakage")
    parts: list[str | Number] = [
        all_leaks,
        " leads have fallen out of the funnel. Most, ",
        total,
        f", so: {leaks.KINDS.get(kind, kind)}",
    ]
    owners = [one for one in context.store.groups["leak_owners"] if one is not None]
    most = max(
        owners, key=lambda one: (context.store.measure(f"leak_owners.{kind}", _of(one)) or 0.0, one), default=None
    )
    if most is not None:
        parts += [
            f"; {most} has ",
            _number(context, Column("", "count", f"leak_owners.{kind}"), _of(most)),
            " of these",
        ]
    parts.append(". Give the newest to somebody, and the others back to nurturing.")
    return Advice(
        "Pick up the leads that were lost", parts, "marts.leakage", "said of the kind of leak with most leads"
    )


def _misleading_rules(context: Context) -> Advice | None:
    """Rules that give points to leads that surely buy less often than others."""
    statement = (
        f"select {rules.KEY}, rule_id from marts.rule_effectiveness where scorecard_id = {literal(context.scorecard)} "
        f"and is_valid and points > 0 and lift_high < 1 and count_mature_leads >= {rules.FEWEST} order by lift_high, 1 limit 3"
    )
    found = [str(row[0]) for row in context.connection.execute(statement).fetchall()]
    if not found:
        return None
    parts: list[str | Number] = []
    for rule in found:
        at = f"from marts.rule_effectiveness where scorecard_id = {literal(context.scorecard)} and {rules.KEY} = {literal(rule)}"
        parts += [f"{rule}: lift ", _counted(context, "ratio", f"select lift {at}"), ". "]
    parts.append("The command leadhouse tune points proposes others.")
    return Advice(
        "Take points from rules that mislead",
        parts,
        "marts.rule_effectiveness",
        "said of rules with points above 0 whose whole interval of lift lies below 1",
    )


def _dead_rules(context: Context) -> Advice | None:
    """Valid rules that have never fired."""
    where = f"from marts.rule_effectiveness where scorecard_id = {literal(context.scorecard)} and is_valid and not has_fired"
    names = [str(row[0]) for row in context.connection.execute(f"select {rules.KEY} {where} order by 1").fetchall()]
    if not names:
        return None
    more = f" and {len(names) - 4} more" if len(names) > 4 else ""
    parts: list[str | Number] = [
        _counted(context, "count", f"select count(*) {where}"),
        f" valid rules have never fired: {', '.join(names[:4])}{more}. Either what they ask for is not recorded, or they can go.",
    ]
    return Advice(
        "Mend or remove dead rules", parts, "marts.rule_effectiveness", "said of valid rules that never fired"
    )


def _drift(context: Context) -> Advice | None:
    """Whether the scores of the newest month have shifted."""
    newest = f"from marts.scorecard_drift where scorecard_id = {literal(context.scorecard)} and score_month = (select max(score_month) from marts.scorecard_drift)"
    row = context.connection.execute(f"select is_drifting {newest}").fetchone()
    if row is None or not row[0]:
        return None
    shift = _counted(context, "ratio", f"select population_stability_index {newest}")
    parts: list[str | Number] = [
        "The scores of the leads have shifted by ",
        shift,
        " (population stability index) against the month before. Look for a change of source, of tracking or of criteria before trusting thresholds.",
    ]
    return Advice(
        "Find out why the scores have shifted",
        parts,
        "marts.scorecard_drift",
        "said when is_drifting holds for the newest month",
    )


def _targets(context: Context) -> Advice | None:
    """Targets of the last whole month that were missed."""
    if context.whole < 0:
        return None
    at = f"from marts.funnel_targets where month = date '{context.months[context.whole]}' and channel = 'all' and not is_reached"
    missed = [str(row[0]) for row in context.connection.execute(f"select stage {at} order by pace, stage").fetchall()]
    if not missed:
        return None
    stage = missed[0]
    actual, target = (
        _counted(context, "count", f"select {one} {at} and stage = {literal(stage)}") for one in ("actual", "target")
    )
    parts: list[str | Number] = [
        "The last whole month brought ",
        actual,
        f" entries into {stage.upper() if stage in ('mql', 'sal', 'sql') else stage} of ",
        target,
        " that were planned" + (f"; missed as well: {', '.join(missed[1:])}" if missed[1:] else "") + ".",
    ]
    return Advice(
        "Make up for the missed targets",
        parts,
        "marts.funnel_targets",
        "said of targets over all channels that the last whole month did not reach, the furthest from it first",
    )


def _bad_rows(context: Context) -> Advice | None:
    """The table that has most rows that a person should mend."""
    broken = "count_quarantined_rows - count_bot_rows - count_future_rows"
    statement = (
        f"select source_system || ': ' || entity from marts.row_accounting where {broken} >= {_FEWEST} "
        f"and {broken} > {_MOST_SET_ASIDE} * count_raw_rows order by cast({broken} as double) / count_raw_rows desc, 1 limit 1"
    )
    row = context.connection.execute(statement).fetchone()
    if row is None:
        return None
    at = f"from marts.row_accounting where source_system || ': ' || entity = {literal(str(row[0]))}"
    share = _counted(context, "rate", f"select cast({broken} as double) / count_raw_rows {at}")
    parts: list[str | Number] = [
        f"Of {row[0]} ",
        share,
        " of the rows cannot be used, crawlers apart. The mart quarantined_rows says which, and why.",
    ]
    return Advice(
        "Mend a source",
        parts,
        "marts.row_accounting",
        "said of the table with most unusable rows, if they are more than one in a hundred",
    )


def _of(key: str) -> Place:
    return Place(key=key, has_key=True)


def _number(context: Context, column: Column, place: Place) -> Number:
    found = context.store.estimate(column, place)
    return Number(column.shown_kind, found.value, context.store.sql(column, place), found.low, found.high)


def _counted(context: Context, kind: str, sql: str) -> Number:
    row = context.connection.execute(sql).fetchone()
    return Number(kind, None if row is None or row[0] is None else float(row[0]), sql)


_QUESTIONS: tuple[Callable[[Context], Advice | None], ...] = (
    _waiting,
    _slow_owner,
    _lenient_rule,
    _costly_channel,
    _best_channel,
    _forgotten,
    _targets,
    _misleading_rules,
    _dead_rules,
    _drift,
    _bad_rows,
)

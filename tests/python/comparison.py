"""What the models say of a world, held against what the plain reading of the rules says of it.

Everything is compared exactly: rows as bags of rows, so that a row told twice is a difference too, and
step functions at each moment at which one side or the other changes, and an instant before it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import reference as ref
from sql_harness import END_OF_TIME, Row, Warehouse
from worlds import World

INSTANT = timedelta(microseconds=1)
SHOWN = 5

Key = tuple[object, ...]
Step = tuple[datetime, datetime, object]


@dataclass(frozen=True)
class Policy:
    """The variables of the project that the lifecycle depends on."""

    authority: Mapping[str, str] = field(default_factory=lambda: dict(ref.DEFAULT_AUTHORITY))
    mql_expiry_days: int | None = None

    def variables(self) -> dict[str, object]:
        """The same as variables of dbt."""
        return {"stage_authority": dict(self.authority), "mql_expiry_days": self.mql_expiry_days or ""}

    def cycles(self, world: World, lead: ref.Lead) -> list[ref.Cycle]:
        """The lead's cycles by the plain reading."""
        return ref.lifecycle(lead, world.criteria, world.as_of, self.authority, self.mql_expiry_days)


def differences(warehouse: Warehouse, world: World, policy: Policy) -> list[str]:
    """Build a world; every way in which models and plain reading disagree, in words."""
    warehouse.build(world)
    found: list[str] = []
    for query, expected in TABLES.values():
        found += _of_rows(query, warehouse.rows(query), expected(world, policy))
    for compare in (_score_functions, _stage_functions, _clause_functions):
        found += compare(warehouse, world)
    return found


def _of_rows(query: str, told: Iterable[Row], expected: Iterable[Row]) -> Iterator[str]:
    told_rows, expected_rows = Counter(told), Counter(expected)
    columns = query.strip().splitlines()[0]
    for row in list((told_rows - expected_rows).elements())[:SHOWN]:
        yield f"{columns}\n    told, not expected: {_text(row)}"
    for row in list((expected_rows - told_rows).elements())[:SHOWN]:
        yield f"{columns}\n    expected, not told: {_text(row)}"


def _text(row: Row) -> str:
    return ", ".join("null" if value is None else str(value) for value in row)


def _cases(world: World) -> Iterator[tuple[ref.Lead, ref.Scorecard]]:
    """Each lead with each scorecard, as far as known at the as-of time."""
    for lead in world.leads:
        for scorecard in world.criteria.scorecards:
            yield ref.known_by(lead, world.as_of), scorecard


# ---------------------------------------------------------------------------------- points, as rows


def _ledger(world: World, _: Policy) -> Iterator[Row]:
    for lead, card in _cases(world):
        sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
        for entry in ref.ledger(lead, card):
            rule = (entry.rule_id, entry.group_id)
            sums[rule] += entry.points
            is_future = entry.entry_at > world.as_of
            yield (lead.lead_id, card.scorecard_id, *rule, entry.entry_at, entry.points, sums[rule], is_future)


def _reasons(world: World, _: Policy) -> Iterator[Row]:
    for lead, card in _cases(world):
        for rule_id, points in ref.reasons(lead, card, world.as_of).items():
            yield lead.lead_id, card.scorecard_id, rule_id, points


def _lead_scores(world: World, _: Policy) -> Iterator[Row]:
    for lead, card in _cases(world):
        now = ref.scores(lead, card, world.as_of)
        week_ago, month_ago = (
            ref.score(lead, card, then) if then >= lead.created_at else None
            for then in (world.as_of - timedelta(days) for days in (7, 30))
        )
        change = now.score - (week_ago or 0)
        trend = "rising" if change > 0 else "falling" if change < 0 else "steady"
        drop = ref.next_drop(lead, card, world.as_of) or (None, None)
        scores = (now.fit, now.engagement, now.score, ref.grade(lead, card, world.as_of))
        yield (lead.lead_id, card.scorecard_id, *scores, trend, week_ago, month_ago, *drop)


def _daily_history(world: World, _: Policy) -> Iterator[Row]:
    """The last of each day's changes."""
    for lead, card in _cases(world):
        changes = [change for change in ref.score_history(lead, card) if change[0] <= world.as_of]
        for moment, *scores in {change[0].date(): change for change in changes}.values():
            yield (lead.lead_id, card.scorecard_id, moment.date(), *scores, moment)


# ---------------------------------------------------------------------------------- stages, as rows


def _entries_by_rules(world: World, _: Policy) -> Iterator[Row]:
    for lead, card in _cases(world):
        for stage in ref.RULE_STAGES:
            entry = ref.stage_entry_by_rules(lead, card, stage, world.as_of, world.criteria.exclusions)
            if entry is not None:
                yield lead.lead_id, card.scorecard_id, stage, entry.entered_at, entry.rule_id


def _cycles(world: World, policy: Policy) -> Iterator[Row]:
    for lead in world.leads:
        for cycle in policy.cycles(world, lead):
            yield lead.lead_id, cycle.number, cycle.started_at, cycle.ended_at


def _cycle_stages(world: World, policy: Policy) -> Iterator[Row]:
    for lead in world.leads:
        for cycle in policy.cycles(world, lead):
            for stage in ref.STAGES:
                entry = cycle.by_rules.get(stage)
                by_rules = (None, None) if entry is None else (entry.entered_at, entry.rule_id)
                times = (*by_rules, cycle.by_crm.get(stage), cycle.entered.get(stage))
                if any(times):
                    yield (lead.lead_id, cycle.number, stage, *times)


def _transitions(world: World, policy: Policy) -> Iterator[Row]:
    card = world.criteria.champion
    for lead in world.leads:
        known = ref.known_by(lead, world.as_of)
        rows: list[tuple[int, str, str | None, datetime]] = [(1, "lead", None, lead.created_at)]
        for cycle in policy.cycles(world, lead):
            rows += [(cycle.number, stage, cycle.rule_of(stage), moment) for stage, moment in cycle.entered.items()]
            rows += [(cycle.number, "disqualified", None, moment) for moment in cycle.disqualified[:1]]
            rows += [(cycle.number, "recycled", None, cycle.ended_at)] if cycle.ended_at is not None else []
        for row in rows:
            yield (lead.lead_id, *row, ref.score(known, card, row[-1]))


def _lead_stages(world: World, policy: Policy) -> Iterator[Row]:
    card = world.criteria.champion
    for lead in world.leads:
        known = ref.known_by(lead, world.as_of)
        cycles = policy.cycles(world, lead)
        found, current = ref.lead_stages(cycles), cycles[-1]
        by_rule_or_crm = {
            stage: (
                found.rules.get(stage),
                ref.score(known, card, found.entered[stage]) if stage in found.entered else None,
                found.by_rules.get(stage),
                found.by_crm.get(stage),
                current.entered.get(stage),
            )
            for stage in ref.RULE_STAGES
        }
        yield (
            lead.lead_id,
            card.scorecard_id,
            found.stage,
            found.furthest,
            " ".join(found.skipped) or None,
            *(stage in found.entered for stage in ref.STAGES),
            *(found.entered.get(stage) for stage in ref.STAGES),
            *by_rule_or_crm["mql"],
            *by_rule_or_crm["sql"],
            current.number,
            current.started_at,
            ref.is_excluded(known, world.criteria.exclusions, world.as_of),
        )


# Per table: the columns compared (the first line names them) and the rows by the plain reading.
TABLES: dict[str, tuple[str, Callable[[World, Policy], Iterable[Row]]]] = {
    "score_ledger": (
        """select lead_id, scorecard_id, rule_id, group_id, entered_at, points, rule_points, is_future
        from {score_ledger}""",
        _ledger,
    ),
    "lead_score_reasons": (
        # A rule that changed its group has a row in each.
        """select lead_id, scorecard_id, rule_id, sum(points) as points
        from {lead_score_reasons} group by all having sum(points) <> 0""",
        _reasons,
    ),
    "lead_scores": (
        """select lead_id, scorecard_id, fit_score, engagement_score, score, grade, trend, """
        """score_7_days_ago, score_30_days_ago, next_drop_at, next_drop_points
        from {lead_scores}""",
        _lead_scores,
    ),
    "lead_score_history": (
        """select lead_id, scorecard_id, score_date, fit_score, engagement_score, score, changed_at
        from {lead_score_history}""",
        _daily_history,
    ),
    "stage_rule_spans": (
        """select lead_id, scorecard_id, stage, min(holds_from), min_by(rule_id, (holds_from, rule_id))
        from {stage_rule_spans} join (select distinct stage_rule_id, scorecard_id, stage, rule_id from {stage_clauses})
        using (stage_rule_id) where holds_from <= (select max(as_of) from {lead_scores}) group by all""",
        _entries_by_rules,
    ),
    "lead_cycles": (
        """select lead_id, cycle_number, started_at, ended_at
        from {lead_cycles}""",
        _cycles,
    ),
    "cycle_stages": (
        """select lead_id, cycle_number, stage, by_rules_at, rule_id, by_crm_at, entered_at
        from {cycle_stages} where coalesce(by_rules_at, by_crm_at, entered_at) is not null""",
        _cycle_stages,
    ),
    "stage_transitions": (
        """select lead_id, cycle_number, stage, rule_id, entered_at, score
        from {stage_transitions}""",
        _transitions,
    ),
    "lead_stages": (
        """select lead_id, scorecard_id, stage, furthest_stage, skipped_stages, """
        """is_mql, is_sal, is_sql, is_opportunity, is_customer, is_repeat_customer, """
        """mql_at, sal_at, sql_at, opportunity_at, customer_at, repeat_customer_at, """
        """mql_rule_id, mql_score, mql_at_by_rules, mql_at_by_crm, cycle_mql_at, """
        """sql_rule_id, sql_score, sql_at_by_rules, sql_at_by_crm, cycle_sql_at, """
        """cycle_number, cycle_started_at, is_excluded
        from {lead_stages}""",
        _lead_stages,
    ),
}


# ---------------------------------------------------------------------------------- step functions


def _grouped(rows: Iterable[Row], key_size: int) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[:key_size]].append(row[key_size:])
    return found


def _probes(moments: Iterable[datetime], created_at: datetime) -> list[datetime]:
    every = {probe for moment in moments if moment < END_OF_TIME for probe in (moment, moment - INSTANT)}
    return sorted(probe for probe in every if probe >= created_at)


def _value_at(steps: Sequence[Step], moment: datetime) -> list[object]:
    return [value for since, until, value in steps if since <= moment < until]


def _of_function(
    name: str,
    steps: Sequence[Step],
    moments: Iterable[datetime],
    created_at: datetime,
    expected: Callable[[datetime], object],
) -> Iterator[str]:
    """The first moments at which a step function is not what it should be; [] is no value, two are a contradiction."""
    early = [since for since, _, _ in steps if since < created_at]
    if early:
        yield f"{name}\n    begins {early[0]}, before the lead's creation at {created_at}"
    edges = {edge for since, until, _ in steps for edge in (since, until)}
    wrong = 0
    for probe in _probes(edges | set(moments), created_at):
        told, wanted = _value_at(steps, probe), expected(probe)
        if told != wanted and wrong < SHOWN:
            wrong += 1
            yield f"{name}\n    at {probe}: told {told}, expected {wanted}"


def _score_functions(warehouse: Warehouse, world: World) -> Iterator[str]:
    """Fit, engagement and score at every moment, also in the future."""
    query = """select lead_id, scorecard_id, entered_at, held_until, fit_score, engagement_score, score
    from {score_steps} order by entered_at"""
    told = _grouped(warehouse.rows(query), 2)
    for lead, card in _cases(world):
        steps = [(row[0], row[1], row[2:]) for row in told.pop((lead.lead_id, card.scorecard_id), [])]

        def expected(moment: datetime, lead: ref.Lead = lead, card: ref.Scorecard = card) -> object:
            found = ref.scores(lead, card, moment)
            return [(found.fit, found.engagement, found.score)]

        name = f"score of {lead.lead_id} on {card.scorecard_id}"
        yield from _of_function(name, steps, ref.score_moments(lead, card), lead.created_at, expected)
    yield from (f"scores of nobody: {key}" for key in told)


def _stage_functions(warehouse: Warehouse, world: World) -> Iterator[str]:
    """When each stage rule holds for a lead that is not excluded, also in the future."""
    query = """select lead_id, scorecard_id, stage, rule_id, holds_from, holds_to, true
    from {stage_rule_spans} join (select distinct stage_rule_id, scorecard_id, stage, rule_id from {stage_clauses})
    using (stage_rule_id) order by holds_from"""
    told = _grouped(warehouse.rows(query), 4)
    for lead, card in _cases(world):
        for stage, rule_id in sorted({(row.stage, row.rule_id) for row in card.stage_rules}):
            steps = [
                (row[0], row[1], row[2]) for row in told.pop((lead.lead_id, card.scorecard_id, stage, rule_id), [])
            ]

            def expected(
                moment: datetime,
                lead: ref.Lead = lead,
                card: ref.Scorecard = card,
                stage: str = stage,
                rule_id: str = rule_id,
            ) -> object:
                excluded = ref.is_excluded(lead, world.criteria.exclusions, moment)
                return [True] if not excluded and ref.rule_holds(lead, card, stage, rule_id, moment) else []

            name = f"rule {rule_id} of {card.scorecard_id} for {lead.lead_id}"
            yield from _of_function(name, steps, ref.moments(lead, card), lead.created_at, expected)
    yield from (f"a stage rule of nobody: {key}" for key in told)


def _clause_functions(warehouse: Warehouse, world: World) -> Iterator[str]:
    """When each version of a clause was met, validity aside, as `explain` shows it; no row is not met."""
    query = """select lead_id, scorecard_id, stage, rule_id, clause, valid_from, checked_at, is_met
    from {stage_rule_checks} order by checked_at"""
    told = _grouped(warehouse.rows(query), 6)
    for lead, card in _cases(world):
        for clause in card.stage_rules:
            key = (lead.lead_id, card.scorecard_id, clause.stage, clause.rule_id, clause.clause, clause.valid_from)
            rows = [*told.pop(key, []), (world.as_of + INSTANT, False)]
            steps = [(since, until, is_met) for (since, is_met), (until, _) in pairwise(rows) if is_met]

            def expected(
                moment: datetime, lead: ref.Lead = lead, card: ref.Scorecard = card, clause: ref.StageRule = clause
            ) -> object:
                return [True] if moment <= world.as_of and ref.clause_holds(lead, card, clause, moment) else []

            name = f"clause {clause.clause} from {clause.valid_from} of {clause.rule_id} of {key[1]} for {key[0]}"
            yield from _of_function(name, steps, ref.moments(lead, card), lead.created_at, expected)
    yield from (f"a clause of nobody: {key}" for key in told)

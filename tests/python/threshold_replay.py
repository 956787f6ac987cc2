"""A plain replay of thresholds: the rules read again with another value in their clause, lead by lead, threshold by threshold."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

import reference as ref
from worlds import World

SCORES = ("score", "fit_score", "engagement_score")
Clause = tuple[str, str, int, str]


@dataclass(frozen=True)
class PlainLead:
    """A lead with when it entered the stage, in each cycle that it did."""

    created_at: datetime
    outcome_at: datetime | None
    entries: tuple[datetime, ...]


@dataclass(frozen=True)
class PlainCounts:
    """What a threshold came to in a period."""

    judged: int
    hits: int
    won: int
    caught: int
    too_young: int
    wins: int
    expected: float


def tunable(card: ref.Scorecard) -> list[Clause]:
    """Stage, rule, clause and metric of each clause that asks for a least score."""
    return sorted(
        {
            (row.stage, row.rule_id, row.clause, row.metric)
            for row in card.stage_rules
            if row.metric in SCORES and row.operator == ">="
        }
    )


def with_threshold(criteria: ref.Criteria, clause: Clause, value: Decimal) -> ref.Criteria:
    """The criteria as if the champion's clause had always asked for `value`, from its first version to its last."""
    card = criteria.champion
    stage, rule_id, number, metric = clause

    def is_clause(row: ref.StageRule) -> bool:
        return (row.stage, row.rule_id, row.clause) == (stage, rule_id, number)

    every = ref.clause_versions([row for row in card.stage_rules if is_clause(row)])
    versions = [row for row in every if row.metric == metric and row.operator == ">="]
    begins, ends = [row.valid_from for row in versions], [row.valid_to for row in versions]
    one = replace(
        versions[0],
        value=value,
        valid_from=None if None in begins else min(begin for begin in begins if begin is not None),
        valid_to=None if None in ends else max(end for end in ends if end is not None),
    )
    changed = replace(card, stage_rules=(*(row for row in card.stage_rules if not is_clause(row)), one))
    return replace(criteria, scorecards=tuple(changed if one is card else one for one in criteria.scorecards))


def entries(
    world: World, clause: Clause, value: Decimal, authority: Mapping[str, str]
) -> Iterator[tuple[str, int, datetime]]:
    """Lead, cycle and moment of each entry into the clause's stage at a threshold."""
    criteria = with_threshold(world.criteria, clause, value)
    for lead in world.leads:
        for cycle in ref.lifecycle(lead, criteria, world.as_of, authority):
            if clause[0] in cycle.entered:
                yield lead.lead_id, cycle.number, cycle.entered[clause[0]]


def opportunity_at(lead: ref.Lead, as_of: datetime) -> datetime | None:
    """When the first opportunity of a lead was created or won, as known at `as_of`."""
    known = ref.known_by(lead, as_of)
    times = [max(deal.created_at, lead.created_at) for deal in known.opportunities] + ref.win_times(known)
    return min(times, default=None)


def base_rate(
    leads: Sequence[PlainLead], age_weeks: int, start: datetime, until: datetime, horizon: timedelta
) -> float:
    """Of the leads that were so old, without the outcome yet, in a span of time: the share that had it within the horizon."""
    alive = [
        (lead, moment)
        for lead in leads
        for moment in [lead.created_at + timedelta(weeks=age_weeks)]
        if start <= moment < until and (lead.outcome_at is None or lead.outcome_at > moment)
    ]
    came = [lead for lead, moment in alive if lead.outcome_at is not None and lead.outcome_at <= moment + horizon]
    return len(came) / len(alive) if alive else 0.0


def count(
    leads: Sequence[PlainLead], start: datetime, end: datetime, known_at: datetime, horizon: timedelta
) -> PlainCounts:
    """Count the entries of a period, each judged where its horizon is over by `known_at`."""
    until = max(start, min(end, known_at - horizon))
    pairs = [
        (lead, moment)
        for lead in leads
        for moment in lead.entries
        if moment < end and (lead.outcome_at is None or lead.outcome_at > moment)
    ]
    judged = [(lead, moment) for lead, moment in pairs if start <= moment < until]
    return PlainCounts(
        judged=len(judged),
        hits=sum(_comes(lead, moment, horizon, known_at) for lead, moment in judged),
        won=len(_distinct(lead for lead, moment in judged if _comes(lead, moment, horizon, known_at))),
        caught=len(
            _distinct(
                lead
                for lead, moment in pairs
                if _comes(lead, moment, horizon, known_at) and _is_within(lead.outcome_at, start, end)
            )
        ),
        too_young=sum(moment >= max(start, until) for _, moment in pairs),
        wins=sum(_is_within(lead.outcome_at, start, end) for lead in leads),
        expected=sum(
            base_rate(leads, min(52, (moment - lead.created_at) // timedelta(weeks=1)), start, until, horizon)
            for lead, moment in judged
        ),
    )


def _comes(lead: PlainLead, moment: datetime, horizon: timedelta, known_at: datetime) -> bool:
    return lead.outcome_at is not None and lead.outcome_at < known_at and lead.outcome_at <= moment + horizon


def _is_within(moment: datetime | None, start: datetime, end: datetime) -> bool:
    return moment is not None and start <= moment < end


def _distinct(leads: Iterable[PlainLead]) -> set[int]:
    return {id(lead) for lead in leads}

"""Where a lead stands among the stages at a moment: what it entered and why, and what it lacks for the next one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import duckdb

from leadhouse.scorebook import Clause, Scorebook

# Of several transitions at one moment the last of these is the lead's stage.
ORDER = (
    "lead",
    "mql",
    "sal",
    "sql",
    "opportunity",
    "customer",
    "repeat_customer",
    "recycled",
    "disqualified",
)
NOT_YET = "not a lead yet"


@dataclass(frozen=True)
class Transition:
    """A stage that the lead entered; `decided_by` is rules, crm or opportunities, and None for becoming a lead."""

    cycle_number: int
    stage: str
    decided_by: str | None
    rule_id: str | None
    reason: str | None
    score: Decimal | None
    entered_at: datetime
    description: str = ""


@dataclass(frozen=True)
class ClauseCheck:
    """One clause of a stage rule at the moment, with the value that the lead has."""

    clause: Clause
    actual: Decimal
    is_met: bool


@dataclass(frozen=True)
class Standing:
    """`stage` at the moment; `checks` are the clauses of the rules of `next_stage` (None: no rule leads further).

    `lead_at` is when it became a lead, also where that is later than the moment.
    """

    stage: str
    lead_at: datetime | None
    transitions: list[Transition]
    next_stage: str | None
    checks: list[ClauseCheck]
    exclusion: str | None
    scorecard_id: str


def read_standing(
    connection: duckdb.DuckDBPyConnection,
    lead_id: str,
    book: Scorebook,
    moment: datetime,
    scores: Mapping[str, Decimal],
) -> Standing:
    """Read the lead's transitions and rule checks up to a moment, not later than the build's as-of time.

    `scores` are the values at that moment of the metrics fit_score, engagement_score and score: the checks that the
    marts keep of them are those moments only at which one began or ceased to be enough.
    """
    every = _transitions(connection, lead_id, book)
    transitions = [entry for entry in every if entry.entered_at <= moment]
    stage = transitions[-1].stage if transitions else NOT_YET
    next_stage = _next_stage(transitions)
    checks: list[ClauseCheck] = []
    if next_stage:
        counted = _counted(connection, lead_id, book, next_stage, moment)
        checks = [_check(clause, scores, counted) for clause in book.clauses_at(next_stage, moment)]
    return Standing(
        stage=stage,
        lead_at=every[0].entered_at if every else None,
        transitions=transitions,
        next_stage=next_stage,
        checks=checks,
        exclusion=_exclusion(connection, lead_id),
        scorecard_id=book.scorecard_id,
    )


def _transitions(connection: duckdb.DuckDBPyConnection, lead_id: str, book: Scorebook) -> list[Transition]:
    rows = connection.execute(
        "select cycle_number, stage, decided_by, rule_id, reason, score, entered_at from marts.stage_transitions "
        "where lead_id = $lead",
        {"lead": lead_id},
    ).fetchall()
    found = [_transition(book, *row) for row in rows]
    return sorted(found, key=lambda entry: (entry.cycle_number, entry.entered_at, ORDER.index(entry.stage)))


def _transition(book: Scorebook, cycle: int, stage: str, decided_by: str | None, *rest: Any) -> Transition:
    rule_id, reason, score, entered_at = rest
    description = book.describe_rule(stage, rule_id, entered_at) if rule_id else ""
    return Transition(cycle, stage, decided_by, rule_id, reason, score, entered_at, description)


def _next_stage(transitions: Sequence[Transition]) -> str | None:
    """The stage that rules would bring the lead to: in a new cycle after it was recycled, else in its current one."""
    if not transitions or transitions[-1].stage == "disqualified":
        return None
    if transitions[-1].stage == "recycled":
        return "mql"
    reached = {entry.stage for entry in transitions if entry.cycle_number == transitions[-1].cycle_number}
    if reached & {"sql", "opportunity", "customer", "repeat_customer"}:
        return None
    return "sql" if reached & {"mql", "sal"} else "mql"


def _counted(
    connection: duckdb.DuckDBPyConnection, lead_id: str, book: Scorebook, stage: str, moment: datetime
) -> dict[tuple[str, int], Decimal]:
    """The latest counted value of each clause; a clause that nothing was ever counted for has none."""
    rows = connection.execute(
        """
        select rule_id, clause, actual_value
        from (
            select *, row_number() over (partition by rule_id, clause order by checked_at desc) as recency
            from marts.stage_rule_checks
            where
                lead_id = $lead and scorecard_id = $scorecard and stage = $stage
                and checked_at <= $moment
                and (valid_from is null or valid_from <= $moment)
                and (valid_to is null or $moment < valid_to)
        )
        where recency = 1
        """,
        {"lead": lead_id, "scorecard": book.scorecard_id, "stage": stage, "moment": moment},
    ).fetchall()
    return {(rule_id, int(clause)): Decimal(actual) for rule_id, clause, actual in rows}


def _check(clause: Clause, scores: Mapping[str, Decimal], counted: Mapping[tuple[str, int], Decimal]) -> ClauseCheck:
    if clause.metric in scores:
        actual = scores[clause.metric]
    else:
        actual = counted.get((clause.rule_id, clause.clause), Decimal(0))
    return ClauseCheck(clause, actual, clause.is_met_by(actual))


def _exclusion(connection: duckdb.DuckDBPyConnection, lead_id: str) -> str | None:
    row = connection.execute(
        "select coalesce(exclusion_reason, 'no reason given') from marts.lead_stages "
        "where lead_id = $lead and is_excluded",
        {"lead": lead_id},
    ).fetchone()
    return str(row[0]) if row else None

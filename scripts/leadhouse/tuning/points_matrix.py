"""The lead matrix as of each lead's decision time: which rules held, which attributes were known, what had been done by then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from leadhouse.database import literal
from leadhouse.errors import InputError, Problem
from leadhouse.tuning.evidence import Origin, check_outcome
from leadhouse.tuning.points_columns import Column, Flags, column_of

# Windows that rules on activities may have, in days before the decision; None for ever.
WINDOWS = (7, 30, 90, None)
# An attribute or activity that fewer leads have cannot be judged.
LEAST_LEADS = 20
# Of what sales does with a lead, its outcome follows by itself: no rule is proposed from it.
SALES = "sales"


@dataclass(frozen=True)
class Matrix:
    """Columns of the leads that can be judged, whether each had the outcome, and when it was decided on (UTC).

    Left out and counted: leads that had the outcome before their decision time, and those whose horizon is not over.
    `champion_points` are the points that the champion's rules give at present, by the name of their column.
    """

    columns: list[Column]
    wins: Flags
    times: NDArray[np.datetime64]
    champion_points: dict[str, float]
    champion_scores: NDArray[np.float64]
    champion_share: float
    count_too_young: int
    count_had_outcome: int


def take_matrix(
    connection: duckdb.DuckDBPyConnection, origin: Origin, outcome: str, decision_days: int, horizon_days: int
) -> Matrix:
    """Read the matrix from the attached work database; `outcome` within `horizon_days` after the decision is a win.

    Raises InputError when no lead can be judged.
    """
    counts = _take_decisions(connection, origin, check_outcome(outcome), decision_days, horizon_days)
    leads = connection.execute("select has_won, decided_at from decisions order by number").fetchnumpy()
    if not len(leads["has_won"]):
        mend = "Give fewer --decision-days or --horizon-days, or build on more history."
        raise InputError([Problem("--decision-days, --horizon-days", "leave no lead whose outcome is known", mend)])
    size = len(leads["has_won"])
    champion, points = _rules(connection, size)
    columns = [*champion, *_attributes(connection, size), *_activities(connection, size)]
    return Matrix(
        columns=columns,
        wins=leads["has_won"].astype(np.bool_),
        times=leads["decided_at"].astype("datetime64[us]"),
        champion_points=points,
        champion_scores=_scores(connection, size),
        champion_share=_mql_share(connection),
        count_too_young=counts[0],
        count_had_outcome=counts[1],
    )


def _take_decisions(
    connection: duckdb.DuckDBPyConnection, origin: Origin, outcome: str, decision_days: int, horizon_days: int
) -> tuple[int, int]:
    """Make the table `decisions` of leads that can be judged; gives how many are too young, and had the outcome before."""
    connection.execute(
        f"""
        create table every_decision as
        select
            lead_id,
            {outcome}_at as outcome_at,
            created_at + to_days({decision_days}) as decided_at,
            created_at + to_days({decision_days + horizon_days}) > $as_of as is_too_young,
            coalesce({outcome}_at <= created_at + to_days({decision_days}), false) as had_outcome
        from work.intermediate.lead_results
        """,
        {"as_of": origin.as_of},
    )
    connection.execute(
        f"""
        create table decisions as
        select
            row_number() over (order by decided_at, lead_id) - 1 as number,
            lead_id,
            decided_at,
            outcome_at,
            coalesce(outcome_at <= decided_at + to_days({horizon_days}), false) as has_won
        from every_decision where not is_too_young and not had_outcome
        """
    )
    row = connection.execute(
        "select count(*) filter (is_too_young), count(*) filter (had_outcome and not is_too_young) from every_decision"
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _rules(connection: duckdb.DuckDBPyConnection, size: int) -> tuple[list[Column], dict[str, float]]:
    """One column per rule of the champion, held where it gave points; and the points of its newest version."""
    table = connection.execute(
        """
        select decisions.number, entries.rule_id, any_value(groups.dimension) as dimension
        from work.intermediate.ledger_entries as entries
        inner join decisions
            on
                decisions.lead_id = entries.lead_id
                and entries.entered_at <= decisions.decided_at
                and entries.held_until > decisions.decided_at
        inner join work.seeds.scorecards as cards on cards.scorecard_id = entries.scorecard_id and cards.is_champion
        inner join work.seeds.score_groups as groups
            on groups.scorecard_id = entries.scorecard_id and groups.group_id = entries.group_id
        where entries.rule_points <> 0 and entries.rule_id not like 'adjustment:%'
        group by decisions.number, entries.rule_id
        """
    ).fetchnumpy()
    sales = _sales_rules(connection)
    columns = []
    for rule_id in np.unique(table["rule_id"].astype(str)):
        members = table["rule_id"] == rule_id
        if members.sum() >= LEAST_LEADS and rule_id not in sales:
            held = np.zeros(size, dtype=np.bool_)
            held[table["number"][members]] = True
            dimension = str(table["dimension"][members][0])
            columns.append(Column(f"rule:{rule_id}", "rule", held, rule_dimension=dimension))
    points = connection.execute(
        """
        select 'rule:' || rule_id, points::double from work.intermediate.scoring_rules
        inner join work.seeds.scorecards using (scorecard_id)
        where is_champion and points is not null
        """
    ).fetchall()
    return columns, dict(points)


def _sales_rules(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute(
        f"""
        select rule_id from work.seeds.engagement_rules
        inner join work.seeds.activity_types using (activity_type) where category = {literal(SALES)}
        """
    ).fetchall()
    return {str(row[0]) for row in rows}


def _attributes(connection: duckdb.DuckDBPyConnection, size: int) -> list[Column]:
    """One column per attribute, with its value at the decision time; and whether it was first recorded after the outcome."""
    connection.execute(
        """
        create table cells as
        select
            decisions.number,
            attributes.attribute,
            max(attributes.value) filter (
                attributes.valid_from <= decisions.decided_at and attributes.valid_to > decisions.decided_at
            ) as value,
            bool_or(attributes.has_history) as has_history,
            coalesce(min(attributes.valid_from) >= any_value(decisions.outcome_at), false) as is_late
        from work.intermediate.known_attributes as attributes
        inner join decisions on decisions.lead_id = attributes.lead_id
        group by decisions.number, attributes.attribute
        """
    )
    names = connection.execute(
        "select attribute from cells group by attribute having count(*) >= $least order by attribute",
        {"least": LEAST_LEADS},
    ).fetchall()
    columns = []
    for (name,) in names:
        table = connection.execute(
            "select number, value, has_history, is_late from cells where attribute = $name", {"name": name}
        ).fetchnumpy()
        values: NDArray[Any] = np.full(size, None, dtype=object)
        values[table["number"]] = np.ma.filled(table["value"].astype(object), None)
        column = column_of(str(name), list(values))
        if table["has_history"].any():
            late = np.zeros(size, dtype=np.bool_)
            late[table["number"]] = table["is_late"]
            column = Column(column.name, column.kind, column.values, known_after_outcome=late)
        columns.append(column)
    return columns


def _activities(connection: duckdb.DuckDBPyConnection, size: int) -> list[Column]:
    """One column per activity type and window: how many were known and young enough at the decision time."""
    table = connection.execute(
        """
        select
            decisions.number,
            activities.activity_type,
            date_diff('microsecond', activities.occurred_at, decisions.decided_at) / 86400e6 as days
        from work.intermediate.lead_activities as activities
        inner join decisions
            on decisions.lead_id = activities.lead_id and activities.known_at <= decisions.decided_at
        """
    ).fetchnumpy()
    types = connection.execute(
        "select activity_type, category, intent, is_inbound from work.seeds.activity_types order by activity_type"
    ).fetchall()
    columns = []
    for activity_type, category, intent, is_inbound in types:
        members = table["activity_type"] == activity_type
        if category == SALES or not members.any():
            continue
        numbers, days = table["number"][members], table["days"][members]
        for window in WINDOWS:
            within = days < window if window else np.ones(len(days), dtype=np.bool_)
            counts = np.bincount(numbers[within], minlength=size)
            if (counts > 0).sum() >= LEAST_LEADS:
                name = f"{activity_type}:{window or 'ever'}"
                columns.append(Column(name, "activity", counts, activity_type, window, str(intent), bool(is_inbound)))
    return columns


def _scores(connection: duckdb.DuckDBPyConnection, size: int) -> NDArray[np.float64]:
    """The champion's score at the decision time: what a new card has to do better than."""
    table = connection.execute(
        """
        select decisions.number, steps.score::double as score
        from work.intermediate.score_steps as steps
        inner join work.seeds.scorecards as cards on cards.scorecard_id = steps.scorecard_id and cards.is_champion
        inner join decisions
            on
                decisions.lead_id = steps.lead_id
                and steps.entered_at <= decisions.decided_at
                and steps.held_until > decisions.decided_at
        """
    ).fetchnumpy()
    scores = np.zeros(size)
    scores[table["number"]] = table["score"]
    return scores


def _mql_share(connection: duckdb.DuckDBPyConnection) -> float:
    """Share of the leads that the champion's rules had made an MQL by their decision time."""
    row = connection.execute(
        """
        select avg((entries.lead_id is not null)::integer)
        from decisions
        left join (
            select lead_id, entered_at
            from work.intermediate.scorecard_entries
            inner join work.seeds.scorecards using (scorecard_id)
            where is_champion and stage = 'mql'
        ) as entries on entries.lead_id = decisions.lead_id and entries.entered_at <= decisions.decided_at
        """
    ).fetchone()
    return float(row[0]) if row and row[0] is not None else 0.0

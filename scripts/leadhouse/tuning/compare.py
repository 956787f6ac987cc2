"""Two scorecards side by side: the same leads, the same clock, each entering a stage when the card's own rules first say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
from numpy.typing import NDArray

from leadhouse.database import literal
from leadhouse.errors import InputError, Problem
from leadhouse.tuning import objectives, replay
from leadhouse.tuning.replay import Counts, Period
from leadhouse.tuning.threshold import draws, known, quantiles

Floats = NDArray[np.float64]
CARDS = ("champion", "challenger")
MEASURES = ("entries_per_week", "precision", "recall", "lift", "head_start_days", "profit")


@dataclass(frozen=True)
class Measure:
    """One figure of both cards; the interval is of the difference, challenger less champion, by paired bootstrap at 95 %."""

    name: str
    champion: float | None
    challenger: float | None
    difference_low: float | None
    difference_high: float | None

    @property
    def is_certain(self) -> bool:
        """Whether the interval of the difference leaves zero out."""
        low, high = self.difference_low, self.difference_high
        return low is not None and high is not None and (low > 0 or high < 0)


@dataclass(frozen=True)
class Overlap:
    """How many leads enter by both cards within the period, by one only, and by which card earlier."""

    both: int
    champion_only: int
    challenger_only: int
    champion_earlier: int
    challenger_earlier: int


@dataclass(frozen=True)
class SegmentComparison:
    """A segment's judged entries and precision by each card."""

    segment: str
    champion_entries: int
    challenger_entries: int
    champion_precision: float | None
    challenger_precision: float | None


@dataclass(frozen=True)
class Mover:
    """A lead that enters by one card only, or by the two at different moments; `outcome_at` is what became of it."""

    lead_id: str
    segment: str
    champion_at: datetime | None
    challenger_at: datetime | None
    outcome_at: datetime | None


@dataclass(frozen=True)
class Comparison:
    """The answer; `count_judged` are the entries of each card whose horizon is over, `count_too_young` those left out."""

    champion: str
    challenger: str
    stage: str
    outcome: str
    period: Period
    count_judged: tuple[int, int]
    count_too_young: tuple[int, int]
    count_wins: int
    measures: list[Measure]
    overlap: Overlap
    segments: list[SegmentComparison]
    movers: list[Mover]

    def measure(self, name: str) -> Measure:
        """One of MEASURES."""
        return next(one for one in self.measures if one.name == name)


def take_card_entries(connection: duckdb.DuckDBPyConnection, cards: tuple[str, str], stage: str) -> None:
    """Make the table `entries` of two scorecards, the second taking the place of a higher threshold than the first.

    Raises InputError for a scorecard that the history does not know, or without rules for the stage.
    """
    there = dict(
        connection.execute(
            """
            select cards.scorecard_id, count(clauses.clause)
            from work.seeds.scorecards as cards
            left join work.intermediate.stage_clauses as clauses
                on clauses.scorecard_id = cards.scorecard_id and clauses.stage = $stage
            group by cards.scorecard_id order by 1
            """,
            {"stage": stage},
        ).fetchall()
    )
    for card in cards:
        if card not in there:
            mend = f"Known are: {', '.join(there)}. A new one is known after the next build."
            raise InputError([Problem(f"`{card}`", "is no scorecard of the last build", mend)])
        if not there[card]:
            what = f"has no rule for the stage {stage}"
            raise InputError([Problem(f"`{card}`", what, "Add one to seeds/lifecycle/stage_rules.csv, and build.")])
    if cards[0] == cards[1]:
        raise InputError([Problem(f"`{cards[0]}`", "is compared with itself", "Name two scorecards.")])
    selects = (
        f"""
        select leads.lead_number, {number}::double - 0.5 as above_value, {number}::double as up_to_value, entries.entered_at
        from work.intermediate.scorecard_entries as entries
        inner join leads on leads.lead_id = entries.lead_id
        where entries.scorecard_id = {literal(card)} and entries.stage = {literal(stage)}
        """
        for number, card in enumerate(cards)
    )
    connection.execute(f"create table entries as {' union all '.join(selects)}")


def compare(
    connection: duckdb.DuckDBPyConnection,
    cards: tuple[str, str],
    stage: str,
    outcome: str,
    period: Period,
    seed: int,
    money: tuple[float, float] | None = None,
) -> Comparison:
    """Compare over a period; `money` is the value of a win and the cost of a touch. Needs `leads` and `entries` in memory."""
    counts = replay.count(connection, (0, 1), period)
    total = counts.drawn(np.ones((1, counts.judged.shape[1])))
    drawn = counts.drawn(draws(connection, seed))
    figures, spread = _figures(total, period, money), _figures(drawn, period, money)
    return Comparison(
        champion=cards[0],
        challenger=cards[1],
        stage=stage,
        outcome=outcome,
        period=period,
        count_judged=(int(total.judged[0, 0]), int(total.judged[1, 0])),
        count_too_young=(int(total.too_young[0, 0]), int(total.too_young[1, 0])),
        count_wins=int(total.wins[0, 0]),
        measures=[_measure(name, figures[name], spread[name]) for name in figures],
        overlap=_overlap(connection, period),
        segments=_segments(connection, period),
        movers=_movers(connection, period),
    )


def _figures(counts: Counts, period: Period, money: tuple[float, float] | None) -> dict[str, Floats]:
    found = {
        "entries_per_week": counts.judged / period.weeks if period.weeks > 0 else np.full(counts.judged.shape, np.nan),
        "precision": objectives.precision(counts),
        "recall": objectives.recall(counts),
        "lift": objectives.lift(counts),
        # A median is not a sum over buckets: it has no interval of this kind.
        "head_start_days": np.repeat(counts.head_start_days[:, None], counts.judged.shape[1], axis=1),
    }
    return found | ({"profit": objectives.profit(counts, *money)} if money else {})


def _measure(name: str, values: Floats, drawn: Floats) -> Measure:
    low, high = quantiles(drawn[1] - drawn[0]) if name != "head_start_days" else (np.nan, np.nan)
    return Measure(name, known(values[0, 0]), known(values[1, 0]), known(low), known(high))


_PAIRED = """
    select
        leads.lead_id, leads.segment, leads.outcome_at,
        min(entries.entered_at) filter (entries.up_to_value = 0) as champion_at,
        min(entries.entered_at) filter (entries.up_to_value = 1) as challenger_at
    from entries
    inner join leads on leads.lead_number = entries.lead_number
    where
        entries.entered_at >= $starts and entries.entered_at < $ends
        and (leads.outcome_at is null or leads.outcome_at > entries.entered_at)
    group by all
"""


def _overlap(connection: duckdb.DuckDBPyConnection, period: Period) -> Overlap:
    row = connection.execute(
        f"""
        select
            count(*) filter (champion_at is not null and challenger_at is not null),
            count(*) filter (challenger_at is null),
            count(*) filter (champion_at is null),
            count(*) filter (champion_at < challenger_at),
            count(*) filter (challenger_at < champion_at)
        from ({_PAIRED})
        """,
        {"starts": period.starts_at, "ends": period.ends_at},
    ).fetchone()
    return Overlap(*(row or (0, 0, 0, 0, 0)))


def _movers(connection: duckdb.DuckDBPyConnection, period: Period) -> list[Mover]:
    rows = connection.execute(
        f"""
        select lead_id, segment, champion_at, challenger_at, outcome_at from ({_PAIRED})
        where champion_at is distinct from challenger_at
        order by (champion_at is null or challenger_at is null) desc, coalesce(challenger_at, champion_at), lead_id
        """,
        {"starts": period.starts_at, "ends": period.ends_at},
    ).fetchall()
    return [Mover(*row) for row in rows]


def _segments(connection: duckdb.DuckDBPyConnection, period: Period) -> list[SegmentComparison]:
    """By the entries that `replay.count` has left: judged ones, whole period."""
    rows = connection.execute(
        """
        select
            leads.segment,
            count(*) filter (first_number = 0), count(*) filter (first_number = 1),
            avg(has_outcome::integer) filter (first_number = 0), avg(has_outcome::integer) filter (first_number = 1)
        from period_entries
        inner join leads on leads.lead_number = period_entries.lead_number
        where is_judged
        group by leads.segment order by count(*) desc, leads.segment
        """
    ).fetchall()
    return [SegmentComparison(*row) for row in rows]

"""Counting what each threshold would have come to in a period: exact, in one query over the entries at every threshold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import duckdb
import numpy as np
from numpy.typing import NDArray

from leadhouse.tuning.evidence import COUNT_BUCKETS

# Leads older than this are held against leads of this age: few are.
LAST_AGE_WEEK = 52

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Period:
    """A span of entries, from `starts_at` on and before `ends_at`, judged by what was known at `known_at` (all UTC).

    Without `known_at` it is the span's end. An entry is judged when its horizon is over by then; later ones are too young.
    """

    starts_at: datetime
    ends_at: datetime
    horizon_days: int
    known_at: datetime | None = None

    @property
    def known_until(self) -> datetime:
        """Nothing after this moment is known to the judgement."""
        return self.known_at or self.ends_at

    @property
    def judged_until(self) -> datetime:
        """Entries before this moment have had their whole horizon."""
        over = self.known_until - timedelta(days=self.horizon_days)
        return max(self.starts_at, min(self.ends_at, over))

    @property
    def weeks(self) -> float:
        """Length of the span in which entries are judged, in weeks."""
        return (self.judged_until - self.starts_at) / timedelta(days=7)


@dataclass(frozen=True)
class Counts:
    """Counts per threshold (rows) and bucket of leads (columns).

    `judged` entries, `hits` of them with the outcome within the horizon after, `won` leads behind those hits, `expected` hits had the
    entries been leads of the same ages drawn at random, `caught` leads with the outcome in the period that had entered at most
    the horizon before, `too_young` entries. `wins` (one row): all leads with the outcome in the period.
    """

    judged: Floats
    hits: Floats
    won: Floats
    expected: Floats
    caught: Floats
    too_young: Floats
    wins: Floats
    head_start_days: Floats

    def drawn(self, weights: Floats) -> Counts:
        """The same with each bucket taken `weights` times (draws x buckets); the columns are draws then."""
        return replace(self, **{name: getattr(self, name) @ weights.T for name in _COUNTED})


_COUNTED = ("judged", "hits", "won", "expected", "caught", "too_young", "wins")


def count(
    connection: duckdb.DuckDBPyConnection, thresholds: Sequence[float], period: Period, segment: str | None = None
) -> Counts:
    """Replay every threshold over a period, for the leads of one segment or all.

    Needs the tables `leads` and `entries` (see `evidence`). What happened after the period's end is not known to it.
    """
    _make_base_rates(connection, period)
    _make_period_entries(connection, thresholds, period, segment)
    shape = (len(thresholds), COUNT_BUCKETS)
    counted = {name: np.zeros(shape) for name in _COUNTED[:-1]}
    # An entry counts from its first threshold to its last: where it begins it is added, after its end taken away.
    table = connection.execute(
        """
        select
            case when ends.is_end then last_number + 1 else first_number end as number,
            bucket,
            sum(case when ends.is_end then -1 else 1 end) filter (is_judged) as judged,
            sum(case when ends.is_end then -1 else 1 end) filter (is_judged and has_outcome) as hits,
            sum(case when ends.is_end then -rate else rate end) filter (is_judged) as expected,
            sum(case when ends.is_end then -1 else 1 end) filter (is_too_young) as too_young
        from period_entries
        cross join (values (false), (true)) as ends (is_end)
        group by all
        """
    ).fetchnumpy()
    within = table["number"] < len(thresholds)
    for name in ("judged", "hits", "expected", "too_young"):
        counted[name][table["number"][within], table["bucket"][within]] = np.ma.filled(table[name], 0)[within]
        counted[name] = np.cumsum(counted[name], axis=0)
    # A lead that entered twice before its outcome was won once.
    table = connection.execute(
        """
        select
            numbers.number,
            bucket,
            count(distinct lead_number) filter (is_judged) as won,
            count(distinct lead_number) filter (has_outcome_in_period) as caught
        from period_entries
        inner join range($count) as numbers (number) on numbers.number between first_number and last_number
        where has_outcome
        group by all
        """,
        {"count": len(thresholds)},
    ).fetchnumpy()
    for name in ("won", "caught"):
        counted[name][table["number"], table["bucket"]] = table[name]
    wins = connection.execute(
        """
        select bucket, count(*) as wins from leads
        where outcome_at >= $starts and outcome_at < $ends and ($segment is null or segment = $segment)
        group by bucket
        """,
        {"starts": period.starts_at, "ends": period.ends_at, "segment": segment},
    ).fetchnumpy()
    counted["wins"] = np.zeros((1, COUNT_BUCKETS))
    counted["wins"][0, wins["bucket"]] = wins["wins"]
    return Counts(**counted, head_start_days=_head_starts(connection, len(thresholds)))


def _make_period_entries(
    connection: duckdb.DuckDBPyConnection, thresholds: Sequence[float], period: Period, segment: str | None
) -> None:
    """Make the table `period_entries`: entries up to the period's end of leads without the outcome, and for which thresholds."""
    connection.execute("create or replace temp table thresholds (number integer, value double)")
    connection.executemany("insert into thresholds values (?, ?)", [[n, float(v)] for n, v in enumerate(thresholds)])
    connection.execute(
        f"""
        create or replace temp table period_entries as
        select
            leads.lead_number,
            leads.bucket,
            coalesce(below.number + 1, 0) as first_number,
            reached.number as last_number,
            entries.entered_at >= $starts and entries.entered_at < $judged_until as is_judged,
            entries.entered_at >= $starts and entries.entered_at >= $judged_until as is_too_young,
            coalesce(
                leads.outcome_at < $known_until
                and leads.outcome_at <= entries.entered_at + interval {period.horizon_days} day, false
            ) as has_outcome,
            coalesce(leads.outcome_at >= $starts and leads.outcome_at < $ends, false) as has_outcome_in_period,
            coalesce(base_rates.rate, 0) as rate,
            date_diff('microsecond', entries.entered_at, leads.outcome_at) / 86400e6 as days_to_outcome
        from entries
        inner join leads on leads.lead_number = entries.lead_number
        asof left join thresholds as below on entries.above_value >= below.value
        asof left join thresholds as reached on entries.up_to_value >= reached.value
        left join base_rates
            on base_rates.age_week = least(
                {LAST_AGE_WEEK}, date_diff('second', leads.created_at, entries.entered_at) // 604800
            )
        where
            entries.entered_at < $ends
            and (leads.outcome_at is null or leads.outcome_at > entries.entered_at)
            and ($segment is null or leads.segment = $segment)
            and reached.number >= coalesce(below.number + 1, 0)
        """,
        {
            "starts": period.starts_at,
            "ends": period.ends_at,
            "judged_until": period.judged_until,
            "known_until": period.known_until,
            "segment": segment,
        },
    )


def _make_base_rates(connection: duckdb.DuckDBPyConnection, period: Period) -> None:
    """Make the table `base_rates`: of the leads that had no outcome yet at an age in weeks, the share that had it within the horizon.

    Held against leads of other ages, whoever enters late would look worse than chance: most outcomes come early.
    """
    connection.execute(
        f"""
        create or replace temp table base_rates as
        select
            ages.age_week,
            avg(case when leads.outcome_at <= aged_at + interval {period.horizon_days} day then 1.0 else 0.0 end) as rate
        from leads
        cross join range({LAST_AGE_WEEK + 1}) as ages (age_week),
        lateral (select leads.created_at + to_days(7 * ages.age_week::integer) as aged_at)
        where
            aged_at >= $starts and aged_at < $judged_until
            and (leads.outcome_at is null or leads.outcome_at > aged_at)
        group by ages.age_week
        """,
        {"starts": period.starts_at, "judged_until": period.judged_until},
    )


def _head_starts(connection: duckdb.DuckDBPyConnection, count_thresholds: int) -> Floats:
    """Median days from a judged entry to its outcome, per threshold; NaN where there is none."""
    rows = connection.execute(
        """
        select numbers.number, median(days_to_outcome)
        from period_entries
        inner join range($count) as numbers (number) on numbers.number between first_number and last_number
        where is_judged and has_outcome
        group by numbers.number
        """,
        {"count": count_thresholds},
    ).fetchall()
    found = np.full(count_thresholds, np.nan)
    for number, days in rows:
        found[number] = days
    return found

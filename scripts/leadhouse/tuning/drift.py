"""Whether the later period is still the world that the earlier one was."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import duckdb

from leadhouse.tuning.evidence import DRIFT_AGE_DAYS
from leadhouse.tuning.replay import Period

# N. Siddiqi, Credit Risk Scorecards (2006): above .25 the population is another one.
MUCH = 0.25
_BANDS = 10
# In populations that are alike, the index over (1/n + 1/m) is distributed as chi squared with a degree of freedom less than bands
# (B. Yurdakul and J. Naranjo, Statistical properties of the population stability index, J. Risk Model Validation 14, 2020); its
# quantiles at 1 % by degrees of freedom. Of few leads, chance alone makes much of it.
_CHI_SQUARED = (0.0, 6.635, 9.210, 11.345, 13.277, 15.086, 16.812, 18.475, 20.090, 21.666)
# Two sided, 1 %: a warning is to be rare where nothing has changed.
_LEVEL = 2.5758293035489004


@dataclass(frozen=True)
class Drift:
    """Base rates: of the leads created in each period whose horizon is over, the share with the outcome within it.

    `stability` is the population stability index of the scores at 30 days of age; None without leads in both periods.
    `stability_by_chance` is what it exceeds in one of a hundred cases where nothing has changed.
    """

    train_base_rate: float | None
    later_base_rate: float | None
    is_base_rate_other: bool
    stability: float | None
    stability_by_chance: float | None

    @property
    def warnings(self) -> list[str]:
        """What has changed, in sentences; empty where nothing speaks for a change."""
        found = []
        if self.is_base_rate_other and self.train_base_rate is not None and self.later_base_rate is not None:
            found.append(
                f"The base rate went from {self.train_base_rate:.1%} to {self.later_base_rate:.1%}: "
                "what was learned on the earlier period may not hold any more."
            )
        if self.stability is not None and self.stability > max(MUCH, self.stability_by_chance or 0.0):
            found.append(
                f"Scores are distributed otherwise than before (population stability index {self.stability:.2f}, "
                f"above {MUCH} is much): one threshold does not mean the same in both periods."
            )
        return found


def find_drift(
    connection: duckdb.DuckDBPyConnection, train: Period, later: Period, segment: str | None = None
) -> Drift:
    """Compare two periods by the tables `leads` and `early_scores`."""
    counts = [_base_counts(connection, period, segment) for period in (train, later)]
    rates = [won / count if count else None for won, count in counts]
    return Drift(rates[0], rates[1], _differ(*counts), *_stability(connection, train, later, segment))


def _base_counts(connection: duckdb.DuckDBPyConnection, period: Period, segment: str | None) -> tuple[int, int]:
    row = connection.execute(
        f"""
        select count(*) filter (outcome_at <= created_at + interval {period.horizon_days} day), count(*)
        from leads
        where created_at >= $starts and created_at < $until and ($segment is null or segment = $segment)
        """,
        {"starts": period.starts_at, "until": period.judged_until, "segment": segment},
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)


def _differ(one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Whether two shares differ beyond chance: the z test with pooled variance, at 1 %."""
    (won, count), (later_won, later_count) = one, other
    if not count or not later_count or not 0 < won + later_won < count + later_count:
        return False
    pooled = (won + later_won) / (count + later_count)
    error = sqrt(pooled * (1 - pooled) * (1 / count + 1 / later_count))
    return abs(won / count - later_won / later_count) / error > _LEVEL


def _stability(
    connection: duckdb.DuckDBPyConnection, train: Period, later: Period, segment: str | None
) -> tuple[float | None, float | None]:
    """Population stability index over the deciles of the earlier period, and what chance makes of it.

    Half a lead stands for an empty band.
    """
    rows = connection.execute(
        f"""
        with scores as (
            select scores.value, scores.created_at >= $later as is_later
            from early_scores as scores
            inner join leads on leads.lead_number = scores.lead_number
            where
                scores.created_at >= $starts
                and scores.created_at < $ends - interval {DRIFT_AGE_DAYS} day
                -- The same age was reached in each period itself.
                and (
                    scores.created_at >= $later
                    or scores.created_at < $later - interval {DRIFT_AGE_DAYS} day
                )
                and ($segment is null or leads.segment = $segment)
        ),

        edges as (
            select distinct unnest(quantile_cont(value, [{", ".join(str(n / _BANDS) for n in range(1, _BANDS))}])) as edge
            from scores where not is_later
        ),

        banded as (
            select is_later, (select count(*) from edges where edge < scores.value) as band from scores
        )

        select band, count(*) filter (not is_later), count(*) filter (is_later) from banded group by band
        """,
        {"starts": train.starts_at, "later": later.starts_at, "ends": later.ends_at, "segment": segment},
    ).fetchall()
    before, after = sum(row[1] for row in rows), sum(row[2] for row in rows)
    if not before or not after:
        return None, None
    shares = [(max(row[1], 0.5) / before, max(row[2], 0.5) / after) for row in rows]
    by_chance = _CHI_SQUARED[len(rows) - 1] * (1 / before + 1 / after)
    return float(sum((new - old) * log(new / old) for old, new in shares)), by_chance

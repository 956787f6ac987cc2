"""Figures for people: what a build changed, and how marketing is doing, read from the marts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from leadhouse.engines.target import is_remote
from leadhouse.errors import InputError, Problem

STAGES = (("MQLs", "mql_at"), ("SQLs", "sql_at"), ("opportunities", "opportunity_at"), ("customers", "customer_at"))
# A channel with fewer leads says little about its quality; it stays in the marts but not among the best.
MINIMUM_LEADS = 30


@dataclass(frozen=True)
class StageCount:
    """How many leads reached a stage; `new` are those that had not in the version before, None without one."""

    label: str
    total: int
    new: int | None


@dataclass(frozen=True)
class Changes:
    """A build beside the version published before it; `is_first` when there was none to compare with.

    `count_alerts` are those of its outbox, delivered or not.
    """

    counts: list[StageCount]
    is_first: bool
    count_alerts: int


@dataclass(frozen=True)
class ChannelFigures:
    """One acquisition channel over all cohorts; `cost_per_sql` is None without spend or without SQLs."""

    channel: str
    count_leads: int
    count_mqls: int
    count_sqls: int
    count_customers: int
    revenue: Decimal
    spend: Decimal

    @property
    def won_rate(self) -> float:
        """Share of the channel's leads that became customers."""
        return self.count_customers / self.count_leads if self.count_leads else 0.0

    @property
    def cost_per_sql(self) -> Decimal | None:
        """Spend for one SQL."""
        return self.spend / self.count_sqls if self.spend and self.count_sqls else None


@dataclass(frozen=True)
class MarketingSummary:
    """What a marketer asks first; `new_mqls` are those of the seven days before `as_of`.

    `example_lead` is the newest MQL, a lead worth explaining.
    """

    as_of: datetime
    counts: list[StageCount]
    new_mqls: int
    example_lead: str | None
    channels: list[ChannelFigures]

    def best_by_won_rate(self, limit: int = 5) -> list[ChannelFigures]:
        """Channels with customers and enough leads to judge them, the highest share of customers first."""
        judged = [one for one in self.channels if one.count_leads >= MINIMUM_LEADS and one.count_customers]
        return sorted(judged, key=lambda figures: (-figures.won_rate, figures.channel))[:limit]

    def cheapest_by_sql(self, limit: int = 5) -> list[ChannelFigures]:
        """Channels with spend, the lowest cost per SQL first."""
        paid = [(figures.cost_per_sql, figures) for figures in self.channels if figures.cost_per_sql is not None]
        return [figures for _, figures in sorted(paid, key=lambda pair: (pair[0], pair[1].channel))[:limit]]


def compare(work: Path, published: Path) -> Changes | None:
    """What the marts in the work database add to the published version; None when they cannot be compared."""
    try:
        with duckdb.connect() as connection:
            connection.execute(f"attach '{_quoted(work)}' as work (read_only)")
            previous = _attach_previous(connection, published)
            counts = _stage_counts(connection, "work.marts.lead_stages", previous)
            alerts = connection.execute("select count(*) from work.marts.sales_alerts").fetchall()
            return Changes(counts, previous is None, int(alerts[0][0]))
    except duckdb.Error:
        return None


def marketing_summary(published: Path) -> MarketingSummary:
    """Read the figures from the published database; raises InputError when there is none."""
    with open_published(published) as connection:
        as_of = _one(
            connection,
            "select as_of from marts.build_runs where status = 'succeeded' order by build_number desc limit 1",
        )
        counts = _stage_counts(connection, "marts.lead_stages", None)
        recent = "mql_at > $as_of::timestamp - interval 7 day and mql_at <= $as_of"
        row = connection.execute(f"select count(*) from marts.lead_stages where {recent}", {"as_of": as_of}).fetchone()
        new_mqls = int(row[0]) if row else 0
        return MarketingSummary(as_of, counts, new_mqls, _newest_mql(connection), _channels(connection))


@contextmanager
def open_published(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published database, or in its place the warehouse's published schema.

    Raises InputError when nothing has been published yet.
    """
    if is_remote():
        from leadhouse.engines.publishing import reading

        with reading() as connection:
            yield connection
        return
    if not published.exists():
        mend = "Run `leadhouse demo` for the demo world, or `leadhouse build --raw DIR` for your own tables."
        raise InputError([Problem(str(published), "does not exist: nothing has been published yet", mend)])
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        try:
            connection.execute(f"attach '{_quoted(published)}' as published (read_only)")
        except duckdb.Error as error:
            mend = "Close the program that has it open for writing, or build again."
            raise InputError([Problem(str(published), f"cannot be opened: {error}", mend)]) from error
        connection.execute("use published")
        yield connection


def _attach_previous(connection: duckdb.DuckDBPyConnection, published: Path) -> str | None:
    if not published.exists():
        return None
    connection.execute(f"attach '{_quoted(published)}' as previous (read_only)")
    return "previous.marts.lead_stages"


def stage_counts_sql(current: str, previous: str | None) -> str:
    """One row with the leads that reached each stage, and then those of them that had not in the version before."""
    before = f"select * from {previous}" if previous else f"select * from {current} where false"
    totals = ", ".join(f"count(latest.{column})" for _, column in STAGES)
    news = ", ".join(f"count(latest.{column}) filter (where earlier.{column} is null)" for _, column in STAGES)
    return (
        f"select count(*), {totals}, count(*) filter (where earlier.lead_id is null), {news} "
        f"from {current} as latest left join ({before}) as earlier on earlier.lead_id = latest.lead_id"
    )


def stage_counts(values: Sequence[int], has_previous: bool) -> list[StageCount]:
    """The row of `stage_counts_sql` in words."""
    half = len(STAGES) + 1
    labels = ["leads", *(label for label, _ in STAGES)]
    return [
        StageCount(label, int(total), int(new) if has_previous else None)
        for label, total, new in zip(labels, values[:half], values[half:], strict=True)
    ]


def _stage_counts(connection: duckdb.DuckDBPyConnection, current: str, previous: str | None) -> list[StageCount]:
    row = connection.execute(stage_counts_sql(current, previous)).fetchone()
    return stage_counts(row or (), previous is not None)


def _newest_mql(connection: duckdb.DuckDBPyConnection) -> str | None:
    newest = "select lead_id from marts.lead_stages where mql_at is not null order by mql_at desc, lead_id limit 1"
    row = connection.execute(newest).fetchone()
    return str(row[0]) if row else None


def _channels(connection: duckdb.DuckDBPyConnection) -> list[ChannelFigures]:
    rows = connection.execute(
        "select acquisition_channel, sum(count_leads), sum(count_mqls), sum(count_sqls), sum(count_customers), "
        "coalesce(sum(revenue), 0), coalesce(sum(spend), 0) from marts.channel_conversions group by 1 order by 1"
    ).fetchall()
    return [_channel(*row) for row in rows]


def _channel(
    name: str, leads: int, mqls: int, sqls: int, customers: int, revenue: object, spend: object
) -> ChannelFigures:
    money = (Decimal(str(revenue)), Decimal(str(spend)))
    return ChannelFigures(name, int(leads), int(mqls), int(sqls), int(customers), *money)


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> datetime:
    row = connection.execute(statement).fetchone()
    moment = row[0] if row else None
    return moment if isinstance(moment, datetime) else datetime.max


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")

"""The figures of a summary are those of the marts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from rich.console import Console

from leadhouse import show
from leadhouse.errors import InputError
from leadhouse.summary import compare, marketing_summary

_MARTS = """
create schema marts;
create table marts.build_runs (status varchar, build_number bigint, as_of timestamp);
insert into marts.build_runs values
    ('succeeded', 1, '2026-07-03'), ('succeeded', 2, '2026-07-01'), ('failed', 3, '2026-07-02');
create table marts.sales_alerts (alert_id varchar);
create table marts.lead_stages (
    lead_id varchar, mql_at timestamp, sql_at timestamp, opportunity_at timestamp, customer_at timestamp
);
insert into marts.lead_stages values
    ('too_old', '2026-06-24 00:00:00', null, null, null),
    ('in_time', '2026-06-24 00:00:01', '2026-06-25', null, null),
    ('newest', '2026-07-01 00:00:00', null, null, null),
    ('no_mql', null, '2026-06-25', '2026-06-26', '2026-06-27');
create table marts.channel_conversions (
    acquisition_channel varchar, cohort_month date, count_leads bigint, count_mqls bigint, count_sqls bigint,
    count_customers bigint, revenue decimal(18, 2), spend decimal(18, 2)
);
insert into marts.channel_conversions values
    ('Referral', '2026-05-01', 20, 10, 5, 3, 100.10, null),
    ('Referral', '2026-06-01', 20, 10, 5, 3, 200.20, null),
    ('Paid Search', '2026-05-01', 100, 30, 10, 5, 1000.00, 500.00),
    ('Paid [red]Social', '2026-05-01', 100, 30, 3, 1, 10.00, 90.00),
    ('Display', '2026-05-01', 100, 3, 0, 0, null, 75.00),
    ('Tiny', '2026-05-01', 29, 29, 29, 29, 1.00, 2900.00);
"""


@pytest.fixture
def published(tmp_path: Path) -> Path:
    path = tmp_path / "leadhouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(_MARTS)
    return path


def test_counts_and_the_last_seven_days(published: Path) -> None:
    summary = marketing_summary(published)
    totals = {count.label: count.total for count in summary.counts}
    assert totals == {"leads": 4, "MQLs": 3, "SQLs": 2, "opportunities": 1, "customers": 1}
    assert (summary.new_mqls, summary.example_lead) == (2, "newest")


def test_channels_are_ranked_by_what_they_bring_and_cost(published: Path) -> None:
    summary = marketing_summary(published)
    # Too few leads to judge Tiny, and no customer of Display.
    assert [one.channel for one in summary.best_by_won_rate()] == ["Referral", "Paid Search", "Paid [red]Social"]
    assert [(one.channel, one.cost_per_sql) for one in summary.cheapest_by_sql()] == [
        ("Paid [red]Social", Decimal(30)),
        ("Paid Search", Decimal(50)),
        ("Tiny", Decimal(100)),
    ]
    referral = summary.best_by_won_rate(1)[0]
    assert (referral.won_rate, referral.revenue, referral.cost_per_sql) == (0.15, Decimal("300.30"), None)


def test_the_summary_prints_those_figures_and_where_to_look(published: Path) -> None:
    out = Console(width=160, highlight=False, markup=False)
    with out.capture() as capture:
        show.marketing(out, marketing_summary(published), published)
    text = capture.get()
    assert "leads 4, MQLs 3, SQLs 2, opportunities 1, customers 1" in text
    assert "new MQLs in the last seven days 2" in text
    assert "leadhouse lead newest" in text
    assert "Paid [red]Social" in text
    assert str(published) in text
    assert "300.30" in text


def test_a_version_that_cannot_be_compared_is_none(tmp_path: Path, published: Path) -> None:
    other = tmp_path / "other.duckdb"
    with duckdb.connect(str(other)) as connection:
        connection.execute("create schema marts; create table marts.lead_stages (lead_id varchar)")
    assert compare(published, other) is None
    changes = compare(published, published)
    assert changes is not None and {count.new for count in changes.counts} == {0}
    other.write_bytes(b"not a database")
    assert compare(published, other) is None
    with pytest.raises(InputError, match="cannot be opened"):
        marketing_summary(other)

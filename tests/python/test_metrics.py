"""The metrics: MetricFlow takes them for valid, and its answers are the figures of the marts."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from conftest import BuiltHome
from leadhouse.paths import PROJECT_ROOT

STAGES = ("leads", "mqls", "sals", "sqls", "opportunities", "customers")
RATES = (
    "lead_to_mql_rate", "mql_to_sal_rate", "mql_to_sql_rate", "sql_to_opportunity_rate", "opportunity_to_customer_rate",
    "lead_to_customer_rate",
)  # fmt: skip
COSTS = (
    "cost_per_lead", "cost_per_mql", "cost_per_sal", "cost_per_sql", "cost_per_opportunity", "customer_acquisition_cost",
)  # fmt: skip
CHANNEL = "channel_month__acquisition_channel"


@dataclass(frozen=True)
class Question:
    """Metrics split some way, and the query on the marts that gives the same columns: the split first, then the metrics."""

    metrics: tuple[str, ...]
    group_by: tuple[str, ...]
    sql: str


QUESTIONS = {
    "the funnel of each month": Question(
        (*STAGES, *RATES),
        ("metric_time__month",),
        f"""
        select cohort_month, {", ".join(f"count_{stage}" for stage in STAGES)}, {", ".join(RATES)}
        from marts.funnel_conversions
        where segment_type = 'all'
        """,
    ),
    "the funnel of each channel": Question(
        STAGES,
        ("lead__acquisition_channel",),
        f"""
        select acquisition_channel, {", ".join(f"sum(count_{stage})" for stage in STAGES)}
        from marts.channel_conversions
        group by acquisition_channel
        having sum(count_leads) > 0
        """,
    ),
    "who entered a stage in each month": Question(
        ("new_mqls", "new_sals", "new_sqls", "new_opportunities", "new_customers"),
        ("metric_time__month",),
        """
        with
        entries as (
            unpivot (select mql_at, sal_at, sql_at, opportunity_at, customer_at from marts.lead_stages)
            on mql_at, sal_at, sql_at, opportunity_at, customer_at
            into name stage value entered_at
        )
        select
            date_trunc('month', entered_at) as entered_month,
            nullif(count(*) filter (stage = 'mql_at'), 0),
            nullif(count(*) filter (stage = 'sal_at'), 0),
            nullif(count(*) filter (stage = 'sql_at'), 0),
            nullif(count(*) filter (stage = 'opportunity_at'), 0),
            nullif(count(*) filter (stage = 'customer_at'), 0)
        from entries
        group by entered_month
        """,
    ),
    "what each channel cost in each month": Question(
        ("spend", "ad_impressions", "ad_clicks", "cohort_revenue", *COSTS, "return_on_investment"),
        (CHANNEL, "metric_time__month"),
        f"""
        select
            acquisition_channel, cohort_month, spend, count_impressions, count_clicks, revenue, {", ".join(COSTS)},
            return_on_investment
        from marts.channel_conversions
        """,
    ),
    "what all channels with spend cost together": Question(
        ("paid_revenue", *(f"paid_{stage}" for stage in STAGES), *COSTS, "return_on_investment"),
        (),
        f"""
        select
            sum(revenue), {", ".join(f"sum(count_{stage})" for stage in STAGES)},
            {", ".join(f"round(sum(spend) / sum(count_{stage}), 2)" for stage in STAGES)},
            sum(revenue - spend) / sum(spend)
        from marts.channel_conversions
        where has_spend
        """,
    ),
    "what was won in each month": Question(
        ("revenue", "won_opportunities", "revenue_per_won_opportunity"),
        ("metric_time__month",),
        """
        select
            date_trunc('month', closed_at) as closed_month,
            sum(amount), count(*), avg(amount)
        from marts.opportunities
        where lead_id is not null and is_won
        group by closed_month
        """,
    ),
    "the revenue of all time": Question(("revenue",), (), "select sum(revenue) from marts.channel_conversions"),
    "what is open in each country": Question(
        ("open_pipeline",),
        ("lead__country",),
        """
        select country, sum(amount) filter (not is_closed)
        from marts.opportunities inner join marts.leads using (lead_id)
        group by country
        """,
    ),
    "how quick each owner is": Question(
        (
            "handoffs", "speed_to_lead", "average_hours_to_response", "handoffs_answered_in_time",
            "handoffs_with_known_sla", "sla_met_rate", "accepted_handoffs", "decided_handoffs", "acceptance_rate",
        ),
        ("handoff__owner_id",),
        """
        select
            owner_id, count(*), median(hours_to_response), avg(hours_to_response), count(*) filter (is_sla_met),
            count(is_sla_met), avg(is_sla_met::int), count(*) filter (is_accepted),
            count(*) filter (is_accepted or is_rejected),
            avg(is_accepted::int) filter (is_accepted or is_rejected)
        from marts.handoffs
        group by owner_id
        """,
    ),
    "where leads fell out": Question(
        ("leaked_leads",), ("leak__leak_kind",), "select leak_kind, count(*) from marts.leakage group by leak_kind"
    ),
    "how good the leads of each channel are": Question(
        ("average_score", "average_fit_score", "average_engagement_score"),
        ("lead__acquisition_channel",),
        """
        select acquisition_channel, avg(score), avg(fit_score), avg(engagement_score)
        from marts.lead_scores inner join marts.leads using (lead_id)
        where is_champion
        group by acquisition_channel
        """,
    ),
    "how the scorecards score": Question(
        ("average_score_of_scorecards",),
        ("lead_score__scorecard",),
        "select scorecard_id, avg(score) from marts.lead_scores group by scorecard_id",
    ),
}  # fmt: skip


def declared() -> list[dict[str, Any]]:
    """The metrics as the project's files declare them."""
    files = sorted((PROJECT_ROOT / "models" / "metrics").glob("*.yml"))
    return [metric for file in files for metric in yaml.safe_load(file.read_text(encoding="utf-8"))["metrics"]]


def plain(value: Any, digits: int = 6) -> Any:
    """A value of either side in one form: MetricFlow's come as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if value in (None, ""):
        return None
    try:
        return round(float(value), digits)
    except ValueError:
        return value[:10] if value[10:] in ("T00:00:00", " 00:00:00") else value


@pytest.fixture(scope="module")
def metricflow(tmp_path_factory: pytest.TempPathFactory, demo_home: BuiltHome) -> Callable[[list[list[str]]], str]:
    """Run commands of MetricFlow on the published marts, in a copy of the project, for it writes beside its files."""
    pytest.importorskip("dbt_metricflow", reason="MetricFlow is not installed; make install")
    folder = tmp_path_factory.mktemp("metrics")
    for name in ("dbt_project.yml", "profiles.yml", "models", "macros", "seeds", "tests", "analyses"):
        (folder / name).symlink_to(PROJECT_ROOT / name)
    environment = {**os.environ, "LEADHOUSE_HOME": str(demo_home.path), "DBT_TARGET": "published", "COLUMNS": "200"}

    def run(command: list[str], told: str = "") -> str:
        done = subprocess.run(
            [sys.executable, *command],
            cwd=folder,
            env=environment,
            input=told,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
        return done.stdout

    run([str(Path(sys.executable).with_name("dbt")), "--quiet", "parse"])
    script = str(Path(__file__).with_name("ask_metrics.py"))
    return lambda commands: run([script], json.dumps(commands))


@pytest.fixture(scope="module")
def answers(
    metricflow: Callable[[list[list[str]]], str], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[Any, ...]]]:
    """What MetricFlow answers to each question."""
    folder = tmp_path_factory.mktemp("answers")
    commands = []
    for place, question in enumerate(QUESTIONS.values()):
        group_by = ["--group-by", ",".join(question.group_by)] if question.group_by else []
        commands.append(
            ["query", "--metrics", ",".join(question.metrics), *group_by, "--csv", str(folder / f"{place}.csv")]
        )
    metricflow(commands)
    found = {}
    for place, name in enumerate(QUESTIONS):
        with (folder / f"{place}.csv").open(encoding="utf-8", newline="") as lines:
            # Its columns stand in an order of its own.
            columns = [*QUESTIONS[name].group_by, *QUESTIONS[name].metrics]
            found[name] = [tuple(plain(row[column]) for column in columns) for row in csv.DictReader(lines)]
    return found


def test_metricflow_takes_the_metrics_for_valid(metricflow: Callable[[list[list[str]]], str]) -> None:
    printed = metricflow([["validate-configs", "--show-all"]])
    assert printed.count("(ERRORS: 0, FUTURE_ERRORS: 0, WARNINGS: 0)") == 6, printed


@pytest.mark.parametrize("name", QUESTIONS)
def test_answers_are_the_figures_of_the_marts(
    name: str, answers: dict[str, list[tuple[Any, ...]]], demo_home: BuiltHome
) -> None:
    question = QUESTIONS[name]
    # The marts tell costs in hundredths.
    digits = [2 if one in COSTS else 6 for one in (*question.group_by, *question.metrics)]

    def in_order(rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        given = [tuple(plain(value, digit) for value, digit in zip(row, digits, strict=True)) for row in rows]
        return sorted(given, key=repr)

    found, wanted = in_order(answers[name]), in_order(demo_home.query(question.sql))
    assert [row[: len(question.group_by)] for row in found] == [row[: len(question.group_by)] for row in wanted]
    for one, other in zip(found, wanted, strict=True):
        # Half a hundredth may be rounded either way.
        assert one == pytest.approx(other, abs=0.0101 if set(question.metrics) & set(COSTS) else 1e-6)


def test_answers_are_not_empty(answers: dict[str, list[tuple[Any, ...]]]) -> None:
    empty = {
        metric
        for name, question in QUESTIONS.items()
        for place, metric in enumerate(question.metrics, start=len(question.group_by))
        if not any(row[place] for row in answers[name])
    }
    # In the small world only accounts without a lead have open opportunities.
    assert empty <= {"open_pipeline"}


def test_every_metric_is_asked_for() -> None:
    asked = {metric for question in QUESTIONS.values() for metric in question.metrics}
    assert asked == {metric["name"] for metric in declared()}


def test_every_metric_says_what_it_is() -> None:
    for metric in declared():
        assert metric["label"], metric["name"]
        assert metric["description"].endswith("."), metric["name"]
    names = [metric["name"] for metric in declared()]
    assert len(names) == len(set(names))

"""What came in during the period, beside the period before."""

from __future__ import annotations

from leadhouse.report.blocks import (
    LEAD_SPLITS,
    PERIOD_AND_SEGMENT,
    Card,
    Column,
    Context,
    Cube,
    Section,
    Split,
    Trend,
    month,
)
from leadhouse.report.blocks import Words as Words

_LEADS = "marts.lead_stages as stages inner join marts.leads as leads on leads.lead_id = stages.lead_id"
_STAGES = {
    "leads": "created_at",
    "mqls": "mql_at",
    "sqls": "sql_at",
    "opportunities": "opportunity_at",
    "customers": "customer_at",
}
_WORDS = {
    "leads": "Leads made in the period.",
    "mqls": "Leads that became MQLs in the period, whenever they were made.",
    "sqls": "Leads that became SQLs in the period, whenever they were made.",
    "opportunities": "Leads whose first opportunity was created in the period.",
    "customers": "Leads whose first deal was won in the period.",
}


def _entries(name: str, column: str) -> Cube:
    where = f"stages.{column} is not null"
    return Cube(name, _LEADS, {"n": "count(*)"}, month=month(f"stages.{column}"), where=where, splits=LEAD_SPLITS)


def section(context: Context) -> Section:
    """Cards and the months in a picture."""
    context.store.add(
        *(_entries(name, column) for name, column in _STAGES.items()),
        Cube(
            "won",
            "marts.opportunities as won inner join marts.leads as leads on leads.lead_id = won.lead_id",
            {"revenue": "sum(won.amount)"},
            month=month("won.closed_at"),
            where="won.is_won and won.closed_at is not null",
            splits=LEAD_SPLITS,
        ),
        Cube(
            "spend",
            "marts.channel_conversions",
            {"spend": "sum(spend)"},
            month="cohort_month",
            splits={"all": Split("", "null"), "channel": Split("", "acquisition_channel")},
        ),
        Cube(
            "answers",
            "marts.handoffs as handoffs inner join marts.leads as leads on leads.lead_id = handoffs.lead_id",
            {
                "met": "count(*) filter (where handoffs.is_sla_met)",
                "judged": "count(handoffs.is_sla_met)",
                "accepted": "count(*) filter (where handoffs.is_accepted)",
                "decided": "count(*) filter (where handoffs.is_accepted or handoffs.is_rejected)",
            },
            month=month("handoffs.handed_over_at"),
            splits=LEAD_SPLITS,
        ),
    )
    counts = [Column(f"New {_named(name)}", "count", f"{name}.n", words=_WORDS[name]) for name in _STAGES]
    others = [
        Column("Revenue won", "money", "won.revenue", words="Amount of the deals won in the period, in the currency of the source."),
        Column("Ad spend", "money", "spend.spend", words="Money spent on ads in the period; known by channel only."),
        Column("Spend per new SQL", "cost", "spend.spend", "sqls.n", words="Ad spend of the period per SQL of the period, unpaid channels included."),
        Column("Answered in time", "rate", "answers.met", "answers.judged", words="Hand-overs of the period that sales answered within the SLA, of those whose time is up or that were answered."),
        Column("Accepted by sales", "rate", "answers.accepted", "answers.decided", words="Hand-overs of the period that sales accepted, of those about which it has decided."),
    ]  # fmt: skip
    return Section(
        "headline",
        "At a glance",
        PERIOD_AND_SEGMENT,
        [
            [Card(column) for column in (*counts, *others)],
            Trend(
                "trend", "New leads and stages by month, over all months.", [counts[0], counts[1], counts[2], counts[4]]
            ),
            Words(
                [
                    "A change is against the period before, of as many months. In brackets is the 95 % interval: where it "
                    "reaches from below zero to above, the change may be chance. The chance that is meant is that of "
                    "counting few events; months of 28 and of 31 days are not told apart."
                ],
                is_soft=True,
            ),
        ],
    )


def _named(name: str) -> str:
    return {"mqls": "MQLs", "sqls": "SQLs"}.get(name, name)

"""What each channel brought and cost, and which channels the attribution models credit."""

from __future__ import annotations

from leadhouse.report.blocks import PERIOD, Column, Context, Cube, Section, Table, Words

TARGETS = {"mql": "MQLs", "sql": "SQLs", "customer": "customers"}
MODELS = (
    "first_touch",
    "last_touch",
    "last_non_direct",
    "linear",
    "position_based",
    "w_shaped",
    "time_decay",
    "shapley",
    "markov",
)
_COUNTS = ("leads", "mqls", "sqls", "opportunities", "customers")


def section(context: Context) -> Section:
    """The table of channels, and a table of credit for each target."""
    measures = {name: f"sum(count_{name})" for name in _COUNTS} | {"revenue": "sum(revenue)", "spend": "sum(spend)"}
    context.store.add(
        Cube("channels", "marts.channel_conversions", measures, month="cohort_month", group="acquisition_channel"),
        *(_credit(target) for target in TARGETS),
    )
    return Section(
        "channels",
        "Channels",
        PERIOD,
        [
            Words([
                "What the leads made in the period have come to, by the channel that brought them, and what was spent on ads in these months. "
                "Costs and ROI are of ad spend alone; where none is known, there is none to tell. "
                "The row All has the leads of unpaid channels in it too."
            ]),
            Table("channels", "Channels by what they brought and cost", "Channel", columns=_columns(), groups="channels", sort=0, has_total=True, is_live=True),
            Words([
                "Attribution: conversions of the period, divided among the channels that led to them. Each column is a model with its own "
                "opinion; where they agree, the answer does not depend on it."
            ]),
            *(
                Table(
                    f"credit_{target}", f"Credit for {words}, by model", "Channel",
                    columns=[_model(target, model) for model in MODELS], groups=f"credit_{target}", sort=3, has_total=True, is_live=True,
                    is_folded=target != "sql", empty=f"No {words} were credited in the period.",
                )
                for target, words in TARGETS.items()
            ),
        ],
    )  # fmt: skip


def _columns() -> list[Column]:
    return [
        Column("Leads", "count", "channels.leads", words="Leads made in the period."),
        Column("MQLs", "count", "channels.mqls", words="Those of them that became MQLs or more."),
        Column("SQLs", "count", "channels.sqls", words="Those of them that became SQLs or more."),
        Column("Customers", "count", "channels.customers", words="Those of them that became customers."),
        Column("Lead to MQL", "rate", "channels.mqls", "channels.leads"),
        Column("Lead to SQL", "rate", "channels.sqls", "channels.leads"),
        Column("Lead to customer", "rate", "channels.customers", "channels.leads"),
        Column("Spend", "money", "channels.spend", words="Spent on ads in these months."),
        Column(
            "Per MQL",
            "cost",
            "channels.spend",
            "channels.mqls",
            words="Spend per MQL; the interval is that of the number of MQLs.",
        ),
        Column(
            "Per SQL",
            "cost",
            "channels.spend",
            "channels.sqls",
            words="Spend per SQL; the interval is that of the number of SQLs.",
        ),
        Column("Revenue", "money", "channels.revenue", words="Won from these leads so far."),
        Column("ROI", "roi", "channels.revenue", "channels.spend", words="Revenue less spend, per money spent."),
    ]


def _credit(target: str) -> Cube:
    measures = {model: f"sum(conversions) filter (where model = '{model}')" for model in MODELS}
    return Cube(
        f"credit_{target}",
        "marts.channel_attribution",
        measures,
        month="conversion_month",
        group="channel",
        where=f"target = '{target}'",
    )


def _model(target: str, model: str) -> Column:
    head = model.replace("_", " ").replace("markov", "Markov").replace("shapley", "Shapley").capitalize()
    return Column(head, "credit", f"credit_{target}.{model}", words=f"Conversions credited by the model {model}.")

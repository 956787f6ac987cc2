"""How far the leads made in the period have come."""

from __future__ import annotations

from leadhouse.report.blocks import (
    FUNNEL_SPLITS,
    PERIOD_AND_SEGMENT,
    Column,
    Context,
    Cube,
    Line,
    Note,
    Section,
    Split,
    Table,
    Words,
)

_STAGES = (
    ("leads", "Leads"),
    ("mqls", "MQL"),
    ("sals", "SAL"),
    ("sqls", "SQL"),
    ("opportunities", "Opportunity"),
    ("customers", "Customer"),
)
# SAL is no step of its own: many leads become SQLs without it.
_EARLIER = {"mqls": "leads", "sals": "mqls", "sqls": "mqls", "opportunities": "sqls", "customers": "opportunities"}


def section(context: Context) -> Section:
    """The funnel of a cohort, with the cohort before."""
    names = [name for name, _ in _STAGES]
    context.store.add(
        Cube(
            "funnel",
            "marts.funnel_conversions",
            {name: f"sum(count_{name})" for name in names} | {"revenue": "sum(revenue)"},
            month="cohort_month",
            splits=FUNNEL_SPLITS,
        ),
        Cube(
            "young",
            "marts.funnel_conversions",
            {"months": "count(*) filter (where not is_mature)"},
            month="cohort_month",
            splits={"all": Split("segment_type = 'all'", "null")},
        ),
    )
    young = Column("Young months", "count", "young.months")
    return Section(
        "funnel",
        "Funnel",
        PERIOD_AND_SEGMENT,
        [
            Words(["The leads made in the period, and how far they have come since. Who reached a later stage has passed the earlier ones. SQLs are set against MQLs, for many are never SALs."]),
            Note("{n} of the {all} months are young: their leads have had too little time, and these rates will still rise.", young),
            Table("funnel", "Leads made in the period by the stage they reached", "Stage", lines=[_line(*stage) for stage in _STAGES], is_live=True, bar=0),
            Words(["Mind the ages: the leads of the period before have had longer to get there."], is_soft=True),
        ],
    )  # fmt: skip


def _line(name: str, label: str) -> Line:
    reached = Column(
        "Reached",
        "count",
        f"funnel.{name}",
        words=f"Leads made in the period that reached the stage {label} or a later one.",
    )
    if name == "leads":
        nothing = [
            Column(head, "none", "")
            for head in ("Of the step before", "In the period before", "Change", "Of all leads")
        ]
        return Line(label, [reached, *nothing])
    earlier = _EARLIER[name]
    parts = ("rate", f"funnel.{name}", f"funnel.{earlier}")
    words = f"Of {earlier.replace('qls', 'QLs').replace('mQ', 'MQ').replace('sQ', 'SQ')}, those that reached {label} or a later stage."
    return Line(
        label,
        [
            reached,
            Column("Of the step before", *parts, words=words),
            Column("In the period before", *parts, words=words, when="before"),
            Column("Change", *parts, words="Difference of both rates, in points.", when="change"),
            Column("Of all leads", "rate", f"funnel.{name}", "funnel.leads", words=f"Of all leads of the period, those that reached {label} or a later stage."),
        ],
    )  # fmt: skip

"""How long it takes: the share of leads that came to the next stage within so many days."""

from __future__ import annotations

from leadhouse.report.blocks import NOW, Block, Column, Context, Cube, Picture, Section, Table, Words, literal
from leadhouse.report.charts import LineChart, Series

_STEPS = (
    ("lead", "mql", "From lead to MQL"),
    ("mql", "sql", "From MQL to SQL"),
    ("lead", "customer", "From lead to customer"),
)
_DAYS = (7, 30, 90, 180)
_LINES = 4
# So many points draw a curve as well as all of them.
_POINTS = 90


def section(context: Context) -> Section:
    """Curves by channel, and the same by the month in which the leads were made."""
    blocks: list[Block] = [
        Words([
            "Leads that are still open count for as long as they have been looked at (Kaplan and Meier's estimate), so young leads make no rate "
            "look worse than it is. A cell is empty where nobody has been looked at for so long."
        ])
    ]  # fmt: skip
    for earlier, later, title in _STEPS:
        blocks += _step(context, earlier, later, title)
    return Section("cohorts", "How long it takes", NOW, blocks)


def _step(context: Context, earlier: str, later: str, title: str) -> list[Block]:
    step = f"from_stage = '{earlier}' and to_stage = '{later}'"
    name = f"{earlier}_{later}"
    measures = {"entered": "max(count_at_risk) filter (where days_since = 0)"}
    for days in _DAYS:
        for end in ("", "_low", "_high"):
            value = f"arg_max(converted_share{end}, days_since) filter (where days_since <= {days})"
            measures[f"within_{days}{end}"] = f"case when max(days_since) >= {days} then {value} end"
    channels = f"{step} and cohort = 'all' and segment_type = 'channel'"
    months = f"{step} and segment_type = 'all'"
    curves = "marts.conversion_curves"
    context.store.add(
        Cube(f"channels_{name}", curves, measures, group="segment", where=channels, order="3 desc, 2"),
        Cube(f"months_{name}", curves, measures, group="cohort", where=months, order="2 desc"),
    )
    return [
        Picture(f"{title}: all leads, with the 95 % interval, and the largest channels", _chart(context, step, f"channels_{name}")),
        *(
            Table(
                f"{kind}_{name}", f"{title}, by {words}", head, columns=_columns(f"{kind}_{name}"), groups=f"{kind}_{name}",
                limit=16, is_folded=True, empty="Nobody has come so far.",
            )
            for kind, words, head in (("channels", "channel", "Channel"), ("months", "month in which the leads were made", "Month"))
        ),
    ]  # fmt: skip


def _columns(cube: str) -> list[Column]:
    shares = [
        Column(
            f"Within {days} days",
            "rate",
            f"{cube}.within_{days}",
            low=f"{cube}.within_{days}_low",
            high=f"{cube}.within_{days}_high",
        )
        for days in _DAYS
    ]
    return [Column("Entered the earlier stage", "count", f"{cube}.entered"), *shares]


def _chart(context: Context, step: str, cube: str) -> LineChart:
    chosen = [one for one in context.store.groups[cube] if one is not None][:_LINES]
    lines = [_series(context, step, "All leads", "segment_type = 'all'")]
    lines += [_series(context, step, one, f"segment_type = 'channel' and segment = {literal(one)}") for one in chosen]
    last = max((x for line in lines for x, _ in line.points), default=0.0)
    gap = next(days for days in (1, 2, 5, 10, 30, 60, 90, 180, 365, 10**6) if last / days <= 8)
    ticks = [(float(day), str(day)) for day in range(0, int(last) + 1, gap)]
    return LineChart(lines, ticks, "share converted", is_share=True, is_stepped=True)


def _series(context: Context, step: str, name: str, which: str) -> Series:
    statement = (
        "select days_since, converted_share, converted_share_low, converted_share_high from marts.conversion_curves "
        f"where {step} and cohort = 'all' and {which} order by days_since"
    )
    rows = context.connection.execute(statement).fetchall()
    every = max(1, len(rows) // _POINTS)
    kept = [row for number, row in enumerate(rows) if number % every == 0 or number == len(rows) - 1]
    points = [(float(day), float(share)) for day, share, _, _ in kept]
    band = [(float(day), float(low), float(high)) for day, _, low, high in kept if low is not None and high is not None]
    return Series(name, points, band if name == "All leads" else ())

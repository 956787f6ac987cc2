"""Leads that have fallen out of the funnel though they could still be won."""

from __future__ import annotations

from leadhouse.report.blocks import NOW, Column, Context, Cube, Section, Table, Words, nameless

KINDS: dict[str | None, str] = {
    "mql_without_owner": "handed over, and nobody owns it",
    "mql_without_touch": "handed over, and sales never answered",
    "rejected_not_nurtured": "given back, and marketing never wrote again",
    "accepted_not_qualified": "accepted, and no SQL since",
    "sql_without_opportunity": "an SQL, and no opportunity since",
    "stalled_opportunity": "an open opportunity that nobody works on",
}
_OWNER = nameless("owner_id")


def section(context: Context) -> Section:
    """Leaks by kind, and the owners and channels with most of them."""
    counts = {kind: f"count(*) filter (where leak_kind = '{kind}')" for kind in KINDS if kind}
    context.store.add(
        Cube(
            "leaks",
            "marts.leakage",
            {"leads": "count(*)", "days": "median(days_leaked)"},
            group="leak_kind",
            order="3 desc, 2",
        ),
        Cube("leak_owners", "marts.leakage", {"leads": "count(*)", **counts}, group=_OWNER),
        Cube("owned", "marts.leads", {"leads": "count(*)"}, group=_OWNER),
        Cube("leak_channels", "marts.leakage", {"leads": "count(*)", **counts}, group="acquisition_channel"),
        Cube("brought", "marts.leads", {"leads": "count(*)"}, group="acquisition_channel"),
    )
    return Section(
        "leaks",
        "Leads that were lost on the way",
        NOW,
        [
            Words(["Each lead stands under the kind that is furthest along the funnel."]),
            Table("leaks", "How they fell out", "Leak", columns=[
                Column("Leads", "count", "leaks.leads", words="Leads that have fallen out so."),
                Column("Median days", "hours", "leaks.days", words="Days since they should have been acted on."),
            ], groups="leaks", labels=KINDS, bar=0, empty="No lead has fallen out of the funnel."),
            Table("leak_owners", "Owners with most of them", "Owner", columns=_columns("leak_owners", "owned"), groups="leak_owners", labels={None: "(nobody)"}, sort=0, limit=10),
            Table("leak_channels", "Channels with most of them", "Channel", columns=_columns("leak_channels", "brought"), groups="leak_channels", sort=0, limit=10),
        ],
    )  # fmt: skip


def _columns(cube: str, whole: str) -> list[Column]:
    return [
        Column("Leads", "count", f"{cube}.leads", words="Leads that have fallen out."),
        Column("Of all its leads", "rate", f"{cube}.leads", f"{whole}.leads"),
        Column("Never answered", "count", f"{cube}.mql_without_touch", words=KINDS["mql_without_touch"]),
        Column("Without owner", "count", f"{cube}.mql_without_owner", words=KINDS["mql_without_owner"]),
        Column("Not nurtured", "count", f"{cube}.rejected_not_nurtured", words=KINDS["rejected_not_nurtured"]),
        Column(
            "SQL, no opportunity", "count", f"{cube}.sql_without_opportunity", words=KINDS["sql_without_opportunity"]
        ),
        Column("Stalled", "count", f"{cube}.stalled_opportunity", words=KINDS["stalled_opportunity"]),
    ]

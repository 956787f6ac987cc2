"""What has changed since the build before."""

from __future__ import annotations

from datetime import datetime

from leadhouse.report.blocks import NOW, Block, Column, Context, Cube, Line, Section, Table, Words

_TIMES = {
    "leads": "created_at",
    "MQLs": "mql_at",
    "SQLs": "sql_at",
    "opportunities": "opportunity_at",
    "customers": "customer_at",
}
_PUBLISHED = "select as_of from marts.build_runs where status = 'succeeded' order by build_number desc limit 2"


def section(context: Context) -> Section:
    """Leads that came further since the as-of time of the build before, and changes of the criteria."""
    runs = [row[0] for row in context.connection.execute(_PUBLISHED).fetchall()]
    if len(runs) < 2:
        blocks: list[Block] = [Words(["This is the first build here: there is none before it to compare with."])]
    else:
        blocks = _since(context, runs[1])
    return Section("changes", "Since the last build", NOW, [*blocks, *_criteria(context)])


def _since(context: Context, before: datetime) -> list[Block]:
    if before >= context.as_of:
        return [
            Words(
                [
                    f"The build before looked from {before:%Y-%m-%d %H:%M} UTC, no earlier than this one: nothing to tell."
                ]
            )
        ]
    lines = []
    for words, column in _TIMES.items():
        where = f"{column} > timestamp '{before}' and {column} <= timestamp '{context.as_of}'"
        name = f"since_{words.lower()}"
        context.store.add(Cube(name, "marts.lead_stages", {"n": "count(*)"}, where=where))
        lines.append(
            Line(
                f"New {words}",
                [Column("Leads", "count", f"{name}.n", words="Entered since the as-of time of the build before.")],
            )
        )
    return [
        Table(
            "since",
            f"What happened since {before:%Y-%m-%d %H:%M} UTC, when the build before looked",
            "What",
            lines=lines,
        )
    ]


def _criteria(context: Context) -> list[Block]:
    newest = "build_id = (select arg_max(build_id, as_of) from marts.criteria_changes)"
    context.store.add(
        Cube(
            "criteria", "marts.criteria_changes",
            {"compared": "max(count_leads_compared)", "scores": "max(count_leads_score_changed)",
             "mqls_before": "max(count_mqls_before)", "mqls_after": "max(count_mqls_after)",
             "sqls_before": "max(count_sqls_before)", "sqls_after": "max(count_sqls_after)"},
            group="seed_name || ': ' || row_key", where=newest, order="min(change_number)",
        )
    )  # fmt: skip
    if not context.store.groups["criteria"]:
        return [Words(["The criteria have not changed since builds are recorded."])]
    statement = f"select seed_name || ': ' || row_key, min(changes), min(as_of) from marts.criteria_changes where {newest} group by 1"
    found = context.connection.execute(statement).fetchall()
    when = min(row[2] for row in found)
    return [
        Table(
            "criteria", f"The newest change of the criteria, first built as of {when:%Y-%m-%d %H:%M} UTC; the counts are of all its rows together", "Row",
            columns=[
                Column("Leads compared", "count", "criteria.compared"),
                Column("Score changed", "count", "criteria.scores"),
                Column("MQLs before", "count", "criteria.mqls_before"),
                Column("MQLs after", "count", "criteria.mqls_after"),
                Column("SQLs before", "count", "criteria.sqls_before"),
                Column("SQLs after", "count", "criteria.sqls_after"),
            ],
            groups="criteria", texts=[("Change", {key: changes or "" for key, changes, _ in found})], limit=20,
        )
    ]  # fmt: skip

"""Whether two builds of one world from different source systems are the same, mart by mart and row for row.

Ids that are made of a system's name differ by their nature: a lead goes by its e-mail, else by the CRM id that it has in
every system; other made ids are left out, for what they lead to is compared itself.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

# What a build says of itself or of one system's rows.
OF_THE_BUILD = {
    "build_runs", "build_run_models", "criteria_changes", "row_accounting", "quarantined_rows", "lead_identifiers",
    "crm_score_sync",
}  # fmt: skip
MADE_IDS = {
    "account_id", "activity_id", "alert_id", "campaign_id", "first_session_id", "ledger_entry_id", "opportunity_id",
    "session_id", "source_id", "source_system", "row_hash", "account_source_id", "campaign_source_id", "lead_source_id",
    "opportunity_source_id", "visitor_key",
    # Of leads with the same score the one with the lower id is the best.
    "best_lead_id",
}  # fmt: skip

_NAMES = """
    create table {side}_names as
    select lead_id, coalesce(min(case when node like 'email:%' then node end), min(regexp_extract(node, '[^:]*$'))) as name
    from {side}.intermediate.lead_nodes
    group by lead_id
"""


def differences(
    one: Path, other: Path, left_out: dict[str, set[str]] | None = None, shown: int = 3
) -> dict[str, tuple[int, int, list[object]]]:
    """Mart -> rows that only the first and only the second build has, and some of them; marts without a difference are left
    out. `left_out` are columns by mart (`*`: every mart, or every column) that one of the systems cannot carry."""
    left_out = left_out or {}
    found: dict[str, tuple[int, int, list[object]]] = {}
    with duckdb.connect() as connection:
        for side, file in (("one", one), ("other", other)):
            connection.execute(f"attach '{file}' as {side} (read_only)")
            connection.execute(_NAMES.format(side=side))
        tables = connection.execute(
            "select table_name, list(column_name order by column_index) from duckdb_columns() "
            "where database_name = 'one' and schema_name = 'marts' group by table_name order by table_name"
        ).fetchall()
        for table, columns in tables:
            if table in OF_THE_BUILD or "*" in left_out.get(table, ()):
                continue
            kept = [
                name for name in columns if name not in MADE_IDS | left_out.get(table, set()) | left_out.get("*", set())
            ]
            texts = [_select(table, kept, side) for side in ("one", "other")]
            only = [
                connection.execute(f"({a}) except all ({b}) order by all").fetchall()
                for a, b in (texts, reversed(texts))
            ]
            if only[0] or only[1]:
                rows = [dict(zip(kept, row, strict=True)) for part in only for row in part[:shown]]
                found[table] = (len(only[0]), len(only[1]), rows)
    return found


def _select(table: str, columns: list[str], side: str) -> str:
    named = [
        f"(select name from {side}_names as names where names.lead_id = rows.{name}) as {name}"
        if name == "lead_id"
        else name
        for name in columns
    ]
    return f"select {', '.join(named)} from {side}.marts.{table} as rows"

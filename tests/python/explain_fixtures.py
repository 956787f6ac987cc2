"""A published database and criteria written by hand, small enough to check every figure of an explanation by head."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.privacy import load_key, pseudonym_sql
from leadhouse.records import criteria_hash

SEEDS = {
    "scoring/scorecards.csv": """scorecard_id,description,is_champion,max_score
main,The champion,true,40
late,The challenger,false,100
""",
    "scoring/score_groups.csv": """scorecard_id,group_id,dimension,min_points,max_points
main,company,fit,,20
main,risk,fit,-5,
main,web,engagement,,25
late,web,engagement,,
""",
    "scoring/score_bands.csv": """scorecard_id,dimension,band,min_points
main,fit,A,15
main,fit,B,0
main,engagement,1,20
main,engagement,2,10
main,engagement,3,0
""",
    "lifecycle/stage_rules.csv": """scorecard_id,stage,rule_id,clause,metric,operator,value,window_days,valid_from,valid_to,description
main,mql,by_score,1,score,>=,12,,,,Score of 12 or more (until May 2026)
main,mql,by_score,1,score,>=,30,,2026-06-01,,Score of 30 or more
main,mql,by_luck,1,count:newsletter_signup,>=,1,30,,2026-01-01,A newsletter (until 2025)
main,mql,by_score,2,fit_score,>=,10,,,,... and a fit of 10 or more
main,mql,by_pricing,1,count:pricing_page_view,>=,3,30,,,Three pricing views in 30 days
main,sql,by_demo,1,count:demo_request,>=,2,30,,,Asked for a demo twice
""",
}

# lead, scorecard, group, dimension, rule, activity, kind, points, entered_at
LEDGER: Sequence[tuple[Any, ...]] = (
    ("ann", "main", "company", "fit", "industry", None, "matched", 15, "2026-06-01 09:00:00"),
    ("ann", "main", "company", "fit", "size", None, "matched", 10, "2026-06-01 09:00:00"),
    ("ann", "main", "risk", "fit", "free_mail", None, "matched", -8, "2026-06-01 09:00:00"),
    ("ann", "main", "web", "engagement", "pricing", "a1", "granted", 10, "2026-06-05 10:00:00"),
    ("ann", "main", "web", "engagement", "demo", "a2", "granted", 20, "2026-06-10 10:00:00"),
    ("ann", "main", "web", "engagement", "adjustment:web", None, "adjusted", 5, "2026-06-20 00:00:00"),
    ("ann", "main", "web", "engagement", "pricing", "a1", "expired", -10, "2026-07-05 10:00:00"),
    ("ann", "main", "web", "engagement", "demo", "a2", "expired", -20, "2026-09-08 10:00:00"),
    ("ann", "late", "web", "engagement", "demo", "a2", "granted", 50, "2026-06-10 10:00:00"),
    ("bob", "main", "risk", "fit", "free_mail", None, "matched", -8, "2026-06-02 00:00:00"),
)
# A score's checks are kept where it crosses the limit only; a clause that was never counted has none.
CHECKS = (
    ("ann", "main", "mql", "by_score", 1, 12, 15, True, None, "2026-06-01", "2026-06-01 09:00:00"),
    ("ann", "main", "mql", "by_score", 1, 30, 15, False, "2026-06-01", None, "2026-06-01 09:00:00"),
    ("ann", "main", "mql", "by_score", 1, 30, 40, True, "2026-06-01", None, "2026-06-10 10:00:00"),
    ("ann", "main", "mql", "by_score", 2, 10, 15, True, None, None, "2026-06-01 09:00:00"),
    ("ann", "main", "mql", "by_pricing", 1, 3, 1, False, None, None, "2026-06-05 10:00:00"),
    ("ann", "main", "sql", "by_demo", 1, 2, 1, False, None, None, "2026-06-10 10:00:00"),
)
TRANSITIONS = (
    ("ann", 1, "lead", None, None, None, 15, "2026-06-01 09:00:00"),
    ("ann", 1, "mql", "rules", "by_score", None, 40, "2026-06-10 10:00:00"),
    ("ann", 1, "sal", "crm", None, None, 40, "2026-06-11 08:00:00"),
    ("bob", 1, "lead", None, None, None, 0, "2026-06-02 00:00:00"),
    ("cyd", 1, "lead", None, None, None, 0, "2026-06-03 00:00:00"),
    ("cyd", 1, "mql", "crm", None, None, 0, "2026-06-04 00:00:00"),
    ("cyd", 1, "recycled", "crm", None, "no [bold]budget[/bold]", 0, "2026-06-05 00:00:00"),
    ("cyd", 2, "mql", "rules", "by_pricing", None, 0, "2026-06-06 00:00:00"),
    ("cyd", 2, "sql", "crm", None, None, 0, "2026-06-06 00:00:00"),
    ("cyd", 2, "disqualified", "crm", None, "left", 0, "2026-06-07 00:00:00"),
)

_TABLES = """
create schema marts;
create table marts.leads (lead_id varchar);
create table marts.lead_identifiers (lead_id varchar, identifier_type varchar, identifier varchar);
create table marts.activities (activity_id varchar, lead_id varchar, activity_type varchar, occurred_at timestamp,
    known_at timestamp
);
create table marts.score_ledger (
    ledger_entry_id varchar, lead_id varchar, scorecard_id varchar, group_id varchar, dimension varchar,
    rule_id varchar, activity_id varchar, entry_kind varchar, points decimal(18, 6), description varchar,
    entered_at timestamp
);
create table marts.lead_scores (lead_id varchar, scorecard_id varchar, score decimal(18, 6), grade varchar);
create table marts.lead_stages (lead_id varchar, is_excluded boolean, exclusion_reason varchar);
create table marts.stage_transitions (
    lead_id varchar, cycle_number bigint, stage varchar, decided_by varchar, rule_id varchar, reason varchar,
    score decimal(18, 6), entered_at timestamp
);
create table marts.stage_rule_checks (
    lead_id varchar, scorecard_id varchar, stage varchar, rule_id varchar, clause bigint, needed_value decimal(18, 6),
    actual_value decimal(18, 6), is_met boolean, valid_from timestamp, valid_to timestamp, checked_at timestamp
);
create table marts.build_runs (as_of timestamp, criteria_hash varchar, status varchar, build_number bigint);
insert into marts.leads values ('ann'), ('bob'), ('cyd');
insert into marts.lead_identifiers values
    ('ann', 'crm_id', '17'), ('ann', 'visitor_id', 'v9'), ('bob', 'visitor_id', 'v9');
insert into marts.activities values
    ('a1', 'ann', 'pricing_page_view', '2026-06-05 10:00:00', '2026-06-05 10:00:00'),
    ('a2', 'ann', 'demo_request', '2026-06-10 10:00:00', '2026-06-10 10:00:00');
insert into marts.lead_scores values ('ann', 'main', 40, 'A1'), ('bob', 'main', 0, 'B3');
insert into marts.lead_stages values ('ann', false, null), ('bob', true, 'competitor'), ('cyd', false, null);
"""


def write_criteria(project_root: Path) -> Path:
    """Write the seeds and give the project root."""
    for name, text in SEEDS.items():
        path = project_root / "seeds" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return project_root


def write_published(home: Path, project_root: Path) -> Path:
    """Write `leadhouse.duckdb` with three leads.

    ann is an MQL by the champion's rules and accepted by sales, bob a competitor; cyd was recycled, came back and left.
    """
    home.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(home / "leadhouse.duckdb")) as connection:
        connection.execute(_TABLES)
        for lead_id, email in (("ann", "ann@example.com"), ("bob", "bob@example.com"), ("bob", "shared@example.com")):
            values = {"lead": lead_id, "email": email, **load_key(home).parameters}
            hashed = pseudonym_sql("$email")
            connection.execute(f"insert into marts.lead_identifiers values ($lead, 'email', {hashed})", values)
        entries = [(f"e{number:02}", *entry[:8], _describe(entry[4]), entry[8]) for number, entry in enumerate(LEDGER)]
        _insert(connection, "score_ledger", entries)
        ends = ("0001-01-01", "9999-12-31")
        checks = [(*row[:8], row[8] or ends[0], row[9] or ends[1], row[10]) for row in CHECKS]
        _insert(connection, "stage_rule_checks", checks)
        _insert(connection, "stage_transitions", TRANSITIONS)
        build = ("2026-07-01 00:00:00", criteria_hash(project_root), "succeeded", "1")
        _insert(connection, "build_runs", [build])
    return home / "leadhouse.duckdb"


def _describe(rule_id: str) -> str:
    return "Met at the [red]fair[/red]" if rule_id.startswith("adjustment") else f"Description of {rule_id}"


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
    places = ", ".join("?" for _ in rows[0])
    connection.executemany(f"insert into marts.{table} values ({places})", rows)

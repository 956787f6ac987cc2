"""A small world around one person who wrote her name, address and number wherever a source lets her, and ways to look for
them in every file.

Each row of `ROWS` says whose it is; `write_world` leaves out the rows of some people, as a source does that has deleted them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import os
import shutil
from collections.abc import Collection, Iterator
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

import duckdb

from leadhouse import parquet
from leadhouse.database import STORAGE_VERSION
from leadhouse.deliveries import open_deliveries
from leadhouse.privacy import PseudonymKey, load_key, pseudonym_sql
from leadhouse.records import COLUMN_TYPES

AS_OF = datetime(2026, 7, 1)
EMAIL, OLD_EMAIL, LATER_EMAIL = "annabel.zyxcanary@canary.example", "az.old@canary.example", "az.new@canary.example"
FIRST, LAST, PHONE = "Annabelka", "Zyxcanarova", "+44 20 7946 0999"
# What must not be found: as written, in links, and as it is compared.
SECRETS = (EMAIL, OLD_EMAIL, quote(EMAIL), quote(OLD_EMAIL), FIRST, LAST, PHONE, "442079460999", "20 7946 0999")
SWITCHBOARD = "+44 20 7946 0000"

Row = dict[str, str]


def _lead(key: str, email: str, created_at: str, **values: str) -> Row:
    return {"lead_source_id": key, "email": email, "created_at": created_at, "updated_at": created_at, **values}


def _web(key: str, visitor: str, at: str, event: str = "page_view", **values: str) -> Row:
    page = {"page_url": "https://www.example.com/pricing", "referrer_url": "https://www.google.com/"}
    return {"event_id": key, "visitor_id": visitor, "event_name": event, "occurred_at": at, **page, **values}


def _message(key: str, event: str, at: str, channel: str = "email", **values: str) -> Row:
    return {
        "event_id": key,
        "message_id": f"m-{at}",
        "channel": channel,
        "event_type": event,
        "occurred_at": at,
        **values,
    }


_QUERY = f"?email={quote(EMAIL)}&name={FIRST}+{LAST}&phone={quote(PHONE)}"
_HER_PAGE = {
    "page_url": f"https://www.example.com/u/{EMAIL}/pricing{_QUERY}",
    "referrer_url": f"https://mail.example.net/inbox/{quote(EMAIL).upper()}{_QUERY}",
    "utm_source": "newsletter",
    "utm_medium": "email",
    "utm_campaign": f"welcome {EMAIL.upper()}",
    "utm_content": quote(EMAIL),
    "utm_term": EMAIL,
    "click_id": f"click-{EMAIL}",
    "form_name": f"contact {EMAIL}",
    "asset_name": f"ebook-for-{EMAIL}",
    "user_agent": f"Mozilla/5.0 ({EMAIL})",
}

_HER_TEXTS = {
    column: f"my {column} is {EMAIL}"
    for column in ("job_title", "company_name", "industry", "country", "lead_source", "purchase_timeframe")
}

# entity -> rows as (whose, row). The anonymous visits on the shared device are the person's who was named before them.
ROWS: dict[str, list[tuple[str, Row]]] = {
    "leads": [
        ("ann", _lead("L1", EMAIL.upper(), "2026-05-01", first_name=FIRST, last_name=LAST, phone=PHONE, status="open",
                      account_source_id="A1", owner_id="rep-1", **_HER_TEXTS)),
        ("ann", _lead("L1", OLD_EMAIL, "2026-04-30", first_name=FIRST, phone=PHONE)),
        ("ann", _lead(OLD_EMAIL, OLD_EMAIL, "2026-05-02", first_name=FIRST, merged_into_id="L1", is_deleted="true")),
        ("ann", _lead("L9", EMAIL, "2026-05-03", last_name=LAST, is_deleted="true")),
        ("ann", _lead("", EMAIL, "2026-05-03", first_name=FIRST, last_name=LAST)),
        ("bob", _lead("L2", "bob@canary.example", "2026-05-01", first_name="Bob", phone=SWITCHBOARD, owner_id="rep-1")),
        ("cid", _lead("L3", "cid@canary.example", "2026-05-01", first_name="Cid", phone=SWITCHBOARD, owner_id="rep-2")),
        ("dee", _lead("L4", "dee@canary.example", "2026-05-01", first_name="Dee", has_opted_out="true")),
        ("eve", _lead("L5", "info@canary.example", "2026-05-01", first_name="Eve")),
        ("fay", _lead("L6", "fay@canary.example", "2026-05-01", first_name="Fay")),
    ],
    "accounts": [("nobody", {"account_source_id": "A1", "name": "Canary Ltd", "domain": "canary.example"})],
    "opportunities": [
        ("ann", {"opportunity_source_id": "O1", "lead_source_id": "L1", "account_source_id": "A1", "amount": "9000",
                 "created_at": "2026-06-29", "is_closed": "false", "is_won": "false", "stage_name": "Proposal"}),
        ("cid", {"opportunity_source_id": "O2", "lead_source_id": "L3", "account_source_id": "A1", "amount": "7000",
                 "created_at": "2026-06-20", "closed_at": "2026-06-25", "is_closed": "true", "is_won": "true"}),
    ],
    "lead_status_history": [
        *((whose, {"lead_source_id": key, "status": "sql", "changed_at": "2026-06-28", "changed_by": "rep-1", "reason": reason})
          for whose, key, reason in [("ann", "L1", f"{FIRST} {LAST} ({EMAIL}, {PHONE}) asked"), ("bob", "L2", "asked"),
                                     ("dee", "L4", "asked"), ("fay", "L6", "asked")]),
        ("ann", {"lead_source_id": "L1", "status": EMAIL, "changed_at": "2026-06-01", "changed_by": EMAIL, "reason": ""}),
    ],
    "sales_activities": [
        ("ann", {"sales_activity_id": "S1", "lead_source_id": "L1", "owner_id": "rep-1", "kind": "call",
                 "outcome": f"talked to {FIRST} {LAST} {PHONE}", "occurred_at": "2026-06-10"}),
        ("bob", {"sales_activity_id": "S2", "lead_source_id": "L2", "owner_id": "rep-1", "kind": "call",
                 "outcome": "connected", "occurred_at": "2026-06-10"}),
    ],
    "campaigns": [("nobody", {"campaign_source_id": "C1", "name": "Spring webinar", "kind": "webinar"})],
    "campaign_responses": [
        (whose, {"campaign_source_id": "C1", "lead_source_id": key, "response": "attended", "occurred_at": "2026-06-11"})
        for whose, key in [("ann", "L1"), ("ann", OLD_EMAIL), ("bob", "L2")]
    ],
    "web_events": [
        ("ann", _web("w1", "v-ann", "2026-05-20 10:00:00", **_HER_PAGE)),
        ("ann", _web("w2", "v-ann", "2026-05-20 10:05:00", "form_submit", **{**_HER_PAGE, "email": f" {EMAIL.title()} "})),
        ("ann", _web("w2", "v-ann", "2026-05-20 10:05:00", "form_submit", email=EMAIL, loaded_at="2026-05-21")),
        ("ann", _web("w3", "v-ann", "2026-06-20 10:00:00", user_id="L1", **_HER_PAGE)),
        ("ann", _web("w7", "v-ann", "2026-06-22 10:00:00", utm_source=EMAIL, utm_medium=EMAIL,
                     page_url=f"https://www.example.com/{quote(OLD_EMAIL)}")),
        ("ann", _web("w4", "v-ann", "2026-06-21 10:00:00", email=EMAIL, user_agent="Googlebot/2.1")),
        ("ann", _web("", "v-ann", "2026-06-21 10:00:00", email=EMAIL)),
        ("ann", _web("w5", "v-ann", "2027-01-01 10:00:00", email=EMAIL)),
        ("ann", _web("w6", "v-ann", "no time", email=EMAIL)),
        # One device, used by one after the other.
        ("bob", _web("d1", "v-both", "2026-06-01 10:00:00", "form_submit", email="bob@canary.example", form_name="contact")),
        ("bob", _web("d2", "v-both", "2026-06-01 10:10:00")),
        ("ann", _web("d3", "v-both", "2026-06-02 10:00:00", "form_submit", email=EMAIL, form_name="contact")),
        ("ann", _web("d4", "v-both", "2026-06-02 10:10:00", **_HER_PAGE)),
        ("bob", _web("d5", "v-both", "2026-06-03 10:00:00", "form_submit", email="bob@canary.example", form_name="demo")),
        ("bob", _web("d6", "v-both", "2026-06-03 10:10:00")),
        ("cid", _web("c1", "v-cid", "2026-06-05 10:00:00", "form_submit", email="cid@canary.example", form_name="demo")),
        ("nobody", _web("n1", "v-nobody", "2026-06-05 10:00:00")),
    ],
    "message_events": [
        ("ann", _message("e1", "sent", "2026-06-10 10:00:00", lead_source_id="L1", recipient=EMAIL, campaign_source_id="C1",
                         url=f"https://www.example.com/{_QUERY}", sequence_name="welcome")),
        ("ann", _message("e2", "opened", "2026-06-10 11:00:00", recipient=EMAIL.upper())),
        ("ann", _message("e3", "sent", "2026-06-12 11:00:00", "sms", recipient=PHONE)),
        ("ann", _message("e7", "sent", "2026-06-13 11:00:00", "sms", recipient="442079460999")),
        ("ann", _message("e4", "sent", "2026-06-12 12:00:00", recipient=OLD_EMAIL)),
        ("bob", _message("e5", "sent", "2026-06-10 10:00:00", recipient="bob@canary.example", sequence_name="welcome")),
        ("cid", _message("e6", "opened", "2026-06-10 11:00:00", lead_source_id="L3", recipient="cid@canary.example")),
    ],
    "lead_attributes": [
        *(("ann", {"lead_source_id": "L1", "attribute": attribute, "value": value, "recorded_at": "2026-05-05"})
          for attribute, value in [("email", EMAIL), ("phone", PHONE), ("first_name", FIRST), ("product_interest", LAST),
                                   ("job_title", f"{FIRST}'s desk")]),
        ("bob", {"lead_source_id": "L2", "attribute": "product_interest", "value": "scoring", "recorded_at": "2026-05-05"}),
    ],
    "score_adjustments": [
        ("ann", {"lead_source_id": "L1", "points": "5", "group_id": "intent", "recorded_at": "2026-06-15",
                 "reason": f"{FIRST} {LAST} {EMAIL} {PHONE}", "author": EMAIL}),
        ("bob", {"lead_source_id": "L2", "points": "5", "group_id": "intent", "recorded_at": "2026-06-15", "reason": "fair"}),
    ],
    "ad_spend": [("nobody", {"spend_date": "2026-06-01", "platform": "google", "spend": "12.50"})],
}  # fmt: skip


def write_world(
    folder: Path, without: Collection[str] = (), more: dict[str, list[tuple[str, Row]]] | None = None
) -> Path:
    """Write the raw tables as CSV, without the rows of some people and with `more`; gives the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for entity, rows in ROWS.items():
        columns = list(dict.fromkeys(column for _, row in rows for column in row))
        with (folder / f"{entity}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(row for whose, row in [*rows, *(more or {}).get(entity, [])] if whose not in without)
    return folder


def count_rows(whose: str) -> dict[str, int]:
    """How many raw rows of each table are a person's."""
    counts = {entity: sum(owner == whose for owner, _ in rows) for entity, rows in ROWS.items()}
    return {entity: count for entity, count in counts.items() if count}


def find_in_files(folder: Path, words: Collection[str] = SECRETS) -> list[str]:
    """Where any of the words stands in a file below a folder, in whichever case: in its bytes or in what they unpack to."""
    found = []
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            texts = (text.lower() for text in _texts(path))
            hits = {word for text in texts for word in words if word.lower().encode() in text}
            found += [f"{path.relative_to(folder)}: {word}" for word in sorted(hits)]
    return found


def _texts(path: Path) -> Iterator[bytes]:
    content = path.read_bytes()
    yield content
    if path.suffix == ".gz":
        yield gzip.decompress(content)
    elif path.suffix == ".parquet":
        with duckdb.connect() as connection:
            yield _as_text(connection, f"read_parquet('{path}')")
    elif path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
            for schema, table in tables:
                yield _as_text(connection, f'"{schema}"."{table}"')


def _as_text(connection: duckdb.DuckDBPyConnection, relation: str) -> bytes:
    rows = connection.execute(f"select * from {relation}").fetchall()
    return "\n".join("|".join(map(str, row)) for row in rows).encode()


# ------------------------------------------------------------------------------------- a home by hand

_WORK = """
create schema marts; create schema intermediate; create schema seeds;
create table seeds.shared_mailboxes as select unnest(['info@', 'team@canary.example']) as mailbox;
create table marts.leads as select unnest(['ann', 'bob', 'cid']) as lead_id;
create table marts.lead_identifiers (lead_id varchar, identifier_type varchar, identifier varchar, source_system varchar);
insert into marts.lead_identifiers values
    ('ann', 'email', 'ann@x.example', 'generic'), ('ann', 'crm_id', 'A', 'generic'), ('ann', 'visitor_id', 'v', 'generic'),
    ('bob', 'email', 'bob@x.example', 'generic'), ('bob', 'crm_id', 'B', 'generic'), ('bob', 'visitor_id', 'v', 'generic'),
    ('cid', 'crm_id', 'C', 'generic');
create table intermediate.accounted_leads (
    source_system varchar, lead_source_id varchar, email varchar, phone varchar, row_outcome varchar
);
insert into intermediate.accounted_leads values
    ('generic', 'A', ' Ann@X.example', '+1 (555) 010-0001', 'conformed'),
    ('generic', 'A', 'ann.before@x.example', '555 0000', 'duplicate'),
    ('generic', 'A', 'bob@x.example', null, 'duplicate'),
    ('generic', 'B', 'bob@x.example', '5550000', 'conformed'),
    ('generic', 'B', 'ann@x.example', null, 'duplicate'),
    ('generic', 'C', 'info@x.example', '12345', 'conformed'),
    ('generic', 'D', 'ann@x.example', null, 'quarantined'),
    ('generic', null, 'ann@x.example', null, 'quarantined');
"""


def write_home(home: Path) -> Path:
    """A home as builds leave it, by hand: a work database, two published versions, Parquet files, an outbox, a delivery.

    `ann`, `bob` and `cid` are leads; in the version before, ann was `ann-before`.
    """
    home.mkdir(parents=True)
    with duckdb.connect(str(home / "work.duckdb")) as connection:
        connection.execute(_WORK)
    key = load_key(home)
    (home / "versions").mkdir()
    _write_marts(home / "versions" / "v1.duckdb", ["ann-before", "bob"], key)
    _write_marts(home / "versions" / "v2.duckdb", ["ann", "bob", "cid"], key)
    os.link(home / "versions" / "v2.duckdb", home / "leadhouse.duckdb")
    (home / "parquet").mkdir()
    for version in ("v1", "v2"):
        parquet.export(home, home / "versions" / f"{version}.duckdb", home / "parquet" / version)
    parquet.point_to(home, "v2")
    _write_marts(home / "activation.duckdb", ["ann", "bob"], key)
    (home / "activation.duckdb").chmod(0o600)
    with open_deliveries(home) as deliveries:
        for lead_id in ("ann", "bob"):
            deliveries.begin(hashlib.md5(f"{lead_id}|3|sql".encode(), usedforsecurity=False).hexdigest(), "target")
    for folder in ("logs", "target"):
        (home / folder).mkdir()
        (home / folder / "run.txt").write_text("Could not convert ann@x.example")
    return home


def copy_home(source: Path, target: Path) -> Path:
    """Copy such a home; a plain copy would have no hard links."""
    shutil.copytree(source, target, symlinks=True)
    (target / "leadhouse.duckdb").unlink()
    os.link(target / "versions" / "v2.duckdb", target / "leadhouse.duckdb")
    return target


def _write_marts(path: Path, lead_ids: list[str], key: PseudonymKey) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"attach '{path}' as draft (storage_version '{STORAGE_VERSION}'); use draft; create schema marts"
        )
        connection.execute("create table marts.leads as select unnest(?) as lead_id", [lead_ids])
        connection.execute("comment on table marts.leads is 'One row per lead. It''s described.'")
        identifier = pseudonym_sql("split_part(lead_id, '-', 1) || '@x.example'")
        connection.execute(
            f"create table marts.lead_identifiers as select lead_id, 'email' as identifier_type, {identifier} as identifier, "
            "'generic' as source_system from marts.leads",
            key.parameters,
        )
        # The record of the build names the version.
        values = {
            "build_id": path.stem,
            "published_build_id": path.stem,
            "status": "succeeded",
            "as_of": AS_OF,
            "started_at": AS_OF,
            "finished_at": AS_OF,
            "is_full_refresh": True,
        }
        columns = [f"cast(${name} as {kind}) as {name}" for name, kind in COLUMN_TYPES.items()]
        connection.execute(
            f"create table marts.build_runs as select {', '.join(columns)}",
            {name: values.get(name, 1) for name in COLUMN_TYPES},
        )
        connection.execute("create table marts.funnel_conversions as select count(*) as count_leads from marts.leads")


def lead_ids_in(home: Path) -> dict[str, set[str]]:
    """The leads of every table and file of a home, work database aside."""
    found = {}
    for path in sorted(home.rglob("*.duckdb")):
        if path.name not in ("work.duckdb", "views.duckdb"):
            with duckdb.connect(str(path), read_only=True) as connection:
                # An outbox, withdrawn or not, has tables of its own.
                tables = (
                    "select table_name from duckdb_columns() where column_name = 'lead_id' and schema_name = 'marts'"
                )
                for (table,) in connection.execute(tables).fetchall():
                    found[f"{path.relative_to(home)}/{table}"] = _ids(connection, f"marts.{table}")
    for path in sorted(home.rglob("*.parquet")):
        if path.stem in ("leads", "lead_identifiers"):
            with duckdb.connect() as connection:
                found[str(path.relative_to(home))] = _ids(connection, f"read_parquet('{path}')")
    return found


def _ids(connection: duckdb.DuckDBPyConnection, relation: str) -> set[str]:
    return {row[0] for row in connection.execute(f"select lead_id from {relation}").fetchall()}

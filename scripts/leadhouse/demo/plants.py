"""Things planted one by one: merge chains, shared mailboxes, crawlers that fill in forms, values that look like code,
and rows that are broken in every way the contract knows.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import MINUTE, moment
from leadhouse.demo.script import Script

Reasons = Counter[tuple[str, str]]  # (entity, what becomes of the row) -> rows

CHAIN_LENGTHS = (2, 3, 4, 5, 6)
SHARED_MAILBOXES = ("info@shared-mailboxes.example", "sales@shared-mailboxes.example")
RECORDS_PER_MAILBOX = 3
READERS = 8
LONG_TEXT = "x" * 1_000_000
_FAR_FUTURE = "2099-01-01 00:00:00"

# Values of names, titles and addresses that a careless tool would run, render, or cut off.
NASTY_VALUES = {
    "sql": "'; drop table leads; --",
    "html": "<script>alert(1)</script>",
    "template": "{{ 7*7 }}",
    "formula": '=HYPERLINK("http://evil.example","click")',
    "quotes": 'She said "no, thanks", and left',
    "newline": "first line\nsecond line",
    "emoji": "Zoë 🚀 O'Neill-Ünal",
    "right_to_left": "שלום עולם مرحبا",
    "comma": "Smith, Jr.; and | sons\t(tab)",
    "backslash": "C:\\new\\table %s ${HOME} $(id) `id`",
}


def write_identities(script: Script) -> dict[str, Any]:
    """Merge chains and a merge cycle, one lead each, and shared mailboxes, one lead per record."""
    chains = {}
    for length in CHAIN_LENGTHS:
        ids = [f"chain-{length}-{place}" for place in range(1, length + 1)]
        for place, lead_id in enumerate(ids):
            target = ids[place + 1] if place + 1 < length else None
            created = f"2025-{place + 2:02d}-0{length} 09:00:00"
            # Sources often delete a record when it is merged away; that must not lose the person.
            script.lead(
                lead_id,
                f"{lead_id}@merged.example",
                created,
                merged_into_id=target,
                is_deleted=target is not None and place % 2 == 0,
            )
        # What was done under the first record's address is the survivor's.
        script.form(f"chain-{length}", f"2025-09-0{length} 10:00:00", f"{ids[0]}@merged.example", "demo")
        chains[str(length)] = ids
    cycle = ["cycle-1", "cycle-2", "cycle-3"]
    for place, lead_id in enumerate(cycle):
        script.lead(lead_id, f"{lead_id}@merged.example", "2025-03-03 09:00:00", merged_into_id=cycle[(place + 1) % 3])
    script.lead("cycle-self", "cycle-self@merged.example", "2025-03-03 09:00:00", merged_into_id="cycle-self")
    script.lead("cycle-lost", "cycle-lost@merged.example", "2025-03-03 09:00:00", merged_into_id="no-such-record")
    mailboxes = {}
    for mailbox in SHARED_MAILBOXES:
        ids = [f"shared-{mailbox.split('@')[0]}-{place}" for place in range(1, RECORDS_PER_MAILBOX + 1)]
        for place, lead_id in enumerate(ids):
            script.lead(lead_id, mailbox, f"2025-04-0{place + 1} 09:00:00", last_name=f"Shared {place + 1}")
        script.form(f"shared-{mailbox.split('@')[0]}", "2025-05-05 10:00:00", mailbox, "contact")
        mailboxes[mailbox] = ids
    return {"merge_chains": chains, "merge_cycle": cycle, "shared_mailboxes": mailboxes}


def write_loose_ends(script: Script) -> dict[str, Any]:
    """Sound rows that name no lead: deals of an account alone, and a visitor with an id that is not the CRM's."""
    for place in range(1, 4):
        script.add(
            "opportunities",
            opportunity_source_id=f"account-only-{place}",
            account_source_id="acc-000001",
            opportunity_type="new business",
            amount=5000.0,
            stage_name="Proposal",
            is_closed=False,
            is_won=False,
            created_at=moment(f"2026-05-0{place + 3} 09:00:00"),
        )
    script.view("app-visitor", "2026-05-04 09:00:00", "/pricing", user_id="app-user-77")
    return {"account_only_opportunities": 3, "foreign_user_ids": ["app-user-77"]}


def write_lenient_rule(script: Script) -> dict[str, Any]:
    """Readers of the newsletter whom a rule makes MQLs, and whom sales, when it calls them, wants none of."""
    ids = [f"reader-{place}" for place in range(1, READERS + 1)]
    for place, lead_id in enumerate(ids):
        email, day = f"{lead_id}@readers.example", place + 1
        social: dict[str, Any] = {
            "utm_source": "facebook",
            "utm_medium": "paid_social",
            "utm_campaign": "facebook-free-guide",
        }
        script.view(lead_id, f"2026-03-{day:02d} 08:58:00", "/newsletter", **social)
        script.form(lead_id, f"2026-03-{day:02d} 09:00:00", email, "newsletter")
        script.lead(lead_id, email, f"2026-03-{day:02d} 09:00:05", owner_id="owner-01")
        for step in range(4):
            sent = f"2026-03-{day + 2 + 5 * step:02d}"
            script.mail(lead_id, email, f"{sent} 09:00:00", f"{sent} 11:00:00", step + 1, "monthly-newsletter")
        # The fourth opening makes the MQL; the CRM hears of it, and sales calls in vain.
        script.status(lead_id, "MQL", f"{sent} 11:05:00")
        script.touch(lead_id, "call", "connected", f"{sent} 15:00:00")
        script.status(lead_id, "Rejected", f"{sent} 15:10:00", "bad timing" if place % 4 == 3 else "no need")
    return {"lenient_rule": "newsletter_and_opens", "readers": ids}


def write_crawlers(script: Script, reasons: Reasons) -> dict[str, Any]:
    """Crawlers that send forms with an address: no lead may come of them."""
    emails = []
    for place, agent in enumerate(words.CRAWLERS):
        email = f"crawler-{place}@bots.example"
        script.form(f"form-crawler-{place}", "2026-02-03 03:00:00", email, "demo")["user_agent"] = agent
        reasons["web_events", "bot"] += 1
        emails.append(email)
    return {"crawler_emails": emails}


def write_nasty_values(script: Script) -> dict[str, Any]:
    """Text that must go through as data, in every kind of file."""
    for place, (name, value) in enumerate(NASTY_VALUES.items()):
        lead_id = f"nasty-{name}"
        at = f"2026-02-{place + 2:02d} 10:00:00"
        script.lead(
            lead_id,
            f"{lead_id}@nasty.example",
            at,
            first_name=value,
            job_title=value,
            company_name=value,
            lead_source=value,
        )
        script.view(lead_id, at, "/blog/" + value, utm_source=value, referrer_url=value)
        script.event(lead_id, at, "form_submit", email=f"{lead_id}@nasty.example", form_name=value)
        script.touch(lead_id, "call", value, at)
        script.add(
            "lead_attributes", lead_source_id=lead_id, attribute="tech_stack", value=value, recorded_at=moment(at)
        )
    at = "2026-02-20 10:00:00"
    script.lead("nasty-nul", "nasty-nul@nasty.example", at)
    script.view("nasty-nul", at, "/blog/\x00null\x00", utm_campaign="a\x00b")
    script.add(
        "lead_attributes", lead_source_id="nasty-nul", attribute="tech_stack", value="a\x00b", recorded_at=moment(at)
    )
    script.lead("nasty-long", "nasty-long@nasty.example", at, last_name=LONG_TEXT)
    script.view("nasty-long", at, "/blog/" + LONG_TEXT)
    script.add(
        "lead_attributes", lead_source_id="nasty-long", attribute="tech_stack", value=LONG_TEXT, recorded_at=moment(at)
    )
    return {"nasty_leads": [*(f"nasty-{name}" for name in NASTY_VALUES), "nasty-nul", "nasty-long"]}


def write_copies(script: Script, reasons: Reasons) -> None:
    """Exact copies of rows, and ids that come twice."""
    for entity, times in (
        ("lead_status_history", 3),
        ("campaign_responses", 2),
        ("lead_attributes", 2),
        ("opportunities", 1),
    ):
        for row in script.rows[entity][:times]:
            script.add(entity, **row)
            reasons[entity, "duplicate"] += 1
    for entity, times in (("web_events", 3), ("message_events", 3)):
        for row in script.rows[entity][:times]:
            script.add(entity, **(row | {"loaded_at": row["loaded_at"] + MINUTE}))
            reasons[entity, "duplicate"] += 1
    lead = script.rows["leads"][0]
    script.add("leads", **lead)
    script.add("leads", **(lead | {"status": "older", "updated_at": lead["updated_at"] - MINUTE}))
    reasons["leads", "duplicate"] += 2
    touch = script.rows["sales_activities"][0]
    script.add("sales_activities", **touch)
    reasons["sales_activities", "duplicate"] += 1
    for _ in range(2):
        script.add("campaigns", campaign_source_id="cmp-copy", name="Delivered twice", kind="email")
        script.add("accounts", account_source_id="acc-copy", name="Delivered Twice Ltd")
    reasons["campaigns", "duplicate"] += 1
    reasons["accounts", "duplicate"] += 1


# Broken rows: entity, reason, and what the row has instead of a sound one's values (None: empty).
_LEAD = {"lead_source_id": "broken-lead", "email": "broken@broken.example", "created_at": "2026-01-05 10:00:00"}
_KNOWN = "persona-pricing-form"  # a lead that exists, for rows that are broken otherwise
_SOUND: dict[str, dict[str, Any]] = {
    "leads": _LEAD,
    "accounts": {"account_source_id": "broken", "name": "Broken Ltd"},
    "opportunities": {"opportunity_source_id": "broken", "lead_source_id": _KNOWN, "created_at": "2026-01-05 10:00:00"},
    "lead_status_history": {"lead_source_id": _KNOWN, "status": "broken", "changed_at": "2026-04-05 10:00:00"},
    "sales_activities": {
        "sales_activity_id": "broken",
        "lead_source_id": _KNOWN,
        "kind": "call",
        "outcome": "connected",
        "occurred_at": "2026-04-05 10:00:00",
    },
    "campaigns": {"campaign_source_id": "broken", "name": "Broken"},
    "campaign_responses": {
        "campaign_source_id": "cmp-webinar-2026-01",
        "lead_source_id": _KNOWN,
        "response": "broken",
        "occurred_at": "2026-04-05 10:00:00",
    },
    "web_events": {
        "event_id": "broken",
        "visitor_id": "broken",
        "event_name": "page_view",
        "occurred_at": "2026-04-05 10:00:00",
        "page_url": words.SITE + "/pricing",
        "user_agent": words.BROWSERS[0],
    },
    "message_events": {
        "event_id": "broken",
        "message_id": "broken",
        "channel": "email",
        "event_type": "sent",
        "lead_source_id": _KNOWN,
        "recipient": f"{_KNOWN}@personas.example",
        "occurred_at": "2026-04-05 10:00:00",
    },
    "lead_attributes": {
        "lead_source_id": _KNOWN,
        "attribute": "tech_stack",
        "value": "broken",
        "recorded_at": "2026-04-05 10:00:00",
    },
    "score_adjustments": {
        "lead_source_id": _KNOWN,
        "points": "3",
        "group_id": "sales",
        "recorded_at": "2026-04-05 10:00:00",
    },
    "ad_spend": {"spend_date": "2026-04-05", "platform": "Broken Ads", "spend": "1.00"},
}
_STRANGER = {"lead_source_id": "no-such-lead", "recipient": "nobody@nowhere.example"}
_BROKEN: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("leads", "missing_key", {"lead_source_id": None}),
    ("leads", "missing_key", {"lead_source_id": ""}),
    ("leads", "bad_timestamp", {"created_at": "last Tuesday"}),
    ("leads", "bad_timestamp", {"created_at": "2026-02-30 10:00:00"}),
    ("leads", "bad_timestamp", {"created_at": None}),
    ("leads", "future_timestamp", {"created_at": _FAR_FUTURE}),
    ("leads", "deleted", {"lead_source_id": "deleted-1", "is_deleted": "true"}),
    ("leads", "deleted", {"lead_source_id": "deleted-2", "is_deleted": "true"}),
    ("accounts", "missing_key", {"account_source_id": None}),
    ("opportunities", "missing_key", {"opportunity_source_id": None}),
    ("opportunities", "bad_timestamp", {"created_at": None}),
    ("opportunities", "future_timestamp", {"created_at": _FAR_FUTURE}),
    ("opportunities", "unknown_lead", _STRANGER),
    ("lead_status_history", "missing_key", {"lead_source_id": None}),
    ("lead_status_history", "missing_key", {"status": None}),
    ("lead_status_history", "bad_timestamp", {"changed_at": None}),
    ("lead_status_history", "future_timestamp", {"changed_at": _FAR_FUTURE}),
    ("lead_status_history", "unknown_lead", _STRANGER),
    ("sales_activities", "missing_key", {"sales_activity_id": None}),
    ("sales_activities", "missing_key", {"kind": None}),
    ("sales_activities", "bad_timestamp", {"occurred_at": "31.02.2026 25:00"}),
    ("sales_activities", "bad_timestamp", {"occurred_at": "soon"}),
    ("sales_activities", "future_timestamp", {"occurred_at": _FAR_FUTURE}),
    ("sales_activities", "unknown_lead", _STRANGER),
    ("campaigns", "missing_key", {"campaign_source_id": None}),
    ("campaign_responses", "missing_key", {"campaign_source_id": None}),
    ("campaign_responses", "missing_key", {"response": None}),
    ("campaign_responses", "bad_timestamp", {"occurred_at": None}),
    ("campaign_responses", "future_timestamp", {"occurred_at": _FAR_FUTURE}),
    ("campaign_responses", "unknown_lead", _STRANGER),
    ("web_events", "missing_key", {"event_id": None}),
    ("web_events", "missing_key", {"visitor_id": None}),
    ("web_events", "missing_key", {"event_name": None}),
    ("web_events", "bad_timestamp", {"occurred_at": None}),
    ("web_events", "future_timestamp", {"occurred_at": _FAR_FUTURE}),
    ("message_events", "missing_key", {"event_id": None}),
    ("message_events", "missing_key", {"channel": None}),
    ("message_events", "bad_timestamp", {"occurred_at": None}),
    ("message_events", "future_timestamp", {"occurred_at": _FAR_FUTURE}),
    ("message_events", "unknown_lead", _STRANGER),
    ("lead_attributes", "missing_key", {"attribute": None}),
    ("lead_attributes", "bad_timestamp", {"recorded_at": None}),
    ("lead_attributes", "future_timestamp", {"recorded_at": _FAR_FUTURE}),
    ("lead_attributes", "unknown_lead", _STRANGER),
    ("score_adjustments", "missing_key", {"group_id": None}),
    ("score_adjustments", "missing_key", {"points": None}),
    ("score_adjustments", "bad_number", {"points": "five"}),
    ("score_adjustments", "bad_timestamp", {"recorded_at": "tomorrow"}),
    ("score_adjustments", "future_timestamp", {"recorded_at": _FAR_FUTURE}),
    ("score_adjustments", "unknown_lead", _STRANGER),
    ("score_adjustments", "unknown_group", {"group_id": "no-such-group"}),
    ("ad_spend", "missing_key", {"spend": None}),
    ("ad_spend", "bad_number", {"spend": "n/a"}),
    ("ad_spend", "bad_timestamp", {"spend_date": "32/13/2026"}),
    ("ad_spend", "future_timestamp", {"spend_date": "2099-01-01"}),
)
# Optional values that cannot be read: the row stays, the value is null and counted.
_UNREADABLE = {"employee_count": "many", "budget": "ask me", "annual_revenue": "1.2 million", "updated_at": "yesterday"}


def write_broken_rows(script: Script, reasons: Reasons, text_entities: frozenset[str]) -> dict[str, Any]:
    """Rows broken in every way; ids differ, so that no broken row hides as a duplicate of another."""
    for place, (entity, reason, values) in enumerate(_BROKEN):
        row = dict(_SOUND[entity])
        for name in ("lead_source_id", "opportunity_source_id", "sales_activity_id", "event_id", "visitor_id"):
            if row.get(name, "").startswith("broken"):
                row[name] = f"{row[name]}-{place}"
        row |= {name: value for name, value in values.items() if name in row or name == "is_deleted"}
        if entity not in text_entities:
            row = {name: _as_moment(name, value) for name, value in row.items()}
        script.add(entity, **row)
        reasons[entity, reason] += 1
    script.add("leads", **_LEAD, **_UNREADABLE)
    return {"unreadable_lead": _LEAD["lead_source_id"], "unreadable_values": len(_UNREADABLE)}


def _as_moment(name: str, value: Any) -> Any:
    return moment(value) if value is not None and name.endswith("_at") else value

"""Whether the figures can be trusted: what became of every raw row, and how new the newest ones are."""

from __future__ import annotations

from leadhouse.report.blocks import NOW, Column, Context, Cube, Section, Table, Words

# The newest moment of each kind of fact. What the models derive (sessions, silences) tells nothing of the sources.
NEWEST = """(
    select source_entity as fact, occurred_at from marts.activities where source_entity not in ('silences', 'sessions')
    union all select 'sessions', ended_at from marts.sessions
    union all select 'leads', created_at from marts.leads
    union all select 'opportunities', created_at from marts.opportunities
) as facts"""
_REASONS: dict[str | None, str] = {
    "bot": "crawlers and e-mail scanners",
    "missing_key": "no key",
    "bad_timestamp": "a time that cannot be read",
    "bad_number": "a number that cannot be read",
    "future_timestamp": "dated after the build's as-of time",
    "deleted": "deleted in the source",
    "unknown_lead": "a lead that the CRM does not have",
    "unknown_group": "a group that no scorecard has",
    "suppressed": "people who were forgotten",
    # Rows of other systems' tables that are none of the entity.
    "in_url_report": "spend that the report by address has too",
    "superseded": "an earlier state of a record (history mode)",
    "deleted_in_source": "deleted in the source",
    "no_status": "a record without a status",
    "in_changes": "a record whose changes tell its first status",
    "in_activities": "a membership that the activities tell of",
    "soft_bounce": "an e-mail that may yet be delivered",
    "not_a_status_change": "a change of another field than the status",
    "not_an_attribute": "a change of a field that is no attribute",
    "value_not_recorded": "a change whose values the source does not keep",
    "not_responded": "in a campaign, but no response",
    "not_done": "a task that is not done",
    "not_yet_held": "a meeting that lies ahead",
    "call_among_colleagues": "a call among colleagues",
    "not_of_a_lead_or_contact": "of no lead or contact",
    "pattern_of_a_series": "the pattern of a series, not one of it",
    "copy_of_an_event": "the copy of a meeting for somebody invited",
    "merged_into_another": "a deal that was merged into another",
    "not_tracked": "a change of a field that nothing is made of",
    "other_app": "an event of an application that is not read",
    "emptied": "a status that was emptied",
    "note": "a note, which is no activity",
    "event_processed": "an e-mail that was processed, not delivered",
    "event_deferred": "an e-mail that was put off",
    "event_dropped": "an e-mail that was never sent",
    "event_print": "an e-mail that was printed",
    "event_forward": "an e-mail that was forwarded",
    "unknown_event_type": "an e-mail event of another kind",
    "unknown_status": "a change of consent that does not say to what",
    "not_an_unsubscription": "a change of consent that ends nothing",
}


def section(context: Context) -> Section:
    """Row accounting, reasons, and freshness."""
    age = f"date_diff('second', max(occurred_at), timestamp '{context.as_of}') / 3600.0"
    columns = ("raw", "conformed", "duplicate", "quarantined", "bot", "unknown_lead", "future")
    accounts = {one: f"sum(count_{one}_rows)" for one in columns} | {"unreadable": "sum(count_unreadable_values)"}
    context.store.add(
        Cube("rows", "marts.row_accounting", accounts, group="source_system || ': ' || entity", order="2"),
        Cube(
            "set_aside",
            "marts.quarantined_rows",
            {"rows": "sum(count_rows)"},
            group="quarantine_reason",
            order="3 desc, 2",
        ),
        Cube("newest", NEWEST, {"hours": age, "rows": "count(*)"}, group="fact", order="2"),
    )
    return Section(
        "quality",
        "Data quality",
        NOW,
        [
            Words(["Raw rows = used + duplicates + set aside, for every table."]),
            Table("rows", "What became of the raw rows", "Source and table", columns=[
                Column("Raw rows", "count", "rows.raw"),
                Column("Used", "count", "rows.conformed"),
                Column("Duplicates", "count", "rows.duplicate"),
                Column("Set aside", "rate", "rows.quarantined", "rows.raw", words="Rows that could not be used, of all raw rows."),
                Column("Crawlers and scanners", "count", "rows.bot", words="Set aside because no person did it."),
                Column("Unknown lead", "count", "rows.unknown_lead", words="Set aside because the CRM has no such lead."),
                Column("In the future", "count", "rows.future", words="Set aside because they are dated after the as-of time."),
                Column("Unreadable values", "count", "rows.unreadable", words="Optional values that are null because they could not be read."),
            ], groups="rows", has_total=True),
            Table("set_aside", "Why rows were set aside", "Reason", columns=[Column("Rows", "count", "set_aside.rows")], groups="set_aside", labels=_REASONS, is_folded=True, empty="No row was set aside."),
            Table("newest", "How old the newest fact of each kind was at the build's as-of time", "Facts", columns=[
                Column("Hours old", "hours", "newest.hours", words="Hours from the newest fact to the as-of time."),
                Column("Rows", "count", "newest.rows"),
            ], groups="newest"),
        ],
    )  # fmt: skip

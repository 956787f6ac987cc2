"""What sales made of what marketing handed over: how fast it answered, and what it accepted."""

from __future__ import annotations

from leadhouse.report.blocks import PERIOD, Column, Context, Cube, Section, Table, Words, literal, month, nameless

OWNER = nameless("owner_id")
CRM = "(crm)"


def section(context: Context) -> Section:
    """Owners by SLA, rules by acceptance, and the reasons of rejections."""
    handed = month("handed_over_at")
    card = f"scorecard_id = {literal(context.scorecard)}"
    context.store.add(
        Cube(
            "owners", "marts.handoffs",
            {"handed": "count(*)", "met": "count(*) filter (where is_sla_met)", "judged": "count(is_sla_met)",
             "missed": "count(*) filter (where not is_sla_met)", "overdue": "count(*) filter (where is_overdue)",
             "accepted": "count(*) filter (where is_accepted)", "decided": "count(*) filter (where is_accepted or is_rejected)"},
            month=handed, group=OWNER,
        ),
        Cube("speed", "marts.handoffs", {"hours": "median(hours_to_response)"}, group=OWNER, is_additive=False),
        Cube(
            "rules", "marts.alignment",
            {"handed": "sum(count_handed_over)", "accepted": "sum(count_accepted)", "decided": "sum(count_accepted + count_rejected)",
             "rejected": "sum(count_rejected)", "premature": "sum(count_premature)", "won": "sum(count_won)"},
            month="handover_month", group="stage || ': ' || rule_id", where=card,
        ),
        Cube("reasons", "marts.alignment_rejections", {"rejected": "sum(count_rejected)"}, month="handover_month", group="rejection_reason", where=card),
    )  # fmt: skip
    return Section(
        "sales",
        "Marketing and sales",
        PERIOD,
        [
            Words(["Hand-overs of the period, and what has become of them. Decisions about the young ones are still to come."]),
            Table("owners", "How fast sales answered, by owner", "Owner", columns=_owner_columns(), groups="owners", sort=0, limit=25, has_total=True, is_live=True, labels={None: "(nobody)"}),
            Table("rules", "What sales made of it, by the rule that handed over", "Rule", columns=_rule_columns(), groups="rules", sort=0, limit=25, has_total=True, is_live=True,
                  texts=[("Verdict", dict.fromkeys(lenient_rules(context), "too lenient"))], empty="Nothing was handed over in the period."),
            Table("reasons", "Why sales rejected", "Reason", columns=[Column("Rejected", "count", "reasons.rejected", words="Hand-overs of the period that sales rejected for this reason.")],
                  groups="reasons", sort=0, limit=12, bar=0, is_live=True, empty="Sales rejected nothing that was handed over in the period."),
        ],
    )  # fmt: skip


def _owner_columns() -> list[Column]:
    return [
        Column("Handed over", "count", "owners.handed", words="Leads handed over to the owner in the period."),
        Column("Answered in time", "rate", "owners.met", "owners.judged", words="First response within the SLA, of those that were answered or whose time is up."),
        Column("Too late or never", "count", "owners.missed", words="Answered after the SLA, or not at all."),
        Column("Waiting now", "count", "owners.overdue", words="Not answered yet, though the time is up and sales could still answer."),
        Column("Median hours (all time)", "hours", "speed.hours", words="Hours from hand-over to first response, of those that were answered, in any month."),
        Column("Accepted", "rate", "owners.accepted", "owners.decided", words="Accepted by sales, of those about which it has decided."),
    ]  # fmt: skip


def _rule_columns() -> list[Column]:
    return [
        Column("Handed over", "count", "rules.handed", words="Leads that the rule handed over in the period."),
        Column(
            "Accepted",
            "rate",
            "rules.accepted",
            "rules.decided",
            words="Accepted by sales, of those about which it has decided.",
        ),
        Column("Rejected", "count", "rules.rejected", words="Rejected by sales."),
        Column("Too early", "count", "rules.premature", words="Rejected because they came too early."),
        Column("Won", "count", "rules.won", words="Of which a deal was won."),
    ]


def lenient_rules(context: Context) -> list[str]:
    """The rules that the mart calls too lenient in any of the newest six months."""
    card = f"scorecard_id = {literal(context.scorecard)}"
    recent = "handover_month > (select max(handover_month) from marts.alignment) - interval 6 month"
    statement = f"select distinct stage || ': ' || rule_id from marts.alignment where {card} and is_too_lenient and {recent} order by 1"
    return [str(row[0]) for row in context.connection.execute(statement).fetchall()]

"""Which rules of the champion scorecard find buyers, and which tell nothing."""

from __future__ import annotations

from leadhouse.report.blocks import NOW, Column, Context, Cube, Section, Table, Words, literal

KEY = "case when rule_kind = 'stage' then stage else rule_kind end || ': ' || rule_id"
# With fewer leads a lift is mostly luck.
FEWEST = 20
_SILENT_DAYS = 90


def section(context: Context) -> Section:
    """The best rules, those that find nobody who buys, and the dead ones."""
    valid = f"scorecard_id = {literal(context.scorecard)} and is_valid"
    judged = f"{valid} and count_mature_leads >= {FEWEST}"
    context.store.add(
        _cube("top_rules", f"{judged} and is_informative and lift > 1"),
        _cube("weak_rules", f"{judged} and not is_informative and rule_kind <> 'stage' and points > 0"),
        _cube("dead_rules", f"{valid} and (not has_fired or days_since_fired > {_SILENT_DAYS})"),
    )
    meanings = dict(
        context.connection.execute(f"select {KEY}, description from marts.rule_effectiveness where {valid}").fetchall()
    )
    texts = [("What it asks", meanings)]
    return Section(
        "rules",
        "Rules",
        NOW,
        [
            Words(["Lift: how many times oftener the leads for which a rule fires buy than leads of the same age. Above 1 it finds buyers."]),
            Table("top_rules", "Rules that find most buyers", "Rule", columns=_columns("top_rules"), groups="top_rules", texts=texts, limit=12, sort=0, empty="No rule has been shown to find buyers yet."),
            Table("weak_rules", "Rules that give points and have not been shown to find buyers", "Rule", columns=_columns("weak_rules"), groups="weak_rules", texts=texts, limit=15, sort=2, is_folded=True, empty="There is none."),
            Table("dead_rules", f"Rules that have never fired, or not for {_SILENT_DAYS} days", "Rule", columns=[
                Column("Leads, ever", "count", "dead_rules.fired", words="Leads for which it ever fired."),
                Column("Days silent", "count", "dead_rules.silent", words="Days since it fired last; empty where it never did."),
            ], groups="dead_rules", texts=texts, limit=30, empty="Every rule has fired lately."),
        ],
    )  # fmt: skip


def _cube(name: str, where: str) -> Cube:
    return Cube(
        name, "marts.rule_effectiveness",
        {"lift": "max(lift)", "low": "max(lift_low)", "high": "max(lift_high)", "points": "max(points)",
         "fired": "max(count_fired_leads)", "judged": "max(count_mature_leads)", "wins": "max(count_wins)",
         "silent": "max(floor(days_since_fired))"},
        group=KEY, where=where,
    )  # fmt: skip


def _columns(cube: str) -> list[Column]:
    return [
        Column("Lift", "ratio", f"{cube}.lift", low=f"{cube}.low", high=f"{cube}.high", words="Win rate of its leads, as a multiple of that of leads of the same age."),
        Column("Points", "ratio", f"{cube}.points", words="Points that it gives; stage rules give none."),
        Column("Leads", "count", f"{cube}.judged", words="Leads for which it fired long enough ago to judge."),
        Column("Wins", "count", f"{cube}.wins", words="Those of them that bought."),
    ]  # fmt: skip

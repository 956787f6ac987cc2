"""Mistakes that could be made in the models, each of which the comparison has to find.

Per mistake: the model, a text of its compiled SQL, and what a careless hand might have put there.
"""

from __future__ import annotations

Mutant = tuple[str, str, str]

MUTANTS: dict[str, Mutant] = {
    # Activities and their points.
    "an activity counts from when it happened, not from when it was known": (
        "engagement_entries",
        "greatest(scored.known_at, ",
        "greatest(scored.occurred_at, ",
    ),
    "an activity counts at the very end of the rule's validity": (
        "engagement_entries",
        "activities.occurred_at < rules.valid_to",
        "activities.occurred_at <= rules.valid_to",
    ),
    "an activity does not count at the very beginning of the rule's validity": (
        "engagement_entries",
        "activities.occurred_at >= rules.valid_from",
        "activities.occurred_at > rules.valid_from",
    ),
    "decayed points are not rounded": (
        "engagement_rule_steps",
        "12) as decimal(38, 12)), 6)",
        "12) as decimal(38, 12)), 5)",
    ),
    "exponential decay takes a part of the first points only": (
        "engagement_rule_steps",
        "power(cast(1 - rules.decay_percent / 100 as double precision), numbers.step_number)",
        "greatest(0, 1 - numbers.step_number * rules.decay_percent / 100)",
    ),
    "linear decay goes on below zero": (
        "engagement_rule_steps",
        "greatest(0, 1 - numbers.step_number * rules.decay_percent / 100)",
        "(1 - numbers.step_number * rules.decay_percent / 100)",
    ),
    "a decay step on the day of expiry is taken beside it": (
        "engagement_rule_steps",
        "numbers.step_number * rules.decay_days < coalesce(rules.window_days, 3652059)",
        "(numbers.step_number - 1) * rules.decay_days < coalesce(rules.window_days, 3652059)",
    ),
    "a rule counts only above min_count": (
        "engagement_rule_changes",
        "accumulated.count_in_all < rules.min_count",
        "accumulated.count_in_all <= rules.min_count",
    ),
    "max_points cuts positive points only": (
        "engagement_rule_changes",
        "when accumulated.points_in_all < -rules.max_points",
        "when accumulated.points_in_all < -rules.max_points - 99999",
    ),
    # Attributes and adjustments.
    "at_least is above": ("condition_spans", "number >= first_number)", "number > first_number)"),
    "contains minds the case": ("condition_spans", "lower(wanted) in lower(value)", "wanted in value"),
    "a fit rule holds for ever": (
        "fit_changes",
        "least(spans.matched_to, rules.valid_to) as matched_to",
        "spans.matched_to as matched_to",
    ),
    "the column counts before an attribute's first dated row": (
        "raw_attribute_values",
        "case when with_history.lead_id is null then nullif(beginnings.value, '') end",
        "nullif(beginnings.value, '')",
    ),
    "of two values from before the lead the older one holds": (
        "attribute_history",
        "order by recorded_at desc",
        "order by recorded_at",
    ),
    "an adjustment never expires": (
        "adjustment_changes",
        "-points as points_change",
        "0 as points_change",
    ),
    "an adjustment counts before the lead was created": (
        "adjustment_changes",
        "greatest(adjustments.recorded_at, leads.created_at) as granted_at",
        "adjustments.recorded_at as granted_at",
    ),
    # Sums and limits.
    "a group has no lower limit": (
        "group_changes",
        "when accumulated.points_in_all < groups.min_points",
        "when accumulated.points_in_all < groups.min_points - 99999",
    ),
    "a group's limit cuts each entry, not the sum": (
        "group_changes",
        "when accumulated.points_in_all > groups.max_points",
        "when accumulated.points_change > groups.max_points",
    ),
    "the fit score may be negative": ("score_steps", "greatest(0, fit_points", "greatest(-99999, fit_points"),
    "the score has no upper limit": ("score_steps", "coalesce(series.max_score, 999999999999)", "999999999999"),
    "the score of a week ago leaves that moment out": (
        "lead_scores",
        "entered_at <= (cast('2024-06-30 00:00:00' as timestamp) + (-7) * interval '1 day')",
        "entered_at < (cast('2024-06-30 00:00:00' as timestamp) + (-7) * interval '1 day')",
    ),
    # Stage rules.
    "activities are counted from when they happened": (
        "clause_steps_count",
        "known_at as checked_at",
        "occurred_at as checked_at",
    ),
    "one opened e-mail less will do": (
        "clause_steps_emails",
        "having count(*) = clauses.count_needed",
        "having count(*) >= clauses.count_needed - 1",
    ),
    "e-mails are in the order of their ids": (
        "sent_emails",
        "order by occurred_at, message_id) as email_number",
        "order by message_id) as email_number",
    ),
    "an older threshold goes on beside the newer": (
        "stage_clauses",
        "valid_to,\n        lead(valid_from)",
        "valid_to, cast('9999-12-31' as timestamp),\n        lead(valid_from)",
    ),
    "any clause will do": (
        "stage_rule_spans",
        "accumulated.clauses_met = rules.count_clauses",
        "accumulated.clauses_met > 0",
    ),
    "exclusions exclude nobody": (
        "stage_rule_spans",
        "accumulated.exclusions_met = 0",
        "accumulated.exclusions_met >= 0",
    ),
    "one exclusion of two takes the other back": (
        "stage_rule_spans",
        "accumulated.exclusions_met = 0",
        "accumulated.exclusions_met <> 1",
    ),
    # The lifecycle.
    "any new activity brings a recycled lead back": ("new_activity_moments", "points_then > 0", "points_then <> 0"),
    "a cycle still has what happens at its end": (
        "cycle_stages",
        "moments.moment < coalesce(cycles.ended_at",
        "moments.moment <= coalesce(cycles.ended_at",
    ),
    "what is known at the recycling is new": (
        "cycle_stages",
        "moments.moment > cycles.started_at",
        "moments.moment >= cycles.started_at",
    ),
    "a stage at the same moment as a later one was jumped over": (
        "cycle_stages",
        "candidate_at <= coalesce(later_stage_at",
        "candidate_at < coalesce(later_stage_at",
    ),
    "wins are ordered by when their deals began": (
        "lead_opportunities",
        "order by decided_at",
        "order by created_at",
    ),
    "a rule that will hold one day holds": (
        "stage_moments",
        "where moment <= cast(",
        "where moment is not null or moment <= cast(",
    ),
    "of two rules the last by name is kept": ("cycle_stages", "min(in_cycles.rule_id)", "max(in_cycles.rule_id)"),
}

# Enough to see that the comparison still finds something in each part; all of them are for the long run.
EXAMPLES = (
    "an activity counts from when it happened, not from when it was known",
    "decayed points are not rounded",
    "max_points cuts positive points only",
    "at_least is above",
    "a group's limit cuts each entry, not the sum",
    "the score has no upper limit",
    "an older threshold goes on beside the newer",
    "e-mails are in the order of their ids",
    "what is known at the recycling is new",
    "wins are ordered by when their deals began",
)

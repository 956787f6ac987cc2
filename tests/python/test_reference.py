"""The plain reading of the rules, checked on examples worked by hand.

The property test trusts the reference; these cases are why it may.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings

import reference as ref
from worlds import World, seed_rows, worlds

DAY_0 = datetime(2024, 1, 1)
SECOND = timedelta(seconds=1)
AS_OF = datetime(2024, 6, 1)
PRICING = "pricing_page_view"


def day(number: float) -> datetime:
    """The moment some days after the first."""
    return DAY_0 + timedelta(days=number)


def dec(text: str) -> Decimal:
    """A decimal amount."""
    return Decimal(text)


def seen(activity_type: str, *days: float) -> tuple[ref.Activity, ...]:
    """Activities that were known at once."""
    return tuple(ref.Activity(activity_type, day(number), day(number)) for number in days)


def lead(**facts: object) -> ref.Lead:
    """A lead created on the first day."""
    return replace(ref.Lead("lead", DAY_0), **facts)  # type: ignore[arg-type]


def card(
    *engagement: ref.EngagementRule,
    fit: Iterable[ref.FitRule] = (),
    stages: Iterable[ref.StageRule] = (),
    limits: tuple[str | None, str | None] = (None, None),
    max_score: str = "100",
) -> ref.Scorecard:
    """A scorecard with one group per dimension, `acts` and `profile`."""
    low, high = (None if limit is None else dec(limit) for limit in limits)
    return ref.Scorecard(
        "main",
        max_score=dec(max_score),
        groups=(ref.ScoreGroup("acts", "engagement", low, high), ref.ScoreGroup("profile", "fit")),
        fit_rules=tuple(fit),
        engagement_rules=engagement,
        stage_rules=tuple(stages),
        bands=tuple(
            ref.ScoreBand(dimension, band, dec(points))
            for dimension, names in (("fit", "DCBA"), ("engagement", "4321"))
            for band, points in zip(names, ("0", "10", "20", "40"), strict=True)
        ),
    )


def act_rule(points: str = "20", activity_type: str = PRICING, **fields: object) -> ref.EngagementRule:
    """An engagement rule of the group `acts`."""
    rule = ref.EngagementRule("rule", "acts", activity_type, dec(points))
    return replace(rule, **fields)  # type: ignore[arg-type]


def fit_rule(operator: str, value: str | None, attribute: str = "industry", **fields: object) -> ref.FitRule:
    """A fit rule of 10 points in the group `profile`."""
    return replace(ref.FitRule("fit", "profile", attribute, operator, value, dec("10")), **fields)  # type: ignore[arg-type]


def clause(metric: str, value: str, number: int = 1, **fields: object) -> ref.StageRule:
    """A clause of the rule `r1` that makes an MQL at or above a value."""
    return replace(ref.StageRule("mql", "r1", number, metric, ">=", dec(value)), **fields)  # type: ignore[arg-type]


def criteria(scorecard: ref.Scorecard, *exclusions: ref.Exclusion) -> ref.Criteria:
    """Criteria of one scorecard."""
    return ref.Criteria((scorecard,), exclusions)


def entries(person: ref.Lead, scorecard: ref.Scorecard) -> list[tuple[datetime, Decimal]]:
    """The ledger's moments and points."""
    return [(entry.entry_at, entry.points) for entry in ref.ledger(person, scorecard)]


# ------------------------------------------------------------------------------- engagement points


def test_three_pricing_views_in_thirty_days_give_twenty_points_once() -> None:
    rule = act_rule(min_count=3, window_days=30, max_points=dec("20"))
    person = lead(activities=seen(PRICING, 1, 2, 5, 6))
    assert entries(person, card(rule)) == [(day(5), dec("20")), (day(32), dec("-20"))]


def test_the_third_view_counts_only_while_the_first_is_inside_the_window() -> None:
    rule = act_rule(min_count=3, window_days=30, max_points=dec("20"))
    just_outside = lead(activities=seen(PRICING, 1, 2, 31))
    just_inside = lead(activities=seen(PRICING, 1, 2, 31 - 1 / 86400))
    assert entries(just_outside, card(rule)) == []
    assert entries(just_inside, card(rule)) == [(day(31) - SECOND, dec("20")), (day(31), dec("-20"))]


def test_linear_decay_takes_equal_steps_and_stops_at_zero() -> None:
    rule = act_rule("10", decay="linear", decay_days=7, decay_percent=dec("40"))
    person = lead(activities=seen(PRICING, 1))
    assert entries(person, card(rule)) == [
        (day(1), dec("10")),
        (day(8), dec("-4")),
        (day(15), dec("-4")),
        (day(22), dec("-2")),
    ]


def test_exponential_decay_takes_a_share_of_what_is_left_until_the_window_ends() -> None:
    rule = act_rule("10", window_days=20, decay="exponential", decay_days=7, decay_percent=dec("50"))
    person = lead(activities=seen(PRICING, 1))
    assert entries(person, card(rule)) == [
        (day(1), dec("10")),
        (day(8), dec("-5")),
        (day(15), dec("-2.5")),
        (day(21), dec("-2.5")),
    ]


def test_decayed_points_are_rounded_to_six_decimals_away_from_zero() -> None:
    assert ref.decayed_points(dec("0.01"), "exponential", dec("99.995"), 1) == dec("0.000001")
    assert ref.decayed_points(dec("-0.01"), "exponential", dec("99.995"), 1) == dec("-0.000001")
    assert ref.decayed_points(dec("10"), "exponential", dec("33.3"), 3) == dec("2.967410")
    assert ref.decayed_points(dec("5"), "exponential", dec("100"), 0) == dec("5")


def test_an_activity_known_late_has_already_decayed() -> None:
    rule = act_rule("10", decay="linear", decay_days=1, decay_percent=dec("10"))
    person = lead(activities=(ref.Activity(PRICING, day(1), day(4)),))
    assert entries(person, card(rule))[0] == (day(4), dec("7"))


def test_an_activity_known_after_its_window_never_counts() -> None:
    person = lead(activities=(ref.Activity(PRICING, day(1), day(8)),))
    assert entries(person, card(act_rule(window_days=7))) == []
    assert entries(person, card(act_rule(window_days=8))) == [(day(8), dec("20")), (day(9), dec("-20"))]


def test_validity_is_judged_by_when_the_activity_happened() -> None:
    rule = act_rule(valid_from=day(2), valid_to=day(4))
    person = lead(activities=seen(PRICING, 1, 2, 4))
    assert entries(person, card(rule)) == [(day(2), dec("20"))]
    known_late = lead(activities=(ref.Activity(PRICING, day(1), day(3)), ref.Activity(PRICING, day(3), day(5))))
    assert entries(known_late, card(rule)) == [(day(5), dec("20"))]


def test_versions_of_a_rule_count_apart_and_are_summed() -> None:
    old = act_rule("5", min_count=2, valid_to=day(3))
    new = act_rule("7", valid_from=day(3), max_points=dec("10"))
    person = lead(activities=seen(PRICING, 1, 3, 4))
    assert entries(person, card(old, new)) == [(day(3), dec("7")), (day(4), dec("3"))]


@pytest.mark.parametrize(("points", "expected"), [("20", "30"), ("-20", "-30")])
def test_the_cut_keeps_the_sign(points: str, expected: str) -> None:
    rule = act_rule(points, max_points=dec("30"))
    person = lead(activities=seen(PRICING, 1, 2))
    assert ref.rule_points(person, rule, day(2)) == dec(expected)


# --------------------------------------------------------------------------------------------- fit


@pytest.mark.parametrize(
    ("actual", "operator", "wanted", "expected"),
    [
        ("retail", "equals", "retail", True),
        ("Retail", "equals", "retail", False),
        ("b", "in", "a|b", True),
        ("a|b", "in", "a|b", False),
        ("B", "in", "a|b", False),
        ("b", "in", "a|B", False),
        ("Head of SALES", "contains", "sales", True),
        ("100", "contains", "%", False),
        ("50", "at_least", "50", True),
        ("49.99", "at_least", "50", False),
        ("9", "at_least", "50", False),
        ("50", "at_most", "50", True),
        ("50.01", "at_most", "50", False),
        ("10", "between", "10|50", True),
        ("50", "between", "10|50", True),
        ("51", "between", "10|50", False),
        ("many", "at_most", "50", False),
        (None, "at_most", "50", False),
        (None, "equals", "retail", False),
        (None, "is_missing", None, True),
        ("x", "is_missing", None, False),
        ("x", "is_present", None, True),
        (None, "is_present", None, False),
    ],
)
def test_operators(actual: str | None, operator: str, wanted: str | None, expected: bool) -> None:
    assert ref.value_matches(actual, operator, wanted) is expected


def test_a_column_holds_from_created_at() -> None:
    person = lead(attributes={"industry": "retail"})
    scorecard = card(fit=[fit_rule("equals", "retail", valid_from=day(-9), valid_to=day(3))])
    assert entries(person, scorecard) == [(DAY_0, dec("10")), (day(3), dec("-10"))]


def test_dated_rows_take_the_place_of_the_column() -> None:
    rows = (ref.AttributeRow("industry", "retail", day(2)), ref.AttributeRow("industry", "mining", day(5)))
    person = lead(attributes={"industry": "retail"}, history=rows)
    assert entries(person, card(fit=[fit_rule("equals", "retail")])) == [(day(2), dec("10")), (day(5), dec("-10"))]
    assert entries(person, card(fit=[fit_rule("is_missing", None)])) == [(DAY_0, dec("10")), (day(2), dec("-10"))]


def test_a_value_recorded_before_the_lead_was_created_counts_from_its_creation() -> None:
    person = lead(history=(ref.AttributeRow("plan", "pro", day(-3)),))
    assert entries(person, card(fit=[fit_rule("equals", "pro", "plan")])) == [(DAY_0, dec("10"))]


def test_an_adjustment_counts_from_its_recording_until_it_expires() -> None:
    person = lead(
        adjustments=(
            ref.Adjustment("acts", dec("5"), day(1), day(3)),
            ref.Adjustment("acts", dec("7"), day(-5)),
            ref.Adjustment("acts", dec("9"), day(-5), DAY_0),
            ref.Adjustment("elsewhere", dec("11"), day(1)),
        )
    )
    assert entries(person, card()) == [(DAY_0, dec("7")), (day(1), dec("5")), (day(3), dec("-5"))]


def test_nothing_counts_before_the_lead_was_created() -> None:
    scorecard = card(fit=[fit_rule("is_missing", None)])
    person = lead(adjustments=(ref.Adjustment("acts", dec("7"), day(-5)),))
    assert ref.reasons(person, scorecard, DAY_0 - SECOND) == {}
    assert ref.reasons(person, scorecard, DAY_0) == {"fit": dec("10"), "adjustment:acts": dec("7")}


# ------------------------------------------------------------------------------------------ scores


def test_clamps_show_as_reasons_and_the_reasons_sum_to_the_score() -> None:
    rule = act_rule("60")
    scorecard = card(rule, fit=[fit_rule("equals", "retail")], limits=(None, "50"), max_score="55")
    person = lead(attributes={"industry": "retail"}, activities=seen(PRICING, 1))
    found = ref.reasons(person, scorecard, day(1))
    assert found == {"rule": dec("60"), "fit": dec("10"), "clamp:acts": dec("-10"), "clamp:score": dec("-5")}
    assert sum(found.values()) == ref.score(person, scorecard, day(1)) == dec("55")
    assert ref.grade(person, scorecard, day(1)) == "C1"


def test_a_dimension_is_never_below_zero() -> None:
    scorecard = card(act_rule("-20"), fit=[fit_rule("equals", "retail")])
    person = lead(attributes={"industry": "retail"}, activities=seen(PRICING, 1))
    assert ref.score(person, scorecard, day(1)) == dec("10")
    assert ref.reasons(person, scorecard, day(1))["clamp:engagement"] == dec("20")


def test_a_group_stays_inside_its_own_limits_before_groups_are_added() -> None:
    scorecard = card(act_rule("-20"), limits=("-5", None))
    person = lead(activities=seen(PRICING, 1))
    assert ref.group_points(person, scorecard, scorecard.groups[0], day(1)) == dec("-5")


# ------------------------------------------------------------------------------------- stage rules


def mql(person: ref.Lead, scorecard: ref.Scorecard, *exclusions: ref.Exclusion) -> datetime | None:
    """When the lead becomes an MQL by rule."""
    entry = ref.stage_entry_by_rules(person, scorecard, "mql", AS_OF, exclusions)
    return None if entry is None else entry.entered_at


def test_three_pricing_views_and_a_form_within_thirty_days() -> None:
    scorecard = card(
        stages=[
            clause(f"count:{PRICING}", "3", 1, window_days=30),
            clause("count:contact_form", "1", 2, window_days=30),
        ]
    )
    views = seen(PRICING, 1, 2, 5)
    assert mql(lead(activities=views + seen("contact_form", 31 - 1 / 86400)), scorecard) == day(31) - SECOND
    assert mql(lead(activities=views + seen("contact_form", 31)), scorecard) is None
    assert mql(lead(activities=views), scorecard) is None


def test_visits_before_the_lead_existed_count_once_it_does() -> None:
    scorecard = card(stages=[clause(f"count:{PRICING}", "1", window_days=30)])
    earlier = ref.Activity(PRICING, day(-10), DAY_0)
    assert mql(lead(activities=(earlier,)), scorecard) == DAY_0
    assert mql(lead(activities=(replace(earlier, known_at=day(19)),)), scorecard) == day(19)
    assert mql(lead(activities=(replace(earlier, known_at=day(20)),)), scorecard) is None


def test_the_last_three_emails_opened_and_a_pricing_view() -> None:
    scorecard = card(stages=[clause("last_emails_opened", "3", 1), clause(f"count:{PRICING}", "1", 2, window_days=30)])
    unopened = ref.Email("m0", day(1))
    opened = tuple(ref.Email(f"m{number}", day(number), day(number + 0.5)) for number in (2, 3, 4))
    viewed = seen(PRICING, 1)
    assert mql(lead(emails=(unopened, *opened), activities=viewed), scorecard) == day(4.5)
    assert mql(lead(emails=opened[:2], activities=viewed), scorecard) is None
    newer = ref.Email("m5", day(4.25), day(9))
    assert mql(lead(emails=(*opened, newer), activities=viewed), scorecard) == day(9)


def test_a_fourth_email_unopened_breaks_the_run() -> None:
    scorecard = card(stages=[clause("last_emails_opened", "3")])
    opened = tuple(ref.Email(f"m{number}", day(number), day(number)) for number in (2, 3, 4))
    person = lead(emails=(*opened, ref.Email("m5", day(5))))
    assert ref.rule_holds(person, scorecard, "mql", "r1", day(5) - SECOND)
    assert not ref.rule_holds(person, scorecard, "mql", "r1", day(5))


def test_the_smallest_rule_id_is_named_and_the_score_then_is_kept() -> None:
    scorecard = card(
        act_rule("20"),
        stages=[clause("score", "20", rule_id="b"), clause(f"count:{PRICING}", "1", rule_id="a")],
    )
    person = lead(activities=seen(PRICING, 3, 4))
    assert ref.stage_entry_by_rules(person, scorecard, "mql", AS_OF) == ref.StageEntry(day(3), "a", dec("20"))


def test_a_later_threshold_never_moves_an_earlier_date() -> None:
    lenient = clause("score", "20")
    strict = clause("score", "60", valid_from=day(10))
    early, late = lead(activities=seen(PRICING, 9)), lead(activities=seen(PRICING, 10))
    assert mql(early, card(act_rule("20"), stages=[lenient, strict])) == day(9)
    assert mql(late, card(act_rule("20"), stages=[lenient, strict])) is None


def test_a_lower_threshold_lets_in_who_already_has_the_score() -> None:
    stages = [clause("score", "60"), clause("score", "20", valid_from=day(10))]
    assert mql(lead(activities=seen(PRICING, 5)), card(act_rule("20"), stages=stages)) == day(10)


def test_a_rule_needs_each_of_its_clauses_to_be_valid() -> None:
    stages = [clause("score", "0", 1), clause("score", "0", 2, valid_from=day(3), valid_to=day(4))]
    assert mql(lead(), card(stages=stages)) == day(3)


def test_an_excluded_lead_enters_when_it_is_excluded_no_more() -> None:
    rival = ref.Exclusion("industry", "equals", "rival")
    scorecard = card(stages=[clause("score", "0")])
    rows = (ref.AttributeRow("industry", "rival", day(-1)), ref.AttributeRow("industry", "retail", day(6)))
    assert mql(lead(attributes={"industry": "rival"}), scorecard, rival) is None
    assert mql(lead(history=rows), scorecard, rival) == day(6)


def test_a_rule_that_holds_when_something_expires() -> None:
    quiet = clause(f"count:{PRICING}", "0", operator="<=", window_days=7)
    assert mql(lead(activities=(ref.Activity(PRICING, day(-1), DAY_0),)), card(stages=[quiet])) == day(6)


# --------------------------------------------------------------------------------------- lifecycle


def test_both_dates_are_kept_and_the_earliest_counts() -> None:
    scorecard = card(act_rule("20"), stages=[clause("score", "20")])
    person = lead(activities=seen(PRICING, 5), crm_stages=(ref.CrmStage("mql", day(3)),))
    (cycle,) = ref.lifecycle(person, criteria(scorecard), AS_OF)
    assert (cycle.by_rules["mql"].entered_at, cycle.by_crm["mql"]) == (day(5), day(3))
    assert cycle.entered == {"mql": day(3)}
    for authority, expected in (("rules", day(5)), ("crm", day(3))):
        chosen = {**ref.DEFAULT_AUTHORITY, "mql": authority}
        assert ref.lifecycle(person, criteria(scorecard), AS_OF, chosen)[0].entered["mql"] == expected


def test_a_stage_later_than_the_next_one_was_jumped_over() -> None:
    person = lead(
        crm_stages=(ref.CrmStage("mql", day(8)), ref.CrmStage("sql", day(5))),
        opportunities=(ref.Opportunity(day(5), day(7), True),),
    )
    (cycle,) = ref.lifecycle(person, criteria(card()), AS_OF)
    assert cycle.entered == {"sql": day(5), "opportunity": day(5), "customer": day(7)}
    assert cycle.skipped == ("mql", "sal")
    assert cycle.furthest == "customer"


def test_what_the_crm_dates_before_the_lead_is_raised_to_its_creation() -> None:
    person = lead(crm_stages=(ref.CrmStage("mql", day(-4)),), opportunities=(ref.Opportunity(day(-3), day(-2), True),))
    (cycle,) = ref.lifecycle(person, criteria(card()), AS_OF)
    assert cycle.entered == {"mql": DAY_0, "opportunity": DAY_0, "customer": DAY_0}


def test_the_second_win_makes_a_repeat_customer() -> None:
    deals = (ref.Opportunity(day(1), day(9), True), ref.Opportunity(day(2), day(4), True))
    (cycle,) = ref.lifecycle(lead(opportunities=deals), criteria(card()), AS_OF)
    assert cycle.entered == {"opportunity": day(1), "customer": day(4), "repeat_customer": day(9)}


def test_a_recycled_lead_needs_a_new_positive_activity() -> None:
    scorecard = card(
        act_rule("20"),
        act_rule("-5", "email_unsubscribe", rule_id="minus"),
        stages=[clause("score", "15")],
    )
    recycled = ref.CrmStage("recycled", day(10))
    acts = seen(PRICING, 1) + seen("email_unsubscribe", 11) + seen("other", 12)
    person = lead(activities=acts, crm_stages=(recycled,))
    first, second = ref.lifecycle(person, criteria(scorecard), AS_OF)
    assert (first.entered, second.entered) == ({"mql": day(1)}, {})
    returned = replace(person, activities=acts + seen(PRICING, 13))
    assert ref.lifecycle(returned, criteria(scorecard), AS_OF)[1].by_rules == {
        "mql": ref.StageEntry(day(13), "r1", dec("35"))
    }


def test_what_becomes_known_at_the_recycling_itself_is_not_new() -> None:
    scorecard = card(act_rule("20"), stages=[clause("score", "15")])
    for known_at, expected in ((day(10), None), (day(10) + SECOND, day(10) + SECOND)):
        acts = (ref.Activity(PRICING, day(2), known_at),)
        person = lead(activities=acts, crm_stages=(ref.CrmStage("recycled", day(10)),))
        assert ref.lifecycle(person, criteria(scorecard), AS_OF)[1].entered.get("mql") == expected


def test_a_cycle_ends_just_before_its_recycling() -> None:
    scorecard = card(act_rule("20"), stages=[clause("score", "15")])
    recycled = (ref.CrmStage("recycled", day(10)),)
    in_time = lead(activities=seen(PRICING, 10 - 1 / 86400), crm_stages=recycled)
    too_late = lead(activities=seen(PRICING, 10), crm_stages=recycled)
    assert ref.lifecycle(in_time, criteria(scorecard), AS_OF)[0].entered == {"mql": day(10) - SECOND}
    assert [cycle.entered for cycle in ref.lifecycle(too_late, criteria(scorecard), AS_OF)] == [{}, {}]


def test_an_mql_that_never_becomes_an_sql_is_recycled_when_it_expires() -> None:
    events = (ref.CrmStage("mql", day(3)), ref.CrmStage("mql", day(50)))
    cycles = ref.lifecycle(lead(crm_stages=events), criteria(card()), AS_OF, mql_expiry_days=30)
    assert [cycle.started_at for cycle in cycles] == [DAY_0, day(33), day(80)]
    sold = lead(crm_stages=(*events, ref.CrmStage("sql", day(33) - SECOND)))
    assert len(ref.lifecycle(sold, criteria(card()), AS_OF, mql_expiry_days=30)) == 1


# ---------------------------------------------------------------------------------- random worlds


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_the_reference_agrees_with_itself(world: World) -> None:
    for person in world.leads:
        for scorecard in world.criteria.scorecards:
            _ledger_sums_to_the_contributions(person, scorecard, world.as_of)
            _no_later_look_moves_a_date(person, scorecard, world)


def _ledger_sums_to_the_contributions(person: ref.Lead, scorecard: ref.Scorecard, as_of: datetime) -> None:
    found = ref.reasons(person, scorecard, as_of)
    assert sum(found.values(), Decimal(0)) == ref.score(person, scorecard, as_of)
    sums: dict[str, Decimal] = {}
    for entry in ref.ledger(person, scorecard):
        if entry.entry_at <= as_of:
            sums[entry.rule_id] = sums.get(entry.rule_id, Decimal(0)) + entry.points
    assert {rule_id: points for rule_id, points in sums.items() if points} == {
        rule_id: points for rule_id, points in found.items() if not rule_id.startswith("clamp:")
    }


def _no_later_look_moves_a_date(person: ref.Lead, scorecard: ref.Scorecard, world: World) -> None:
    # An attribute's first dated row replaces its column for the past as well, so only
    # leads without dated rows have one history for every moment of looking.
    undated = replace(person, history=())
    middle = max(person.created_at, world.as_of - timedelta(days=30))
    for stage in ref.RULE_STAGES:
        later = ref.stage_entry_by_rules(undated, scorecard, stage, world.as_of, world.criteria.exclusions)
        then = ref.stage_entry_by_rules(
            ref.known_by(undated, middle), scorecard, stage, middle, world.criteria.exclusions
        )
        assert then == (later if later is not None and later.entered_at <= middle else None)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_worlds_are_valid(world: World) -> None:
    assert sum(scorecard.is_champion for scorecard in world.criteria.scorecards) == 1
    for scorecard in world.criteria.scorecards:
        for group in scorecard.groups:
            assert (group.min_points or 0) <= 0 <= (group.max_points or 0)
        for rule in scorecard.engagement_rules:
            assert rule.decay != "exponential" or rule.window_days is not None
        _do_not_overlap([(rule.rule_id, rule.valid_from, rule.valid_to) for rule in scorecard.fit_rules])
        _do_not_overlap([(rule.rule_id, rule.valid_from, rule.valid_to) for rule in scorecard.engagement_rules])
        clauses = {(rule.rule_id, rule.clause) for rule in scorecard.stage_rules}
        for rule_id, number in clauses:
            rows = [rule for rule in scorecard.stage_rules if (rule.rule_id, rule.clause) == (rule_id, number)]
            _do_not_overlap([(rule_id, row.valid_from, row.valid_to) for row in ref.clause_versions(rows)])
    for person in world.leads:
        known = ref.known_by(person, world.as_of)
        assert replace(person, opportunities=()) == replace(known, opportunities=())
        assert all(deal.created_at <= world.as_of for deal in person.opportunities)
        assert person.created_at <= world.as_of
        assert all(act.known_at >= max(act.occurred_at, person.created_at) for act in person.activities)


def _do_not_overlap(versions: list[tuple[str, datetime | None, datetime | None]]) -> None:
    for (rule_id, _, valid_to), (following_id, valid_from, _) in pairwise(versions):
        if rule_id == following_id:
            assert valid_to is not None and valid_from is not None
            assert valid_to <= valid_from


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_seed_rows_hold_every_row_of_the_criteria(world: World) -> None:
    rows = seed_rows(world.criteria)
    cards = world.criteria.scorecards
    assert len(rows["scorecards"]) == len(cards)
    assert len(rows["score_groups"]) == sum(len(scorecard.groups) for scorecard in cards)
    assert len(rows["stage_rules"]) == sum(len(scorecard.stage_rules) for scorecard in cards)
    for name in ("fit_rules", "engagement_rules", "stage_rules"):
        keys = [(row["scorecard_id"], row["rule_id"], row.get("clause"), row["valid_from"]) for row in rows[name]]
        assert len(keys) == len(set(keys))

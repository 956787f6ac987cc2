"""Campaigns, contents and nurturing: what is planted in the demo world, and the same figures worked out apart from the SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from math import isclose, sqrt
from typing import Any

import pytest
from statsmodels.stats.proportion import proportion_confint

from conftest import BuiltHome

AS_OF = datetime(2026, 7, 1)
LOOK_BACK = timedelta(days=90)
ENROLMENT, OUTCOME = timedelta(days=30), timedelta(days=90)
STAGES = ("mql", "sal", "sql", "opportunity", "customer", "repeat_customer")

# What predicts a win in the demo world, and what brings many leads and predicts nothing.
BUYING = (
    "pricing_page_view", "comparison_page_view", "case_study_view", "roi_calculator_use", "demo_request",
    "consultation_request", "callback_request", "price_list_download",
)  # fmt: skip
ASKING = ("demo_request", "consultation_request", "callback_request", "price_list_download")
LEARNING = ("ebook_download", "checklist_download", "template_download", "whitepaper_download", "newsletter_signup")


@pytest.fixture(scope="module")
def reached(demo_home: BuiltHome) -> dict[str, dict[str, datetime | None]]:
    """When each lead reached each stage or a later one, and when it was made."""
    times = ", ".join(f"{stage}_at" for stage in STAGES)
    found: dict[str, dict[str, datetime | None]] = {}
    for lead, created, *moments in demo_home.query(f"select lead_id, created_at, {times} from marts.lead_stages"):
        found[lead] = {"created": created, "entered_mql": moments[0]}
        for place, stage in enumerate(STAGES):
            found[lead][stage] = min((moment for moment in moments[place:] if moment), default=None)
    return found


def lift(home: BuiltHome, types: Iterable[str], stage: str = "customer") -> float:
    """How much oftener those who saw contents of these types reached the stage than all leads did."""
    ((value,),) = home.query(
        f"""
        select sum(count_later_{stage}s) / sum(count_{stage}_candidates)
            / (select avg(case when {stage}_at is not null then 1.0 else 0 end) from marts.lead_stages)
        from marts.content_performance where activity_type in (select unnest(?))
        """,
        [list(types)],
    )
    return float(value)


# ------------------------------------------------------------------------------------------ planted truths


def test_what_tells_of_buying_precedes_wins_and_what_tells_of_learning_does_not(demo_home: BuiltHome) -> None:
    buying, learning, pages = (lift(demo_home, types) for types in (BUYING, LEARNING, ("page_view",)))
    assert buying > 2
    assert lift(demo_home, ASKING) > 4
    # Who wins has seen more of everything; a blog article says no more of it than any page.
    assert lift(demo_home, ["blog_view"]) < 1.1 * pages
    assert buying > 1.5 * pages
    assert learning < 1.2
    assert learning < pages


def test_asking_for_an_offer_precedes_wins_beyond_chance(demo_home: BuiltHome) -> None:
    ((later, candidates),) = demo_home.query(
        "select sum(count_later_customers), sum(count_customer_candidates) from marts.content_performance"
        " where activity_type in (select unnest(?))",
        [list(ASKING)],
    )
    ((rate,),) = demo_home.query("select avg(case when is_customer then 1.0 else 0 end) from marts.lead_stages")
    assert proportion_confint(int(later), int(candidates), method="wilson")[0] > 2 * rate


def test_educational_content_brings_the_contacts(demo_home: BuiltHome) -> None:
    new = dict(demo_home.query("select intent, sum(count_new_leads) from marts.content_performance group by intent"))
    ((leads,),) = demo_home.query("select count(*) from marts.leads")
    assert new["educational"] > 2 * new["commercial"]
    # Those of trade shows, partners, outbound calls and lists left nothing on the web.
    assert 0.7 * leads < sum(new.values()) < leads


def test_no_row_is_about_one_lead_alone_by_name(demo_home: BuiltHome) -> None:
    rows = demo_home.query("select count_leads, is_other, content_name from marts.content_performance")
    assert all(leads >= 3 or is_other for leads, is_other, _ in rows)
    assert any(is_other for _, is_other, _ in rows)
    # Text that looks like code came from one person each.
    assert not [name for *_, name in rows if "drop table" in name or "script" in name]


def test_nurturing_was_drawn_by_lot_and_wins_nobody(demo_home: BuiltHome) -> None:
    ((enrolled, others),) = demo_home.query(
        """
        select
            sum(case when enrolment_group = 'enrolled' then count_leads + count_young_leads end),
            sum(case when enrolment_group = 'not enrolled' then count_leads + count_young_leads end)
        from marts.nurture_comparison where sequence_name = 'nurture' and stage = 'lead'
        """
    )
    assert enrolled > 50 and others > 50
    for low, high in demo_home.query(
        "select customer_difference_low, customer_difference_high from marts.nurture_comparison"
        " where customer_difference_low is not null and sequence_name = 'nurture'"
    ):
        assert low <= 0 <= high


def test_whose_address_bounces_is_written_to_once(demo_home: BuiltHome) -> None:
    assert demo_home.world
    ((bounced, sent),) = demo_home.query(
        "select sum(count_bounced), sum(count_sent) from marts.campaign_performance where channel = 'Email'"
    )
    planted = demo_home.world.planted["tally"]["people whose address bounces"]
    # A persona has done one of everything, so it has bounced too.
    assert planted <= bounced <= planted + 1
    ((delivered,),) = demo_home.query("select sum(count_delivered) from marts.campaign_performance")
    assert 0 < bounced < sent - 0.9 * delivered


# ----------------------------------------------------------------------------- worked out apart from the SQL


def test_campaigns_count_as_their_activities_tell(
    demo_home: BuiltHome, reached: dict[str, dict[str, datetime | None]]
) -> None:
    activities = demo_home.query(
        "select campaign_id, lead_id, activity_type, known_at from marts.activities where campaign_id is not null"
    )
    leads: dict[tuple[str, str], set[str]] = defaultdict(set)
    touches: dict[str, dict[str, datetime]] = defaultdict(dict)
    for campaign, lead, kind, known_at in activities:
        leads[campaign, kind].add(lead)
        if kind not in ("email_open", "email_bounce", "email_unsubscribe"):
            touches[campaign][lead] = min(known_at, touches[campaign].get(lead, known_at))
    wins: dict[str, list[tuple[Decimal, datetime]]] = defaultdict(list)
    for lead, amount, decided in demo_home.work(
        "select lead_id, amount, decided_at from intermediate.lead_opportunities where is_won and lead_id is not null"
    ):
        wins[lead].append((amount, decided))

    rows = demo_home.query(
        """
        select campaign_id, channel, cost, count_opening_leads, count_clicking_leads, count_influenced_leads,
            count_later_mqls, count_later_sqls, count_later_opportunities, count_later_customers, revenue, cost_per_sql
        from marts.campaign_performance
        """
    )
    assert len(rows) == demo_home.query("select count(*) from marts.campaigns")[0][0]
    for campaign, channel, cost, opening, clicking, influenced, *later, revenue, per_sql in rows:
        kind = "sms_click" if channel == "SMS" else "email_click"
        assert (opening, clicking) == (len(leads[campaign, "email_open"]), len(leads[campaign, kind]))
        assert influenced == len(touches[campaign])
        assert later == [
            sum(1 for lead, touch in touches[campaign].items() if follows(reached[lead][stage], touch))
            for stage in ("mql", "sql", "opportunity", "customer")
        ]
        won = [amount for lead, touch in touches[campaign].items() for amount, at in wins[lead] if follows(at, touch)]
        assert revenue == sum(won)
        assert per_sql == (round(cost / later[1], 2) if cost and later[1] else None)


def follows(moment: datetime | None, since: datetime, days: timedelta = LOOK_BACK) -> bool:
    """Whether something came at or after a moment and less than so long after it."""
    return moment is not None and since <= moment < since + days


def test_contents_count_as_their_activities_tell(
    demo_home: BuiltHome, reached: dict[str, dict[str, datetime | None]]
) -> None:
    seen: dict[tuple[str, str], dict[str, list[tuple[datetime, datetime]]]] = defaultdict(lambda: defaultdict(list))
    for name, kind, lead, occurred, known in demo_home.query(
        "select content_name, activity_type, lead_id, occurred_at, known_at from marts.activities"
        " where content_name is not null and is_inbound"
    ):
        seen[name, kind][lead].append((occurred, known))
    shown = {key: views for key, views in seen.items() if len(views) >= 3}
    columns = [
        column
        for stage in ("mql", "sql", "customer")
        for column in (f"count_{stage}s_before", f"count_{stage}_candidates", f"count_later_{stage}s")
    ]
    rows = demo_home.query(
        f"""
        select content_name, activity_type, count_leads, customer_rate_low, customer_rate_high, customer_lift,
            {", ".join(columns)}
        from marts.content_performance where not is_other
        """
    )
    assert {(name, kind) for name, kind, *_ in rows} == set(shown)
    everybody = sum(1 for times in reached.values() if times["customer"]) / len(reached)
    for name, kind, leads, low, high, lifted, *counts in rows:
        expected = []
        for stage in ("mql", "sql", "customer"):
            pairs = [(reached[lead][stage], views) for lead, views in shown[name, kind].items()]
            later = [(at, views) for at, views in pairs if at and min(known for _, known in views) <= at]
            never = sum(1 for at, _ in pairs if at is None)
            before = sum(1 for at, views in later if any(k <= at and follows(at, o) for o, k in views))
            expected += [before, len(later) + never, len(later)]
        assert (leads, counts) == (len(shown[name, kind]), expected), (name, kind)
        part, whole = expected[-1], expected[-2]
        interval = proportion_confint(part, whole, method="wilson")
        assert isclose(low, interval[0], abs_tol=1e-9) and isclose(high, interval[1], abs_tol=1e-9)
        assert isclose(lifted, part / whole / everybody, rel_tol=1e-9, abs_tol=1e-12)


def strata(
    home: BuiltHome, reached: dict[str, dict[str, datetime | None]], sequence: str, stage: str
) -> dict[str, list[tuple[bool, bool, bool]]]:
    """Per month of entry, of each lead at its landmark with its outcome days over: enrolled, further, customer."""
    enrolled = dict(
        home.work(
            "select lead_id, min(known_at) from intermediate.lead_message_events where sequence_name = ?"
            " group by lead_id",
            [sequence],
        )
    )
    exits: dict[str, list[datetime]] = defaultdict(list)
    for lead, at in home.query(
        "select lead_id, entered_at from marts.stage_transitions where stage in ('recycled', 'disqualified')"
    ):
        exits[lead].append(at)
    entry, following = ("created", "mql") if stage == "lead" else ("entered_mql", "sql")
    months: dict[str, list[tuple[bool, bool, bool]]] = defaultdict(list)
    for lead, times in reached.items():
        entered = times[entry]
        if entered is None or entered + ENROLMENT + OUTCOME > AS_OF:
            continue
        landmark = entered + ENROLMENT
        further, customer = times[following], times["customer"]
        if (further and further <= landmark) or any(entered <= at <= landmark for at in exits[lead]):
            continue
        first = enrolled.get(lead)
        if first and first < entered:
            continue
        months[f"{entered:%Y-%m}"].append(
            (
                first is not None and first < landmark,
                further is not None and further < landmark + OUTCOME,
                customer is not None and customer < landmark + OUTCOME,
            )
        )
    return months


def mantel_haenszel(tables: Iterable[tuple[int, int, int, int]]) -> tuple[float, float]:
    """Difference of shares and its variance; each table is part, whole, other part, other whole."""
    kept = [table for table in tables if table[1] and table[3]]
    weights = sum(n * m / (n + m) for _, n, _, m in kept)
    difference = sum((x * m - y * n) / (n + m) for x, n, y, m in kept) / weights
    slope = sum((n * n * y - m * m * x + n * m * (m - n) / 2) / (n + m) ** 2 for x, n, y, m in kept)
    level = sum((x * (m - y) + y * (n - x)) / (2 * (n + m)) for x, n, y, m in kept)
    return difference, (difference * slope + level) / weights**2


@pytest.mark.parametrize("stage", ["lead", "mql"])
@pytest.mark.parametrize("sequence", ["nurture", "monthly-newsletter", "welcome"])
def test_nurturing_is_compared_as_worked_out_by_hand(
    demo_home: BuiltHome, reached: dict[str, dict[str, datetime | None]], sequence: str, stage: str
) -> None:
    months = strata(demo_home, reached, sequence, stage)
    with_enrolled = {month: rows for month, rows in months.items() if any(enrolled for enrolled, *_ in rows)}
    told = {
        group: row
        for group, *row in demo_home.query(
            """
            select enrolment_group, count_leads, count_next_stage_leads, count_customers, next_stage_difference,
                next_stage_difference_low, next_stage_difference_high
            from marts.nurture_comparison where sequence_name = ? and stage = ?
            """,
            [sequence, stage],
        )
    }
    # Months of which only young leads are enrolled count for the others, and have no weight.
    enrolled = [row for rows in months.values() for row in rows if row[0]]
    assert told["enrolled"][:3] == [len(enrolled), *(sum(row[place] for row in enrolled) for place in (1, 2))]
    others = [row for rows in with_enrolled.values() for row in rows if not row[0]]
    assert told["not enrolled"][0] >= len(others)
    tables = [
        (
            sum(further for is_enrolled, further, _ in rows if is_enrolled),
            sum(is_enrolled for is_enrolled, *_ in rows),
            sum(further for is_enrolled, further, _ in rows if not is_enrolled),
            sum(not is_enrolled for is_enrolled, *_ in rows),
        )
        for rows in with_enrolled.values()
    ]
    if not any(table[1] and table[3] for table in tables):
        assert told["enrolled"][3:] == [None, None, None]
        return
    difference, variance = mantel_haenszel(tables)
    half = 1.959963984540054 * sqrt(variance)
    for value, expected in zip(told["enrolled"][3:], (difference, difference - half, difference + half), strict=True):
        assert isclose(value, expected, abs_tol=1e-9)


# ------------------------------------------------------------------------------------------------- analyses


def answer(compiled: Callable[[str], str], home: BuiltHome, name: str) -> list[Any]:
    return home.query(compiled(name).replace('"work".', ""))


def test_commercial_content_precedes_sqls_and_educational_mqls_too(
    compiled_analyses: Callable[[str], str], demo_home: BuiltHome
) -> None:
    rows = {
        stage: shares
        for stage, _, *shares in answer(compiled_analyses, demo_home, "which_content_precedes_an_mql_and_an_sql")
    }
    commercial, only_educational = 1, 2
    # Nobody is an SQL by learning alone; some are MQLs by it.
    assert rows["sql"][commercial] > 0.95
    assert rows["sql"][only_educational] == 0
    assert rows["mql"][only_educational] > 0.05
    assert rows["sql"][commercial] > rows["mql"][commercial]

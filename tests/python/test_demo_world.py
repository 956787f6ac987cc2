"""The demo world: reproducible, of the promised size, and with everything that the docs say is planted in it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from leadhouse.contract import file_format, find_files, find_json_keys, load_contract, scan_sql
from leadhouse.demo import WORLD_END, WORLD_START, WorldSummary, plants, vocabulary, world, write_world
from leadhouse.demo.plants import LONG_TEXT, NASTY_VALUES
from leadhouse.errors import InputError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.source_checks import check_sources, warnings

START = WORLD_START.replace(tzinfo=None)
END = WORLD_END.replace(tzinfo=None)


@dataclass(frozen=True)
class Raw:
    """A written world and a database with its entities, read as the models read it: text where the file is text."""

    summary: WorldSummary
    database: duckdb.DuckDBPyConnection

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        return self.database.execute(query, list(values)).fetchall()

    def number(self, query: str, *values: Any) -> Any:
        return self.rows(query, *values)[0][0]

    def reason(self, entity: str, reason: str) -> int:
        return int(self.summary.planted["rows"][entity].get(reason, 0))

    def persona_times(self, name: str, entity: str, condition: str, column: str = "occurred_at") -> list[datetime]:
        """When a persona's rows that fulfil the condition happened, in order."""
        who = "visitor_id" if entity == "web_events" else "lead_source_id"
        query = f"select distinct {column} from {entity} where {who} = ? and {condition} order by 1"
        return [row[0] for row in self.rows(query, name)]


def open_raw(summary: WorldSummary) -> Raw:
    database = duckdb.connect()
    for entity in load_contract():
        files = find_files(summary.output, entity)
        form = file_format(files[0])
        keys = find_json_keys(database, files) if form == "json" else []
        # Text is parsed once.
        kind = "view" if form == "parquet" else "table"
        database.execute(f"create {kind} {entity} as select * from {scan_sql(files, form, keys)}")
    # One view of who is behind a visitor, as good as it can be told from the forms alone.
    database.execute(
        """
        create view visitor_people as
        select visitor_id, lower(trim(email)) as email, min(occurred_at) as known_at
        from web_events where email is not null group by all
        """
    )
    return Raw(summary, database)


@pytest.fixture(scope="module")
def raw(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Raw]:
    """The demo world at its default size and seed."""
    opened = open_raw(write_world(tmp_path_factory.mktemp("world") / "raw"))
    yield opened
    opened.database.close()


def digests(folder: Path) -> dict[str, str]:
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


# ------------------------------------------------------------------------------- reproducible and complete


def test_same_seed_gives_same_bytes_in_another_process(tmp_path: Path) -> None:
    write_world(tmp_path / "here", leads=120, seed=5)
    program = "import sys; from pathlib import Path; from leadhouse.demo import write_world; "
    program += "write_world(Path(sys.argv[1]), leads=120, seed=5)"
    environment = os.environ | {"PYTHONHASHSEED": "271828", "TZ": "Asia/Tokyo"}
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")], check=True, env=environment, cwd=PROJECT_ROOT
    )
    assert digests(tmp_path / "here") == digests(tmp_path / "there")


def test_another_seed_gives_another_world(tmp_path: Path) -> None:
    write_world(tmp_path / "one", leads=120, seed=1)
    write_world(tmp_path / "two", leads=120, seed=2)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    # Campaigns are the marketing plan, which is the same in every world.
    assert {name for name in one if one[name] == two[name]} == {"campaigns.parquet"}


def test_a_new_world_replaces_the_earlier_one(tmp_path: Path) -> None:
    write_world(tmp_path, leads=120, seed=1)
    first = digests(tmp_path)
    write_world(tmp_path, leads=60, seed=1)
    write_world(tmp_path, leads=120, seed=1)
    assert digests(tmp_path) == first


@pytest.mark.parametrize("leads", [1, 2, 30])
def test_tiny_worlds_are_whole(tmp_path: Path, leads: int) -> None:
    summary = write_world(tmp_path, leads=leads)
    assert check_sources(tmp_path) == []
    assert set(summary.counts) == set(load_contract())
    assert all(summary.counts.values())


def test_cohorts_beyond_the_first_have_ids_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(world, "COHORT", 40)
    opened = open_raw(write_world(tmp_path, leads=100))
    planted = opened.summary.planted["rows"]
    assert (
        opened.number("select count(distinct lead_source_id) from leads where lead_source_id similar to 'lead-\\d+'")
        > 90
    )
    for entity, key in (("web_events", "event_id"), ("message_events", "event_id"), ("accounts", "account_source_id")):
        repeated = opened.number(f"select count({key}) - count(distinct {key}) from {entity}")
        assert repeated == planted[entity]["duplicate"]
    assert opened.number("select count(distinct domain) from accounts") > 40


def test_files_have_the_contract_columns_in_all_three_formats(raw: Raw) -> None:
    assert check_sources(raw.summary.output) == []
    assert warnings(raw.summary.output) == []
    formats = set()
    for entity in load_contract().values():
        (file,) = find_files(raw.summary.output, entity.name)
        formats.add(file_format(file))
        columns = [row[0] for row in raw.rows(f"describe {entity.name}")]
        assert sorted(columns) == sorted(entity.column_names)
        assert raw.number(f"select count(*) from {entity.name}") == raw.summary.counts[entity.name]
    assert formats == {"parquet", "csv", "json"}


def test_the_default_world_has_the_promised_size(raw: Raw) -> None:
    counts = raw.summary.counts
    assert 190_000 <= counts["web_events"] <= 215_000
    assert 24_000 <= raw.number("select count(distinct visitor_id) from web_events") <= 27_500
    assert 2_950 <= raw.number("select count(distinct lead_source_id) from leads") <= 3_150
    assert counts["message_events"] > 60_000
    first, last = raw.rows("select min(occurred_at), max(occurred_at) from web_events where year(occurred_at) < 2099")[
        0
    ]
    assert START <= first < START + timedelta(days=2)
    assert END - timedelta(days=2) < last <= END
    months = "select count(distinct date_trunc('month', occurred_at)) from web_events where occurred_at <= ?"
    assert raw.number(months, END) == 18


def test_the_summary_can_be_written_as_json(raw: Raw) -> None:
    assert json.loads(json.dumps(raw.summary.planted)) == raw.summary.planted


def test_nothing_but_planted_rows_lies_after_the_end(raw: Raw) -> None:
    for entity, column in (
        ("web_events", "occurred_at"),
        ("web_events", "loaded_at"),
        ("message_events", "occurred_at"),
        ("opportunities", "created_at"),
        ("opportunities", "closed_at"),
        ("lead_status_history", "changed_at"),
        ("campaign_responses", "occurred_at"),
        ("lead_attributes", "recorded_at"),
    ):
        late = raw.number(f"select count(*) from {entity} where {column} > ?", END)
        assert late == (0 if column in ("loaded_at", "closed_at") else raw.reason(entity, "future_timestamp"))


# ------------------------------------------------------------------------------- a plausible funnel


def test_the_funnel_is_one_that_a_marketer_finds_plausible(raw: Raw) -> None:
    funnel = raw.summary.planted["funnel_by_crm"]
    people = funnel["people"]
    assert 0.18 <= funnel["mql"] / people <= 0.35
    assert 0.07 <= funnel["sql"] / people <= 0.15
    assert 0.06 <= funnel["opportunity"] / people <= 0.11
    assert 0.03 <= funnel["customer"] / people <= 0.05
    assert funnel["mql"] > funnel["sal"] > funnel["sql"] > funnel["opportunity"] > funnel["customer"]


def test_the_told_funnel_is_the_one_in_the_files(raw: Raw) -> None:
    funnel = raw.summary.planted["funnel_by_crm"]
    query = """
        select count(distinct lead_source_id) from lead_status_history
        where status = ? and lead_source_id like 'lead-%' and changed_at <= ?
    """
    for stage, status in (("mql", "mql"), ("sal", "accepted"), ("sql", "qualified")):
        assert raw.number(query, status, END) == funnel[stage]
    deals = "select count(distinct lead_source_id) from opportunities where lead_source_id like 'lead-%'"
    assert raw.number(deals) == funnel["opportunity"]
    assert raw.number(deals + " and is_won") == funnel["customer"]


def test_channels_differ_in_true_quality_and_cost(raw: Raw) -> None:
    channels = raw.summary.planted["channels"]

    def won_rate(*names: str) -> float:
        customers = sum(int(channels[name]["customer"]) for name in names)
        return customers / sum(int(channels[name]["leads"]) for name in names)

    assert won_rate("Referral", "Organic Search") > 3 * won_rate("Paid Social", "Display")
    assert channels["Paid Social"]["leads"] > channels["Paid Search"]["leads"]
    spend = dict(
        raw.rows(
            """
            select utm_medium, sum(try_cast(spend as decimal(18, 2))) from ad_spend
            where utm_medium is not null group by 1
            """
        )
    )
    cost_per_lead = {
        "cpc": spend["cpc"] / channels["Paid Search"]["leads"],
        "paid_social": spend["paid_social"] / channels["Paid Social"]["leads"],
    }
    assert cost_per_lead["cpc"] > 3 * cost_per_lead["paid_social"]


def test_spend_and_visits_carry_the_same_campaigns(raw: Raw) -> None:
    unpaid = raw.rows(
        """
        select distinct utm_source, utm_medium, utm_campaign from ad_spend where utm_campaign is not null
        except
        select distinct utm_source, utm_medium, utm_campaign from web_events
        """
    )
    assert unpaid == []


def test_some_behaviours_predict_a_win_and_others_do_not(raw: Raw) -> None:
    raw.database.execute(
        """
        create or replace temp table early_behaviour as
        select leads.lead_source_id, web_events.event_name, web_events.form_name, web_events.page_url
        from leads
        inner join visitor_people on lower(trim(leads.email)) = visitor_people.email
        inner join web_events using (visitor_id)
        where leads.lead_source_id similar to 'lead-\\d+'
            and web_events.occurred_at < try_cast(leads.created_at as timestamp) + interval 21 days
        """
    )

    def lift(condition: str) -> float:
        return float(
            raw.number(
                f"""
                with judged as (
                    select
                        lead_source_id,
                        lead_source_id in (select lead_source_id from opportunities where is_won) as has_won,
                        lead_source_id in (
                            select lead_source_id from early_behaviour where {condition}
                        ) as has_behaviour
                    from leads
                    where lead_source_id in (select lead_source_id from early_behaviour)
                        and try_cast(created_at as timestamp) < '2026-01-01'
                )
                select avg(has_won::int) filter (where has_behaviour) / avg(has_won::int) from judged
                """
            )
        )

    assert lift("form_name in ('demo', 'consultation')") > 2
    assert lift("page_url like '%/pricing%'") > 1.5
    assert lift("page_url like '%/compare%'") > 1.8
    assert lift("page_url like '%/roi-calculator%'") > 1.5
    assert lift("page_url like '%/case-studies%'") > 1.5
    assert 0.6 < lift("page_url like '%/blog%'") < 1.3
    assert lift("event_name like 'social_%'") < 1.3
    assert lift("form_name = 'newsletter'") < 1.4


def test_sales_has_a_slow_owner_and_forgotten_leads(raw: Raw) -> None:
    hours = dict(
        raw.rows(
            """
            with handed_over as (
                select lead_source_id, min(changed_at) as handed_at
                from lead_status_history where status = 'mql' group by 1
            ),
            answered as (
                select leads.owner_id, handed_at,
                    min(try_cast(sales_activities.occurred_at as timestamp)) as answered_at
                from handed_over
                inner join leads using (lead_source_id)
                left join sales_activities
                    on leads.lead_source_id = sales_activities.lead_source_id
                    and try_cast(sales_activities.occurred_at as timestamp) > handed_at
                where leads.lead_source_id like 'lead-%'
                group by all
            )
            select
                coalesce(owner_id, 'nobody'),
                case when owner_id is null then count(*) filter (where answered_at is null)
                    else median(date_diff('hour', handed_at, answered_at)) end
            from answered group by owner_id
            """
        )
    )
    slow = hours.pop("owner-07")
    unanswered = hours.pop("nobody")
    assert slow > 48 > 3 * max(hours.values()) / 2
    assert unanswered >= 10
    tally = raw.summary.planted["tally"]
    assert tally["MQLs that sales forgot"] >= 20
    assert tally["recycled leads that came back"] >= 20
    assert tally["repeat customers"] >= 8


# ------------------------------------------------------------------------------- every planted row


def test_every_entity_has_rows_that_must_not_be_conformed(raw: Raw) -> None:
    assert set(raw.summary.planted["rows"]) == set(load_contract())
    reasons = {reason for entity in raw.summary.planted["rows"].values() for reason in entity}
    assert reasons == {
        "duplicate",
        "bot",
        "deleted",
        "missing_key",
        "bad_timestamp",
        "bad_number",
        "future_timestamp",
        "unknown_lead",
        "unknown_group",
    }


@pytest.mark.parametrize("entity", list(load_contract()))
def test_missing_keys_and_unreadable_values_are_as_told(raw: Raw, entity: str) -> None:
    columns = load_contract()[entity].columns
    required = [column for column in columns if column.is_required]
    has_no_text = " or ".join(
        f"nullif(cast({column.name} as varchar), '') is null"
        for column in required
        if column.data_type not in ("timestamp", "date")
    )
    has_no_time = " or ".join(
        f"try_cast({column.name} as {column.data_type}) is null"
        for column in required
        if column.data_type in ("timestamp", "date")
    )
    assert raw.number(f"select count(*) from {entity} where {has_no_text}") == raw.reason(entity, "missing_key")
    if has_no_time:
        assert raw.number(f"select count(*) from {entity} where {has_no_time}") == raw.reason(entity, "bad_timestamp")


def test_crawlers_are_as_told_and_include_some_that_fill_in_forms(raw: Raw) -> None:
    agents = "user_agent like '%bot%' or user_agent like '%Bot%' or user_agent like '%HeadlessChrome%'"
    assert raw.number(f"select count(*) from web_events where {agents}") == raw.reason("web_events", "bot")
    assert raw.number(f"select count(distinct user_agent) from web_events where {agents}") == len(vocabulary.CRAWLERS)
    emails = raw.summary.planted["identities"]["crawler_emails"]
    assert raw.number(
        f"select count(*) from web_events where email in ({', '.join('?' * len(emails))})", *emails
    ) == len(emails)


def test_scanners_are_as_told(raw: Raw) -> None:
    scanned = raw.number(
        """
        with messages as (
            select
                message_id, lead_source_id,
                min(occurred_at) filter (where event_type = 'delivered') as delivered_at,
                count(distinct url) filter (where event_type = 'clicked') as links,
                max(occurred_at) filter (where event_type = 'clicked' and url like '%unsubscribe%') as burst_at
            from (select * exclude (lead_source_id), recipient as lead_source_id from message_events)
            group by all
        )
        select count(distinct event_id)
        from message_events
        inner join messages
            on message_events.message_id = messages.message_id and message_events.recipient = messages.lead_source_id
        where
            (event_type in ('opened', 'clicked') and occurred_at <= delivered_at + interval 10 seconds)
            or (event_type = 'clicked' and links = 3 and abs(date_diff('second', occurred_at, burst_at)) <= 4)
        """
    )
    assert scanned == raw.reason("message_events", "bot")
    assert scanned > 1_000


def test_people_never_read_as_fast_as_a_scanner(raw: Raw) -> None:
    quick = raw.number(
        """
        with delivered as (
            select message_id, recipient, min(occurred_at) as delivered_at
            from message_events where event_type = 'delivered' group by all
        )
        select count(*) from message_events inner join delivered using (message_id, recipient)
        where event_type in ('opened', 'clicked')
            and occurred_at between delivered_at + interval 11 seconds and delivered_at + interval 59 seconds
        """
    )
    assert quick == 0


def test_repeated_rows_are_as_told(raw: Raw) -> None:
    humans = " or ".join(f"user_agent = '{agent}'" for agent in vocabulary.BROWSERS) + " or user_agent is null"
    assert raw.number(
        f"select count(event_id) - count(distinct event_id) from web_events where {humans}"
    ) == raw.reason("web_events", "duplicate")
    assert raw.number("select count(event_id) - count(distinct event_id) from message_events") == raw.reason(
        "message_events", "duplicate"
    )
    assert raw.number(
        "select count(*) - count(distinct lead_source_id) from leads where lead_source_id <> ''"
    ) == raw.reason("leads", "duplicate")
    for entity in ("lead_status_history", "campaign_responses", "lead_attributes", "ad_spend"):
        copies = raw.number(
            f"select (select count(*) from {entity}) - (select count(*) from (select distinct * from {entity}))"
        )
        assert copies == raw.reason(entity, "duplicate") > 0


def test_late_rows_are_as_told(raw: Raw) -> None:
    for entity, name in (("web_events", "late web events"), ("message_events", "late message events")):
        late = raw.number(
            f"""
            select count(*) from (
                select event_id, min(loaded_at - occurred_at) as delay from {entity}
                where occurred_at is not null group by event_id
            ) where delay >= interval 1 day
            """
        )
        assert late > 500
        assert late == raw.summary.planted["tally"][name]


def test_rows_name_strangers_only_where_planted(raw: Raw) -> None:
    for entity in ("opportunities", "lead_status_history", "sales_activities", "campaign_responses", "lead_attributes"):
        strangers = raw.number(
            f"""
            select count(*) from {entity} where lead_source_id is not null
            and lead_source_id not in (select lead_source_id from leads where lead_source_id is not null)
            """
        )
        assert strangers == raw.reason(entity, "unknown_lead") == 1
    deleted = "is_deleted = 'true' and coalesce(merged_into_id, '') = ''"
    assert raw.number(f"select count(*) from leads where {deleted}") == raw.reason("leads", "deleted")
    # A deleted record and a record deleted by its merge are different things; both must be there.
    assert raw.number("select count(*) from leads where is_deleted = 'true' and merged_into_id <> ''") > 5
    known_groups = (PROJECT_ROOT / "seeds" / "scoring" / "score_groups.csv").as_posix()
    unknown = raw.number(
        f"""
        select count(*) from score_adjustments
        where nullif(group_id, '') not in (select group_id from read_csv('{known_groups}'))
        """
    )
    assert unknown == raw.reason("score_adjustments", "unknown_group")


def test_values_that_look_like_code_go_through_as_data(raw: Raw) -> None:
    for name, value in NASTY_VALUES.items():
        lead_id = f"nasty-{name}"
        row = raw.rows(
            "select first_name, job_title, company_name, lead_source from leads where lead_source_id = ?", lead_id
        )
        assert row == [(value,) * 4]
        assert raw.rows("select outcome from sales_activities where lead_source_id = ?", lead_id) == [(value,)]
        assert raw.rows("select distinct value from lead_attributes where lead_source_id = ?", lead_id) == [(value,)]
        views = "select page_url, utm_source from web_events where visitor_id = ? and event_name = 'page_view'"
        assert raw.rows(views, lead_id) == [(f"{vocabulary.SITE}/blog/{value}", value)]
    assert raw.rows("select value from lead_attributes where lead_source_id = 'nasty-nul'") == [("a\x00b",)]
    assert raw.rows("select last_name from leads where lead_source_id = 'nasty-long'") == [(LONG_TEXT,)]
    assert raw.number("select max(length(page_url)) from web_events") > 1_000_000


# ------------------------------------------------------------------------------- who is who


def test_merge_chains_end_in_one_survivor_and_cycles_in_none(raw: Raw) -> None:
    targets = dict(raw.rows("select lead_source_id, nullif(merged_into_id, '') from leads"))
    identities = raw.summary.planted["identities"]
    assert sorted(map(int, identities["merge_chains"])) == [2, 3, 4, 5, 6]
    for length, ids in identities["merge_chains"].items():
        walked = [ids[0]]
        while targets[walked[-1]]:
            walked.append(targets[walked[-1]])
        assert walked == ids
        assert len(walked) == int(length)
    cycle = identities["merge_cycle"]
    assert [targets[lead_id] for lead_id in cycle] == [*cycle[1:], cycle[0]]


def test_duplicates_shared_mailboxes_and_people_whom_the_crm_lacks(raw: Raw) -> None:
    tally, identities = raw.summary.planted["tally"], raw.summary.planted["identities"]
    twins = raw.number(
        """
        select count(*) from leads as twins inner join leads as first
            on lower(trim(twins.email)) = lower(trim(first.email))
        where twins.lead_source_id = first.lead_source_id || '-b' and twins.email <> first.email
        """
    )
    # Older copies of the first record match as well.
    assert twins >= tally["second records with the same e-mail"] > 20
    assert (
        raw.number("select count(*) from leads where lead_source_id like 'lead-%-c'")
        == tally["second records merged by hand"]
    )
    for mailbox, ids in identities["shared_mailboxes"].items():
        assert [
            row[0] for row in raw.rows("select lead_source_id from leads where email = ? order by 1", mailbox)
        ] == ids
    only_web = raw.number(
        """
        select count(distinct email) from visitor_people
        where email not in (select lower(trim(email)) from leads where email is not null)
            and email not like '%@bots.example' and email not like '%@personas.example'
        """
    )
    assert only_web == tally["people whom the CRM lacks"] > 30


def test_devices_and_anonymous_histories(raw: Raw) -> None:
    tally = raw.summary.planted["tally"]
    shared = raw.number(
        """
        select count(*) from (
            select visitor_id from visitor_people where visitor_id like 'v0%' group by 1 having count(*) > 1
        )
        """
    )
    assert shared == tally["people who signed up on somebody else's device"] == 30
    with_history = raw.number(
        """
        select count(*) from visitor_people
        where visitor_id like 'v0%' and exists (
            from web_events where web_events.visitor_id = visitor_people.visitor_id
            and web_events.occurred_at < visitor_people.known_at - interval 1 day
        )
        """
    )
    assert with_history > 900
    # A second device is known only by the CRM id that a link in an e-mail carries.
    assert raw.number("select count(distinct visitor_id) from web_events where user_id like 'lead-%'") > 300


def test_excluded_people_are_there(raw: Raw) -> None:
    def people_at(*domains: str) -> Any:
        wanted = ", ".join("?" * len(domains))
        return raw.number(
            f"""
            select count(distinct lower(trim(email))) from leads
            where split_part(lower(trim(email)), '@', 2) in ({wanted})
            """,
            *domains,
        )

    assert people_at(*vocabulary.COMPETITOR_DOMAINS) > 10
    assert people_at(vocabulary.OWN_DOMAIN) > 5
    assert people_at(*vocabulary.DISPOSABLE_MAIL) > 10
    assert people_at(vocabulary.STUDENT_DOMAIN) > 20
    assert raw.number("select count(*) from leads where has_opted_out = 'true'") > 100


def test_addresses_can_belong_to_nobody(raw: Raw) -> None:
    real = raw.rows(
        """
        select distinct email from (
            select email from leads union all select email from web_events union all
            select recipient from message_events where channel = 'email'
        )
        where email not like '%.example%' and lower(trim(email)) not like '%demo-%'
            and upper(trim(email)) not like '%.EXAMPLE'
        """
    )
    assert real == []


# ------------------------------------------------------------------------------- personas


def test_every_persona_is_in_the_files(raw: Raw) -> None:
    personas = raw.summary.planted["personas"]
    assert len(personas) >= 35
    for name, persona in personas.items():
        if persona["lead_source_id"]:
            assert raw.number("select count(*) from leads where lead_source_id = ?", name) >= 1
        else:
            assert raw.number("select count(*) from web_events where email = ?", persona["email"]) == 1
        assert persona["story"]
        for stage in ("mql", "sql"):
            if stage in persona["expected"]:
                assert START < datetime.fromisoformat(persona["expected"][stage]["at"]) < END


def expected_at(raw: Raw, name: str, stage: str) -> datetime:
    return datetime.fromisoformat(raw.summary.planted["personas"][name]["expected"][stage]["at"])


@pytest.mark.parametrize(
    ("name", "span_of_three", "is_mql"),
    [
        ("persona-pricing-edge-inside", timedelta(days=30, seconds=-1), True),
        ("persona-pricing-edge-outside", timedelta(days=30), False),
        ("persona-pricing-day-31", timedelta(days=31), False),
    ],
)
def test_pricing_personas_lie_just_inside_and_outside_the_window(
    raw: Raw, name: str, span_of_three: timedelta, is_mql: bool
) -> None:
    views = raw.persona_times(name, "web_events", "page_url like '%/pricing'")
    (form,) = raw.persona_times(name, "web_events", "form_name = 'contact'")
    assert len(views) == 3
    assert views[2] - views[0] == span_of_three
    assert views[0] < form < views[2]
    assert ("mql" in raw.summary.planted["personas"][name]["expected"]) == is_mql
    if is_mql:
        assert expected_at(raw, name, "mql") == views[2]


def test_the_pricing_persona_leaves_its_address_after_three_views_and_the_near_miss_after_two(raw: Raw) -> None:
    views = raw.persona_times("persona-pricing-form", "web_events", "page_url like '%/pricing'")
    (form,) = raw.persona_times("persona-pricing-form", "web_events", "form_name = 'contact' and email is not null")
    assert len(views) == 3
    assert views[-1] < form == expected_at(raw, "persona-pricing-form", "mql")
    assert len(raw.persona_times("persona-two-pricing-views", "web_events", "page_url like '%/pricing'")) == 2


@pytest.mark.parametrize(
    ("name", "sent", "opened", "is_sql"),
    [
        ("persona-emails-pricing", 3, 3, True),
        ("persona-opened-after-view", 3, 3, True),
        ("persona-one-email-unopened", 3, 2, False),
        ("persona-fourth-email-unopened", 4, 3, False),
        ("persona-two-emails", 2, 2, False),
        ("persona-email-scanner", 3, 3, False),
    ],
)
def test_email_personas_open_what_their_story_says(raw: Raw, name: str, sent: int, opened: int, is_sql: bool) -> None:
    assert len(set(raw.persona_times(name, "message_events", "event_type = 'sent'"))) == sent
    opens = set(raw.persona_times(name, "message_events", "event_type = 'opened'"))
    assert len(opens) == opened
    (view,) = raw.persona_times(name, "web_events", "page_url like '%/pricing'")
    assert ("sql" in raw.summary.planted["personas"][name]["expected"]) == is_sql
    if is_sql:
        assert expected_at(raw, name, "sql") == max([view, *opens])


def test_newsletter_personas_open_four_and_three_mails(raw: Raw) -> None:
    for name, count in (("persona-newsletter-opens", 4), ("persona-newsletter-three-opens", 3)):
        assert len(raw.persona_times(name, "web_events", "form_name = 'newsletter'")) == 1
        opens = raw.persona_times(name, "message_events", "event_type = 'opened'")
        assert len(opens) == count
        assert opens[-1] - opens[0] < timedelta(days=30)
    opens = raw.persona_times("persona-newsletter-opens", "message_events", "event_type = 'opened'")
    assert expected_at(raw, "persona-newsletter-opens", "mql") == opens[-1]


def test_request_and_ebook_personas(raw: Raw) -> None:
    for form in ("demo", "consultation"):
        name = f"persona-{form}-request"
        assert raw.persona_times(name, "web_events", f"form_name = '{form}'") == [expected_at(raw, name, "sql")]
    meetings = raw.persona_times("persona-ebook-meeting", "sales_activities", "kind = 'meeting' and outcome = 'booked'")
    assert [datetime.fromisoformat(str(at)) for at in meetings] == [expected_at(raw, "persona-ebook-meeting", "sql")]
    for name in ("persona-ebook-meeting", "persona-ebook-demo", "persona-ebook-only"):
        assert len(raw.persona_times(name, "web_events", "asset_name like 'ebook%'")) == 1


def test_every_raw_activity_type_occurs(raw: Raw) -> None:
    seeds = PROJECT_ROOT / "seeds" / "mapping"
    unmatched = raw.rows(
        f"""
        with facts as (
            select 'web_events' as entity, unnest(['event_name', 'form_name', 'asset_name', 'page_path']) as field,
                unnest([event_name, form_name, asset_name, regexp_extract(page_url, 'example(/[^?]*)', 1)]) as value
            from web_events where visitor_id = 'persona-everything'
            union all
            select 'message_events', 'channel_event', channel || '_' || event_type
            from message_events where lead_source_id = 'persona-everything'
            union all
            select 'sales_activities', 'kind_outcome', kind || '_' || outcome
            from sales_activities where lead_source_id = 'persona-everything'
            union all
            select 'campaign_responses', 'kind_response', campaigns.kind || '_' || response
            from campaign_responses inner join campaigns using (campaign_source_id)
            where lead_source_id = 'persona-everything'
        )
        select activity_type from read_csv('{seeds / "activity_types.csv"}')
        where activity_type not in ('long_visit', 'return_visit', 'pricing_dwell', 'inactivity')
            and activity_type not in (
                select activity_type from read_csv('{seeds / "activity_rules.csv"}', all_varchar = true) as rules
                inner join facts
                    on rules.entity = facts.entity and rules.field = facts.field
                    and case rules.match
                        when 'equals' then facts.value = rules.pattern
                        when 'prefix' then starts_with(facts.value, rules.pattern)
                        when 'contains' then contains(facts.value, rules.pattern)
                    end
            )
        """
    )
    assert unmatched == []


def test_behaviour_for_every_derived_activity_type_occurs(raw: Raw) -> None:
    name = "persona-everything"
    (dwell,) = raw.rows(
        "select sum(engaged_seconds) from web_events where visitor_id = ? and page_url like '%/pricing'", name
    )
    assert dwell[0] >= 60
    day = "occurred_at between '2025-06-03' and '2025-06-04'"
    visit = raw.persona_times(name, "web_events", day)
    assert visit[-1] - visit[0] >= timedelta(seconds=180)
    everything = raw.persona_times(name, "web_events", "true")
    assert len({at.date() for at in everything}) > 3
    assert everything[-1] < END - timedelta(days=60)


# ------------------------------------------------------------------------------- the folder


def test_a_crash_leaves_the_earlier_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_world(tmp_path, leads=40, seed=1)
    before = digests(tmp_path)

    def crash(*_: object) -> None:
        raise RuntimeError("the power is gone")

    monkeypatch.setattr(plants, "write_broken_rows", crash)
    with pytest.raises(RuntimeError, match="power"):
        write_world(tmp_path, leads=60, seed=2)
    assert digests(tmp_path) == before


@pytest.mark.parametrize("name", ["leads.parquet", "leads-2024.csv", "web_events/part-1.parquet"])
def test_files_that_are_not_the_demos_are_refused_and_kept(tmp_path: Path, name: str) -> None:
    own = tmp_path / name
    own.parent.mkdir(exist_ok=True)
    own.write_bytes(b"somebody's table")
    with pytest.raises(InputError) as caught:
        write_world(tmp_path, leads=40)
    assert str(own) in str(caught.value)
    assert own.read_bytes() == b"somebody's table"


def test_a_world_without_people_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="0 people"):
        write_world(tmp_path / "raw", leads=0)
    assert not (tmp_path / "raw").exists()


def test_the_docs_tell_what_is_planted(raw: Raw) -> None:
    lines = (PROJECT_ROOT / "docs" / "demo-world.md").read_text(encoding="utf-8").splitlines()
    cells = {tuple(cell.strip() for cell in line.strip("|").split("|")) for line in lines if line.startswith("| ")}
    told = {row[0].strip("`"): row for row in cells}
    planted, counts = raw.summary.planted, raw.summary.counts
    for file in raw.summary.output.iterdir():
        assert told[file.name][1] == f"{counts[file.name.split('.')[0]]:,}"
    for what, count in planted["tally"].items():
        assert told[what][1] == f"{count:,}"
    for entity, reasons in planted["rows"].items():
        quarantined = ", ".join(f"{reason} {count:,}" for reason, count in reasons.items() if reason != "duplicate")
        assert told[entity][1:] == (f"{reasons.get('duplicate', 0):,}", quarantined)
    for channel, truth in planted["channels"].items():
        assert told[channel][1:5] == tuple(f"{truth[measure]:,}" for measure in ("leads", "mql", "sql", "customer"))
    for name, persona in planted["personas"].items():
        assert told[name][1] == persona["story"]
        for outcome in persona["expected"].values():
            if isinstance(outcome, dict):
                assert outcome["at"] in told[name][2]
                assert all(rule in told[name][2] for rule in outcome["rules"])

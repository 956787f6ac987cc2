"""The outbox: what sales are told to do next, whom marketing writes to with what, and which scores go back to the CRM."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from build_fixtures import AS_OF, GOOD_LEADS, MORE_LEADS, Bench, query
from conftest import BuiltHome
from leadhouse import drafts, versions
from leadhouse.alerts import list_alerts
from leadhouse.errors import BuildError, UnfinishedError
from leadhouse.forget import forget
from leadhouse.messages import alert_message
from leadhouse.versions import rollback
from privacy_fixtures import write_home

END = datetime(2026, 7, 1)
OUTBOX = "activation.duckdb"


# ---------------------------------------------------------------------------------- whom to nurture


@pytest.fixture(scope="module")
def queue(demo_home: BuiltHome) -> dict[str, dict[str, Any]]:
    """The rows of the queue by lead, as they are published."""
    with duckdb.connect(str(demo_home.path / OUTBOX), read_only=True) as connection:
        result = connection.execute("select * from marts.nurture_queue")
        names = [column[0] for column in result.description]
        return {row[0]: dict(zip(names, row, strict=True)) for row in result.fetchall()}


def leads_by_record(home: BuiltHome) -> dict[str, str]:
    """The lead of each CRM id."""
    return dict(home.work("select identifier, lead_id from marts.lead_identifiers where identifier_type = 'crm_id'"))


def test_the_queue_holds_leads_of_each_kind(queue: dict[str, dict[str, Any]]) -> None:
    stages = Counter(row["stage"] for row in queue.values())
    assert set(stages) == {"lead", "mql", "recycled"}
    assert len(queue) > 100
    assert all(row["why"] and row["next_content_type"] and row["segment"] for row in queue.values())
    assert len({row["next_content_type"] for row in queue.values()}) > 5


@pytest.mark.parametrize(
    "persona",
    [
        "persona-opted-out",
        "persona-competitor",
        "persona-staff",
        "persona-student",
        "persona-disposable",
        "persona-demo-request",
        "persona-recycled",
        "persona-repeat-customer",
    ],
)
def test_people_who_want_no_mail_or_whom_sales_have_are_left_out(
    demo_home: BuiltHome, queue: dict[str, dict[str, Any]], persona: str
) -> None:
    assert leads_by_record(demo_home)[persona] not in queue


def test_personas_get_what_their_history_asks_for(demo_home: BuiltHome, queue: dict[str, dict[str, Any]]) -> None:
    leads = leads_by_record(demo_home)
    reader, qualified = queue[leads["persona-ebook-only"]], queue[leads["persona-pricing-form"]]
    assert (reader["stage"], reader["next_content_type"]) == ("lead", "blog_article")
    assert (qualified["stage"], qualified["next_content_type"]) == ("mql", "case_study")
    assert qualified["next_content_name"].startswith(("/case-studies", "/customers"))


def test_bounced_addresses_and_refusals_are_not_written_to(
    demo_home: BuiltHome, queue: dict[str, dict[str, Any]]
) -> None:
    events = demo_home.work(
        "select lower(trim(recipient)), event_type from intermediate.conformed_message_events where channel = 'email'"
    )
    bounced = {recipient for recipient, event in events if event == "bounced"}
    refused = {recipient for recipient, event in events if event in ("unsubscribed", "complained")}
    assert len(bounced) > 3 and len(refused) > 5
    by_mail = {row["email"] for row in queue.values() if row["channel"] == "email"}
    assert not by_mail & (bounced | refused)
    assert not {row["email"] for row in queue.values()} & refused
    assert all(row["email"] is None or row["email"] in bounced for row in queue.values() if row["channel"] == "sms")


def test_nobody_is_left_out_without_a_reason(demo_home: BuiltHome, queue: dict[str, dict[str, Any]]) -> None:
    rows = demo_home.work(
        """
        select leads.lead_id
        from marts.leads as leads
        inner join marts.lead_stages as stages using (lead_id)
        inner join intermediate.known_emails as emails on leads.email = emails.email and not emails.is_shared
        where
            not leads.has_opted_out and not stages.is_excluded and not stages.is_customer
            and stages.stage in ('lead', 'mql', 'recycled')
            and leads.lead_id not in (
                select lead_id from marts.activities where activity_type in ('email_unsubscribe', 'email_bounce')
            )
        """
    )
    last = dict(
        demo_home.work(
            """
            select lead_id, max(occurred_at)
            from intermediate.conformed_message_events as messages
            inner join intermediate.message_addressees as addressees
                on messages.lead_source_id is not distinct from addressees.lead_source_id
                and messages.recipient is not distinct from addressees.recipient
                and (messages.channel = 'sms') = addressees.is_sms
            where event_type = 'sent'
            group by lead_id
            """
        )
    )
    pause = END - timedelta(days=3)
    expected = {lead_id for (lead_id,) in rows if last.get(lead_id, datetime.min) <= pause}
    assert expected == {lead_id for lead_id, row in queue.items() if row["channel"] == "email"}
    assert {lead_id for (lead_id,) in rows} - expected, "some have just been written to"


def test_what_is_suggested_was_not_seen_and_is_about_the_leads_topic(
    demo_home: BuiltHome, queue: dict[str, dict[str, Any]]
) -> None:
    seen = set(demo_home.work("select lead_id, content_name from marts.activities where content_name is not null"))
    types = set(
        demo_home.work(
            "select lead_id, content_type from marts.activities inner join seeds.nurture_contents using (activity_type)"
            " where pattern is null or contains(lower(content_name), lower(pattern))"
        )
    )
    topics = dict(demo_home.work("select content_name, topic from intermediate.content_topics"))
    named = {lead_id: row for lead_id, row in queue.items() if row["next_content_name"]}
    assert len(named) > 50
    for lead_id, row in queue.items():
        assert (lead_id, row["next_content_name"]) not in seen
        assert (lead_id, row["next_content_type"]) not in types
    for row in named.values():
        assert row["topic"] is None or topics.get(row["next_content_name"]) in (row["topic"], None)


# -------------------------------------------------------------------------- what an alert tells to do


def test_alerts_tell_the_interest_and_the_next_step_as_known_at_the_entry(demo_home: BuiltHome) -> None:
    alerts = [one.alert for one in list_alerts(demo_home.path, END)]
    assert alerts and all(alert.next_step for alert in alerts)
    assert any(alert.product_interest for alert in alerts)
    topics = dict(demo_home.work("select content_name, topic from intermediate.content_topics"))
    for alert in alerts:
        activities = demo_home.work(
            """
            select content_name, intent = 'commercial', occurred_at from marts.activities
            where lead_id = ? and known_at <= ? and is_inbound and occurred_at > cast(? as timestamp) - interval 180 day
            """,
            [alert.lead_id, alert.entered_at, alert.entered_at],
        )
        found: dict[str, list[Any]] = {}
        for content, is_commercial, occurred_at in activities:
            if content in topics:
                of_topic = found.setdefault(topics[content], [0, 0, datetime.min])
                of_topic[:] = of_topic[0] + 1, of_topic[1] + is_commercial, max(of_topic[2], occurred_at)
        ranked = sorted(sorted(found), key=lambda topic: found[topic], reverse=True)
        told = (alert.product_interest or "").split("CRM: ")[0].strip("; ")
        assert told == ", ".join(ranked[:3])
        body = alert_message(alert).body
        assert f"Next step: {alert.next_step}" in body
        assert not alert.product_interest or f"Interested in: {alert.product_interest}" in body


# ------------------------------------------------------------------------------- what to write back


def outbox(home: Path, columns: str = "lead_id") -> list[Any]:
    """Rows of what is to be written back, in the order of leads."""
    rows = query(home / OUTBOX, f"select {columns} from marts.crm_score_sync order by lead_id")
    return [row[0] if len(row) == 1 else row for row in rows]


def state(home: Path, columns: str = "lead_id, changed_build_number") -> list[Any]:
    """Rows of what has been published, in the order of leads."""
    return query(home / OUTBOX, f"select {columns} from marts.crm_score_sync_state order by lead_id")


def test_the_first_build_writes_everything_back(demo_home: BuiltHome) -> None:
    work = demo_home.work("select * from marts.crm_score_sync order by sync_key")
    for table in ("crm_score_sync", "crm_score_sync_state"):
        rows = demo_home.query(f"select * from marts.{table} order by sync_key", database=OUTBOX)
        assert [row[:-2] for row in rows] == work
        assert {row[-2:] for row in rows} == {(1, END)}
        columns = (
            f"select column_name from duckdb_columns() where table_name = '{table}' order by column_index desc limit 2"
        )
        assert demo_home.query(columns, database=OUTBOX) == [("changed_at",), ("changed_build_number",)]
    comments = demo_home.query("select comment from duckdb_tables()", database=OUTBOX)
    assert len(comments) == 4 and all(comment.startswith("One row per") for (comment,) in comments)


def test_the_hash_is_that_of_all_that_is_written(demo_home: BuiltHome) -> None:
    written = ["lead_id", "scorecard_id", "stage", "grade", "reason", "fit_score", "engagement_score", "score"]
    written += ["mql_at", "sql_at"]
    for key, system, record, digest, *values in demo_home.work(
        f"select sync_key, source_system, lead_source_id, row_hash, {', '.join(f'{name}::varchar' for name in written)}"
        " from marts.crm_score_sync"
    ):
        text = "|".join("~" if value is None else value for value in values)
        assert digest == hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        assert key == hashlib.md5(f"{system}|{record}".encode(), usedforsecurity=False).hexdigest()
    columns = {column for (column,) in demo_home.work("select column_name from (describe marts.crm_score_sync)")}
    assert columns == {*written, "sync_key", "source_system", "lead_source_id", "row_hash"}


def test_records_that_the_crm_has_deleted_are_not_written_to(demo_home: BuiltHome) -> None:
    told = {row[0] for row in demo_home.work("select lead_source_id from marts.crm_score_sync")}
    assert "chain-6-1" in leads_by_record(demo_home)
    deleted = demo_home.work("select lead_source_id from intermediate.conformed_leads where is_deleted")
    assert deleted and not told & {row[0] for row in deleted}
    assert {row[0] for row in demo_home.work("select lead_id from marts.crm_score_sync")} == {
        row[0] for row in demo_home.work("select lead_id from marts.leads where is_in_crm")
    }
    assert isinstance(demo_home.work("select score from marts.crm_score_sync limit 1")[0][0], Decimal)


def test_a_build_with_nothing_new_writes_nothing_back(bench: Bench) -> None:
    assert outbox(bench.home) == ["a", "b", "c"]
    bench.publish(GOOD_LEADS)
    assert outbox(bench.home) == []
    assert state(bench.home) == [("a", 1), ("b", 1), ("c", 1)]


def test_only_what_changed_or_is_new_is_written_back(bench: Bench) -> None:
    bench.publish(MORE_LEADS.replace("2026-06-28", "2026-06-27"))
    assert outbox(bench.home, "lead_id, changed_build_number, changed_at") == [("a", 2, AS_OF), ("d", 2, AS_OF)]
    assert state(bench.home) == [("a", 2), ("b", 1), ("c", 1), ("d", 2)]
    # Who missed that build finds in the state what changed after the first one.
    bench.publish(MORE_LEADS.replace("2026-06-02", ""))
    assert outbox(bench.home) == ["a", "c"]
    missed = "select lead_id from marts.crm_score_sync_state where changed_build_number > 1 order by 1"
    assert query(bench.home / OUTBOX, missed) == [("a",), ("c",), ("d",)]


def test_what_is_gone_leaves_the_state_and_counts_as_new_when_it_comes_back(bench: Bench) -> None:
    without_b = GOOD_LEADS.replace("b,,,,\n", "")
    bench.publish(without_b)
    assert outbox(bench.home) == [] and state(bench.home) == [("a", 1), ("c", 1)]
    bench.publish(GOOD_LEADS)
    assert outbox(bench.home) == ["b"]


def _fail(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_failed_publish_loses_no_change(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    for module, step in ((drafts, "_write_sync"), (versions, "_swap")):
        monkeypatch.setattr(module, step, _fail)
        with pytest.raises(BuildError):
            bench.publish(MORE_LEADS)
        monkeypatch.undo()
        assert outbox(bench.home) == ["a", "b", "c"], "of the version that is still published"
    bench.publish(MORE_LEADS)
    assert outbox(bench.home) == ["d"]


def test_a_publish_that_is_finished_later_loses_no_change(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_finish", _fail)
    with pytest.raises(UnfinishedError):
        bench.publish(MORE_LEADS)
    monkeypatch.undo()
    versions.repair(bench.home)
    assert outbox(bench.home) == ["d"]


def test_after_a_rollback_what_the_version_that_was_left_said_is_taken_back(bench: Bench) -> None:
    bench.publish(MORE_LEADS.replace("2026-06-28", "2026-06-27"))
    assert outbox(bench.home) == ["a", "d"]
    rollback(bench.home)
    assert not (bench.home / OUTBOX).exists(), "nothing of the version that was left is written back"
    withdrawn = bench.home / versions.WITHDRAWN
    assert stat.S_IMODE(withdrawn.stat().st_mode) == 0o600
    rollback(bench.home, versions.list_versions(bench.home)[0].build_id)
    bench.publish(MORE_LEADS)
    assert outbox(bench.home) == ["a"], "the CRM may have the date of the version that was left; d is as it was"
    assert not withdrawn.exists()


@pytest.mark.parametrize("damage", ["gone", "broken", "older"])
def test_where_the_last_state_cannot_be_read_everything_is_written_back(bench: Bench, damage: str) -> None:
    path = bench.home / OUTBOX
    if damage == "gone":
        path.unlink()
    elif damage == "broken":
        path.write_bytes(b"no database")
    else:
        with duckdb.connect(str(path)) as connection:
            connection.execute("alter table marts.crm_score_sync_state drop column changed_at")
    bench.publish(MORE_LEADS)
    assert outbox(bench.home, "lead_id, changed_build_number") == [(lead_id, 2) for lead_id in "abcd"]


@pytest.mark.parametrize("name", versions.OUTBOXES)
def test_a_forgotten_person_is_in_no_outbox(tmp_path: Path, name: str) -> None:
    home = write_home(tmp_path / "home")
    with duckdb.connect(str(home / OUTBOX)) as connection:
        connection.execute(
            "create table marts.crm_score_sync_state as select md5(lead_id) as sync_key, lead_id from marts.leads"
        )
    if name != OUTBOX:
        shutil.move(home / OUTBOX, home / name)
    report = forget(home, "ann@x.example")
    assert report.erased.rewritten[name] == 3
    assert query(home / name, "select lead_id from marts.crm_score_sync_state") == [("bob",)]
    assert stat.S_IMODE((home / name).stat().st_mode) == 0o600

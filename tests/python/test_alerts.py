"""Alerts: each reaches each target at least once and never again after a success, and no secret is told on the way."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socketserver
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import fields, replace
from datetime import timedelta
from email import message_from_string
from pathlib import Path

import pytest
import yaml
from filelock import FileLock
from hypothesis import given
from hypothesis import strategies as st

from alert_fixtures import NOW, Receiver, make_alert, receiving, write_outbox
from conftest import BuiltHome
from docs_reader import names, read, rows, section
from leadhouse import cli
from leadhouse.alerts import DeliverySummary, list_alerts, pending, send
from leadhouse.errors import InputError, LockedError
from leadhouse.messages import LONGEST_BODY, Alert, alert_message, one_line
from leadhouse.paths import PROJECT_ROOT
from leadhouse.targets import Target, alert_targets, failure_targets

KILLS = 60 if os.environ.get("LEADHOUSE_SOAK") else 4
ALERTS = [make_alert(number) for number in range(1, 6)]
IDS = [alert.alert_id for alert in ALERTS]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with five alerts in its outbox."""
    home = tmp_path / "home"
    write_outbox(home, ALERTS)
    return home


def targets_of(home: Path, *urls: str) -> list[Target]:
    return alert_targets(home, {"LEADHOUSE_ALERT_URLS": " ".join(urls)})


def send_to(home: Path, *urls: str, seconds: float = 10) -> DeliverySummary:
    return send(home, targets_of(home, *urls), NOW, pauses=(0, 0), seconds=seconds)


# ------------------------------------------------------------------------------------------ delivery


def test_each_alert_reaches_each_target_once_in_the_order_of_entry(home: Path, receiver: Receiver) -> None:
    write_outbox(home, [*reversed(ALERTS)])
    first = send_to(home, receiver.url("one"), receiver.url("two"))
    assert [receiver.ids("one"), receiver.ids("two")] == [IDS, IDS]
    assert first.is_complete and [target.count_delivered for target in first.targets] == [5, 5]
    second = send_to(home, receiver.url("one"), receiver.url("two"))
    assert [receiver.ids("one"), receiver.ids("two")] == [IDS, IDS]
    assert [(target.count_delivered, target.count_earlier) for target in second.targets] == [(0, 5), (0, 5)]


def test_a_new_alert_or_a_new_target_gets_what_it_lacks(home: Path, receiver: Receiver) -> None:
    send_to(home, receiver.url("one"))
    write_outbox(home, [*ALERTS[2:], make_alert(9)])
    send_to(home, receiver.url("one"), receiver.url("two"))
    assert receiver.ids("one") == [*IDS, "alert-0009"]
    assert receiver.ids("two") == [*IDS[2:], "alert-0009"]


def test_a_failing_target_stops_no_other_and_gets_the_rest_later(home: Path, receiver: Receiver) -> None:
    receiver.behave = lambda path: 500 if path == "/bad" else 200
    failed = send_to(home, receiver.url("bad"), receiver.url("good"))
    bad, good = failed.targets
    assert not failed.is_complete
    assert (bad.count_pending, bad.reason, good.count_delivered) == (5, "answered HTTP 500", 5)
    # Three tries for each of three alerts, then it is left alone.
    assert receiver.ids("bad") == [one for one in IDS[:3] for _ in range(3)]
    receiver.received.clear()
    receiver.behave = lambda path: 200
    assert send_to(home, receiver.url("bad"), receiver.url("good")).is_complete
    assert (receiver.ids("bad"), receiver.ids("good")) == (IDS, [])


def test_a_try_that_fails_is_repeated_in_the_same_run(home: Path, receiver: Receiver) -> None:
    answers = iter([500, 503, 200, 200, 500, 200])
    receiver.behave = lambda path: next(answers, 200)
    assert send_to(home, receiver.url()).is_complete
    assert receiver.ids() == [IDS[0], IDS[0], IDS[0], IDS[1], IDS[2], IDS[2], IDS[3], IDS[4]]


def test_one_alert_that_is_refused_does_not_stop_the_next(home: Path, receiver: Receiver) -> None:
    receiver.behave = lambda path: 400 if receiver.ids()[-1] == IDS[1] else 200
    summary = send_to(home, receiver.url())
    assert (summary.targets[0].count_delivered, summary.targets[0].count_pending) == (4, 1)
    assert sorted(set(receiver.ids())) == IDS


def test_a_target_that_never_ends_its_answer_holds_up_nobody(home: Path, receiver: Receiver) -> None:
    started = time.monotonic()
    summary = send_to(home, receiver.url("drip"), receiver.url("good"), seconds=0.5)
    assert time.monotonic() - started < 5
    assert summary.targets[0].count_pending == 5
    assert summary.targets[0].reason == "gave no answer within 0.5 s"
    assert receiver.ids("drip") == IDS[:1]
    assert receiver.ids("good") == IDS


def test_a_redirect_is_no_success_and_sends_nothing_elsewhere(home: Path, receiver: Receiver) -> None:
    summary = send_to(home, receiver.url("moved"))
    assert summary.targets[0].reason == "answered HTTP 302"
    assert {path for path, _ in receiver.received} == {"/moved"}


def test_nothing_listens(home: Path) -> None:
    summary = send_to(home, "json://127.0.0.1:9/hook")
    assert (summary.targets[0].count_pending, summary.targets[0].count_delivered) == (5, 0)
    assert summary.targets[0].reason.startswith("could not be reached")


def test_what_is_gone_or_too_old_expires(home: Path, receiver: Receiver) -> None:
    receiver.behave = lambda path: 500
    assert send_to(home, receiver.url()).count_expired == 0
    receiver.behave = lambda path: 200
    receiver.received.clear()
    just_old = replace(ALERTS[4], expires_at=NOW)
    just_new = replace(ALERTS[3], expires_at=NOW + timedelta(seconds=1))
    never_tried = make_alert(7, expires_at=NOW)
    write_outbox(home, [just_new, just_old, never_tried])
    # Three were tried and are gone, one is too old and was never tried, and so is the fifth.
    summary = send_to(home, receiver.url())
    assert (receiver.ids(), summary.count_expired, summary.is_complete) == ([just_new.alert_id], 5, True)
    write_outbox(home, [just_new])
    assert send_to(home, receiver.url()).count_expired == 0


def test_an_expired_alert_is_sent_after_all_when_its_version_comes_back(home: Path, receiver: Receiver) -> None:
    receiver.behave = lambda path: 500
    send_to(home, receiver.url())
    write_outbox(home, [])
    assert send_to(home, receiver.url()).count_expired == 3
    receiver.behave = lambda path: 200
    receiver.received.clear()
    write_outbox(home, ALERTS)
    assert send_to(home, receiver.url()).is_complete
    assert receiver.ids() == IDS


def test_an_alert_that_leaves_the_outbox_meanwhile_is_not_sent(home: Path, receiver: Receiver) -> None:
    def behave(path: str) -> int:
        write_outbox(home, [ALERTS[0], ALERTS[3]])
        return 200

    receiver.behave = behave
    send_to(home, receiver.url())
    assert receiver.ids() == [IDS[0], IDS[3]]


def test_two_senders_do_not_both_send(home: Path, receiver: Receiver) -> None:
    with FileLock(home / "alerts.lock"), pytest.raises(LockedError, match="Another `leadhouse alerts send` is running"):
        send_to(home, receiver.url())
    assert not receiver.received


def test_sending_needs_a_target_and_an_outbox(tmp_path: Path, receiver: Receiver) -> None:
    with pytest.raises(InputError, match="no target is configured"):
        send(tmp_path, [])
    with pytest.raises(InputError, match="nothing has been published yet"):
        send_to(tmp_path, receiver.url())
    (tmp_path / "leadhouse.duckdb").touch()
    assert send_to(tmp_path, receiver.url()).count_alerts == 0, "the build was rolled back"
    (tmp_path / "activation.duckdb").write_bytes(b"no database")
    with pytest.raises(InputError, match="cannot be read"):
        send_to(tmp_path, receiver.url())


# ------------------------------------------------------------------------------------- killed senders

SENDER = """
import sys
from pathlib import Path
from leadhouse.alerts import send
from leadhouse.targets import alert_targets
home = Path(sys.argv[1])
send(home, alert_targets(home, {"LEADHOUSE_ALERT_URLS": sys.argv[2]}), pauses=(0, 0))
"""


def start_sender(home: Path, url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", SENDER, str(home), url])


def test_a_sender_killed_before_the_answer_repeats_that_one_alert_and_says_so(home: Path, receiver: Receiver) -> None:
    sender: list[subprocess.Popen[bytes]] = []

    def behave(path: str) -> int:
        if len(receiver.received) == 3:
            sender[0].kill()
            sender[0].wait()
        return 200

    receiver.behave = behave
    sender.append(start_sender(home, receiver.url()))
    assert sender[0].wait(60) == -signal.SIGKILL
    assert send_to(home, receiver.url()).is_complete
    assert receiver.ids() == [*IDS[:3], *IDS[2:]]
    repeats = ["may be a repeat" in message["message"] for _, message in receiver.received]
    assert repeats == [False, False, False, True, False, False]


def test_senders_killed_at_any_moment_lose_nothing_and_repeat_only_what_was_under_way(
    home: Path, receiver: Receiver
) -> None:
    alerts = [make_alert(number) for number in range(1, 5 * KILLS)]
    write_outbox(home, alerts)
    moments = random.Random(7)
    for _ in range(KILLS):
        goal = len(receiver.received) + moments.randint(1, 3)
        sender = start_sender(home, receiver.url())
        while len(receiver.received) < goal and sender.poll() is None:
            time.sleep(0.001)
        time.sleep(moments.random() * 0.03)
        sender.kill()
        assert sender.wait() == -signal.SIGKILL
    time.sleep(0.1)
    assert send_to(home, receiver.url()).is_complete
    received = receiver.ids()
    assert set(received) == {alert.alert_id for alert in alerts}
    assert len(received) - len(set(received)) <= KILLS
    receiver.received.clear()
    assert send_to(home, receiver.url()).targets[0].count_earlier == len(alerts)
    assert not receiver.received


# ----------------------------------------------------------------------------------- what is kept, and told

SECRETS = ("hunter2", "s3cretpath", "t0kenquery")


def secret_url(receiver: Receiver, path: str) -> str:
    return receiver.url(f"{path}/s3cretpath?+X-Token=t0kenquery", login="bot:hunter2@")


@pytest.mark.parametrize("path", ["ok", "fail", "moved"])
def test_no_secret_is_printed_or_kept(
    home: Path, receiver: Receiver, path: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.behave = lambda path: 500 if "fail" in path else 200
    monkeypatch.setenv("LEADHOUSE_HOME", str(home))
    monkeypatch.setenv(
        "LEADHOUSE_ALERT_URLS", f"{secret_url(receiver, path)}\nslack://T1JJ3T3L2/A1BRTD4JD/s3cretpathkazcOXrIdevi7"
    )
    # Slack cannot be reached, as on most machines that test.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr("leadhouse.alerts.time.sleep", lambda seconds: None)
    write_outbox(home, ALERTS[:1])
    for arguments in (["send"], ["send", "--json"], ["send", "--dry-run"], ["send", "--dry-run", "--json"], ["list"]):
        with contextlib.suppress(SystemExit):
            cli.main(["alerts", *arguments])
    shown = "".join(capfd.readouterr())
    assert receiver.received and "could not be reached" in shown
    assert not [secret for secret in SECRETS if secret in shown], shown
    for file in home.rglob("*"):
        if file.is_file():
            assert not [secret for secret in SECRETS if secret.encode() in file.read_bytes()], file


def test_targets_are_named_without_their_tokens(tmp_path: Path) -> None:
    urls = (
        "json://user:hunter2@hooks.example.com:8443/path",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        "discord://123456789012345678/abcdefghijklmnopqrstuvwxyz",
        "ntfy://secrettopic",
        "mailtos://bot:hunter2@mail.example.com?to=sales@example.com",
        "workflows://prod-1.example.com:443/643e69f1c9dd4a1ba5a7ec8d0a9bb33c/signature/",
    )
    names = [target.name for target in targets_of(tmp_path, *urls)]
    assert [name.rsplit(" ", 1)[0] for name in names] == [
        "json hooks.example.com:8443",
        "slack",
        "slack",
        "tgram",
        "discord",
        "ntfy",
        "mailtos mail.example.com:587",
        "workflow prod-1.example.com:443",
    ]
    assert len({name.rsplit(" ", 1)[1] for name in names}) == len(urls)
    assert repr(targets_of(tmp_path, urls[0])[0]).count("hunter2") == 0


def test_what_is_kept_is_private_and_names_nobody(home: Path, receiver: Receiver) -> None:
    before = os.umask(0)
    try:
        send_to(home, receiver.url())
    finally:
        os.umask(before)
    kept = home / "deliveries.sqlite"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    with closing(sqlite3.connect(kept)) as connection:
        rows = connection.execute("select alert_id, state, count_tries from deliveries order by 1").fetchall()
    assert rows == [(alert_id, "delivered", 1) for alert_id in IDS]
    content = kept.read_bytes().lower()
    assert not [word for word in (b"canary", b"acme", b"127.0.0.1", b"5550", b"director") if word in content]


def test_without_a_sound_record_nothing_is_sent(home: Path, receiver: Receiver) -> None:
    (home / "deliveries.sqlite").write_bytes(b"this is no database, and long enough to be seen as one" * 50)
    with pytest.raises(InputError, match="is damaged"):
        send_to(home, receiver.url())
    (home / "deliveries.sqlite").unlink()
    (home / "deliveries.sqlite").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        send_to(home, receiver.url())
    assert not receiver.received


def test_a_dry_run_and_a_list_change_nothing(home: Path, receiver: Receiver) -> None:
    before = {path.name for path in home.iterdir()}
    targets = targets_of(home, receiver.url())
    waiting = pending(home, targets, NOW)
    assert [(one.alert.alert_id, len(one.targets)) for one in waiting] == [(alert_id, 1) for alert_id in IDS]
    assert [one.state for one in list_alerts(home, NOW)] == ["new"] * 5
    assert {path.name for path in home.iterdir()} - before <= {"secret.key"}
    assert not receiver.received


def test_the_list_says_what_became_of_each_alert(home: Path, receiver: Receiver) -> None:
    receiver.behave = lambda path: 500 if path == "/bad" and receiver.ids("bad")[-1] == IDS[1] else 200
    write_outbox(home, [*ALERTS[:2], make_alert(8, expires_at=NOW)])
    send_to(home, receiver.url("good"), receiver.url("bad"))
    write_outbox(home, [*ALERTS[:3], make_alert(8, expires_at=NOW)])
    assert [one.state for one in list_alerts(home, NOW)] == [
        "delivered",
        "delivered, pending elsewhere",
        "new",
        "expired",
    ]


# ------------------------------------------------------------------------------------------- targets


def test_targets_come_from_the_environment_and_a_private_file(tmp_path: Path) -> None:
    file = tmp_path / "targets"
    file.write_text("# sales\n\njson://two.example.com/b\njson://one.example.com/a\n")
    file.chmod(0o600)
    environment = {
        "LEADHOUSE_ALERT_URLS": "json://one.example.com/a\n json://zero.example.com/",
        "LEADHOUSE_ALERT_FILE": str(file),
    }
    names = [target.name.split()[1] for target in alert_targets(tmp_path, environment)]
    assert names == ["one.example.com", "zero.example.com", "two.example.com"]
    assert alert_targets(tmp_path, {}) == []


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o620])
def test_a_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "targets"
    file.write_text("json://one.example.com/hunter2\n")
    file.chmod(mode)
    with pytest.raises(InputError, match="others can read it") as caught:
        alert_targets(tmp_path, {"LEADHOUSE_ALERT_FILE": str(file)})
    assert f"chmod 600 {file}" in str(caught.value)
    file.chmod(0o400)
    assert len(alert_targets(tmp_path, {"LEADHOUSE_ALERT_FILE": str(file)})) == 1


def test_every_bad_url_is_named_by_its_place_and_never_quoted(tmp_path: Path) -> None:
    file = tmp_path / "targets"
    file.write_text("# hunter2\nslack://hunter2\n")
    file.chmod(0o600)
    urls = "nosuch://hunter2 hunter2 json://ok.example.com"
    with pytest.raises(InputError) as caught:
        alert_targets(tmp_path, {"LEADHOUSE_ALERT_URLS": urls, "LEADHOUSE_ALERT_FILE": str(file)})
    places = [problem.where for problem in caught.value.problems]
    assert places == ["LEADHOUSE_ALERT_URLS, URL 1", "LEADHOUSE_ALERT_URLS, URL 2", f"{file}, line 2"]
    assert "hunter2" not in str(caught.value) and "`nosuch`" in str(caught.value)
    with pytest.raises(InputError, match="cannot be read"):
        alert_targets(tmp_path, {"LEADHOUSE_ALERT_FILE": str(tmp_path / "missing")})


def test_every_url_of_the_how_to_is_one(tmp_path: Path) -> None:
    table = section(read("docs/how-to/send-alerts.md"), "## Name the targets")
    urls = [name for row in rows(table) for name in names(row[1]) if "://" in name and not name.endswith("://")]
    assert len(urls) == 5
    assert len(targets_of(tmp_path, *urls)) == 5


def test_failures_have_targets_of_their_own_or_those_of_alerts_or_none(tmp_path: Path) -> None:
    alerts = {"LEADHOUSE_ALERT_URLS": "json://sales.example.com"}
    assert [one.name.split()[1] for one in failure_targets(tmp_path, alerts)] == ["sales.example.com"]
    own = {**alerts, "LEADHOUSE_FAILURE_URLS": "json://ops.example.com"}
    assert [one.name.split()[1] for one in failure_targets(tmp_path, own)] == ["ops.example.com"]
    assert failure_targets(tmp_path, {**alerts, "LEADHOUSE_FAILURE_URLS": "off"}) == []


# ------------------------------------------------------------------------------------------- messages


def test_a_message_says_who_why_and_what_happened() -> None:
    message = alert_message(make_alert(1, current_stage="repeat_customer"))
    assert message.title == "New SQL: Ann Canary1, Acme"
    assert message.body.splitlines() == [
        "Ann Canary1, Director, Acme, Chile",
        "E-mail: ann1@canary.example",
        "Phone: +56 2 5550 0100",
        "Owner: owner-1",
        "SQL since 2026-07-01 00:01 UTC; score then 72.5, now 70 (grade A1)",
        "Now: repeat customer",
        "Why: Asked for a demo within 30 days. Most points: Director (15)",
        "Interested in: lead scoring, attribution; CRM: enterprise",
        "Next step: Call within the day to agree on a date for the demo",
        "Last activities (UTC):",
        "- 2026-06-30 23:59 A product demo was asked for: demo",
        "- 2026-06-30 23:58 A page was seen",
        "Every point: leadhouse explain lead-0001",
        "Alert: alert-0001",
    ]


def test_a_message_of_somebody_of_whom_little_is_known() -> None:
    unknown = dict.fromkeys(("owner_id", "phone", "first_name", "last_name", "job_title", "company_name", "country"))
    bare = make_alert(1, **unknown, rule_id=None, product_interest=None, next_step=None, last_activities=None)
    assert alert_message(bare).title == "New SQL: ann1@canary.example"
    assert alert_message(replace(bare, email=None)).title == "New SQL: lead lead-0001"
    for said in ("Last activities", "Interested in", "Next step"):
        assert said not in alert_message(bare).body


TEXT = st.text(st.characters(codec="utf-8"), max_size=300)


@given(name=TEXT, company=TEXT, why=TEXT, interest=TEXT, activity=TEXT)
def test_no_value_can_break_a_line_reorder_it_or_call_a_channel(
    name: str, company: str, why: str, interest: str, activity: str
) -> None:
    plain = make_alert(1, first_name="Ann", company_name="Acme", why="Asked", last_activities="a page")
    changes = {"first_name": name, "company_name": company, "why": why, "product_interest": interest, "next_step": why}
    wild = replace(plain, **changes, last_activities=activity[:160] or "a page")
    message = alert_message(wild)
    assert len(message.body) <= LONGEST_BODY
    assert message.body.endswith("Alert: alert-0001")
    for text in (*message.body.split("\n"), message.title):
        assert text.isprintable()
        assert not any(mention in text for mention in ("@everyone", "@here", "@channel", " @all"))
    assert len(message.body.split("\n")) <= len(alert_message(plain).body.split("\n")) + len(activity.splitlines())


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ann\nOwner: mallory", "Ann Owner: mallory"),
        ("\x1b[31mred\u202e\u2028x\x00", "[31mred x"),
        ("@everyone now", "@ everyone now"),
        ("x@everyone <@123> @channel", "x@ everyone <@ 123> @ channel"),
        ("ann@here.example", "ann@here.example"),
        ("<b>&amp;", "<b>&amp;"),
        ("x" * 121, "x" * 119 + "…"),
        (None, ""),
    ],
)
def test_values_become_one_plain_line(value: str | None, shown: str) -> None:
    assert one_line(value) == shown


class Mailbox(socketserver.StreamRequestHandler):
    """The least of a mail server."""

    mails: list[str]

    def handle(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                self.mails.append("".join(part.decode() for part in iter(self.rfile.readline, b".\r\n")))
            self.wfile.write(b"221 bye\r\n" if line.upper().startswith(b"QUIT") else b"250 ok\r\n")


@pytest.mark.parametrize("form", ["text", "html"])
def test_an_e_mail_carries_no_markup_of_others_and_keeps_its_headers(home: Path, form: str) -> None:
    hostile = make_alert(
        1,
        first_name="<script>alert(1)</script>",
        last_name="Ann\r\nBcc: mallory@evil.example",
        company_name="<img src=x onerror=alert(1)>",
        last_activities="2026-06-30 23:59 A page was seen: <a href='javascript:x'>y</a>",
    )
    write_outbox(home, [hostile])
    Mailbox.mails = []
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        threading.Thread(target=server.serve_forever, args=[0.05], daemon=True).start()
        address = f"127.0.0.1:{server.server_address[1]}?from=bot@example.com&to=sales@example.com"
        assert send_to(home, f"mailto://{address}&mode=insecure&format={form}", seconds=30).is_complete
        server.shutdown()
    mail = message_from_string(Mailbox.mails[0])
    assert mail["Bcc"] is None and mail["To"] == "sales@example.com"
    parts = {part.get_content_type(): part.get_payload(decode=True) for part in mail.walk()}
    if form == "text":
        assert "text/html" not in parts
        return
    html = parts["text/html"]
    assert isinstance(html, bytes)
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert b"<script" not in html and b"<img" not in html and b"<a " not in html


# ------------------------------------------------------------------------------------ the command line


def test_the_command_line_sends_lists_and_says_what_is_left(
    home: Path, receiver: Receiver, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        with pytest.raises(SystemExit) as end:
            cli.main(["alerts", *arguments])
        return int(end.value.code or 0), "".join(capfd.readouterr())

    monkeypatch.setenv("LEADHOUSE_HOME", str(home))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr("leadhouse.alerts.time.sleep", lambda seconds: None)
    code, shown = run("send")
    assert code == 2 and "no target is configured" in shown
    monkeypatch.setenv("LEADHOUSE_ALERT_URLS", receiver.url())
    code, shown = run("send", "--dry-run")
    assert code == 0 and "New SQL: lead " in shown and "Canary" not in shown
    code, shown = run("send", "--dry-run", "--personal")
    assert code == 0 and "5 alerts would be sent; nothing was." in shown
    assert shown.count(f"To json 127.0.0.1:{receiver.port} (") == 5 and "New SQL: Ann Canary1, Acme" in shown
    code, shown = run("send")
    assert code == 0 and "5 delivered, 0 delivered earlier" in shown and "Canary" not in shown
    code, shown = run("list")
    assert code == 0 and shown.count(" delivered ") == 5 and "Canary" not in shown
    (told, *_) = json.loads(run("list", "--json")[1])["alerts"]
    assert told["email"] is None and told["state"] == "delivered" and told["score"] == float(ALERTS[0].score)
    code, shown = run("list", "--personal")
    assert code == 0 and shown.count(" delivered ") == 5 and "Ann Canary1" in shown
    as_json = json.loads(run("list", "--personal", "--json")[1])["alerts"]
    assert as_json[0]["email"] == "ann1@canary.example" and as_json[0]["state"] == "delivered"
    for said in ("lead scoring, attribution; CRM: enterprise", "Call within the day to agree on a date for the demo"):
        assert said in shown and said in (as_json[0]["product_interest"], as_json[0]["next_step"])
    code, shown = run("send", "--dry-run", "--json")
    assert (code, json.loads(shown)["messages"]) == (0, [])
    code, shown = run("send", "--personal")
    assert code == 2 and "is for --dry-run" in shown
    receiver.behave = lambda path: 500
    write_outbox(home, [*ALERTS, make_alert(9)])
    code, shown = run("send", "--json")
    target = json.loads(shown)["targets"][0]
    assert (code, target["count_pending"], target["count_earlier"], target["reason"]) == (1, 1, 5, "answered HTTP 500")
    with FileLock(home / "alerts.lock"):
        assert run("send")[0] == 75
    for command in ("send", "list"):
        assert f"Example: leadhouse alerts {command}" in run(command, "--help")[1]


# --------------------------------------------------------------------------------------------- the mart


def test_the_mart_has_every_column_that_is_read() -> None:
    file = PROJECT_ROOT / "models" / "marts" / "activation" / "_activation__models.yml"
    model = yaml.safe_load(file.read_text(encoding="utf-8"))["models"][0]
    assert {one.name for one in fields(Alert)} <= {column["name"] for column in model["columns"]}


def test_every_entry_of_the_last_days_is_an_alert_unless_the_lead_may_not_be_called(demo_home: BuiltHome) -> None:
    entries = demo_home.work(
        """
        select transitions.lead_id, leads.has_opted_out or stages.is_excluded or stages.is_disqualified
            or transitions.cycle_number < stages.cycle_number as is_out
        from marts.stage_transitions as transitions
        inner join marts.leads as leads using (lead_id)
        inner join marts.lead_stages as stages using (lead_id)
        where transitions.stage = 'sql' and transitions.entered_at > timestamp '2026-07-01' - interval 7 day
        """
    )
    expected = {lead_id for lead_id, is_out in entries if not is_out}
    alerts = [one.alert for one in list_alerts(demo_home.path)]
    assert expected and {alert.lead_id for alert in alerts} == expected
    assert all(alert.why and alert.last_activities for alert in alerts)
    assert demo_home.query("select count(*) from duckdb_tables() where table_name = 'sales_alerts'") == [(0,)]

"""Sending sales alerts: each alert of the outbox to each target, at least once and never again after a success.

The outbox (`activation.duckdb`, the mart `sales_alerts`) says what there is to send, `deliveries.sqlite` what has been
sent. A try is noted before it is made and again when it has ended, so that only what was under way when a process died
may reach a target twice; every message carries the id of its alert.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.deliveries import DELIVERED, REFUSED, TRYING, Deliveries, open_deliveries, read_states, sending
from leadhouse.errors import InputError, Problem
from leadhouse.messages import Alert, alert_message
from leadhouse.outbox import has_outbox, open_outbox, outbox_version
from leadhouse.targets import SECONDS_PER_TRY, Answer, Target, post
from leadhouse.versions import ACTIVATION, PUBLISHED

# Seconds before the second and the third try of one alert.
PAUSES = (1.0, 4.0)
# A target that accepts none of so many alerts in a row is left alone until the next run.
MOST_FAILURES = 3


@dataclass(frozen=True)
class TargetSummary:
    """What one target got: alerts delivered now and earlier, those still to be delivered, and why the last one failed."""

    target: str
    count_delivered: int
    count_earlier: int
    count_pending: int
    reason: str = ""


@dataclass(frozen=True)
class DeliverySummary:
    """One run of sending. `count_expired` alerts were given up: too old, or gone from the outbox undelivered."""

    targets: list[TargetSummary]
    count_alerts: int
    count_expired: int

    @property
    def is_complete(self) -> bool:
        """Whether every target has every alert."""
        return not any(target.count_pending for target in self.targets)

    def as_json(self) -> dict[str, Any]:
        """All of it, and whether it is complete."""
        return {**vars(self), "is_complete": self.is_complete}


@dataclass(frozen=True)
class WaitingAlert:
    """An alert and the targets that lack it."""

    alert: Alert
    targets: list[Target]

    def unnamed(self) -> WaitingAlert:
        """The same without what may name the person."""
        return replace(self, alert=self.alert.unnamed())

    def as_json(self) -> dict[str, Any]:
        """The message as it would be sent, and to whom."""
        message = alert_message(self.alert)
        names = [target.name for target in self.targets]
        return {"alert_id": self.alert.alert_id, "targets": names, "title": message.title, "body": message.body}


@dataclass(frozen=True)
class ListedAlert:
    """An alert of the outbox, the number of targets that have it, whether tries failed, and whether it is too old."""

    alert: Alert
    count_delivered: int
    has_failed: bool
    is_expired: bool

    @property
    def state(self) -> str:
        """In words: delivered, failed, expired or new."""
        if self.count_delivered:
            return "delivered, pending elsewhere" if self.has_failed else "delivered"
        return "expired" if self.is_expired else "failed" if self.has_failed else "new"

    def unnamed(self) -> ListedAlert:
        """The same without what may name the person."""
        return replace(self, alert=self.alert.unnamed())

    def as_json(self) -> dict[str, Any]:
        """The alert with its state."""
        return {**vars(self.alert), "state": self.state, "count_delivered": self.count_delivered}


def send(
    home: Path,
    targets: Sequence[Target],
    now: datetime | None = None,
    pauses: Sequence[float] = PAUSES,
    seconds: float = SECONDS_PER_TRY,
) -> DeliverySummary:
    """Deliver what each target lacks, oldest entry first; one target's failure does not touch the others.

    `now` (UTC) is the moment after which alerts are too old, `pauses` are the seconds before each further try, `seconds`
    is the limit of one. Raises LockedError when another process is sending, and InputError without a target or an outbox.
    """
    if not targets:
        raise InputError([_no_targets()])
    with sending(home):
        outbox = _Outbox(home)
        with open_deliveries(home) as deliveries:
            current, old = _by_age(outbox.alerts, now)
            states = deliveries.states()
            count_expired = deliveries.expire({alert.alert_id for alert in current}, {target.key for target in targets})
            count_expired += len({alert.alert_id for alert in old} - {alert_id for alert_id, _ in states})
            courier = _Courier(deliveries, outbox, pauses, seconds)
            summaries = [courier.serve(target, current, states) for target in targets]
    return DeliverySummary(summaries, len(current), count_expired)


def pending(home: Path, targets: Sequence[Target], now: datetime | None = None) -> list[WaitingAlert]:
    """What `send` would deliver now; without targets every alert that is news. Changes nothing."""
    states = read_states(home)
    current, _ = _by_age(_Outbox(home).alerts, now)
    waiting = [
        WaitingAlert(alert, [one for one in targets if not _is_delivered(alert, one, states)]) for alert in current
    ]
    return [one for one in waiting if one.targets or not targets]


def list_alerts(home: Path, now: datetime | None = None) -> list[ListedAlert]:
    """Every alert of the outbox, oldest entry first, with what became of it so far."""
    tried: dict[str, list[str]] = {}
    for (alert_id, _), state in read_states(home).items():
        tried.setdefault(alert_id, []).append(state)
    alerts = _Outbox(home).alerts
    old = {alert.alert_id for alert in _by_age(alerts, now)[1]}
    return [_listed(alert, tried.get(alert.alert_id, []), alert.alert_id in old) for alert in alerts]


class _Outbox:
    """The alerts of `activation.duckdb`. A build, a rollback or a `forget` may replace the file while they are sent."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._read()

    def _read(self) -> None:
        self._version = outbox_version(self._home)
        self.alerts = _read_outbox(self._home)
        self._ids = {alert.alert_id for alert in self.alerts}

    def holds(self, alert: Alert) -> bool:
        """Whether the alert is still there."""
        if outbox_version(self._home) != self._version:
            self._read()
        return alert.alert_id in self._ids


class _Courier:
    """Delivers, and keeps the record of it."""

    def __init__(self, deliveries: Deliveries, outbox: _Outbox, pauses: Sequence[float], seconds: float) -> None:
        self._deliveries = deliveries
        self._outbox = outbox
        self._pauses = pauses
        self._seconds = seconds

    def serve(self, target: Target, alerts: Sequence[Alert], states: dict[tuple[str, str], str]) -> TargetSummary:
        """Deliver to one target what it lacks, unless it accepts nothing."""
        lacking = [alert for alert in alerts if not _is_delivered(alert, target, states)]
        count_delivered, count_pending, failures, reason = 0, 0, 0, ""
        for alert in lacking:
            if failures == MOST_FAILURES:
                count_pending += 1
                continue
            if not self._outbox.holds(alert):
                continue
            answer = self._deliver(alert, target, states.get((alert.alert_id, target.key)) == TRYING)
            count_delivered += answer.is_accepted
            count_pending += not answer.is_accepted
            failures = 0 if answer.is_accepted else MOST_FAILURES if answer.has_hung else failures + 1
            reason = answer.reason or reason
        return TargetSummary(target.name, count_delivered, len(alerts) - len(lacking), count_pending, reason)

    def _deliver(self, alert: Alert, target: Target, may_be_repeat: bool) -> Answer:
        for pause in (0.0, *self._pauses):
            time.sleep(pause)
            self._deliveries.begin(alert.alert_id, target.key)
            answer = post(target, alert_message(alert, may_be_repeat), self._seconds)
            if answer.is_accepted:
                self._deliveries.finish(alert.alert_id, target.key, DELIVERED)
                return answer
            may_be_repeat = may_be_repeat or not answer.is_certain
            if not may_be_repeat:
                self._deliveries.finish(alert.alert_id, target.key, REFUSED)
            if answer.has_hung:
                break
        return answer


def _read_outbox(home: Path) -> list[Alert]:
    if not has_outbox(home):
        # After a rollback there is a published version without an outbox, until the next build.
        if (home / PUBLISHED).exists():
            return []
        raise InputError([Problem(str(home / ACTIVATION), "nothing has been published yet", "Run `leadhouse build`.")])
    names = [field.name for field in fields(Alert)]
    statement = f"select {', '.join(names)} from marts.sales_alerts order by entered_at, alert_id"
    try:
        with open_outbox(home) as connection:
            return [Alert(*row) for row in connection.execute(statement).fetchall()]
    except duckdb.Error as error:
        what = f"cannot be read: {str(error).splitlines()[0]}"
        raise InputError([Problem(str(home / ACTIVATION), what, "Run `leadhouse build` again.")]) from error


def _by_age(alerts: Sequence[Alert], now: datetime | None) -> tuple[list[Alert], list[Alert]]:
    """The alerts that are news, and those that are not: an old outbox must not set off calls about old leads."""
    moment = now or datetime.now(UTC).replace(tzinfo=None)
    return (
        [alert for alert in alerts if alert.expires_at > moment],
        [alert for alert in alerts if alert.expires_at <= moment],
    )


def _is_delivered(alert: Alert, target: Target, states: dict[tuple[str, str], str]) -> bool:
    return states.get((alert.alert_id, target.key)) == DELIVERED


def _listed(alert: Alert, states: Sequence[str], is_old: bool) -> ListedAlert:
    has_failed = any(state in (TRYING, REFUSED) for state in states)
    return ListedAlert(alert, sum(state == DELIVERED for state in states), has_failed, is_old)


def _no_targets() -> Problem:
    mend = "Set it to one or more URLs of services, or LEADHOUSE_ALERT_FILE to a file with them; see docs/how-to/send-alerts.md."
    return Problem("LEADHOUSE_ALERT_URLS", "no target is configured", mend)

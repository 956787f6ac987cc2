"""The record of what was sent to whom: `deliveries.sqlite`, readable by its owner only.

It holds no personal data: an alert is known by its id, a target by the keyed hash of its URL. Every change is on disk
before the next message goes out, so that a process that is killed forgets no delivery that it knew of.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from leadhouse.errors import InputError, Problem
from leadhouse.lock import file_lock

FILE_NAME = "deliveries.sqlite"
LOCK = "alerts.lock"
TRYING, REFUSED, DELIVERED, EXPIRED = "trying", "refused", "delivered", "expired"

_SCHEMA = """
create table if not exists deliveries (
    alert_id text not null,
    target_key text not null,
    state text not null check (state in ('trying', 'refused', 'delivered', 'expired')),
    count_tries integer not null,
    first_tried_at text not null,
    last_tried_at text not null,
    primary key (alert_id, target_key)
) without rowid;
create table if not exists failure_notices (
    fingerprint text not null,
    target_key text not null,
    is_over integer not null,
    primary key (fingerprint, target_key)
) without rowid;
"""


class Deliveries:
    """The record, open. `trying` is a try whose end is not known; `refused` one that surely did not arrive."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def states(self) -> dict[tuple[str, str], str]:
        """The state of every alert and target key that was ever tried."""
        rows = self._connection.execute("select alert_id, target_key, state from deliveries").fetchall()
        return {(alert_id, target_key): state for alert_id, target_key, state in rows}

    def begin(self, alert_id: str, target_key: str) -> None:
        """Note that a try begins."""
        self._connection.execute(
            """
            insert into deliveries values ($alert, $target, 'trying', 1, $now, $now)
            on conflict (alert_id, target_key)
            do update set state = 'trying', count_tries = count_tries + 1, last_tried_at = $now
            """,
            {"alert": alert_id, "target": target_key, "now": datetime.now(UTC).isoformat(timespec="seconds")},
        )

    def finish(self, alert_id: str, target_key: str, state: str) -> None:
        """Note how a try ended."""
        self._connection.execute(
            "update deliveries set state = ? where alert_id = ? and target_key = ?", [state, alert_id, target_key]
        )

    def expire(self, current: Collection[str], target_keys: Collection[str]) -> int:
        """Give up what is no longer in the outbox and did not reach these targets; gives the number of alerts."""
        rows = self._connection.execute(
            "select alert_id, target_key from deliveries where state in ('trying', 'refused')"
        ).fetchall()
        late = [(alert, target) for alert, target in rows if alert not in current and target in target_keys]
        for alert_id, target_key in late:
            self.finish(alert_id, target_key, EXPIRED)
        return len({alert_id for alert_id, _ in late})

    def erase(self, alert_ids: Sequence[str]) -> int:
        """Take alerts out, for good; gives the number of rows that went."""
        # What is deleted is overwritten, and the file is written anew: pages keep stale copies of what they once held.
        self._connection.execute("pragma secure_delete = on")
        self._connection.execute("begin")
        with self._connection:
            ids = [(alert_id,) for alert_id in alert_ids]
            count = self._connection.executemany("delete from deliveries where alert_id = ?", ids).rowcount
        self._connection.execute("vacuum")
        return count

    def is_told(self, fingerprint: str, target_key: str) -> bool:
        """Whether a target knows of this failure, and no build has succeeded since."""
        row = self._connection.execute(
            "select 1 from failure_notices where fingerprint = ? and target_key = ? and not is_over",
            [fingerprint, target_key],
        ).fetchone()
        return row is not None

    def told(self, fingerprint: str, target_key: str) -> None:
        """Note that a target knows of this failure."""
        self._connection.execute("insert or replace into failure_notices values (?, ?, 0)", [fingerprint, target_key])

    def end_failures(self) -> set[str]:
        """Note that a build has succeeded; gives the targets that know of a failure and are to be told so."""
        self._connection.execute("update failure_notices set is_over = 1")
        return {row[0] for row in self._connection.execute("select distinct target_key from failure_notices")}

    def forget_failures(self, target_key: str) -> None:
        """Note that a target knows that all is well."""
        self._connection.execute("delete from failure_notices where target_key = ?", [target_key])


@contextmanager
def open_deliveries(home: Path) -> Iterator[Deliveries]:
    """The record in the home folder, made at first use.

    Raises InputError when it cannot be written or is damaged: without it nothing may be sent, for it would be sent
    again each time.
    """
    path = home / FILE_NAME
    try:
        # Made before SQLite makes it, so that it is never open to others; its journal takes the same mode.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise InputError([_unusable(path, error)]) from error
    try:
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            connection.execute("pragma synchronous = full")
            connection.executescript(_SCHEMA)
            yield Deliveries(connection)
    except sqlite3.Error as error:
        raise InputError([_unusable(path, error)]) from error


@contextmanager
def sending(home: Path, patience_seconds: float = 0) -> Iterator[None]:
    """Keep two senders apart, and a sender from whoever erases. It is not the build's lock: alerts may go out while a build
    runs.

    Raises LockedError when another process still is sending after the given time, and InputError when the folder cannot be
    written.
    """
    refusal = "Another `leadhouse alerts send` is running. Nothing was sent by this one."
    with file_lock(home / LOCK, lambda: refusal, patience_seconds):
        yield


def read_states(home: Path) -> dict[tuple[str, str], str]:
    """The state of every alert and target key; empty when nothing was ever tried. Makes no file."""
    if not (home / FILE_NAME).exists():
        return {}
    with open_deliveries(home) as deliveries:
        return deliveries.states()


def _unusable(path: Path, error: Exception) -> Problem:
    if isinstance(error, sqlite3.OperationalError | OSError):
        return Problem(str(path), f"cannot be written: {error}", "See to the disk's space and the file's owner.")
    mend = "Remove it; alerts of the last days are then delivered once more."
    return Problem(str(path), f"is damaged: {error}", mend)

"""One build at a time: an operating-system lock on the home folder, and a note of who holds it.

The lock itself is the operating system's, so a holder that died has let go of it. The note beside it only explains; it
decides nothing.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from leadhouse import files
from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.errors import InputError, LockedError, Problem
from leadhouse.machine import user_name


@dataclass(frozen=True)
class Holder:
    """Who holds the lock, and since when (ISO 8601, UTC)."""

    pid: int
    host: str
    user: str
    since: str
    command: str

    def __str__(self) -> str:
        return f"`{self.command}` by {self.user} on {self.host} (process {self.pid}) since {self.since}"


@contextmanager
def build_lock(folder: Path, command: str) -> Iterator[Holder | None]:
    """Hold the build lock of `folder`; `command` is what the holder does, for others to read.

    Where the target is a warehouse, its lock is held too. Gives the holder before, where that one died without letting go. Raises LockedError at once when another process holds it, and InputError when the folder cannot be written.
    """
    with file_lock(folder / "build.lock", lambda: _refusal(folder)), _target_lock(command):
        dead = read_holder(folder)
        try:
            _write_note(folder, command)
            yield dead
        finally:
            _note(folder).unlink(missing_ok=True)


def _target_lock(command: str) -> AbstractContextManager[None]:
    """Of a warehouse, which others may build in from other hosts."""
    return find_warehouse().lock(command) if is_remote() else nullcontext()


@contextmanager
def file_lock(path: Path, refusal: Callable[[], str], patience_seconds: float = 0) -> Iterator[None]:
    """Hold the operating system's lock on a file, which a process that dies lets go of.

    Raises LockedError with what `refusal` says when another process still holds it after the given time, and InputError when the
    file cannot be written.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=patience_seconds)
    except Timeout:
        raise LockedError(refusal()) from None
    except OSError as error:
        raise InputError([_unwritable(path.parent, error)]) from error
    try:
        yield
    finally:
        lock.release()


def read_holder(folder: Path) -> Holder | None:
    """The note of the current holder; None when there is none, or it is not readable."""
    try:
        return Holder(**json.loads(_note(folder).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _note(folder: Path) -> Path:
    return folder / "build.lock.json"


def _write_note(folder: Path, command: str) -> None:
    since = datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="seconds") + " UTC"
    holder = Holder(os.getpid(), socket.gethostname(), user_name(), since, command)
    try:
        files.write_text(_note(folder), json.dumps(asdict(holder)), 0o644)
    except OSError as error:
        raise InputError([_unwritable(folder, error)]) from error


def _refusal(folder: Path) -> str:
    holder = read_holder(folder)
    who = str(holder) if holder else "another process"
    return f"A build is running: {who} holds {folder / 'build.lock'}. Nothing was done; try again when it has ended."


def _unwritable(folder: Path, error: OSError) -> Problem:
    return Problem(
        str(folder), f"cannot be written: {error.strerror or error}", "Set LEADHOUSE_HOME to a folder you own."
    )

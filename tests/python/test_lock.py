"""One build at a time: the second is told who is first, and a dead holder's lock is free."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from leadhouse.errors import ExitCode, InputError, LockedError
from leadhouse.lock import build_lock, read_holder

_HOLD = """
import sys
from pathlib import Path
from leadhouse.lock import build_lock
with build_lock(Path(sys.argv[1]), "leadhouse build --raw x"):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its standard input ends."""
    command = [sys.executable, "-c", _HOLD, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_is_told_who_holds_it_and_since_when(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        noted = read_holder(tmp_path)
        assert noted is not None
        assert noted.pid == process.pid
        with pytest.raises(LockedError) as refusal, build_lock(tmp_path, "leadhouse build"):
            pytest.fail("two held the lock at once")
        assert refusal.value.exit_code == ExitCode.LOCKED == 75
        for fact in ("`leadhouse build --raw x`", f"process {process.pid}", noted.since, noted.user, noted.host):
            assert fact in str(refusal.value)


def test_a_refused_build_leaves_the_note_of_the_holder(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        with pytest.raises(LockedError), build_lock(tmp_path, "leadhouse build"):
            pass
        noted = read_holder(tmp_path)
        assert noted is not None and noted.pid == process.pid


def test_the_lock_of_a_killed_holder_is_free(tmp_path: Path) -> None:
    with holder(tmp_path) as process:
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert read_holder(tmp_path) is not None, (
            "the killed holder could not tidy up; its note stays and must not matter"
        )
        with build_lock(tmp_path, "leadhouse build") as dead:
            noted = read_holder(tmp_path)
            assert noted is not None and noted.pid == os.getpid()
            assert dead is not None and dead.pid == process.pid
    with build_lock(tmp_path, "leadhouse build") as dead:
        assert dead is None, "a holder that let go is not reported"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_error_lets_go_of_the_lock(tmp_path: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), build_lock(tmp_path, "leadhouse build"):
        raise error
    assert read_holder(tmp_path) is None
    with build_lock(tmp_path, "leadhouse build"):
        pass


@pytest.mark.parametrize("note", ["", "{", "[1]", '{"pid": 1}', "\x00"])
def test_an_unreadable_note_is_no_obstacle(tmp_path: Path, note: str) -> None:
    with holder(tmp_path):
        (tmp_path / "build.lock.json").write_text(note, encoding="utf-8")
        with pytest.raises(LockedError, match="another process"), build_lock(tmp_path, "leadhouse build"):
            pass


def test_a_home_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "build.lock").mkdir()
    with pytest.raises(InputError, match="Set LEADHOUSE_HOME"), build_lock(tmp_path, "leadhouse build"):
        pass

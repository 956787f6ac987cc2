"""Servers of other engines, started for tests in a folder of their own on the loopback, and stopped after them."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

# A server for tests need not survive the machine's crash.
_POSTGRES_OPTIONS = (
    "fsync=off", "synchronous_commit=off", "full_page_writes=off", "shared_buffers=512MB", "work_mem=64MB",
    "max_wal_size=4GB", "max_locks_per_transaction=1024", "listen_addresses=127.0.0.1",
    # Nothing may depend on it.
    "timezone=America/New_York",
)  # fmt: skip


@contextmanager
def postgres_server() -> Iterator[dict[str, str]]:
    """A PostgreSQL server with the database `leadhouse`; gives the environment by which profiles.yml finds it."""
    programs, port = postgres_programs(), free_port()
    assert programs is not None
    # Not in pytest's folders, which are closed to every other user.
    data = Path(tempfile.mkdtemp(prefix="leadhouse-postgres-"))
    user = _owner_of(data)
    # Text is compared by code point, as everywhere else, and lower() knows every letter.
    _run(user, programs / "initdb", "-D", data, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-U", "leadhouse")
    options = " ".join([f"-p {port} -k {data}", *(f"-c {option}" for option in _POSTGRES_OPTIONS)])
    _run(user, programs / "pg_ctl", "-D", data, "-o", options, "-l", data / "log", "-w", "start")
    try:
        _run(user, programs / "createdb", "-h", "127.0.0.1", "-p", str(port), "-U", "leadhouse", "leadhouse")
        yield {"LEADHOUSE_POSTGRES_HOST": "127.0.0.1", "LEADHOUSE_POSTGRES_PORT": str(port), "DBT_TARGET": "postgres"}
    finally:
        _run(user, programs / "pg_ctl", "-D", data, "-m", "immediate", "-w", "-t", "300", "stop")
        shutil.rmtree(data)


def postgres_programs() -> Path | None:
    """The folder of a PostgreSQL server's programs; Debian has it outside of the path."""
    found = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return Path(found).resolve().parent if found else debian[-1].parent if debian else None


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def _owner_of(data: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it runs as its own user, who is given the folder."""
    if os.getuid() != 0:
        return None
    user = pwd.getpwnam("postgres")
    shutil.chown(data, user.pw_uid, user.pw_gid)
    return user.pw_name


def _run(user: str | None, program: Path, *arguments: str | Path) -> None:
    command: Sequence[str | Path] = [program, *arguments]
    if user is not None:
        command = ["runuser", "-u", user, "--", *command]
    # Its own output would keep a pipe open as long as the server runs.
    done = subprocess.run(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", check=False
    )
    assert done.returncode == 0, f"{program.name} {' '.join(map(str, arguments))}: {done.returncode}"

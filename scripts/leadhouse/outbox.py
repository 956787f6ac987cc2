"""The outbox of the published build, with its personal data: a file in the home folder, or a schema of the warehouse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.versions import ACTIVATION


def has_outbox(home: Path) -> bool:
    """Whether there is one to open; a warehouse that has none yet says so when it is opened."""
    return is_remote() or (home / ACTIVATION).exists()


@contextmanager
def open_outbox(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that finds its tables in the schema `marts`; raises InputError when nothing is published in a warehouse."""
    if is_remote():
        from leadhouse.engines.publishing import reading

        with reading("activation") as connection:
            yield connection
        return
    with duckdb.connect(str(home / ACTIVATION), read_only=True) as connection:
        yield connection


def outbox_version(home: Path) -> object:
    """What changes whenever the outbox does; None where there is none."""
    if is_remote():
        from leadhouse.engines.publishing import published_version

        return published_version(find_warehouse())
    try:
        status = (home / ACTIVATION).stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns

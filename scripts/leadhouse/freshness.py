"""How old the newest row of each raw table is, against the limits that the contract sets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from leadhouse.contract import SYSTEM, Entity, connect, file_format, scan_sql
from leadhouse.errors import InputError, Problem
from leadhouse.source_checks import examine
from leadhouse.source_profile import FileProfile, newest_sql
from leadhouse.systems import GENERIC, Systems, read_tables


class Status(StrEnum):
    """How a table stands to its limits; `no data` is a table that has limits and no row with a time."""

    PASS = "pass"
    WARN = "warn"
    ERROR = "error"
    NO_LIMIT = "no limit"
    NO_DATA = "no data"


@dataclass(frozen=True)
class EntityFreshness:
    """One table: the time of its newest row up to the as-of time (UTC), how old that is, and the limits of age."""

    system: str
    entity: str
    status: Status
    newest: datetime | None
    age: timedelta | None
    warn_after: timedelta | None
    error_after: timedelta | None

    @property
    def table(self) -> str:
        """The table's name, with its system where that is another than the contract's own."""
        return self.entity if self.system == SYSTEM else f"{self.system}.{self.entity}"

    def as_json(self) -> dict[str, str | float | None]:
        """The same as plain values, lengths of time in hours."""
        return {
            "system": self.system,
            "entity": self.entity,
            "status": str(self.status),
            "newest": self.newest.isoformat() if self.newest else None,
            "age_hours": hours(self.age),
            "warn_after_hours": hours(self.warn_after),
            "error_after_hours": hours(self.error_after),
        }


def hours(length: timedelta | None) -> float | None:
    """A length of time in hours, to one decimal."""
    return None if length is None else round(length / timedelta(hours=1), 1)


def check(raw: Path, as_of: datetime, home: Path | None = None, systems: Systems = GENERIC) -> list[EntityFreshness]:
    """Return the freshness of every table as of a moment (UTC).

    Rows after that moment do not count. With a `home`, files that its last good build has read are not read again. Raises
    InputError when a file cannot be read.
    """
    examination = examine(raw, home, systems)
    if examination.problems:
        raise InputError(list(examination.problems))
    files = examination.memory.files
    return [
        _judge(entity, _newest(entity, files.get(key, ()), as_of), as_of)
        for key, entity in read_tables(systems).items()
    ]


def warnings(raw: Path, as_of: datetime, home: Path | None = None, systems: Systems = GENERIC) -> list[Problem]:
    """Return what is older than its limit, as warnings of a build: its figures are right as of their time all the same."""
    return [
        Problem(
            f"{found.system}.{found.entity} in {raw}",
            f"the newest row is of {found.newest:%Y-%m-%d %H:%M} UTC, {hours(found.age):,.0f} hours before the as-of time",
            "See whether its delivery has stopped; `leadhouse freshness` shows the limits.",
        )
        for found in check(raw, as_of, home, systems)
        if found.status in (Status.WARN, Status.ERROR)
    ]


def _judge(entity: Entity, newest: datetime | None, as_of: datetime) -> EntityFreshness:
    age = None if newest is None else as_of - newest
    status = _status(entity, age)
    return EntityFreshness(entity.system, entity.name, status, newest, age, entity.warn_after, entity.error_after)


def _status(entity: Entity, age: timedelta | None) -> Status:
    if entity.warn_after is None and entity.error_after is None:
        return Status.NO_LIMIT
    if age is None:
        return Status.NO_DATA
    if entity.error_after is not None and age > entity.error_after:
        return Status.ERROR
    return Status.WARN if entity.warn_after is not None and age > entity.warn_after else Status.PASS


def _newest(entity: Entity, files: Sequence[FileProfile], as_of: datetime) -> datetime | None:
    times = [
        file.newest if file.newest is None or file.newest <= as_of else _newest_until(entity, file, as_of)
        for file in files
    ]
    return max((time for time in times if time is not None), default=None)


def _newest_until(entity: Entity, file: FileProfile, as_of: datetime) -> datetime | None:
    """Read the file again for its newest row up to a moment: it has later ones."""
    names = entity.delivered(file.names)
    types = {name: column.type for name, column in file.columns.items()}
    scan = scan_sql([file.file], file_format(file.file), list(names.values()))
    with connect() as connection:
        row = connection.execute(f"select {newest_sql(entity, names, types, as_of)} from {scan}").fetchone()
    return row[0] if row else None

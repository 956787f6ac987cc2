"""The record of builds: one JSON line per finished build, good or failed, in `build_runs.jsonl`.

The mart `build_runs` has the same columns; the file is what survives when the databases are rebuilt from nothing.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

FILE_NAME = "build_runs.jsonl"

COLUMN_TYPES = {
    "build_id": "varchar",
    "leadhouse_version": "varchar",
    "criteria_hash": "varchar",
    "status": "varchar",
    "selection": "varchar",
    "count_models": "bigint",
    "count_tests": "bigint",
    "count_failed": "bigint",
    "count_rows": "bigint",
    "seconds": "decimal(18,3)",
    "peak_memory_mb": "decimal(18,3)",
    "is_full_refresh": "boolean",
    "as_of": "timestamp",
    "started_at": "timestamp",
    "finished_at": "timestamp",
}


@dataclass(frozen=True)
class BuildRecord:
    """One finished build; times are UTC without zone. `status`: succeeded, failed or partial (see `COLUMN_TYPES`)."""

    build_id: str
    leadhouse_version: str
    criteria_hash: str
    status: str
    selection: str | None
    count_models: int
    count_tests: int
    count_failed: int
    count_rows: int
    seconds: Decimal
    peak_memory_mb: Decimal
    is_full_refresh: bool
    as_of: datetime
    started_at: datetime
    finished_at: datetime

    def to_json(self) -> str:
        """The record as one line of JSON, decimals as numbers, times as ISO 8601 with microseconds."""
        return json.dumps({name: _plain(value) for name, value in asdict(self).items()})

    @classmethod
    def from_json(cls, line: str) -> BuildRecord:
        """Read one line; raises ValueError, KeyError or TypeError when it is not a whole record."""
        values = json.loads(line, parse_float=Decimal)
        return cls(**{field.name: _typed(field.name, values[field.name]) for field in fields(cls)})


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return float(value) if isinstance(value, Decimal) else value


def _typed(name: str, value: Any) -> Any:
    kind = COLUMN_TYPES[name]
    if kind == "timestamp":
        return datetime.fromisoformat(value)
    return Decimal(value) if kind.startswith("decimal") else value


def prepare(folder: Path, published: Path) -> None:
    """Make the file if it is missing, and add what the published database knows and the file does not.

    That happens when a machine stopped between publishing and recording.
    """
    path = folder / FILE_NAME
    path.touch(exist_ok=True)
    known = {record.build_id for record in read(folder)}
    for record in _read_published(published):
        if record.build_id not in known:
            append(folder, record)


def append(folder: Path, record: BuildRecord) -> None:
    """Add one line with one write; a torn line left by a crash stays apart from it."""
    path = folder / FILE_NAME
    torn = path.exists() and path.stat().st_size > 0 and not _ends_with_newline(path)
    line = ("\n" if torn else "") + record.to_json() + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(handle, line.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def read(folder: Path) -> list[BuildRecord]:
    """All whole records of the file, oldest first; lines that are not whole are passed over."""
    path = folder / FILE_NAME
    if not path.exists():
        return []
    found = []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            found.append(BuildRecord.from_json(line))
        except (ValueError, KeyError, TypeError, ArithmeticError):
            continue
    return found


def criteria_hash(project_root: Path) -> str:
    """A fingerprint of the criteria: sha256 over path and content of every CSV file under `seeds/`."""
    digest = hashlib.sha256()
    for path in sorted((project_root / "seeds").rglob("*.csv")):
        digest.update(path.relative_to(project_root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _read_published(published: Path) -> list[BuildRecord]:
    if not published.exists():
        return []
    columns = ", ".join(COLUMN_TYPES)
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = connection.execute(f"select {columns} from marts.build_runs order by started_at").fetchall()
    except duckdb.Error:
        # Older columns, or a reader that opened the file for writing: the file of records stands as it is.
        return []
    return [BuildRecord(*row) for row in rows]

"""The record of what was built: one JSON line per finished build, good or failed, in `build_runs.jsonl`.

The mart `build_runs` has the same columns; the file is what survives when the databases are rebuilt from nothing. What
each node of a build took stands in a file of its own in `build_run_models/`, for the newest builds only.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import Decimal
from glob import glob
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from leadhouse import files
from leadhouse.database import literal

FILE_NAME = "build_runs.jsonl"
NODES_FOLDER = "build_run_models"
# Marts that come from the record of builds, not from a model.
OWN_MARTS = ("build_runs", "build_run_models")
# Builds whose nodes are kept: four days of hourly builds.
KEPT_NODES = 100

COLUMN_TYPES = {
    "build_id": "varchar",
    "published_build_id": "varchar",
    "resumed_build_id": "varchar",
    "leadhouse_version": "varchar",
    "criteria_hash": "varchar",
    "status": "varchar",
    "selection": "varchar",
    "rebuild_reason": "varchar",
    "build_number": "bigint",
    "count_models": "bigint",
    "count_tests": "bigint",
    "count_failed": "bigint",
    "count_warnings": "bigint",
    "count_rows": "bigint",
    "seconds": "decimal(18,3)",
    "peak_memory_mb": "decimal(18,3)",
    "is_full_refresh": "boolean",
    "as_of": "timestamp",
    "started_at": "timestamp",
    "finished_at": "timestamp",
}

NODE_COLUMN_TYPES = {
    "build_id": "varchar",
    "node_name": "varchar",
    "resource_type": "varchar",
    "status": "varchar",
    "count_rows": "bigint",
    "count_failed_rows": "bigint",
    "seconds": "decimal(18,3)",
}


@dataclass(frozen=True)
class BuildRecord:
    """One finished build or rollback; times are UTC without zone.

    `status`: succeeded, failed, partial or rolled_back. `published_build_id` is the version that readers see afterwards,
    `resumed_build_id` the failed build that `--retry` went on with. `build_number` counts up and is the order of builds,
    whatever the clock says.
    """

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
    build_number: int = 0
    count_warnings: int = 0
    published_build_id: str | None = None
    resumed_build_id: str | None = None
    rebuild_reason: str | None = None

    def to_json(self) -> str:
        """The record as one line of JSON, decimals as numbers, times as ISO 8601 with microseconds."""
        return json.dumps({name: _plain(getattr(self, name)) for name in COLUMN_TYPES})

    @classmethod
    def from_json(cls, line: str) -> BuildRecord:
        """Read one line; raises ValueError, KeyError or TypeError when it is not a whole record."""
        values = json.loads(line, parse_float=Decimal)
        return cls(**{field.name: _typed(field.name, values[field.name]) for field in fields(cls)})


@dataclass(frozen=True)
class NodeRecord:
    """What one model, seed or test of a build took; counts are None where there is nothing to count."""

    build_id: str
    node_name: str
    resource_type: str
    status: str
    count_rows: int | None
    count_failed_rows: int | None
    seconds: Decimal


def new_build_id(moment: datetime) -> str:
    """An id for a build that starts at this moment (UTC)."""
    return f"{moment:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def prepare(folder: Path, published: Path) -> None:
    """Make the file if it is missing, and add what the published database knows and the file does not.

    That happens when a machine stopped between publishing and recording.
    """
    (folder / FILE_NAME).touch(exist_ok=True)
    there = {record.build_id for record in read(folder)}
    for record in known(folder, published):
        if record.build_id not in there:
            append(folder, record)


def known(folder: Path, published: Path) -> list[BuildRecord]:
    """All records of the file and of the published database together, oldest first."""
    found = {record.build_id: record for record in [*_read_published(published), *read(folder)]}
    return sorted(found.values(), key=lambda record: record.build_number)


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
    return sorted(found, key=lambda record: record.build_number)


def next_number(folder: Path) -> int:
    """The number of the next build."""
    return max((record.build_number for record in read(folder)), default=0) + 1


def write_nodes(folder: Path, build_id: str, nodes: Sequence[NodeRecord]) -> None:
    """Keep what each node of a build took, and forget the oldest builds' nodes."""
    kept = folder / NODES_FOLDER
    kept.mkdir(exist_ok=True)
    lines = (json.dumps({name: _plain(value) for name, value in asdict(node).items()}) + "\n" for node in nodes)
    files.write_text(kept / f"{build_id}.jsonl", "".join(lines), 0o644)
    numbers = {record.build_id: record.build_number for record in read(folder)}
    older = [path for path in kept.glob("*.jsonl") if path.stem != build_id]
    older.sort(key=lambda path: (numbers.get(path.stem, 0), path.name), reverse=True)
    for path in older[KEPT_NODES - 1 :]:
        path.unlink()


def latest_seconds(folder: Path) -> dict[str, float]:
    """What each node took, in seconds, in the build that finished last; empty when that is not known."""
    try:
        newest = max((folder / NODES_FOLDER).glob("*.jsonl"), key=lambda path: path.stat().st_mtime)
        nodes = [json.loads(line) for line in newest.read_text(encoding="utf-8").splitlines()]
        return {node["node_name"]: float(node["seconds"]) for node in nodes}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


@contextmanager
def mart_queries(home: Path, record: BuildRecord) -> Iterator[dict[str, str]]:
    """For each of OWN_MARTS the query that reads it, with the record of this build in it; valid within the context."""
    with TemporaryDirectory() as folder:
        runs = Path(folder) / FILE_NAME
        runs.write_text("".join(run.to_json() + "\n" for run in [*read(home), record]), encoding="utf-8")
        nodes = home / NODES_FOLDER / "*.jsonl"
        queries = (_json_query(runs, COLUMN_TYPES), _json_query(nodes, NODE_COLUMN_TYPES))
        yield dict(zip(OWN_MARTS, queries, strict=True))


def criteria_hash(project_root: Path) -> str:
    """A fingerprint of the criteria: sha256 over path and content of every CSV file under `seeds/`."""
    return files.fingerprint(project_root, sorted((project_root / "seeds").rglob("*.csv")))


def published_build_id(published: Path) -> str | None:
    """Id of the build that wrote a published database: the last that it knows of. None when it cannot be read."""
    known = _read_published(published)
    return known[-1].build_id if known else None


def _json_query(path: Path, columns: Mapping[str, str]) -> str:
    """Of files that may not be there; then it gives no row."""
    selected = ", ".join(f"cast({name} as {kind}) as {name}" for name, kind in columns.items())
    if not glob(str(path)):
        return (
            "select " + ", ".join(f"cast(null as {kind}) as {name}" for name, kind in columns.items()) + " where false"
        )
    types = ", ".join(f"{name}: '{kind}'" for name, kind in columns.items())
    return f"select {selected} from read_json({literal(path)}, format = 'newline_delimited', columns = {{{types}}})"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="microseconds")
    return float(value) if isinstance(value, Decimal) else value


def _typed(name: str, value: Any) -> Any:
    kind = COLUMN_TYPES[name]
    if kind == "timestamp":
        return datetime.fromisoformat(value)
    return Decimal(value) if kind.startswith("decimal") else value


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"


def _read_published(published: Path) -> list[BuildRecord]:
    if not published.exists():
        return []
    names = [field.name for field in fields(BuildRecord)]
    statement = f"select {', '.join(names)} from marts.build_runs order by build_number"
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            rows = connection.execute(statement).fetchall()
    except duckdb.Error:
        # Older columns, or a reader that opened the file for writing: the file of records stands as it is.
        return []
    return [BuildRecord(*row) for row in rows]

"""What the sources held in the last good build: columns and rows that are lost since, and files that need no second reading."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from leadhouse.contract import STAGING, Entity
from leadhouse.errors import Problem
from leadhouse.files import write_text
from leadhouse.source_profile import ColumnProfile, FileProfile
from leadhouse.sources import Stamp

FILE_NAME = "sources.json"
# Fewer rows than this say nothing about a table.
ROWS_TO_JUDGE = 20

Files = Mapping[str, Sequence[FileProfile]]


@dataclass(frozen=True)
class Memory:
    """The files of each table in the last good build, and the stamps of those that are sure to be the same while it holds."""

    files: Files = field(default_factory=dict)
    stamps: Mapping[Path, Stamp] = field(default_factory=dict)

    def unchanged(self, stamps: Mapping[Path, Stamp]) -> dict[Path, FileProfile]:
        """Return what those of the files hold that have the same stamp as then."""
        profiles = (profile for found in self.files.values() for profile in found)
        return {
            item.file: item
            for item in profiles
            if item.file in stamps and stamps[item.file] == self.stamps.get(item.file)
        }


def remember(home: Path, raw: Path, memory: Memory) -> None:
    """Keep what a good build has read, for the next one."""
    content = {
        "contract": _contract_hash(),
        "raw": str(raw),
        "tables": {
            name: [_to_json(profile, memory) for profile in profiles] for name, profiles in memory.files.items()
        },
    }
    write_text(home / FILE_NAME, json.dumps(content), 0o600)


def recall(home: Path, raw: Path) -> Memory:
    """Return what the last good build from this folder has read; empty when there is none, or the contract is another one."""
    try:
        content = json.loads((home / FILE_NAME).read_text(encoding="utf-8"))
        if content["contract"] != _contract_hash() or content["raw"] != str(raw):
            return Memory()
        files = {name: [_from_json(item) for item in items] for name, items in content["tables"].items()}
        items = [item for found in content["tables"].values() for item in found if item["stamp"]]
        return Memory(files, {Path(item["file"]): Stamp(*item["stamp"]) for item in items})
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        # Without it the files are read as if for the first time.
        return Memory()


def losses(raw: Path, tables: Mapping[str, Entity], before: Files, now: Files) -> list[Problem]:
    """Return what the last good build had and the raw folder has no more: tables, columns, values, most of the rows."""
    return [
        Problem(f"{tables[name].system}.{tables[name].name} in {raw}", what, mend)
        for name, profiles in before.items()
        if name in tables
        for what, mend in _losses(tables[name], profiles, now.get(name, ()))
    ]


def _losses(entity: Entity, before: Sequence[FileProfile], now: Sequence[FileProfile]) -> Iterator[tuple[str, str]]:
    rows_before, rows = sum(file.rows for file in before), sum(file.rows for file in now)
    if rows_before and not rows:
        yield (
            f"the last good build read {rows_before:,} rows of this table, and now there are none",
            "Deliver the table; without it the marts are built as if it had always been empty.",
        )
        return
    if rows_before >= ROWS_TO_JUDGE and rows * 2 < rows_before:
        yield (
            f"the table has {rows:,} rows, and the last good build read {rows_before:,}",
            "See that it was delivered whole.",
        )
    for column in entity.column_names:
        if not _filled(before, column) or _filled(now, column):
            continue
        is_delivered = any(column in file.columns for file in now)
        then = "has no value in any row" if is_delivered else "is missing"
        yield (
            f"column {column} {then}, and in the last good build it had values",
            "If it was renamed, deliver it under its name; else it is empty from now on.",
        )


def _filled(files: Sequence[FileProfile], column: str) -> int:
    return sum(file.columns[column].filled for file in files if column in file.columns)


def _contract_hash() -> str:
    definitions = sorted(STAGING.glob("*/_*__sources.yml"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in definitions)).hexdigest()


def _to_json(profile: FileProfile, memory: Memory) -> dict[str, object]:
    return {
        "file": str(profile.file),
        "stamp": memory.stamps.get(profile.file),
        "names": profile.names,
        "rows": profile.rows,
        "newest": profile.newest.isoformat() if profile.newest else None,
        "columns": {name: [item.type, item.filled, item.unreadable] for name, item in profile.columns.items()},
    }


def _from_json(item: Mapping[str, Any]) -> FileProfile:
    return FileProfile(
        file=Path(item["file"]),
        names=tuple(item["names"]),
        rows=int(item["rows"]),
        columns={name: ColumnProfile(*values) for name, values in item["columns"].items()},
        newest=datetime.fromisoformat(item["newest"]) if item["newest"] else None,
    )

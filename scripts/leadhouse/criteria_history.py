"""The record of changed criteria: one JSON line per changed row of the criteria, in `criteria_changes.jsonl`.

The mart `criteria_changes` holds them; the file is what survives when the work database is rebuilt from nothing, as after
`leadhouse forget`. It has the text of criteria and numbers of leads, and nothing about a person.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import files

FILE_NAME = "criteria_changes.jsonl"


def remember(home: Path, database: Path) -> None:
    """Write down all rows of the mart in a database (the published one, or the work database).

    The mart has taken over what the file knew, so the file is written anew. Without the mart, or without rows, it stays
    as it is. Raises duckdb.Error and OSError.
    """
    with duckdb.connect(str(database), read_only=True) as connection:
        if not connection.execute("select 1 from duckdb_tables() where table_name = 'criteria_changes'").fetchall():
            return
        found = connection.execute("select * from marts.criteria_changes order by as_of, build_id, change_number")
        names = [column[0] for column in found.description]
        lines = [json.dumps(dict(zip(names, map(_plain, row), strict=True))) for row in found.fetchall()]
    if lines:
        files.write_text(home / FILE_NAME, "".join(f"{line}\n" for line in lines), 0o644)


def _plain(value: Any) -> Any:
    return value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value

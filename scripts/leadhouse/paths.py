"""Where things are: the dbt project that this package belongs to, and the home of what it writes."""

from __future__ import annotations

import os
from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parents[2]
# The folder of the home with the pages of single leads.
LEAD_PAGES = "lead_pages"


def home_path() -> Path:
    """The folder for databases, logs and the lock: `LEADHOUSE_HOME`, or `warehouse/` in the project; it may not exist."""
    return Path(os.environ.get("LEADHOUSE_HOME") or PROJECT_ROOT / "warehouse").resolve()


def home() -> Path:
    """The same folder, made if missing."""
    folder = home_path()
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def work_database() -> Path:
    """The database that dbt writes; nobody reads it while a build runs."""
    return home() / "work.duckdb"


def published_database() -> Path:
    """The database that BI tools read; replaced as a whole, only after all tests passed."""
    return home() / "leadhouse.duckdb"


def raw_folder() -> Path:
    """The default folder of raw tables, and where the demo world is written."""
    return home_path() / "raw"

"""Values that the shell offers after a TAB. They come from names of files and small CSV files: an answer may take no time."""

from __future__ import annotations

import csv

from leadhouse.paths import PROJECT_ROOT, home_path
from leadhouse.tuning.choices import DECIDERS, METRICS, OUTCOMES, STAGES


def scorecards(incomplete: str) -> list[str]:
    """The scorecards of the criteria."""
    try:
        with (PROJECT_ROOT / "seeds" / "scoring" / "scorecards.csv").open(encoding="utf-8", newline="") as file:
            names = [row["scorecard_id"] for row in csv.DictReader(file)]
    except (OSError, KeyError, ValueError):
        # A shell is no place to complain about a file; `leadhouse validate` is.
        return []
    return _matching(names, incomplete)


def versions(incomplete: str) -> list[str]:
    """The versions that are kept, the newest first."""
    names = sorted((path.stem for path in (home_path() / "versions").glob("[!.]*.duckdb")), reverse=True)
    return _matching(names, incomplete)


def stages(incomplete: str) -> list[str]:
    """Stages that rules decide on."""
    return _matching(STAGES, incomplete)


def metrics(incomplete: str) -> list[str]:
    """Scores that have thresholds."""
    return _matching(METRICS, incomplete)


def outcomes(incomplete: str) -> list[str]:
    """What an entry may lead to."""
    return _matching(OUTCOMES, incomplete)


def deciders(incomplete: str) -> list[str]:
    """Who decides on entries."""
    return _matching(DECIDERS, incomplete)


def _matching(names: tuple[str, ...] | list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]

"""What commands that change something came to: told as text and as JSON from the same facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadhouse.build import BuildOutcome
from leadhouse.errors import Problem
from leadhouse.faults import readable, unnamed
from leadhouse.records import COLUMN_TYPES
from leadhouse.workbench import KeptFailure

# dbt quotes whole statements; the beginning says what is wrong.
_MOST_LINES = 30


@dataclass(frozen=True)
class Failure:
    """A failed node: how many rows a test found, a few of them by their ids, the table that keeps them all, and the message."""

    name: str
    kind: str
    status: str
    count_failed_rows: int | None
    message: tuple[str, ...]
    examples: tuple[str, ...]
    table: str | None
    file: str | None


@dataclass(frozen=True)
class BuildResult:
    """A build with what was odd about its inputs, and the report page that was written of it, if one was."""

    outcome: BuildOutcome
    home: Path
    warnings: Sequence[Problem]
    report: Path | None

    @property
    def work(self) -> Path:
        """The database that dbt wrote."""
        return self.home / "work.duckdb"

    @property
    def failures(self) -> list[Failure]:
        """What failed, in the order in which it did."""
        return [_failure(kept) for kept in self.outcome.failures]

    def as_json(self) -> Mapping[str, Any]:
        """The record of the build as in the mart `build_runs`, then what it changed, what failed, and where to look."""
        published = self.outcome.published
        return {
            **{name: getattr(self.outcome.record, name) for name in COLUMN_TYPES},
            "is_published": published is not None,
            "changes": self.outcome.changes,
            "warnings": self.warnings,
            "failures": self.failures,
            "work_database": self.work,
            "published_database": published.database if published else None,
            "report": self.report,
            "rows": published.rows if published else {},
        }


def _failure(kept: KeptFailure) -> Failure:
    node = kept.node
    return Failure(
        name=node.name,
        kind=node.kind,
        status=node.status,
        count_failed_rows=node.failures if node.kind == "test" and node.status == "fail" else None,
        message=tuple(readable(unnamed(node.message or ""))[:_MOST_LINES]),
        examples=kept.examples,
        table=kept.table,
        file=node.file,
    )

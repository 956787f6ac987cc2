"""One scorecard as the seeds define it: what `explain` needs to clamp sums and to check stage rules."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from pathlib import Path

from leadhouse.errors import InputError, Problem


@dataclass(frozen=True)
class Group:
    """A score group; `minimum` and `maximum` are None where the sum of its rules is not limited."""

    group_id: str
    dimension: str
    minimum: Decimal | None
    maximum: Decimal | None

    def clamp(self, points: Decimal) -> Decimal:
        """`points` cut to the group's limits."""
        floored = points if self.minimum is None else max(points, self.minimum)
        return floored if self.maximum is None else min(floored, self.maximum)


@dataclass(frozen=True)
class Clause:
    """One version of a clause of a stage rule, valid while `valid_from <= t < valid_to`."""

    stage: str
    rule_id: str
    clause: int
    metric: str
    operator: str
    needed: Decimal
    description: str
    valid_from: datetime
    valid_to: datetime

    def is_met_by(self, actual: Decimal) -> bool:
        """Whether a value of the metric is enough (or small enough)."""
        return actual >= self.needed if self.operator == ">=" else actual <= self.needed


@dataclass(frozen=True)
class Scorebook:
    """A scorecard: its groups by id, its bands by dimension (highest first) and the clauses of its stage rules."""

    scorecard_id: str
    max_score: Decimal | None
    groups: dict[str, Group]
    bands: dict[str, list[tuple[Decimal, str]]]
    clauses: list[Clause] = field(default_factory=list)

    def band(self, dimension: str, points: Decimal) -> str:
        """The band that `points` reach in a dimension; the lowest one below every limit, and empty without bands."""
        bands = self.bands.get(dimension, [])
        return next((band for least, band in bands if points >= least), bands[-1][1] if bands else "")

    def clauses_at(self, stage: str, moment: datetime) -> list[Clause]:
        """The clauses of the stage's rules that can hold at a moment: rules all of whose clauses are valid then."""
        of_stage = [clause for clause in self.clauses if clause.stage == stage]
        valid = [clause for clause in of_stage if clause.valid_from <= moment < clause.valid_to]
        lacking = {(clause.rule_id, clause.clause) for clause in of_stage}
        lacking -= {(clause.rule_id, clause.clause) for clause in valid}
        gone = {rule_id for rule_id, _ in lacking}
        return [clause for clause in valid if clause.rule_id not in gone]

    def describe_rule(self, stage: str, rule_id: str, moment: datetime) -> str:
        """What a stage rule meant at a moment, in the words of its first clause."""
        found = [clause for clause in self.clauses_at(stage, moment) if clause.rule_id == rule_id]
        return found[0].description if found else ""


def load_scorebook(project_root: Path, scorecard_id: str | None) -> Scorebook:
    """Read a scorecard, the champion unless one is named; raises InputError when there is no such scorecard."""
    scoring = project_root / "seeds" / "scoring"
    scorecards = read_rows(scoring / "scorecards.csv")
    chosen = next((row for row in scorecards if _is_chosen(row, scorecard_id)), None)
    if chosen is None:
        known = ", ".join(row["scorecard_id"] for row in scorecards)
        raise InputError(
            [Problem("--scorecard", f"`{scorecard_id or 'champion'}` is not known", f"Known are: {known}.")]
        )
    name = chosen["scorecard_id"]
    try:
        return Scorebook(
            scorecard_id=name,
            max_score=_decimal(chosen["max_score"]),
            groups={row["group_id"]: _group(row) for row in read_rows(scoring / "score_groups.csv", name)},
            bands=_bands(read_rows(scoring / "score_bands.csv", name)),
            clauses=_clauses(read_rows(project_root / "seeds" / "lifecycle" / "stage_rules.csv", name)),
        )
    except (ArithmeticError, ValueError, KeyError) as error:
        problem = Problem(str(project_root / "seeds"), f"cannot be read: {error!r}", "Run `leadhouse validate`.")
        raise InputError([problem]) from error


def _is_chosen(row: dict[str, str], scorecard_id: str | None) -> bool:
    if scorecard_id is None:
        return row["is_champion"].lower() in ("true", "1", "t", "yes")
    return row["scorecard_id"] == scorecard_id


def read_rows(path: Path, scorecard_id: str | None = None) -> list[dict[str, str]]:
    """The rows of a criteria file, of one scorecard or all, without blanks around their cells."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [{name: (value or "").strip() for name, value in row.items() if name} for row in csv.DictReader(file)]
    return [row for row in rows if scorecard_id is None or row["scorecard_id"] == scorecard_id]


def _group(row: dict[str, str]) -> Group:
    return Group(row["group_id"], row["dimension"], _decimal(row["min_points"]), _decimal(row["max_points"]))


def _bands(rows: Sequence[dict[str, str]]) -> dict[str, list[tuple[Decimal, str]]]:
    bands: dict[str, list[tuple[Decimal, str]]] = {}
    for row in rows:
        bands.setdefault(row["dimension"], []).append((Decimal(row["min_points"]), row["band"]))
    return {dimension: sorted(found, reverse=True) for dimension, found in bands.items()}


def _clauses(rows: Sequence[dict[str, str]]) -> list[Clause]:
    """All versions of all clauses; one that names no end ends where the next version of the same clause begins."""
    versions = sorted((_clause(row) for row in rows), key=lambda one: (*_clause_key(one), one.valid_from))
    found: list[Clause] = []
    for _, same in groupby(versions, key=_clause_key):
        group = list(same)
        for version, later in zip(group, [*group[1:], None], strict=True):
            is_open = version.valid_to == datetime.max
            found.append(replace(version, valid_to=later.valid_from) if later and is_open else version)
    return found


def _clause_key(clause: Clause) -> tuple[str, str, int]:
    return clause.stage, clause.rule_id, clause.clause


def _clause(row: dict[str, str]) -> Clause:
    return Clause(
        stage=row["stage"],
        rule_id=row["rule_id"],
        clause=int(row["clause"]),
        metric=row["metric"],
        operator=row["operator"],
        needed=Decimal(row["value"]),
        description=row["description"],
        valid_from=datetime.fromisoformat(row["valid_from"]) if row["valid_from"] else datetime.min,
        valid_to=datetime.fromisoformat(row["valid_to"]) if row["valid_to"] else datetime.max,
    )


def _decimal(text: str) -> Decimal | None:
    return Decimal(text) if text else None

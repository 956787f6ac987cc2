"""From a build to a challenger: read the matrix, leave out what knows the outcome, learn, judge, write down."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np

from leadhouse.errors import InputError, Problem
from leadhouse.tuning.evidence import Origin
from leadhouse.tuning.points import PointsReport, PointsSettings, RuleFigures, figures_of, judge_points, leaks_of
from leadhouse.tuning.points_card import CardRule
from leadhouse.tuning.points_challenger import Challenger, challenger_of, threshold_of_volume
from leadhouse.tuning.points_columns import Condition, by_name
from leadhouse.tuning.points_matrix import Matrix, take_matrix
from leadhouse.tuning.points_quality import Interval, auc_interval

# Where the champion has made nobody an MQL yet, the challenger takes the best tenth.
_DEFAULT_SHARE = 0.1


@dataclass(frozen=True)
class RunSettings:
    """What is learned, and how (see the command)."""

    outcome: str
    decision_days: int
    horizon_days: int
    max_rules: int
    seed: int
    exclude: tuple[str, ...]
    keep_leaks: bool


@dataclass(frozen=True)
class PointsRun:
    """The card and how far to trust it; `challenger` is None where there is no lift.

    `left_out` says what was left out because it may know the outcome. `champion_rules` are judged at the same decision times.
    """

    report: PointsReport
    challenger: Challenger | None
    left_out: list[str]
    champion_rules: list[RuleFigures]
    champion_auc: Interval
    custom_attributes: list[str]


def take(connection: duckdb.DuckDBPyConnection, origin: Origin, settings: RunSettings) -> Matrix:
    """Read the matrix without what is excluded; raises InputError for a name that there is not."""
    matrix = take_matrix(connection, origin, settings.outcome, settings.decision_days, settings.horizon_days)
    names = {column.activity_type or column.name for column in matrix.columns}
    for name in settings.exclude:
        if name not in names:
            raise InputError(
                [Problem(f"--exclude `{name}`", "is no column", f"There are: {', '.join(sorted(names))}.")]
            )
    kept = [column for column in matrix.columns if (column.activity_type or column.name) not in settings.exclude]
    return replace(matrix, columns=kept)


def run(matrix: Matrix, settings: RunSettings, scorecard_id: str, project_root: Path) -> PointsRun:
    """Learn and judge. What may know the outcome is left out first, unless it is to be kept."""
    learning = PointsSettings(max_rules=settings.max_rules, seed=settings.seed)
    columns, left_out = list(matrix.columns), []
    if not settings.keep_leaks:
        leaks = leaks_of(columns, matrix.wins, learning)
        left_out = sorted({f"{leak.column} ({leak.says})" for leak in leaks})
        leaking = {leak.column for leak in leaks}
        columns = [column for column in columns if column.name not in leaking]
    found = judge_points(columns, matrix.wins, learning, matrix.times, matrix.champion_points)
    challenger = None
    if found.verdict == "lift":
        names = by_name(columns)
        scores = found.card.scores(names)
        words = f"Challenger: {len(found.card.rules)} learned rules for the outcome {settings.outcome}"
        threshold = threshold_of_volume(scores, matrix.champion_share or _DEFAULT_SHARE)
        challenger = challenger_of(found.card, names, scorecard_id, words, threshold, project_root)
    return PointsRun(
        report=found,
        challenger=challenger,
        left_out=left_out,
        champion_rules=_champion_rules(matrix),
        champion_auc=auc_interval(matrix.champion_scores, matrix.wins),
        custom_attributes=[column.name for column in columns if column.kind in ("number", "category")],
    )


def _champion_rules(matrix: Matrix) -> list[RuleFigures]:
    """What became of the leads for which each rule of the champion held at the decision time."""
    found = []
    for column in matrix.columns:
        if column.kind == "rule":
            points = int(np.rint(matrix.champion_points.get(column.name, 0.0)))
            rule_id = column.name.removeprefix("rule:")
            rule = CardRule(rule_id, column.dimension, Condition(column.name, "held"), points)
            found.append(figures_of(rule, column.values, matrix.wins))
    return found

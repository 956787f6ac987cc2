"""A learned card as rows of the criteria files: a challenger that the next build scores beside the champion."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from leadhouse.scorebook import load_scorebook, read_rows
from leadhouse.tuning.points_card import DIMENSIONS, Card, CardRule, Points
from leadhouse.tuning.points_columns import Column

_BANDS = {"fit": ("A", "B", "C", "D"), "engagement": ("1", "2", "3", "4")}
# A band begins at this share of the points that its dimension can bring.
_BAND_SHARES = (0.75, 0.5, 0.25, 0.0)
Rows = dict[str, list[dict[str, str]]]


@dataclass(frozen=True)
class Challenger:
    """Rows to be added to criteria files, by path below seeds/; `threshold` is the score that makes an MQL."""

    scorecard_id: str
    threshold: int
    rows: Rows

    def files(self) -> dict[str, str]:
        """The rows as CSV texts with headings, by the file's name."""
        found = {}
        for name, rows in self.rows.items():
            if rows:
                out = io.StringIO()
                writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
                found[Path(name).name] = out.getvalue()
        return found


def challenger_of(
    card: Card, columns: Mapping[str, Column], scorecard_id: str, description: str, threshold: int, project_root: Path
) -> Challenger:
    """Write a card in the seeds' own words. Rules of the champion are copied with their conditions and get the card's points."""
    rows: Rows = {
        "scoring/scorecards.csv": [
            {
                "scorecard_id": scorecard_id,
                "description": description,
                "is_champion": "false",
                "max_score": str(card.max_score),
            }
        ],
        "scoring/score_groups.csv": [
            {
                "scorecard_id": scorecard_id,
                "group_id": group.group_id,
                "dimension": group.dimension,
                "min_points": _text(group.min_points),
                "max_points": _text(group.max_points),
            }
            for group in card.groups
        ],
        "scoring/fit_rules.csv": [],
        "scoring/engagement_rules.csv": [],
        "scoring/score_bands.csv": _bands(card, scorecard_id),
        "lifecycle/stage_rules.csv": [
            {
                "scorecard_id": scorecard_id,
                "stage": "mql",
                "rule_id": "mql_score",
                "clause": "1",
                "metric": "score",
                "operator": ">=",
                "value": str(threshold),
                "description": f"Score of {threshold} or more",
            }
        ],
    }
    for rule in card.rules:
        name, row = _rule(rule, columns[rule.condition.column], scorecard_id, project_root)
        rows[name].append(row)
    return Challenger(scorecard_id, threshold, rows)


def threshold_of_volume(scores: Points, share: float) -> int:
    """The score at which about this share of leads is taken, at least 1."""
    if not len(scores):
        return 1
    ordered = np.sort(scores)[::-1]
    place = min(max(round(share * len(ordered)), 1), len(ordered)) - 1
    return max(1, int(ordered[place]))


def dimension_scores(card: Card, hits: NDArray[np.bool_], dimension: str) -> Points:
    """The points that one dimension's rules bring, within the limits of its groups."""
    groups = tuple(group for group in card.groups if group.dimension == dimension)
    return Card(groups, card.rules, 0.0, 0.0).scores_of(hits)


def _rule(rule: CardRule, column: Column, scorecard_id: str, project_root: Path) -> tuple[str, dict[str, str]]:
    row = {"scorecard_id": scorecard_id, "rule_id": rule.rule_id, "group_id": rule.group_id}
    points, most = {"points": str(rule.points)}, {"max_points": str(abs(rule.points))}
    if column.kind == "activity":
        window = "" if column.window_days is None else str(column.window_days)
        span = f"in the last {window} days" if window else "ever"
        words = f"Learned: {column.activity_type} {rule.condition.value} times or more {span}"
        found = row | {"activity_type": column.activity_type} | points | {"min_count": rule.condition.value}
        return "scoring/engagement_rules.csv", found | {"window_days": window} | most | {
            "decay": "none", "decay_days": "", "decay_percent": "", "valid_from": "", "valid_to": "", "description": words,
        }  # fmt: skip
    if column.kind == "rule":
        return _copied(rule, row, points, most, project_root)
    condition = rule.condition
    words = f"Learned: {condition.column} {condition.operator.replace('_', ' ')} {condition.value}".rstrip()
    asked = {"attribute": condition.column, "operator": condition.operator, "value": condition.value}
    return "scoring/fit_rules.csv", row | asked | points | {"valid_from": "", "valid_to": "", "description": words}


def _copied(
    rule: CardRule, row: dict[str, str], points: dict[str, str], most: dict[str, str], project_root: Path
) -> tuple[str, dict[str, str]]:
    """The newest version of a champion's rule, with the card's points while it gives any."""
    rule_id = rule.condition.column.removeprefix("rule:")
    champion = load_scorebook(project_root, None).scorecard_id
    for name in ("scoring/fit_rules.csv", "scoring/engagement_rules.csv"):
        rows = read_rows(project_root / "seeds" / name, champion)
        versions = [one for one in rows if one["rule_id"] == rule_id]
        if versions:
            newest = max(versions, key=lambda one: one["valid_from"] or "")
            words = {"valid_from": "", "valid_to": "", "description": f"Learned points. {newest['description']}"}
            if name == "scoring/fit_rules.csv":
                return name, newest | row | points | words
            flat = {"decay": "none", "decay_days": "", "decay_percent": "", "window_days": _lasting_days(newest)}
            return name, newest | row | points | most | flat | words
    raise KeyError(rule_id)


def _lasting_days(version: Mapping[str, str]) -> str:
    """For how long an activity gives any points: a linear decay may end before the window does."""
    if version["decay"] != "linear":
        return version["window_days"]
    steps = -(-100 // float(version["decay_percent"]))
    faded = int(steps * int(version["decay_days"]))
    return str(min(faded, int(version["window_days"])) if version["window_days"] else faded)


def _bands(card: Card, scorecard_id: str) -> list[dict[str, str]]:
    rows = []
    for dimension in DIMENSIONS:
        most = 0
        for group in card.groups:
            if group.dimension == dimension:
                total = sum(max(rule.points, 0) for rule in card.rules if rule.group_id == group.group_id)
                most += total if group.max_points is None else min(total, group.max_points)
        names = _BANDS[dimension]
        limits = [round(most * share) for share in _BAND_SHARES]
        # Of few points, not every band has some of its own.
        kept = [place for place in range(len(names)) if place == len(names) - 1 or limits[place] > limits[place + 1]]
        rows += [
            {
                "scorecard_id": scorecard_id,
                "dimension": dimension,
                "band": names[place],
                "min_points": str(limits[place]),
            }
            for place in kept
        ]
    return rows


def _text(limit: int | None) -> str:
    return "" if limit is None else str(limit)

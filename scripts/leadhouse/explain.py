"""Explaining one lead: every entry behind its score at any moment, what fades next, and why it is or is not an MQL.

Reads the published database only. Entries and clamps add up to the score, at every moment: the ledger is the score.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.engines.mirror import narrow
from leadhouse.engines.target import is_remote
from leadhouse.errors import InputError, Problem
from leadhouse.paths import PROJECT_ROOT
from leadhouse.privacy import PseudonymKey, find_key, pseudonym_sql
from leadhouse.records import criteria_hash
from leadhouse.scorebook import Scorebook, load_scorebook
from leadhouse.standing import Standing, read_standing
from leadhouse.summary import open_published

_ZERO = Decimal(0)


@dataclass(frozen=True)
class Entry:
    """One entry of the ledger: a signed change of a rule's points; `rule_total` is what the rule is worth after it."""

    entered_at: datetime
    rule_id: str
    group_id: str
    dimension: str
    kind: str
    points: Decimal
    rule_total: Decimal
    description: str
    activity_id: str | None
    activity_type: str | None
    activity_at: datetime | None
    activity_known_at: datetime | None


@dataclass(frozen=True)
class Clamp:
    """Points that a limit added or took: of a group, a dimension, or the score."""

    limit: str
    points: Decimal
    description: str


@dataclass(frozen=True)
class Score:
    """A score taken apart: the sum of all entries and clamps is `score`."""

    fit: Decimal
    engagement: Decimal
    score: Decimal
    grade: str
    clamps: list[Clamp]

    @property
    def metrics(self) -> dict[str, Decimal]:
        """The values by the names that stage rules use."""
        return {"fit_score": self.fit, "engagement_score": self.engagement, "score": self.score}


@dataclass(frozen=True)
class Explanation:
    """The answer for one lead at one moment (UTC).

    `entries` are those up to the moment, `ledger` has the later ones too; `fades` are the next scheduled losses of points
    if nothing else happens; `notes` say what limits the answer.
    """

    lead_id: str
    scorecard_id: str
    moment: datetime
    as_of: datetime
    entries: list[Entry]
    score: Score
    fades: list[Entry]
    standing: Standing
    notes: list[str]
    ledger: list[Entry]


def explain(
    lead: str,
    home: Path,
    moment: datetime | None = None,
    scorecard: str | None = None,
    project_root: Path = PROJECT_ROOT,
) -> Explanation:
    """Explain a lead, named by `lead_id` or by e-mail, at a moment (default: the as-of time of the published build).

    Raises InputError when nothing is published, or the lead or the scorecard is not known.
    """
    book = load_scorebook(project_root, scorecard)
    with reading(home) as connection:
        return explain_from(connection, lead, home, book, moment, project_root)


@contextmanager
def reading(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the published database; raises InputError when there is none, or one of another version."""
    with open_published(home / "leadhouse.duckdb") as connection:
        try:
            yield connection
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            mend = "It was published by another version of Leadhouse; run `leadhouse build` again."
            what = f"lacks a table or column: {str(error).splitlines()[0]}"
            where = "the warehouse" if is_remote() else str(home / "leadhouse.duckdb")
            raise InputError([Problem(where, what, mend)]) from error


def explain_from(
    connection: duckdb.DuckDBPyConnection,
    lead: str,
    home: Path,
    book: Scorebook,
    moment: datetime | None,
    project_root: Path,
) -> Explanation:
    """The same as `explain` from a connection of `reading`, by a scorecard that is loaded."""
    lead_id = find_lead(connection, lead, find_key(home))
    as_of, built_with = _last_build(connection)
    at = moment or as_of
    ledger = _read_ledger(connection, lead_id, book)
    entries = [entry for entry in ledger if entry.entered_at <= at]
    score = add_up(entries, book)
    # Stages are known up to the build's as-of time only: a rule that may hold later has not brought anybody anywhere.
    known_at = min(at, as_of)
    known = add_up([entry for entry in entries if entry.entered_at <= known_at], book)
    return Explanation(
        lead_id=lead_id,
        scorecard_id=book.scorecard_id,
        moment=at,
        as_of=as_of,
        entries=entries,
        score=score,
        fades=next_fades(ledger, at, as_of),
        standing=read_standing(connection, lead_id, book, known_at, known.metrics),
        notes=[*_notes(connection, lead_id, book, score, at, as_of), *_changed(project_root, built_with)],
        ledger=ledger,
    )


def find_lead(connection: duckdb.DuckDBPyConnection, text: str, key: PseudonymKey | None) -> str:
    """The lead that a `lead_id`, e-mail or other identifier stands for; raises InputError for none or several."""
    wanted = text.strip()
    # A warehouse has more leads than one wants to fetch.
    names = [wanted, *([key.pseudonym(wanted)] if key else [])]
    narrow(connection, "lead_id", [wanted], "leads")
    narrow(connection, "identifier", names, "lead_identifiers")
    found = _select(connection, "select lead_id from marts.leads where lead_id = $text", {"text": wanted})
    if not found:
        found = _find_by_identifier(connection, wanted, key)
    if len(found) == 1:
        narrow(connection, "lead_id", [str(found[0][0])])
        return str(found[0][0])
    if found:
        ids = ", ".join(str(row[0]) for row in found)
        raise InputError([Problem(f"LEAD `{wanted}`", f"stands for {len(found)} leads", f"Name one of them: {ids}.")])
    mend = "Give the e-mail as in the CRM, or a lead_id of the mart leads."
    raise InputError([Problem(f"LEAD `{wanted}`", "is not a lead of the published database", mend)])


def add_up(entries: Sequence[Entry], book: Scorebook) -> Score:
    """Sum entries into groups, dimensions and the score, each cut to its limits."""
    sums: dict[str, Decimal] = {}
    for entry in entries:
        sums[entry.group_id] = sums.get(entry.group_id, _ZERO) + entry.points
    return score_of(sums, book)


def score_of(sums: Mapping[str, Decimal], book: Scorebook) -> Score:
    """The score of groups whose rules sum to these points; a group that is not named has none."""
    clamps: list[Clamp] = []
    dimensions = {"fit": _ZERO, "engagement": _ZERO}
    for group_id, group in book.groups.items():
        # A group without entries counts too: its smallest value may lie above zero.
        points = sums.get(group_id, _ZERO)
        clamped = group.clamp(points)
        _note_clamp(clamps, f"clamp:{group_id}", clamped - points, f"limits of group {group_id}")
        dimensions[group.dimension] += clamped
    for dimension, points in dimensions.items():
        dimensions[dimension] = max(points, _ZERO)
        _note_clamp(clamps, f"clamp:{dimension}", dimensions[dimension] - points, f"{dimension} is never below zero")
    total = sum(dimensions.values(), _ZERO)
    score = total if book.max_score is None else min(total, book.max_score)
    _note_clamp(clamps, "clamp:score", score - total, f"the score is at most {book.max_score}")
    grade = book.band("fit", dimensions["fit"]) + book.band("engagement", dimensions["engagement"])
    return Score(dimensions["fit"], dimensions["engagement"], score, grade, clamps)


def next_fades(ledger: Sequence[Entry], moment: datetime, as_of: datetime, limit: int | None = 5) -> list[Entry]:
    """The next losses of points that were already certain at the moment, if nothing else happened."""
    held = {(entry.group_id, entry.rule_id): entry.rule_total for entry in ledger if entry.entered_at <= moment}
    later = (entry for entry in ledger if entry.entered_at > moment and entry.points < 0)
    certain = (entry for entry in later if moment >= as_of or _was_certain(entry, moment, held))
    return sorted(certain, key=lambda entry: entry.entered_at)[:limit]


def _was_certain(entry: Entry, moment: datetime, held: Mapping[tuple[str, str], Decimal]) -> bool:
    """Whether the loss was scheduled already, of points that the rule had already given."""
    is_scheduled = entry.kind in ("faded", "expired")
    is_known = entry.activity_known_at is None or entry.activity_known_at <= moment
    return is_scheduled and is_known and held.get((entry.group_id, entry.rule_id), _ZERO) + entry.points >= 0


def _find_by_identifier(
    connection: duckdb.DuckDBPyConnection, wanted: str, key: PseudonymKey | None
) -> list[tuple[Any, ...]]:
    statement = "select distinct lead_id from marts.lead_identifiers where identifier = $text"
    parameters: dict[str, Any] = {"text": wanted}
    if key is not None:
        statement += f" or identifier = {pseudonym_sql('$text')}"
        parameters |= key.parameters
    return _select(connection, statement + " order by lead_id", parameters)


def _read_ledger(connection: duckdb.DuckDBPyConnection, lead_id: str, book: Scorebook) -> list[Entry]:
    statement = """
        select
            entries.entered_at, entries.rule_id, entries.group_id, entries.dimension, entries.entry_kind,
            entries.points,
            sum(entries.points) over (
                partition by entries.group_id, entries.rule_id
                order by entries.entered_at, entries.ledger_entry_id
                rows between unbounded preceding and current row
            ) as rule_total,
            coalesce(entries.description, '') as description,
            entries.activity_id, activities.activity_type, activities.occurred_at, activities.known_at
        from marts.score_ledger as entries
        left join marts.activities as activities on activities.activity_id = entries.activity_id
        where entries.lead_id = $lead and entries.scorecard_id = $scorecard
        order by entries.entered_at, entries.dimension desc, entries.rule_id, entries.ledger_entry_id
    """
    rows = _select(connection, statement, {"lead": lead_id, "scorecard": book.scorecard_id})
    return [Entry(*row) for row in rows]


def _last_build(connection: duckdb.DuckDBPyConnection) -> tuple[datetime, str]:
    statement = """
        select as_of, criteria_hash from marts.build_runs
        where status = 'succeeded' order by build_number desc limit 1
    """
    rows = _select(connection, statement, {})
    if not rows:
        raise InputError([Problem("marts.build_runs", "names no finished build", "Run `leadhouse build` again.")])
    return rows[0][0], rows[0][1]


def _notes(
    connection: duckdb.DuckDBPyConnection, lead_id: str, book: Scorebook, score: Score, at: datetime, as_of: datetime
) -> list[str]:
    if at > as_of:
        return [f"The build looked from {as_of:%Y-%m-%d %H:%M:%S}; this is what follows if nothing happens after it."]
    if at < as_of:
        return []
    statement = "select score from marts.lead_scores where lead_id = $lead and scorecard_id = $scorecard"
    rows = _select(connection, statement, {"lead": lead_id, "scorecard": book.scorecard_id})
    if rows and rows[0][0] != score.score:
        return [f"The published score is {rows[0][0]}; it was built with other limits than the seeds have now."]
    return []


def _changed(project_root: Path, built_with: str) -> list[str]:
    if criteria_hash(project_root) == built_with:
        return []
    return ["The criteria have changed since this build; limits and descriptions shown are today's. Build again."]


def _note_clamp(clamps: list[Clamp], limit: str, points: Decimal, description: str) -> None:
    if points:
        clamps.append(Clamp(limit, points, description))


def _select(connection: duckdb.DuckDBPyConnection, statement: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    return connection.execute(statement, parameters).fetchall()

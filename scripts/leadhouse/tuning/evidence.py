"""The history that tuning looks at, taken out of the work database into memory: no build waits for long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import duckdb

from leadhouse.database import attach_work, configure, literal
from leadhouse.engines import mirror
from leadhouse.engines.target import find_warehouse, is_remote
from leadhouse.errors import InputError, Problem
from leadhouse.lock import build_lock
from leadhouse.paths import PROJECT_ROOT
from leadhouse.records import criteria_hash
from leadhouse.tuning.choices import DECIDERS, OUTCOMES

# Leads are put into so many groups by chance; bootstrap resamples draw groups instead of leads.
COUNT_BUCKETS = 1000
# Whether the score's distribution drifts is seen at this age of the leads, when all had the same time to collect points.
DRIFT_AGE_DAYS = 30


@dataclass(frozen=True)
class Origin:
    """Which build the history is of: tuning the same build with the same inputs gives the same answer.

    `criteria` is the fingerprint of the files under seeds/ as they are now; `as_of` (UTC) is the end of the history.
    """

    build_id: str
    as_of: datetime
    criteria: str


@dataclass(frozen=True)
class TunableClause:
    """A clause of a stage rule whose value is a threshold: `metric` >= `value`, `value` being what is asked for at present.

    `valid_from` is when the present version began; None for one that always was.
    """

    clause_id: str
    scorecard_id: str
    stage: str
    rule_id: str
    clause: int
    metric: str
    value: Decimal
    valid_from: datetime | None


@contextmanager
def memory(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A database in memory, with the project's settings, for what is taken out of the work database or a warehouse."""
    with duckdb.connect(":memory:") as connection:
        configure(connection, home)
        if not is_remote():
            yield connection
            return
        warehouse = find_warehouse()
        with warehouse.session() as session:
            yield mirror.attach_work(connection, session, warehouse)


@contextmanager
def history(
    connection: duckdb.DuckDBPyConnection, home: Path, command: str, project_root: Path = PROJECT_ROOT
) -> Iterator[Origin]:
    """The last build's tables, attached as `work` while the context lasts.

    Holds the build lock meanwhile, so that no build changes them: take out what is needed, and leave. Raises InputError when there
    is no finished build, LockedError when one is running.
    """
    where = "the warehouse" if is_remote() else str(home / "work.duckdb")
    if not is_remote() and not (home / "work.duckdb").exists():
        raise InputError([Problem(where, "is not there", "Run `leadhouse build` first.")])
    with build_lock(home, command):
        if not is_remote():
            attach_work(connection, home)
        try:
            yield _origin(connection, home, project_root)
        except (duckdb.CatalogException, duckdb.BinderException) as error:
            mend = "It was built by another version of Leadhouse; run `leadhouse build` again."
            what = f"lacks a table or column: {str(error).splitlines()[0]}"
            raise InputError([Problem(where, what, mend)]) from error
        finally:
            connection.execute("detach work")


def find_clause(
    connection: duckdb.DuckDBPyConnection, stage: str, metric: str, scorecard: str | None, rule: str | None
) -> TunableClause:
    """The one clause of the stage's rules that asks for a least `metric`, of the champion unless a scorecard is named.

    Raises InputError, naming the clauses that there are, for none or several.
    """
    rows = connection.execute(
        """
        select
            tunable.clause_id, tunable.scorecard_id, tunable.stage, tunable.rule_id, tunable.clause, tunable.metric,
            clauses.needed_value,
            case when year(clauses.valid_from) > 1 then clauses.valid_from end as valid_from
        from work.intermediate.tunable_clauses as tunable
        inner join work.intermediate.stage_clauses as clauses
            on
                clauses.stage_rule_id = tunable.stage_rule_id
                and clauses.clause = tunable.clause
                and clauses.metric = tunable.metric
                and clauses.operator = '>='
        inner join work.seeds.scorecards as scorecards on scorecards.scorecard_id = tunable.scorecard_id
        where case when $scorecard is null then scorecards.is_champion else scorecards.scorecard_id = $scorecard end
        qualify row_number() over (partition by tunable.clause_id order by clauses.valid_from desc) = 1
        order by all
        """,
        {"scorecard": scorecard},
    ).fetchall()
    clauses = [TunableClause(*row) for row in rows]
    if not clauses and scorecard is not None:
        what, mend = (
            f"`{scorecard}` has no stage rule that asks for a least score",
            "Name one of seeds/scoring/scorecards.csv.",
        )
        raise InputError([Problem("--scorecard", what, mend)])
    found = [one for one in clauses if (one.stage, one.metric) == (stage, metric) and rule in (None, one.rule_id)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(one.rule_id for one in found)
        raise InputError(
            [
                Problem(
                    "--rule",
                    f"is needed: {len(found)} {stage} rules ask for a least {metric}",
                    f"Name one of: {names}.",
                )
            ]
        )
    there = "; ".join(f"--stage {one.stage} --metric {one.metric} --rule {one.rule_id}" for one in clauses)
    wanted = f"--stage {stage} --metric {metric}" + (f" --rule {rule}" if rule else "")
    raise InputError([Problem(wanted, "no stage rule has such a clause with >=", f"There are: {there}.")])


def take_leads(connection: duckdb.DuckDBPyConnection, outcome: str, segment: str) -> None:
    """Make the table `leads` in memory: when each was created and had the outcome, its segment, and its bootstrap bucket.

    Raises InputError when leads have no such segment.
    """
    known = [
        row[0]
        for row in connection.execute(
            "select distinct segment_type from work.intermediate.lead_segments order by 1"
        ).fetchall()
    ]
    if segment not in known:
        raise InputError([Problem(f"--segment `{segment}`", "is not known", f"Allowed: {', '.join(known)}.")])
    connection.execute(
        f"""
        create table leads as
        select
            row_number() over (order by results.lead_id) - 1 as lead_number,
            (row_number() over (order by results.lead_id) - 1) % {COUNT_BUCKETS} as bucket,
            results.lead_id,
            segments.segment,
            results.created_at,
            results.{check_outcome(outcome)}_at as outcome_at
        from work.intermediate.lead_results as results
        inner join work.intermediate.lead_segments as segments
            on segments.lead_id = results.lead_id and segments.segment_type = $segment
        """,
        {"segment": segment},
    )


def take_entries(connection: duckdb.DuckDBPyConnection, clause: TunableClause, decided_by: str = "authority") -> None:
    """Make the tables `entries`, the stage's entries at every threshold, and `early_scores`, for drift; after `take_leads`.

    `decided_by`: by whom the stage is entered, `authority` as the variable stage_authority has it, or `rules` alone.
    """
    if decided_by not in DECIDERS:
        raise InputError([Problem(f"--decided-by `{decided_by}`", "is not known", f"Allowed: {', '.join(DECIDERS)}.")])
    mirror.narrow(connection, "clause_id", [clause.clause_id], "threshold_entries")
    # As text, not as a parameter: engines narrow the views to one clause only when they know it beforehand.
    connection.execute(
        f"""
        create table entries as
        select
            leads.lead_number,
            coalesce(entries.above_value, '-infinity'::double)::double as above_value,
            coalesce(entries.up_to_value::double, 'infinity'::double) as up_to_value,
            entries.entered_at
        from work.intermediate.threshold_entries as entries
        inner join leads on leads.lead_id = entries.lead_id
        where entries.clause_id = {literal(clause.clause_id)} and entries.decided_by = {literal(decided_by)}
        """
    )
    connection.execute(
        f"""
        create table early_scores as
        select leads.lead_number, leads.created_at, steps.{clause.metric}::double as value
        from leads
        inner join work.intermediate.score_steps as steps
            on
                steps.lead_id = leads.lead_id
                and steps.scorecard_id = $scorecard
                and steps.entered_at <= leads.created_at + interval {DRIFT_AGE_DAYS} day
                and steps.held_until > leads.created_at + interval {DRIFT_AGE_DAYS} day
        """,
        {"scorecard": clause.scorecard_id},
    )


def first_entry(connection: duckdb.DuckDBPyConnection, stage: str) -> datetime:
    """When the first lead entered the stage at any threshold; raises InputError when none ever did."""
    row = connection.execute("select min(entered_at) from entries").fetchone()
    if row is None or row[0] is None:
        raise InputError([Problem("--stage", f"no lead has ever entered {stage}", "Build on more history.")])
    first: datetime = row[0]
    return first


def check_outcome(outcome: str) -> str:
    """An outcome that there is; raises InputError for another one."""
    if outcome not in OUTCOMES:
        raise InputError([Problem(f"--outcome `{outcome}`", "is not known", f"Allowed: {', '.join(OUTCOMES)}.")])
    return outcome


def _origin(connection: duckdb.DuckDBPyConnection, home: Path, project_root: Path) -> Origin:
    """The last build, which must have come to its end: before that, tables are partly of one build and partly of another."""
    rows = connection.execute(
        """
        select last_build.build_id, last_build.as_of
        from work.intermediate.last_build
        inner join work.intermediate.build_plan on build_plan.invocation_id = last_build.invocation_id
        """
    ).fetchall()
    if not rows:
        what = "is as an unfinished build left it"
        raise InputError([Problem(str(home / "work.duckdb"), what, "Run `leadhouse build` until it ends well.")])
    build_id, as_of = rows[0]
    return Origin(build_id or "", as_of, criteria_hash(project_root))

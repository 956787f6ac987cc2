"""What a change of the criteria would do to the leads, found by building scores and stages by both sets of criteria."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from leadhouse import criteria_sets
from leadhouse.criteria_replay import LastBuild, Sources, last_build, open_last_build, remove_left_behind, scratch
from leadhouse.criteria_rows import FILES, NO_CHANNEL
from leadhouse.criteria_sets import RowChange
from leadhouse.records import published_build_id
from leadhouse.runner import Note, Progress
from leadhouse.versions import PUBLISHED

COUNT_EXAMPLES = 10
STAGES = ("mql", "sql")
WORKING_TREE = "the working tree"


@dataclass(frozen=True)
class RulePoints:
    """What a rule, a limit or an adjustment gives a lead, before and after; None where it gives nothing."""

    rule_id: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True)
class LeadExample:
    """A lead that the change moves, by its champion's score; `rules` are those whose points differ, the most first.

    Of a lead that gains or loses a stage, `stage_rule` and `entered_at` are of the entry gained or lost; the CRM's entries
    have no rule.
    """

    lead_id: str
    score_before: Decimal | None
    score_after: Decimal | None
    grade_before: str | None
    grade_after: str | None
    stage_rule: str | None
    entered_at: datetime | None
    rules: tuple[RulePoints, ...]


@dataclass(frozen=True)
class StageEffect:
    """Leads that gain or lose a stage, and those that keep it and enter it at another time."""

    stage: str
    count_before: int
    count_after: int
    count_gained: int
    count_lost: int
    count_moved: int
    gained: tuple[LeadExample, ...]
    lost: tuple[LeadExample, ...]


@dataclass(frozen=True)
class ChannelEffect:
    """The same for the leads of one acquisition channel, as the last build knows it."""

    channel: str
    count_leads: int
    count_scores_changed: int
    count_grades_changed: int
    mql_gained: int
    mql_lost: int
    sql_gained: int
    sql_lost: int


@dataclass(frozen=True)
class CardEffect:
    """How many leads a challenger would give another score or grade."""

    scorecard_id: str
    count_leads: int
    count_scores_changed: int
    count_grades_changed: int


@dataclass(frozen=True)
class Effect:
    """What would become of the leads. Scores and grades are the champion's.

    `count_other_causes` are leads for which the criteria of the last build, built now, give something else than that build
    did: the models, the variables or the raw tables have changed as well. It is None where the comparison is with others.
    """

    count_leads: int
    count_leads_gained: int
    count_leads_lost: int
    count_scores_changed: int
    count_scores_up: int
    count_scores_down: int
    count_grades_changed: int
    count_other_causes: int | None
    champion_before: str
    champion_after: str
    stages: tuple[StageEffect, ...]
    channels: tuple[ChannelEffect, ...]
    challengers: tuple[CardEffect, ...]
    scores: tuple[LeadExample, ...]


@dataclass(frozen=True)
class CriteriaDiff:
    """What differs between two sets of criteria, and the effect on the leads; `effect` is None where nothing decides on them."""

    before: str
    after: str
    build_id: str
    published_build_id: str | None
    as_of: datetime
    rows: list[RowChange] = field(default_factory=list)
    count_models: int = 0
    effect: Effect | None = None
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """All of it as plain values; points as numbers, times as ISO 8601 (UTC)."""
        values: dict[str, Any] = _plain(asdict(self))
        return values | {"rows": [row.as_json() for row in self.rows]}


def diff(
    home: Path,
    project_root: Path,
    revision: str | None,
    sources: Sources,
    on_node: Callable[[Progress | Note], None] | None = None,
) -> CriteriaDiff:
    """Hold the criteria of the working tree against those of a git revision, or of the last build.

    The caller holds the build lock. Nothing of the home or the project is changed. Raises InputError for criteria with
    faults, an unknown revision, or a work database that no finished build has left.
    """
    clock = time.monotonic()
    remove_left_behind(home)
    with ExitStack() as stack:
        with open_last_build(home) as connection:
            build = last_build(connection, home)
            built = criteria_sets.criteria_of_build(connection, _named(build, home))
            attributes = _custom_attributes(connection)
        new = criteria_sets.criteria_of_files(project_root, WORKING_TREE, attributes)
        old, old_seeds = built, None
        if revision is not None:
            earlier = Path(stack.enter_context(TemporaryDirectory()))
            criteria_sets.write_files_of(revision, project_root, earlier)
            (earlier / "dbt_project.yml").write_bytes((project_root / "dbt_project.yml").read_bytes())
            old = criteria_sets.criteria_of_files(earlier, f"git revision {revision}", attributes, f"{revision}:")
            old_seeds = earlier / "seeds"
        found = CriteriaDiff(
            before=old.name,
            after=new.name,
            build_id=build.build_id,
            published_build_id=published_build_id(home / PUBLISHED),
            as_of=build.as_of,
            rows=list(criteria_sets.row_changes(old, new)),
        )
        if not found.rows:
            return _timed(found, clock)
        changed = [
            file
            for file in FILES
            if file in {*built.differing_files(old), *built.differing_files(new), *old.differing_files(new)}
        ]
        here = stack.enter_context(scratch(home, project_root))
        if old_seeds is None:
            old_seeds = here.home / "seeds"
            criteria_sets.write_files(old, old_seeds, changed)
        count = here.build("before", old_seeds, changed, build.as_of, sources, on_node)
        if count == 0:
            return _timed(found, clock)
        here.build("after", project_root / "seeds", changed, build.as_of, sources, on_node)
        with here.results() as connection:
            effect = _effect(connection, is_of_build=revision is None)
        return _timed(replace(found, count_models=count, effect=effect), clock)


def _timed(found: CriteriaDiff, clock: float) -> CriteriaDiff:
    return replace(found, seconds=round(time.monotonic() - clock, 1))


def _named(build: LastBuild, home: Path) -> str:
    if build.build_id == published_build_id(home / PUBLISHED):
        return f"the published build {build.build_id}"
    return f"the last build {build.build_id}, which is not the published one"


def _custom_attributes(connection: duckdb.DuckDBPyConnection) -> set[str]:
    rows = connection.execute("select distinct attribute from intermediate.conformed_lead_attributes").fetchall()
    return {str(name) for (name,) in rows}


# ------------------------------------------------------------------------------------------------- the effect

_MOVED = """
create temporary table moved as
select
    coalesce(earlier.lead_id, later.lead_id) as lead_id,
    coalesce(leads.acquisition_channel, $no_channel) as channel,
    earlier.lead_id is not null as was_there,
    later.lead_id is not null as is_there,
    earlier_scores.score as score_before,
    later_scores.score as score_after,
    earlier_scores.grade as grade_before,
    later_scores.grade as grade_after,
    earlier_scores.scorecard_id as card_before,
    later_scores.scorecard_id as card_after,
    was_there and is_there and earlier_scores.score is distinct from later_scores.score as has_other_score,
    was_there and is_there and earlier_scores.grade is distinct from later_scores.grade as has_other_grade,
    coalesce(earlier.is_mql, false) as mql_before,
    coalesce(later.is_mql, false) as mql_after,
    coalesce(earlier.is_sql, false) as sql_before,
    coalesce(later.is_sql, false) as sql_after,
    earlier.mql_at as mql_at_before,
    later.mql_at as mql_at_after,
    earlier.sql_at as sql_at_before,
    later.sql_at as sql_at_after,
    earlier.mql_rule_id as mql_rule_before,
    later.mql_rule_id as mql_rule_after,
    earlier.sql_rule_id as sql_rule_before,
    later.sql_rule_id as sql_rule_after
from before.lead_stages as earlier
full outer join after.lead_stages as later on earlier.lead_id = later.lead_id
left join (select * from before.lead_scores where is_champion) as earlier_scores
    on earlier.lead_id = earlier_scores.lead_id
left join (select * from after.lead_scores where is_champion) as later_scores
    on later.lead_id = later_scores.lead_id
left join built.marts.leads as leads on coalesce(earlier.lead_id, later.lead_id) = leads.lead_id
"""

# Leads for which the last build says something else than what is built now by the same criteria.
_OTHER_CAUSES = """
with
then_and_now as (
    (
        select lead_id, score, grade from built.marts.lead_scores where is_champion
        except
        select lead_id, score, grade from before.lead_scores where is_champion
    )
    union all
    (
        select lead_id, score, grade from before.lead_scores where is_champion
        except
        select lead_id, score, grade from built.marts.lead_scores where is_champion
    )
),
stages as (
    (
        select lead_id, mql_at, sql_at from built.marts.lead_stages
        except
        select lead_id, mql_at, sql_at from before.lead_stages
    )
    union all
    (
        select lead_id, mql_at, sql_at from before.lead_stages
        except
        select lead_id, mql_at, sql_at from built.marts.lead_stages
    )
)
select count(*) from (select lead_id from then_and_now union select lead_id from stages)
"""


def _effect(connection: duckdb.DuckDBPyConnection, is_of_build: bool) -> Effect:
    connection.execute(_MOVED, {"no_channel": NO_CHANNEL})
    counts = _named_row(
        connection,
        """
        select
            count(*) filter (where was_there and is_there) as count_leads,
            count(*) filter (where not was_there) as count_leads_gained,
            count(*) filter (where not is_there) as count_leads_lost,
            count(*) filter (where has_other_score) as count_scores_changed,
            count(*) filter (where score_after > score_before) as count_scores_up,
            count(*) filter (where score_after < score_before) as count_scores_down,
            count(*) filter (where has_other_grade) as count_grades_changed
        from moved
        """,
    )
    return Effect(
        **counts,
        count_other_causes=int(_row(connection, _OTHER_CAUSES)[0]) if is_of_build else None,
        champion_before=_champion(connection, "before"),
        champion_after=_champion(connection, "after"),
        stages=tuple(_stage(connection, stage) for stage in STAGES),
        channels=_channels(connection),
        challengers=_challengers(connection),
        scores=_examples(
            connection,
            "has_other_score",
            "abs(coalesce(score_after, 0) - coalesce(score_before, 0)) desc",
            "null",
            "null",
        ),
    )


def _stage(connection: duckdb.DuckDBPyConnection, stage: str) -> StageEffect:
    gained, lost = f"{stage}_after and not {stage}_before", f"{stage}_before and not {stage}_after"
    moved = f"{stage}_before and {stage}_after and {stage}_at_before is distinct from {stage}_at_after"
    conditions = {
        "before": f"{stage}_before",
        "after": f"{stage}_after",
        "gained": gained,
        "lost": lost,
        "moved": moved,
    }
    counts = (f"count(*) filter (where {condition}) as count_{name}" for name, condition in conditions.items())
    return StageEffect(
        stage=stage,
        **_named_row(connection, f"select {', '.join(counts)} from moved"),
        gained=_examples(connection, gained, f"{stage}_at_after desc", f"{stage}_rule_after", f"{stage}_at_after"),
        lost=_examples(connection, lost, f"{stage}_at_before desc", f"{stage}_rule_before", f"{stage}_at_before"),
    )


def _channels(connection: duckdb.DuckDBPyConnection) -> tuple[ChannelEffect, ...]:
    rows = connection.execute(
        """
        select
            channel,
            count(*),
            count(*) filter (where has_other_score),
            count(*) filter (where has_other_grade),
            count(*) filter (where mql_after and not mql_before),
            count(*) filter (where mql_before and not mql_after),
            count(*) filter (where sql_after and not sql_before),
            count(*) filter (where sql_before and not sql_after)
        from moved
        group by channel
        order by channel
        """
    ).fetchall()
    return tuple(ChannelEffect(*row) for row in rows)


def _challengers(connection: duckdb.DuckDBPyConnection) -> tuple[CardEffect, ...]:
    """Scorecards that are scored in both sets, and are the champion of neither; leads of one set only are left out."""
    rows = connection.execute(
        """
        select
            earlier.scorecard_id,
            count(*),
            count(*) filter (where earlier.score is distinct from later.score),
            count(*) filter (where earlier.grade is distinct from later.grade)
        from before.lead_scores as earlier
        inner join after.lead_scores as later
            on earlier.lead_id = later.lead_id and earlier.scorecard_id = later.scorecard_id
        where not earlier.is_champion and not later.is_champion
        group by earlier.scorecard_id
        order by earlier.scorecard_id
        """
    ).fetchall()
    return tuple(CardEffect(*row) for row in rows)


def _examples(
    connection: duckdb.DuckDBPyConnection, condition: str, order: str, rule: str, entered_at: str
) -> tuple[LeadExample, ...]:
    rows = connection.execute(
        f"""
        select
            lead_id,
            [score_before, score_after],
            [grade_before, grade_after],
            cast({rule} as varchar),
            cast({entered_at} as timestamp),
            [card_before, card_after]
        from moved
        where {condition}
        order by {order}, lead_id
        limit {COUNT_EXAMPLES}
        """
    ).fetchall()
    return tuple(
        LeadExample(
            lead, scores[0], scores[1], grades[0], grades[1], rule_id, at, _rules(connection, lead, cards[0], cards[1])
        )
        for lead, scores, grades, rule_id, at, cards in rows
    )


def _rules(
    connection: duckdb.DuckDBPyConnection, lead_id: str, card_before: str | None, card_after: str | None
) -> tuple[RulePoints, ...]:
    rows = connection.execute(
        """
        select
            coalesce(earlier.rule_id, later.rule_id),
            earlier.points,
            later.points
        from (select * from before.lead_score_reasons where lead_id = $lead and scorecard_id = $before) as earlier
        full outer join
            (select * from after.lead_score_reasons where lead_id = $lead and scorecard_id = $after) as later
            on earlier.rule_id = later.rule_id and earlier.group_id is not distinct from later.group_id
        where earlier.points is distinct from later.points
        order by abs(coalesce(later.points, 0) - coalesce(earlier.points, 0)) desc, 1
        """,
        {"lead": lead_id, "before": card_before, "after": card_after},
    ).fetchall()
    return tuple(RulePoints(*row) for row in rows)


def _champion(connection: duckdb.DuckDBPyConnection, schema: str) -> str:
    return str(_row(connection, f"select max(scorecard_id) from {schema}.lead_scores where is_champion")[0])


def _row(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[Any, ...]:
    return connection.execute(statement).fetchall()[0]


def _named_row(connection: duckdb.DuckDBPyConnection, statement: str) -> dict[str, Any]:
    found = connection.execute(statement)
    names = [column[0] for column in found.description]
    return dict(zip(names, found.fetchall()[0], strict=True))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value

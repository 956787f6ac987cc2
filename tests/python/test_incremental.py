"""Builds that compute only what has changed give the same marts, row for row, as one build of everything."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from build_fixtures import parsed_already
from leadhouse import criteria_history, drafts
from leadhouse.build import BuildOptions, run_build
from leadhouse.demo import write_world
from leadhouse.demo.slices import sliced_world
from leadhouse.marts import Mart
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt

SOAK = os.environ.get("LEADHOUSE_SOAK") == "1"
END = datetime(2026, 7, 1)
# Records of the builds themselves, which differ by nature.
OWN = ("build_runs", "build_run_models", "criteria_changes")


def build(
    home: Path,
    raw: Path,
    as_of: datetime,
    project: Path = PROJECT_ROOT,
    select: Sequence[str] = (),
    tests: bool = False,
    build_id: str = "",
) -> None:
    """Build with dbt as it is; without its tests, which have tests of their own, unless asked for."""
    home.mkdir(parents=True, exist_ok=True)
    excluded = ["unit_test", "exposure"] + ([] if tests else ["test"])
    arguments = ["build"]
    for kind in excluded:
        arguments += ["--exclude-resource-type", kind]
    # Other variables would make dbt parse the project again for each build.
    run = {"raw_path": str(raw), "as_of": str(as_of), "build_id": build_id}
    result = run_dbt([*arguments, *(["--select", *select] if select else [])], home, project, run=run)
    assert result.is_good, [(node.name, node.message) for node in result.failed]


def differences(one: Path, other: Path) -> dict[str, tuple[int, int]]:
    """Per mart that is not the same in both homes, the rows that only the one and only the other has."""
    found = {}
    with duckdb.connect() as connection:
        for alias, home in (("one", one), ("other", other)):
            connection.execute(f"attach '{home / 'work.duckdb'}' as {alias} (read_only)")
        marts = connection.execute(
            "select table_name from information_schema.tables where table_catalog = 'one' and table_schema = 'marts'"
        ).fetchall()
        assert len(marts) > 20
        for (mart,) in marts:
            names = [row[0] for row in connection.execute(f"describe one.marts.{mart}").fetchall()]
            columns = ", ".join(f'"{name}"' for name in names)
            only_one, only_other = (
                connection.execute(
                    f"select count(*) from (select {columns} from {here}.marts.{mart}"
                    f" except all select {columns} from {there}.marts.{mart})"
                ).fetchall()[0][0]
                for here, there in (("one", "other"), ("other", "one"))
            )
            if (only_one or only_other) and mart not in OWN:
                found[mart] = (only_one, only_other)
    return found


def plan(home: Path) -> tuple[str, str]:
    """How much the last build computed, and why."""
    return query(home, "select scope, reason from intermediate.build_plan")[0]


def query(home: Path, statement: str) -> list[Any]:
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        return connection.execute(statement).fetchall()


def settle(folder: Path, moment: datetime) -> None:
    """Let files that were just written look as if they had been there since `moment`, a time of their own."""
    for path in folder.rglob("*"):
        if path.is_file() and path.stat().st_mtime > datetime(2026, 9, 1).timestamp():
            os.utime(path, (moment.timestamp(), moment.timestamp()))


def build_in_slices(raw: Path, folder: Path, moments: Sequence[datetime], tests: bool = False) -> Path:
    """Build a growing raw folder slice by slice; gives the home."""
    for moment, delivered in sliced_world(raw, folder / "delivered", list(moments)):
        settle(delivered, moment)
        build(folder / "incremental", delivered, moment, tests=tests)
    return folder / "incremental"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A world of a size that the slices are worth it."""
    raw = tmp_path_factory.mktemp("world") / "raw"
    write_world(raw, leads=300 if SOAK else 60, seed=3)
    return raw


@pytest.fixture(scope="module")
def by_day(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the growing raw folder `delivered` and the home `incremental`, built once a day until its end."""
    folder = tmp_path_factory.mktemp("by_day")
    days = 30 if SOAK else 3
    build_in_slices(world, folder, [END - timedelta(days=day) for day in reversed(range(days))], tests=SOAK)
    return folder


def test_a_world_built_day_by_day_equals_one_full_build(by_day: Path, tmp_path: Path) -> None:
    home = by_day / "incremental"
    assert plan(home) == ("changed", "only what is new or has changed")
    changed, known = query(
        home,
        "select (select count(*) from intermediate.changed_leads), (select count(*) from intermediate.lead_fingerprints)",
    )[0]
    assert 0 < changed < known / 2
    build(tmp_path / "full", by_day / "delivered", END)
    assert plan(tmp_path / "full") == ("all", "no finished build to go on from")
    assert differences(tmp_path / "full", home) == {}


@settings(
    max_examples=20 if SOAK else 1,
    derandomize=not SOAK,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(
    seed=st.integers(1, 10_000),
    hours=st.lists(st.integers(1, 24 * 120), min_size=2, max_size=5 if SOAK else 2, unique=True),
    interrupted_at=st.sampled_from(
        [
            "accounted_web_events",
            "visitor_sessions",
            "changed_leads",
            "ledger_entries",
            "score_steps",
            "stage_rule_spans",
        ]
    ),
)
def test_random_worlds_in_random_slices_with_an_interrupted_build_equal_a_full_build(
    seed: int, hours: list[int], interrupted_at: str
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_world(folder / "raw", leads=20 + seed % 60, seed=seed)
        moments = [END - timedelta(hours=hour) for hour in sorted(hours, reverse=True)]
        home = folder / "home"
        for number, (moment, delivered) in enumerate(
            sliced_world(folder / "raw", folder / "delivered", [*moments, END])
        ):
            settle(delivered, moment)
            if number == 1:
                # As far as that and no further: what it began, the next build has to do again, with other facts.
                build(home, delivered, moment, select=[f"+{interrupted_at}"])
            else:
                build(home, delivered, moment)
        if SOAK:
            # Back and forth in time, with nothing new.
            build(home, folder / "delivered", moments[-1])
            build(home, folder / "delivered", END)
        build(folder / "full", folder / "delivered", END)
        assert differences(folder / "full", home) == {}


def test_a_version_made_from_the_one_before_has_every_row_of_the_marts(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "LARGE_MART", 1)
    by_lead: list[str] = []
    patch = drafts._patch

    def noted(connection: duckdb.DuckDBPyConnection, mart: Mart, count: int, only_leads: bool) -> int | None:
        changed = patch(connection, mart, count, only_leads)
        by_lead.extend([mart.name] if only_leads and changed else [])
        return changed

    monkeypatch.setattr(drafts, "_patch", noted)
    home = tmp_path / "home"
    home.mkdir()
    moments = [END - timedelta(days=2), END]
    for moment, delivered in sliced_world(world, tmp_path / "delivered", moments):
        settle(delivered, moment)
        outcome = run_build(BuildOptions(raw=delivered, as_of=moment), home)
        assert outcome.published, outcome.failures
    assert sorted(by_lead) == ["activities", "lead_score_history", "score_ledger", "stage_rule_checks"]
    with duckdb.connect() as connection:
        connection.execute(f"attach '{home / 'work.duckdb'}' as work (read_only)")
        connection.execute(f"attach '{home / 'leadhouse.duckdb'}' as published (read_only)")
        for mart in by_lead:
            for here, there in (("work", "published"), ("published", "work")):
                query = f"from {here}.marts.{mart} except all from {there}.marts.{mart}"
                assert connection.execute(query).fetchall() == []


# ------------------------------------------------------------------------- how much is built, and why


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose criteria may be changed."""
    root = tmp_path_factory.mktemp("copy") / "project"
    for name in ("models", "macros", "seeds", "tests/generic", "tests/singular", "analyses"):
        shutil.copytree(PROJECT_ROOT / name, root / name)
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT_ROOT / name, root / name)
    return parsed_already(root)


@pytest.fixture(scope="module")
def with_other_criteria(by_day: Path, project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home of `by_day`, built again with other criteria as the build "one"; `project` has them from then on."""
    home = tmp_path_factory.mktemp("other_criteria") / "home"
    shutil.copytree(by_day / "incremental", home)
    without(project / "seeds" / "scoring" / "engagement_rules.csv", ",pricing_page_view,")
    instead(project / "seeds" / "lifecycle" / "stage_rules.csv", "mql_score,1,score,>=,60", "mql_score,1,score,>=,75")
    instead(project / "seeds" / "scoring" / "score_bands.csv", "b2b_v1,fit,A,35", "b2b_v1,fit,A,30")
    with (project / "seeds" / "lifecycle" / "exclusions.csv").open("a", encoding="utf-8") as file:
        file.write("email,equals,ann@rival.example,competitor\n")
    build(home, by_day / "delivered", END, project, build_id="one")
    return home


def instead(seed: Path, old: str, new: str) -> None:
    """Put another text in the place of one in a seed."""
    text = seed.read_text(encoding="utf-8")
    assert text.count(old) == 1
    seed.write_text(text.replace(old, new), encoding="utf-8")


STANDINGS = """select scores.lead_id, scores.score, scores.grade, stages.is_mql, stages.is_sql
    from marts.lead_scores as scores inner join marts.lead_stages as stages using (lead_id)"""
COUNTS = """count_leads_compared, count_leads_score_changed, count_leads_grade_changed,
    count_mqls_before, count_mqls_after, count_sqls_before, count_sqls_after"""


def moved(before: Path, after: Path, scorecard: str) -> tuple[int, ...]:
    """How many leads of a scorecard stand elsewhere in the marts of another home, of the same moment."""

    def standings(home: Path) -> dict[str, tuple[Any, ...]]:
        return {row[0]: row[1:] for row in query(home, f"{STANDINGS} where scores.scorecard_id = '{scorecard}'")}

    one, other = standings(before), standings(after)
    both = [(one[lead], other[lead]) for lead in one.keys() & other.keys()]
    return (
        len(both),
        sum(old[0] != new[0] for old, new in both),
        sum(old[1] != new[1] for old, new in both),
        *(sum(pair[side][flag] for pair in both) for flag in (2, 3) for side in (0, 1)),
    )


def test_a_change_of_criteria_is_told_with_what_it_did(by_day: Path, with_other_criteria: Path, tmp_path: Path) -> None:
    before, home = by_day / "incremental", tmp_path / "home"
    told = query(
        with_other_criteria,
        "select scorecard_id, rule_id, seed_name, row_key, change_kind, changes from marts.criteria_changes "
        "where build_id = 'one' order by change_number",
    )
    removed = [row for row in told if row[4] == "removed"]
    assert [row[:4] for row in removed] == [
        (card, rule, "engagement_rules", f"{card} / {rule} / always")
        for card, rule in (
            ("b2b_v1", "pricing_page_views"),
            ("b2b_v1", "pricing_views_three"),
            ("b2b_v2_recency", "pricing_page_views"),
        )
    ]
    assert removed[1][5].startswith("group_id: intent, activity_type: pricing_page_view, points: 20, min_count: 3, ")
    threshold = "b2b_v1 / mql / mql_score / 1 / 2025-07-01 00:00:00"
    assert [row for row in told if row not in removed] == [
        (None, None, "exclusions", "email / equals / (address)", "added", "reason: competitor"),
        ("b2b_v1", None, "score_bands", "b2b_v1 / fit / A", "changed", "min_points: 35 -> 30"),
        ("b2b_v1", "mql_score", "stage_rules", threshold, "changed", "value: 60 -> 75"),
    ]

    # The same moment in both homes: their marts show what the change did.
    champion, challenger = (moved(before, with_other_criteria, card) for card in ("b2b_v1", "b2b_v2_recency"))
    counts = f"select distinct scorecard_id, {COUNTS} from marts.criteria_changes where build_id = '{{}}' order by 1"
    assert query(with_other_criteria, counts.format("one")) == [
        ("b2b_v1", *champion),
        ("b2b_v2_recency", *challenger),
        (None, *champion),
    ]
    assert min(champion[1], champion[2], challenger[1]) > 0
    assert champion[4] < champion[3], "a higher threshold makes fewer MQLs"

    # A later build takes the change back. Its history at the moment that the build "one" told of is that of the marts from
    # before the change. What the build "one" found comes from the file where the work database has lost it.
    shutil.copytree(with_other_criteria, home)
    criteria_history.remember(home, home / "work.duckdb")
    with duckdb.connect(str(home / "work.duckdb")) as connection:
        connection.execute("drop table intermediate.last_criteria_changes")
    build(home, by_day / "delivered", END + timedelta(days=1), build_id="two")
    champion, challenger = (moved(with_other_criteria, before, card) for card in ("b2b_v1", "b2b_v2_recency"))
    assert query(home, counts.format("two")) == [
        ("b2b_v1", *champion),
        ("b2b_v2_recency", *challenger),
        (None, *champion),
    ]
    kept = "select * from marts.criteria_changes where build_id = 'one' order by change_number"
    assert query(home, kept) == query(with_other_criteria, kept)
    every_row = "select * from {}.{}criteria_changes order by as_of, build_id, change_number"
    assert query(home, every_row.format("marts", "")) == query(home, every_row.format("intermediate", "last_"))


def test_changed_criteria_lead_to_as_much_rebuilding_as_they_need(
    by_day: Path, project: Path, with_other_criteria: Path, tmp_path: Path
) -> None:
    raw, home = by_day / "delivered", tmp_path / "home"
    shutil.copytree(with_other_criteria, home)
    assert plan(home) == ("leads", "the criteria of scores or stages have changed")
    assert query(home, "select count(*) from intermediate.changed_visitors") == [(0,)]
    build(tmp_path / "full", raw, END, project)
    assert differences(tmp_path / "full", home) == {}

    # A build that begins again after its end, as when a source changed meanwhile, goes on from itself.
    build(home, raw, END, project, select=["stage_clauses"], build_id="one")
    assert plan(home)[0] == "changed"
    assert query(home, "select earlier_build_id from intermediate.build_plan") == [("one",)]

    # Targets are read anew by every build and shape nothing that is kept.
    without(project / "seeds" / "lifecycle" / "targets.csv", ",mql,")
    build(home, raw, END, project, select=["targets", "stage_entries", "funnel_targets"])
    assert plan(home) == ("changed", "only what is new or has changed")
    assert query(home, "select count(*), count(*) filter (stage = 'mql') from marts.funnel_targets") == [(12, 0)]

    # Half a table is never taken for a whole one.
    shutil.copytree(home, tmp_path / "missing")
    with duckdb.connect(str(tmp_path / "missing" / "work.duckdb")) as connection:
        connection.execute("drop table intermediate.lead_messages")
    build(tmp_path / "missing", raw, END, project, select=["stage_clauses"])
    assert plan(tmp_path / "missing") == ("all", "the table lead_messages is missing")

    without(project / "seeds" / "mapping" / "activity_rules.csv", "/blog")
    build(home, raw, END, project, select=["stage_clauses"])
    assert plan(home) == ("all", "models, mappings or variables have changed")
    # What that build did not come to is left for the next one.
    build(home, raw, END, project, select=["stage_clauses"])
    assert plan(home) == ("all", "no finished build to go on from")


def without(seed: Path, text: str) -> None:
    """Take the lines that have this text out of a seed."""
    lines = seed.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if text not in line]
    assert len(kept) < len(lines)
    seed.write_text("\n".join(kept) + "\n", encoding="utf-8")


def test_the_last_step_of_a_build_comes_after_everything_that_is_tested(demo_home: Any) -> None:
    manifest = json.loads((demo_home.path / "target" / "manifest.json").read_text(encoding="utf-8"))
    parents = manifest["parent_map"]
    before: set[str] = set()
    waiting = ["model.leadhouse.last_build"]
    while waiting:
        node = waiting.pop()
        if node not in before:
            before.add(node)
            waiting += parents[node]
    tested = {
        parent
        for id_, node in manifest["nodes"].items()
        if node["resource_type"] == "test"
        for parent in parents[id_]
        if parent.startswith(("model.", "seed."))
    }
    left = ("criteria", "criteria_changes", "lead_fingerprints", "lead_standings", "visitor_fingerprints")
    after = {f"model.leadhouse.last_{name}" for name in left}
    assert tested - before <= after
    marts = {id_ for id_, node in manifest["nodes"].items() if node["original_file_path"].startswith("models/marts/")}
    assert {id_ for id_ in marts if id_.startswith("model.")} <= before


def test_every_variable_is_known_to_change_results_or_not() -> None:
    declared = set(yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"])
    macro = (PROJECT_ROOT / "macros" / "incremental" / "hashes.sql").read_text(encoding="utf-8")
    listed = macro.split("{% macro result_variables() %}")[1].split("{% endmacro %}")[0]
    elsewhere = {"raw_path", "raw_schema", "as_of", "keep_versions", "parquet_export"}
    anew = {
        "ad_platforms",
        "stage_authority",
        "mql_expiry_days",
        "shared_reason_leads",
        "custom_attributes",
        "maturity_days",
        "alert_stages",
        "alert_days",
        "sla_hours",
        "business_hours",
        "business_utc_offset",
        "premature_reasons",
        "lenient_acceptance_rate",
        "leakage_days",
        "sal_without_sql_days",
        "sql_without_opportunity_days",
        "stalled_opportunity_days",
        "stalled_silence_days",
        "attribution_lookback_days",
        "attribution_path",
        "attribution_excluded_channels",
        "attribution_half_life_days",
        "attribution_with_non_converting",
        "outcome_days",
        "topic_interest_days",
        "content_min_leads",
        "nurture_enrolment_days",
        "nurture_outcome_days",
        "nurture_pause_days",
        "nurture_content_leads",
    }
    assert declared - elsewhere - anew == set(yaml.safe_load(listed[listed.index("[") : listed.index("]") + 1]))

"""The funnel's figures held against independent libraries: curves, intervals and quartiles, on the demo world and at random."""

from __future__ import annotations

import json
import random
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lifelines import KaplanMeierFitter
from statsmodels.duration.survfunc import SurvfuncRight
from statsmodels.stats.proportion import proportion_confint

from conftest import BuiltHome
from leadhouse.demo.vocabulary import SLOW_OWNER
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt
from sql_harness import literal

AS_OF = datetime(2026, 7, 1)
DAY = timedelta(days=1)
STAGES = ("lead", "mql", "sal", "sql", "opportunity", "customer", "repeat_customer")
STEPS = (("lead", "mql"), ("mql", "sql"), ("sql", "opportunity"), ("opportunity", "customer"), ("lead", "customer"))
MODELS = ("lead_segments", "stage_waits", "curve_exits", "conversion_curves")
CURVE = "segment_type, segment, cohort, from_stage, to_stage"
CURVES = f"""
    select {CURVE}, days_since, count_at_risk, count_converted, count_censored, converted_share, converted_share_low,
        converted_share_high, standard_error
    from {{table}} order by {CURVE}, days_since
"""

Key = tuple[str, ...]
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Lead:
    """A lead's channel, and when it entered each stage for the first time."""

    channel: str
    times: dict[str, datetime]


# ------------------------------------------------------------------------------------ the curves, read plainly


def waits(lead: Lead) -> Iterator[tuple[str, str, int, bool]]:
    """Per step that the lead has begun: how many whole days it took or has waited, and whether it has converted."""
    for earlier, later in STEPS:
        begin = lead.times.get(earlier)
        if begin is None:
            continue
        beyond = [lead.times[stage] for stage in STAGES[STAGES.index(later) :] if stage in lead.times]
        reached = [moment for moment in beyond if moment >= begin]
        yield earlier, later, (min(reached, default=AS_OF) - begin) // DAY, bool(reached)


def waits_by_curve(leads: Iterable[Lead]) -> dict[Key, list[tuple[int, bool]]]:
    """The days and outcomes of every curve that the mart should have."""
    found: dict[Key, list[tuple[int, bool]]] = defaultdict(list)
    for lead in leads:
        for earlier, later, days, is_converted in waits(lead):
            for segment in (("all", "all"), ("channel", lead.channel)):
                for cohort in ("all", f"{lead.times['lead']:%Y-%m}"):
                    found[(*segment, cohort, earlier, later)].append((days, is_converted))
    return found


def by_curve(rows: Iterable[Row]) -> dict[Key, list[Row]]:
    found: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        found[tuple(row[:5])].append(row[5:])
    return found


def check_curve(key: Key, rows: list[Row], observed: list[tuple[int, bool]]) -> None:
    """Hold a curve against lifelines, and its standard error against statsmodels."""
    durations, events = [days for days, _ in observed], [is_converted for _, is_converted in observed]
    fitted = KaplanMeierFitter().fit(durations, events)
    days, at_risk, converted, censored, share, low, high, error = (list(column) for column in zip(*rows, strict=True))
    table = fitted.event_table
    assert days == [int(day) for day in fitted.timeline], key
    assert at_risk == table["at_risk"].tolist(), key
    assert converted == table["observed"].tolist(), key
    assert censored == table["censored"].tolist(), key
    lower, upper = (1 - fitted.confidence_interval_.iloc[:, side] for side in (1, 0))
    for told, expected in ((share, 1 - fitted.survival_function_.iloc[:, 0]), (low, lower), (high, upper)):
        assert numpy.allclose(told, expected, rtol=0, atol=1e-9), key
    plain = SurvfuncRight(durations, events)
    errors = dict(zip((int(day) for day in plain.surv_times), plain.surv_prob_se, strict=True))
    last = 0.0
    for day, one_share, one_error in zip(days, share, error, strict=True):
        last = errors.get(day, last)
        assert one_error is None if one_share == 1 else abs(one_error - last) < 1e-9, (key, day)


# ----------------------------------------------------------------------------------------- on the demo world


def leads_of(home: BuiltHome) -> list[Lead]:
    columns = ", ".join("created_at" if stage == "lead" else f"{stage}_at" for stage in STAGES)
    rows = home.query(
        f"select acquisition_channel, {columns.replace('created_at', 'stages.created_at')}"
        " from marts.lead_stages as stages inner join marts.leads using (lead_id)"
    )
    return [
        Lead(channel, {stage: time for stage, time in zip(STAGES, times, strict=True) if time})
        for channel, *times in rows
    ]


def test_curves_of_the_demo_world_equal_lifelines(demo_home: BuiltHome) -> None:
    expected = waits_by_curve(leads_of(demo_home))
    told = by_curve(demo_home.query(CURVES.format(table="marts.conversion_curves")))
    assert told.keys() == expected.keys()
    assert len(told) > 500
    # Of the curves of one channel and month, which are many and short, one in ten.
    checked = [key for number, key in enumerate(sorted(told)) if "all" in key[1:3] or number % 10 == 0]
    for key in checked:
        check_curve(key, told[key], expected[key])
    assert len(checked) > 150


def test_intervals_of_rates_equal_statsmodels(demo_home: BuiltHome) -> None:
    steps = {
        "lead_to_mql": ("count_mqls", "count_leads"),
        "mql_to_sql": ("count_sqls", "count_mqls"),
        "opportunity_to_customer": ("count_customers", "count_opportunities"),
        "lead_to_customer": ("count_customers", "count_leads"),
    }
    checked = set()
    for mart in ("funnel_conversions", "channel_conversions"):
        for step, (part, whole) in steps.items():
            rows = demo_home.query(
                f"select distinct {part}, {whole}, {step}_rate_low, {step}_rate_high from marts.{mart} where {whole} > 0"
            )
            for reached, entered, low, high in rows:
                expected = proportion_confint(reached, entered, method="wilson")
                assert (low, high) == pytest.approx(expected, rel=0, abs=1e-9), (mart, step, reached, entered)
                checked.add((reached, entered))
    assert len(checked) > 50
    assert any(reached == 0 for reached, _ in checked) and any(reached == entered for reached, entered in checked)


def test_quartiles_of_days_equal_numpy(demo_home: BuiltHome) -> None:
    checked = 0
    for span in ("lead_to_mql", "mql_to_sal", "sal_to_sql", "sql_to_opportunity", "opportunity_to_customer"):
        days: dict[Any, list[float]] = defaultdict(list)
        for month, owner, count in demo_home.query(
            f"""
            select date_trunc('month', stages.created_at)::date, coalesce(owner_id, '(none)'), days_{span}
            from marts.lead_stages as stages inner join marts.leads using (lead_id) where days_{span} is not null
            """
        ):
            days[month, owner].append(count)
        told = demo_home.query(
            f"""
            select cohort_month, segment, lower_quartile_days_{span}, median_days_{span}, upper_quartile_days_{span}
            from marts.funnel_conversions where segment_type = 'owner'
            """
        )
        assert days.keys() == {(month, owner) for month, owner, _, median, _ in told if median is not None}
        for month, owner, *quartiles in told:
            if (month, owner) in days:
                assert quartiles == pytest.approx(numpy.quantile(days[month, owner], (0.25, 0.5, 0.75)), abs=1e-9)
                checked += 1
    assert checked > 50


def test_leads_of_the_slow_owner_wait_longest_for_sales(demo_home: BuiltHome) -> None:
    days: dict[str, list[float]] = defaultdict(list)
    for owner, median in demo_home.query(
        """
        select segment, median_days_mql_to_sal from marts.funnel_conversions
        where segment_type = 'owner' and segment <> '(none)' and median_days_mql_to_sal is not null
        """
    ):
        days[owner].append(median)
    typical = {owner: float(numpy.median(medians)) for owner, medians in days.items()}
    slow = max(typical, key=lambda owner: typical[owner])
    assert slow == f"owner-{SLOW_OWNER + 1:02}"
    assert typical[slow] > 2 * float(numpy.median(list(typical.values())))


# ------------------------------------------------------------------------------------------- at random


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a project's compiled text: the models from the stages to the curves."""
    home = tmp_path_factory.mktemp("compiled")
    result = run_dbt(["compile", "--select", *MODELS], home, PROJECT_ROOT, run={"as_of": str(AS_OF)})
    assert result.is_good, [(node.name, node.message) for node in result.failed]
    return home / "target"


def sql_of(compiled: Path, name: str) -> str:
    (path,) = (compiled / "compiled").rglob(f"{name}.sql")
    return path.read_text(encoding="utf-8")


def run(compiled: Path, tables: dict[str, list[dict[str, object]]], models: Iterable[str]) -> list[Row]:
    """Fill tables by hand and run models on them, each in its turn; the rows of the last one."""
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as work; create schema work.intermediate; create schema work.marts")
        for name, rows in tables.items():
            columns = ", ".join(rows[0])
            values = ", ".join(f"({', '.join(literal(value) for value in row.values())})" for row in rows)
            connection.execute(f"create table work.intermediate.{name} as from (values {values}) as given({columns})")
        for name in models:
            schema = "marts" if name == "conversion_curves" else "intermediate"
            connection.execute(f"create table work.{schema}.{name} as {sql_of(compiled, name)}")
        query = CURVES.format(table="work.marts.conversion_curves")
        return connection.execute(query if name == "conversion_curves" else f"from work.{schema}.{name}").fetchall()


def random_leads(chance: random.Random, count: int) -> list[Lead]:
    """Leads with some of the stages, in any order and often at the same moment, on few channels and days."""
    found = []
    for _ in range(count):
        half_days = chance.choice((4, 40, 240))
        created = AS_OF - chance.randint(0, half_days) * DAY / 2
        times = {"lead": created}
        for stage in STAGES[1:]:
            if chance.random() < 0.5:
                times[stage] = created + chance.randint(0, (AS_OF - created) // (DAY / 2)) * DAY / 2
        found.append(Lead(chance.choice(("Direct", "Referral")), times))
    return found


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), count=st.integers(1, 60))
def test_curves_of_random_leads_equal_lifelines(compiled: Path, seed: int, count: int) -> None:
    leads = random_leads(random.Random(seed), count)
    tables: dict[str, list[dict[str, object]]] = {"resolved_leads": [], "first_stage_times": [], "lead_segments": []}
    for number, lead in enumerate(leads):
        lead_id = {"lead_id": f"lead {number}"}
        tables["resolved_leads"].append({**lead_id, "created_at": lead.times["lead"]})
        times = {f"{stage}_at": lead.times.get(stage) for stage in STAGES[1:]}
        if any(times.values()):
            tables["first_stage_times"].append({**lead_id, **times})
        for segment_type, segment in (("all", "all"), ("channel", lead.channel), ("country", "Chile")):
            tables["lead_segments"].append({**lead_id, "segment_type": segment_type, "segment": segment})
    if not tables["first_stage_times"]:
        tables["first_stage_times"].append({"lead_id": "nobody", **{f"{stage}_at": AS_OF for stage in STAGES[1:]}})
    told, expected = by_curve(run(compiled, tables, MODELS[1:])), waits_by_curve(leads)
    assert told.keys() == expected.keys()
    for key, rows in told.items():
        check_curve(key, rows, expected[key])


def test_bands_of_company_size_begin_where_they_say(compiled: Path) -> None:
    sizes = (None, -5, 0, 1, 2, 10, 11, 50, 51, 200, 201, 1000, 1001, 10**9)
    leads: list[dict[str, object]] = [
        {
            "lead_id": str(size),
            "lead_source": None,
            "country": None,
            "industry": None,
            "owner_id": None,
            "job_title": None,
        }
        | {"employee_count": size}
        for size in sizes
    ]
    tables: dict[str, list[dict[str, object]]] = {
        "resolved_leads": leads,
        "lead_acquisitions": [{"lead_id": str(size), "acquisition_channel": "Direct"} for size in sizes],
        "job_title_roles": [{"job_title": "Any", "attribute": "job_level", "value": "vp"}],
    }
    rows = run(compiled, tables, ["lead_segments"])
    told = {lead_id: segment for lead_id, segment_type, segment in rows if segment_type == "company_size"}
    bands = ("(none)", "1-10", "11-50", "51-200", "201-1000", "1001+")
    assert told == {str(size): bands[bisect_right((1, 11, 51, 201, 1001), size or 0)] for size in sizes}


# ------------------------------------------------------------------------------------ questions, and what is kept


def test_leads_that_are_open_are_expected_to_convert_like_those_before_them(
    compiled_analyses: Callable[[str], str], demo_home: BuiltHome
) -> None:
    rows = demo_home.work(compiled_analyses("how_many_of_a_cohort_will_convert"))
    leads, customers = sum(row[1] for row in rows), sum(row[2] for row in rows)
    assert [(leads, customers)] == demo_home.query("select count(*), count(customer_at) from marts.lead_stages")
    share = demo_home.query(
        """
        select converted_share from marts.conversion_curves
        where segment_type = 'all' and cohort = 'all' and from_stage = 'lead' and to_stage = 'customer' and is_last
        """
    )[0][0]
    # Redistributing who is censored to what comes later is another way to the same estimate (B. Efron, 1967).
    assert sum(row[4] for row in rows) == pytest.approx(leads * share, rel=1e-9)


def test_seeds_that_are_read_anew_shape_no_kept_table(compiled: Path) -> None:
    manifest = json.loads((compiled / "manifest.json").read_text(encoding="utf-8"))
    nodes, children = manifest["nodes"], manifest["child_map"]
    anew = [
        node["unique_id"]
        for node in nodes.values()
        if node["resource_type"] == "seed" and node["config"]["meta"].get("is_read_anew")
    ]
    names = ("next_steps", "nurture_contents", "nurture_rules", "targets", "topics")
    assert sorted(anew) == [f"seed.leadhouse.{name}" for name in names]
    waiting, below = list(anew), set()
    while waiting:
        for child in children[waiting.pop()]:
            if child.startswith("model.") and child not in below:
                below.add(child)
                waiting.append(child)
    assert "model.leadhouse.funnel_targets" in below
    kept = {name for name in below if "recomputed_by" in nodes[name]["config"]["meta"] or "." not in name}
    kept |= {name for name in below if nodes[name]["config"]["materialized"] not in ("table", "view")}
    # The last step of a build reads every mart, only to come after it.
    assert kept <= {f"model.leadhouse.last_{kind}" for kind in ("build", "lead_fingerprints", "visitor_fingerprints")}

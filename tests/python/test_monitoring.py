"""How scores and rules fared, against independent libraries, and what the demo world plants."""

from __future__ import annotations

import csv
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import proportion_confint

from conftest import BuiltHome
from leadhouse import criteria_history
from leadhouse.paths import PROJECT_ROOT

AS_OF = datetime(2026, 7, 1)
OUTCOME = timedelta(days=180)
MICROSECOND = timedelta(microseconds=1)
Z = stats.norm.ppf(0.975)

# What the models of scores read, and what is made of it.
INPUTS = {
    "resolved_leads": "lead_id varchar, created_at timestamp",
    "first_stage_times": "lead_id varchar, customer_at timestamp",
    "scorecards": "scorecard_id varchar, max_score decimal(18, 6)",
    "score_steps": "lead_id varchar, scorecard_id varchar, score decimal(18, 6), entered_at timestamp, held_until timestamp",
}
MODELS = (
    "step_numbers",
    "score_months",
    "monthly_score_counts",
    "total_score_bands",
    "monthly_band_counts",
    "monthly_band_shares",
    "monthly_rankings",
    "scorecard_performance",
    "scorecard_drift",
)


# --------------------------------------------------------------------------------- an independent reading


def month_ends(first: datetime) -> list[datetime]:
    """The moments at which scores are looked at, from the month of `first` on."""
    found = []
    year, month = first.year, first.month
    while datetime(year, month, 1) < AS_OF:
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        found.append(min(datetime(year, month, 1) - MICROSECOND, AS_OF))
    return found


def histogram(scores: Sequence[float], highest: float = 100.0) -> np.ndarray:
    """Leads in each tenth of the highest score; the last has the highest score too."""
    return np.histogram(scores, bins=np.linspace(0, highest, 11))[0]


def stability(now: np.ndarray, before: np.ndarray) -> float:
    """The population stability index of two histograms, half a lead added to each class."""
    p, q = ((counts + 0.5) / (counts.sum() + 5) for counts in (now, before))
    return float(np.sum((p - q) * np.log(p / q)))


def delong(scores: np.ndarray, won: np.ndarray) -> tuple[float, float]:
    """The interval of the area under the curve, by every pair of a win and a loss."""
    wins, losses = scores[won], scores[~won]
    pairs = (wins[:, None] > losses[None, :]) + 0.5 * (wins[:, None] == losses[None, :])
    variance = np.var(pairs.mean(axis=1), ddof=1) / len(wins) + np.var(pairs.mean(axis=0), ddof=1) / len(losses)
    reach = Z * np.sqrt(variance)
    return max(0.0, pairs.mean() - reach), min(1.0, pairs.mean() + reach)


Month = tuple[datetime, np.ndarray, np.ndarray]


def check_scorecard(months: Sequence[Month], drift: Sequence[dict[str, Any]]) -> int:
    """Hold the rows of a scorecard's drift against its months: moment, scores, and which leads won. Counts the curves."""
    assert len(drift) == len(months)
    counts = [histogram(scores) for _, scores, _ in months]
    mature = [moment + OUTCOME <= AS_OF for moment, _, _ in months]
    baseline = sum(counts[:3]) if all(mature[:3]) and len(months) >= 3 else None
    curves = 0
    for number, ((moment, scores, won), row) in enumerate(zip(months, drift, strict=True)):
        assert (row["count_leads"], row["count_wins"], row["is_mature"]) == (len(scores), won.sum(), mature[number])
        assert row["decided_at"] == moment
        assert_close(row["average_score"], scores.mean() if len(scores) else None)
        before = counts[number - 1] if number else None
        compared = before is not None and before.sum() and counts[number].sum()
        assert_close(row["population_stability_index"], stability(counts[number], before) if compared else None)
        rebased = number > 2 and baseline is not None and baseline.sum() and counts[number].sum()
        assert_close(row["baseline_stability_index"], stability(counts[number], baseline) if rebased else None)
        chance = stats.chi2.ppf(0.95, 9) * (1 / len(scores) + 1 / before.sum()) if compared else None
        assert_close(row["chance_stability_index"], chance)
        judged = mature[number] and len(scores) > 0
        assert_close(row["win_rate"], won.mean() if judged else None)
        has_curve = judged and 0 < won.sum() < len(won)
        assert_close(row["roc_auc"], roc_auc_score(won, scores) if has_curve else None)
        has_interval = judged and 1 < won.sum() < len(won) - 1
        low, high = delong(scores, won) if has_interval else (None, None)
        assert_close(row["roc_auc_low"], low)
        assert_close(row["roc_auc_high"], high)
        curves += has_interval
    return curves


def assert_close(told: float | None, expected: float | None) -> None:
    if expected is None:
        assert told is None
    else:
        assert told == pytest.approx(expected, rel=1e-9, abs=1e-9)


def dictionaries(connection: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = connection.execute(query)
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


@pytest.fixture(scope="module")
def marts(demo_home: BuiltHome) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published marts of the small demo world."""
    with duckdb.connect(str(demo_home.path / "leadhouse.duckdb"), read_only=True) as connection:
        yield connection


# --------------------------------------------------------------------------------- scores


def test_drift_of_the_demo_world_equals_that_of_numpy_and_scikit_learn(marts: duckdb.DuckDBPyConnection) -> None:
    """From the day by day history of scores, which is another mart, made in another way."""
    history = defaultdict(list)
    for lead, card, day, score in marts.execute(
        "select lead_id, scorecard_id, score_date, score from marts.lead_score_history order by score_date"
    ).fetchall():
        history[card, lead].append((day, float(score)))
    customers = dict(marts.execute("select lead_id, customer_at from marts.lead_stages").fetchall())
    curves = 0
    for card in ("b2b_v1", "b2b_v2_recency"):
        first = min(days[0][0] for days in history.values())
        months = []
        for moment in month_ends(datetime(first.year, first.month, 1)):
            scores, won = [], []
            for (of_card, lead), days in history.items():
                known = [score for day, score in days if day <= moment.date()]
                bought_at = customers[lead]
                if of_card == card and known and (bought_at is None or bought_at > moment):
                    scores.append(known[-1])
                    won.append(bought_at is not None and bought_at < moment + OUTCOME)
            months.append((moment, np.array(scores), np.array(won)))
        drift = dictionaries(marts, f"from marts.scorecard_drift where scorecard_id = '{card}' order by score_month")
        curves += check_scorecard(months, drift)
    assert curves >= 10


@pytest.fixture(scope="module")
def compiled(demo_home: BuiltHome) -> dict[str, str]:
    """The SQL that dbt ran, by model."""
    nodes = json.loads((demo_home.path / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node["compiled_code"] for node in nodes if node["resource_type"] == "model"}


def random_world(random: np.random.Generator) -> dict[str, list[tuple[Any, ...]]]:
    """Leads with a few steps of coarse scores, so that ties and empty bands abound; wins depend on the score a little."""
    count, tables = int(random.integers(1, 120)), defaultdict(list)
    start = datetime(2025, 1, 1) + timedelta(days=int(random.integers(0, 400)))
    for number in range(count):
        lead, created = f"lead-{number}", start + timedelta(seconds=int(random.integers(0, 86400 * 150)))
        created = min(created, AS_OF)
        tables["resolved_leads"].append((lead, created))
        moments = sorted({created, *(created + timedelta(hours=int(h)) for h in random.integers(1, 9000, 3))})
        for since, until in zip(moments, [*moments[1:], datetime(9999, 12, 31)], strict=True):
            score = float(random.choice([0, 9.999999, 10, 25.5, 50, 90, 99.5, 100]))
            tables["score_steps"].append((lead, "card", score, since, until))
        bought_at = created + timedelta(hours=int(random.integers(0, 24 * 300)))
        if random.random() < 0.3 and bought_at <= AS_OF:
            tables["first_stage_times"].append((lead, bought_at))
    tables["scorecards"] = [("card", 100)]
    return tables


def test_drift_of_random_worlds_equals_that_of_numpy_and_scikit_learn(compiled: dict[str, str]) -> None:
    random = np.random.default_rng(7)
    curves = 0
    with duckdb.connect() as connection:
        connection.execute("attach ':memory:' as work; create schema work.intermediate; create schema work.seeds")
        connection.execute("create schema work.marts; use work; set threads = 1")
        for _ in range(10):
            world = random_world(random)
            for name, columns in INPUTS.items():
                schema = "seeds" if name == "scorecards" else "intermediate"
                connection.execute(f"create or replace table work.{schema}.{name} ({columns})")
                if world[name]:
                    connection.register("rows", pd.DataFrame(world[name]).astype(object))
                    connection.execute(f"insert into work.{schema}.{name} from rows")
            for name in MODELS:
                schema = "marts" if name.startswith("scorecard_") else "intermediate"
                connection.execute(f"create or replace table work.{schema}.{name} as {compiled[name]}")
            months = list(random_months(world))
            drift = dictionaries(connection, "from work.marts.scorecard_drift order by score_month")
            curves += check_scorecard(months, drift)
            check_bands(months, dictionaries(connection, "from work.marts.scorecard_performance"))
    assert curves >= 20


def random_months(world: dict[str, list[tuple[Any, ...]]]) -> Iterator[Month]:
    customers = dict(world["first_stage_times"])
    for moment in month_ends(min(created for _, created in world["resolved_leads"])):
        rows = [
            (score, customers.get(lead))
            for lead, _, score, since, until in world["score_steps"]
            if since <= moment < until and not (customers.get(lead) and customers[lead] <= moment)
        ]
        won = [bought_at is not None and bought_at < moment + OUTCOME for _, bought_at in rows]
        yield moment, np.array([score for score, _ in rows]), np.array(won, dtype=bool)


def check_bands(months: Sequence[Month], performance: Sequence[dict[str, Any]]) -> None:
    """Leads and wins of each band, and what was known of it when the month ended."""
    told = {(row["decided_at"], int(row["min_score"] // 10)): row for row in performance}
    assert len(told) == len(performance) == 10 * len(months)
    counts = {moment: (histogram(scores), histogram(scores[won])) for moment, scores, won in months}
    for (moment, band), row in told.items():
        leads, wins = counts[moment]
        assert (row["count_leads"], row["count_wins"]) == (leads[band], wins[band])
        judged = moment + OUTCOME <= AS_OF and leads[band]
        assert_close(row["win_rate"], wins[band] / leads[band] if judged else None)
        past = [counts[earlier] for earlier in counts if earlier + OUTCOME <= moment]
        seen = sum(leads[band] for leads, _ in past)
        assert_close(row["earlier_win_rate"], sum(wins[band] for _, wins in past) / seen if seen else None)


def test_the_win_rate_of_the_demo_world_grows_with_the_score(marts: duckdb.DuckDBPyConnection) -> None:
    for card in ("b2b_v1", "b2b_v2_recency"):
        rates = marts.execute(
            """select sum(count_wins) / sum(count_leads) from marts.scorecard_performance
            where is_mature and scorecard_id = ? group by least(floor(min_score / 40), 2) order by min(min_score)""",
            [card],
        ).fetchall()
        assert len(rates) == 3
        assert rates == sorted(rates)
        assert rates[-1][0] > 10 * rates[0][0]


def test_few_leads_do_not_look_like_drift(marts: duckdb.DuckDBPyConnection) -> None:
    """Every month draws from the same world; the index alone would cry wolf over the first ones."""
    watched = "select count(*) from marts.scorecard_drift where population_stability_index > 0.25"
    assert marts.execute(watched).fetchall()[0][0] > 0
    assert marts.execute("select count(*) from marts.scorecard_drift where is_drifting").fetchall() == [(0,)]


# --------------------------------------------------------------------------------- rules

INTENT = ("pricing_page_views", "comparison_page_views", "case_study_views", "demo_requests", "consultation_requests")
INTENT += ("callback_requests", "price_list_downloads", "roi_calculator_uses", "meetings_held")
CURIOSITY = ("blog_views", "social_likes", "social_follows", "social_shares", "social_comments", "email_opens")
CURIOSITY += (
    "newsletter_signups",
    "ebook_downloads",
    "checklist_downloads",
    "template_downloads",
    "webinar_attendances",
)
NEVER = {
    ("fit", "email_education"),
    ("stage", "maturing_ebook_whitepaper"),
    ("stage", "maturing_ebook_template"),
    ("stage", "maturing_ebook_checklist"),
    ("stage", "maturing_two_ebooks"),
}


def test_rules_are_judged_as_a_plain_reading_judges_them(marts: duckdb.DuckDBPyConnection) -> None:
    leads = {
        lead: (created, customer, sql)
        for lead, created, customer, sql in marts.execute(
            "select lead_id, created_at, customer_at, sql_at_by_crm from marts.lead_stages"
        ).fetchall()
    }
    fired: dict[tuple[str, ...], dict[str, datetime]] = defaultdict(dict)
    for card, kind, rule, lead, moment in marts.execute(
        """select scorecard_id, dimension, rule_id, lead_id, min(entered_at) from marts.score_ledger
        where not is_future and entry_kind <> 'adjusted' group by all"""
    ).fetchall():
        fired[card, kind, rule][lead] = moment
    rules = dictionaries(marts, "from marts.rule_effectiveness where rule_kind <> 'stage'")
    assert set(fired) == {(row["scorecard_id"], row["rule_kind"], row["rule_id"]) for row in rules if row["has_fired"]}
    base_rates = [base_rate(leads.values(), week) for week in range(53)]
    for row in rules:
        mine = fired[row["scorecard_id"], row["rule_kind"], row["rule_id"]]
        judged = [
            (leads[lead], moment)
            for lead, moment in mine.items()
            if (leads[lead][1] is None or leads[lead][1] > moment) and moment + OUTCOME <= AS_OF
        ]
        wins = sum(bool(bought and bought < moment + OUTCOME) for (_, bought, _), moment in judged)
        sqls = sum(bool(sql and sql < moment + OUTCOME) for (_, _, sql), moment in judged)
        told = (row["count_fired_leads"], row["count_mature_leads"], row["count_wins"], row["count_sqls"])
        assert told == (len(mine), len(judged), wins, sqls), row["rule_id"]
        assert row["first_fired_at"] == min(mine.values(), default=None)
        if not judged:
            assert row["win_rate"] is row["lift"] is row["is_informative"] is None
            continue
        low, high = proportion_confint(wins, len(judged), method="wilson")
        assert (row["win_rate_low"], row["win_rate_high"]) == pytest.approx((low, high), abs=1e-9)
        weeks = [min((moment - created) // timedelta(days=7), 52) for (created, _, _), moment in judged]
        base = sum(base_rates[week] for week in weeks) / len(judged)
        assert row["base_win_rate"] == pytest.approx(base, abs=1e-9)
        assert row["is_informative"] == (base < low - 1e-9 or base > high + 1e-9)
        assert_close(row["lift"], wins / len(judged) / base if base else None)


def base_rate(leads: Iterable[tuple[datetime, datetime | None, datetime | None]], week: int) -> float:
    """The share of the leads that had not bought at an age and did so within 180 days."""
    open_ones = []
    for created, bought, _ in leads:
        moment = created + timedelta(days=7 * week)
        if (bought is None or bought > moment) and moment + OUTCOME <= AS_OF:
            open_ones.append(bought is not None and bought < moment + OUTCOME)
    return sum(open_ones) / len(open_ones) if open_ones else 0.0


def test_behaviour_that_predicts_a_win_has_lift_and_curiosity_has_none(marts: duckdb.DuckDBPyConnection) -> None:
    def lift(rules: Sequence[str]) -> float:
        query = """select sum(count_wins) / sum(base_win_rate * count_mature_leads) from marts.rule_effectiveness
        where scorecard_id = 'b2b_v1' and rule_kind = 'engagement' and list_contains(?, rule_id)"""
        return float(marts.execute(query, [list(rules)]).fetchall()[0][0])

    assert lift(INTENT) > 1.8
    assert 0.5 < lift(CURIOSITY) < 1.2
    informative = dict(
        marts.execute(
            "select rule_id, is_informative from marts.rule_effectiveness "
            "where scorecard_id = 'b2b_v1' and rule_kind = 'engagement'"
        ).fetchall()
    )
    assert informative["demo_requests"]
    assert informative["consultation_requests"]
    assert informative["meetings_held"]
    assert not any(informative[rule] for rule in CURIOSITY)


def test_rules_that_never_fire_stand_there_with_zeros(marts: duckdb.DuckDBPyConnection) -> None:
    silent = dictionaries(marts, "from marts.rule_effectiveness where not has_fired and scorecard_id = 'b2b_v1'")
    assert {(row["rule_kind"], row["rule_id"]) for row in silent} >= NEVER
    for row in silent:
        assert row["count_fired_leads"] == row["count_leads_now"] == row["count_mature_leads"] == row["count_wins"] == 0
        assert row["lift"] is row["win_rate"] is row["last_fired_at"] is row["days_since_fired"] is None


def test_every_rule_of_the_seeds_is_judged(marts: duckdb.DuckDBPyConnection) -> None:
    expected = set()
    for kind, file in (
        ("fit", "scoring/fit_rules"),
        ("engagement", "scoring/engagement_rules"),
        ("stage", "lifecycle/stage_rules"),
    ):
        for row in seed_rows(f"{file}.csv"):
            expected.add((row["scorecard_id"], kind, row.get("stage"), row["rule_id"]))
    told = marts.execute("select scorecard_id, rule_kind, stage, rule_id from marts.rule_effectiveness").fetchall()
    assert sorted(told, key=str) == sorted(expected, key=str)


# --------------------------------------------------------------------------------- criteria


def seed_rows(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "seeds" / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_cell_of_the_criteria_is_held_against_the_build_before(demo_home: BuiltHome) -> None:
    """Each column of the files is a key or compared; another one would change scores without a row in criteria_changes."""
    declared = yaml.safe_load(
        (PROJECT_ROOT / "seeds" / "lifecycle" / "_lifecycle__seeds.yml").read_text(encoding="utf-8")
    )
    # Targets and the like decide about no score and no stage.
    anew = {seed["name"] for seed in declared["seeds"] if seed["config"].get("meta", {}).get("is_read_anew")}
    kept = defaultdict(set)
    for seed, row, column in demo_home.work("select seed_name, row_key, column_name from intermediate.last_criteria"):
        kept[seed].add((row, column))
    for folder in ("scoring", "lifecycle"):
        for path in sorted((PROJECT_ROOT / "seeds" / folder).glob("*.csv")):
            if path.stem in anew:
                continue
            rows = seed_rows(f"{folder}/{path.name}")
            compared = {column for _, column in kept[path.stem]}
            keys = set(rows[0]) - compared
            assert compared < set(rows[0])
            assert len(kept[path.stem]) == len(rows) * len(compared)
            assert len({tuple(row[key] for key in sorted(keys)) for row in rows}) == len(rows)


def test_the_first_build_has_changed_no_criteria(demo_home: BuiltHome) -> None:
    assert demo_home.query("from marts.criteria_changes") == []
    assert not (demo_home.path / criteria_history.FILE_NAME).exists()
    left = demo_home.work("select count(*), count(distinct lead_id) from intermediate.last_lead_standings")
    assert left == demo_home.query("select count(*), count(distinct lead_id) from marts.lead_scores")


def test_what_changed_is_written_down_as_a_whole(tmp_path: Path) -> None:
    database = tmp_path / "published.duckdb"
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts; create table marts.other (build_id varchar)")
    criteria_history.remember(tmp_path, database)
    assert not (tmp_path / criteria_history.FILE_NAME).exists()
    with duckdb.connect(str(database)) as connection:
        connection.execute(
            "create table marts.criteria_changes as select 'one' as build_id, 1 as change_number, 'a \"b\" -> c\n' as changes, "
            "cast(null as bigint) as count_mqls_before, timestamp '2026-01-01 00:00:00' as as_of"
        )
    criteria_history.remember(tmp_path, database)
    lines = (tmp_path / criteria_history.FILE_NAME).read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {
            "build_id": "one",
            "change_number": 1,
            "changes": 'a "b" -> c\n',
            "count_mqls_before": None,
            "as_of": "2026-01-01T00:00:00.000000",
        }
    ]

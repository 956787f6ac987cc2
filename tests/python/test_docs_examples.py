"""The examples of the documentation are followed as written, and come out as they say."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import reference as ref
from conftest import BuiltHome
from docs_reader import blocks, named_files, pages, read, rows, section
from leadhouse.conform import conform
from leadhouse.criteria import check_criteria
from leadhouse.paths import PROJECT_ROOT
from leadhouse.source_checks import check_sources

CHAMPION = "b2b_v1"


# ------------------------------------------------------------------------------------- queries and explanations


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(PROJECT_ROOT).as_posix())
def test_queries_run(page: Path, demo_home: BuiltHome) -> None:
    text = page.read_text(encoding="utf-8")
    queries = [block.body for block in blocks(text, "sql") if re.search(r"\bmarts\.", block.body)]
    queries += [
        query for block in blocks(text, "python") for query in re.findall(r'"""(.*?)"""', block.body, flags=re.DOTALL)
    ]
    for query in queries:
        # The outbox is a file of its own.
        is_outbox = re.search(r"marts\.(sales_alerts|nurture_queue|crm_score_sync)", query)
        demo_home.query(query, database="activation.duckdb" if is_outbox else "leadhouse.duckdb")


@dataclass(frozen=True)
class Session:
    """A command of the README and the lines that it prints; `...` stands for any lines."""

    arguments: list[str]
    lines: list[str]


def sessions() -> list[Session]:
    found = []
    for block in blocks(read("README.md"), "text"):
        first, *lines = block.body.rstrip().splitlines()
        if first.startswith("$ leadhouse "):
            found.append(Session(first.removeprefix("$ leadhouse ").split(), lines))
    return found


@pytest.mark.parametrize("session", sessions(), ids=lambda session: session.arguments[1])
def test_the_readme_shows_what_is_printed(session: Session, demo_home: BuiltHome) -> None:
    environment = {**os.environ, "LEADHOUSE_HOME": str(demo_home.path), "COLUMNS": "180", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("leadhouse")), *session.arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    printed = "\n".join(line.rstrip() for line in done.stdout.splitlines())
    # A lead's id comes from the first row that names it, which is another one in a world of another size.
    shown = re.sub(r"^Lead [0-9a-f]{32} ", "Lead ID ", "\n".join(session.lines))
    parts = [re.escape(part) for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    assert re.match(r"(?s:.*)".join(parts), re.sub(r"^Lead [0-9a-f]{32} ", "Lead ID ", printed))


# --------------------------------------------------------------------------------------------- criteria


def add_criteria(project: Path, page: str) -> int:
    """Add the rows that a how-to shows to the files it names, where they are not in them yet; gives how many."""
    text = read(page)
    count = 0
    for block in blocks(text, "csv"):
        files = re.findall(r"`(seeds/[\w/]+\.csv)`", text[: block.start])
        path = project / files[-1]
        for line in block.body.splitlines():
            if line not in path.read_text(encoding="utf-8").splitlines():
                with path.open("a", encoding="utf-8") as file:
                    file.write(line + "\n")
                count += 1
    return count


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the criteria checks read."""
    shutil.copytree(PROJECT_ROOT / "seeds", tmp_path / "seeds")
    shutil.copy(PROJECT_ROOT / "dbt_project.yml", tmp_path)
    return tmp_path


def test_a_threshold_is_changed_by_the_row_shown(project: Path) -> None:
    assert add_criteria(project, "docs/how-to/change-a-threshold.md") == 1
    assert check_criteria(project) == []


def test_a_signal_is_added_by_the_rows_shown(project: Path) -> None:
    assert add_criteria(project, "docs/how-to/add-a-signal.md") == 4
    assert [problem.where for problem in check_criteria(project)] == [
        "seeds/scoring/fit_rules.csv, line 50, column attribute"
    ]
    variables = project / "dbt_project.yml"
    variables.write_text(
        re.sub(r"(custom_attributes: \[[^\]]*)\]", r"\1, sales_team_size]", variables.read_text(encoding="utf-8")),
        encoding="utf-8",
    )
    assert check_criteria(project) == []


def test_a_challenger_is_added_by_the_steps_shown(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = "docs/how-to/add-a-challenger-scorecard.md"
    assert add_criteria(project, page) == 1
    assert check_criteria(project) != []
    monkeypatch.chdir(project)
    for block in blocks(read(page), "python"):
        exec(compile(block.body, page, "exec"), {})
    assert check_criteria(project) == []
    rules = list(csv.DictReader((project / "seeds/scoring/engagement_rules.csv").open(encoding="utf-8", newline="")))
    assert sum(row["scorecard_id"] == "b2b_v3_strict" for row in rules) == sum(
        row["scorecard_id"] == CHAMPION for row in rules
    )


# -------------------------------------------------------------------------------------------- own tables


def write_files(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_own_tables_are_brought_by_the_files_shown(tmp_path: Path) -> None:
    write_files(tmp_path, named_files(read("docs/how-to/bring-your-own-tables.md")))
    reports = conform(tmp_path / "my_sql", tmp_path / "exports", tmp_path / "raw")
    assert {report.entity: report.rows for report in reports} == {
        "leads": 2,
        "lead_status_history": 2,
        "opportunities": 1,
    }
    assert not any(report.unknown_columns or report.nulls_in_required or report.unreadable for report in reports)
    assert check_sources(tmp_path / "raw") == []


# ---------------------------------------------------------------------------------------------- the ledger


def seed(name: str) -> list[dict[str, str]]:
    with (PROJECT_ROOT / "seeds" / name).open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["scorecard_id"] == CHAMPION]


def number(cell: str) -> Decimal | None:
    return Decimal(cell) if cell else None


def whole(cell: str) -> int | None:
    return int(cell) if cell else None


def moment(cell: str) -> datetime | None:
    return datetime.fromisoformat(cell) if cell else None


def champion() -> ref.Scorecard:
    """The shipped champion, as the plain reading of the rules takes it."""
    span: Callable[[dict[str, str]], dict[str, datetime | None]] = lambda row: {  # noqa: E731
        "valid_from": moment(row["valid_from"]),
        "valid_to": moment(row["valid_to"]),
    }
    return ref.Scorecard(
        CHAMPION,
        max_score=number(seed("scoring/scorecards.csv")[0]["max_score"]),
        groups=tuple(
            ref.ScoreGroup(row["group_id"], row["dimension"], number(row["min_points"]), number(row["max_points"]))
            for row in seed("scoring/score_groups.csv")
        ),
        fit_rules=tuple(
            ref.FitRule(
                row["rule_id"],
                row["group_id"],
                row["attribute"],
                row["operator"],
                row["value"] or None,
                Decimal(row["points"]),
                **span(row),
            )
            for row in seed("scoring/fit_rules.csv")
        ),
        engagement_rules=tuple(
            ref.EngagementRule(
                row["rule_id"],
                row["group_id"],
                row["activity_type"],
                Decimal(row["points"]),
                whole(row["min_count"]),
                whole(row["window_days"]),
                number(row["max_points"]),
                row["decay"],
                whole(row["decay_days"]),
                number(row["decay_percent"]),
                **span(row),
            )
            for row in seed("scoring/engagement_rules.csv")
        ),
        stage_rules=tuple(
            ref.StageRule(
                row["stage"],
                row["rule_id"],
                int(row["clause"]),
                row["metric"],
                row["operator"],
                Decimal(row["value"]),
                whole(row["window_days"]),
                **span(row),
            )
            for row in seed("lifecycle/stage_rules.csv")
        ),
    )


def table(name: str) -> list[dict[str, str]]:
    """A raw table that the page on the ledger shows."""
    return list(csv.DictReader(io.StringIO(named_files(read("docs/ledger.md"))[name])))


def worked_example() -> ref.Lead:
    """The lead of the worked example; each of its visits but the one of 9 March is one event."""
    person = table("leads.csv")[0]
    kinds = {"/pricing": "pricing_page_view", "/contact": "contact_form", "/demo": "demo_request"}
    events = [
        (datetime.fromisoformat(row["occurred_at"]), kinds["/" + row["page_url"].rsplit("/", 1)[1]])
        for row in table("web_events.csv")
    ]
    timeout, silence = timedelta(minutes=30), timedelta(days=30)
    ends = [
        at
        for at, following in zip([at for at, _ in events], [*(at for at, _ in events[1:]), None], strict=True)
        if following is None or following - at >= timeout
    ]
    inactive_at = events[-1][0] + silence
    return ref.Lead(
        lead_id="lead-1",
        created_at=datetime.fromisoformat(person["created_at"]),
        attributes={
            "email": person["email"],
            "email_domain": person["email"].partition("@")[2],
            "is_free_email": "false",
            "is_disposable_email": "false",
            "job_title": person["job_title"],
            "job_level": "manager",
            "job_function": "marketing",
            "industry": person["industry"],
        },
        activities=(
            *(ref.Activity(kind, at, at) for at, kind in events),
            *(ref.Activity("return_visit", at, at + timeout) for at in ends[1:]),
            ref.Activity("inactivity", inactive_at, inactive_at),
        ),
    )


def plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}" if value else "0"


def test_the_worked_example_reads_tables_of_the_contract(tmp_path: Path) -> None:
    write_files(tmp_path, named_files(read("docs/ledger.md")))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["leads.csv", "web_events.csv"]
    assert check_sources(tmp_path) == []


def test_the_rules_of_the_worked_example_are_the_shipped_ones() -> None:
    shipped = {rule.rule_id: rule for rule in champion().engagement_rules}
    count_rules = len(shipped)
    for row in rows(section(read("docs/ledger.md"), "## A worked example")):
        if row[0].strip("`") not in shipped or len(row) != 7:
            continue
        rule = shipped.pop(row[0].strip("`"))
        figures = [rule.points, rule.min_count, rule.window_days, rule.max_points]
        assert [row[1], *(Decimal(cell) for cell in row[2:6])] == [rule.group_id, *figures]
        wanted = (
            "none" if rule.decay == "none" else f"{rule.decay}, {rule.decay_percent} % every {rule.decay_days} days"
        )
        assert row[6] == wanted
    assert len(shipped) == count_rules - 6


def test_the_entries_of_the_worked_example_are_right() -> None:
    shown = [row[:4] for row in rows(section(read("docs/ledger.md"), "### The entries"))][1:]
    totals: dict[str, Decimal] = {}
    wanted = []
    for entry in ref.ledger(worked_example(), champion()):
        totals[entry.rule_id] = totals.get(entry.rule_id, Decimal(0)) + entry.points
        sign = "+" if entry.points > 0 else ""
        wanted.append([str(entry.entry_at), entry.rule_id, sign + plain(entry.points), plain(totals[entry.rule_id])])
    assert shown == wanted


def test_the_scores_of_the_worked_example_are_right() -> None:
    lead, card = worked_example(), champion()
    shown = list(rows(section(read("docs/ledger.md"), "### The scores")))[1:]
    wanted = [
        [str(at), plain(fit), plain(engagement), plain(score), plain(ref.reasons(lead, card, at).get("clamp:intent"))]
        for at, fit, engagement, score in ref.score_history(lead, card)
    ]
    assert shown == wanted[: len(shown)]
    assert shown[-1][0] == "2026-04-11 14:00:00"


def test_the_stages_of_the_worked_example_are_right() -> None:
    text = re.sub(r"\s+", " ", section(read("docs/ledger.md"), "### The stages"))
    for stage in ("mql", "sql"):
        entry = ref.stage_entry_by_rules(worked_example(), champion(), stage, datetime(2026, 4, 15))
        assert entry
        pattern = rf"{stage.upper()} at {entry.entered_at}, by the rule `{entry.rule_id}`[^.]*with a score of {plain(entry.score)}\b"
        assert re.search(pattern, text), pattern

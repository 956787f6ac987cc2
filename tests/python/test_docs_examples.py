"""The examples of the documentation are followed as written, and come out as they say."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

import reference as ref
from build_fixtures import parsed_already
from conftest import BuiltHome
from docs_reader import NOT_OURS, Block, blocks, named_files, pages, read, rows, section
from leadhouse import versions
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


def agrees(shown: str, printed: str) -> bool:
    """Whether a page shows what was printed; a line `...` in it stands for any lines."""
    # A lead's id comes from the first row that names it, which is another one in a world of another size.
    shown, printed = (
        re.sub(r"^Lead [0-9a-f]{32} ", "Lead ID ", "\n".join(line.rstrip() for line in text.splitlines()))
        for text in (shown, printed)
    )
    parts = [re.escape(part) for part in re.split(r"^\.\.\.$", shown, flags=re.MULTILINE)]
    return bool(re.match(r"(?s:.*)".join(parts), printed))


@dataclass(frozen=True)
class Session:
    """A command of the README and the lines that it prints; `...` stands for any lines."""

    arguments: list[str]
    shown: str


def sessions() -> list[Session]:
    found = []
    for block in blocks(read("README.md"), "text"):
        first, _, shown = block.body.rstrip().partition("\n")
        if first.startswith("$ leadhouse "):
            found.append(Session(first.removeprefix("$ leadhouse ").split(), shown))
    return found


@pytest.mark.parametrize("session", sessions(), ids=lambda session: session.arguments[1])
def test_the_readme_shows_what_is_printed(session: Session, demo_home: BuiltHome) -> None:
    environment = {**os.environ, "LEADHOUSE_HOME": str(demo_home.path), "COLUMNS": "180", "NO_COLOR": "1"}
    command = [str(Path(sys.executable).with_name("leadhouse")), *session.arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert agrees(session.shown, done.stdout)


# --------------------------------------------------------------------------------------------- criteria


def add_rows(project: Path, text: str, block: Block) -> int:
    """Add the rows that a page shows to the file that it named last, where they are not in it yet; gives how many."""
    path = project / re.findall(r"`(seeds/[\w/]+\.csv)`", text[: block.start])[-1]
    known = path.read_text(encoding="utf-8").splitlines()
    new = [line for line in block.body.splitlines() if line not in known]
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in new)
    return len(new)


def add_criteria(project: Path, page: str) -> int:
    """Add all the rows that a how-to shows; gives how many."""
    text = read(page)
    return sum(add_rows(project, text, block) for block in blocks(text, "csv"))


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


# --------------------------------------------------------------------------------------- pages followed as written


IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
# What takes long, or needs what a build leaves.
BUILDS = "leadhouse (demo|build|rollback)"


@dataclass(frozen=True)
class Checkout:
    """A copy of the project under git, with its home in `warehouse/`: what somebody has who has cloned it."""

    path: Path

    @property
    def home(self) -> Path:
        return self.path / "warehouse"

    def run(self, script: str) -> str:
        """What a block of commands prints; stops at the first command that does not end well."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("LEADHOUSE_")}
        environment |= {
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(self.path / "scripts"),
            "COLUMNS": "150",
            "NO_COLOR": "1",
        }
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            cwd=self.path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    def follow(self, page: str, instead: Mapping[str, str], leave_out: str = r"\Z.", differs: str = r"\Z.") -> int:
        """Do what a page says, block by block, and compare what it shows; gives how many blocks were done.

        `instead` has what stands in the place of a text that is the reader's own, such as the name of a folder. Blocks with
        a line that begins as `leave_out` are passed over; what those print that begin as `differs` is not compared.
        """
        text = read(page)
        shown = named_files(text)
        files = [file for name, file in shown.items() if not name.startswith("seeds/")]
        write_files(self.path, {name: file for name, file in shown.items() if file in files})
        printed: str | None = None
        count = 0
        for block in blocks(text, "sh", "python", "sql", "csv", "text"):
            body = block.body
            for shown, real in instead.items():
                body = body.replace(shown, real)
            if block.language == "text":
                assert printed is None or agrees(body.rstrip(), printed), f"{page} shows\n{body}\nprinted:\n{printed}"
                continue
            printed = None
            if body in files:
                continue
            if re.search(rf"^(?:{leave_out})", body, flags=re.MULTILINE):
                continue
            if block.language == "sh":
                output = self.run(body)
                printed = None if re.match(differs, body) else output
            elif block.language == "python":
                self.run(f"python - <<'END'\n{body}\nEND\n")
            elif block.language == "sql":
                BuiltHome(self.home).query(body)
            else:
                add_rows(self.path, text, block)
            count += 1
        return count


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    folder = tmp_path / "leadhouse"
    shutil.copytree(PROJECT_ROOT, folder, ignore=lambda _, names: NOT_OURS & {*names}, symlinks=True)
    parsed_already(folder)
    made = Checkout(folder)
    made.run("git init -q && git add -A && git -c user.name=reader -c user.email=reader@example.com commit -qm Start")
    return made


@pytest.fixture
def small_checkout(checkout: Checkout, demo_home: BuiltHome, demo_world: tuple[Path, object]) -> Checkout:
    """One in which the small demo world has been built."""
    shutil.copytree(demo_home.path, checkout.home, symlinks=True)
    versions.repair(checkout.home)
    shutil.copytree(demo_world[0], checkout.home / "raw")
    return checkout


TUTORIAL = "docs/tutorial.md"
# A copy of the project stands for a clone.
CLONED = {"git clone URL leadhouse\ncd leadhouse\nmake demo\nsource .venv/bin/activate": "leadhouse demo"}


def test_the_tutorial_is_followed_without_its_builds(small_checkout: Checkout) -> None:
    lead = re.findall(r"^leadhouse explain ([0-9a-f]{32})$", read(TUTORIAL), flags=re.MULTILINE)[0]
    # That lead is one of the large world, and so are the figures.
    instead = CLONED | {lead: "persona-pricing-form@personas.example"}
    assert small_checkout.follow(TUTORIAL, instead, leave_out=BUILDS, differs="python|leadhouse explain") == 9


@pytest.mark.skipif(not IS_SOAK, reason="the demo world of 3,000 leads and two more builds: only with LEADHOUSE_SOAK")
def test_the_tutorial_is_followed_as_written(checkout: Checkout) -> None:
    assert checkout.follow(TUTORIAL, CLONED) == 13


SOMEBODY = "persona-pricing-form@personas.example"
RAW = "warehouse/raw"


@dataclass(frozen=True)
class HowTo:
    """A how-to to be followed: its blocks, what is done before it begins and must work after it, what stands for the reader's own."""

    name: str
    count: int
    before: str = "true"
    after: str = "true"
    instead: Mapping[str, str] = field(default_factory=dict)


HOW_TOS = (
    HowTo("change-a-threshold", 5),
    HowTo("add-a-signal", 6, before="sed -i 's/product_interest]/product_interest, sales_team_size]/' dbt_project.yml"),
    HowTo("add-a-challenger-scorecard", 6),
    HowTo("bring-your-own-tables", 5, instead={"DIR": RAW}),
    HowTo(
        "go-back-to-a-version", 1, before="leadhouse build",
        instead={"20260701T021500Z-3f9c2a1b": "$(basename $(ls warehouse/versions | tail -1) .duckdb)"},
    ),
    HowTo(
        "forget-a-person", 2,
        instead={"forget ann@example.com": f"forget {SOMEBODY} --yes", "ann@example.com": SOMEBODY, "/data/exports": RAW},
    ),
    # The machine is lost between the backup and the restoring.
    HowTo(
        "restore", 3, after="cmp lost/secret.key warehouse/secret.key && cmp <(head -1 lost/build_runs.jsonl) <(head -1 warehouse/build_runs.jsonl)",
        instead={"install -d": "mv warehouse lost\ninstall -d", "/var/lib/leadhouse": "$PWD/warehouse", "/data/exports": "$PWD/lost/raw"},
    ),
)  # fmt: skip


@pytest.mark.skipif(not IS_SOAK, reason="a build or two for each: only with LEADHOUSE_SOAK")
@pytest.mark.parametrize("how_to", HOW_TOS, ids=lambda how_to: how_to.name)
def test_a_how_to_is_followed_as_written(how_to: HowTo, small_checkout: Checkout) -> None:
    small_checkout.run(how_to.before)
    assert small_checkout.follow(f"docs/how-to/{how_to.name}.md", how_to.instead) == how_to.count
    small_checkout.run(how_to.after)


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
        bands=tuple(
            ref.ScoreBand(row["dimension"], row["band"], Decimal(row["min_points"]))
            for row in seed("scoring/score_bands.csv")
        ),
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


def test_the_score_on_paper_is_right() -> None:
    lead, card, at = worked_example(), champion(), datetime(2026, 3, 20)
    text = section(read("docs/ledger.md"), "### One score on paper")
    assert f"on {at:%Y-%m-%d} at {at:%H:%M:%S}?" in text
    found = ref.scores(lead, card, at)
    limits = {group.group_id: (group.min_points, group.max_points) for group in card.groups}
    counted = {}
    for group, by_rule, total, shown_limits, counts in list(rows(text))[1:]:
        entries: dict[str, list[Decimal]] = {}
        for entry in ref.ledger(lead, card):
            if entry.group_id == group and entry.entry_at <= at:
                entries.setdefault(entry.rule_id, []).append(entry.points)
        assert by_rule == ", ".join(
            f"{rule} {' + '.join(map(plain, points)).replace('+ -', '- ')}" for rule, points in sorted(entries.items())
        )
        assert (total, counts) == (plain(found.unclamped[group]), plain(found.groups[group]))
        assert shown_limits == " to ".join(plain(limit) for limit in limits[group])
        counted[group] = found.groups[group]
    assert counted == {group: points for group, points in found.groups.items() if points}
    fit, engagement, score = plain(found.fit), plain(found.engagement), plain(found.score)
    assert re.search(rf"Fit is .* = {fit}, engagement .* = {engagement}, the score {score},", text)
    assert f"the grade is {ref.grade(lead, card, at)}." in text


def test_the_stages_of_the_worked_example_are_right() -> None:
    text = re.sub(r"\s+", " ", section(read("docs/ledger.md"), "### The stages"))
    for stage in ("mql", "sql"):
        entry = ref.stage_entry_by_rules(worked_example(), champion(), stage, datetime(2026, 4, 15))
        assert entry
        pattern = rf"{stage.upper()} at {entry.entered_at}, by the rule `{entry.rule_id}`[^.]*with a score of {plain(entry.score)}\b"
        assert re.search(pattern, text), pattern

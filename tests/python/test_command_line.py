"""The command line as a whole: help, JSON, completion, terminals of all kinds, and that it names nobody unless asked."""

from __future__ import annotations

import io
import json
import os
import pty
import re
import select
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import duckdb
import pytest
import typer.main

from build_fixtures import GOOD_LEADS, write_leads, write_project
from conftest import BuiltHome
from docs_reader import blocks, read, section
from leadhouse import cli, completion, help_sections, results
from leadhouse.errors import ExitCode
from leadhouse.faults import unnamed
from leadhouse.lock import read_holder
from leadhouse.runner import NodeResult, Progress
from leadhouse.show_progress import _Course
from leadhouse.tuning.choices import OUTCOMES
from leadhouse.versions import list_versions, repair
from leadhouse.workbench import KeptFailure
from privacy_fixtures import EMAIL, SECRETS, write_world

APP: Any = typer.main.get_command(cli.app)
# Commands and groups by their whole name; the command line itself has none.
GROUPS: dict[str, Any] = {"": APP, **{name: one for name, one in APP.commands.items() if hasattr(one, "commands")}}
COMMANDS: dict[str, Any] = {
    f"{group} {name}".strip(): command
    for group, one in GROUPS.items()
    for name, command in one.commands.items()
    if not hasattr(command, "commands")
}
PROGRAM = str(Path(sys.executable).with_name("leadhouse"))

# What each command is given on the demo world; those that change a home or take long are run by other tests.
READING = {
    "validate": "--raw RAW",
    "freshness": "--raw RAW --as-of 2026-07-01",
    "versions": "",
    "explain": "LEAD",
    "lead": "LEAD",
    "sources inspect": "--raw RAW",
    "doctor": "--raw RAW",
    "alerts list": "",
    "alerts send": "--dry-run",
    "report": "",
    "compare": "b2b_v1 b2b_v2_recency --seed 1",
    "export-person": "LEAD",
}
SEEN: dict[str, subprocess.CompletedProcess[str]] = {}


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "FORCE_COLOR")}
    return {**kept, "LEADHOUSE_HOME": str(home), **more}


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the program without a terminal."""
    return subprocess.run(
        [PROGRAM, *arguments], env=environment(home, **more), capture_output=True, text=True, check=False, cwd=home
    )


def run_here(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, which takes less time."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setenv("LEADHOUSE_HOME", str(home))
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
    return subprocess.CompletedProcess(arguments, int(end.value.code or 0), out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def printed(demo_home: BuiltHome, demo_world: tuple[Path, Any]) -> Callable[[str], dict[str, Any]]:
    """What a command prints with --json on the demo world, run once."""
    ((lead,),) = demo_home.query(
        "select lead_id from marts.lead_stages where is_sql order by sql_at desc, lead_id limit 1"
    )

    def given(name: str) -> dict[str, Any]:
        if name not in SEEN:
            words = READING[name].replace("RAW", str(demo_world[0])).replace("LEAD", str(lead)).split()
            SEEN[name] = run_here(demo_home.path, *name.split(), *words, "--json")
        # One document and nothing else: json.loads would refuse more.
        found = json.loads(SEEN[name].stdout)
        assert isinstance(found, dict)
        return found

    return given


# -------------------------------------------------------------------------------------------------- help


@pytest.mark.parametrize("name", [*GROUPS, *COMMANDS])
def test_every_help_has_an_example_that_parses(name: str) -> None:
    command = {**GROUPS, **COMMANDS}[name]
    assert command.epilog and command.epilog.startswith(f"Example: leadhouse {name}".rstrip())
    words = shlex.split(command.epilog.removeprefix("Example: leadhouse "))
    group = APP
    while hasattr(group, "commands"):
        group = group.commands[words.pop(0)]
    # Raises for whatever the command would not take.
    group.make_context(group.name, words).close()


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_says_what_it_does_and_prints_json(name: str) -> None:
    command = COMMANDS[name]
    assert command.help
    assert "--json" in [option for parameter in command.params for option in parameter.opts]
    assert all(parameter.help for parameter in command.params), name


def test_help_lists_every_command_in_a_section() -> None:
    shown = run(Path.cwd(), "--help", COLUMNS="80").stdout
    parts = dict(re.findall(r"^(\w+):\n(.*?)(?=\n\n|\Z)", shown, flags=re.MULTILINE | re.DOTALL))
    listed = {heading: re.findall(r"^  ([a-z][a-z-]*) ", part, flags=re.MULTILINE) for heading, part in parts.items()}
    assert set(listed) - {"Options"} == set(help_sections.SECTIONS)
    assert sorted(name for heading, names in listed.items() if heading != "Options" for name in names) == sorted(
        APP.commands
    )
    assert not [part for part in parts.values() if "..." in part], "whole sentences"
    assert max(map(len, shown.splitlines())) <= 80


def test_the_examples_that_change_nothing_run(
    demo_home: BuiltHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the names of the examples as they would be there: a folder `exports`, a person of the world."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.chdir(home)
    write_world(home / "exports")
    for path in demo_home.path.iterdir():
        (home / path.name).symlink_to(path)
    ((person,),) = demo_home.work("select min(email) from marts.leads where email is not null")
    for name in (
        "validate",
        "freshness",
        "versions",
        "explain",
        "doctor",
        "alerts",
        "alerts list",
        "alerts send",
        "report",
    ):
        example = {**GROUPS, **COMMANDS}[name].epilog.removeprefix("Example: leadhouse ")
        done = run_here(home, *shlex.split(example.replace("ann@example.com", person)))
        # Raw tables that end in 2026-07 are stale some day, which is what exit code 1 of these says.
        assert done.returncode in ((0, 1) if name in ("freshness", "doctor") else (0,)), (example, done.stderr)
        assert done.stdout and "Traceback" not in done.stderr


# -------------------------------------------------------------------------------------------------- JSON


@pytest.mark.parametrize("name", sorted(READING))
def test_json_is_one_object_with_plain_keys(name: str, printed: Callable[[str], dict[str, Any]]) -> None:
    found = printed(name)
    assert SEEN[name].returncode in ((0, 1) if name == "doctor" else (0,)), SEEN[name].stderr
    # Rows of an export have the names of the sources' columns, those of the report the headings of its tables.
    keys = list(found if name in ("export-person", "report") else _keys(found))
    assert all(re.fullmatch(r"[a-z0-9_]+", key) for key in keys), keys


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for one in value:
            yield from _keys(one)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_the_reference_names_the_keys(name: str, printed: Callable[[str], dict[str, Any]]) -> None:
    page = read("docs/reference/command-line.md")
    heading = next(line for line in page.splitlines() if re.fullmatch(rf"## leadhouse {name}( [A-Z_ ]+)?", line))
    told = re.search(r"JSON: (.*?)(?:\n\n|\Z)", section(page, heading), flags=re.DOTALL)
    assert told, f"{heading} says what --json prints"
    if name in READING:
        assert set(printed(name)) <= set(re.findall(r"`([a-z0-9_]+)`", told[1])), name


def test_json_says_what_the_marts_say(demo_home: BuiltHome, printed: Callable[[str], dict[str, Any]]) -> None:
    explained = printed("explain")
    score = "select score, fit_score, grade from marts.lead_scores where lead_id = ? and scorecard_id = ?"
    ((total, fit, grade),) = demo_home.query(score, [explained["lead_id"], explained["scorecard_id"]])
    assert explained["score"]["score"] == float(total) and explained["score"]["fit"] == float(fit)
    assert explained["score"]["grade"] == grade and explained["standing"]["stage"] in ("sql", "opportunity", "customer")
    parts = [*explained["entries"], *explained["score"]["clamps"]]
    assert sum(part["points"] for part in parts) == pytest.approx(float(total))
    ledger = "select count(*) from marts.score_ledger where lead_id = ? and scorecard_id = ? and entered_at <= ?"
    asked = [explained["lead_id"], explained["scorecard_id"], explained["moment"]]
    assert demo_home.query(ledger, asked) == [(len(explained["entries"]),)]
    (version,) = printed("versions")["versions"]
    runs = "select build_id, count_rows, as_of::varchar from marts.build_runs"
    assert demo_home.query(runs) == [(version["build_id"], version["count_rows"], version["as_of"].replace("T", " "))]
    alerts = printed("alerts list")["alerts"]
    outbox = "select alert_id, score from marts.sales_alerts order by entered_at, alert_id"
    assert [(one["alert_id"], one["score"]) for one in alerts] == [
        (alert_id, float(score)) for alert_id, score in demo_home.query(outbox, database="activation.duckdb")
    ]
    newest = {table["entity"]: table["newest"] for table in printed("freshness")["tables"]}
    last = "select max(created_at)::varchar from intermediate.conformed_leads"
    assert newest["leads"] is not None and demo_home.work(last)[0][0] <= newest["leads"].replace("T", " ")


def test_text_says_what_json_says(
    demo_home: BuiltHome, demo_world: tuple[Path, Any], printed: Callable[[str], dict[str, Any]]
) -> None:
    explained = printed("explain")
    text = run_here(demo_home.path, "explain", explained["lead_id"]).stdout
    shown = re.search(r"score (\S+), grade (\S+) \(fit (\S+), engagement (\S+)\)", text)
    assert shown
    score = explained["score"]
    assert [float(shown[1]), float(shown[3]), float(shown[4])] == [score["score"], score["fit"], score["engagement"]]
    assert shown[2] == score["grade"]
    found = printed("validate")
    assert (found["is_good"], found["problems"], found["raw"]) == (True, [], str(demo_world[0].resolve()))
    assert (
        printed("compare")["verdict"]
        in run_here(demo_home.path, *["compare", "b2b_v1", "b2b_v2_recency", "--seed", "1"]).stdout
    )


def test_validate_prints_problems_as_json_and_exits_2(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "leads.csv").write_text("email\na@b.example\n", encoding="utf-8")
    done = run_here(tmp_path, "validate", "--raw", str(tmp_path / "raw"), "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["is_good"], found["warnings"]) == (2, False, [])
    assert [set(problem) for problem in found["problems"]] == [{"where", "what", "mend"}] * 2
    assert "required column lead_source_id is missing" in found["problems"][0]["what"]


def test_conform_prints_what_it_wrote_as_json(tmp_path: Path) -> None:
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "leads.sql").write_text("select 'a' as lead_source_id, 'x' as colour, now() as created_at")
    folders = (str(tmp_path / "sql"), "--input", str(tmp_path), "--output", str(tmp_path / "raw"))
    done = run_here(tmp_path, "conform", *folders, "--json")
    found = json.loads(done.stdout)
    assert found["output"] == str(tmp_path / "raw")
    (table,) = found["tables"]
    assert (table["entity"], table["rows"], table["unknown_columns"]) == ("leads", 1, ["colour"])
    assert duckdb.sql(f"select count(*) from '{table['file']}'").fetchall() == [(1,)]


# A small project in place of the shipped one, and no look at inputs: in a process of its own, since dbt keeps signals.
SMALL = """
import sys
from functools import partial
from pathlib import Path
from leadhouse import build, cli
for name in ("check", "source_warnings", "freshness_warnings"):
    setattr(build, name, lambda *_, **__: [])
build.run_build = partial(build.run_build, project_root=Path(sys.argv.pop(1)))
cli.main()
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[str]]:
    """The words that run a command on a small project, in a folder of its own."""
    project = write_project(tmp_path_factory.mktemp("small") / "project")
    return lambda *arguments: [sys.executable, "-c", SMALL, str(project), *arguments]


@pytest.fixture(scope="module")
def small_home(tmp_path_factory: pytest.TempPathFactory, small: Callable[..., list[str]]) -> Path:
    """A home with two builds of the small project; beside it what they printed, which nobody read of the second's progress."""
    home = tmp_path_factory.mktemp("small_home")
    write_leads(home / "raw", GOOD_LEADS)
    reader, writer = os.pipe()
    os.close(reader)
    for number in range(2):
        with (home / f"{number}.json").open("wb") as out, (home / f"{number}.err").open("wb") as err:
            subprocess.run(
                small("build", "--raw", "raw", "--as-of", "2026-07-01", "--json"),
                env=environment(home, FORCE_COLOR="1"), cwd=home, stdout=out, stderr=writer if number else err, check=True,
            )  # fmt: skip
    os.close(writer)
    return home


@pytest.fixture
def home(small_home: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    shutil.copytree(small_home, tmp_path / "home", symlinks=True)
    repair(tmp_path / "home")
    return tmp_path / "home"


def test_a_build_ends_with_one_object(small_home: Path) -> None:
    found = json.loads((small_home / "1.json").read_text(encoding="utf-8"))
    line = (small_home / "build_runs.jsonl").read_text(encoding="utf-8").splitlines()[-1]
    # Times of the file have microseconds in any case.
    record = {name: value for name, value in json.loads(line).items() if not name.endswith(("_at", "as_of"))}
    assert {name: found[name] for name in record} == record
    assert (found["status"], found["is_published"], found["failures"]) == ("succeeded", True, [])
    assert found["changes"]["is_first"] is False and {one["new"] for one in found["changes"]["counts"]} == {0}
    with duckdb.connect(found["published_database"], read_only=True) as connection:
        rows = connection.execute("select count(*) from marts.lead_stages").fetchall()
    assert rows == [(found["rows"]["lead_stages"],)] == [(found["changes"]["counts"][0]["total"],)]


def test_a_rollback_says_what_is_published_now(home: Path) -> None:
    done = run_here(home, "rollback", "--json")
    found = json.loads(done.stdout)
    assert found["version"]["build_id"] == json.loads((home / "0.json").read_text(encoding="utf-8"))["build_id"]
    assert [one.build_id for one in list_versions(home) if one.is_current] == [found["version"]["build_id"]]


# -------------------------------------------------------------------------------------------- completion


def test_bash_completes_commands_and_values(demo_home: BuiltHome) -> None:
    script = subprocess.run(
        [PROGRAM], env=environment(demo_home.path, _LEADHOUSE_COMPLETE="source_bash"), capture_output=True, text=True, check=True
    ).stdout  # fmt: skip
    asked = f"""
        {script}
        ask() {{
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _leadhouse_completion leadhouse
            echo "${{COMPREPLY[*]}}"
        }}
        ask leadhouse ver
        ask leadhouse tune thr
        ask leadhouse explain x --scorecard ""
        ask leadhouse tune points --outcome ""
        ask leadhouse rollback 2
    """
    told = subprocess.run(
        ["bash", "-c", asked],
        env=environment(demo_home.path, PATH=f"{Path(PROGRAM).parent}{os.pathsep}{os.environ['PATH']}"),
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    ((build_id,),) = demo_home.query("select build_id from marts.build_runs")
    assert told.splitlines() == [
        "versions",
        "threshold",
        " ".join(completion.scorecards("")),
        " ".join(OUTCOMES),
        build_id,
    ]
    assert completion.scorecards("b2b_v2") == ["b2b_v2_recency"]


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_there_is_a_script_for_other_shells(shell: str, tmp_path: Path) -> None:
    shown = run(tmp_path, _LEADHOUSE_COMPLETE=f"source_{shell}")
    assert shown.returncode == 0 and f"complete_{shell}" in shown.stdout


def test_completion_is_installed_for_the_shell_that_runs_it(tmp_path: Path) -> None:
    command = f"{shlex.quote(PROGRAM)} --install-completion; exit $?"
    done = subprocess.run(
        ["bash", "-c", command],
        env=environment(tmp_path, HOME=str(tmp_path)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (script,) = tmp_path.glob(".bash_completions/*")
    assert str(script) in (tmp_path / ".bashrc").read_text(encoding="utf-8")
    assert "_leadhouse_completion" in script.read_text(encoding="utf-8")


def test_help_and_completion_wait_for_no_engine() -> None:
    code = """
import sys
from leadhouse import cli, completion
completion.scorecards(""), completion.versions("")
sys.exit(", ".join({"dbt", "duckdb", "numpy", "yaml", "psutil", "filelock"} & set(sys.modules)) or 0)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --------------------------------------------------------------------------------------------- terminals


def in_terminal(command: list[str], home: Path, columns: int, **more: str) -> tuple[int, str]:
    """Run on a terminal of so many columns; gives the exit code and all that arrived there."""
    lead, follower = pty.openpty()
    os.set_blocking(lead, False)
    wanted = {**environment(home, **more), "TERM": more.get("TERM", "xterm-256color"), "COLUMNS": str(columns)}
    process = subprocess.Popen(command, env=wanted, stdin=follower, stdout=follower, stderr=follower, cwd=home)
    os.close(follower)
    shown = b""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        ready, _, _ = select.select([lead], [], [], 0.1)
        try:
            part = os.read(lead, 65536) if ready else b""
        except OSError:
            part = b""
        shown += part
        if not part and process.poll() is not None:
            break
    os.close(lead)
    return process.wait(timeout=5), shown.decode()


def test_a_terminal_gets_colours_unless_it_asks_for_none(demo_home: BuiltHome) -> None:
    ((lead,),) = demo_home.query("select min(lead_id) from marts.leads")
    command = [PROGRAM, "explain", str(lead)]
    colour = re.compile(r"\x1b\[[\d;]*3\dm")
    assert colour.search(in_terminal(command, demo_home.path, 100)[1])
    assert not colour.search(in_terminal(command, demo_home.path, 100, NO_COLOR="1")[1])
    assert colour.search(run(demo_home.path, "explain", str(lead), FORCE_COLOR="1").stdout)


def test_a_narrow_terminal_loses_nothing(demo_home: BuiltHome, tmp_path: Path) -> None:
    """It wraps what is too wide."""
    entities = ("leads", "message_events", "score_adjustments")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COLUMNS", "40")
        shown = run_here(demo_home.path, "versions").stdout
        fresh = run_here(demo_home.path, "freshness", "--raw", str(write_world(tmp_path / "raw"))).stdout
    assert list_versions(demo_home.path)[0].build_id in shown and "…" not in shown + fresh
    assert all(entity in fresh for entity in entities)


def test_a_build_on_a_terminal_shows_a_line_that_goes_away(small: Callable[..., list[str]], home: Path) -> None:
    code, shown = in_terminal(small("build", "--raw", "raw", "--as-of", "2026-07-01"), home, 100)
    assert code == 0, shown
    assert re.search(r"9/9  0:\d\d", shown) and "2 tests passed" in shown
    assert "success  model" not in shown, "no line per model"
    last = shown.rpartition("\x1b[2K")[2]
    assert "Built, tested and published" in last and "Report:" not in last.split("Built")[0]


def test_without_a_terminal_no_line_is_written_over(small_home: Path) -> None:
    """Not even where colours are wished for, as in the log of a CI."""
    shown = (small_home / "0.err").read_text(encoding="utf-8")
    assert not re.search(r"\x1b\[\d*[KA]|\r", shown)
    assert len(re.findall(r"^\[\d/9\] success ", shown, flags=re.MULTILINE)) == 7


def test_progress_that_nobody_reads_stops_no_build(small_home: Path) -> None:
    assert json.loads((small_home / "1.json").read_text(encoding="utf-8"))["is_published"]


def test_the_time_left_is_judged_by_the_build_before() -> None:
    course = _Course({"slow": 9.0, "fast": 1.0})

    def finish(name: str, number: int, kind: str = "model", status: str = "success") -> Progress:
        step = Progress(NodeResult(name, name, kind, status, 1.0), number, 3)
        course.take(step)
        return step

    words = course.words(finish("fast", 1))
    assert course.share == 0.1 and words.startswith("1/3  0:00, 0:00 left  1 models, 0 tests passed")
    finish("slow", 2)
    assert course.share == 1
    assert "1 failed" in course.words(finish("test", 3, "test", "fail"))


def test_a_reader_that_goes_away_is_no_error(demo_home: BuiltHome) -> None:
    # Nobody reads from the start: whatever is written finds the pipe closed.
    for arguments in (["versions"], ["versions", "--json"], ["report", "--json"]):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [PROGRAM, *arguments], env=environment(demo_home.path), stdout=writer, stderr=subprocess.PIPE, text=True, check=False
        )  # fmt: skip
        os.close(writer)
        assert (done.returncode, done.stderr) == (ExitCode.CLOSED_PIPE, ""), arguments


def test_an_interrupt_ends_with_130_and_lets_go_of_the_lock(small: Callable[..., list[str]], home: Path) -> None:
    before = list_versions(home)
    code, shown = 0, ""
    with subprocess.Popen(
        small("build", "--raw", "raw"), env=environment(home), cwd=home, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        # Whoever runs the tests in the background lets them ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        for line in process.stdout:
            shown += line
            if line.startswith("["):
                process.send_signal(signal.SIGINT)
                break
        shown += process.stdout.read()
        code = process.wait()
    assert code == ExitCode.INTERRUPTED, shown
    assert "Interrupted: the build did not finish." in shown and "Traceback" not in shown
    assert read_holder(home) is None and list_versions(home) == before


# ----------------------------------------------------------------------------------------- personal data


def test_no_command_names_a_person_unless_asked(canary_home: BuiltHome, tmp_path: Path) -> None:
    raw = str(write_world(tmp_path / "raw"))
    ((lead,),) = canary_home.work("select lead_id from marts.lead_identifiers where identifier = ?", [EMAIL])
    for name, words in READING.items():
        given = words.replace("RAW", raw).replace("LEAD", str(lead)).split()
        # Text has no more in it than JSON; where it has its own words, it is looked at too.
        for form in ((), ("--json",)) if name.startswith(("alerts", "explain", "validate")) else (("--json",),):
            done = run_here(canary_home.path, *name.split(), *given, *form)
            found = [word for word in SECRETS if word.lower() in (done.stdout + done.stderr).lower()]
            if name == "export-person":
                assert found, "the search finds her"
            else:
                assert not found, (name, found, done.stdout, done.stderr)
    asked = run_here(canary_home.path, "alerts", "list", "--personal").stdout
    assert [word for word in SECRETS if word in asked]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("Conversion Error: Could not convert string 'Ann Smith' to INT32", "Conversion Error: Could not convert string '...' to INT32"),
        ("Constraint Error: Duplicate key \"email: ann@x.example\"", "Constraint Error: Duplicate key '...'"),
        ('Binder Error: Referenced column "scroe" not found', 'Binder Error: Referenced column "scroe" not found'),
        ("Catalog Error: no ann@x.example here", "Catalog Error: no (address) here"),
    ],
)  # fmt: skip
def test_errors_of_values_do_not_quote_them(message: str, shown: str) -> None:
    assert unnamed(message) == shown
    node = NodeResult("model.a", "a", "model", "error", 0.1, message=message)
    assert results._failure(KeptFailure(node, None)).message == (shown,)


def test_the_page_shows_how_to_switch_completion_on() -> None:
    text = section(read("docs/reference/command-line.md"), "## Completion")
    assert "leadhouse --install-completion" in "".join(block.body for block in blocks(text, "sh"))

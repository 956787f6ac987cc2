"""The command line: exit codes, messages instead of tracebacks, and help with an example for every command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

import leadhouse.explain
from build_fixtures import DOUBLE_LEADS, GOOD_LEADS, MORE_LEADS, query, write_leads, write_project
from explain_fixtures import write_criteria, write_published
from leadhouse import build, cli, records, show
from leadhouse.build import options_from, read_variables, resume, run_build
from leadhouse.errors import InputError, Problem
from leadhouse.lock import build_lock, read_holder
from leadhouse.moments import parse_time

COMMANDS = ("demo", "conform", "validate", "build", "versions", "rollback", "explain")


class Line:
    """Runs commands in this process, on a home and a small project of their own."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.home = folder / "home"
        self.raw = folder / "raw"
        self.project = write_project(folder / "project")
        self._capsys = capsys

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error; control characters would show as they are."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            cli.main(list(arguments))
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return int(end.value.code or 0), out, err


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Line:
    """The command line with the small project; what `check` finds is other tests' matter."""
    line = Line(tmp_path, capsys)
    monkeypatch.setenv("LEADHOUSE_HOME", str(line.home))
    for examined in ("check", "source_warnings", "freshness_warnings"):
        monkeypatch.setattr(build, examined, lambda *_, **__: [])
    monkeypatch.setattr(build, "run_build", partial(run_build, project_root=line.project))
    monkeypatch.setattr(build, "resume", partial(resume, project_root=line.project))
    return line


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(line: Line, command: str) -> None:
    code, out, _ = line.run(command, "--help")
    assert code == 0
    assert f"Example: leadhouse {command}" in out


def test_the_commands_are_these(line: Line) -> None:
    _, out, _ = line.run("--help")
    assert set(COMMANDS) <= set(re.findall(r"^\s+([a-z]+)\s", out, flags=re.MULTILINE))


def test_help_does_not_wait_for_dbt() -> None:
    code = "import sys; from leadhouse import cli, explain; sys.exit('dbt' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_good_build_ends_with_what_changed_and_where_to_look(line: Line) -> None:
    write_leads(line.raw, GOOD_LEADS)
    code, out, err = line.run("build", "--raw", str(line.raw), "--as-of", "2026-07-01T00:00:00")
    assert code == 0
    assert "Built, tested and published: 7 models, 2 tests" in out
    assert "as of 2026-07-01 00:00:00 UTC" in out
    assert "First version: leads 3, MQLs 2, SQLs 1" in out
    assert str(line.home / "leadhouse.duckdb") in out
    assert re.search(r"^\[\d/9\] success  model  leads  \d+\.\d\d s$", err, flags=re.MULTILINE)
    assert "\x1b" not in out + err
    assert (line.home / "logs" / "dbt.log").exists()


def test_a_failed_test_exits_1_and_says_which_rows(line: Line) -> None:
    write_leads(line.raw, DOUBLE_LEADS)
    code, out, _ = line.run("build", "--raw", str(line.raw))
    assert code == 1
    assert "test unique_leads_lead_id: 1 row failed" in out
    assert "For example: lead_id a" in out
    assert "Nothing was published." in out
    table = re.search(r"The rows: select \* from (\S+) in", out)
    assert table is not None
    assert len(query(line.home / "work.duckdb", f"from {table.group(1)}")) == 1
    assert not (line.home / "leadhouse.duckdb").exists()


def test_a_part_says_that_it_is_not_published(line: Line) -> None:
    write_leads(line.raw, GOOD_LEADS)
    code, out, _ = line.run(
        "build", "--raw", str(line.raw), "--select", "leads", "--select", "lead_stages sales_alerts"
    )
    assert code == 0
    assert "Nothing was published, because --select builds only a part" in out
    assert query(line.home / "work.duckdb", "select count(*) from duckdb_tables() where schema_name = 'marts'") == [
        (3,)
    ]
    assert not (line.home / "leadhouse.duckdb").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--as-of", "yesterday"), "`yesterday` is not a moment"),
        (("--vars", "{a: "), "is not YAML"),
        (("--vars", "[1, 2]"), "is not a mapping"),
        (("--vars", "{as_of: never}"), "--vars, as_of: `never` is not a moment"),
        (("--select", "no_such_model"), "`no_such_model` matches no model"),
        (("--nonsense",), "No such option"),
        (("--retry",), "takes everything from the build that failed"),
        (("--keep-versions", "0"), "--keep-versions"),
    ],
)
def test_bad_usage_exits_2_and_says_what_is_wrong(line: Line, arguments: tuple[str, ...], message: str) -> None:
    write_leads(line.raw, GOOD_LEADS)
    code, _, err = line.run("build", "--raw", str(line.raw), *arguments)
    assert code == 2
    assert message in err


def test_every_problem_is_listed_and_nothing_is_built(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        Problem(
            "seeds/scoring/scorecards.csv, line 3, column is_champion", "`true` is the second champion", "Keep one."
        ),
        Problem("raw/[red]leads.csv", "lacks \x1b[31mthe column\u202e `lead_source_id`", "Add it."),
    ]
    monkeypatch.setattr(build, "check", lambda *_, **__: found)
    for command in ("validate", "build"):
        code, out, err = line.run(command)
        assert (code, out) == (2, "")
        assert "2 problems; nothing was changed." in err
        assert "line 3, column is_champion: `true` is the second champion" in err
        assert r"raw/[red]leads.csv: lacks \x1b[31mthe column\u202e `lead_source_id`" in err
        assert "\x1b" not in err and "\u202e" not in err
    assert not (line.home / "work.duckdb").exists()


def test_a_second_build_exits_75_and_names_the_first(line: Line) -> None:
    line.home.mkdir()
    code = (
        "import sys; from pathlib import Path; from leadhouse.lock import build_lock\n"
        "with build_lock(Path(sys.argv[1]), 'leadhouse build'): print(1, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(line.home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        assert first.stdout is not None and first.stdin is not None
        first.stdout.readline()
        exit_code, _, err = line.run("build")
        first.stdin.close()
    assert exit_code == 75
    assert f"process {first.pid}" in err


def test_versions_are_listed_and_gone_back_to(line: Line) -> None:
    code, out, _ = line.run("versions")
    assert (code, out) == (0, "Nothing has been published yet.\n")
    for leads, day in ((GOOD_LEADS, "2026-07-02"), (MORE_LEADS, "2026-07-01")):
        write_leads(line.raw, leads)
        code, _, err = line.run("build", "--raw", str(line.raw), "--as-of", day, "--keep-versions", "2")
        assert code == 0
    assert "Warning: as-of: 2026-07-01 00:00:00 is before the last build's 2026-07-02 00:00:00" in err
    _, out, _ = line.run("versions", "--json")
    newer, older = json.loads(out)["versions"]
    assert (newer["is_current"], newer["as_of"], older["is_current"]) == (True, "2026-07-01T00:00:00", False)
    code, out, _ = line.run("rollback")
    assert code == 0
    assert f"Published again: {older['build_id']}, as of 2026-07-02 00:00:00 UTC." in out
    _, out, _ = line.run("versions")
    assert re.search(rf"^\s*{older['build_id']} .* published\s*$", out, flags=re.MULTILINE)
    code, _, err = line.run("rollback", "nothing")
    assert code == 2
    assert f"There are: {newer['build_id']}, {older['build_id']}." in err
    runs = records.read(line.home)
    assert [(run.status, run.count_warnings) for run in runs] == [
        ("succeeded", 0),
        ("succeeded", 1),
        ("rolled_back", 0),
    ]


def test_a_retry_says_when_there_is_nothing_to_go_on_with(line: Line) -> None:
    code, _, err = line.run("build", "--retry")
    assert code == 2
    assert "--retry: there is no failed build to go on with" in err
    assert "Run `leadhouse build` without it." in err
    write_leads(line.raw, DOUBLE_LEADS)
    _, out, _ = line.run("build", "--raw", str(line.raw), "--as-of", "2026-07-01", "--json")
    told = json.loads(out)
    assert (told["status"], told["is_published"], told["changes"]) == ("failed", False, None)
    (failure,) = told["failures"]
    assert (failure["name"], failure["count_failed_rows"]) == ("unique_leads_lead_id", 1)
    assert (failure["examples"], failure["table"]) == (["lead_id a"], 'test_failures."unique_leads_lead_id"')
    code, out, _ = line.run("build", "--retry")
    assert code == 1
    assert "test unique_leads_lead_id: 1 row failed" in out
    assert "Build failed: 1 of 0 models, 1 tests" in out


def test_the_lock_of_a_dead_holder_is_taken_over_and_told(line: Line) -> None:
    line.home.mkdir()
    dead = {"pid": 1, "host": "there", "user": "ann", "since": "2026-07-01 00:00:00 UTC", "command": "leadhouse build"}
    (line.home / "build.lock.json").write_text(json.dumps(dead), encoding="utf-8")
    _, _, err = line.run("rollback")
    assert "Took over the lock of `leadhouse build` by ann on there (process 1) since 2026-07-01 00:00:00 UTC" in err


def test_an_interrupted_build_lets_go_of_the_lock(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(build, "run_build", interrupt)
    code, _, err = line.run("build")
    assert code == 130
    assert "Interrupted: the build did not finish." in err
    assert read_holder(line.home) is None
    with build_lock(line.home, "leadhouse build"):
        pass


def test_an_unexpected_error_goes_to_the_log(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a fault nobody \x1b[31mthought of")

    monkeypatch.setattr(build, "run_build", fail)
    code, _, err = line.run("build")
    assert code == 1
    log = line.home / "logs" / "leadhouse.log"
    assert str(log) in err
    assert r"RuntimeError: a fault nobody \x1b[31mthought of" in err
    assert "Traceback" in log.read_text(encoding="utf-8")


def test_explain_prints_the_sum_and_unknown_leads_exit_2(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    root = write_criteria(line.project / "criteria")
    write_published(line.home, root)
    monkeypatch.setattr(leadhouse.explain, "explain", partial(leadhouse.explain.explain, project_root=root))
    code, out, _ = line.run("explain", "ann@example.com")
    assert code == 0
    assert "score 40, grade A1 (fit 15, engagement 25)" in out
    assert re.search(r"sum = score\s+40\s", out)
    assert "by rule by_score with a score of 40" in out
    code, out, _ = line.run("explain", "ann", "--as-of", "2026-06-09T10:00:00+00:00")
    assert code == 0
    assert "score is 25, needs >= 30" in out
    code, _, err = line.run("explain", "nobody@example.com")
    assert code == 2
    assert "`nobody@example.com`: is not a lead of the published database" in err


def test_explain_before_any_build_exits_2(line: Line) -> None:
    code, _, err = line.run("explain", "ann@example.com")
    assert code == 2
    assert "nothing has been published yet" in err


def test_the_program_itself_ends_with_the_exit_code(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("leadhouse")
    environment = {**os.environ, "LEADHOUSE_HOME": str(tmp_path), "NO_COLOR": "1"}
    done = subprocess.run([program, "explain", "x"], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_settings_a_flag_wins_over_vars_and_vars_over_the_default(tmp_path: Path) -> None:
    now = parse_time("2026-01-01", "test")
    default = tmp_path / "default"
    plain = options_from(None, default, None, {}, now)
    assert (plain.raw, plain.as_of) == (default, now)
    variables = read_variables(json.dumps({"raw_path": str(tmp_path / "vars"), "as_of": "2026-02-01T02:00:00+02:00"}))
    by_vars = options_from(None, default, None, variables, now)
    assert (by_vars.raw, by_vars.as_of.isoformat()) == (tmp_path / "vars", "2026-02-01T00:00:00")
    by_flag = options_from(tmp_path / "flag", default, "2026-03-01", variables, now)
    assert (by_flag.raw, by_flag.as_of.isoformat()) == (tmp_path / "flag", "2026-03-01T00:00:00")
    assert read_variables(None) == {}
    with pytest.raises(InputError):
        parse_time("2026-13-01", "test")


def test_values_are_shown_on_one_line_and_cut() -> None:
    assert show.plain("a\nb\x00\x1b[2J\u202e\u2028") == r"a\nb\x00\x1b[2J\u202e\u2028"
    assert show.plain("גבעה 🙂") == "גבעה 🙂"
    assert show.plain("x" * 300) == "x" * 200 + "…"

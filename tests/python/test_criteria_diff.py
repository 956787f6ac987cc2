"""What `leadhouse criteria diff` says comes true when the changed criteria are really built, and nothing is touched by asking."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from build_fixtures import copied_project
from conftest import BuiltHome
from leadhouse import criteria_diff, forget, show, show_criteria
from leadhouse.build import BuildOptions, run_build
from leadhouse.criteria_diff import CriteriaDiff, diff
from leadhouse.criteria_replay import FOLDER_PREFIX, RESULTS, Sources
from leadhouse.demo import write_world
from leadhouse.errors import InputError, LockedError
from leadhouse.lock import build_lock
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt

IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
STAGE_RULES, ENGAGEMENT = "lifecycle/stage_rules.csv", "scoring/engagement_rules.csv"
LOWER = "b2b_v1,mql,mql_score,1,score,>=,40,,2026-04-01,,Score of 40 or more (for a test)\n"
NOWHERE = Sources(Path("/nonexistent"), {})


def edit(root: Path, name: str, change: Callable[[str], str]) -> None:
    path = root / "seeds" / name
    text = path.read_text(encoding="utf-8")
    assert change(text) != text
    path.write_text(change(text), encoding="utf-8")


def points(text: str, rule_id: str, old: str, new: str) -> str:
    """The champion's engagement rule with other points."""
    start = text.index(f"b2b_v1,{rule_id},")
    end = text.index("\n", start)
    return text[:start] + text[start:end].replace(f",{old},", f",{new},", 1) + text[end:]


def change_threshold_and_points(root: Path) -> None:
    edit(root, STAGE_RULES, lambda text: text + LOWER)
    edit(root, STAGE_RULES, lambda text: text.replace("2,count:email_open,>=,4,", "2,count:email_open,>=,99,", 1))
    edit(root, ENGAGEMENT, lambda text: points(text, "demo_requests", "30", "1"))
    edit(root, ENGAGEMENT, lambda text: points(text, "page_views", "0.5", "2.5"))


def git(root: Path, *arguments: str) -> None:
    named = ["-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *named, *arguments], cwd=root, check=True, capture_output=True)


def results(database: Path) -> dict[str, Any]:
    """Score and grade of each lead, and who is MQL and SQL since when, by the champion."""
    with duckdb.connect(str(database), read_only=True) as connection:
        scores = connection.execute("select lead_id, score, grade from marts.lead_scores where is_champion").fetchall()
        stages = connection.execute("select lead_id, mql_at, sql_at from marts.lead_stages").fetchall()
    return {
        "score": {lead: score for lead, score, _ in scores},
        "grade": {lead: grade for lead, _, grade in scores},
        "mql": {lead: at for lead, at, _ in stages if at},
        "sql": {lead: at for lead, _, at in stages if at},
    }


def assert_came_true(said: CriteriaDiff, before: dict[str, Any], after: dict[str, Any]) -> None:
    effect = said.effect
    assert effect is not None
    # Mappings may decide who is a lead at all.
    both = before["score"].keys() & after["score"].keys()
    assert effect.count_leads == len(both)
    assert effect.count_leads_gained == len(after["score"].keys() - both)
    assert effect.count_leads_lost == len(before["score"].keys() - both)
    differing = {lead for lead in both if after["score"][lead] != before["score"][lead]}
    assert {lead.lead_id for lead in effect.scores} == differing
    assert effect.count_scores_changed == len(differing)
    for lead in effect.scores:
        assert (lead.score_before, lead.score_after) == (before["score"][lead.lead_id], after["score"][lead.lead_id])
        assert (lead.grade_before, lead.grade_after) == (before["grade"][lead.lead_id], after["grade"][lead.lead_id])
        # What the rules make up for is the whole of the difference, but for the limits of the score itself.
        assert lead.rules
    assert effect.count_grades_changed == sum(after["grade"][lead] != before["grade"][lead] for lead in both)
    for stage in effect.stages:
        old, new = before[stage.stage], after[stage.stage]
        assert {lead.lead_id: lead.entered_at for lead in stage.gained} == {
            lead: at for lead, at in new.items() if lead not in old
        }
        assert {lead.lead_id: lead.entered_at for lead in stage.lost} == {
            lead: at for lead, at in old.items() if lead not in new
        }
        assert stage.count_moved == sum(lead in new and new[lead] != at for lead, at in old.items())
        assert (stage.count_before, stage.count_after) == (len(old), len(new))
        assert sum(getattr(one, f"{stage.stage}_gained") for one in effect.channels) == stage.count_gained
        assert sum(getattr(one, f"{stage.stage}_lost") for one in effect.channels) == stage.count_lost
    assert sum(one.count_scores_changed for one in effect.channels) == len(differing)


def everything_in(home: Path) -> dict[str, Any]:
    found = sorted(path for path in home.rglob("*") if path.name != "build.lock")
    return {str(path): (path.stat().st_size, path.stat().st_mtime_ns) for path in found if path.is_file()}


def test_what_it_says_comes_true(demo_home: BuiltHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(criteria_diff, "COUNT_EXAMPLES", 10_000)
    root = copied_project(tmp_path / "project")
    change_threshold_and_points(root)
    kept = everything_in(demo_home.path)

    said = diff(demo_home.path, root, None, NOWHERE)

    assert everything_in(demo_home.path) == kept
    assert [(row.file, row.kind, row.cells.get("points")) for row in said.rows] == [
        ("seeds/scoring/engagement_rules.csv", "changed", ("0.5", "2.5")),
        ("seeds/scoring/engagement_rules.csv", "changed", ("30", "1")),
        ("seeds/lifecycle/stage_rules.csv", "changed", None),
        ("seeds/lifecycle/stage_rules.csv", "added", None),
    ]
    assert said.build_id == said.published_build_id
    assert said.effect is not None and said.effect.count_other_causes == 0
    built = tmp_path / "built"
    built.mkdir()
    shutil.copy(demo_home.path / "work.duckdb", built)
    shutil.copytree(demo_home.path / "target", built / "target")
    before = results(built / "work.duckdb")
    selected = [f"+{name}" for name in RESULTS]
    assert demo_home.world is not None
    run = {"raw_path": str(demo_home.world.output), "as_of": "2026-07-01 00:00:00", "build_id": "next"}
    done = run_dbt(
        ["build", "--resource-type", "seed", "--resource-type", "model", "--select", *selected], built, root, None, run
    )
    assert done.is_good, done.failed
    after = results(built / "work.duckdb")
    assert_came_true(said, before, after)
    stages = {stage.stage: stage for stage in said.effect.stages}
    assert stages["mql"].count_gained and said.effect.count_scores_down and said.effect.count_scores_up
    assert any(stage.count_lost for stage in stages.values()), "the edits are to take a stage from somebody as well"
    assert str(tmp_path) not in json.dumps(said.as_json())


def test_without_a_change_nothing_differs(
    demo_home: BuiltHome, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = copied_project(tmp_path / "project")
    # Other words for the same: an order, and a number's spelling.
    edit(root, ENGAGEMENT, lambda text: points(text, "page_views", "0.5", "0.50"))
    edit(
        root,
        "mapping/shared_mailboxes.csv",
        lambda text: "\n".join(["mailbox", *sorted(text.split()[1:], reverse=True), ""]),
    )
    git(root, "init", "-q")
    git(root, "add", "seeds")
    git(root, "commit", "-qm", "Start")
    for revision in (None, "HEAD"):
        said = diff(demo_home.path, root, revision, NOWHERE)
        assert said.rows == [] and said.effect is None
    show_criteria.diff(show.console(), said)
    assert "Nothing differs." in capsys.readouterr().out


def test_a_row_that_no_score_depends_on_is_built_by_nobody(demo_home: BuiltHome, tmp_path: Path) -> None:
    root = copied_project(tmp_path / "project")
    edit(root, "lifecycle/targets.csv", lambda text: text.replace("all,lead,200", "all,lead,210", 1))
    said = diff(demo_home.path, root, None, NOWHERE)
    assert [row.cells for row in said.rows] == [{"target": ("200", "210")}]
    assert said.effect is None
    assert list(demo_home.path.glob(f"{FOLDER_PREFIX}*")) == []


def test_a_revision_that_cannot_be_had_is_refused(demo_home: BuiltHome, tmp_path: Path) -> None:
    root = copied_project(tmp_path / "project")
    with pytest.raises(InputError, match="is not in a git work tree"):
        diff(demo_home.path, root, "HEAD", NOWHERE)
    git(root, "init", "-q")
    git(root, "add", "dbt_project.yml")
    git(root, "commit", "-qm", "No criteria yet")
    git(root, "add", "seeds")
    git(root, "commit", "-qm", "Start")
    (root / "seeds" / STAGE_RULES).write_text("nothing\n", encoding="utf-8")
    git(root, "commit", "-qam", "Spoil it")
    git(root, "checkout", "-q", "HEAD~1", "--", "seeds")
    for revision in ("nowhere", "--help", ""):
        with pytest.raises(InputError, match="has no git revision"):
            diff(demo_home.path, root, revision, NOWHERE)
    with pytest.raises(InputError, match=r"HEAD~2:seeds/scoring/scorecards\.csv: is not there") as missing:
        diff(demo_home.path, root, "HEAD~2", NOWHERE)
    assert len(missing.value.problems) == len(list(PROJECT_ROOT.glob("seeds/*/*.csv")))
    with pytest.raises(InputError, match=r"HEAD:seeds/lifecycle/stage_rules\.csv, line 1"):
        diff(demo_home.path, root, "HEAD", NOWHERE)


def test_criteria_with_faults_are_shown_before_anything_is_built(demo_home: BuiltHome, tmp_path: Path) -> None:
    root = copied_project(tmp_path / "project")
    edit(root, ENGAGEMENT, lambda text: points(text, "page_views", "0.5", "many"))
    with pytest.raises(InputError, match=r"seeds/scoring/engagement_rules.csv, line \d+, column points: 'many'"):
        diff(demo_home.path, root, None, NOWHERE)


def test_it_needs_a_finished_build(demo_home: BuiltHome, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not there"):
        diff(tmp_path, PROJECT_ROOT, None, NOWHERE)
    shutil.copy(demo_home.path / "work.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / "work.duckdb")) as connection:
        connection.execute("update intermediate.build_plan set invocation_id = 'another'")
    with pytest.raises(InputError, match="failed, was stopped, or built only a part"):
        diff(tmp_path, PROJECT_ROOT, None, NOWHERE)


def test_what_a_killed_one_has_left_goes_and_an_error_leaves_nothing(
    demo_home: BuiltHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = copied_project(tmp_path / "project")
    change_threshold_and_points(root)
    left = demo_home.path / f"{FOLDER_PREFIX}left"
    left.mkdir()
    seen: list[int] = []

    def interrupted(*arguments: Any, **options: Any) -> None:
        [folder] = demo_home.path.glob(f"{FOLDER_PREFIX}*")
        seen.append(folder.stat().st_mode & 0o777)
        raise KeyboardInterrupt

    monkeypatch.setattr("leadhouse.criteria_replay.run_dbt", interrupted)
    with pytest.raises(KeyboardInterrupt):
        diff(demo_home.path, root, None, NOWHERE)
    assert seen == [0o700]
    assert list(demo_home.path.glob(f"{FOLDER_PREFIX}*")) == []


def test_forget_removes_what_a_killed_one_has_left(tmp_path: Path) -> None:
    left = tmp_path / f"{FOLDER_PREFIX}left" / "home"
    left.mkdir(parents=True)
    (left / "work.duckdb").write_bytes(b"somebody's data")
    assert list(forget._remove(tmp_path)) == [f"{FOLDER_PREFIX}left"]
    assert list(tmp_path.iterdir()) == []


def test_the_command_waits_for_no_build(demo_home: BuiltHome, run_cli: Callable[..., Any]) -> None:
    with build_lock(demo_home.path, "leadhouse build"):
        done = run_cli(demo_home.path, "criteria", "diff")
    assert done.returncode == LockedError.exit_code
    assert "A build is running" in done.stderr


@pytest.mark.skipif(not IS_SOAK, reason="three builds of a larger world: only with LEADHOUSE_SOAK")
def test_what_it_says_comes_true_in_a_larger_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(criteria_diff, "COUNT_EXAMPLES", 10_000)
    write_world(tmp_path / "raw", leads=600, seed=2)
    root, home = copied_project(tmp_path / "project"), tmp_path / "home"
    home.mkdir()
    options = BuildOptions(raw=tmp_path / "raw", as_of=datetime(2026, 6, 1))
    run_build(options, home, None, root)
    # An incremental build, after which tables of changed leads hold only these.
    options = replace(options, as_of=datetime(2026, 7, 1))
    run_build(options, home, None, root)
    changes: tuple[Callable[[], None], ...] = (
        lambda: change_threshold_and_points(root),
        lambda: edit(
            root,
            "mapping/activity_rules.csv",
            lambda text: text.replace("equals,demo_request,demo_request", "equals,demo_request,contact_form"),
        ),
        lambda: edit(
            root, "mapping/crawler_user_agents.csv", lambda text: text + "firefox/,Any Firefox (for a test)\n"
        ),
        lambda: edit(
            root,
            "scoring/score_groups.csv",
            lambda text: text.replace("b2b_v1,web,engagement,0,20", "b2b_v1,web,engagement,0,5"),
        ),
    )
    for change in changes:
        change()
        before = results(home / "work.duckdb")
        said = diff(home, root, None, Sources(tmp_path / "raw", {}))
        assert said.effect is not None and said.effect.count_other_causes == 0
        outcome = run_build(options, home, None, root)
        assert outcome.published
        assert_came_true(said, before, results(home / "work.duckdb"))

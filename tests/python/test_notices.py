"""Failed builds are told: once per failure until a build succeeds, without personal data, and never at the build's cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from alert_fixtures import Receiver, receiving
from build_fixtures import DOUBLE_LEADS, GOOD_LEADS, write_leads, write_project
from leadhouse import cli, notices
from leadhouse.build import BuildOutcome, run_build
from leadhouse.errors import BuildError, InputError, LockedError, Problem
from leadhouse.notices import notify, without_values
from leadhouse.results import BuildResult


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """A service that is told about failures."""
    with receiving() as receiver:
        monkeypatch.setenv("LEADHOUSE_FAILURE_URLS", receiver.url())
        monkeypatch.setattr(notices, "PAUSES", (0.0,))
        yield receiver


@dataclass(frozen=True)
class Outcomes:
    """What builds of the small project came to."""

    good: BuildOutcome
    test_failed: BuildOutcome
    model_failed: BuildOutcome


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Outcomes:
    folder = tmp_path_factory.mktemp("outcomes")
    home, project = folder / "home", write_project(folder / "project")
    home.mkdir()

    def build(leads: str) -> BuildOutcome:
        return run_build(write_leads(folder / "raw", leads), home, project_root=project)

    good = build(GOOD_LEADS)
    both_failed = build(DOUBLE_LEADS.replace("2026-06-28", "ann.canary@example.com"))
    model, test = sorted(both_failed.failures, key=lambda failure: failure.node.is_test)
    record = replace(both_failed.record, count_failed=1)
    return Outcomes(
        good,
        replace(both_failed, record=record, failures=[test]),
        replace(both_failed, record=record, failures=[model]),
    )


@dataclass(frozen=True)
class Builds:
    """Runs `leadhouse build` in this process, with a build that comes to what is asked for."""

    home: Path
    monkeypatch: pytest.MonkeyPatch
    capture: pytest.CaptureFixture[str]

    def run(self, outcome: BuildOutcome | list[Problem], *arguments: str) -> tuple[int, str]:
        """Exit code, and all that was printed."""

        def build(*_: object) -> BuildResult:
            if isinstance(outcome, list):
                raise InputError(outcome)
            return BuildResult(outcome, self.home, [], None)

        self.monkeypatch.setattr(cli, "_build", build)
        with pytest.raises(SystemExit) as end:
            cli.main(["build", *arguments])
        return int(end.value.code or 0), "".join(self.capture.readouterr())


@pytest.fixture
def builds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Builds:
    monkeypatch.setenv("LEADHOUSE_HOME", str(tmp_path))
    return Builds(tmp_path, monkeypatch, capfd)


def test_a_failure_is_told_once_until_a_build_succeeds(builds: Builds, outcomes: Outcomes, receiver: Receiver) -> None:
    assert builds.run(outcomes.good)[0] == 0
    assert receiver.received == []
    assert [builds.run(outcomes.test_failed)[0], builds.run(outcomes.test_failed)[0]] == [1, 1]
    assert receiver.titles() == ["Leadhouse build failed"]
    body = receiver.received[0][1]["message"]
    assert 'test unique_leads_lead_id: 1 row failed, kept in test_failures."unique_leads_lead_id"' in body
    assert "1 of 6 models and 2 tests failed. Nothing was published." in body
    assert f"Home: {builds.home}" in body
    assert [builds.run(outcomes.good)[0], builds.run(outcomes.good)[0]] == [0, 0]
    assert receiver.titles() == ["Leadhouse build failed", "Leadhouse builds work again"]
    assert builds.run(outcomes.test_failed)[0] == 1
    assert receiver.titles()[2:] == ["Leadhouse build failed"]


def test_another_failure_is_told_on_its_own_without_the_values_it_quotes(
    builds: Builds, outcomes: Outcomes, receiver: Receiver
) -> None:
    assert [builds.run(outcomes.test_failed)[0], builds.run(outcomes.model_failed)[0]] == [1, 1]
    body = receiver.received[1][1]["message"]
    assert "model lead_stages: Conversion Error:" in body
    assert "canary" not in body and "example.com" not in body


def test_bad_input_is_told_where_it_is_and_criteria_with_what_it_is(builds: Builds, receiver: Receiver) -> None:
    found = [
        Problem("seeds/scoring/scorecards.csv, line 3", "`true` is the second champion", "Keep one."),
        Problem("generic.leads, file leads.csv, line 7", "the file cannot be read: ann canary", "Deliver it again."),
    ]
    assert [builds.run(one)[0] for one in (found, found, found[:1])] == [2, 2, 2]
    bodies = [message["message"] for _, message in receiver.received]
    assert len(bodies) == 2 and "canary" not in bodies[0]
    assert "- seeds/scoring/scorecards.csv, line 3: `true` is the second champion" in bodies[0]
    assert "- generic.leads, file leads.csv, line 7\n" in bodies[0]


def test_a_service_that_fails_changes_neither_the_exit_code_nor_what_is_told_later(
    builds: Builds, outcomes: Outcomes, receiver: Receiver
) -> None:
    receiver.behave = lambda path: 500
    code, shown = builds.run(outcomes.test_failed)
    assert code == 1 and "was not told about the build: it answered HTTP 500" in shown
    assert len(receiver.received) == 2
    receiver.behave = lambda path: 200
    receiver.received.clear()
    assert builds.run(outcomes.test_failed)[0] == 1
    assert receiver.titles() == ["Leadhouse build failed"]
    receiver.behave = lambda path: 500
    assert builds.run(outcomes.good)[0] == 0
    receiver.behave = lambda path: 200
    receiver.received.clear()
    assert builds.run(outcomes.good)[0] == 0
    assert receiver.titles() == ["Leadhouse builds work again"]


def test_bad_targets_and_a_damaged_record_do_not_stop_a_build(
    builds: Builds, outcomes: Outcomes, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    (builds.home / "deliveries.sqlite").write_bytes(b"damaged" * 1000)
    code, shown = builds.run(outcomes.good)
    assert code == 0 and "is damaged" in shown
    assert builds.run(outcomes.test_failed)[0] == 1
    assert receiver.titles() == ["Leadhouse build failed"]
    monkeypatch.setenv("LEADHOUSE_FAILURE_URLS", "nosuch://hunter2")
    code, shown = builds.run(outcomes.test_failed)
    assert code == 1 and "LEADHOUSE_FAILURE_URLS, URL 1" in shown and "hunter2" not in shown


def test_a_part_of_a_build_and_a_second_build_are_no_news(
    builds: Builds, outcomes: Outcomes, receiver: Receiver
) -> None:
    assert builds.run(outcomes.test_failed, "--select", "leads")[0] == 1
    assert notify(builds.home, LockedError("a build is running")) == []
    assert receiver.received == []


def test_the_same_failure_is_news_again_after_a_success_that_nobody_could_be_told_of(
    tmp_path: Path, receiver: Receiver
) -> None:
    notify(tmp_path, BuildError("dbt could not run: no such model"))
    with notices.open_deliveries(tmp_path) as deliveries:
        assert len(deliveries.end_failures()) == 1
    notify(tmp_path, BuildError("dbt could not run: no such model"))
    notify(tmp_path, BuildError("dbt could not run: no such macro"))
    notify(tmp_path, RuntimeError())
    notify(tmp_path, InputError([Problem("raw", "there is no folder", "Name it.")] * 30))
    assert len(receiver.received) == 5
    assert "... and 20 more" in receiver.received[-1][1]["message"]


def test_without_targets_nothing_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADHOUSE_FAILURE_URLS", raising=False)
    monkeypatch.delenv("LEADHOUSE_ALERT_URLS", raising=False)
    assert notify(tmp_path, BuildError("dbt could not run")) == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            "Conversion Error: Could not convert string 'ann' to INT32",
            "Conversion Error: Could not convert string '...' to INT32",
        ),
        ('Constraint Error: Duplicate key "email: ann"', "Constraint Error: Duplicate key '...'"),
        ("no value for ann@example.com or ann%40example.com", "no value for (address) or (address)"),
        ("call +1 (555) 010-0100 in line 12", "call +(number) in line 12"),
        ("Catalog Error: Table does not exist\nann", "Catalog Error: Table does not exist ann"),
    ],
)
def test_values_are_left_out_of_errors(text: str, shown: str) -> None:
    assert without_values(text) == shown

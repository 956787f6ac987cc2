"""What is ready to copy for schedulers works as it stands: cron, systemd and the container, without HOME or a terminal."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from leadhouse.demo import write_world
from leadhouse.doctor import PROCESS_BYTES
from leadhouse.machine import memory_limit_bytes
from leadhouse.paths import PROJECT_ROOT

IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
DEPLOY = PROJECT_ROOT / "deploy"
UNITS = ("leadhouse.service", "leadhouse.timer")
LEADHOUSE = str(Path(sys.executable).with_name("leadhouse"))


def put_here(text: str, folder: Path) -> str:
    """The text with the places of this test in the place of those of a server."""
    places = {
        "/opt/leadhouse/.venv/bin/leadhouse": LEADHOUSE,
        "/opt/leadhouse": str(PROJECT_ROOT),
        "/var/lib/leadhouse": str(folder / "home"),
        "/var/lib/exports": str(folder / "raw"),
        "/etc/leadhouse": str(folder / "etc"),
    }
    for place, here in places.items():
        text = text.replace(place, here)
    return text


def setting(unit: str, name: str) -> list[str]:
    """All values of a setting of a unit file."""
    return re.findall(rf"^{name}=(.*)$", (DEPLOY / unit).read_text(encoding="utf-8"), flags=re.MULTILINE)


def run_bare(command: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command line as a scheduler does: next to no environment, no terminal, in the root folder."""
    return subprocess.run(
        ["/bin/sh", "-c", command],
        env=environment,
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with an empty home and raw tables that stop a build at once, before dbt is asked."""
    (tmp_path / "home" / "logs").mkdir(parents=True)
    (tmp_path / "raw").mkdir()
    (tmp_path / "raw" / "leads.csv").write_text("email\nann@example.com\n", encoding="utf-8")
    return tmp_path


def test_dbt_writes_nothing_into_the_folder_of_a_user_who_may_have_none() -> None:
    flags = yaml.safe_load((PROJECT_ROOT / "dbt_project.yml").read_text(encoding="utf-8"))["flags"]
    assert flags == {"send_anonymous_usage_stats": False, "hints_enabled": False}


# ------------------------------------------------------------------------------- systemd


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="this machine has no systemd-analyze")
def test_the_units_are_valid(place: Path) -> None:
    for unit in UNITS:
        (place / unit).write_text(put_here((DEPLOY / unit).read_text(encoding="utf-8"), place), encoding="utf-8")
    units = [str(place / unit) for unit in UNITS]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    ours = [line for line in done.stderr.splitlines() if "leadhouse" in line]
    assert (done.returncode, ours) == (0, [])
    moment = subprocess.run(
        ["systemd-analyze", "calendar", *setting("leadhouse.timer", "OnCalendar")], capture_output=True, check=False
    )
    assert moment.returncode == 0


def test_the_service_starts_commands_that_exist(place: Path) -> None:
    environment = dict(line.split("=", 1) for line in setting("leadhouse.service", "Environment"))
    environment = {name: put_here(value, place) for name, value in environment.items()}
    commands = [*setting("leadhouse.service", "ExecStart"), *setting("leadhouse.service", "ExecStartPost")]
    # systemd's sign for a command that may fail.
    commands = [command.removeprefix("-") for command in commands]
    assert len(commands) == 2
    for command in commands:
        done = run_bare(put_here(command, place) + " --help", environment)
        assert done.returncode == 0, done.stderr
    done = run_bare(put_here(commands[0], place), environment)
    assert done.returncode == 2, done.stderr
    assert "required column lead_source_id is missing" in done.stderr


def test_the_service_leaves_memory_for_python_and_dbt() -> None:
    (limit,) = (
        line.partition("=")[2]
        for line in setting("leadhouse.service", "Environment")
        if line.startswith("LEADHOUSE_MEM")
    )
    (most,) = setting("leadhouse.service", "MemoryMax")
    assert most.endswith("G")
    assert int(most[:-1]) * 2**30 >= memory_limit_bytes(limit) + PROCESS_BYTES


def test_a_build_that_is_running_already_is_no_failure() -> None:
    assert setting("leadhouse.service", "SuccessExitStatus") == ["75"]


# ------------------------------------------------------------------------------- cron


def crontab(place: Path) -> tuple[dict[str, str], str]:
    """The environment that the crontab sets and its one command, with the places of this test."""
    lines = put_here((DEPLOY / "crontab").read_text(encoding="utf-8"), place).splitlines()
    lines = [line for line in lines if line and not line.startswith("#")]
    assignments = [line for line in lines if re.match(r"[A-Z_]+=", line)]
    (entry,) = (line for line in lines if line not in assignments)
    fields = entry.split(maxsplit=5)
    assert all(re.fullmatch(r"\*|\d+", field) for field in fields[:5])
    assert "%" not in fields[5], "cron reads % as the end of the line"
    # What cron itself sets, without HOME, which a user may lack.
    return dict(line.split("=", 1) for line in assignments) | {"PATH": "/usr/bin:/bin"}, fields[5]


def test_the_crontab_builds_and_sends_alerts(place: Path) -> None:
    environment, command = crontab(place)
    (place / "etc").mkdir()
    done = run_bare(command, environment)
    assert (done.stdout, done.stderr) == ("", ""), "cron would mail it every hour"
    log = (place / "home" / "logs" / "cron.log").read_text(encoding="utf-8")
    assert "required column lead_source_id is missing" in log
    assert "No such command" not in log


@pytest.mark.skipif(not IS_SOAK, reason="a real build: only with LEADHOUSE_SOAK")
def test_the_crontab_publishes(place: Path) -> None:
    (place / "raw" / "leads.csv").unlink()
    write_world(place / "raw", leads=20)
    environment, command = crontab(place)
    run_bare(command.split(";")[0], environment)
    log = (place / "home" / "logs" / "cron.log").read_text(encoding="utf-8")
    assert (place / "home" / "leadhouse.duckdb").exists(), log


# ------------------------------------------------------------------------------- container


def instructions(name: str) -> list[str]:
    """The arguments of each such instruction of the Dockerfile."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    return re.findall(rf"^{name} (.*)$", text, flags=re.MULTILINE)


def test_the_image_holds_all_that_a_build_needs(tmp_path: Path) -> None:
    root = tmp_path / "image"
    for arguments in instructions("COPY"):
        *sources, target = arguments.split()
        for source in sources:
            goal = root / (source if target == "./" else target)
            goal.parent.mkdir(parents=True, exist_ok=True)
            if (PROJECT_ROOT / source).is_dir():
                shutil.copytree(PROJECT_ROOT / source, goal, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(PROJECT_ROOT / source, goal)
    code = f"{sys.executable} -c 'from leadhouse.cli import main; main()' doctor --deep --json"
    environment = {"PYTHONPATH": str(root / "scripts"), "LEADHOUSE_HOME": str(tmp_path / "home")}
    done = run_bare(code, environment)
    assert f"dbt parses the project in {root}" in done.stdout, done.stdout + done.stderr


def test_the_image_starts_a_build_by_itself(place: Path) -> None:
    (entry,), (command,) = instructions("ENTRYPOINT"), instructions("CMD")
    words = [word for part in (entry, command) for word in re.findall(r'"([^"]+)"', part)]
    assert words[:2] == ["leadhouse", "build"]
    done = run_bare(" ".join([LEADHOUSE, *words[1:], "--help"]), {"LEADHOUSE_HOME": str(place / "home")})
    assert done.returncode == 0, done.stderr
    (variables,) = instructions("ENV")
    assert instructions("VOLUME") == [re.findall(r"LEADHOUSE_HOME=(\S+)", variables)[0]]

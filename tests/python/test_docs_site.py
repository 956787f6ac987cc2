"""The page of all models: whole, without any request, and without anything of a machine or a person."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from conftest import BuiltHome
from leadhouse.paths import PROJECT_ROOT


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, demo_home: BuiltHome) -> Path:
    """The page, written in the surroundings of a home full of data."""
    file = tmp_path_factory.mktemp("site") / "docs.html"
    done = subprocess.run(
        [sys.executable, "-m", "leadhouse.docs_site", str(file)],
        env={**os.environ, "LEADHOUSE_HOME": str(demo_home.path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == str(file)
    assert list(file.parent.iterdir()) == [file]
    return file


@pytest.fixture(scope="module")
def show(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[str, str]]:
    """What a browser makes of a place on the page, and what it said meanwhile."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not browser:
        pytest.skip("there is no Chromium to open the page with")
    profile = tmp_path_factory.mktemp("profile")

    def open_page(place: str) -> tuple[str, str]:
        options = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--virtual-time-budget=6000",
            "--enable-logging=stderr",
        ]
        done = subprocess.run(
            [str(browser), *options, f"--user-data-dir={profile}", "--dump-dom", f"{site.as_uri()}#!/{place}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        said = "\n".join(line for line in done.stderr.splitlines() if ":CONSOLE" in line)
        return done.stdout, said

    return open_page


def test_the_page_has_every_mart_metric_and_exposure(site: Path) -> None:
    page = site.read_text(encoding="utf-8")
    models = PROJECT_ROOT / "models"
    wanted = [f"model.leadhouse.{path.stem}" for path in (models / "marts").rglob("*.sql")]
    for file in [*(models / "metrics").glob("*.yml"), models / "exposures.yml"]:
        for kind, things in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            if kind in ("metrics", "exposures"):
                wanted += [f"{kind[:-1]}.leadhouse.{thing['name']}" for thing in things]
    assert len(wanted) > 90
    assert [name for name in wanted if f'"{name}"' not in page] == []


def test_the_page_says_the_types_of_the_contracts(site: Path) -> None:
    assert '"name": "spend", "type": "decimal(18,2)"' in site.read_text(encoding="utf-8")


def test_the_page_may_not_make_any_request(site: Path) -> None:
    page = site.read_text(encoding="utf-8")
    policy = re.search(r'<head><meta http-equiv="Content-Security-Policy" content="([^"]+)">', page)
    assert policy and policy[1].startswith("default-src 'none'")
    assert "http" not in policy[1] and "*" not in policy[1]


def test_the_page_tells_nothing_of_the_machine_or_of_anybody(site: Path, demo_home: BuiltHome) -> None:
    page = site.read_text(encoding="utf-8")
    for folder in (PROJECT_ROOT, demo_home.path, Path(tempfile.gettempdir()), Path.home(), Path(sys.prefix)):
        assert f"{folder}/" not in page, folder
    emails = {email for (email,) in demo_home.work("select email from marts.leads where email is not null")}
    assert len(emails) > 200
    assert not [email for email in emails if email in page]


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("overview", "Only the marts are public"),
        ("metric/metric.leadhouse.cost_per_mql", "Spend per MQL"),
    ],
)
def test_the_page_opens_without_a_request(place: str, text: str, show: Callable[[str], tuple[str, str]]) -> None:
    shown, said = show(place)
    assert text in re.sub(r"\s+", " ", re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL))
    # A browser says what the policy kept it from: dbt's page has a mark of its own left in it, and that is all.
    assert not re.findall(r"https?://|ws://", said), said
    assert "Uncaught" not in said

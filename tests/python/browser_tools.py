"""Opening pages in a browser, for tests that ask what a person would meet there."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest

from leadhouse.paths import PROJECT_ROOT

TOOLS = PROJECT_ROOT / "tests" / "browser"


def look(script: str, *arguments: str) -> Any:
    """What a script of tests/browser says; the test is skipped where browser or tools are absent."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    browser = next((path for name in names if (path := shutil.which(name))), None)
    node = shutil.which("node")
    if browser is None or node is None:
        pytest.skip("needs a Chromium and node")
    if not (TOOLS / "node_modules" / "axe-core").is_dir():
        pytest.skip("needs puppeteer-core and axe-core: make browser")
    command = [node, str(TOOLS / script), browser, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120, cwd=TOOLS)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)

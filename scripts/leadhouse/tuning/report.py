"""What a tuning run leaves behind: a page for people and a file for programs, with all that is needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from leadhouse import files
from leadhouse.json_values import as_text, plain
from leadhouse.tuning.charts import LineChart
from leadhouse.tuning.evidence import Origin

FOLDER = "tuning"


@dataclass(frozen=True)
class Table:
    """Headings and rows of text; `marked` are the numbers of rows that stand out."""

    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    marked: Sequence[int] = ()


@dataclass(frozen=True)
class Section:
    """A part of the page; `caption` says what picture and table show."""

    title: str
    caption: str = ""
    charts: Sequence[tuple[str, LineChart]] = ()
    tables: Sequence[Table] = ()
    text: str = ""


@dataclass(frozen=True)
class Report:
    """A run: `inputs` are its settings, `results` what it found, `extra_files` texts by name to be written beside the page."""

    kind: str
    title: str
    command: str
    origin: Origin
    seed: int
    inputs: Mapping[str, Any]
    verdict: str
    warnings: Sequence[str]
    sections: Sequence[Section]
    results: Any
    extra_files: Mapping[str, str] = field(default_factory=dict)

    def facts(self) -> dict[str, Any]:
        """Everything but the pictures."""
        return {
            "kind": self.kind,
            "command": self.command,
            "leadhouse_version": version("leadhouse"),
            "build_id": self.origin.build_id,
            "as_of": self.origin.as_of,
            "criteria_hash": self.origin.criteria,
            "seed": self.seed,
            "inputs": self.inputs,
            "verdict": self.verdict,
            "warnings": list(self.warnings),
            "results": self.results,
        }


def write(home: Path, report: Report, now: datetime) -> Path:
    """Write the report into a new folder below `home`/tuning, readable by its owner only; gives the folder."""
    (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
    folder = _new_folder(home / FOLDER, f"{now:%Y%m%dT%H%M%SZ}-{report.kind}")
    files.write_text(folder / "report.json", as_text(report.facts()) + "\n", 0o600)
    for name, text in report.extra_files.items():
        files.write_text(folder / name, text, 0o600)
    files.write_text(folder / "report.html", _page(report), 0o600)
    return folder


def told(report: Report, folder: Path) -> dict[str, Any]:
    """What `--json` prints: the report as it is in its folder, and where that is."""
    return {**report.facts(), "report": folder / "report.html"}


def _new_folder(root: Path, name: str) -> Path:
    for number in range(1, 1000):
        folder = root / (name if number == 1 else f"{name}-{number}")
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            continue
        return folder
    raise FileExistsError(f"{root / name} and 998 more")


def _page(report: Report) -> str:
    # Only pages need it.
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("leadhouse", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    facts = {name: value for name, value in plain(report.inputs).items() if value is not None}
    return environment.get_template("tuning.html.j2").render(report=report, facts=facts, version=version("leadhouse"))

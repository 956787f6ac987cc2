"""What a tuning run leaves behind: a page for people and a file for programs, with all that is needed to repeat it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from leadhouse import files
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

    def as_json(self) -> str:
        """Everything but the pictures."""
        facts = {
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
        return json.dumps(plain(facts), indent=2) + "\n"


def write(home: Path, report: Report, now: datetime) -> Path:
    """Write the report into a new folder below `home`/tuning, readable by its owner only; gives the folder."""
    (home / FOLDER).mkdir(mode=0o700, exist_ok=True)
    folder = _new_folder(home / FOLDER, f"{now:%Y%m%dT%H%M%SZ}-{report.kind}")
    files.write_text(folder / "report.json", report.as_json(), 0o600)
    for name, text in report.extra_files.items():
        files.write_text(folder / name, text, 0o600)
    files.write_text(folder / "report.html", _page(report), 0o600)
    return folder


def plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses as objects, times as ISO 8601, numbers that are none as null."""
    if is_dataclass(value) and not isinstance(value, type):
        return plain(asdict(value))
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


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

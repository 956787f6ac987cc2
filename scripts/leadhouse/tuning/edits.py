"""Changing criteria files: rows are added with a date, and what is there stays as it is, byte for byte."""

from __future__ import annotations

import csv
import difflib
import io
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from leadhouse import files
from leadhouse.criteria import check_criteria
from leadhouse.errors import InputError, Problem
from leadhouse.tuning.evidence import TunableClause

STAGE_RULES = "lifecycle/stage_rules.csv"


@dataclass(frozen=True)
class Edit:
    """New texts of criteria files, by their path below seeds/, and what differs from the present ones as a unified diff."""

    texts: Mapping[str, str]
    diff: str


def new_threshold(project_root: Path, clause: TunableClause, value: Decimal, valid_from: datetime) -> Edit:
    """A new version of a clause that asks for `value` from `valid_from` on, in the row after its present version.

    Raises InputError where a version begins then or later already, or the present one names an end after it.
    """
    path = project_root / "seeds" / STAGE_RULES
    text = path.read_text(encoding="utf-8")
    lines, rows = text.splitlines(keepends=True), _numbered(text)
    versions = [(number, row) for number, row in rows if _is_version(row, clause)]
    number, present = max(versions, key=lambda version: version[1]["valid_from"] or "")
    where = f"seeds/{STAGE_RULES}, line {number}"
    begins = present["valid_from"]
    if begins and datetime.fromisoformat(begins) >= valid_from:
        mend = f"Give --valid-from a moment after {begins}."
        raise InputError([Problem(where, f"is a version that begins at {begins}, not before {valid_from}", mend)])
    ends = present["valid_to"]
    if ends and datetime.fromisoformat(ends) > valid_from:
        mend = "Take its valid_to away: the new version ends it."
        raise InputError([Problem(where, f"is a version that ends at {ends} only", mend)])
    row = present | {
        "value": f"{value.normalize():f}",
        "valid_from": valid_from.isoformat(sep=" ", timespec="seconds"),
        "valid_to": "",
        "description": _described(present, value, valid_from),
    }
    if not lines[number - 1].endswith("\n"):
        lines[number - 1] += "\n"
    lines.insert(number, _line(row))
    return edit(project_root, {STAGE_RULES: "".join(lines)})


def new_rows(
    project_root: Path, rows: Mapping[str, Sequence[Mapping[str, str]]], attributes: Collection[str] = ()
) -> Edit:
    """Rows to be added at the end of criteria files, each file by its path below seeds/ and each row by its columns.

    `attributes` are custom attributes that the sources are known to have.
    """
    texts = {}
    for name, added in rows.items():
        text = (project_root / "seeds" / name).read_text(encoding="utf-8")
        columns = next(csv.reader(io.StringIO(text)))
        ended = text if text.endswith("\n") else text + "\n"
        texts[name] = ended + "".join(_line({column: row.get(column, "") for column in columns}) for row in added)
    return edit(project_root, texts, attributes)


def edit(project_root: Path, texts: Mapping[str, str], attributes: Collection[str] = ()) -> Edit:
    """An edit with its diff; raises InputError when the criteria would have faults that they have not now."""
    custom = set(attributes)
    before = set(map(str, check_criteria(project_root, custom)))
    with tempfile.TemporaryDirectory() as folder:
        draft = Path(folder)
        shutil.copytree(project_root / "seeds", draft / "seeds")
        shutil.copy(project_root / "dbt_project.yml", draft)
        for name, text in texts.items():
            (draft / "seeds" / name).write_text(text, encoding="utf-8")
        faults = [fault for fault in check_criteria(draft, custom) if str(fault) not in before]
    if faults:
        raise InputError(faults)
    parts = []
    for name, text in texts.items():
        present = (project_root / "seeds" / name).read_text(encoding="utf-8").splitlines(keepends=True)
        names = (f"seeds/{name}", f"seeds/{name}")
        parts.append("".join(difflib.unified_diff(present, text.splitlines(keepends=True), *names, n=1)))
    return Edit(texts, "".join(parts))


def apply(project_root: Path, made: Edit) -> list[Path]:
    """Write the edit's files, each as a whole; gives their paths."""
    paths = []
    for name, text in made.texts.items():
        path = project_root / "seeds" / name
        files.write_text(path, text, path.stat().st_mode & 0o777)
        paths.append(path)
    return paths


def _numbered(text: str) -> list[tuple[int, dict[str, str]]]:
    """Rows with the number of the last line that each takes in the file."""
    reader = csv.DictReader(io.StringIO(text))
    return [(reader.line_num, {name: (value or "").strip() for name, value in row.items()}) for row in reader]


def _is_version(row: Mapping[str, str], clause: TunableClause) -> bool:
    names = (row["scorecard_id"], row["stage"], row["rule_id"], row["clause"], row["metric"])
    return names == (clause.scorecard_id, clause.stage, clause.rule_id, str(clause.clause), clause.metric)


def _described(present: Mapping[str, str], value: Decimal, valid_from: datetime) -> str:
    """The present version's words with the new number, and since when."""
    words = re.sub(r"\s*\(threshold [^)]*\)", "", present["description"])
    words = re.sub(rf"(?<![\d.]){re.escape(present['value'])}(?![\d.])", f"{value.normalize():f}", words)
    return f"{words} (threshold from {valid_from:%Y-%m-%d})"


def _line(row: Mapping[str, str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow(row.values())
    return out.getvalue()

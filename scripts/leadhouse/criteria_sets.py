"""Two sets of criteria side by side: the files of the project, those of a git revision, those that a build loaded."""

from __future__ import annotations

import csv
import subprocess
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
from pydantic import ValidationError

from leadhouse.criteria import check_criteria, read_tables
from leadhouse.criteria_rows import FILES, Row
from leadhouse.database import name
from leadhouse.errors import InputError, Problem

Cells = dict[str, str | None]


@dataclass(frozen=True)
class CriteriaRow:
    """One row, its cells written in one way only: `5.0` as `5`, `TRUE` as `true`; `line` is known for files."""

    cells: Cells
    line: int | None = None


@dataclass(frozen=True)
class CriteriaSet:
    """Every criteria file's rows by their keys; `name` is what to call the set."""

    name: str
    rows: Mapping[str, Mapping[tuple[Any, ...], CriteriaRow]]

    def differing_files(self, other: CriteriaSet) -> list[str]:
        """The files, by their path below seeds/, that do not hold the same rows; their order does not count."""
        return [file for file in FILES if _cells(self.rows[file]) != _cells(other.rows[file])]


@dataclass(frozen=True)
class RowChange:
    """A row that was added, removed or changed.

    `cells` are what differs, by column: before and after. Of a row that is there only once, all cells that are filled.
    """

    file: str
    kind: str
    key: Cells
    line: int | None
    cells: dict[str, tuple[str | None, str | None]]

    def as_json(self) -> dict[str, Any]:
        """The change as plain values."""
        cells = {column: {"before": before, "after": after} for column, (before, after) in self.cells.items()}
        return asdict(self) | {"cells": cells}


def criteria_of_files(root: Path, label: str, custom_attributes: set[str], where: str = "") -> CriteriaSet:
    """The criteria below `root`/seeds. Raises InputError with every fault that a build would find in them.

    `where` goes before the files' names in faults.
    """
    if found := check_criteria(root, custom_attributes):
        raise InputError([Problem(where + fault.where, fault.what, fault.mend) for fault in found])
    rows = {
        file: {
            record.row.key(): CriteriaRow(_plain_cells(record.row), record.line)
            for record in table.records
            if record.row
        }
        for file, table in read_tables(root).items()
    }
    return CriteriaSet(label, rows)


def criteria_of_build(connection: duckdb.DuckDBPyConnection, label: str) -> CriteriaSet:
    """The criteria as dbt has loaded them into the database that is open. Raises InputError for those of another version."""
    try:
        return CriteriaSet(label, _loaded_rows(connection))
    except (duckdb.CatalogException, duckdb.BinderException, ValidationError) as error:
        what = f"has criteria that cannot be read: {str(error).splitlines()[0]}"
        mend = "It was built by another version of Leadhouse; run `leadhouse build` first."
        raise InputError([Problem(label, what, mend)]) from error


def _loaded_rows(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[tuple[Any, ...], CriteriaRow]]:
    rows: dict[str, dict[tuple[Any, ...], CriteriaRow]] = {}
    for file, row_type in FILES.items():
        columns = row_type.columns()
        table = f"seeds.{name(Path(file).stem)}"
        found = connection.execute(f"select {', '.join(map(name, columns))} from {table}").fetchall()
        read = [row_type.model_validate(dict(zip(columns, map(_text, values), strict=True))) for values in found]
        rows[file] = {row.key(): CriteriaRow(_plain_cells(row)) for row in read}
    return rows


def row_changes(before: CriteriaSet, after: CriteriaSet) -> Iterator[RowChange]:
    """What differs, file by file: first what is there now, in the order of the file, then what is gone."""
    for file in before.differing_files(after):
        old, new = before.rows[file], after.rows[file]
        for key, row in new.items():
            earlier = old.get(key)
            if earlier is None or earlier.cells != row.cells:
                yield _change(file, "changed" if earlier else "added", row, earlier, row)
        for key, row in old.items():
            if key not in new:
                yield _change(file, "removed", row, row, None)


def write_files(criteria: CriteriaSet, folder: Path, names: Collection[str]) -> None:
    """Write files of a set below `folder`, as dbt reads them."""
    for file in names:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(FILES[file].columns())
            writer.writerows(row.cells.values() for row in criteria.rows[file].values())


def write_files_of(revision: str, project_root: Path, folder: Path) -> None:
    """Write the criteria of a git revision below `folder`/seeds.

    Raises InputError where the project is no git work tree, the revision is not known, or it lacks a file that is needed.
    """
    _git(project_root, "rev-parse", "--git-dir", what="is not in a git work tree")
    commit = _git(
        project_root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}",
        what=f"has no git revision `{revision}`",
    ).decode().strip()  # fmt: skip
    listed = _git(project_root, "ls-tree", "-r", "-z", "--name-only", commit, "--", "seeds/", what="cannot be listed")
    there = set(listed.decode("utf-8", "replace").split("\0"))
    missing = [f"seeds/{file}" for file in FILES if f"seeds/{file}" not in there]
    if missing:
        mend = "Choose a later revision: today's models cannot be built without it."
        raise InputError([Problem(f"{revision}:{path}", "is not there", mend) for path in missing])
    for file in FILES:
        path = folder / "seeds" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(_git(project_root, "show", f"{commit}:./seeds/{file}", what=f"cannot show seeds/{file}"))


def _git(project_root: Path, *arguments: str, what: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(project_root), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        raise InputError([Problem("git", "is not installed", "Install it, or compare with the last build.")]) from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        mend = f"git says: {said}" if said else "See `git log --oneline -- seeds` for those that there are."
        raise InputError([Problem(str(project_root), what, mend)])
    return done.stdout


def _cells(rows: Mapping[tuple[Any, ...], CriteriaRow]) -> dict[tuple[Any, ...], Cells]:
    return {key: row.cells for key, row in rows.items()}


def _change(file: str, kind: str, row: CriteriaRow, before: CriteriaRow | None, after: CriteriaRow | None) -> RowChange:
    old: Cells = before.cells if before else {}
    new: Cells = after.cells if after else {}
    pairs = {column: (old.get(column), new.get(column)) for column in row.cells}
    differing = {column: pair for column, pair in pairs.items() if pair[0] != pair[1]}
    columns = FILES[file].columns()
    key = {column: row.cells[column] for column in columns if column in FILES[file].KEY}
    return RowChange(f"seeds/{file}", kind, key, after.line if after else None, differing)


def _plain_cells(row: Row) -> Cells:
    return {column: _text(getattr(row, column)) for column in row.columns()}


def _text(value: Any) -> str | None:
    """A value as it is best written in a criteria file."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == datetime.min.time() else value.isoformat(sep=" ")
    return value.isoformat() if isinstance(value, date) else str(value)

"""What spreadsheets make of criteria files: read rightly by the package and by dbt alike, or refused with file and mend."""

from __future__ import annotations

import csv
import io
import os
import re
import shutil
from collections.abc import Callable, Collection, Sequence
from functools import cache
from pathlib import Path

import duckdb
import pytest

from build_fixtures import copied_project
from conftest import BuiltHome
from leadhouse.criteria import check_criteria, read_tables
from leadhouse.criteria_format import format_criteria
from leadhouse.criteria_rows import FILES, Row
from leadhouse.criteria_sets import criteria_of_build, criteria_of_files
from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt

IS_SOAK = bool(os.environ.get("LEADHOUSE_SOAK"))
Rows = list[list[str]]
CUSTOM = {"product_interest"}


def rows_of(text: str) -> Rows:
    return list(csv.reader(io.StringIO(text, newline="")))


def written(rows: Rows, end: str = "\n", quoting: int = csv.QUOTE_MINIMAL, delimiter: str = ",") -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=quoting, delimiter=delimiter).writerows(rows)
    return out.getvalue()


def cells(pattern: str, change: Callable[[str], str], but: Collection[str] = ()) -> Callable[[str], bytes]:
    """Change the cells that match as a whole, but not those of the first line or of some columns."""

    def mutate(text: str) -> bytes:
        head, *body = rows_of(text)
        changed = [
            [
                change(cell) if re.fullmatch(pattern, cell) and column not in but else cell
                for column, cell in zip(head, row, strict=True)
            ]
            for row in body
        ]
        return written([head, *changed]).encode()

    return mutate


def reversed_columns(text: str) -> bytes:
    return written([row[::-1] for row in rows_of(text)]).encode()


def capital_flags(text: str) -> bytes:
    """As a spreadsheet writes what it takes for truth values; in columns of text `true` is a word."""
    head, *body = rows_of(text)
    flags = {place for place, name in enumerate(head) if name.startswith("is_")}
    capital = [[cell.upper() if place in flags else cell for place, cell in enumerate(row)] for row in body]
    return written([head, *capital]).encode()


# What makes no difference, however it is combined.
HARMLESS: dict[str, Callable[[str], bytes]] = {
    "byte order mark": lambda text: ("\ufeff" + text).encode(),
    "CR LF": lambda text: written(rows_of(text), "\r\n").encode(),
    "all quoted": lambda text: written(rows_of(text), quoting=csv.QUOTE_ALL).encode(),
    "as Excel saves CSV UTF-8": lambda text: ("\ufeff" + written(rows_of(text), "\r\n", csv.QUOTE_ALL)).encode(),
    "CR": lambda text: written(rows_of(text), "\r").encode(),
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "columns in another order": reversed_columns,
    "TRUE and FALSE": capital_flags,
    "decimals with zeros": cells(r"-?\d+\.\d+", lambda cell: cell + "0"),
}

# What is refused; with how many of the files it can happen to.
REFUSED: dict[str, tuple[Callable[[str], bytes], int, str]] = {
    "semicolons": (lambda text: written(rows_of(text), delimiter=";").encode(), 21, "separated by semicolons"),
    "tabs": (lambda text: written(rows_of(text), delimiter="\t").encode(), 21, "separated by tabs"),
    "UTF-16": (lambda text: text.encode("utf-16"), 24, "the text is UTF-16"),
    "empty columns": (lambda text: written([[*row, "", ""] for row in rows_of(text)]).encode(), 24, "has no name"),
    "empty rows": (
        lambda text: (text + written([[""] * len(rows_of(text)[0])] * 2)).encode(), 24, "the (row|line) is empty"
    ),
    "empty lines": (lambda text: (text + "\n").encode(), 24, "the line is empty"),
    "German dates": (cells(r"\d{4}-\d\d-\d\d( 00:00:00)?", lambda cell: f"{cell[8:10]}.{cell[5:7]}.{cell[:4]}"), 2, "is not a date"),
    "English dates": (cells(r"\d{4}-\d\d-\d\d( 00:00:00)?", lambda cell: f"{cell[5:7]}/{cell[8:10]}/{cell[:4]}"), 2, "is not a date"),
    "dates as numbers": (cells(r"\d{4}-\d\d-\d\d( 00:00:00)?", lambda cell: "46023"), 2, "is not a date"),
    "decimal commas": (cells(r"-?\d+\.\d+", lambda cell: cell.replace(".", ",")), 1, "is not a number"),
    "typographic minus": (cells(r"-\d+(\.\d+)?", lambda cell: "\u2212" + cell[1:]), 2, "is not a number"),
    "typographic operators": (cells(">=", lambda cell: "\u2265"), 1, "is not known"),
    "other digits": (cells(r"\d+", lambda cell: "".join(chr(0x660 + int(digit)) for digit in cell)), 10, "is not"),
    "blanks": (cells(r"[a-z_0-9]+", lambda cell: cell + " ", Row.FREE_TEXT), 18, "begins or ends with a blank|is not"),
    "no-break spaces": (cells(r"[a-z_0-9]+", lambda cell: "\u00a0" + cell), 21, "begins or ends with an invisible character|is not"),
    "typographic quotes": (
        lambda text: text.replace('"', "\u201d").encode(), 3, "the row has \\d+ cells where the header has"
    ),
    "Windows-1252": (lambda text: (text + "caf\u00e9").encode("cp1252", "replace"), 24, "is not UTF-8 text"),
}  # fmt: skip


def mutated_project(folder: Path, choose: Callable[[int, str], Callable[[str], bytes]]) -> Path:
    """The shipped criteria, each file changed in the way that is chosen for it by its place and name."""
    root = copied_project(folder)
    for place, name in enumerate(FILES):
        path = root / "seeds" / name
        path.write_bytes(choose(place, name)(path.read_text(encoding="utf-8")))
    return root


def parsed(root: Path) -> dict[str, Sequence[object]]:
    return {name: [record.row for record in table.records] for name, table in read_tables(root).items()}


@cache
def shipped() -> dict[str, Sequence[object]]:
    return parsed(PROJECT_ROOT)


@pytest.mark.parametrize("mutation", HARMLESS)
def test_what_makes_no_difference_is_read_as_the_same_rows(tmp_path: Path, mutation: str) -> None:
    root = mutated_project(tmp_path / "project", lambda place, name: HARMLESS[mutation])
    assert [str(problem) for problem in check_criteria(root, CUSTOM)] == []
    assert parsed(root) == shipped()


@pytest.mark.parametrize("mutation", REFUSED)
def test_what_makes_a_difference_is_refused_file_by_file(tmp_path: Path, mutation: str) -> None:
    change, least, words = REFUSED[mutation]
    root = mutated_project(tmp_path / "project", lambda place, name: change)
    problems = check_criteria(root, CUSTOM)
    own = {name: [fault for fault in problems if fault.where.startswith(f"seeds/{name}")] for name in FILES}
    told = [name for name, faults in own.items() if any(re.search(words, fault.what) for fault in faults)]
    assert len(told) >= least, sorted(set(FILES).difference(told))
    before, after = shipped(), parsed(root)
    for name, faults in own.items():
        assert faults or after[name] == before[name], f"{name} is read as something else, and nobody says so"
        assert all(fault.mend for fault in faults)


MENDED = ("semicolons", "tabs", "UTF-16", "empty columns", "empty rows", "empty lines", "blanks", "no-break spaces")
AS_SHIPPED = ("byte order mark", "CR LF", "all quoted", "as Excel saves CSV UTF-8", "CR", "no last line end")


@pytest.mark.parametrize("mutation", [*MENDED, *AS_SHIPPED])
def test_format_gives_back_the_files_as_they_are_shipped(tmp_path: Path, mutation: str) -> None:
    change = REFUSED[mutation][0] if mutation in MENDED else HARMLESS[mutation]
    root = mutated_project(tmp_path / "project", lambda place, name: change)
    changed = [name for name in FILES if (root / "seeds" / name).read_bytes() != original(name)]
    written = format_criteria(root)
    assert [one.file for one in written] == [f"seeds/{name}" for name in changed]
    assert len(changed) >= 20
    for name in FILES:
        assert (root / "seeds" / name).read_bytes() == original(name), name
    assert format_criteria(root) == []


def test_format_leaves_alone_what_it_cannot_read_for_sure(tmp_path: Path) -> None:
    changes: dict[str, Callable[[bytes], bytes]] = {
        "scoring/scorecards.csv": lambda content: content.replace(b"max_score", b"most"),
        "scoring/fit_rules.csv": lambda content: content + b"a,b,c,d,e,f,g,h,i,j,k\n",
        "lifecycle/stage_rules.csv": lambda content: content + b'x,"y\n',
        "lifecycle/targets.csv": lambda content: content + b"\xe9\n",
        "mapping/topics.csv": lambda content: b"",
    }
    root = copied_project(tmp_path / "project")
    for name, change in changes.items():
        (root / "seeds" / name).write_bytes(change(original(name)))
    assert format_criteria(root) == []
    for name, change in changes.items():
        assert (root / "seeds" / name).read_bytes() == change(original(name))


def test_format_keeps_every_value_as_it_is(tmp_path: Path) -> None:
    """Dates and decimals of another country are not guessed: they stay wrong, and are refused."""
    root = copied_project(tmp_path / "project")
    path = root / "seeds/scoring/engagement_rules.csv"
    path.write_text(written(rows_of(path.read_text().replace(",0.5,", ',"0,5",', 1)), delimiter=";"))
    assert [(one.file, one.mended) for one in format_criteria(root)] == [
        ("seeds/scoring/engagement_rules.csv", ("semicolons",))
    ]
    [problem] = check_criteria(root, CUSTOM)
    assert problem.what == "'0,5' is not a number"


def original(name: str) -> bytes:
    return (PROJECT_ROOT / "seeds" / name).read_bytes()


@pytest.mark.parametrize("turn", range(len(HARMLESS) if IS_SOAK else 1))
def test_dbt_reads_what_the_package_reads(demo_home: BuiltHome, tmp_path: Path, turn: int) -> None:
    """Into tables that are there already, as in every build but the first: columns keep their places in them."""
    changes = list(HARMLESS.values())
    # Of three columns all of text nobody would notice that they have changed places.
    always = {"mapping/click_ids.csv": reversed_columns}
    root = mutated_project(
        tmp_path / "project", lambda place, name: always.get(name, changes[(place + turn) % len(changes)])
    )
    home = tmp_path / "home"
    home.mkdir()
    shutil.copytree(demo_home.path / "target", home / "target")
    with duckdb.connect(str(home / "work.duckdb")) as connection:
        connection.execute(f"attach '{demo_home.path / 'work.duckdb'}' as built (read_only)")
        connection.execute("create schema seeds")
        for (table,) in connection.execute(
            "select table_name from duckdb_tables() where database_name = 'built' and schema_name = 'seeds'"
        ).fetchall():
            connection.execute(f"create table seeds.{table} as select * from built.seeds.{table}")
    done = run_dbt(["seed"], home, root, None, {"raw_path": str(tmp_path), "as_of": "2026-07-01 00:00:00"})
    assert done.is_good, [node.message for node in done.failed]
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        loaded = criteria_of_build(connection, "loaded")
    assert loaded.differing_files(criteria_of_files(root, "mutated", CUSTOM)) == []
    assert loaded.differing_files(criteria_of_files(PROJECT_ROOT, "shipped", CUSTOM)) == []
    # A copy of the project reads its own files, though what dbt has parsed says where the others are.
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True)
    targets = root / "seeds/lifecycle/targets.csv"
    targets.write_bytes(targets.read_bytes().replace(b"200", b"999", 1))
    run_dbt(
        ["seed", "--select", "targets"], home, copy, None, {"raw_path": str(tmp_path), "as_of": "2026-07-01 00:00:00"}
    )
    with duckdb.connect(str(home / "work.duckdb"), read_only=True) as connection:
        assert (999,) not in connection.execute("select target from seeds.targets").fetchall()

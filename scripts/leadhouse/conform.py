"""Bring tables of another shape into the input contract: one SQL select per entity, written as Parquet."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from leadhouse.contract import Entity, closest, connect, find_files, load_contract, quote_name, quote_text
from leadhouse.errors import InputError, Problem


@dataclass(frozen=True)
class EntityReport:
    """What `conform` wrote for one entity.

    `missing_columns` are optional columns of the contract that the select lacks (they will be null), `unknown_columns` are
    columns that the contract does not know (they were left out). `nulls_in_required` counts empty values per required column
    and `unreadable` counts values per column that cannot become the contract's type; both hold only counts above zero, and
    a build will quarantine the rows with unreadable or empty required values.
    """

    entity: str
    file: Path
    rows: int
    missing_columns: tuple[str, ...] = ()
    unknown_columns: tuple[str, ...] = ()
    nulls_in_required: dict[str, int] = field(default_factory=dict)
    unreadable: dict[str, int] = field(default_factory=dict)


def conform(sql_folder: Path, input_dir: Path, output_dir: Path) -> list[EntityReport]:
    """Run every `<entity>.sql` of the folder over the files in `input_dir` and write `<entity>.parquet` into `output_dir`.

    Relative file names in the SQL are found in `input_dir`: the process's working directory is that folder meanwhile. A select
    may also read the entities before its own, in the contract's order, by their names.
    Nothing is written to `output_dir` before every select has run; each file is then put in place by an atomic rename, so
    after an error the earlier output stands as it was. Raises InputError with every problem found.
    """
    queries = _queries(sql_folder)
    if not input_dir.is_dir():
        raise InputError([Problem(str(input_dir), "there is no input folder here", "Name it with --input.")])
    output_dir = output_dir.resolve()
    _refuse_other_files(output_dir, queries)
    with _staging_folder(output_dir) as staging, contextlib.chdir(input_dir), connect() as connection:
        reports, problems = [], []
        for entity, (file, statement) in queries.items():
            try:
                reports.append(_run(connection, load_contract()[entity], file, statement, staging, output_dir))
                made = quote_text(str(staging / f"{entity}.parquet"))
                connection.execute(f"create temporary view {quote_name(entity)} as from {made}")
            except InputError as error:
                problems += error.problems
        if problems:
            raise InputError(problems)
        for report in reports:
            os.replace(staging / report.file.name, report.file)
    return reports


def _queries(sql_folder: Path) -> dict[str, tuple[Path, str]]:
    """Return the select of each SQL file by entity, in the contract's order."""
    contract = load_contract()
    files = sorted(sql_folder.glob("*.sql")) if sql_folder.is_dir() else []
    if not files:
        what = "the folder holds no .sql file" if sql_folder.is_dir() else "there is no folder of SQL files here"
        raise InputError([Problem(str(sql_folder), what, f"Write one per table: {', '.join(contract)}.")])
    problems: list[Problem] = []
    queries: dict[str, tuple[Path, str]] = {}
    for file in files:
        try:
            queries[_entity_of(file, contract)] = (file, _single_select(file))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return {name: queries[name] for name in contract if name in queries}


def _entity_of(file: Path, contract: dict[str, Entity]) -> str:
    if file.stem in contract:
        return file.stem
    hint = closest(file.stem, contract)
    mend = f"{hint} Allowed: {', '.join(contract)}.".strip()
    raise InputError([Problem(str(file), f"{file.stem} is no table of the contract", mend)])


def _single_select(file: Path) -> str:
    """Return the file's one statement; anything but a select is refused, since only its rows are wanted."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InputError([Problem(str(file), "the file is not UTF-8 text", "Save it as UTF-8.")]) from None
    try:
        with connect() as connection:
            statements = connection.extract_statements(text)
    except duckdb.Error as error:
        raise InputError([_sql_problem(file, error)]) from None
    if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
        raise InputError([Problem(str(file), "the file is not one select statement", "Write exactly one select.")])
    return statements[0].query


def _sql_problem(file: Path, error: duckdb.Error) -> Problem:
    return Problem(
        str(file), f"the SQL fails: {str(error).strip()}", "Mend the select; file names are relative to --input."
    )


def _refuse_other_files(output_dir: Path, queries: dict[str, tuple[Path, str]]) -> None:
    """Refuse an output folder where the new file would be read together with one that somebody else put there."""
    problems = [
        Problem(
            str(other),
            f"this file would be read together with the {entity}.parquet to be written",
            "Remove it, or give another --output.",
        )
        for entity in queries
        if output_dir.is_dir()
        for other in find_files(output_dir, entity)
        if other != output_dir / f"{entity}.parquet"
    ]
    if problems:
        raise InputError(problems)


@contextlib.contextmanager
def _staging_folder(output_dir: Path) -> Iterator[Path]:
    """Give a folder on the output's own file system, so that a rename is atomic; nothing of it stays behind."""
    existed = output_dir.exists()
    try:
        output_dir.mkdir(parents=True, exist_ok=True)
        staging = Path(tempfile.mkdtemp(prefix=".conform-", dir=output_dir))
    except OSError as error:
        raise InputError(
            [Problem(str(output_dir), f"cannot write here: {error.strerror}", "Give another --output.")]
        ) from None
    try:
        yield staging
    except BaseException:
        shutil.rmtree(staging, ignore_errors=True)
        if not existed:
            shutil.rmtree(output_dir, ignore_errors=True)
        raise
    shutil.rmtree(staging, ignore_errors=True)


def _run(
    connection: duckdb.DuckDBPyConnection, entity: Entity, file: Path, statement: str, staging: Path, output_dir: Path
) -> EntityReport:
    target = staging / f"{entity.name}.parquet"
    try:
        names = [name for name, *_ in connection.execute("describe " + statement).fetchall()]
        columns = _match_columns(entity, file, names)
        listed = ", ".join(f"{quote_name(columns[name])} as {quote_name(name)}" for name in columns)
        # A view takes the statement as it stands, with a semicolon and comments at its end, and keeps its line numbers.
        connection.execute("create or replace temporary view conformed as " + statement)
        connection.execute(f"copy (select {listed} from conformed) to {quote_text(str(target))} (format parquet)")
        counts = _counts(connection, entity, target, list(columns))
    except duckdb.Error as error:
        raise InputError([_sql_problem(file, error)]) from None
    return EntityReport(
        entity=entity.name,
        file=output_dir / target.name,
        rows=counts.pop("rows"),
        missing_columns=tuple(name for name in entity.column_names if name not in columns),
        unknown_columns=tuple(name for name in names if name.lower() not in entity.column_names),
        nulls_in_required={name: counts[f"null {name}"] for name in entity.required if counts[f"null {name}"]},
        unreadable={name: counts[f"bad {name}"] for name in columns if counts[f"bad {name}"]},
    )


def _match_columns(entity: Entity, file: Path, names: list[str]) -> dict[str, str]:
    """Return the select's name of each column of the contract that it has, in the contract's order."""
    by_lower: dict[str, str] = {}
    problems = []
    for name in names:
        if name.lower() in by_lower and name.lower() in entity.column_names:
            problems.append(Problem(str(file), f"the select has column {name} twice", "Keep one of them."))
        by_lower.setdefault(name.lower(), name)
    unknown = [name for name in names if name.lower() not in entity.column_names]
    for name in entity.required:
        if name not in by_lower:
            hint = closest(name, unknown).replace("Did you mean", "Is it the column").strip()
            mend = f"{hint} Required are: {', '.join(entity.required)}.".strip()
            problems.append(Problem(str(file), f"required column {name} of {entity.name} is missing", mend))
    if problems:
        raise InputError(problems)
    return {name: by_lower[name] for name in entity.column_names if name in by_lower}


def _counts(connection: duckdb.DuckDBPyConnection, entity: Entity, target: Path, columns: list[str]) -> dict[str, int]:
    """Count rows, empty required values and values that are not of the contract's type, in one pass over the written file."""
    types = {column.name: column.data_type for column in entity.columns}
    parts = ['count(*) as "rows"']
    for name in columns:
        text = f"nullif(cast({quote_name(name)} as varchar), '')"
        if name in entity.required:
            parts.append(f"count(*) - count({text}) as {quote_name('null ' + name)}")
        parts.append(
            f"count({text}) - count(try_cast({text} as {types[name]})) as {quote_name('bad ' + name)}",
        )
    result = connection.execute(f"select {', '.join(parts)} from read_parquet({quote_text(str(target))})")
    labels = [item[0] for item in result.description or []]
    return dict(zip(labels, result.fetchone() or (), strict=True))

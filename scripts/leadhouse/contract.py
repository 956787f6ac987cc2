"""The input contract: its entities, the raw files that belong to each, and what is wrong with them before any model is built."""

from __future__ import annotations

import codecs
import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from glob import escape as escape_glob
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse.errors import Problem
from leadhouse.faults import (
    FORMAT_NAMES,
    READ_ERRORS,
    Fault,
    FaultError,
    FileFormat,
    diagnose,
    diagnose_csv,
    open_binary,
    short_message,
)
from leadhouse.paths import PROJECT_ROOT

SYSTEM = "generic"
SOURCES_FILE = PROJECT_ROOT / "models" / "staging" / "generic" / "_generic__sources.yml"

# One regular expression, read alike by DuckDB and Python, on the path below the raw folder. Inside an entity's folder, names
# that start with a dot or an underscore are other tools' own files (_SUCCESS, _delta_log, _temporary, .part.crc).
FILE_PATTERN = (
    r"^(?:{entity}(?:(?:\.|-|_part)[^/]*)?|{entity}/(?:[^._/][^/]*/)*[^._/][^/]*)"
    r"\.(parquet|csv|jsonl|ndjson|json|csv\.gz|jsonl\.gz|ndjson\.gz|json\.gz)$"
)

# The reader options; the SQL macros use the same ones. Nothing may be lost without an error, hence:
# - quote and escape are fixed. Sniffed, a quoted line break that first occurs behind the sniffer's sample splits a row in
#   two, and an unclosed quote is taken for text, both silently.
# - skip=0. Otherwise a first data row with more cells than the header is taken for the header, and what stands above it goes.
# - only the delimiter is sniffed, per file; a wrong guess shows as a missing required column.
# - comment='': a row that starts with # is data.
# - a row may have 16 MB; without buffer_size the reader would take sixteen times that for each buffer.
CSV_OPTIONS = (
    "header=true, all_varchar=true, union_by_name=true, quote='\"', escape='\"', comment='', skip=0, strict_mode=true, "
    "null_padding=false, ignore_errors=false, max_line_size=16777216, buffer_size=33554432"
)
# Read with columns={name: 'VARCHAR'} for the keys found before: strings are unescaped, integers keep every digit, and what is
# nested stays JSON text. Detected types would turn ids that look like numbers or dates into such.
# records=true: a line that is no object is an error; the default takes it for a row without columns when one column is read.
JSON_OPTIONS = "format='newline_delimited', records=true, maximum_object_size=16777216"
JSON_KEY_OPTIONS = "maximum_object_size=16777216"
PARQUET_OPTIONS = "union_by_name=true"

_TABLE_FORMATS: dict[str, FileFormat] = {
    "parquet": "parquet",
    "csv": "csv",
    "jsonl": "json",
    "ndjson": "json",
    "json": "json",
}


@dataclass(frozen=True)
class Column:
    """One column of the contract; `data_type` is the SQL type that the models cast it to."""

    name: str
    data_type: str
    is_required: bool
    description: str


@dataclass(frozen=True)
class Entity:
    """One table of the contract."""

    name: str
    description: str
    columns: tuple[Column, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.is_required)


def load_contract(path: Path = SOURCES_FILE) -> dict[str, Entity]:
    """Return the contract's entities by name, in the file's order: the same file that dbt reads as its source definition."""
    return dict(_load_contract(path))


@lru_cache(maxsize=4)
def _load_contract(path: Path) -> tuple[tuple[str, Entity], ...]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    source = next(source for source in document["sources"] if source["name"] == SYSTEM)
    return tuple((table["name"], _entity(table)) for table in source["tables"])


def _entity(table: dict[str, Any]) -> Entity:
    columns = tuple(
        Column(
            name=column["name"],
            data_type=column["data_type"],
            is_required=bool(column.get("config", {}).get("meta", {}).get("required", False)),
            description=column.get("description", ""),
        )
        for column in table["columns"]
    )
    return Entity(table["name"], table.get("description", ""), columns)


def quote_text(value: str) -> str:
    """Return the value as a SQL string literal."""
    return "'" + value.replace("'", "''") + "'"


def quote_name(name: str) -> str:
    """Return the name as a SQL identifier."""
    return '"' + name.replace('"', '""') + '"'


def file_list(files: Iterable[Path]) -> str:
    """Return the files as a SQL list literal, each name taken as it is and not as a glob."""
    return "[" + ", ".join(quote_text(escape_glob(str(file))) for file in files) + "]"


def connect() -> duckdb.DuckDBPyConnection:
    """Open a database in memory whose clock is UTC and which fetches no extension."""
    connection = duckdb.connect(config={"autoinstall_known_extensions": "false"})
    connection.execute("set TimeZone = 'UTC'")
    return connection


def file_format(file: Path) -> FileFormat:
    """Return how a file of the contract is read, by the end of its name."""
    suffixes = file.name.removesuffix(".gz").rsplit(".", 1)
    return _TABLE_FORMATS[suffixes[-1]]


def find_files(raw: Path, entity: str) -> list[Path]:
    """Return the entity's files in the raw folder, sorted: `leads.csv`, `leads-0001.csv`, `leads_part0.csv`, `leads/**/*.csv`.

    Other entities' files are never among them: `lead_attributes.csv` does not belong to `leads`.
    """
    with connect() as connection:
        return _find_files(connection, raw, entity)


def _find_files(connection: duckdb.DuckDBPyConnection, raw: Path, entity: str) -> list[Path]:
    pattern = re.compile(FILE_PATTERN.format(entity=re.escape(entity)))
    listed = _glob(connection, raw, "*") + _glob(connection, raw, f"{entity}/**/*")
    return sorted(file for file in listed if pattern.match(file.relative_to(raw).as_posix()))


def _glob(connection: duckdb.DuckDBPyConnection, raw: Path, below: str) -> list[Path]:
    """List files with the same glob that the SQL macros use, so that both always see the same ones."""
    rows = connection.execute("select file from glob(?)", [f"{escape_glob(str(raw))}/{below}"]).fetchall()
    return [Path(row[0]) for row in rows]


def scan_sql(files: Sequence[Path], form: FileFormat, json_keys: Sequence[str] = ()) -> str:
    """Return the table function that reads the files as the models do; JSON Lines need their keys (`find_json_keys`)."""
    if form == "parquet":
        return f"read_parquet({file_list(files)}, {PARQUET_OPTIONS})"
    if form == "csv":
        return f"read_csv({file_list(files)}, {CSV_OPTIONS})"
    struct = ", ".join(f"{quote_text(key)}: 'VARCHAR'" for key in json_keys)
    return f"read_json({file_list(files)}, {JSON_OPTIONS}, columns={{{struct}}})"


def find_json_keys(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> list[str]:
    """Return every key that any object of the JSON Lines files has, sorted. Reads the files whole: a key may come late."""
    rows = connection.execute(
        f"select distinct unnest(json_keys(json)) as key from read_ndjson_objects({file_list(files)}, {JSON_KEY_OPTIONS})"
    ).fetchall()
    return sorted(row[0] for row in rows)


# ---------------------------------------------------------------------------------------------------- checks


def check_sources(raw: Path) -> list[Problem]:
    """Return everything that would keep the raw folder from being read whole; empty when all is well.

    Every file is read to its end, for a table that breaks off in its middle must stop the run before a model is built. An
    entity without a file, a file without rows and an unknown column are no problems (see `warnings`).
    """
    if not raw.is_dir():
        return [
            Problem(
                str(raw),
                "there is no folder of raw tables here",
                "Name the folder with --raw, or write one with `leadhouse demo` or `leadhouse conform`.",
            )
        ]
    contract = load_contract()
    problems: list[Problem] = []
    has_files = False
    with connect() as connection:
        for entity in contract.values():
            files = _find_files(connection, raw, entity.name)
            has_files = has_files or bool(files)
            problems += _check_entity(connection, raw, entity, files)
        problems += _misnamed_files(connection, raw, contract)
    if not has_files and not problems:
        return [
            Problem(
                str(raw),
                "the folder holds no table of the contract, so there is nothing to build",
                f"Name files after the tables ({', '.join(contract)}), for instance leads.csv or leads/part-0001.parquet; "
                "tables of another shape are brought into it by `leadhouse conform`.",
            )
        ]
    return problems


def warnings(raw: Path) -> list[Problem]:
    """Return what is in the raw folder but will not be read: files of no table and columns that the contract does not know."""
    if not raw.is_dir():
        return []
    contract = load_contract()
    found: list[Problem] = []
    known: set[Path] = set()
    with connect() as connection:
        for entity in contract.values():
            files = _find_files(connection, raw, entity.name)
            known.update(files)
            for file in files:
                found += _unknown_columns(connection, raw, entity, file)
        for file in sorted(_glob(connection, raw, "*")):
            if file not in known and not file.name.startswith((".", "_")):
                mend = closest(file.name.split(".")[0], contract) or f"Tables are named {', '.join(contract)}."
                found.append(Problem(str(file), "the file belongs to no table of the contract and is not read", mend))
    return found


def custom_attributes_in(raw: Path) -> set[str]:
    """Return the names of the custom attributes that the raw folder's lead_attributes table holds; empty without one."""
    entity = load_contract()["lead_attributes"]
    with connect() as connection:
        try:
            files = _find_files(connection, raw, entity.name)
            forms = {file_format(file) for file in files}
            if len(forms) != 1:
                return set()
            form = forms.pop()
            keys = (
                [key for key in find_json_keys(connection, files) if key.lower() == "attribute"]
                if form == "json"
                else []
            )
            if form == "json" and not keys:
                return set()
            scan = scan_sql(files, form, keys)
            columns = [name for name, *_ in connection.execute(f"describe select * from {scan}").fetchall()]
            name = next((column for column in columns if column.lower() == "attribute"), None)
            if name is None:
                return set()
            column = quote_name(name)
            rows = connection.execute(
                f"select distinct cast({column} as varchar) from {scan} where {column} is not null"
            )
            return {row[0] for row in rows.fetchall()}
        except READ_ERRORS:
            # check_sources names what is wrong with the file; here it just has no attributes to offer.
            return set()


def closest(name: str, allowed: Iterable[str]) -> str:
    """Return `Did you mean ...?` for the allowed name nearest to a misspelled one, else an empty string."""
    by_lower = {candidate.lower(): candidate for candidate in allowed}
    near = difflib.get_close_matches(name.strip().lower(), by_lower, n=1, cutoff=0.6)
    return f"Did you mean {by_lower[near[0]]}?" if near else ""


def _place(entity: Entity, raw: Path, file: Path, line: int | None = None) -> str:
    """Return where a fault is: system, table, the file with its full path, and the line where it is known."""
    return f"{SYSTEM}.{entity.name}, file {raw / file}" + (f", line {line}" if line else "")


def _check_entity(connection: duckdb.DuckDBPyConnection, raw: Path, entity: Entity, files: list[Path]) -> list[Problem]:
    if not files:
        return []
    forms = sorted({file_format(file) for file in files})
    if len(forms) > 1:
        examples = [next(file.name for file in files if file_format(file) == form) for form in forms]
        return [
            Problem(
                f"{SYSTEM}.{entity.name}, files {', '.join(examples)} in {raw}",
                f"the files of one table have different formats ({', '.join(FORMAT_NAMES[form] for form in forms)})",
                "Keep one format and take the other files out of the folder.",
            )
        ]
    problems: list[Problem] = []
    for file in files:
        problems += _check_file(connection, raw, entity, file)
    return problems or _check_together(connection, raw, entity, files)


def _check_file(connection: duckdb.DuckDBPyConnection, raw: Path, entity: Entity, file: Path) -> list[Problem]:
    """Check one file alone: the union of a good and a bad file has every column, but the bad file's rows would be empty."""
    try:
        names = _column_names(connection, file)
        has_rows = _has_rows(connection, entity, file, names)
    except FaultError as error:
        return [_unreadable(raw, entity, file, error.fault)]
    except READ_ERRORS as error:
        return [_unreadable(raw, entity, file, diagnose(file, file_format(file), error))]
    if not names and not has_rows:
        return []
    missing = [name for name in entity.required if name not in {column.lower() for column in names}]
    if missing and file_format(file) == "csv":
        # A row of another length can mislead the detection of the delimiter; then the row is the fault, not the column.
        fault = diagnose_csv(file)
        if fault and fault.line:
            return [_unreadable(raw, entity, file, fault)]
    problems = [_missing_column(raw, entity, file, name, names) for name in missing]
    return problems + [_repeated_column(raw, entity, file, pair) for pair in _repeated_columns(names, entity)]


def _column_names(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the file's column names as written; none for a text file without content."""
    form = file_format(file)
    if form == "parquet":
        return _parquet_columns(connection, file)
    return find_json_keys(connection, [file]) if form == "json" else _csv_columns(connection, file)


def _has_rows(connection: duckdb.DuckDBPyConnection, entity: Entity, file: Path, names: Sequence[str]) -> bool:
    """Read the file to its end, whatever the database needs to find it damaged, and tell whether it has rows."""
    form = file_format(file)
    if form == "parquet":
        # A count would read the footer only; a hash of whole rows decodes every page.
        query = f"select count(*), bit_xor(hash(rows)) from {scan_sql([file], form)} as rows"
    elif form == "csv":
        if not names:
            return False
        query = f"select count(*) from {scan_sql([file], form)}"
    else:
        # Reading at least one column, even one that is not there, makes the reader refuse lines that are no objects.
        known = [name for name in names if name.lower() in entity.column_names][:1] or list(entity.required[:1])
        query = f"select count(*), count({quote_name(known[0])}) from {scan_sql([file], form, known)}"
    row = connection.execute(query).fetchone()
    return bool(row and row[0])


def _parquet_columns(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the top-level names from the footer: the reader itself renames those that differ only in case."""
    rows = connection.execute(
        f"select name, coalesce(num_children, 0) from parquet_schema({quote_text(escape_glob(str(file)))})"
    ).fetchall()
    names: list[str] = []
    pending = 0  # nodes still to come below the current top-level column
    for name, children in rows[1:]:
        if pending == 0:
            names.append(name)
            pending = children
        else:
            pending += children - 1
    return names


def _csv_columns(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the cells of the header line as the database splits it; its own names would be made unique by a suffix."""
    if _is_blank(file):
        return []
    if _first_line_is_blank(file):
        raise FaultError(Fault("the first line is empty", "The first line must hold the column names.", 1))
    options = CSV_OPTIONS.replace("header=true", "header=false")
    cells = connection.execute(f"select * from read_csv({file_list([file])}, {options}) limit 1").fetchone() or ()
    return [(cell or "").strip() for cell in cells]


def _is_blank(file: Path) -> bool:
    """Tell whether a text file holds nothing but white space (and a byte order mark): an empty table."""
    with open_binary(file) as stream:
        content = stream.read(4096)
        return not content.removeprefix(codecs.BOM_UTF8).strip() and len(content) < 4096


def _first_line_is_blank(file: Path) -> bool:
    with open_binary(file) as stream:
        return not stream.readline().removeprefix(codecs.BOM_UTF8).strip()


def _repeated_columns(names: Sequence[str], entity: Entity) -> list[tuple[str, str]]:
    """Return pairs of columns of the contract whose names are one and the same when compared in lower case."""
    first: dict[str, str] = {}
    pairs = []
    for name in names:
        lower = name.lower()
        if lower in first and lower in entity.column_names:
            pairs.append((first[lower], name))
        first.setdefault(lower, name)
    return pairs


def _missing_column(raw: Path, entity: Entity, file: Path, name: str, names: Sequence[str]) -> Problem:
    strangers = [other for other in names if other.lower() not in entity.column_names]
    near = difflib.get_close_matches(name, [other.lower() for other in strangers], n=1, cutoff=0.7)
    hint = f"Is `{near[0]}` meant? " if near else ""
    has = ", ".join(names[:12]) + (", ..." if len(names) > 12 else "") if names else "none"
    return Problem(
        _place(entity, raw, file),
        f"required column {name} is missing",
        f"{hint}The file has: {has}. Required are: {', '.join(entity.required)}.",
    )


def _repeated_column(raw: Path, entity: Entity, file: Path, pair: tuple[str, str]) -> Problem:
    return Problem(
        _place(entity, raw, file),
        f"columns {pair[0]} and {pair[1]} have the same name (upper and lower case do not differ)",
        "Keep one of them or rename the other.",
    )


def _check_together(
    connection: duckdb.DuckDBPyConnection, raw: Path, entity: Entity, files: list[Path]
) -> list[Problem]:
    """Check what only several files together can show: names spelled differently in JSON, types that do not combine."""
    if len(files) == 1:
        return []
    form = file_format(files[0])
    try:
        if form == "json":
            keys = find_json_keys(connection, files)
            return [_spelled_twice(raw, entity, files, pair) for pair in _repeated_columns(keys, entity)]
        columns = [
            name for name, *_ in connection.execute(f"describe select * from {scan_sql(files, form)}").fetchall()
        ]
        wanted = ", ".join(quote_name(name) for name in columns if name.lower() in entity.column_names)
        if form == "parquet" and wanted:
            connection.execute(f"select bit_xor(hash({wanted})) from {scan_sql(files, form)}").fetchall()
    except duckdb.Error as error:
        return [
            Problem(
                f"{SYSTEM}.{entity.name}, {len(files)} files in {raw}",
                f"the files cannot be read together: {short_message(error)}",
                "Give the column the same type in all files.",
            )
        ]
    return []


def _spelled_twice(raw: Path, entity: Entity, files: Sequence[Path], pair: tuple[str, str]) -> Problem:
    return Problem(
        f"{SYSTEM}.{entity.name}, {len(files)} files in {raw}",
        f"column {pair[0]} is also written {pair[1]}",
        "Write it the same way in all files.",
    )


def _misnamed_files(connection: duckdb.DuckDBPyConnection, raw: Path, contract: dict[str, Entity]) -> list[Problem]:
    """Find `Leads.CSV` and the like: to pass over them would be to lose a whole table in silence."""
    problems = []
    for file in sorted(_glob(connection, raw, "*")):
        lower = file.name.lower()
        if lower != file.name and any(
            re.match(FILE_PATTERN.format(entity=re.escape(name)), lower) for name in contract
        ):
            problems.append(
                Problem(
                    str(file),
                    "the file is not read because its name has capital letters",
                    f"Rename it to {lower}.",
                )
            )
    return problems


def _unknown_columns(connection: duckdb.DuckDBPyConnection, raw: Path, entity: Entity, file: Path) -> list[Problem]:
    try:
        names = _column_names(connection, file)
    except (FaultError, *READ_ERRORS):
        return []
    missing = [name for name in entity.column_names if name not in {other.lower() for other in names}]
    return [
        Problem(
            _place(entity, raw, file),
            f"column {name} is not in the contract and is not read",
            closest(name, missing) or "Custom CRM fields belong into lead_attributes.",
        )
        for name in names
        if name and name.lower() not in entity.column_names
    ]


def _unreadable(raw: Path, entity: Entity, file: Path, fault: Fault) -> Problem:
    return Problem(_place(entity, raw, file, fault.line), f"the file cannot be read: {fault.what}", fault.mend)

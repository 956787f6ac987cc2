"""The input contract: its entities, the raw files that belong to each, and what is wrong with them before any model is built."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from glob import escape as escape_glob
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse.faults import (
    READ_ERRORS,
    FileFormat,
)
from leadhouse.paths import PROJECT_ROOT

SYSTEM = "generic"
STAGING = PROJECT_ROOT / "models" / "staging"
SOURCES_FILE = STAGING / "generic" / "_generic__sources.yml"

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
# Text that old writers left unmarked is text, not bytes.
PARQUET_OPTIONS = "union_by_name=true, binary_as_string=true"

_TABLE_FORMATS: dict[str, FileFormat] = {
    "parquet": "parquet",
    "csv": "csv",
    "jsonl": "json",
    "ndjson": "json",
    "json": "json",
}


@dataclass(frozen=True)
class Column:
    """One column of a raw table; `data_type` is the SQL type that the models cast it to.

    `also_named` are other names that connectors deliver it under.
    """

    name: str
    data_type: str
    is_required: bool
    description: str
    also_named: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entity:
    """One raw table of a source system; those of the system `generic` are the input contract.

    Its newest row may be as old as `warn_after` and `error_after`, where there are such limits. `feeds` are the entities of the
    contract that its rows become; a table that feeds none is looked up by others.
    """

    name: str
    description: str
    columns: tuple[Column, ...]
    warn_after: timedelta | None = None
    error_after: timedelta | None = None
    system: str = SYSTEM
    feeds: tuple[str, ...] = ()
    also_named: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """What tells the table from those of other systems: `leads`, `salesforce.lead`."""
        return self.name if self.system == SYSTEM else f"{self.system}.{self.name}"

    def delivered(self, names: Iterable[str]) -> dict[str, str]:
        """The name, as written in a file, of each column that the file has: as the macro delivered_columns finds it."""
        written = {name.lower(): name for name in reversed(list(names))}
        by_letters = {} if self.system == SYSTEM else {_letters(name): name for name in reversed(written.values())}
        found = {}
        for column in self.columns:
            for name in (column.name, *column.also_named):
                if name in written or _letters(name) in by_letters:
                    found[column.name] = written.get(name) or by_letters[_letters(name)]
                    break
        return found

    @property
    def column_names(self) -> tuple[str, ...]:
        """Names of all columns, in the contract's order."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the columns that must be there."""
        return tuple(column.name for column in self.columns if column.is_required)

    @property
    def event_time(self) -> Column | None:
        """The column that says when a row happened: the required time, or none."""
        times = (column for column in self.columns if column.is_required and column.data_type in ("timestamp", "date"))
        return next(times, None)


def load_contract(path: Path = SOURCES_FILE) -> dict[str, Entity]:
    """Return the contract's entities by name, in the file's order: the same file that dbt reads as its source definition."""
    return {table.name: table for table in _load_tables(path)}


def load_system(system: str) -> dict[str, Entity]:
    """Return the raw tables of a source system by their names, in the order of its source definition."""
    return load_contract(STAGING / system / f"_{system}__sources.yml")


@lru_cache(maxsize=32)
def _load_tables(path: Path) -> tuple[Entity, ...]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    return tuple(_entity(source["name"], table) for source in document["sources"] for table in source["tables"])


def _entity(system: str, table: dict[str, Any]) -> Entity:
    columns = []
    for column in table["columns"]:
        meta = column.get("config", {}).get("meta", {})
        columns.append(
            Column(
                name=column["name"],
                data_type=column["data_type"],
                is_required=bool(meta.get("required", False)),
                description=column.get("description", ""),
                also_named=tuple(meta.get("also_named", ())),
            )
        )
    settings = table.get("config", {})
    limits, meta = settings.get("freshness") or {}, settings.get("meta", {})
    return Entity(
        name=table["name"],
        description=table.get("description", ""),
        columns=tuple(columns),
        warn_after=_period(limits.get("warn_after")),
        error_after=_period(limits.get("error_after")),
        system=system,
        feeds=tuple(meta.get("feeds", [table["name"]] if system == SYSTEM else [])),
        also_named=tuple(meta.get("also_named", ())),
    )


def _letters(name: str) -> str:
    """Letters and digits alone: connectors differ in underscores, hyphens and capitals."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _period(limit: Mapping[str, Any] | None) -> timedelta | None:
    """Return a limit as dbt writes it, `{count: 2, period: day}`, as a length of time."""
    return timedelta(**{f"{limit['period']}s": limit["count"]}) if limit else None


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
        return list_files(connection, raw, entity)


def list_files(connection: duckdb.DuckDBPyConnection, raw: Path, entity: str) -> list[Path]:
    """Return the entity's files (`find_files`) with a connection at hand."""
    pattern = re.compile(FILE_PATTERN.format(entity=re.escape(entity)))
    listed = list_folder(connection, raw, "*") + list_folder(connection, raw, f"{entity}/**/*")
    return sorted(file for file in listed if pattern.match(file.relative_to(raw).as_posix()))


def system_folder(raw: Path, system: str) -> Path:
    """The folder of a system's raw tables: the contract's own lie in the raw folder itself, the others in one of their own."""
    return raw if system == SYSTEM else raw / system


def table_files(connection: duckdb.DuckDBPyConnection, folder: Path, table: Entity) -> list[Path]:
    """Return the files of a raw table in its system's folder, under the first of its names that has some."""
    found = (list_files(connection, folder, name) for name in (table.name, *table.also_named))
    return next((files for files in found if files), [])


def list_folder(connection: duckdb.DuckDBPyConnection, raw: Path, below: str) -> list[Path]:
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


def custom_attributes_in(raw: Path) -> set[str]:
    """Return the names of the custom attributes that the raw folder's lead_attributes table holds; empty without one."""
    entity = load_contract()["lead_attributes"]
    with connect() as connection:
        try:
            files = list_files(connection, raw, entity.name)
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

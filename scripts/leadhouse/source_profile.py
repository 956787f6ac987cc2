"""What one raw file holds: its columns as written, and how many of their values are there and can be read."""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from glob import escape as escape_glob
from pathlib import Path

import duckdb

from leadhouse.contract import (
    CSV_OPTIONS,
    SYSTEM,
    Entity,
    file_format,
    file_list,
    find_json_keys,
    quote_name,
    quote_text,
    scan_sql,
)
from leadhouse.faults import PACKING_MEND, Fault, FaultError, FileFormat, open_binary

# When a row arrived or last changed, where a table has such a column.
ARRIVAL_COLUMNS = ("loaded_at", "updated_at")
# Later times are mistakes or stand for never.
END_OF_TIME = datetime(9000, 1, 1)


@dataclass(frozen=True)
class ColumnProfile:
    """Values of one column of the contract: its type in the file, how many are not empty, how many of those cannot be read."""

    type: str
    filled: int
    unreadable: int


@dataclass(frozen=True)
class FileProfile:
    """A file that was read to its end.

    `names` are all its columns as written, `columns` those of the contract by its names. `newest` is the time of the newest
    row (UTC): when it arrived or last changed where the file says so, else when it happened.
    """

    file: Path
    names: tuple[str, ...]
    rows: int
    columns: Mapping[str, ColumnProfile] = field(default_factory=dict)
    newest: datetime | None = None


def profile_file(connection: duckdb.DuckDBPyConnection, entity: Entity, file: Path) -> FileProfile:
    """Read the file to its end, whatever the database needs to find it damaged.

    Raises FaultError or one of READ_ERRORS when it cannot be read. Of columns that occur twice the first is measured.
    """
    if file.suffix == ".gz" and file.stat().st_size == 0:
        # Python unpacks nothing from it, and the database refuses it.
        raise FaultError(Fault("the file has no bytes, not even those of an empty compressed file", PACKING_MEND))
    names = column_names(connection, file)
    form = file_format(file)
    if form != "json" and not names:
        return FileProfile(file, (), 0)
    delivered = entity.delivered(names)
    columns = [column for column in entity.columns if column.name in delivered]
    # Reading at least one column, even one that is not there, makes the JSON reader refuse lines that are no objects.
    keys = [delivered[column.name] for column in columns] or list(entity.required[:1])
    scan = scan_sql([file], form, keys)
    written = _types(connection, scan)
    types = {column.name: written[delivered[column.name].lower()] for column in columns}
    measures = ["count(*)", _whole(form, keys, bool(columns)), newest_sql(entity, delivered, types, END_OF_TIME)]
    for column in columns:
        value = filled_value(delivered[column.name], types[column.name])
        readable = reading(value, column.data_type, types[column.name], entity.system != SYSTEM)
        measures += [f"count({value})", f"count({readable})"]
    rows, _, newest, *counts = connection.execute(f"select {', '.join(measures)} from {scan}").fetchone() or (
        0,
        0,
        None,
    )
    profiles = {
        column.name: ColumnProfile(types[column.name], filled, filled - readable)
        for column, filled, readable in zip(columns, counts[::2], counts[1::2], strict=True)
    }
    return FileProfile(file, tuple(names), rows, profiles, newest)


def newest_sql(entity: Entity, names: Mapping[str, str], types: Mapping[str, str], until: datetime) -> str:
    """Return the SQL of the newest row's time up to a moment, null without one.

    `names` are the columns' names in the file, `types` their types there, both by the contract's names.
    """
    event_time = [entity.event_time.name] if entity.event_time else []
    times = [name for name in (*ARRIVAL_COLUMNS, *event_time) if name in entity.column_names and name in names]
    if not times:
        return "cast(null as timestamp)"
    is_other = entity.system != SYSTEM
    readings = [reading(filled_value(names[name], types[name]), "timestamp", types[name], is_other) for name in times]
    value = f"coalesce({', '.join(readings)})"
    return f"max(case when {value} between timestamp '0001-01-01' and timestamp '{until}' then {value} end)"


def reading(value: str, data_type: str, raw_type: str, counts_milliseconds: bool = False) -> str:
    """Return the SQL that reads a raw value as a contract type, null where it cannot be: as the macro read_as does.

    With `counts_milliseconds`, a time may be a number of milliseconds since 1970.
    """
    if data_type in ("varchar", "json") or raw_type == data_type.upper():
        return value
    if data_type in ("timestamp", "date") and not raw_type.startswith(("TIMESTAMP", "DATE")):
        text = f"cast({value} as varchar)"
        value = f"try_cast({text} as timestamptz)"
        if counts_milliseconds:
            moment = f"make_timestamptz(try_cast({text} as bigint) * 1000)"
            value = f"case when regexp_full_match({text}, '[0-9]{{12,13}}') then {moment} else {value} end"
    elif data_type == "bigint" and raw_type == "VARCHAR":
        value = f"try_cast({value} as decimal(38, 6))"
    return f"try_cast({value} as {data_type})"


def filled_value(name: str, raw_type: str) -> str:
    """Return the SQL of a raw value, null where it is empty text."""
    return f"nullif({quote_name(name)}, '')" if raw_type == "VARCHAR" else quote_name(name)


def _whole(form: FileFormat, names: Sequence[str], has_columns: bool) -> str:
    """Return a measure that makes the database read the file to its end: counts of Parquet read the footer only."""
    if form == "parquet" and has_columns:
        return f"bit_xor(hash({', '.join(map(quote_name, names))}))"
    return f"count({quote_name(names[0])})" if form == "json" else "0"


def _types(connection: duckdb.DuckDBPyConnection, scan: str) -> dict[str, str]:
    """Return the type of each column by its name in lower case."""
    rows = connection.execute(f"describe select * from {scan}").fetchall()
    return {name.lower(): kind.upper() for name, kind, *_ in reversed(rows)}


def column_names(connection: duckdb.DuckDBPyConnection, file: Path) -> list[str]:
    """Return the file's column names as written; none for a text file without content."""
    form = file_format(file)
    if form == "parquet":
        return _parquet_columns(connection, file)
    return find_json_keys(connection, [file]) if form == "json" else _csv_columns(connection, file)


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

"""What is wrong with a raw file that cannot be read: the true line, the fault in plain words, and how to mend it.

The database says that a file is bad; its line numbers and advice are not always those of the file and its author. These
functions read a file that is known to be bad once more, slowly and exactly.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal, cast

import duckdb

FileFormat = Literal["parquet", "csv", "json"]

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
FORMAT_NAMES: dict[FileFormat, str] = {"parquet": "Parquet", "csv": "CSV", "json": "JSON Lines"}
PACKING_ERRORS = (EOFError, gzip.BadGzipFile, zlib.error)
PACKING_MEND = "The compressed file is damaged or was only written in part: write it again."
READ_ERRORS = (duckdb.Error, OSError, EOFError, zlib.error)
MIXED_LINE_ENDS = "the line does not end as the lines before it do (CR LF, LF or CR)"
MIXED_LINE_ENDS_MEND = "Save the file with the same line ends throughout."

# What an error quotes may come from the data, and so may addresses and long numbers that stand bare.
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_ADDRESS = re.compile(r"\S+(?:@|%40)\S+")
_NUMBER = re.compile(r"\d[\d\s().-]{5,}\d")
_ABOUT_VALUES = re.compile(r"\b(?:Conversion|Constraint|Invalid Input|Out of Range) Error\b")

# What the machine refuses, as the database and the system say it, and what helps. The first that fits is said.
_MACHINE_MENDS = (
    (
        r"max_temp_directory_size|failed to offload",
        "The disk has no room left for what does not fit into memory: make room in LEADHOUSE_HOME, or set LEADHOUSE_MEMORY_LIMIT higher.",
    ),
    (
        r"out of memory|failed to (allocate|pin)|could not allocate",
        "Set LEADHOUSE_MEMORY_LIMIT higher, for instance to 4GB, and see that the machine has so much free.",
    ),
    (r"memory must have a number|unknown unit for memory", "Write LEADHOUSE_MEMORY_LIMIT with a unit, such as 3GB."),
    (
        r"no space left on device|disk quota exceeded",
        "The disk is full: make room where LEADHOUSE_HOME is, and build again.",
    ),
    (
        r"read-only file system|permission denied|operation not permitted",
        "Set LEADHOUSE_HOME to a folder that the user who builds owns and may write to.",
    ),
    (
        r"could not set lock|conflicting lock",
        "Another program has this database open: close it. Read leadhouse.duckdb, not work.duckdb.",
    ),
    (r"too many open files", "Allow the process more open files (ulimit -n), or deliver fewer, larger files."),
)
_DATABASE_ADVICE = re.compile(r"\n\s*Possible (?:fixes|solutions?):?.*", flags=re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Fault:
    """What makes a file unreadable, on which line of the file (counted from 1), and how to mend it."""

    what: str
    mend: str
    line: int | None = None


class FaultError(Exception):
    """A fault found before the database was asked."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.what)
        self.fault = fault


def open_binary(file: Path) -> IO[bytes]:
    """Open a file for reading its bytes, unpacked where its name ends in .gz."""
    return cast(IO[bytes], gzip.open(file, "rb")) if file.suffix == ".gz" else file.open("rb")


def machine_mend(message: str) -> str | None:
    """Return what helps when the machine refused something (memory, disk, rights), or None when it was something else."""
    return next((mend for pattern, mend in _MACHINE_MENDS if re.search(pattern, message, re.IGNORECASE)), None)


def readable(message: str) -> list[str]:
    """Return the lines of an error of the database or the system, with advice that fits here in place of its own."""
    mend = machine_mend(message)
    return [*(_DATABASE_ADVICE.sub("", message) if mend else message).splitlines(), *([mend] if mend else [])]


def hide_values(text: str) -> str:
    """An error's text without what may be personal: quoted texts, addresses and long numbers."""
    return _NUMBER.sub("(number)", _ADDRESS.sub("(address)", _QUOTED.sub("'...'", text)))


def unnamed(message: str) -> str:
    """An error's text without values of the data; names of columns, which errors of the SQL quote too, stay."""
    return hide_values(message) if _ABOUT_VALUES.search(message) else _ADDRESS.sub("(address)", message)


def short_message(error: Exception) -> str:
    """Return the database's message on one line, without its list of options and without the row that it quotes."""
    text = re.split(r"\n\s*Possible (?:fixes|solutions?):?|\n\s*file = |\n\nLINE \d", str(error), flags=re.IGNORECASE)[
        0
    ]
    return " ".join(re.sub(r"\nOriginal Line:.*\n", "\n", text, flags=re.DOTALL).split())[:300]


def diagnose(file: Path, form: FileFormat, error: Exception) -> Fault:
    """Turn the database's error into a fault with the true line of the file; slow and exact, for files known to be bad."""
    if isinstance(error, PACKING_ERRORS):
        return Fault(str(error), PACKING_MEND)
    if isinstance(error, OSError):
        return Fault(error.strerror or str(error), "Check the file and the right to read it.")
    if form == "parquet":
        return Fault(
            short_message(error),
            "The file is damaged or was only written in part: write it again, under another name first and renamed when done.",
        )
    try:
        fault = diagnose_csv(file) if form == "csv" else _diagnose_json(file)
    except PACKING_ERRORS:
        return Fault(short_message(error), PACKING_MEND)
    if fault is None and "Maximum line size of" in short_message(error):
        return Fault("a row has more than 16 MB", "Shorten it, or deliver the table as Parquet.")
    return fault or Fault(short_message(error), f"Write the file again as {FORMAT_NAMES[form]} in UTF-8.")


def _bad_encoding(file: Path) -> Fault | None:
    with open_binary(file) as stream:
        for number, line in enumerate(stream, start=1):
            if number == 1 and line.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
                return Fault("the text is UTF-16", "Save the file as UTF-8.", 1)
            try:
                line.decode("utf-8")
            except UnicodeDecodeError as error:
                return Fault(f"byte 0x{line[error.start]:02x} is not UTF-8 text", "Save the file as UTF-8.", number)
    return None


def _decoded(stream: IO[bytes]) -> Iterator[str]:
    for number, line in enumerate(stream):
        text = line.decode("utf-8")
        yield text.removeprefix("\ufeff") if number == 0 else text


def diagnose_csv(file: Path) -> Fault | None:
    """Return the first fault of a CSV file: its encoding, a row of another length, a quote, a line end; None if there is none."""
    fault = _bad_encoding(file)
    if fault:
        return fault
    with open_binary(file) as stream:
        first = next(_decoded(stream), "")
    delimiter = max(_DELIMITERS, key=first.count)
    limit = csv.field_size_limit(1 << 30)
    try:
        with open_binary(file) as stream:
            fault = _bad_row(stream, delimiter)
    finally:
        csv.field_size_limit(limit)
    return fault or _mixed_line_ends(file)


def _bad_row(stream: IO[bytes], delimiter: str) -> Fault | None:
    reader = csv.reader(_decoded(stream), delimiter=delimiter, strict=True)
    start, width = 1, None
    try:
        for row in reader:
            width = len(row) if width is None else width
            if row and len(row) != width:
                return Fault(
                    f"the row has {len(row)} cells where the header has {width}, separated by {_DELIMITERS[delimiter]}",
                    'Put a value that holds the separator or a line break into double quotes, and double each " in it.',
                    start,
                )
            start = reader.line_num + 1
    except csv.Error as error:
        if "new-line character" in str(error):
            return None  # lines that end in CR alone are fine for the database
        return Fault(
            "a double quote is opened and not closed, or not followed by the separator",
            'Close the quote; a " within a quoted value is written twice.',
            start,
        )
    return None


def _mixed_line_ends(file: Path) -> Fault | None:
    with open_binary(file) as stream:
        line = find_mixed_line_end(stream.read(1 << 26))
    return Fault(MIXED_LINE_ENDS, MIXED_LINE_ENDS_MEND, line) if line else None


def find_mixed_line_end(content: bytes) -> int | None:
    """Return the first line of a CSV text whose end (CR LF, LF or CR) differs from the first line's; quoted ones are data."""
    first, line = None, 1
    for match in re.finditer(rb'"(?:[^"]|"")*"|\r\n|\n|\r', content):
        token = match.group()
        if token.startswith(b'"'):
            line += token.count(b"\n")
            continue
        first = first or token
        if token != first:
            return line
        line += 1
    return None


def _diagnose_json(file: Path) -> Fault | None:
    fault = _bad_encoding(file)
    if fault:
        return fault
    with open_binary(file) as stream:
        for number, line in enumerate(stream, start=1):
            fault = _bad_object(line.decode("utf-8"), number)
            if fault:
                return fault
    return None


def _bad_object(line: str, number: int) -> Fault | None:
    mend = "Write one JSON object per line, as JSON Lines."
    if line.startswith("\ufeff"):
        return Fault("the file starts with a byte order mark", "Save it as UTF-8 without one.", number)
    if not line.strip():
        return None
    try:
        value = json.loads(line.strip(), object_pairs_hook=_unique_keys)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except json.JSONDecodeError as error:
        return Fault(f"this is no JSON object ({error.msg}, column {error.colno})", mend, number)
    except UnicodeEncodeError:
        return Fault(
            "a \\u escape is half of a character pair",
            "Write both halves of the pair, or the character itself.",
            number,
        )
    except _RepeatedKeyError as error:
        return Fault(f"the object has the key {error} twice", "Keep one of them.", number)
    if not isinstance(value, dict):
        return Fault("this is JSON, but no object", mend, number)
    return None


class _RepeatedKeyError(ValueError):
    """An object names a key twice."""


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [key for key, _ in pairs]
        raise _RepeatedKeyError(next(key for key in names if names.count(key) > 1))
    return values

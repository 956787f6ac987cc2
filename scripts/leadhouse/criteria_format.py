"""Writing criteria files as they are shipped, whatever a spreadsheet has saved them as; no value is guessed or changed.

A cell is never read as something else: dates, numbers and words stay as they are, and `leadhouse validate` says which are wrong.
"""

from __future__ import annotations

import codecs
import csv
import io
from dataclasses import dataclass
from pathlib import Path

from leadhouse import files
from leadhouse.criteria_rows import FILES, Row

_DELIMITERS = {",": "", ";": "semicolons", "\t": "tabs"}


@dataclass(frozen=True)
class Formatted:
    """A file that was written anew; `mended` is what was not as it is shipped."""

    file: str
    mended: tuple[str, ...]


def format_criteria(project_root: Path) -> list[Formatted]:
    """Write each criteria file as UTF-8 with commas, plain line ends and no more quotes, columns, rows and blanks than it needs.

    A file whose first line is not that of its columns, or whose rows cannot be told apart, stays as it is.
    """
    found = []
    for name, row_type in FILES.items():
        path = project_root / "seeds" / name
        if not path.exists():
            continue
        content = path.read_bytes()
        made = _formatted(content, row_type)
        if made is not None and made[0].encode() != content:
            files.write_text(path, made[0], path.stat().st_mode & 0o777)
            found.append(Formatted(f"seeds/{name}", made[1]))
    return found


def _formatted(content: bytes, row_type: type[Row]) -> tuple[str, tuple[str, ...]] | None:
    """The file's text as it is to be, and what is mended by that; None where it cannot be read for sure."""
    mended = []
    is_wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = content.decode("utf-16" if is_wide else "utf-8")
    except UnicodeDecodeError:
        return None
    if is_wide:
        mended.append("UTF-16")
    elif text.startswith("\ufeff"):
        mended.append("byte order mark")
    read = _rows(text.removeprefix("\ufeff"), row_type)
    if read is None:
        return None
    rows, delimiter = read
    width = len(row_type.columns())
    filled = [row for row in rows if any(cell.strip() for cell in row)]
    if any(cell.strip() for row in filled for cell in row[width:]):
        return None
    mended += [_DELIMITERS[delimiter]] if delimiter != "," else []
    mended += ["empty rows"] if len(filled) < len(rows) else []
    mended += ["empty columns"] if any(len(row) > width for row in filled) else []
    header = [name.strip() for name in filled[0][:width]]
    trimmed = [header, *([_trimmed(*pair, row_type) for pair in zip(header, row, strict=False)] for row in filled[1:])]
    mended += ["blanks"] if trimmed != [row[:width] for row in filled] else []
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(trimmed)
    return out.getvalue(), tuple(mended or ["quotes and line ends"])


def _rows(text: str, row_type: type[Row]) -> tuple[list[list[str]], str] | None:
    """All rows, and what they are separated by: that by which the first line has the file's columns."""
    for delimiter in _DELIMITERS:
        try:
            rows = list(csv.reader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter))
        except csv.Error:
            continue
        names = [name.strip() for name in rows[0]] if rows else []
        columns = row_type.columns()
        if sorted(names[: len(columns)]) == sorted(columns) and not any(names[len(columns) :]):
            return rows, delimiter
    return None


def _trimmed(column: str, cell: str, row_type: type[Row]) -> str:
    """In free text blanks may be meant, but nobody means what cannot be seen."""
    is_kept = column in row_type.FREE_TEXT and cell.strip(" \n") == cell.strip()
    return cell if is_kept else cell.strip()

"""Damage of every kind that a raw table or a criteria file can suffer, chosen by a seed."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from leadhouse.contract import connect, file_format, find_files, find_json_keys, scan_sql

Cell = str | None

HOSTILE = [
    "=1+1", "+cmd|' /C calc'!A0", "@SUM(1)", "'; drop table leads; --", '"; select 1; --', "{{ 1 / 0 }}", "{% raw %}", "{#",
    "<script>alert(1)</script>", "$(reboot)", "`id`", "%s%n", "\\", "\\N", "../../etc/passwd", "\u202eabc", "\u200b", "\ufeff",
    "\U0001f600", "e\u0301", "\u05e9\u05dc", "a\nb", "a\r\nb", 'say "hi"', "a,b;c\td|e", "null", "None", "NaN", "[1, 2]", '{"a": 1}',
]  # fmt: skip
NUMBERS = ["1,234.5", "1.234,5", "10-50", "1e400", "-1e400", "NaN", "infinity", "-0", "0x1F", "१२", "$5", "99999999999999999999999", "1e-30", "5 000"]  # fmt: skip
TIMES = [
    "0000-00-00", "9999-12-31 23:59:59", "0001-01-01", "2026-02-30", "01/02/2026", "1782864000", "infinity", "epoch", "now",
    "2026-06-01T00:00:00+14:00", "2026-06-01 25:00", "290000-01-01", "5000-01-01 BC", "June 1", "2026-06-01 00:00:00 Europe/Berlin",
]  # fmt: skip


@dataclass(frozen=True)
class RawTable:
    """A raw table as text: its columns, and rows of cells."""

    columns: list[str]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Mutation:
    """What was done to which file, and what now stands for it: file names with their content."""

    name: str
    description: str
    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        """Put the mutated files into a folder, in the place of the good ones."""
        for old in [*folder.glob(f"{self.name}.*"), *folder.glob(f"{self.name}-*")]:
            old.unlink()
        shutil.rmtree(folder / self.name, ignore_errors=True)
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def read_table(raw: Path, entity: str) -> RawTable:
    """Read a good table as text."""
    files = find_files(raw, entity)
    form = file_format(files[0])
    with connect() as connection:
        keys = find_json_keys(connection, files) if form == "json" else []
        relation = connection.sql(f"select cast(columns(*) as varchar) from {scan_sql(files, form, keys)}")
        return RawTable(list(relation.columns), [list(row) for row in relation.fetchall()])


def mutate_source(raw: Path, entity: str, seed: int) -> Mutation:
    """Do one thing or two to an entity's table, and write it in one of many ways; the same seed does the same."""
    dice = random.Random(seed)
    table = read_table(raw, entity)
    kinds = [*CHANGES, None, None]
    change = kinds[seed % len(kinds)]
    if change is not None:
        table = change(table, dice)
    name = change.__name__ if change is not None else "as it was"
    writer = dice.choice(WRITERS)
    files = writer(entity, table, dice)
    damage = dice.choice(DAMAGES) if change is None or dice.random() < 0.2 else None
    if damage is not None:
        victim = dice.choice(sorted(files))
        files[victim] = damage(files[victim], dice)
    parts = [name, writer.__name__, damage.__name__ if damage is not None else "undamaged"]
    return Mutation(entity, f"seed {seed}, {entity}: {', '.join(parts)}", files)


def mutate_criteria(seeds: Path, name: str, seed: int) -> Mutation:
    """Do one thing to a criteria file below `seeds`."""
    dice = random.Random(seed)
    content = (seeds / name).read_bytes()
    rows = list(csv.reader(io.StringIO(content.decode())))
    table = RawTable(rows[0], [list(row) for row in rows[1:]])
    change = CRITERIA_CHANGES[seed % len(CRITERIA_CHANGES)]
    damaged = change(content, table, dice)
    return Mutation(name, f"seed {seed}, {name}: {change.__name__}", {name: damaged})


# ----------------------------------------------------------------------------------------- what becomes of cells


def _some_cells(table: RawTable, dice: random.Random, values: list[str]) -> RawTable:
    rows = [list(row) for row in table.rows]
    for _ in range(max(1, len(rows) // 5)):
        rows[dice.randrange(len(rows))][dice.randrange(len(table.columns))] = dice.choice(values)
    return replace(table, rows=rows)


def hostile_cells(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(table, dice, HOSTILE)


def odd_numbers(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(table, dice, NUMBERS)


def odd_times(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(table, dice, TIMES)


def empty_cells(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(table, dice, ["", " ", "\t"])


def nul_bytes(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(table, dice, ["\x00", "a\x00b"])


def huge_cell(table: RawTable, dice: random.Random) -> RawTable:
    return _some_cells(replace(table, rows=table.rows[:5]), dice, ["x" * dice.choice([100_000, 3_000_000, 17_000_000])])


def one_column_of_rubbish(table: RawTable, dice: random.Random) -> RawTable:
    place, values = dice.randrange(len(table.columns)), dice.choice([HOSTILE, NUMBERS, TIMES, [None]])
    return replace(table, rows=[[*row[:place], dice.choice(values), *row[place + 1 :]] for row in table.rows])


def same_ids(table: RawTable, dice: random.Random) -> RawTable:
    return replace(table, rows=[["same", *row[1:]] if dice.random() < 0.5 else row for row in table.rows])


def repeated_rows(table: RawTable, dice: random.Random) -> RawTable:
    return replace(table, rows=table.rows + dice.choices(table.rows, k=len(table.rows) // 2))


def shuffled_values(table: RawTable, dice: random.Random) -> RawTable:
    place = dice.randrange(len(table.columns))
    values = dice.sample([row[place] for row in table.rows], len(table.rows))
    return replace(table, rows=[[*row[:place], value, *row[place + 1 :]] for row, value in zip(table.rows, values, strict=True)])  # fmt: skip


def no_rows(table: RawTable, dice: random.Random) -> RawTable:
    return replace(table, rows=[])


def swapped_names(table: RawTable, dice: random.Random) -> RawTable:
    columns = list(table.columns)
    one, other = dice.choices(range(len(columns)), k=2)
    columns[one], columns[other] = columns[other], columns[one]
    return replace(table, columns=columns)


def reordered_columns(table: RawTable, dice: random.Random) -> RawTable:
    order = dice.sample(range(len(table.columns)), len(table.columns))
    return RawTable([table.columns[place] for place in order], [[row[place] for place in order] for row in table.rows])


def lost_column(table: RawTable, dice: random.Random) -> RawTable:
    place = dice.randrange(len(table.columns))
    rows = [row[:place] + row[place + 1 :] for row in table.rows]
    return RawTable(table.columns[:place] + table.columns[place + 1 :], rows)


def renamed_column(table: RawTable, dice: random.Random) -> RawTable:
    columns, place = list(table.columns), dice.randrange(len(table.columns))
    name = columns[place]
    columns[place] = dice.choice([name[:-1], name.upper(), name.title().replace("_", " "), name + " ", "", "x" * 300, "a\"b'c", "{{ x }}", "_leadhouse_file"])  # fmt: skip
    return replace(table, columns=columns)


def repeated_column(table: RawTable, dice: random.Random) -> RawTable:
    place = dice.randrange(len(table.columns))
    name = dice.choice([table.columns[place], table.columns[place].upper()])
    return RawTable([*table.columns, name], [[*row, row[place]] for row in table.rows])


def more_columns(table: RawTable, dice: random.Random) -> RawTable:
    more = [f"extra {number}" for number in range(dice.choice([1, 300]))]
    return RawTable(table.columns + more, [row + [dice.choice(HOSTILE) for _ in more] for row in table.rows])


CHANGES: list[Callable[[RawTable, random.Random], RawTable]] = [
    hostile_cells, odd_numbers, odd_times, empty_cells, nul_bytes, huge_cell, one_column_of_rubbish, same_ids, repeated_rows,
    shuffled_values, no_rows, swapped_names, reordered_columns, lost_column, renamed_column, repeated_column, more_columns,
]  # fmt: skip


# ---------------------------------------------------------------------------------------------- how it is written


def _csv(table: RawTable, delimiter: str = ",", end: str = "\n", quoting: int = csv.QUOTE_MINIMAL) -> str:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows([table.columns, *table.rows])  # type: ignore[arg-type]
    return out.getvalue()


def as_csv(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    text = _csv(
        table, dice.choice(",,,;\t|:"), dice.choice(["\n", "\r\n"]), dice.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    )
    encoding = dice.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "latin-1"])
    return {f"{entity}.csv": text.encode(encoding, errors="replace")}


def as_packed_csv(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    return {f"{entity}.csv.gz": gzip.compress(_csv(table).encode(), mtime=0)}


def as_headless_csv(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    return {f"{entity}.csv": _csv(table).partition("\n")[2].encode()}


def as_json_lines(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    lines = [json.dumps(_object(table, row, dice), ensure_ascii=dice.random() < 0.5) for row in table.rows]
    return {f"{entity}.jsonl": "".join(line + "\n" for line in lines).encode(errors="surrogatepass")}


def _object(table: RawTable, row: list[Cell], dice: random.Random) -> dict[str, object]:
    """A JSON object of which some values are no text, and empty ones may be left out."""
    values: dict[str, object] = {}
    for name, cell in zip(table.columns, row, strict=True):
        if cell is not None or dice.random() < 0.5:
            values[name] = cell if dice.random() > 0.02 else dice.choice([[cell], {"v": cell}, 1.5, True, [], {}])
    return values


def as_json_array(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    return {f"{entity}.json": json.dumps(rows, indent=dice.choice([None, 1])).encode()}


def as_parquet(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    return {f"{entity}.parquet": _parquet(table, dice)}


def _parquet(table: RawTable, dice: random.Random) -> bytes:
    """Columns of text, or of what type their values allow, chosen per column."""
    arrays = [_array([row[place] for row in table.rows], dice) for place in range(len(table.columns))]
    out = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=table.columns), out)
    return out.getvalue()


def _array(values: list[Cell], dice: random.Random) -> pa.Array:
    text = pa.array(values, pa.string())
    kind = dice.choice(
        [pa.string(), pa.string(), pa.int64(), pa.float64(), pa.timestamp("us"), pa.bool_(), pa.binary()]
    )
    try:
        return text.cast(kind)
    except pa.ArrowInvalid:
        return text


def as_parts(entity: str, table: RawTable, dice: random.Random) -> dict[str, bytes]:
    """Two files of one format, the second from a schema of its own."""
    half = len(table.rows) // 2
    parts = [replace(table, rows=table.rows[:half]), replace(table, rows=table.rows[half:])]
    change = dice.choice([lost_column, renamed_column, reordered_columns, more_columns, repeated_column])
    parts[1] = change(parts[1], dice)
    names = dice.choice([(f"{entity}-1", f"{entity}-2"), (f"{entity}/a", f"{entity}/b/c")])
    if dice.random() < 0.5:
        return {f"{name}.parquet": _parquet(part, dice) for name, part in zip(names, parts, strict=True)}
    ends = dice.choice([("csv", "csv"), ("csv", "jsonl")])
    texts = [_csv(part, delimiter) for part, delimiter in zip(parts, dice.choice([",,", ",;"]), strict=True)]
    return {f"{name}.{end}": text.encode() for name, end, text in zip(names, ends, texts, strict=True)}


WRITERS: list[Callable[[str, RawTable, random.Random], dict[str, bytes]]] = [
    as_csv, as_csv, as_csv, as_packed_csv, as_headless_csv, as_json_lines, as_json_lines, as_json_array, as_parquet, as_parquet,
    as_parts, as_parts,
]  # fmt: skip


# ---------------------------------------------------------------------------------------------- damage to the bytes


def flipped_bytes(content: bytes, dice: random.Random) -> bytes:
    damaged = bytearray(content or b"x")
    for _ in range(dice.choice([1, 1, 3, 50])):
        damaged[dice.randrange(len(damaged))] = dice.randrange(256)
    return bytes(damaged)


def cut_off(content: bytes, dice: random.Random) -> bytes:
    return content[: dice.choice([0, 1, 4, len(content) // 2, max(0, len(content) - dice.randrange(1, 40))])]


def cut_out(content: bytes, dice: random.Random) -> bytes:
    at = dice.randrange(len(content) + 1)
    return content[:at] + content[at + dice.choice([1, 7, 500]) :]


def junk_inserted(content: bytes, dice: random.Random) -> bytes:
    at = dice.choice([0, len(content), dice.randrange(len(content) + 1)])
    junk = dice.choice(
        [b'"', b"\n", b"\r\n", b"\r", b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b",", b"PAR1", b"{", b"\n\n\n"]
    )
    return content[:at] + junk + content[at:]


def mixed_line_ends(content: bytes, dice: random.Random) -> bytes:
    lines = content.split(b"\n")
    return b"".join(line + dice.choice([b"\n", b"\r\n"]) for line in lines)


def another_packing(content: bytes, dice: random.Random) -> bytes:
    return dice.choice([gzip.compress(content, mtime=0), b"PK\x03\x04" + content])


def doubled(content: bytes, dice: random.Random) -> bytes:
    return content + content


DAMAGES = [
    flipped_bytes,
    flipped_bytes,
    cut_off,
    cut_off,
    cut_out,
    junk_inserted,
    mixed_line_ends,
    another_packing,
    doubled,
]


# ------------------------------------------------------------------------------------------------------- criteria


def _written(table: RawTable) -> bytes:
    return _csv(table).encode()


def wrong_cell(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    pool = [*HOSTILE, *NUMBERS, *TIMES, "", " ", "no_such_thing", "true", "-1", "0", "1", "fit", "main", "x" * 70_000]
    return _written(_some_cells(replace(table, rows=table.rows), random.Random(dice.random()), [dice.choice(pool)]))


def one_wrong_cell(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    rows = [list(row) for row in table.rows]
    values = [
        *HOSTILE,
        *NUMBERS,
        *TIMES,
        "",
        "no_such_thing",
        "equal",
        ">",
        "between",
        "count:nothing",
        "b2b_v1",
        "100|1",
        "1|",
    ]
    rows[dice.randrange(len(rows))][dice.randrange(len(table.columns))] = dice.choice(values)
    return _written(replace(table, rows=rows))


def borrowed_cell(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    """A value that is right in another row or column."""
    rows = [list(row) for row in table.rows]
    value = dice.choice(dice.choice(rows))
    rows[dice.randrange(len(rows))][dice.randrange(len(table.columns))] = value
    return _written(replace(table, rows=rows))


def row_twice(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    return _written(replace(table, rows=[*table.rows, dice.choice(table.rows)]))


def later_version(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    """The same rule again, from a date on: an overlap, or a change that is meant."""
    row = list(dice.choice(table.rows))
    if "valid_from" in table.columns:
        row[table.columns.index("valid_from")] = dice.choice(["2026-01-01", "2026-06-01 12:00:00", "2030-01-01"])
    return _written(replace(table, rows=[*table.rows, row]))


def rows_gone(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    return _written(replace(table, rows=[row for row in table.rows if dice.random() < dice.choice([0.0, 0.5, 0.95])]))


def rows_in_another_order(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    return _written(replace(table, rows=dice.sample(table.rows, len(table.rows))))


def changed_header(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    change = dice.choice([lost_column, renamed_column, repeated_column, swapped_names, reordered_columns, more_columns])
    return _written(change(table, dice))


def criteria_in_another_dialect(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    return next(iter(dice.choice([as_csv, as_packed_csv, as_headless_csv, as_json_lines])("x", table, dice).values()))


def damaged_criteria(content: bytes, table: RawTable, dice: random.Random) -> bytes:
    return dice.choice(DAMAGES)(content, dice)


CRITERIA_CHANGES: list[Callable[[bytes, RawTable, random.Random], bytes]] = [
    wrong_cell, one_wrong_cell, one_wrong_cell, borrowed_cell, borrowed_cell, row_twice, later_version, rows_gone,
    rows_in_another_order, changed_header, criteria_in_another_dialect, damaged_criteria,
]  # fmt: skip

"""What is wrong with the raw files before any model is built, and what is worth a warning."""

from __future__ import annotations

import difflib
import re
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import duckdb

from leadhouse.contract import (
    FILE_PATTERN,
    SYSTEM,
    Column,
    Entity,
    closest,
    connect,
    file_format,
    list_folder,
    load_contract,
    system_folder,
    table_files,
)
from leadhouse.errors import Problem
from leadhouse.faults import (
    FORMAT_NAMES,
    READ_ERRORS,
    Fault,
    FaultError,
    diagnose,
    diagnose_csv,
    open_binary,
)
from leadhouse.source_memory import FILE_NAME, ROWS_TO_JUDGE, Memory, losses, recall
from leadhouse.source_profile import ColumnProfile, FileProfile, profile_file
from leadhouse.sources import Stamp, fingerprint, patiently, stamp_of
from leadhouse.systems import GENERIC, Systems, known_systems, read_tables, systems_variable

# What the SQL macros call the file that a row stands in.
FILE_COLUMN = "_leadhouse_file"
# Whoever says here that they have opted out may not be written to: not one value may be passed over.
CONSENT_COLUMN = "has_opted_out"
FRACTIONS = frozenset({"FLOAT", "DOUBLE"})
# File and column names shown in one warning.
NAMES_SHOWN = 5
# Nanoseconds after which a file's stamp is taken to tell it from every later version.
SETTLED_AFTER = 2_000_000_000

_FORMS_OF_VALUES = {
    "varchar": "Deliver its values.",
    "timestamp": "Write times as 2026-07-01 09:30:00 or 2026-07-01T09:30:00Z.",
    "date": "Write dates as 2026-07-01.",
    "bigint": "Write whole numbers without separators, such as 1200.",
    "decimal": "Write numbers with a point and without separators, such as 1200.50.",
    "boolean": "Write true or false.",
}


@dataclass(frozen=True)
class Examination:
    """Everything found in a raw folder: what stops a build, what is worth a warning, and what there is to remember."""

    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]
    memory: Memory = field(default_factory=Memory)


def check_sources(raw: Path, home: Path | None = None, systems: Systems = GENERIC) -> list[Problem]:
    """Return everything that would keep the raw folder from being read whole and rightly; empty when all is well.

    Every file is read to its end, for a table that breaks off in its middle must stop the run before a model is built;
    with a `home`, only those that have changed since its last good build. An entity without a file, a file without rows
    and an unknown column are no problems (see `warnings`).
    """
    return list(examine(raw, home, systems).problems)


def warnings(raw: Path, home: Path | None = None, systems: Systems = GENERIC) -> list[Problem]:
    """Return what will not be read, or not from all files, or only in part; with a `home`, also what was lost since."""
    return list(examine(raw, home, systems).warnings)


def examine(raw: Path, home: Path | None = None, systems: Systems = GENERIC) -> Examination:
    """Read the files of the raw folder that a build with these systems reads; asked again, do so only if something has changed
    meanwhile."""
    if not raw.is_dir():
        return Examination((_no_folder(raw),), ())
    remembered = stamp_of(home / FILE_NAME) if home else None
    names = tuple(sorted(path.name for path in raw.iterdir()))
    return _examine(raw, home, systems, tuple(fingerprint(raw).items()), (remembered, names))


@lru_cache(maxsize=2)
def _examine(
    raw: Path, home: Path | None, systems: Systems, stamps: tuple[tuple[Path, Stamp], ...], _rest: object
) -> Examination:
    before = recall(home, raw) if home else Memory()
    tables = read_tables(systems)
    problems: list[Problem] = []
    files: dict[str, list[FileProfile]] = {}
    # A file that was changed a moment ago may change again and keep its stamp.
    long_ago = time.time_ns() - SETTLED_AFTER
    with connect() as connection:
        found = {key: table_files(connection, system_folder(raw, table.system), table) for key, table in tables.items()}
        reader = _Reader(connection, raw, before.unchanged(dict(stamps)))
        for key, table in tables.items():
            faults, files[key] = reader.check_entity(table, found[key])
            problems += faults
        listed = list_folder(connection, raw, "*")
        listed += [file for name in load_contract() for file in list_folder(connection, raw, f"{name}/**/*")]
        others = {name: list_folder(connection, raw, f"{name}/**/*") for name in known_systems() if name != SYSTEM}
    known = {file for own in found.values() for file in own}
    for system in systems.names:
        folder = system_folder(raw, system)
        named = {
            name for table in tables.values() if table.system == system for name in (table.name, *table.also_named)
        }
        problems += _misnamed(folder, sorted(named)) if folder.is_dir() else ()
    if not known and not problems:
        problems.append(_no_tables(raw, tables.values()))
    cautions = [caution for key, profiles in files.items() for caution in _cautions(raw, tables[key], profiles)]
    strangers = sorted(file for file in set(listed) - known if not _is_hidden(file.relative_to(raw)))
    cautions += [_stranger(file, raw) for file in strangers]
    cautions += [_unread_system(raw, name) for name, own in others.items() if own and name not in systems.names]
    cautions += losses(raw, tables, before.files, files)
    memory = Memory(files, {file: stamp for file, stamp in stamps if stamp.modified < long_ago})
    return Examination(tuple(problems), tuple(cautions), memory)


def _no_folder(raw: Path) -> Problem:
    return Problem(
        str(raw),
        "there is no folder of raw tables here",
        "Name the folder with --raw, or write one with `leadhouse demo` or `leadhouse conform`.",
    )


def _no_tables(raw: Path, tables: Iterable[Entity]) -> Problem:
    named = ", ".join(f"{table.system}/{table.name}" if table.system != SYSTEM else table.name for table in tables)
    return Problem(
        str(raw),
        "the folder holds no table that a build reads, so there is nothing to build",
        f"Name files after the tables ({named}), for instance leads.csv or leads/part-0001.parquet; tables of another shape "
        "are brought into it by `leadhouse conform`, and `leadhouse sources inspect` says which systems' tables lie here.",
    )


def _stranger(file: Path, raw: Path) -> Problem:
    contract = load_contract()
    entity = _entity_named(file.relative_to(raw).as_posix(), contract)
    if entity:
        variable = systems_variable(entity)
        what = f"the file is not read, because {variable} does not have `{SYSTEM}`"
        return Problem(str(file), what, f"Add {SYSTEM} to the variable {variable}, or take the file away.")
    mend = closest(file.name.split(".")[0], contract) or f"Tables are named {', '.join(contract)}."
    return Problem(str(file), "the file belongs to no table of the contract and is not read", mend)


def _unread_system(raw: Path, system: str) -> Problem:
    what = f"the tables of {system} in this folder are not read, because no variable switches {system} on"
    mend = f"Run `leadhouse sources inspect --raw {raw}` for the variables to set."
    return Problem(str(system_folder(raw, system)), what, mend)


def _is_hidden(below: Path) -> bool:
    return any(part.startswith((".", "_")) for part in below.parts)


def _place(entity: Entity, raw: Path, file: Path, line: int | None = None) -> str:
    """Return where a fault is: system, table, the file with its full path, and the line where it is known."""
    return f"{entity.system}.{entity.name}, file {raw / file}" + (f", line {line}" if line else "")


# ---------------------------------------------------------------------------------------------------- problems


@dataclass(frozen=True)
class _Reader:
    """Reads the files of tables, except those that are known from before."""

    connection: duckdb.DuckDBPyConnection
    raw: Path
    known: Mapping[Path, FileProfile]

    def check_entity(self, entity: Entity, files: Sequence[Path]) -> tuple[list[Problem], list[FileProfile]]:
        """Return what is wrong with a table's files, and what those hold that could be read."""
        forms = sorted({file_format(file) for file in files})
        if len(forms) > 1:
            examples = [next(file.name for file in files if file_format(file) == form) for form in forms]
            mixed = Problem(
                f"{entity.system}.{entity.name}, files {', '.join(examples)} in {self.raw}",
                f"the files of one table have different formats ({', '.join(FORMAT_NAMES[form] for form in forms)})",
                "Keep one format and take the other files out of the folder.",
            )
            return [mixed], []
        problems: list[Problem] = []
        read: list[FileProfile] = []
        for file in files:
            checked = self._check_file(entity, file)
            if isinstance(checked, FileProfile):
                read.append(checked)
            else:
                problems += checked
        if not problems:
            problems = [
                *_check_together(self.raw, entity, read),
                *_useless_columns(self.raw, entity, read),
            ]
        return problems, read

    def _check_file(self, entity: Entity, file: Path) -> FileProfile | list[Problem]:
        """Check one file alone: the union of a good and a bad one has every column, but the bad one's rows would be empty."""
        raw = self.raw
        try:
            profile = self.known.get(file) or patiently(lambda: profile_file(self.connection, entity, file), file)
        except FaultError as error:
            return [_unreadable(raw, entity, file, error.fault)]
        except READ_ERRORS as error:
            return [_unreadable(raw, entity, file, diagnose(file, file_format(file), error))]
        names = profile.names
        if not names and not profile.rows:
            return profile
        missing = [name for name in entity.required if name not in profile.columns]
        if missing and file_format(file) == "csv":
            # A row of another length can mislead the detection of the delimiter; then the row is the fault, not the column.
            fault = diagnose_csv(file)
            if fault and fault.line:
                return [_unreadable(raw, entity, file, fault)]
        problems = [_missing_column(raw, entity, file, name, names) for name in missing]
        problems += [_repeated_column(raw, entity, file, pair) for pair in _repeated_columns(names, entity)]
        problems += [_reserved_column(raw, entity, file, name) for name in names if name.lower() == FILE_COLUMN]
        return problems or profile


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


def _reserved_column(raw: Path, entity: Entity, file: Path, name: str) -> Problem:
    what = f"column {name} has the name that the models give to the file of a row"
    return Problem(_place(entity, raw, file), what, "Rename the column, or leave it out.")


def _check_together(raw: Path, entity: Entity, profiles: Sequence[FileProfile]) -> list[Problem]:
    """Check what only several files together can show: names spelled differently in JSON, types that do not combine."""
    if len(profiles) < 2:
        return []
    where = _places(entity, raw, [profile.file for profile in profiles])
    form = file_format(profiles[0].file)
    if form == "json":
        keys = sorted({name for profile in profiles for name in profile.names})
        return [
            Problem(where, f"column {one} is also written {other}", "Write it the same way in all files.")
            for one, other in _repeated_columns(keys, entity)
        ]
    if form == "csv":
        return []
    problems = []
    for column in entity.columns:
        kinds = {profile.columns[column.name].type for profile in profiles if column.name in profile.columns}
        if not _combine(column, kinds):
            what = f"the files cannot be read together: column {column.name} is {', '.join(sorted(kinds))}"
            problems.append(Problem(where, what, "Give the column the same type in all files."))
    return problems


def _combine(column: Column, kinds: Set[str]) -> bool:
    """Tell whether the database reads a Parquet column that has these types in several files, and reads it rightly.

    Text beside a number with fractions would be read, but the same id as 1.0 in one file and as 1 in the other.
    """
    families = {_family(kind) for kind in kinds} - {"null"}
    if column.data_type == "varchar" and "text" in families and kinds & FRACTIONS:
        return False
    return len(families) < 2 or (len(families - {"text"}) < 2 and families <= {"text", "number", "time"})


def _family(kind: str) -> str:
    """Return the types that go together with this one."""
    if kind == "DATE" or kind.startswith("TIMESTAMP"):
        return "time"
    if kind in {"BOOLEAN", *FRACTIONS} or kind.startswith("DECIMAL") or kind.endswith(("INT", "INTEGER")):
        return "number"
    return {"VARCHAR": "text", '"NULL"': "null"}.get(kind, kind)


def _useless_columns(raw: Path, entity: Entity, profiles: Sequence[FileProfile]) -> list[Problem]:
    """Find files in which no row could be used, since a required column changed its type or lost its values.

    That is a broken delivery; a few bad rows go into quarantine.
    """
    problems = []
    for profile in profiles:
        for column in entity.columns:
            values = profile.columns.get(column.name)
            if not column.is_required or values is None or profile.rows < ROWS_TO_JUDGE:
                continue
            if values.filled == values.unreadable:
                what = (
                    f"none of {values.filled:,} values of the required column {column.name} can be read as {column.data_type}"
                    if values.filled
                    else f"the required column {column.name} is empty in all {profile.rows:,} rows"
                )
                mend = f"{_FORMS_OF_VALUES[_kind(column)]} If it was renamed, deliver it under its name."
                problems.append(Problem(_place(entity, raw, profile.file), what, mend))
    return problems


def _unreadable(raw: Path, entity: Entity, file: Path, fault: Fault) -> Problem:
    return Problem(_place(entity, raw, file, fault.line), f"the file cannot be read: {fault.what}", fault.mend)


def _misnamed(raw: Path, contract: Sequence[str]) -> Iterator[Problem]:
    """Find `Leads.CSV`, a folder `leads.parquet/`, links to nothing: to pass over them would be to lose a table in silence."""
    for path in sorted([*raw.iterdir(), *(path for name in contract for path in (raw / name).rglob("*"))]):
        below = path.relative_to(raw).as_posix()
        entity = _entity_named(below.lower(), contract)
        if path.is_dir() and path.parent == raw:
            folder = entity or (path.name.lower() if path.name.lower() in contract else None)
            if folder and folder != path.name:
                what = "the folder is not read, because a folder of parts has the name of its table alone"
                yield Problem(str(path), what, f"Rename it to {folder}.")
        elif entity and path.is_symlink() and not path.exists():
            yield Problem(str(path), "the link leads to nothing", "Mend the link, or remove it.")
        elif entity and not path.is_file() and not path.is_dir():
            yield Problem(str(path), "this is no ordinary file", "Deliver the table as a file.")
        elif entity and below != below.lower() and not _entity_named(below, contract):
            name = path.name.lower()
            yield Problem(
                str(path), "the file is not read because its name has capital letters", f"Rename it to {name}."
            )


def _entity_named(below: str, contract: Iterable[str]) -> str | None:
    """Return the table that a path below the raw folder belongs to."""
    return next((name for name in contract if re.match(FILE_PATTERN.format(entity=re.escape(name)), below)), None)


# ---------------------------------------------------------------------------------------------------- warnings


def _cautions(raw: Path, entity: Entity, profiles: Sequence[FileProfile]) -> list[Problem]:
    """Return the warnings of one table, those that several files share as one."""
    shared: dict[tuple[str, str], list[Path]] = {}
    for profile in profiles:
        for what, mend in _file_cautions(entity, profile, profiles):
            shared.setdefault((what, mend), []).append(profile.file)
    return [Problem(_places(entity, raw, files), what, mend) for (what, mend), files in shared.items()]


def _places(entity: Entity, raw: Path, files: Sequence[Path]) -> str:
    if len(files) == 1:
        return _place(entity, raw, files[0])
    names = ", ".join(str(file.relative_to(raw)) for file in files[:NAMES_SHOWN])
    return f"{entity.system}.{entity.name}, {len(files)} files in {raw} ({names}{', ...' if len(files) > NAMES_SHOWN else ''})"


def _file_cautions(
    entity: Entity, profile: FileProfile, all_profiles: Sequence[FileProfile]
) -> Iterator[tuple[str, str]]:
    yield from _unknown_columns(entity, profile)
    if file_format(profile.file) != "json" and profile.names:
        # An object of JSON Lines that has no value often has no key either.
        elsewhere = {name for other in all_profiles for name in other.columns} - set(profile.columns)
        for name in (name for name in entity.column_names if name in elsewhere):
            what = f"column {name} is missing here, but other files of the table have it; it is empty in these rows"
            yield what, "Deliver the same columns in all files."
    for column in entity.columns:
        if column.name in profile.columns:
            yield from _value_cautions(column, profile.columns[column.name])
    if file_format(profile.file) == "csv" and not _ends_with_line_end(profile.file):
        yield "the last line does not end, so the file may have been cut off", "See that it was written whole."


def _unknown_columns(entity: Entity, profile: FileProfile) -> Iterator[tuple[str, str]]:
    known = set(entity.delivered(profile.names).values())
    strangers = [
        name for name in profile.names if name and name not in known and name.lower() not in entity.column_names
    ]
    missing = [name for name in entity.column_names if name not in profile.columns]
    near = {name: _near_column(name, missing) for name in strangers}
    for name in (name for name in strangers if near[name]):
        mend = f"Did you mean {near[name]}? The file has no such column, so it was perhaps renamed."
        yield f"column {name} is not in the contract and is not read", mend
    # Other systems' tables have many columns that nothing is made of.
    others = [name for name in strangers if not near[name] and entity.system == SYSTEM]
    if others:
        names = ", ".join(others[:NAMES_SHOWN]) + (
            f" and {len(others) - NAMES_SHOWN} more" if len(others) > NAMES_SHOWN else ""
        )
        are = f"column {names} is" if len(others) == 1 else f"columns {names} are"
        yield f"{are} not in the contract and not read", "Custom CRM fields belong into lead_attributes."


def _near_column(name: str, candidates: Sequence[str]) -> str | None:
    """Return the column that a misspelled or differently written name stands for: `occured_at`, `Page URL`, `pageUrl`."""
    by_letters = {_letters(candidate): candidate for candidate in candidates}
    near = difflib.get_close_matches(_letters(name), by_letters, n=1, cutoff=0.8)
    return by_letters[near[0]] if near else None


def _letters(name: str) -> str:
    return re.sub(r"[\W_]", "", name.lower())


def _value_cautions(column: Column, values: ColumnProfile) -> Iterator[tuple[str, str]]:
    is_consent = column.name == CONSENT_COLUMN
    if values.unreadable * 2 > values.filled or (is_consent and values.unreadable):
        then = "their rows go into quarantine" if column.is_required else "they count as empty"
        then += ", so these people count as not opted out" if is_consent else ""
        what = f"{values.unreadable:,} of {values.filled:,} values of column {column.name} cannot be read as {column.data_type}; {then}"
        yield what, _FORMS_OF_VALUES[_kind(column)]
    if column.data_type == "varchar" and values.type in FRACTIONS:
        what = f"column {column.name} holds text, but was written as numbers with fractions ({values.type})"
        yield what, "Write it as text; numbers of more than 15 digits are not exact."


def _kind(column: Column) -> str:
    return "decimal" if column.data_type.startswith("decimal") else column.data_type


def _ends_with_line_end(file: Path) -> bool:
    """Tell whether a text file ends as a finished one does; one without content does."""
    last = b"\n"
    with open_binary(file) as stream:
        if file.suffix != ".gz":
            stream.seek(max(file.stat().st_size - 1, 0))
        while chunk := stream.read(1 << 20):
            last = chunk
    return last.endswith((b"\n", b"\r"))

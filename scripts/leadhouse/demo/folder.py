"""Writing the raw folder: one file per contract entity, streamed, moved to its final name only when complete."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from leadhouse.contract import find_files
from leadhouse.demo.clock import NEVER
from leadhouse.demo.columns import Column
from leadhouse.errors import InputError, Problem

# All three formats of the contract are in use. Hand-kept and exported tables come as text, which is also where
# unreadable numbers and timestamps can occur.
FORMATS = {
    "leads": "csv",
    "ad_spend": "csv",
    "score_adjustments": "csv",
    "sales_activities": "jsonl",
}


class _Sink(Protocol):
    def write(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


class _ParquetSink:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pa.parquet.ParquetWriter(path, schema, compression="zstd", store_schema=False)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table, row_group_size=122_880)

    def close(self) -> None:
        self._writer.close()


class _CsvSink:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._writer = pa.csv.CSVWriter(path, schema)

    def write(self, table: pa.Table) -> None:
        self._writer.write_table(table)

    def close(self) -> None:
        self._writer.close()


class _JsonLinesSink:
    def __init__(self, path: Path, schema: pa.Schema) -> None:
        del schema  # each line names its own columns
        self._file = path.open("w", encoding="utf-8", newline="\n")

    def write(self, table: pa.Table) -> None:
        for row in table.to_pylist():
            present = {name: value for name, value in row.items() if value is not None}
            self._file.write(json.dumps(present, ensure_ascii=False) + "\n")

    def close(self) -> None:
        self._file.close()


_SINKS: dict[str, Callable[[Path, pa.Schema], _Sink]] = {
    "parquet": _ParquetSink,
    "csv": _CsvSink,
    "jsonl": _JsonLinesSink,
}


class RawFolder:
    """Files of one raw folder while they are written; use as a context manager and `commit` at the end.

    Until `commit`, everything is in hidden part files, so a crash leaves an earlier world as it was.
    """

    def __init__(self, output: Path, schemas: Mapping[str, pa.Schema]) -> None:
        """Open every entity's part file. Raises InputError when `output` holds the same entity in another format."""
        output.mkdir(parents=True, exist_ok=True)
        self._output = output
        self._schemas = schemas
        self._names = {entity: f"{entity}.{FORMATS.get(entity, 'parquet')}" for entity in schemas}
        self._refuse_other_files()
        self._sinks: dict[str, _Sink] = {}
        self.counts = dict.fromkeys(schemas, 0)
        for entity in schemas:
            kind = FORMATS.get(entity, "parquet")
            self._sinks[entity] = _SINKS[kind](self._part(entity), self._file_schema(entity))

    def append(self, entity: str, columns: Mapping[str, Column]) -> None:
        """Add rows given as columns; columns left out are null. Times are milliseconds, `NEVER` is null."""
        schema = self._file_schema(entity)
        unknown = set(columns) - set(schema.names)
        if unknown:
            raise KeyError(f"{entity} has no column {sorted(unknown)}")
        length = len(next(iter(columns.values())))
        arrays = [
            _as_type(columns[field.name], self._schemas[entity].field(field.name).type, field.type)
            if field.name in columns
            else pa.nulls(length, field.type)
            for field in schema
        ]
        self._sinks[entity].write(pa.Table.from_arrays(arrays, schema=schema))
        self.counts[entity] += length

    def append_rows(self, entity: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows given one by one; times are milliseconds or, in text files, any text."""
        schema = self._file_schema(entity)
        contract = self._schemas[entity]
        clean = [{name: _scalar(row.get(name), contract.field(name).type) for name in schema.names} for row in rows]
        for row in clean:
            for field in schema:
                if pa.types.is_string(field.type) and row[field.name] is not None:
                    row[field.name] = _plain_text(row[field.name])
        if clean:
            self._sinks[entity].write(pa.Table.from_pylist(clean, schema=schema))
            self.counts[entity] += len(clean)

    def commit(self) -> None:
        """Close all files and give them their final names."""
        for sink in self._sinks.values():
            sink.close()
        self._sinks = {}
        for entity, name in self._names.items():
            self._part(entity).replace(self._output / name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for sink in self._sinks.values():
            sink.close()
        for entity in self._names:
            self._part(entity).unlink(missing_ok=True)

    def _part(self, entity: str) -> Path:
        return self._output / f".{self._names[entity]}.part"

    def _file_schema(self, entity: str) -> pa.Schema:
        schema = self._schemas[entity]
        if entity not in FORMATS:
            return schema
        return pa.schema([pa.field(field.name, pa.string()) for field in schema])

    def _refuse_other_files(self) -> None:
        """An entity's other files would be read beside the demo's: they may be somebody's own tables, so they stay."""
        others = [
            Problem(
                str(file),
                f"the demo world writes {entity} as {name}, and this file would be read beside it",
                "Choose an empty folder for the demo world, or move the file away",
            )
            for entity, name in self._names.items()
            for file in find_files(self._output, entity)
            if file != self._output / name
        ]
        if others:
            raise InputError(others)


def _as_type(values: Column, contract: pa.DataType, wanted: pa.DataType) -> pa.Array:
    """A column in the contract's type, or as text of that type in text files."""
    if pa.types.is_timestamp(contract) or pa.types.is_date(contract):
        array = pa.array(np.asarray(values), mask=np.asarray(values) == NEVER).cast(pa.timestamp("ms"))
    else:
        array = values if isinstance(values, pa.Array) else pa.array(values, from_pandas=True)
    if array.type == wanted:
        return array
    if pa.types.is_decimal(contract) and pa.types.is_floating(array.type):
        array = pc.round(array, contract.scale)
    typed = array.cast(contract, safe=not pa.types.is_decimal(contract))
    return typed if wanted == contract else typed.cast(wanted)


def _scalar(value: Any, contract: pa.DataType) -> Any:
    """One value for a row: milliseconds become timestamps or dates, numbers keep the column's scale."""
    if value is None or isinstance(value, str):
        return value
    if pa.types.is_timestamp(contract) or pa.types.is_date(contract):
        return pa.scalar(value, pa.timestamp("ms")).cast(contract).as_py()
    if pa.types.is_decimal(contract):
        return pa.scalar(str(value)).cast(contract).as_py()
    return value


def _plain_text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value)

"""Arrow schemas of the contract's entities."""

from __future__ import annotations

import pyarrow as pa

from leadhouse.contract import load_contract

_SIMPLE = {
    "varchar": pa.string(),
    "timestamp": pa.timestamp("us"),
    "date": pa.date32(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
}


def contract_schemas() -> dict[str, pa.Schema]:
    """Entity -> Arrow schema with exactly the contract's columns, in its order."""
    return {
        entity.name: pa.schema([pa.field(column.name, _arrow_type(column.data_type)) for column in entity.columns])
        for entity in load_contract().values()
    }


def _arrow_type(data_type: str) -> pa.DataType:
    if data_type.startswith("decimal"):
        precision, scale = data_type.removeprefix("decimal(").rstrip(")").split(",")
        return pa.decimal128(int(precision), int(scale))
    return _SIMPLE[data_type]

"""The data package of the criteria says what `leadhouse validate` enforces, cell by cell and key by key."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

from leadhouse.criteria import read_tables
from leadhouse.criteria_rows import FILES, Cell, CellError
from leadhouse.criteria_schema import FILE_NAME, as_text
from leadhouse.paths import PROJECT_ROOT

PACKAGE = json.loads((PROJECT_ROOT / "seeds" / FILE_NAME).read_text(encoding="utf-8"))
RESOURCES = {resource["path"]: resource for resource in PACKAGE["resources"]}
# Cells as people write them, some of them good for each kind of column.
TEXTS = (
    "", "x", "fit", "sql", "mql", "A", "1", "0", "-1", "+5", "5", "007", "100", "100.5", "101", "0.5", "-2.5", "1,5", "1e3", "NaN",
    "0.1234567", "12345678901234", "1234567890", "true", "TRUE", "False", "yes", "2026-01-01", "2026-07-15", "2026-02-30",
    "2026-13-01", "2026-01-01 09:00:00", "2026-01-01T09:00Z", "2026-01-01 09:00:00+02:00", "01/01/2026", "46023", ">=", "\u2265",
    "clamp:fit", "adjustment:x", "example.com", "Example.com", "a b.com", "info@", "Info@", "info@example.com", "@x", "a@b@c",
    "equals", "prefix", "exponential", "web_events", "\u0665",
)  # fmt: skip
# What a schema has no words for: these pass it, and only `leadhouse validate` refuses them.
LOOSER = {
    "number": {"1e3", "NaN", "0.1234567", "12345678901234"},
    "integer": {"+5", "12345678901234", "1234567890"},
    "string": {"2026-02-30", "2026-13-01"},
    "boolean": set[str](),
}
TYPES = {
    "number": r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?|NaN|-?INF",
    "integer": r"[+-]?[0-9]+",
    "string": r"[\s\S]*",
}


def schema_accepts(field: dict[str, Any], text: str) -> bool:
    """Table Schema, as its standard reads: an empty cell is a missing value, whatever the type."""
    limits = field.get("constraints", {})
    if not text:
        return not limits.get("required", False)
    if field["type"] == "boolean":
        return text in field["trueValues"] + field["falseValues"]
    if not re.fullmatch(TYPES[field["type"]], text):
        return False
    if not re.fullmatch(limits.get("pattern", r"[\s\S]*"), text, re.ASCII):
        return False
    if text not in limits.get("enum", [text]):
        return False
    if field["type"] == "string" or text == "NaN":
        return True
    value = Decimal(text)
    return (
        value >= limits.get("minimum", value)
        and value <= limits.get("maximum", value)
        and ("exclusiveMinimum" not in limits or value > limits["exclusiveMinimum"])
    )


def package_accepts(cell: Cell, text: str) -> bool:
    try:
        cell(text or None)
    except CellError:
        return False
    return True


def test_the_file_is_made_from_what_is_enforced() -> None:
    text = (PROJECT_ROOT / "seeds" / FILE_NAME).read_text(encoding="utf-8")
    assert text == as_text(), "run `leadhouse criteria schema > seeds/datapackage.json`"
    assert list(RESOURCES) == list(FILES)


def test_each_cell_is_judged_as_validate_judges_it() -> None:
    judged = set()
    for file, row in FILES.items():
        fields = {field["name"]: field for field in RESOURCES[file]["schema"]["fields"]}
        assert tuple(fields) == row.columns()
        for name, column in row.model_fields.items():
            [cell] = [found.func for found in column.metadata if isinstance(getattr(found, "func", None), Cell)]
            field = fields[name]
            for text in TEXTS:
                by_schema, by_package = schema_accepts(field, text), package_accepts(cell, text)
                judged.add((field["type"], by_package))
                if by_schema != by_package:
                    assert by_schema and text in LOOSER[field["type"]], (file, name, text)
    assert judged == {(kind, is_good) for kind in LOOSER for is_good in (True, False)}


def test_keys_and_relations_hold_for_the_shipped_files() -> None:
    tables = read_tables(PROJECT_ROOT)
    count_relations = 0
    for file, resource in RESOURCES.items():
        schema = resource["schema"]
        records = tables[file].records
        if key := schema.get("primaryKey"):
            assert set(key) == set(FILES[file].KEY)
            assert len(tables[file].names(*key)) == len(records)
        for relation in schema.get("foreignKeys", []):
            [other] = [name for name in FILES if name.endswith(f"/{relation['reference']['resource']}.csv")]
            there = tables[other].names(*relation["reference"]["fields"])
            found = {cells for cells in tables[file].names(*relation["fields"]) if None not in cells}
            assert found and found <= there
            count_relations += 1
    assert count_relations >= 8
    assert sum("primaryKey" in resource["schema"] for resource in RESOURCES.values()) >= 8

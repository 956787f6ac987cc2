"""The criteria files as a data package (Frictionless Data), for editors and other tools that check tables.

Made from the rows that `leadhouse validate` reads and the descriptions and relations of the seeds. A schema knows a cell and
a key; what needs several cells or files together only `validate` finds.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from leadhouse.criteria_rows import FILES, TABLE_SCHEMA, Cell, Choice, Row
from leadhouse.paths import PROJECT_ROOT

FILE_NAME = "datapackage.json"
_PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"


def as_text(project_root: Path = PROJECT_ROOT) -> str:
    """The package as it stands in `seeds/datapackage.json`."""
    return json.dumps(data_package(project_root), indent=2, ensure_ascii=False) + "\n"


def data_package(project_root: Path = PROJECT_ROOT) -> dict[str, Any]:
    """Every criteria file as a tabular resource; paths are relative to seeds/."""
    seeds = _seeds(project_root)
    return {
        "$schema": _PROFILE,
        "name": "leadhouse-criteria",
        "title": "Criteria and mappings of Leadhouse",
        "resources": [_resource(file, row, seeds[Path(file).stem]) for file, row in FILES.items()],
    }


def _seeds(project_root: Path) -> dict[str, dict[str, Any]]:
    files = sorted((project_root / "seeds").rglob("*.yml"))
    return {seed["name"]: seed for file in files for seed in yaml.safe_load(file.read_text(encoding="utf-8"))["seeds"]}


def _resource(file: str, row: type[Row], seed: dict[str, Any]) -> dict[str, Any]:
    described = {column["name"]: column for column in seed["columns"]}
    schema: dict[str, Any] = {"fields": [_field(name, row, described[name]) for name in row.columns()]}
    # Keys that are compared in lower case, or have cells that may be empty, a schema cannot tell.
    if not row.CASELESS and all(_cell(row, name).is_required for name in row.KEY):
        schema["primaryKey"] = [name for name in row.columns() if name in row.KEY]
    if keys := [key for column in seed["columns"] for key in _foreign_keys(column)]:
        schema["foreignKeys"] = keys
    return {
        "name": Path(file).stem,
        "title": seed["description"],
        "type": "table",
        "path": file,
        "scheme": "file",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "dialect": {"delimiter": ",", "quoteChar": '"', "doubleQuote": True, "header": True},
        "schema": schema,
    }


def _field(name: str, row: type[Row], column: dict[str, Any]) -> dict[str, Any]:
    cell = _cell(row, name)
    shape = _shape(cell)
    constraints = {"required": True} if cell.is_required else {}
    constraints |= shape.pop("constraints", {})
    field = {"name": name, "description": column["description"], **shape}
    return field | {"constraints": constraints} if constraints else field


def _shape(cell: Cell) -> dict[str, Any]:
    if isinstance(cell.parse, Choice):
        return {"type": "string", "constraints": {"enum": list(cell.parse.options)}}
    return dict(TABLE_SCHEMA[cell.parse])


def _cell(row: type[Row], name: str) -> Cell:
    readers = [getattr(found, "func", None) for found in row.model_fields[name].metadata]
    return next(reader for reader in readers if isinstance(reader, Cell))


def _foreign_keys(column: dict[str, Any]) -> list[dict[str, Any]]:
    """The relations that dbt tests after loading; empty cells have none in either."""
    found = []
    for test in column.get("data_tests", []):
        if isinstance(test, dict) and "relationships" in test:
            arguments = test["relationships"]["arguments"]
            resource = arguments["to"].removeprefix("ref('").removesuffix("')")
            found.append(
                {"fields": [column["name"]], "reference": {"resource": resource, "fields": [arguments["field"]]}}
            )
    return found

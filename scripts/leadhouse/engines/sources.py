"""The raw tables in a warehouse's schemas: what is wrong with them, before any model is built."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leadhouse import suppressions
from leadhouse.contract import Entity
from leadhouse.database import name
from leadhouse.engines.warehouse import Warehouse
from leadhouse.errors import Problem
from leadhouse.systems import raw_schema, read_systems, read_tables


def check_schemas(warehouse: Warehouse, variables: Mapping[str, Any]) -> list[Problem]:
    """Every required column that a delivered table lacks; and that there is no table at all, which is a wrong schema's mark."""
    problems, schemas, count = [], set(), 0
    for table, schema, delivered in _delivered(warehouse, variables):
        schemas.add(schema)
        if delivered is None:
            continue
        count += 1
        found = table.delivered(delivered)
        problems += [
            Problem(
                f"System '{table.system}', table {schema}.{table.name}",
                f"required column `{column}` is missing",
                "Add the column, or take the table away if there is none.",
            )
            for column in table.required
            if column not in found
        ]
    if warehouse.schema in schemas:
        what = f"schema {warehouse.schema} is where marts are published, and raw tables are read from it too"
        problems.append(Problem(warehouse.place, what, "Set LEADHOUSE_SCHEMA to another name."))
    if not count:
        names = ", ".join(sorted(schemas))
        what = f"there is no raw table in {names}"
        problems.append(Problem(warehouse.place, what, "Set the variable raw_schema, or `leadhouse load` a folder."))
    return problems


def check_forgotten(home: Path | None) -> list[Problem]:
    """That nobody is to be kept out: the models know whom only where they can read the files of the home folder."""
    if home is None or not (home / suppressions.FILE_NAME).exists():
        return []
    what = "names people who were forgotten, whom a build in a warehouse would bring back"
    mend = "Erase them in the raw tables, and take the file away."
    return [Problem(str(home / suppressions.FILE_NAME), what, mend)]


def custom_attributes(warehouse: Warehouse, variables: Mapping[str, Any]) -> set[str]:
    """The names of the custom attributes that the contract's table lead_attributes holds; empty without one."""
    schema = raw_schema("generic", variables)
    with warehouse.session() as session:
        if "attribute" not in session.tables(schema).get("lead_attributes", {}):
            return set()
        rows = session.rows(
            f"select distinct attribute from {name(schema)}.lead_attributes where attribute is not null"
        )
        return {str(row[0]) for row in rows}


def _delivered(
    warehouse: Warehouse, variables: Mapping[str, Any]
) -> Iterator[tuple[Entity, str, dict[str, str] | None]]:
    """Every table that a build reads, its schema, and its columns; none where it is not there."""
    with warehouse.session() as session:
        there: dict[str, dict[str, dict[str, str]]] = {}
        for table in read_tables(read_systems(variables)).values():
            schema = raw_schema(table.system, variables)
            tables = there.setdefault(schema, {}) or session.tables(schema)
            there[schema] = tables
            names = (one for one in (table.name, *table.also_named) if one in tables)
            found = next(names, None)
            yield table, schema, tables[found] if found else None

"""What Leadhouse keeps about one person, for an access request: every row of the marts and of the sources, with its meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import duckdb

from leadhouse import files
from leadhouse.contract import load_contract
from leadhouse.database import name
from leadhouse.errors import InputError, Problem
from leadhouse.person import Person, find_person, normal_email, open_work, phone_digits

_OF_RECORDS = "list_contains($crm_ids, source_system || ':' || lead_source_id)"
# What makes a raw row one of the person's; the same as person_names in the macros.
_CONDITIONS = {
    "leads": f"{_OF_RECORDS} or list_contains($emails, {normal_email('email')})",
    "web_events": f"""
        list_contains($emails, {normal_email("email")}) or list_contains($any_crm_ids, user_id)
        or (source_system, event_id) in (
            select (source_system, event_id) from intermediate.assigned_web_events where list_contains($lead_ids, lead_id)
        )
    """,
    "message_events": f"""
        list_contains($any_crm_ids, lead_source_id) or list_contains($emails, {normal_email("recipient")})
        or list_contains($phones, {phone_digits("recipient")})
    """,
}
_OUTCOME_FIELDS = {
    "source_system": "Source system that the row comes from.",
    "row_outcome": "What became of the row: conformed (used), duplicate or quarantined (set aside).",
    "quarantine_reason": "Why the row was set aside.",
}


def export_person(home: Path, text: str) -> dict[str, Any]:
    """Everything kept about the person that an e-mail address or a lead_id names, as of the last build.

    Gives `names` (what the person is called by), `marts` and `sources`: for each table with rows of the person its
    description, the meaning of its fields, and the rows, values as they are. Raises InputError when nothing is kept about
    such a person, or there is no work database.
    """
    described = _read_manifest(home / "target" / "manifest.json")
    with open_work(home) as connection:
        person = find_person(connection, text)
        sources = _source_tables(connection, person)
        if not person.lead_ids and not sources:
            mend = "Give the e-mail as in the sources, or a lead_id of the mart leads."
            raise InputError([Problem(f"`{text.strip()}`", "is nobody that anything is kept about", mend)])
        marts = _mart_tables(connection, person, described)
    return {"names": asdict(person), "marts": marts, "sources": sources}


def as_text(found: Mapping[str, Any]) -> str:
    """An export as JSON; decimals and times as text, exactly as they are kept."""
    return json.dumps(found, indent=2, ensure_ascii=False, default=str)


def write(found: Mapping[str, Any], path: Path) -> None:
    """Write an export, readable by its owner only; raises InputError when the file cannot be written."""
    try:
        files.write_text(path, as_text(found) + "\n", 0o600)
    except OSError as error:
        what = f"cannot be written: {error.strerror or error}"
        raise InputError([Problem(str(path), what, "Name a file in a folder that is yours.")]) from error


def _mart_tables(
    connection: duckdb.DuckDBPyConnection, person: Person, described: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    statement = """
        select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'lead_id' order by all
    """
    tables = [row[0] for row in connection.execute(statement).fetchall()]
    found = {}
    for table in tables:
        condition = "where list_contains($lead_ids, lead_id) order by all"
        rows = _select(connection, f"from marts.{name(table)} {condition}", {"lead_ids": list(person.lead_ids)})
        model = described.get(table, {})
        fields = {field: column["description"] for field, column in model.get("columns", {}).items()}
        if rows:
            found[table] = _table(model.get("description", ""), fields, rows)
    return found


def _source_tables(connection: duckdb.DuckDBPyConnection, person: Person) -> dict[str, dict[str, Any]]:
    parameters: dict[str, list[str]] = {
        "emails": list(person.emails),
        "phones": list(person.phones),
        "crm_ids": [f"{system}:{lead_source_id}" for system, lead_source_id in person.crm_ids],
        "any_crm_ids": [lead_source_id for _, lead_source_id in person.crm_ids],
        "lead_ids": list(person.lead_ids),
    }
    found = {}
    for entity in load_contract().values():
        if entity.name not in _CONDITIONS and "lead_source_id" not in entity.column_names:
            continue
        condition = _CONDITIONS.get(entity.name, _OF_RECORDS)
        columns = ", ".join(["source_system", *entity.column_names, "row_outcome", "quarantine_reason"])
        statement = f"select {columns} from intermediate.accounted_{entity.name} where {condition} order by all"
        used = {key: value for key, value in parameters.items() if f"${key}," in statement}
        rows = _select(connection, statement, used)
        fields = {column.name: column.description for column in entity.columns}
        if rows:
            found[entity.name] = _table(entity.description, {**_OUTCOME_FIELDS, **fields}, rows)
    return found


def _table(description: str, fields: Mapping[str, str], rows: list[dict[str, Any]]) -> dict[str, Any]:
    said = {field: " ".join(fields[field].split()) for field in rows[0] if fields.get(field)}
    return {"description": " ".join(description.split()), "fields": said, "rows": rows}


def _select(
    connection: duckdb.DuckDBPyConnection, statement: str, parameters: Mapping[str, list[str]]
) -> list[dict[str, Any]]:
    result = connection.execute(statement, dict(parameters))
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def _read_manifest(path: Path) -> dict[str, Any]:
    """The models that dbt described in its last run, by name; none where there was no run."""
    if not path.exists():
        return {}
    nodes = json.loads(path.read_text(encoding="utf-8"))["nodes"].values()
    return {node["name"]: node for node in nodes if node["resource_type"] == "model"}

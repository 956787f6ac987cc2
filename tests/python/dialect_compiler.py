"""Compile the project for an engine that is not there: the engine's real dbt adapter, with a stand-in for its database.

The Jinja context, the dispatch of macros, quoting and the names of types are the adapter's own. Only what would ask a server
is answered here, as if the raw tables of the input contract and of the source systems were there with the columns that
their definitions name and, in incremental builds, every model as well. Needs the adapters of requirements-dialects.lock.

    python dialect_compiler.py snowflake first /path/to/target
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest import mock

import agate
import yaml
from dbt.adapters.base import BaseAdapter
from dbt.adapters.contracts.connection import AdapterResponse
from dbt.adapters.factory import FACTORY, get_adapter_class_by_name
from dbt.cli.main import dbtRunner

PROJECT = Path(__file__).resolve().parents[2]

# No server is asked: the values are of the right form and nothing more.
PROFILES: dict[str, dict[str, Any]] = {
    "snowflake": {"account": "none", "user": "none", "password": "none", "database": "warehouse", "warehouse": "none"},
    "bigquery": {"method": "oauth", "project": "warehouse"},
    "databricks": {"host": "none", "http_path": "/sql/none", "token": "none", "catalog": "warehouse"},
    "redshift": {"host": "none", "port": 5439, "user": "none", "password": "none", "dbname": "warehouse"},
}

# Every model of every source system.
EVERYTHING = {
    "as_of": "2026-07-01 00:00:00",
    "crm_systems": ["generic", "hubspot", "marketo", "pipedrive", "salesforce"],
    "web_systems": ["generic", "ga4", "hubspot", "rudderstack", "segment", "snowplow"],
    "message_systems": ["generic", "hubspot", "marketo"],
    "ad_systems": ["generic", "ad_reporting"],
}

# How each engine's catalogue calls the types of the contract.
CATALOGUE_TYPES: dict[str, dict[str, str]] = {
    "snowflake": {"varchar": "TEXT", "json": "TEXT", "timestamp": "TIMESTAMP_NTZ", "double": "FLOAT", "bigint": "NUMBER"},
    "bigquery": {
        "varchar": "STRING", "json": "STRING", "timestamp": "DATETIME", "double": "FLOAT64", "bigint": "INT64", "boolean": "BOOL",
    },
    "databricks": {"varchar": "string", "json": "string", "timestamp": "timestamp_ntz"},
    "redshift": {
        "varchar": "character varying", "json": "character varying", "timestamp": "timestamp without time zone",
        "double": "double precision",
    },
}  # fmt: skip

# What the last build says of itself: finished, and everything unchanged since.
BUILD = {
    "invocation_id": "earlier",
    "build_id": "earlier",
    "scope": "changed",
    "reason": "only what is new or has changed",
    "code_hash": "",
    "criteria_hash": "",
    "suppressed_hash": "",
    "is_whole": True,
    "is_tested": True,
    "was_tested": True,
    "earlier_build_id": "",
    "earlier_as_of": "2026-06-01 00:00:00",
    "as_of": "2026-07-01 00:00:00",
}


def source_tables() -> dict[tuple[str, str], dict[str, str]]:
    """Schema and raw table -> column -> type of its definition, over all source systems."""
    tables = {}
    for path in sorted((PROJECT / "models").rglob("*__sources.yml")):
        for source in yaml.safe_load(path.read_text())["sources"]:
            schema = "raw" if source["name"] == "generic" else source["name"]
            for table in source["tables"]:
                tables[schema, table["name"]] = {column["name"]: column["data_type"] for column in table["columns"]}
    return tables


def compile_project(engine: str, build: str, target: Path) -> list[str]:
    """Compile every model, test and analysis into `target`; gives the messages of what failed.

    Args:
        engine: a key of PROFILES.
        build: "first" (raw tables as text), or "incremental" (raw tables in the contract's types, every model built).
        target: folder that gets dbt's target.
    """
    tables = source_tables()
    types = CATALOGUE_TYPES[engine]

    def get_relation(adapter: BaseAdapter, database: str, schema: str, identifier: str, **_: Any) -> Any:
        is_layer = schema.startswith("leadhouse_")
        is_there = build == "incremental" if is_layer else (schema, identifier) in tables
        if not is_there:
            return None
        return adapter.Relation.create(database=database, schema=schema, identifier=identifier, type="table")

    def get_columns_in_relation(adapter: BaseAdapter, relation: Any) -> list[Any]:
        columns = tables[relation.schema, relation.identifier]
        names = columns if build == "incremental" else dict.fromkeys(columns, "varchar")
        return [adapter.Column(column, types.get(kind, kind)) for column, kind in names.items()]

    def execute(adapter: BaseAdapter, sql: str, *_: Any, **__: Any) -> tuple[AdapterResponse, agate.Table]:
        return AdapterResponse(_message="not run"), agate.Table([list(BUILD.values())], list(BUILD))

    target.mkdir(parents=True, exist_ok=True)
    profile = {"type": engine, "schema": "leadhouse", "threads": 1, **PROFILES[engine]}
    (target / "profiles.yml").write_text(yaml.safe_dump({"leadhouse": {"target": "x", "outputs": {"x": profile}}}))
    FACTORY.load_plugin(engine)
    adapter_class = get_adapter_class_by_name(engine)
    with (
        mock.patch.object(adapter_class, "get_relation", get_relation),
        mock.patch.object(adapter_class, "get_columns_in_relation", get_columns_in_relation),
        mock.patch.object(adapter_class, "execute", execute),
        mock.patch.object(adapter_class.ConnectionManager, "open", classmethod(_no_server)),
        mock.patch.object(adapter_class.ConnectionManager, "close", classmethod(lambda _, connection: connection)),
    ):
        result = dbtRunner().invoke(
            [
                "compile", "--project-dir", str(PROJECT), "--profiles-dir", str(target), "--target-path", str(target),
                "--log-path", str(target), "--no-populate-cache", "--quiet", "--vars", yaml.safe_dump(EVERYTHING),
            ]
        )  # fmt: skip
    if result.exception:
        return [str(result.exception)]
    return [f"{run.node.unique_id}: {run.message}" for run in result.result if run.status != "success"]


def _no_server(*_: Any) -> None:
    raise RuntimeError("a macro asked the server for what the stand-in does not answer")


if __name__ == "__main__":
    failures = compile_project(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
    print("\n".join(failures))
    sys.exit(bool(failures))

"""The models of attribution as dbt compiles them, run in a database in memory on raw files or on tables filled by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from leadhouse.paths import PROJECT_ROOT
from leadhouse.runner import run_dbt

Row = tuple[Any, ...]
MARTS = ("channel_attribution", "content_attribution")
# What divides conversions among steps, and steps among channels, in the order in which they read one another.
CREDITS = ("step_places", "conversion_credits", "content_credits")
CHAIN = ("path_transitions", "channel_visits", "channel_removals")
RESULT = ("markov_credits", "attributed_conversions", *MARTS)


@dataclass(frozen=True)
class Node:
    """A model or seed: its name, its relation, and what makes it."""

    name: str
    relation: str
    schema: str
    parents: tuple[str, ...]
    statement: str


def compile_project(home: Path, raw: Path, variables: Mapping[str, object]) -> dict[str, Node]:
    """Compile the marts of attribution with all that they are made of, for a folder of raw files."""
    arguments = ["compile", "--vars", json.dumps(dict(variables))]
    for mart in MARTS:
        arguments += ["--select", f"+{mart}"]
    result = run_dbt(arguments, home, PROJECT_ROOT, run={"raw_path": str(raw)})
    assert result.is_good, [(node.name, node.message) for node in result.failed]
    nodes = json.loads((home / "target" / "manifest.json").read_text(encoding="utf-8"))["nodes"]
    return {
        unique_id: Node(
            name=node["name"],
            relation=node["relation_name"],
            schema=node["schema"],
            parents=tuple(node["depends_on"].get("nodes", ())),
            statement=_statement(node),
        )
        for unique_id, node in nodes.items()
        if node["resource_type"] == "seed" or (node["resource_type"] == "model" and node.get("compiled_code"))
    }


def _statement(node: Mapping[str, Any]) -> str:
    relation = node["relation_name"]
    if node["resource_type"] == "seed":
        types = json.dumps(node["config"]["column_types"]).replace('"', "'")
        path = PROJECT_ROOT / node["original_file_path"]
        return f"create table {relation} as select * from read_csv('{path}', header = true, types = {types})"
    kind = "view" if node["config"]["materialized"] == "view" else "table"
    return f"create or replace {kind} {relation} as {node['compiled_code']}"


class Models:
    """A database with some of the models; what is not made by its own SQL is filled by hand."""

    def __init__(self, nodes: Mapping[str, Node]) -> None:
        self._nodes = {node.name: node for node in nodes.values()}
        self._names = {unique_id: node.name for unique_id, node in nodes.items()}
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("attach ':memory:' as work; set timezone = 'UTC'; set threads = 2")
        for schema in sorted({node.schema for node in nodes.values()}):
            self.connection.execute(f"create schema work.{schema}")

    def run(self, names: Iterable[str]) -> None:
        """Make these models by their own SQL, in this order."""
        for name in names:
            self.connection.execute(self._nodes[name].statement)

    def run_all(self, name: str) -> None:
        """Make a model and all that it is made of."""
        made: dict[str, None] = {}

        def visit(current: str) -> None:
            for parent in self._nodes[current].parents:
                # Where everything is computed, nothing reads what has changed.
                if self._names.get(parent, "changed_leads") not in {*made, "changed_leads", "changed_visitors"}:
                    visit(self._names[parent])
            made[current] = None

        visit(name)
        self.run(made)

    def fill(self, name: str, select: str, parameters: Sequence[Any] = ()) -> None:
        """Put the rows of a query in the place of a model."""
        relation = self._nodes[name].relation
        self.connection.execute(f"create or replace table {relation} as {select}", list(parameters))

    def rows(self, query: str) -> list[Row]:
        """The rows of a query in which each {model} is the name of that model."""
        relations = {name: node.relation for name, node in self._nodes.items()}
        return self.connection.execute(query.format_map(relations)).fetchall()

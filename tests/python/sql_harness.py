"""The project's own SQL on made-up facts: compiled once by dbt, run again and again in a database in memory.

The cut lies behind identity and activities: what those layers hand over is filled in by hand, and
everything of the ledger and the lifecycle, up to the marts, is the text that dbt would run.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

import reference as ref
from leadhouse.runner import run_dbt
from worlds import AS_OF, SEED_COLUMNS, World, seed_rows

PROJECT = Path(__file__).parents[2]
SYSTEM = "generic"
END_OF_TIME = datetime(9999, 12, 31)

# What the layers before the ledger hand over; here their tables are filled by hand.
INPUTS = (
    "resolved_leads",
    "lead_accounts",
    "lead_nodes",
    "conformed_lead_attributes",
    "lead_adjustments",
    "conformed_lead_status_history",
    "conformed_opportunities",
    "activity_records",
    "lead_message_events",
)
OUTPUTS = (
    "lead_scores",
    "lead_score_history",
    "score_ledger",
    "lead_score_reasons",
    "lead_stages",
    "stage_transitions",
    "stage_rule_checks",
    "threshold_entries",
    "scorecard_entries",
    "lead_results",
)
STATUSES = ("lead", "mql", "sal", "sql", "recycled", "disqualified")

Row = tuple[Any, ...]
Tables = dict[str, list[dict[str, object]]]


def compile_project(home: Path, variables: Mapping[str, object] | None = None) -> Path:
    """Compile the project for an empty raw folder, looking from AS_OF; the path of its manifest.

    `home` takes everything that dbt writes. A project that does not compile is an error.
    """
    raw = home / "raw"
    raw.mkdir(parents=True)
    arguments = ["compile", *(["--vars", json.dumps(dict(variables))] if variables else [])]
    for output in OUTPUTS:
        arguments += ["--select", f"+{output}"]
    result = run_dbt(arguments, home, PROJECT, run={"raw_path": str(raw), "as_of": str(AS_OF)})
    assert result.is_good, [(node.name, node.message) for node in result.failed]
    return home / "target" / "manifest.json"


# ------------------------------------------------------------------------------------------ models


@dataclass(frozen=True)
class Node:
    """A model or seed of the project."""

    name: str
    relation: str
    schema: str
    depends_on: tuple[str, ...]
    sql: str | None
    is_view: bool
    columns: tuple[str, ...]

    def create(self, as_of: datetime = AS_OF) -> str:
        """The statement that makes the relation, as seen at `as_of`."""
        if self.sql is None:
            return f"create table {self.relation} ({', '.join(self.columns)})"
        kind = "view" if self.is_view else "table"
        sql = self.sql.replace(f"cast('{AS_OF}' as timestamp)", f"cast('{as_of}' as timestamp)")
        return f"create or replace {kind} {self.relation} as {sql}"


def _nodes(manifest: Path) -> dict[str, Node]:
    nodes = {}
    for unique_id, node in json.loads(manifest.read_text())["nodes"].items():
        kind, config = node["resource_type"], node["config"]
        if kind in {"model", "seed"}:
            nodes[unique_id] = Node(
                name=node["name"],
                relation=node["relation_name"],
                schema=node["schema"],
                depends_on=tuple(node["depends_on"].get("nodes", ())),
                sql=node.get("compiled_code") if kind == "model" else None,
                is_view=config["materialized"] == "view",
                columns=tuple(f"{name} {data_type}" for name, data_type in config.get("column_types", {}).items()),
            )
    return nodes


def _in_order(nodes: Mapping[str, Node], given: Collection[str] = ()) -> list[Node]:
    """The outputs with all that they are made of, each after what it reads; what is given is made of nothing."""
    found: dict[str, Node] = {}

    def visit(unique_id: str) -> None:
        # Where everything is computed, nothing reads what has changed.
        if unique_id in nodes and unique_id not in found and nodes[unique_id].name != "changed_leads":
            for other in nodes[unique_id].depends_on if nodes[unique_id].name not in given else ():
                visit(other)
            found[unique_id] = nodes[unique_id]

    for unique_id, node in nodes.items():
        if node.name in OUTPUTS:
            visit(unique_id)
    return list(found.values())


def _after(nodes: Mapping[str, Node], ordered: Sequence[Node], changed: Collection[str]) -> list[Node]:
    """Those of the ordered models that read, directly or not, one that changes."""
    touched = set(changed)
    found = []
    for node in ordered:
        if node.name not in touched and any(
            nodes[other].name in touched for other in node.depends_on if other in nodes
        ):
            touched.add(node.name)
            found.append(node)
    return found


# --------------------------------------------------------------------------------------- warehouse


class Warehouse:
    """The models between the inputs and the outputs, in a database that holds one world at a time."""

    def __init__(self, manifest: Path) -> None:
        """Make every relation, still empty."""
        nodes = _nodes(manifest)
        ordered = _in_order(nodes)
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("attach ':memory:' as work; set timezone = 'UTC'; set threads = 1")
        for schema in sorted({node.schema for node in ordered}):
            self.connection.execute(f"create schema work.{schema}")
        for node in ordered:
            self.connection.execute(node.create())
        self._tables = {node.name: node.relation for node in ordered}
        for name in INPUTS:
            self._make_fillable(next(node for node in ordered if node.name == name))
        filled = (*INPUTS, *SEED_COLUMNS, "crm_statuses")
        self._models = _after(nodes, _in_order(nodes, INPUTS), filled)

    def _make_fillable(self, node: Node) -> None:
        """Put an empty table with the columns of the model in its place."""
        self.connection.execute(f"create table work.main.columns_of as select * from {node.relation} limit 0")
        self.connection.execute(f"drop {'view' if node.is_view else 'table'} {node.relation}")
        self.connection.execute(f"create table {node.relation} as select * from work.main.columns_of")
        self.connection.execute("drop table work.main.columns_of")

    def with_change(self, name: str, old: str, new: str) -> Warehouse:
        """The same, but with `new` in place of the text `old` in the SQL of one model."""
        changed = copy(self)
        changed._models = _changed(self._models, name, old, new)
        return changed

    def build(self, world: World) -> None:
        """Make all models anew from the facts and criteria of a world."""
        tables: Tables = {**seed_rows(world.criteria), **crm_statuses(), **input_rows(world.leads)}
        self.connection.execute(";".join(self._filling(tables)))
        for model in self._models:
            if not model.is_view or str(AS_OF) in str(model.sql):
                self.connection.execute(model.create(world.as_of))

    def _filling(self, tables: Tables) -> Iterator[str]:
        for name, rows in tables.items():
            yield f"truncate {self._tables[name]}"
            if rows:
                columns = ", ".join(rows[0])
                values = ", ".join(f"({', '.join(literal(value) for value in row.values())})" for row in rows)
                yield f"insert into {self._tables[name]} ({columns}) values {values}"

    def rows(self, query: str, **values: object) -> list[Row]:
        """The rows of a query in which each {model} is the name of that model, and $name a value."""
        return self.connection.execute(query.format_map(self._tables), values or None).fetchall()


def _changed(models: Sequence[Node], name: str, old: str, new: str) -> list[Node]:
    (model,) = (model for model in models if model.name == name)
    assert old in str(model.sql), f"{name} has no {old!r}"
    assert not model.is_view, f"{name} is a view, which is made only once"
    return [replace(other, sql=str(other.sql).replace(old, new)) if other is model else other for other in models]


def literal(value: object) -> str:
    """A value as SQL text."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, Decimal)):
        return str(value)
    if isinstance(value, datetime):
        return f"timestamp '{value}'"
    assert isinstance(value, str), f"no SQL for {value!r}"
    return "'" + value.replace("'", "''") + "'"


# ------------------------------------------------------------------------------------------- facts


def crm_statuses() -> Tables:
    """The seed that gives each CRM status its stage."""
    return {
        "crm_statuses": [
            {"system": SYSTEM, "status": f"in {stage}", "stage": stage, "reason": None} for stage in STATUSES
        ]
    }


def input_rows(leads: Sequence[ref.Lead]) -> Tables:
    """The leads' facts as rows of the inputs."""
    tables: Tables = {name: [] for name in INPUTS}
    for lead in leads:
        tables["resolved_leads"].append(_lead_row(lead))
        tables["lead_accounts"] += _account_rows(lead)
        tables["lead_nodes"] += _node_rows(lead)
        tables["conformed_lead_attributes"] += _attribute_rows(lead)
        tables["lead_adjustments"] += _adjustment_rows(lead)
        tables["conformed_lead_status_history"] += _status_rows(lead)
        tables["conformed_opportunities"] += _opportunity_rows(lead)
        tables["activity_records"] += _activity_rows(lead)
        tables["lead_message_events"] += _message_rows(lead)
    return tables


def _record(lead: ref.Lead, number: int) -> dict[str, object]:
    """The key of one of the two CRM records that a lead consists of."""
    return {"source_system": SYSTEM, "lead_source_id": f"{lead.lead_id}-{number % 2}"}


def _node_rows(lead: ref.Lead) -> list[dict[str, object]]:
    records = [_record(lead, number) for number in range(2)]
    return [{"node": f"record:{SYSTEM}:{row['lead_source_id']}", "lead_id": lead.lead_id} for row in records]


def _lead_row(lead: ref.Lead) -> dict[str, object]:
    columns = ("industry", "country", "job_title", "company_name", "employee_count", "budget")
    values = {column: lead.attributes.get(column) for column in columns}
    return {"lead_id": lead.lead_id, "created_at": lead.created_at, **values}


def _account_rows(lead: ref.Lead) -> list[dict[str, object]]:
    found = {name: value for name, value in lead.attributes.items() if name.startswith("account_")}
    columns = ("industry", "employee_count")
    row = {column: found.get(f"account_{column}") for column in columns}
    return [{"lead_id": lead.lead_id, **row}] if found else []


def _attribute_rows(lead: ref.Lead) -> list[dict[str, object]]:
    return [{**_record(lead, number), **vars(row)} for number, row in enumerate(lead.history)]


def _adjustment_rows(lead: ref.Lead) -> list[dict[str, object]]:
    return [{"lead_id": lead.lead_id, **vars(row)} for row in lead.adjustments]


def _status_rows(lead: ref.Lead) -> list[dict[str, object]]:
    return [
        {**_record(lead, number), "status": f" IN {event.stage} ", "changed_at": event.changed_at}
        for number, event in enumerate(lead.crm_stages)
    ]


def _opportunity_rows(lead: ref.Lead) -> list[dict[str, object]]:
    return [
        {
            **_record(lead, number),
            "opportunity_source_id": f"{lead.lead_id}-deal-{number}",
            "is_closed": deal.is_won or deal.closed_at is not None,
            **vars(deal),
        }
        for number, deal in enumerate(lead.opportunities)
    ]


def _activity_rows(lead: ref.Lead) -> list[dict[str, object]]:
    return [
        {"lead_id": lead.lead_id, "activity_id": f"{lead.lead_id}-{number}", **vars(activity)}
        for number, activity in enumerate(lead.activities)
    ]


def _message_rows(lead: ref.Lead) -> list[dict[str, object]]:
    """An e-mail's events; some systems tell of the delivery alone. A text message says nothing of e-mails."""
    rows = []
    for number, mail in enumerate(lead.emails):
        first = ["sent", "delivered"][number % 2]
        events = [("email", first, mail.sent_at), ("email", "opened", mail.opened_at), ("sms", "sent", mail.sent_at)]
        for channel, event_type, moment in events:
            if moment is not None:
                rows.append(
                    {
                        "source_system": SYSTEM,
                        "event_id": f"{lead.lead_id}-{mail.message_id}-{channel}-{event_type}",
                        "message_id": mail.message_id if channel == "email" else f"{mail.message_id}-sms",
                        "lead_id": lead.lead_id,
                        "channel": channel,
                        "event_type": event_type,
                        "occurred_at": moment,
                        "known_at": max(moment, lead.created_at),
                    }
                )
    return rows

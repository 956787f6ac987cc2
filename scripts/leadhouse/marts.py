"""Which models are published, and which of their columns hold personal data, as the dbt manifest says."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FOLDER = "models/marts/"
_ACTIVATION = _FOLDER + "activation/"


@dataclass(frozen=True)
class Mart:
    """One mart as the dbt manifest declares it.

    `personal_columns` are those marked `contains_pii`; `recomputed_by` says of what rows an incremental build replaces.
    """

    name: str
    schema: str
    description: str
    personal_columns: frozenset[str]
    recomputed_by: str | None = None


def read_marts(manifest: Path) -> list[Mart]:
    """The marts of a dbt manifest that are published: models under `models/marts`, without the activation outbox."""
    return [_mart(node) for path, node in _mart_nodes(manifest) if not path.startswith(_ACTIVATION)]


def read_activation(manifest: Path) -> list[Mart]:
    """The marts of the activation outbox, which are for delivery only."""
    return [_mart(node) for path, node in _mart_nodes(manifest) if path.startswith(_ACTIVATION)]


def _mart_nodes(manifest: Path) -> list[tuple[str, dict[str, Any]]]:
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    found = [(str(node.get("original_file_path", "")).replace("\\", "/"), node) for node in nodes]
    return sorted((pair for pair in found if _is_mart(*pair)), key=lambda pair: str(pair[1]["name"]))


def _is_mart(path: str, node: dict[str, Any]) -> bool:
    is_table = node["config"].get("materialized") != "ephemeral"
    return node["resource_type"] == "model" and path.startswith(_FOLDER) and is_table


def _mart(node: dict[str, Any]) -> Mart:
    personal = (name for name, column in node["columns"].items() if _is_personal(column))
    return Mart(
        name=node.get("alias") or node["name"],
        schema=node["schema"],
        description=node.get("description") or "",
        personal_columns=frozenset(name.lower() for name in personal),
        recomputed_by=(node["config"].get("meta") or {}).get("recomputed_by"),
    )


def _is_personal(column: dict[str, Any]) -> bool:
    in_config = ((column.get("config") or {}).get("meta") or {}).get("contains_pii")
    return bool(in_config or (column.get("meta") or {}).get("contains_pii"))

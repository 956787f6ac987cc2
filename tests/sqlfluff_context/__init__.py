"""What dbt puts into a model's context, as far as the linter's jinja templater needs it to render our models.

Macros that return values instead of text, or that ask the database, cannot run in plain jinja; their files are left out
of the linter's macro path (see .sqlfluff) and stand here.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import yaml

_ROOT = Path(__file__).resolve().parents[2]
_VARS: dict[str, Any] = yaml.safe_load((_ROOT / "dbt_project.yml").read_text())["vars"]
_CONTRACT = yaml.safe_load((_ROOT / "models/staging/generic/_generic__sources.yml").read_text())["sources"][0]["tables"]

execute = True
run_started_at = datetime(2026, 1, 1, tzinfo=UTC)


def var(name: str, default: Any = None) -> Any:
    """A variable of dbt_project.yml."""
    return _VARS.get(name, default)


class adapter:  # noqa: N801 (the name is dbt's)
    """Dispatched macros are shown to the linter as plain function calls."""

    @staticmethod
    def dispatch(name: str, project: str) -> Callable[..., str]:
        return lambda *args: f"{name}({', '.join(map(str, args))})"


globals()["return"] = lambda value: value


def contract_columns(entity: str) -> list[SimpleNamespace]:
    """The contract's columns of an entity."""
    table = next(table for table in _CONTRACT if table["name"] == entity)
    return [SimpleNamespace(name=column["name"], data_type=column["data_type"]) for column in table["columns"]]


def row_key(entity: str) -> str:
    return f"cast({contract_columns(entity)[0].name} as varchar)"


def stage_names() -> list[str]:
    return ["lead", "mql", "sal", "sql", "opportunity", "customer", "repeat_customer"]


def stage_plural(stage: str) -> str:
    return "opportunities" if stage == "opportunity" else f"{stage}s"


def stage_source(*args: Any, **kwargs: Any) -> str:
    return "select 1 as staged"


def build_records() -> str:
    return "select 1 as recorded"


def connected_components(links: str) -> str:
    return f"select node, node as component from {links}"

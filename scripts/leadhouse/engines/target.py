"""Which engine dbt builds on, and with which settings: as profiles.yml says."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadhouse.errors import InputError, Problem
from leadhouse.paths import PROJECT_ROOT

if TYPE_CHECKING:
    from leadhouse.engines.warehouse import Warehouse

VARIABLE = "DBT_TARGET"
# The targets of DuckDB, of which most commands need to know no more.
LOCAL = ("", "dev", "prod", "published")


def is_remote() -> bool:
    """Whether the target is a warehouse, not the database in the home folder."""
    return os.environ.get(VARIABLE, "") not in LOCAL


def find_warehouse(project_root: Path = PROJECT_ROOT) -> Warehouse:
    """The warehouse of the target; raises InputError for a target that there is not, or of an engine that is not supported."""
    name = os.environ.get(VARIABLE, "")
    settings = read_settings(name, project_root)
    if settings["type"] == "postgres":
        from leadhouse.engines.postgres import PostgresWarehouse

        return PostgresWarehouse(settings)
    if settings["type"] == "spark" and settings.get("method") == "thrift":
        from leadhouse.engines.spark import SparkWarehouse

        return SparkWarehouse(settings)
    raise InputError(
        [Problem(f"target `{name}`", f"is of the type {settings['type']}, which the package does not work with", "Use dbt itself, or another target.")]
    )  # fmt: skip


def refuse_remote(command: str) -> None:
    """Raise InputError where the target is a warehouse: this command knows the files of the home folder only."""
    if is_remote():
        where = f"target `{os.environ[VARIABLE]}`"
        mend = f"`leadhouse {command}` works with DuckDB only; take {VARIABLE} away, or name --target dev."
        raise InputError([Problem(where, "is a warehouse", mend)])


def read_settings(name: str, project_root: Path = PROJECT_ROOT) -> dict[str, Any]:
    """The settings of a target of profiles.yml, with the environment's values in their places."""
    import yaml
    from jinja2 import StrictUndefined
    from jinja2.sandbox import SandboxedEnvironment

    outputs = yaml.safe_load((project_root / "profiles.yml").read_text(encoding="utf-8"))["leadhouse"]["outputs"]
    if name not in outputs:
        known = ", ".join(outputs)
        raise InputError([Problem(f"target `{name}`", "is not in profiles.yml", f"There are: {known}.")])
    jinja = SandboxedEnvironment(undefined=StrictUndefined)
    jinja.filters["as_number"] = int
    context = {"env_var": _environment, "flags": {"PROFILES_DIR": str(project_root)}}
    return {
        key: jinja.from_string(value).render(context) if isinstance(value, str) else value
        for key, value in outputs[name].items()
    }


def _environment(name: str, default: str | None = None) -> str:
    value = os.environ.get(name, default)
    if value is None:
        raise InputError([Problem(name, "is not set", "Set this environment variable; profiles.yml asks for it.")])
    return value

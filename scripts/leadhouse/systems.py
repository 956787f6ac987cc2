"""The source systems that are switched on, and the raw tables that a build reads for them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from leadhouse.contract import STAGING, SYSTEM, Entity, closest, load_system
from leadhouse.errors import InputError, Problem
from leadhouse.paths import PROJECT_ROOT

# Entities of the contract that are no CRM's, and the variable that switches on where they are taken from.
_VARIABLES = {"web_events": "web_systems", "message_events": "message_systems", "ad_spend": "ad_systems"}


@dataclass(frozen=True)
class Systems:
    """The source systems by what is taken from them: the variables of the same names in dbt_project.yml."""

    crm_systems: tuple[str, ...] = (SYSTEM,)
    web_systems: tuple[str, ...] = (SYSTEM,)
    message_systems: tuple[str, ...] = (SYSTEM,)
    ad_systems: tuple[str, ...] = (SYSTEM,)

    @property
    def names(self) -> tuple[str, ...]:
        """All systems that are switched on for anything, in the variables' order."""
        return tuple(dict.fromkeys(name for field in fields(self) for name in getattr(self, field.name)))

    def reads(self, table: Entity) -> bool:
        """Whether a build reads the table: an entity is taken from it, or others of its system need it."""
        if not table.feeds:
            return table.system in self.names
        return any(table.system in getattr(self, systems_variable(entity)) for entity in table.feeds)


GENERIC = Systems()


def systems_variable(entity: str) -> str:
    """The variable that switches on the systems which an entity of the contract is taken from."""
    return _VARIABLES.get(entity, "crm_systems")


@cache
def known_systems() -> tuple[str, ...]:
    """Every source system that has a folder in models/staging."""
    return tuple(
        sorted(folder.name for folder in STAGING.iterdir() if (folder / f"_{folder.name}__sources.yml").exists())
    )


def read_systems(variables: Mapping[str, Any], project_root: Path = PROJECT_ROOT) -> Systems:
    """The systems that are switched on: by the given variables, else by dbt_project.yml.

    Raises InputError for a value that is no list of known systems.
    """
    project = yaml.safe_load((project_root / "dbt_project.yml").read_text(encoding="utf-8")) or {}
    values = {**(project.get("vars") or {}), **variables}
    names = [field.name for field in fields(Systems)]
    problems = [problem for name in names for problem in _check(name, values.get(name, [SYSTEM]))]
    if problems:
        raise InputError(problems)
    return Systems(**{name: tuple(values.get(name, [SYSTEM])) for name in names})


@cache
def systems_for(variable: str) -> tuple[str, ...]:
    """The source systems that a variable can switch on: those with a table for one of its entities."""
    feeds = {
        name: {entity for table in load_system(name).values() for entity in table.feeds} for name in known_systems()
    }
    return tuple(
        name for name in known_systems() if any(systems_variable(entity) == variable for entity in feeds[name])
    )


def raw_schema(system: str, variables: Mapping[str, Any], project_root: Path = PROJECT_ROOT) -> str:
    """The schema of a warehouse that a system's raw tables are in: as its source definition says, with the variables given."""
    from jinja2.sandbox import SandboxedEnvironment

    project = yaml.safe_load((project_root / "dbt_project.yml").read_text(encoding="utf-8")) or {}
    values = {**(project.get("vars") or {}), **variables}
    template = SandboxedEnvironment().from_string(_schema_template(system))
    return str(template.render(var=lambda name, default="": values.get(name, default)))


def schema_variable(system: str) -> str:
    """The variable that says which schema a system's raw tables are in."""
    return str(re.findall(r"var\('(\w+)'", _schema_template(system))[0])


@cache
def _schema_template(system: str) -> str:
    definition = yaml.safe_load((STAGING / system / f"_{system}__sources.yml").read_text(encoding="utf-8"))
    return str(definition["sources"][0]["schema"])


def _check(variable: str, value: object) -> list[Problem]:
    place = f"vars, {variable}"
    if not isinstance(value, list):
        return [Problem(place, f"`{value}` is no list of source systems", "Write e.g. [generic, salesforce].")]
    can = systems_for(variable)
    return [
        Problem(
            place,
            f"`{name}` has nothing for it" if name in known_systems() else f"there is no source system `{name}`",
            f"{closest(str(name), can)} There are {', '.join(can)}.".strip(),
        )
        for name in value
        if name not in can
    ]


def read_tables(systems: Systems) -> dict[str, Entity]:
    """The raw tables that a build reads, by their keys (`leads`, `salesforce.lead`)."""
    tables = (table for name in systems.names for table in load_system(name).values())
    return {table.key: table for table in tables if systems.reads(table)}

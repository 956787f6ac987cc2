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
target = SimpleNamespace(type="duckdb")


def var(name: str, default: Any = None) -> Any:
    """A variable of dbt_project.yml."""
    return _VARS.get(name, default)


class adapter:  # noqa: N801 (the name is dbt's)
    """Dispatched macros are shown to the linter as plain function calls."""

    @staticmethod
    def dispatch(name: str, project: str) -> Callable[..., str]:
        return lambda *args: f"{name}({', '.join(map(str, args))})"


globals()["return"] = lambda value: value


class dbt:  # noqa: N801 (the name is dbt's)
    """dbt's own macros that models call by its name."""

    @staticmethod
    def type_string() -> str:
        return "varchar"

    @staticmethod
    def type_float() -> str:
        return "double precision"

    @staticmethod
    def date_trunc(part: str, moment: str) -> str:
        return f"date_trunc('{part}', {moment})"

    @staticmethod
    def hash(value: str) -> str:
        return f"md5({value})"

    @staticmethod
    def position(part: str, value: str) -> str:
        return f"position({part} in {value})"

    @staticmethod
    def split_part(value: str, delimiter: str, number: int) -> str:
        return f"split_part({value}, {delimiter}, {number})"


def contract_columns(entity: str) -> list[SimpleNamespace]:
    """The contract's columns of an entity."""
    table = next(table for table in _CONTRACT if table["name"] == entity)
    return [SimpleNamespace(name=column["name"], data_type=column["data_type"]) for column in table["columns"]]


def row_key(entity: str) -> str:
    return f"cast({contract_columns(entity)[0].name} as varchar)"


def message_kinds() -> list[str]:
    return ["sent", "delivered", "opened", "clicked", "replied", "bounced", "unsubscribed", "complained"]


def stage_names() -> list[str]:
    return ["lead", "mql", "sal", "sql", "opportunity", "customer", "repeat_customer"]


def stage_plural(stage: str) -> str:
    return "opportunities" if stage == "opportunity" else f"{stage}s"


def attribution_targets() -> list[str]:
    return ["lead", "mql", "sql", "opportunity", "customer"]


def credit_models() -> list[str]:
    return ["first_touch", "last_touch"]


def expected_visits(transitions: str, states: str) -> str:
    return f"select *, 1 as expected_visits from {transitions} cross join {states}"


def systems_with(entity: str) -> list[str]:
    return ["generic"]


def is_switched_on(system: str) -> bool:
    return True


def stage_source(*args: Any, **kwargs: Any) -> str:
    return "select 1 as staged"


base_source = call_events = stage_source


def contract_rows(
    entity: str,
    system: str,
    rows: Any,
    values: dict[str, str],
    unused: str | None = None,
    count_unreadable: str = "count_unreadable_values",
) -> str:
    """Its expressions as a select, so that the linter reads them."""
    columns = ", ".join(f"{value} as {name}" for name, value in values.items())
    return f"select {columns}, {count_unreadable} as unreadable, {unused or 'null'} as unused_reason from {rows}"


def salesforce_field(purpose: str) -> str:
    return f"{purpose}_c"


def salesforce_custom_fields(table: str) -> list[str]:
    return ["interest_c"]


def salesforce_fields_of(table: str) -> list[str]:
    return ["interest_c"]


def salesforce_response_dates() -> dict[str, str]:
    return {"attended": "attended_at_c"}


def salesforce_attribute(field: str) -> str:
    return field.removesuffix("_c")


def salesforce_letters(field: str) -> str:
    return field.replace("_", "")


def salesforce_tracked(table: str) -> dict[str, str]:
    return {"title": "job_title"}


def salesforce_person(values: dict[str, str]) -> dict[str, str]:
    return values


def salesforce_unreadable() -> str:
    return "count_unreadable_values"


def salesforce_is_deleted() -> str:
    return "(coalesce(is_deleted, false) or coalesce(_fivetran_deleted, false))"


def salesforce_unused() -> str:
    return f"case when {salesforce_is_deleted()} then 'deleted_in_source' end"


def salesforce_owner() -> str:
    return "owner_id"


def salesforce_domain() -> str:
    return "website"


def read_as(value: str, data_type: str, raw_type: str, counts_milliseconds: bool = False) -> str:
    return f"cast({value} as {data_type})"


def hubspot_default_properties() -> dict[str, str]:
    """Some of them."""
    return {"jobtitle": "job_title", "website": "company_domain", "numemployees": "employee_count"}


hubspot_tracked_properties = hubspot_default_properties


def hubspot_contact_properties() -> list[str]:
    return ["product_interest"]


def hubspot_property_columns() -> list[str]:
    return ["property_product_interest", "properties_product_interest"]


def hubspot_property(name: str, otherwise: str = "null") -> str:
    return otherwise


def hubspot_status_properties() -> list[str]:
    return ["lifecyclestage", "hs_lead_status"]


def hubspot_call_outcomes() -> dict[str, str]:
    return {"f240bbac-87c9-4f6e-bf70-924b57d47db7": "connected"}


def letters_of(name: str) -> str:
    return name.replace("_", "")


def marketo_lead_fields() -> dict[str, str]:
    return {"product_interest": "product_interest_c", "budget": "budget_c"}


def marketo_lead_columns() -> list[str]:
    return ["product_interest_c", "budget_c", "lead_status"]


def marketo_field(attribute: str, otherwise: str = "null") -> str:
    return otherwise


def marketo_own_attributes() -> list[str]:
    return ["product_interest"]


def marketo_tracked_fields() -> dict[str, str]:
    return {"jobtitle": "job_title", "budgetc": "budget"}


def marketo_field_letters(attribute: str, column: str) -> list[str]:
    return [letters_of(column)]


def marketo_changes() -> str:
    return "changes as (select * from base_marketo__activity_change_data_value)"


def marketo_silent_statuses() -> list[str]:
    return ["invited"]


def marketo_response(status: str) -> str:
    return f"lower({status})"


def marketo_kind(channel: str, program_type: str) -> str:
    return f"coalesce({channel}, {program_type})"


def pipedrive_fields(name: str) -> dict[str, str]:
    attributes = ["job_title", "budget", "tier"] if name == "pipedrive_person_fields" else ["domain", "employee_count"]
    return {attribute: f"field_{attribute}" for attribute in attributes}


def pipedrive_keys(name: str) -> dict[str, str]:
    return dict.fromkeys(pipedrive_fields(name).values(), "key")


def ad_platform_value(platform: str, part: str) -> str:
    return f"{platform}"


def nested_steps(path: str) -> str:
    return f"'{path}'"


def snowplow_nested_columns() -> list[str]:
    return []


def snowplow_value(name: str) -> str:
    return f"snowplow_{name}"


def build_records() -> str:
    return "select 1 as recorded"


def build_node_records() -> str:
    return "select 1 as recorded"


def criteria_change_records() -> str:
    return "select 1 as recorded"


def criteria_tables() -> dict[str, dict[str, list[str]]]:
    """One of them: the models treat all alike."""
    return {"score_bands": {"key": ["scorecard_id", "band"], "columns": ["min_points"]}}


def connected_components(links: str) -> str:
    return f"select node, node as component from {links}"


def all_reached(name: str, columns: list[str], start: str, links: str, next: list[str]) -> str:
    step = ", ".join(f"{value} as {column}" for value, column in zip(next, columns, strict=True))
    return f"{name} as (\n\n    {start}\n    union\n    select {step} from {name} {links}\n\n)"


def split_values(name: str, relation: str, key: str, value: str) -> str:
    return f"{name} as (\n\n    select {key} as owner_id, {value} as part, 1 as place from {relation}\n\n)"


def has_suppressions() -> bool:
    return True


def admitted_rows(system: str, entity: str) -> str:
    return f"select * from stg_{system}__{entity}"


def person_name(kind: str, value: str) -> str:
    return f"'{kind}:' || {value}"


def names_suppressed(entity: str) -> str:
    return f"({person_name('email', 'email')} = '{entity}')"


def secret_pads() -> str:
    return "select 1 as inner_pad"


def keyed_hash(value: str) -> str:
    return f"sha256({value})"


def suppressed_hashes() -> str:
    return "select 1 as keyed_hash"


def suppression_token(name: str) -> str:
    return f"hash({name})"


def lead_text_attributes() -> list[str]:
    return ["email"]


def lead_number_attributes() -> list[str]:
    return ["budget"]


def rebuild_scope() -> str:
    return "all"


def recomputes_changed_only(by: str) -> bool:
    return False


def built_relation(model_name: str, name: str | None = None) -> str:
    return name or model_name


def unfinished_changes(model_name: str) -> None:
    return None


def kept_until_whole() -> None:
    return None


def of_changed_leads(relation: str) -> str:
    return relation


def of_changed_visitors(relation: str) -> str:
    return relation


def file_versions(entity: str) -> dict[str, str]:
    return {}


def plan_id() -> str:
    return "linter"


def suppressed_hash() -> str:
    return ""


def run_setting(name: str) -> Any:
    return _VARS.get(name)


def judged_web_events() -> str:
    return "accounted_web_events"


def new_web_event_files(judged: str) -> dict[str, str]:
    return {"file": "version"}


def versioned_web_events(versions: dict[str, str], all_files: bool = False) -> str:
    return "select * from stg_generic__web_events"


def curve_steps() -> list[tuple[str, str]]:
    return [("lead", "mql"), ("mql", "sql")]

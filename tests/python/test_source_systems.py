"""The source systems: their definitions against what the real systems deliver, what is said of wrong tables, and which
systems' tables lie in a folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml
from typer.testing import CliRunner

from leadhouse.cli import app
from leadhouse.contract import STAGING, SYSTEM, connect, load_contract, load_system
from leadhouse.demo import WorldSummary
from leadhouse.demo.rendering import render
from leadhouse.errors import InputError
from leadhouse.paths import PROJECT_ROOT
from leadhouse.recognise import recognise, variables
from leadhouse.runner import run_dbt
from leadhouse.source_checks import check_sources, warnings
from leadhouse.systems import Systems, known_systems, read_systems, systems_for, systems_variable

SCHEMAS = PROJECT_ROOT / "tests" / "fixtures" / "schemas"
OTHERS = [name for name in known_systems() if name != SYSTEM]

# Tables that nothing but the folder's name tells apart.
SAME_SHAPE = {key: {"segment", "rudderstack"} for key in ("segment", "rudderstack")}

# How documentation names types, and as what a column of that type may be read. Ids are text, whatever a system makes them of.
READABLE = {
    "string": {"varchar"},
    "text": {"varchar"},
    "integer": {"bigint", "decimal", "varchar"},
    "long": {"bigint", "decimal", "timestamp", "varchar"},
    "boolean": {"boolean"},
    "timestamp": {"timestamp"},
    "instant": {"timestamp"},
    "date": {"date", "timestamp"},
    "string date": {"date", "timestamp"},
    "string date-time": {"timestamp"},
    "number": {"bigint", "decimal", "varchar"},
    "localdate": {"date", "timestamp"},
    "double": {"decimal", "bigint"},
    "float": {"decimal", "bigint"},
    "numeric": {"decimal", "bigint"},
    "bigdecimal": {"decimal", "bigint"},
    "json": {"json"},
    "array": {"json"},
    "record": {"json"},
}


def declared_in_sql() -> dict[str, list[str]]:
    """The macro system_entities, evaluated."""
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    found: list[dict[str, list[str]]] = []
    environment.globals["return"] = found.append
    text = (PROJECT_ROOT / "macros" / "sources" / "systems.sql").read_text(encoding="utf-8")
    macro = text[text.index("{% macro system_entities") : text.index("{% endmacro %}")] + "{% endmacro %}"
    environment.from_string(macro + "{{ system_entities() }}").render()
    return found[0]


@pytest.mark.parametrize("system", known_systems())
def test_a_systems_tables_models_and_entities_are_the_same_everywhere(system: str) -> None:
    fed = {entity for table in load_system(system).values() for entity in table.feeds}
    assert fed <= set(load_contract())
    staged = {path.stem.removeprefix(f"stg_{system}__") for path in (STAGING / system).glob("stg_*.sql")}
    assert staged == fed == set(declared_in_sql()[system])
    if system != SYSTEM:
        based = {path.stem.removeprefix(f"base_{system}__") for path in (STAGING / system / "base").glob("*.sql")}
        assert based == set(load_system(system))


def test_entities_are_switched_on_by_the_same_variables_everywhere() -> None:
    text = (PROJECT_ROOT / "macros" / "sources" / "systems.sql").read_text(encoding="utf-8")
    for entity in load_contract():
        variable = systems_variable(entity)
        assert variable == "crm_systems" or f"'{entity}': '{variable}'" in text


@pytest.mark.parametrize("system", OTHERS)
def test_columns_are_those_that_the_real_system_delivers(system: str) -> None:
    recorded = yaml.safe_load((SCHEMAS / f"{system}.yml").read_text(encoding="utf-8"))["tables"]
    definition = yaml.safe_load((STAGING / system / f"_{system}__sources.yml").read_text(encoding="utf-8"))
    wrong = []
    for table in definition["sources"][0]["tables"]:
        real = recorded[table["name"]]
        assert real["source"].startswith("https://"), table["name"]
        for column in table["columns"]:
            if column.get("config", {}).get("meta", {}).get("custom"):
                continue
            kind = str(real["columns"].get(column["name"], "there is none")).lower()
            if column["data_type"].split("(")[0] not in READABLE.get(kind, set()):
                wrong.append((table["name"], column["name"], column["data_type"], kind))
    assert wrong == []


def test_the_unit_tests_of_all_systems_hold(tmp_path: Path) -> None:
    """Unit tests of a system are off with it: here all are on, together and without a single raw table."""
    variables = {field.name: list(systems_for(field.name)) for field in fields(Systems)}
    (tmp_path / "raw").mkdir()
    (tmp_path / "home").mkdir()
    outcome = run_dbt(
        ["build", "--select", "path:models/staging", "--vars", json.dumps(variables)],
        tmp_path / "home",
        PROJECT_ROOT,
        run={"raw_path": str(tmp_path / "raw"), "as_of": "2026-07-01 00:00:00", "build_id": "units"},
    )
    assert outcome.failed == [], [(node.name, node.message) for node in outcome.failed]
    units = [node for node in outcome.nodes if node.kind == "unit_test"]
    assert len(units) > 50


# ------------------------------------------------------------------------------------------------ what is said


@pytest.fixture(scope="module")
def segment_world(demo_world: tuple[Path, WorldSummary], tmp_path_factory: pytest.TempPathFactory) -> Path:
    raw = tmp_path_factory.mktemp("segment") / "raw"
    shutil.copytree(demo_world[0], raw)
    render(raw, Systems(web_systems=("segment",)))
    return raw


SEGMENT = Systems(web_systems=("segment",))


def copy_of(world: Path, target: Path) -> Path:
    shutil.copytree(world, target)
    return target


def rewrite(file: Path, select: str) -> None:
    with connect() as connection:
        connection.execute(f"create table rows as {select.format(file=file)}")
        connection.execute(f"copy rows to '{file}' (format parquet)")


def test_tables_of_another_system_are_checked_by_their_own_definition(segment_world: Path) -> None:
    assert check_sources(segment_world, systems=SEGMENT) == []


def test_a_missing_required_column_is_named_with_system_and_table(segment_world: Path, tmp_path: Path) -> None:
    raw = copy_of(segment_world, tmp_path / "raw")
    rewrite(raw / "segment" / "pages.parquet", "select * exclude (id), id as \"page id\" from '{file}'")
    (problem,) = check_sources(raw, systems=SEGMENT)
    assert problem.where.startswith("segment.pages, file ")
    assert problem.what == "required column id is missing"


def test_a_missing_optional_table_is_none(segment_world: Path, tmp_path: Path) -> None:
    raw = copy_of(segment_world, tmp_path / "raw")
    (raw / "segment" / "events.parquet").unlink()
    assert check_sources(raw, systems=SEGMENT) == []


def test_a_column_of_another_type_is_named(segment_world: Path, tmp_path: Path) -> None:
    raw = copy_of(segment_world, tmp_path / "raw")
    rewrite(raw / "segment" / "pages.parquet", "select * replace ('soon' as \"timestamp\") from '{file}'")
    (problem,) = check_sources(raw, systems=SEGMENT)
    assert problem.where.startswith("segment.pages, file ")
    assert "required column timestamp can be read as timestamp" in problem.what


def test_columns_may_be_spelled_as_other_connectors_do(segment_world: Path, tmp_path: Path) -> None:
    raw = copy_of(segment_world, tmp_path / "raw")
    rewrite(
        raw / "segment" / "pages.parquet",
        'select * exclude (anonymous_id, received_at), anonymous_id as "anonymousId", '
        "epoch_ms(received_at) as \"Received-At\" from '{file}'",
    )
    assert check_sources(raw, systems=SEGMENT) == []
    assert warnings(raw, systems=SEGMENT) == []


def test_tables_of_a_system_that_is_off_are_told(segment_world: Path) -> None:
    told = [problem for problem in warnings(segment_world) if problem.where.endswith("segment")]
    assert len(told) == 1
    assert "leadhouse sources inspect" in told[0].mend


def test_a_contract_table_that_another_system_stands_for_is_told(segment_world: Path, tmp_path: Path) -> None:
    raw = copy_of(segment_world, tmp_path / "raw")
    (raw / "web_events.csv").write_text("event_id,visitor_id,event_name,occurred_at\n", encoding="utf-8")
    (told,) = warnings(raw, systems=SEGMENT)
    assert "web_systems does not have `generic`" in told.what


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("segment", "is no list of source systems"),
        (["segmnt"], "there is no source system `segmnt`"),
        (["ad_reporting"], "`ad_reporting` has nothing for it"),
    ],
)
def test_a_wrong_system_is_named(value: Any, said: str) -> None:
    with pytest.raises(InputError) as error:
        read_systems({"web_systems": value})
    (problem,) = error.value.problems
    assert problem.where == "vars, web_systems"
    assert said in problem.what


def test_every_variable_has_systems() -> None:
    for variable in ("crm_systems", "web_systems", "message_systems", "ad_systems"):
        assert SYSTEM in systems_for(variable) and len(systems_for(variable)) > 1, variable


# ------------------------------------------------------------------------------------------------ what lies here


@pytest.mark.parametrize("system", OTHERS)
def test_a_rendered_world_is_recognised(system: str, demo_world: tuple[Path, WorldSummary], tmp_path: Path) -> None:
    kinds = [
        name for name in ("crm_systems", "web_systems", "message_systems", "ad_systems") if system in systems_for(name)
    ]
    systems = Systems(**dict.fromkeys(kinds, (system,)))
    raw = copy_of(demo_world[0], tmp_path / "raw")
    if not render(raw, systems):
        pytest.skip(f"the demo world is not written as {system}'s tables")
    found = recognise(raw)
    assert {one.name for one in found} <= {SYSTEM, system}
    chosen = variables(found)
    assert all(system in chosen[name] for name in kinds)
    # What another system's table is looked for in, and what each table would be without it, is said.
    loose = recognise(raw / system)
    (one,) = loose
    assert one.name in SAME_SHAPE.get(system, {system}) and one.expected == raw / system / one.name
    assert not any(one.lacks for one in loose[0].tables)


def test_inspect_says_what_is_missing_and_what_to_set(segment_world: Path) -> None:
    told = CliRunner().invoke(app, ["sources", "inspect", "--raw", str(segment_world)])
    assert told.exit_code == 0, told.output
    assert "screens: not there; fewer web_events" in told.stdout
    assert "web_systems: [segment]" in told.stdout and "crm_systems: [generic]" in told.stdout
    as_json = CliRunner().invoke(app, ["sources", "inspect", "--raw", str(segment_world), "--json"])
    answer = json.loads(as_json.stdout)
    assert answer["variables"]["web_systems"] == ["segment"]
    assert {one["system"] for one in answer["systems"]} == {SYSTEM, "segment"}


def test_a_folder_without_known_tables_is_said_to_have_none(tmp_path: Path) -> None:
    (tmp_path / "pages.csv").write_text("number,text\n1,one\n", encoding="utf-8")
    assert recognise(tmp_path) == []

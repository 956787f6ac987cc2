"""The documentation names what exists, all of it where it promises so, and nothing else."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from docs_reader import anchors, blocks, first_names, links, names, pages, read, rows, section
from leadhouse import cli
from leadhouse.contract import load_contract
from leadhouse.errors import ExitCode
from leadhouse.paths import PROJECT_ROOT
from leadhouse.privacy import FILE_NAME as KEY_FILE
from leadhouse.records import FILE_NAME as RECORDS_FILE

SHELL = ("sh", "text", "cron")
TOP: dict[str, Any] = dict(typer.main.get_command(cli.app).commands)  # type: ignore[attr-defined]
# Commands of a group are named with it: `alerts send`.
COMMANDS: dict[str, Any] = {
    f"{name} {part}".strip(): command
    for name, top in TOP.items()
    for part, command in getattr(top, "commands", {"": top}).items()
}
# A Markdown table writes | as \|, and "**name**" for a required column.
BOLD = re.compile(r"\*\*(.+)\*\*")


def options(command: str) -> set[str]:
    """The long options of a command, without --help."""
    return {name for parameter in COMMANDS[command].params for name in parameter.opts if name.startswith("--")}


def targets() -> set[str]:
    """What may be said after `make`."""
    return set(re.findall(r"^([a-z][a-z0-9-]*):", read("Makefile"), flags=re.MULTILINE))


def marts() -> dict[str, str]:
    """The folder of each mart."""
    return {path.stem: path.parent.name for path in (PROJECT_ROOT / "models" / "marts").rglob("*.sql")}


def identifier(path: Path) -> str:
    return path.relative_to(PROJECT_ROOT).as_posix()


@pytest.mark.parametrize("page", pages(), ids=identifier)
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page.read_text(encoding="utf-8")):
        if link.startswith(("https://", "http://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), link
        assert PROJECT_ROOT in (path, *path.parents), f"{link} leaves the project"
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), link


def test_every_page_is_reached_from_the_index() -> None:
    index = PROJECT_ROOT / "docs" / "index.md"
    linked = {(index.parent / link.partition("#")[0]).resolve() for link in links(index.read_text(encoding="utf-8"))}
    assert set((PROJECT_ROOT / "docs").rglob("*.md")) - {index} <= linked


def targets_of(page: Path) -> list[Path]:
    """The files that a page links to, in its order."""
    found = (link.partition("#")[0] for link in links(page.read_text(encoding="utf-8")))
    return [(page.parent / link).resolve() for link in found if link and not link.startswith("http")]


def has_threshold(file: Path) -> bool:
    rows = csv.DictReader(file.open(encoding="utf-8", newline=""))
    return any((row["rule_id"], row["metric"]) == ("mql_score", "score") and row["value"] for row in rows)


def has_mql_rules(file: Path) -> bool:
    return any(row["stage"] == "mql" for row in csv.DictReader(file.open(encoding="utf-8", newline="")))


def makes_channel_conversions(file: Path) -> bool:
    return file.stem in marts() and "acquisition_channel" in file.read_text(encoding="utf-8")


def has_activity_types(file: Path) -> bool:
    return "pricing_page_view" in {
        row["activity_type"] for row in csv.DictReader(file.open(encoding="utf-8", newline=""))
    }


@pytest.mark.parametrize(
    ("question", "file", "is_found"),
    [
        ("Where is a threshold set?", "seeds/lifecycle/stage_rules.csv", has_threshold),
        ("Where is MQL defined?", "seeds/lifecycle/stage_rules.csv", has_mql_rules),
        (
            "Which model makes channel conversions?",
            "models/marts/channels/channel_conversions.sql",
            makes_channel_conversions,
        ),
        ("How is an activity type added?", "seeds/mapping/activity_types.csv", has_activity_types),
    ],
)
def test_the_index_leads_to_what_is_asked_first(question: str, file: str, is_found: Callable[[Path], bool]) -> None:
    index = PROJECT_ROOT / "docs" / "index.md"
    told = {row[0]: row[1] for row in rows(section(index.read_text(encoding="utf-8"), "## Find in a minute"))}
    page, target = ((index.parent / link.partition("#")[0]).resolve() for link in links(told[question]))
    assert target == PROJECT_ROOT / file
    assert page in targets_of(index) and target in targets_of(page), "two links lead there from the index"
    assert is_found(target)


@pytest.mark.parametrize("page", pages(), ids=identifier)
def test_pages_name_no_path_of_somebodys_machine(page: Path) -> None:
    assert not re.search(r"(?<![\w.])/(?:home|root|tmp|work|Users)/", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", pages(), ids=identifier)
def test_commands_in_code_exist(page: Path) -> None:
    for block in blocks(page.read_text(encoding="utf-8"), *SHELL):
        code = re.sub(r"#.*", "", block.body)
        for target in re.findall(r"\bmake ([a-z]+)", code):
            assert target in targets(), f"make {target}"
        for line in re.findall(r"(?:^|[/ ])leadhouse ([a-z][^\n]*)", code, flags=re.MULTILINE):
            words = re.findall(r"[a-z-]+", line)
            command = next((name for name in (" ".join(words[:2]), words[0]) if name in COMMANDS), None)
            if command:
                assert set(re.findall(r"(--[a-z-]+)", line)) <= options(command), line
            else:
                assert block.language == "text", f"leadhouse {line}"


def test_the_readme_shows_each_mart() -> None:
    shown = set(first_names(section(read("README.md"), "## The marts")))
    assert shown == set(marts())


def test_the_reference_of_marts_has_each_in_its_folder() -> None:
    page = read("docs/reference/marts.md")
    for folder in sorted(set(marts().values())):
        shown = first_names(section(page, f"## {folder.capitalize()}"))
        assert sorted(shown) == sorted(name for name, place in marts().items() if place == folder)
    assert sorted(first_names(page)) == sorted(marts())


def test_marts_that_hold_personal_data_are_named_with_their_columns() -> None:
    said = re.sub(r"\s+", " ", section(read("docs/reference/marts.md"), "## Reading the figures"))
    sentence = said[said.index("Columns that hold personal data") :]
    models = [
        model
        for path in (PROJECT_ROOT / "models" / "marts").rglob("*.yml")
        for model in yaml.safe_load(path.read_text(encoding="utf-8")).get("models", [])
    ]
    personal = {
        (model["name"], column["name"])
        for model in models
        for column in model["columns"]
        if column.get("config", {}).get("meta", {}).get("contains_pii")
    }
    assert set(names(sentence)) == {name for pair in personal for name in pair}


def test_the_reference_of_variables_has_each_with_its_default() -> None:
    variables = yaml.safe_load(read("dbt_project.yml"))["vars"]
    page = read("docs/reference/variables.md")
    shown = {names(row[0])[0]: row[1].strip("`") for row in rows(page[: page.index("## Environment")]) if names(row[0])}
    assert list(shown) == list(variables)
    for name, default in variables.items():
        if isinstance(default, int | dict) or (isinstance(default, list) and len(default) == 1):
            assert yaml.safe_load(shown[name]) == default, name


def test_variables_in_the_readme_have_the_right_defaults() -> None:
    variables = yaml.safe_load(read("dbt_project.yml"))["vars"]
    for row in rows(section(read("README.md"), "## Variables")):
        for name in names(row[0]):
            assert name in variables
            if not isinstance(variables[name], str):
                assert yaml.safe_load(row[1].strip("`")) == variables[name], name


def test_the_environment_variables_are_those_that_are_read() -> None:
    sources = [read("profiles.yml"), *(path.read_text() for path in (PROJECT_ROOT / "scripts").rglob("*.py"))]
    found = {name for text in sources for name in re.findall(r"[\"'`](LEADHOUSE_[A-Z_]+)[\"'`]", text)}
    shown = first_names(section(read("docs/reference/variables.md"), "## Environment"))
    assert {name for name in shown if name.startswith("LEADHOUSE_")} == found


def test_the_home_folder_is_described_by_the_names_in_use() -> None:
    shown = first_names(section(read("docs/reference/variables.md"), "## The home folder"))
    assert {KEY_FILE, RECORDS_FILE} <= set(shown)
    code = "".join(path.read_text() for path in (PROJECT_ROOT / "scripts" / "leadhouse").rglob("*.py"))
    assert all(f'"{name.rstrip("/")}"' in code for name in shown), shown


def test_the_reference_of_the_command_line_has_each_command_and_option() -> None:
    page = read("docs/reference/command-line.md")
    headings = re.findall(r"^## leadhouse ([a-z][a-z -]*[a-z])([ A-Z_]*)$", page, flags=re.MULTILINE)
    assert sorted(name for name, _ in headings) == sorted(COMMANDS)
    for name, arguments in headings:
        shown = {option.split()[0] for option in first_names(section(page, f"## leadhouse {name}{arguments}"))}
        assert shown == options(name), name
        required = {
            (parameter.metavar or parameter.name).strip("{}")
            for parameter in COMMANDS[name].params
            if parameter.param_type_name == "argument"
        }
        assert set(arguments.split()) == required, name


def test_the_exit_codes_are_those_of_the_code() -> None:
    for page, heading in (
        ("docs/reference/command-line.md", "# The command line"),
        ("docs/how-to/schedule-a-build.md", "## Exit codes"),
    ):
        shown = [int(row[0]) for row in rows(section(read(page), heading)) if row[0].isdigit()]
        assert shown == [int(code) for code in ExitCode], page


def test_the_reference_has_each_make_target() -> None:
    shown = first_names(section(read("docs/reference/command-line.md"), "## make"))
    assert {name.removeprefix("make ") for name in shown} == targets()


def test_the_reference_of_the_contract_is_the_contract() -> None:
    shown = {}
    for row in rows(section(read("docs/reference/input-contract.md"), "## Tables")):
        if names(row[0]):
            columns = [column.strip() for column in row[2].split(",")]
            shown[names(row[0])[0]] = [(BOLD.sub(r"\1", column), bool(BOLD.fullmatch(column))) for column in columns]
    contract = load_contract()
    assert shown == {
        name: [(column.name, column.is_required) for column in entity.columns] for name, entity in contract.items()
    }


def test_the_reference_of_criteria_has_each_file_with_its_columns() -> None:
    shown = {
        names(row[0])[0]: [column.strip() for column in row[2].split(",")]
        for row in rows(read("docs/reference/criteria.md"))
        if names(row[0]) and names(row[0])[0].endswith(".csv")
    }
    seeds = PROJECT_ROOT / "seeds"
    assert shown == {
        path.relative_to(seeds).as_posix(): next(csv.reader(path.open(encoding="utf-8", newline="")))
        for path in seeds.rglob("*.csv")
    }


def test_the_changelog_lists_each_mart() -> None:
    shown = set(first_names(section(read("CHANGELOG.md"), "### Schema changes")))
    assert set(marts()) <= shown


def test_the_licence_is_the_same_everywhere() -> None:
    assert "Apache License" in read("LICENSE") and "Version 2.0" in read("LICENSE")
    assert 'license = "Apache-2.0"' in read("pyproject.toml")
    assert "Apache License 2.0" in section(read("README.md"), "## Licence")


def test_the_how_to_of_source_systems_names_files_that_its_example_has() -> None:
    page = read("docs/how-to/add-a-source-system.md")
    system = re.search(r"- name: (\w+)\n    schema:", page)
    assert system
    named = set(re.findall(r"`((?:models|macros|scripts|seeds|tests|docs)/[^`\s]+|[A-Za-z_]+\.(?:yml|md))`", page))
    assert len(named) > 10
    for path in named - {"variables.yml"}:
        # The example has no demo world of its own: any system's is meant there.
        example = "*" if "/render/" in path else system[1]
        pattern = re.sub(r"<\w+>", "*", path.replace("<system>", example))
        assert list(PROJECT_ROOT.glob(pattern)), path
    for macro in set(re.findall(r"^\{\{ (\w+)\(", page, flags=re.MULTILINE)):
        assert any(f"macro {macro}(" in file.read_text() for file in (PROJECT_ROOT / "macros").rglob("*.sql")), macro


def test_engines_page_names_every_dispatched_macro() -> None:
    dispatched = {
        name
        for path in (PROJECT_ROOT / "macros").rglob("*.sql")
        for name in re.findall(r"adapter\.dispatch\('(\w+)'", path.read_text(encoding="utf-8"))
    }
    assert first_names(section(read("docs/reference/engines.md"), "## Macros with versions")) == sorted(dispatched)

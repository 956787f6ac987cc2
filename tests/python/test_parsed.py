"""What dbt has parsed for one home serves the others, and what has changed since is parsed anew."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from build_fixtures import AS_OF, GOOD_LEADS, MORE_LEADS, query, write_leads, write_project
from leadhouse import parsed
from leadhouse.runner import run_dbt

PARSES_ALL = "Unable to do partial parsing"


class Homes:
    """Some homes of one small project."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = write_project(folder / "project")

    def build(self, name: str, leads: str = GOOD_LEADS, *arguments: str) -> str:
        """Build the marts of leads in a home; gives what dbt logged."""
        home = self.folder / name
        home.mkdir(exist_ok=True)
        options = write_leads(self.folder / f"raw_{name}", leads)
        run = {"raw_path": str(options.raw), "as_of": str(AS_OF), "build_id": name}
        result = run_dbt(["run", "--select", "leads", *arguments], home, self.root, run=run)
        assert result.is_good
        return (home / "logs" / "dbt.log").read_text(encoding="utf-8")

    def leads(self, name: str) -> list[object]:
        return query(self.folder / name / "work.duckdb", "select lead_id from marts.leads order by 1")


@pytest.fixture
def homes(tmp_path: Path) -> Homes:
    return Homes(tmp_path)


def test_a_second_home_does_not_parse_again_and_has_its_own_rows(homes: Homes) -> None:
    assert PARSES_ALL in homes.build("first")
    assert PARSES_ALL not in homes.build("second", MORE_LEADS)
    assert (len(homes.leads("first")), len(homes.leads("second"))) == (3, 4)


def test_what_changed_meanwhile_is_parsed_anew(homes: Homes) -> None:
    homes.build("first")
    model = homes.root / "models" / "marts" / "core" / "leads.sql"
    model.write_text(model.read_text(encoding="utf-8") + "where lead_id <> 'a'\n", encoding="utf-8")
    assert PARSES_ALL not in homes.build("second")
    assert homes.leads("second") == [("b",), ("c",)]
    # The newer one is what a third home begins with.
    homes.build("third")
    assert homes.leads("third") == [("b",), ("c",)]


def test_another_setting_of_the_project_is_seen(homes: Homes) -> None:
    homes.build("first")
    settings = homes.root / "dbt_project.yml"
    settings.write_text(settings.read_text(encoding="utf-8").replace("+schema: marts", "+schema: other"), "utf-8")
    assert PARSES_ALL in homes.build("second")
    found = query(homes.folder / "second" / "work.duckdb", "select table_schema from information_schema.tables")
    assert found == [("other",)]


def test_a_build_with_other_variables_leaves_what_the_others_use(homes: Homes) -> None:
    homes.build("first")
    assert PARSES_ALL in homes.build("second", GOOD_LEADS, "--vars", "{some_days: 3}")
    assert PARSES_ALL not in homes.build("third")


@pytest.mark.parametrize("content", [b"", b"nothing that dbt can read"])
def test_a_damaged_file_is_written_anew(homes: Homes, content: bytes) -> None:
    homes.build("first")
    parsed.shared_file(homes.root).write_bytes(content)
    homes.build("second")
    assert len(homes.leads("second")) == 3
    assert parsed.shared_file(homes.root).read_bytes() != content
    assert PARSES_ALL not in homes.build("third")


def test_a_project_that_cannot_be_written_is_built_all_the_same(homes: Homes) -> None:
    # A file where the folder would be; permissions do not stop root.
    (homes.root / "target").write_text("", encoding="utf-8")
    assert PARSES_ALL in homes.build("first")
    assert PARSES_ALL in homes.build("second")
    assert len(homes.leads("second")) == 3


def test_a_build_writes_though_the_shell_is_set_to_the_published_marts(
    homes: Homes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBT_TARGET", "published")
    homes.build("one")
    assert homes.leads("one")
    assert os.environ["DBT_TARGET"] == "published"

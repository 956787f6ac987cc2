"""An access request is answered with everything that is kept about the person, and nothing about anybody else."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conftest import BuiltHome
from leadhouse.errors import InputError
from leadhouse.export_person import as_text, export_person
from privacy_fixtures import EMAIL, FIRST, LAST, OLD_EMAIL, PHONE, count_rows, write_home


@pytest.fixture(scope="module")
def exported(canary_home: BuiltHome) -> dict[str, Any]:
    """What is kept about Ann, as it is written."""
    return dict(json.loads(as_text(export_person(canary_home.path, EMAIL))))


def test_every_row_that_names_the_person_is_there(exported: dict[str, Any]) -> None:
    found = {entity: len(table["rows"]) for entity, table in exported["sources"].items()}
    # One row of a visit is a bot's, one has no id, one is dated after the as-of time, one has no time: all were set aside.
    assert found == count_rows("ann")
    outcomes = {row["quarantine_reason"] for row in exported["sources"]["web_events"]["rows"]}
    assert {"bot", "missing_key", "future_timestamp", "bad_timestamp", None} == outcomes


def test_names_are_given_as_they_are(exported: dict[str, Any]) -> None:
    assert exported["names"]["emails"] == [EMAIL, OLD_EMAIL]
    assert exported["names"]["phones"] == ["442079460999"]
    assert exported["names"]["crm_ids"] == [["generic", "L1"], ["generic", "L9"], ["generic", OLD_EMAIL]]
    (lead,) = exported["marts"]["leads"]["rows"]
    assert (lead["first_name"], lead["last_name"], lead["phone"]) == (FIRST, LAST, PHONE)


def test_every_mart_about_leads_is_there_with_the_meaning_of_its_fields(
    exported: dict[str, Any], canary_home: BuiltHome
) -> None:
    (lead_id,) = exported["names"]["lead_ids"]
    statement = "select table_name from duckdb_columns() where schema_name = 'marts' and column_name = 'lead_id'"
    for (table,) in canary_home.work(statement):
        rows = canary_home.work(f"select count(*) from marts.{table} where lead_id = ?", [lead_id])
        assert len(exported["marts"].get(table, {"rows": []})["rows"]) == rows[0][0], table
    for table in (
        "leads",
        "lead_scores",
        "score_ledger",
        "lead_stages",
        "stage_transitions",
        "sales_alerts",
        "crm_score_sync",
        "activities",
    ):
        described = exported["marts"][table]
        assert described["description"].startswith("One row per")
        assert described["fields"].keys() == described["rows"][0].keys()


def test_nobody_else_is_there(exported: dict[str, Any]) -> None:
    text = json.dumps(exported).lower()
    for other in ("bob", "cid@", "dee@"):
        assert other not in text
    events = {row["event_id"] for row in exported["sources"]["web_events"]["rows"]}
    assert {"d3", "d4"} <= events and not {"d1", "d2", "d5", "d6", "c1", "n1"} & events


def test_a_lead_id_gives_the_same(exported: dict[str, Any], canary_home: BuiltHome) -> None:
    (lead_id,) = exported["names"]["lead_ids"]
    assert json.loads(as_text(export_person(canary_home.path, lead_id))) == exported


def test_it_is_written_for_its_owner_only_or_printed(
    exported: dict[str, Any], canary_home: BuiltHome, tmp_path: Path, run_cli: Callable[..., Any]
) -> None:
    target = tmp_path / "ann.json"
    done = run_cli(canary_home.path, "export-person", EMAIL, "--output", str(target))
    assert (done.returncode, done.stderr) == (0, "")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_text(encoding="utf-8")) == exported
    done = run_cli(canary_home.path, "export-person", EMAIL)
    assert json.loads(done.stdout) == exported
    done = run_cli(canary_home.path, "export-person", EMAIL, "--output", str(tmp_path / "nowhere" / "ann.json"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr


@pytest.mark.parametrize("text", ["stranger@canary.example", "nobody", "' or 1=1 --"])
def test_somebody_unknown_is_an_error(canary_home: BuiltHome, run_cli: Callable[..., Any], text: str) -> None:
    done = run_cli(canary_home.path, "export-person", text)
    assert done.returncode == 2
    assert "is nobody" in done.stderr or "is neither" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


def test_without_a_work_database_there_is_nothing_to_look_in(tmp_path: Path) -> None:
    home = write_home(tmp_path / "home")
    (home / "work.duckdb").unlink()
    with pytest.raises(InputError, match="Run `leadhouse build` first"):
        export_person(home, "ann@x.example")

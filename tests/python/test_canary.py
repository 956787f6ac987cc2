"""What is published says nothing about who a lead is, wherever the person's name was written; what does is for its owner."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import duckdb
import pytest

from build_fixtures import GOOD_LEADS, write_leads, write_project
from conftest import BuiltHome
from leadhouse.build import run_build
from leadhouse.marts import read_activation, read_marts
from leadhouse.privacy import load_key
from privacy_fixtures import FIRST, LAST, OLD_EMAIL, PHONE, SECRETS, find_in_files

# Where personal data may stand; everything else in the home may be read by everybody.
PRIVATE_FILES = {
    "work.duckdb",
    "activation.duckdb",
    "secret.key",
    "last_build.json",
    "deliveries.sqlite",
    "alerts.lock",
}
PRIVATE_FOLDERS = {"logs", "target"}


def test_nothing_published_names_a_person(canary_home: BuiltHome) -> None:
    found = {line.partition(":")[0] for line in find_in_files(canary_home.path)}
    assert {"work.duckdb", "activation.duckdb"} <= found, "the search finds what is there"
    assert {path for path in found if path.split("/")[0] not in PRIVATE_FILES | PRIVATE_FOLDERS} == set()
    published = {path.name for path in canary_home.path.iterdir()} - PRIVATE_FILES - PRIVATE_FOLDERS
    assert {"leadhouse.duckdb", "versions", "parquet", "build_runs.jsonl"} <= published


def test_each_secret_would_have_been_found(canary_home: BuiltHome) -> None:
    found = {line.partition(": ")[2] for line in find_in_files(canary_home.path) if line.startswith("work.duckdb")}
    assert found == set(SECRETS)


def test_addresses_in_free_text_are_published_as_such(canary_home: BuiltHome) -> None:
    key = load_key(canary_home.path)
    rows = canary_home.query("select email, phone, first_name, job_title from marts.leads where crm_status = 'open'")
    pseudonyms = [key.keyed_hash(value.lower()) for value in (OLD_EMAIL, PHONE, FIRST)]
    assert rows == [(*pseudonyms, "my job_title is (address)")]
    kept = canary_home.work("select email, phone, last_name, job_title from marts.leads where crm_status = 'open'")
    assert kept == [(OLD_EMAIL, PHONE, LAST, "my job_title is (address)")]


def test_ids_that_may_be_addresses_are_published_as_pseudonyms(canary_home: BuiltHome) -> None:
    keys = "select row_key from marts.quarantined_rows where entity = 'leads' and row_key is not null"
    (plain,), (published,) = canary_home.work(keys), canary_home.query(keys)
    assert plain == ("L9",)
    assert published == (load_key(canary_home.path).keyed_hash("l9"),)


def test_every_column_of_the_outbox_that_names_a_person_is_marked(canary_home: BuiltHome) -> None:
    marts = {mart.name: mart for mart in read_activation(canary_home.path / "target" / "manifest.json")}
    assert {name: mart.personal_columns for name, mart in marts.items()} == {
        "sales_alerts": {"email", "phone", "first_name", "last_name", "product_interest"},
        "nurture_queue": {"email", "phone", "first_name"},
        "crm_score_sync": {"lead_source_id"},
    }
    ((lead_id,),) = canary_home.work("select lead_id from marts.leads where first_name = ?", [FIRST])
    rows_of_hers = {}
    for table in (*marts, "crm_score_sync_state"):
        with duckdb.connect(str(canary_home.path / "activation.duckdb"), read_only=True) as connection:
            result = connection.execute(f"select * from marts.{table}")
            columns = [column[0] for column in result.description]
            rows = result.fetchall()
        naming = {
            column
            for row in rows
            for column, value in zip(columns, row, strict=True)
            if any(secret.lower() in str(value).lower() for secret in SECRETS)
        }
        assert naming <= marts[table.removesuffix("_state")].personal_columns, table
        rows_of_hers[table] = sum(row[columns.index("lead_id")] == lead_id for row in rows)
        if table == "sales_alerts":
            assert naming == marts[table].personal_columns, "the search finds her"
    # Sales have her, so marketing does not write to her; of her records one is not deleted.
    assert rows_of_hers == {"sales_alerts": 1, "nurture_queue": 0, "crm_score_sync": 1, "crm_score_sync_state": 1}


def test_personal_columns_stand_in_few_marts_only(canary_home: BuiltHome) -> None:
    marts = read_marts(canary_home.path / "target" / "manifest.json")
    personal = {mart.name for mart in marts if mart.personal_columns}
    assert personal == {"leads", "lead_identifiers", "quarantined_rows"}


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_modes_do_not_depend_on_the_callers_umask(tmp_path: Path, mask: int) -> None:
    root, home = write_project(tmp_path / "project"), tmp_path / "home"
    options = write_leads(tmp_path / "raw", GOOD_LEADS)
    before = os.umask(mask)
    try:
        home.mkdir()
        run_build(options, home, None, root)
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in home.iterdir()}
    for name in PRIVATE_FILES & modes.keys():
        assert modes[name] == 0o600, name
    for name in PRIVATE_FOLDERS & modes.keys():
        assert modes[name] == 0o700, name
    shared = [home / "leadhouse.duckdb", *(home / "versions").glob("*"), *(home / "parquet").rglob("*.*")]
    for path in shared:
        assert stat.S_IMODE(path.stat().st_mode) & 0o044 == 0o044, path


def test_records_of_builds_name_nobody(canary_home: BuiltHome) -> None:
    lines = (canary_home.path / "build_runs.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(lines[-1])["status"] == "succeeded"

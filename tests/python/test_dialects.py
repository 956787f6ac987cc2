"""Every model and test compiles for the engines that nothing is run on, and what these would not take of it is known.

Compiled by the engines' own adapters in an environment of their own, which `make dialects` makes. What is known stands in
docs/reference/engines.md, and here with the number of statements: a new one fails, and so does one that is gone.
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
NULL_WINS = "greatest or least, where a null wins"

# Engine -> finding -> whether it is about SQL that cannot run, or runs to another result.
KNOWN: dict[str, set[str]] = {
    "snowflake": {"as materialized", "recursive union", NULL_WINS},
    "bigquery": {
        "as materialized",
        "recursive union",
        NULL_WINS,
        "unknown function split_part",
        "unknown function position",
    },
    "redshift": {"as materialized", "recursive union", "is distinct from"},
}


@pytest.fixture(scope="module")
def python() -> str:
    found = os.environ.get("LEADHOUSE_DIALECTS")
    if not found:
        pytest.skip("LEADHOUSE_DIALECTS names no Python with the engines' adapters; make dialects makes one")
    return found


@pytest.mark.parametrize("build", ["first", "incremental"])
@pytest.mark.parametrize("engine", list(KNOWN))
def test_everything_compiles_for_an_engine(engine: str, build: str, python: str, tmp_path: Path) -> None:
    compiled = subprocess.run(
        [python, str(HERE / "dialect_compiler.py"), engine, build, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert compiled.returncode == 0, compiled.stdout[-4000:] + compiled.stderr[-2000:]
    looked = subprocess.run(
        [python, str(HERE / "dialect_findings.py"), engine, str(tmp_path)], capture_output=True, text=True, check=True
    )
    told: dict[str, Any] = json.loads(looked.stdout)
    assert told["statements"] > 700
    assert set(told["findings"]) == KNOWN[engine], told["places"]


def test_findings_are_found(python: str) -> None:
    statements = {
        "snowflake": ["select no_such_function(1) as x", "select a from t window w as (order by a)"],
        "bigquery": ["select 1 as a where false", "select a from t union select a from u", "select cast(1 as decimal(38, 12)) as x"],
        "redshift": ["select a is distinct from b as x from t", "select string_agg(a, ',') as x from t"],
    }  # fmt: skip
    script = (
        "import json, sys; from dialect_findings import findings; "
        "print(json.dumps([[sorted(findings(sql, engine)) for sql in sqls] for engine, sqls in json.load(sys.stdin).items()]))"
    )
    done = subprocess.run(
        [python, "-c", script], input=json.dumps(statements), capture_output=True, text=True, check=True, cwd=HERE
    )
    found = json.loads(done.stdout)
    assert all(finding for of_engine in found for finding in of_engine), found

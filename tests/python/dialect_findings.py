"""What an engine would not take of SQL that was compiled for it, as far as that can be told without the engine.

sqlglot parses each statement in the engine's dialect. It is lenient, so what it lets pass is looked at here: functions that
are not known to be the engine's, and what the engines' manuals rule out. Needs sqlglot, of requirements-dialects.lock.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.tokens import TokenType

# Functions that sqlglot does not know of itself, by the manuals: docs.snowflake.com/en/sql-reference/functions-all,
# cloud.google.com/bigquery/docs/reference/standard-sql/functions-all, docs.aws.amazon.com/redshift/latest/dg (functions),
# docs.databricks.com/en/sql/language-manual/sql-ref-functions-builtin-alpha.
KNOWN_FUNCTIONS = {
    "snowflake": {"filter", "hash", "rlike", "try_parse_json"},
    "bigquery": {"farm_fingerprint"},
    "databricks": {"get", "listagg", "timestamp_micros", "timestamp_millis", "unix_micros", "xxhash64"},
    "redshift": {"farmfingerprint64", "json_extract_array_element_text", "json_serialize"},
}

# Functions that sqlglot reads in every dialect, and writes as something else in these, which have none of the name.
FOREIGN_FUNCTIONS = {
    "snowflake": {"string_agg", "strpos"},
    "bigquery": {"split_part", "listagg", "regexp_matches", "position", "md5_hex", "hash", "string_to_array"},
    "databricks": {"regexp_matches", "strpos"},
    "redshift": {"string_agg", "hash", "try_to_number", "regexp_matches", "to_json"},
}

# Where one null argument makes the greatest and the least of several null; elsewhere nulls are passed over.
LEAST_NULL_WINS = {"snowflake", "bigquery"}


def findings(statement: str, engine: str) -> set[str]:
    """What is found in one select, in words; empty where nothing is."""
    try:
        parsed = sqlglot.parse(statement, read=engine, error_level=ErrorLevel.RAISE)
    except SqlglotError as error:
        return {f"cannot be parsed: {str(error).splitlines()[0]}"}
    if len(parsed) != 1 or parsed[0] is None:
        return {f"{len(parsed)} statements"}
    tree, found = parsed[0], set()
    for call in tree.find_all(exp.Anonymous):
        if call.name.lower() not in KNOWN_FUNCTIONS[engine]:
            found.add(f"unknown function {call.name.lower()}")
    found |= _of_tokens(statement, engine)
    for cte in tree.find_all(exp.CTE):
        if cte.args.get("materialized") is not None:
            found.add("as materialized")
    for union in tree.find_all(exp.Union):
        cte = union.find_ancestor(exp.CTE)
        if union.args.get("distinct") and cte is not None and _reads(union, cte.alias):
            found.add("recursive union")
    if engine == "bigquery":
        found |= _of_bigquery(tree)
    if engine == "redshift" and any(tree.find_all(exp.NullSafeEQ, exp.NullSafeNEQ)):
        found.add("is distinct from")
    if engine in LEAST_NULL_WINS and any(tree.find_all(exp.Greatest, exp.Least)):
        found.add("greatest or least, where a null wins")
    return found


def _reads(tree: exp.Expression, name: str) -> bool:
    return any(table.name == name for table in tree.find_all(exp.Table))


def _of_tokens(statement: str, engine: str) -> set[str]:
    found = set()
    tokens = sqlglot.tokenize(statement, read=engine)
    for token, following in pairwise(tokens):
        if token.text.lower() in FOREIGN_FUNCTIONS[engine] and following.token_type == TokenType.L_PAREN:
            found.add(f"unknown function {token.text.lower()}")
        plain_union = token.token_type == TokenType.UNION and following.token_type not in (
            TokenType.ALL,
            TokenType.DISTINCT,
        )
        if plain_union and engine == "bigquery":
            found.add("union without distinct")
    return found


def _of_bigquery(tree: exp.Expression) -> set[str]:
    found = set()
    for kind in tree.find_all(exp.DataType):
        if kind.this == exp.DataType.Type.DECIMAL and len(kind.expressions) == 2:
            precision, scale = (int(part.name) for part in kind.expressions)
            if scale > 9 or precision - scale > 29:
                found.add("decimal of more than 29 digits or 9 places")
    for select in tree.find_all(exp.Select):
        if select.args.get("where") and not (select.args.get("from_") or select.args.get("from")):
            found.add("where without from")
    return found


def compiled_statements(target: Path) -> dict[str, str]:
    """Path below dbt's `compiled` folder -> SQL, of all models and tests."""
    folder = target / "compiled" / "leadhouse"
    # What runs before a build is checked for DuckDB's files only and has no SQL.
    paths = [path for path in sorted(folder.rglob("*.sql")) if "hooks" not in path.parts]
    return {str(path.relative_to(folder)): path.read_text() for path in paths}


def count_findings(engine: str, target: Path) -> tuple[int, Counter[str], dict[str, list[str]]]:
    """How many statements there are, how many of them have each finding, and in which."""
    counts: Counter[str] = Counter()
    places: dict[str, list[str]] = {}
    statements = compiled_statements(target)
    for path, statement in statements.items():
        for finding in findings(statement, engine):
            counts[finding] += 1
            places.setdefault(finding, []).append(path)
    return len(statements), counts, places


if __name__ == "__main__":
    number, found, where = count_findings(sys.argv[1], Path(sys.argv[2]))
    json.dump({"statements": number, "findings": dict(sorted(found.items())), "places": where}, sys.stdout)

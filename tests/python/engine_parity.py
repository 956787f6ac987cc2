"""Whether two engines made the same marts: every column of every row, ids too; doubles to 1e-9, all else exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb

from leadhouse.engines.warehouse import Session

# What the package has recorded of builds in one home, and what names the files that rows stood in.
OF_THE_HOME = {"build_runs", "build_run_models", "criteria_changes"}
LEFT_OUT = {"quarantined_rows": {"source_file"}}
TOLERANCE = 1e-9


def differences(work: Path, session: Session, schema: str, shown: int = 3) -> dict[str, tuple[int, int, list[Any]]]:
    """Mart -> how many rows only DuckDB (`work`, its work database) and only the warehouse's `schema` has, and some of them; marts
    without a difference are left out."""
    found: dict[str, tuple[int, int, list[Any]]] = {}
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute(f"attach '{work}' as work (read_only)")
        marts: dict[str, dict[str, str]] = {}
        for table, column, type_name in connection.execute(
            "select table_name, column_name, data_type from duckdb_columns() "
            "where database_name = 'work' and schema_name = 'marts' order by table_name, column_index"
        ).fetchall():
            if table not in OF_THE_HOME and column not in LEFT_OUT.get(table, set()):
                marts.setdefault(table, {})[column] = type_name
        assert len(marts) > 30
        for table, types in marts.items():
            names = ", ".join(f'"{column}"' for column in types)
            # PostgreSQL's text cannot hold a NUL: what is loaded there has a blank in its place.
            told = ", ".join(
                f"replace({column}, chr(0), ' ') as {column}" if kind == "VARCHAR" else column
                for column, kind in types.items()
            )
            connection.execute(f"create or replace temp table one as select {told} from work.marts.{table}")
            session.fetch(f"select {names} from {schema}.{table}", connection, "other", types)
            only, rows = _compare(connection, types, shown)
            if any(only):
                found[table] = (*only, rows)
    return found


def _compare(
    connection: duckdb.DuckDBPyConnection, types: dict[str, str], shown: int
) -> tuple[tuple[int, int], list[Any]]:
    """Rows are paired by all that is no double, and among equals by the order of the doubles; then those are compared."""
    doubles = [column for column, kind in types.items() if kind in ("DOUBLE", "FLOAT")]
    exact = [column for column in types if column not in doubles]
    place = f"row_number() over (partition by {', '.join(exact) or '1'} order by {', '.join(doubles) or '1'}) as place"
    same = " and ".join(
        [f"here.{column} is not distinct from there.{column}" for column in [*exact, "place"]]
        + [
            f"(here.{column} is not distinct from there.{column} "
            f"or abs(here.{column} - there.{column}) <= {TOLERANCE} * greatest(1, abs(here.{column})))"
            for column in doubles
        ]
    )
    only, rows = [], []
    for here, there in (("one", "other"), ("other", "one")):
        select = f"from (select *, {place} from {here}) as here anti join (select *, {place} from {there}) as there on {same}"
        if not doubles:
            # The same in less time and memory.
            select = f"from (from {here} except all from {there})"
        only.append(int(connection.execute(f"select count(*) {select}").fetchall()[0][0]))
        if only[-1]:
            cursor = connection.execute(f"select * {select} order by all limit {shown}")
            heads = [column[0] for column in cursor.description]
            rows += [{"of": here, **dict(zip(heads, row, strict=True))} for row in cursor.fetchall()]
    return (only[0], only[1]), rows

"""Whether two engines made the same marts: every column of every row, ids too; doubles to 1e-9, all else exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb

# What the package has recorded of builds in one home, and what names the files that rows stood in.
OF_THE_HOME = {"build_runs", "build_run_models", "criteria_changes"}
LEFT_OUT = {"quarantined_rows": {"source_file"}}
TOLERANCE = 1e-9

# Writes the rows of a mart to a Parquet or CSV file; the name says which.
Export = Callable[[str, list[str], Path], Path]


def differences(work: Path, export: Export, folder: Path, shown: int = 3) -> dict[str, tuple[int, int, list[object]]]:
    """Mart -> how many rows only DuckDB (`work`, its work database) and only the other engine has, and some of them; marts without a
    difference are left out."""
    found: dict[str, tuple[int, int, list[object]]] = {}
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
        for table, types in marts.items():
            file = export(table, list(types), folder)
            _load(connection, file, types)
            only, rows = _compare(connection, table, types, shown)
            if any(only):
                found[table] = (*only, rows)
            file.unlink()
    return found


def _load(connection: duckdb.DuckDBPyConnection, file: Path, types: dict[str, str]) -> None:
    columns = ", ".join(f"cast({name} as {type_name}) as {name}" for name, type_name in types.items())
    if file.suffix == ".csv":
        reader = f"read_csv('{file}', header=false, all_varchar=true, quote='\"', escape='\"', nullstr='', auto_detect=false, delim=',', max_line_size=16777216, columns={{{', '.join(f'{name}: VARCHAR' for name in types)}}})".replace(
            ": VARCHAR", ": 'VARCHAR'"
        )
    else:
        reader = f"read_parquet('{file}')"
    connection.execute(f"create or replace temporary table other as select {columns} from {reader}")


def _compare(
    connection: duckdb.DuckDBPyConnection, table: str, types: dict[str, str], shown: int
) -> tuple[tuple[int, int], list[object]]:
    """Rows are paired by all that is no double, and among equals by the doubles; then those are compared."""
    doubles = [name for name, type_name in types.items() if type_name in ("DOUBLE", "FLOAT")]
    exact = [name for name in types if name not in doubles]
    names = ", ".join(types)
    place = ", ".join(
        [f"row_number() over (partition by {', '.join(exact) or '1'} order by {', '.join(doubles) or '1'}) as place"]
    )
    same = " and ".join(
        [f"one.{name} is not distinct from two.{name}" for name in [*exact, "place"]]
        + [
            f"(one.{name} is not distinct from two.{name} or abs(one.{name} - two.{name}) <= {TOLERANCE} * greatest(1, abs(one.{name})))"
            for name in doubles
        ]
    )
    only, rows = [], []
    for one, two in (("work.marts." + table, "other"), ("other", "work.marts." + table)):
        select = (
            f"from (select {names}, {place} from {one}) as one "
            f"anti join (select {names}, {place} from {two}) as two on {same}"
        )
        count = connection.execute(f"select count(*) {select}").fetchone()[0]
        only.append(count)
        if count:
            cursor = connection.execute(f"select * {select} order by all limit {shown}")
            heads = [column[0] for column in cursor.description]
            rows += [{"of": one, **dict(zip(heads, row, strict=True))} for row in cursor.fetchall()]
    return (only[0], only[1]), rows

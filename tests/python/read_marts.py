"""Read every mart of a published file as BI tools do, each in its own way; prints what came, as JSON.

Runs by itself in any environment, so that older drivers can be tried: `python read_marts.py FILE WAY`.
"""

from __future__ import annotations

import importlib.util
import json
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

# A reader gives the rows of a query as plain values.
Reader = Callable[[str], list[tuple[Any, ...]]]
ROWS = 300


@contextmanager
def duckdb_itself(file: str) -> Iterator[Reader]:
    import duckdb

    with duckdb.connect(file, read_only=True) as connection:
        yield lambda query: connection.execute(query).fetchall()


@contextmanager
def pandas(file: str) -> Iterator[Reader]:
    import duckdb

    with duckdb.connect(file, read_only=True) as connection:
        yield lambda query: list(connection.execute(query).df().itertuples(index=False, name=None))


@contextmanager
def sqlalchemy(file: str) -> Iterator[Reader]:
    from sqlalchemy import create_engine, inspect, text

    engine = create_engine(f"duckdb:///{file}", connect_args={"read_only": True})
    inspector = inspect(engine)
    # What a tool shows to choose from: without a type it cannot draw a column.
    for mart in {*inspector.get_table_names(schema="marts"), *inspector.get_view_names(schema="marts")}:
        for column in inspector.get_columns(mart, schema="marts"):
            if str(column["type"]) == "NULL":
                sys.exit(f"{mart}.{column['name']} has no type that SQLAlchemy knows")
    with engine.connect() as connection:
        yield lambda query: [tuple(row) for row in connection.execute(text(query))]
    engine.dispose()


@contextmanager
def adbc(file: str) -> Iterator[Reader]:
    import adbc_driver_duckdb as driver
    from adbc_driver_manager import AdbcConnection, AdbcDatabase, dbapi

    options = {"entrypoint": "duckdb_adbc_init", "path": file, "access_mode": "READ_ONLY"}
    database = AdbcDatabase(driver=driver.driver_path(), **options)
    with dbapi.Connection(database, AdbcConnection(database), autocommit=True) as connection:

        def read(query: str) -> list[tuple[Any, ...]]:
            with connection.cursor() as cursor:
                cursor.execute(query)
                return [tuple(row.values()) for row in cursor.fetch_arrow_table().to_pylist()]

        yield read


WAYS = {"duckdb": duckdb_itself, "pandas": pandas, "sqlalchemy": sqlalchemy, "adbc": adbc}
NEEDS = {
    "duckdb": ["duckdb"], "pandas": ["pandas"], "sqlalchemy": ["sqlalchemy", "duckdb_engine"], "adbc": ["adbc_driver_manager"],
}  # fmt: skip


def plain(value: Any) -> Any:
    """A value in the form that all ways share."""
    # What pandas has where nothing is.
    if str(value) in ("<NA>", "NaT"):
        return None
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00"
    if isinstance(value, str):
        return value
    number = float(value)
    return None if math.isnan(number) else round(number, 6)


def read(file: str, way: str) -> dict[str, Any]:
    """The number of rows of each mart, and the first of them in an order that needs no key."""
    with WAYS[way](file) as run:
        marts = [
            name
            for (name,) in run(
                "select table_name from information_schema.tables where table_schema = 'marts' order by table_name"
            )
        ]
        return {
            mart: {
                "count": plain(run(f"select count(*) as count_rows from marts.{mart}")[0][0]),
                "rows": [
                    [plain(value) for value in row]
                    for row in run(f"select * from marts.{mart} order by all limit {ROWS}")
                ],
            }
            for mart in marts
        }


if __name__ == "__main__":
    file, way = sys.argv[1:]
    lacking = [module for module in NEEDS[way] if not importlib.util.find_spec(module)]
    print(json.dumps({"lacking": lacking} if lacking else {"marts": read(file, way)}))

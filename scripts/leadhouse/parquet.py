"""The published marts as Parquet files, for tools that keep connections open for long.

Each version has a folder `parquet/<build_id>/`; the symbolic link `parquet/current` points to the published one and is
swapped at once. `parquet/views.duckdb` has a view on each mart of the published database: whoever has it open sees the new
version with the next query. It is written anew only when marts or columns have changed.
"""

from __future__ import annotations

import os
from collections.abc import Collection
from pathlib import Path

import duckdb

from leadhouse import files
from leadhouse.database import STORAGE_VERSION, configure, literal, name

FOLDER = "parquet"
CURRENT = "current"
VIEWS = "views.duckdb"
# Two thirds of the time that the defaults take, and smaller: most text is ids, which no dictionary helps.
OPTIONS = "format parquet, compression zstd, compression_level 1, dictionary_size_limit 1000, write_bloom_filter false"


def export(
    home: Path, database: Path, folder: Path, before: Path | None = None, unchanged: Collection[str] = ()
) -> None:
    """Write every mart of a published database into a new folder; `unchanged` ones are taken from the folder `before`."""
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with duckdb.connect() as connection:
        configure(connection, home)
        connection.execute(f"attach {literal(database)} as published (read_only)")
        for mart in _marts(connection):
            file = folder / f"{mart}.parquet"
            earlier = before / file.name if before and mart in unchanged else None
            if earlier is not None and earlier.exists():
                files.link_or_copy(earlier, file)
                continue
            connection.execute(f"copy published.marts.{name(mart)} to {literal(file)} ({OPTIONS})")
            file.chmod(0o644)
            files.sync(file)
    files.sync(folder)


def current_version(home: Path) -> str | None:
    """Id of the version that `current` points to; None where there is none."""
    try:
        return os.readlink(home / FOLDER / CURRENT)
    except OSError:
        return None


def point_to(home: Path, build_id: str) -> None:
    """Let readers see this version, whose folder is complete, and bring the views up to date."""
    if current_version(home) != build_id:
        files.point(home / FOLDER / CURRENT, build_id)
    _refresh_views(home)


def _refresh_views(home: Path) -> None:
    target = home / FOLDER / VIEWS
    draft = home / FOLDER / f".{VIEWS}"
    files.remove(draft)
    try:
        _write_views(home, draft)
    except (duckdb.BinderException, duckdb.CatalogException):
        # Somebody has changed the published database. The next version has all marts again, and so have its views.
        files.remove(draft)
        return
    if target.exists() and _described(target) == _described(draft):
        draft.unlink()
        return
    draft.chmod(0o644)
    files.sync(draft)
    files.replace(draft, target)


def _write_views(home: Path, draft: Path) -> None:
    folder = home / FOLDER / CURRENT
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(draft)} as draft (storage_version '{STORAGE_VERSION}')")
        connection.execute("create schema draft.marts")
        for file in sorted(folder.glob("*.parquet")):
            # Not from the Parquet file: a query opens it twice, and mixes two versions when `current` is swapped meanwhile.
            place = f"{literal(home / 'leadhouse.duckdb')}, schema_name = 'marts', table_name = {literal(file.stem)}"
            connection.execute(f"create view draft.marts.{name(file.stem)} as select * from read_duckdb({place})")
        connection.execute("checkpoint draft")
        connection.execute("detach draft")


def _described(views: Path) -> list[tuple[object, ...]] | None:
    """What the views were made from; None when the file cannot be read."""
    columns = (
        "select view_name, views.sql, column_name, data_type, column_index from duckdb_views() as views "
        "left join duckdb_columns() as columns on table_oid = view_oid and columns.schema_name = views.schema_name "
        "where not views.internal order by all"
    )
    try:
        with duckdb.connect(str(views), read_only=True) as connection:
            return connection.execute(columns).fetchall()
    except duckdb.Error:
        return None


def _marts(connection: duckdb.DuckDBPyConnection) -> list[str]:
    statement = "select table_name from duckdb_tables() where database_name = 'published' order by table_name"
    return [str(row[0]) for row in connection.execute(statement).fetchall()]

"""Publishing: all marts at once, by one atomic replacement of the database that BI tools read.

The order of steps, each durable before the next:

1. drafts of everything are written into a folder of their own: the database, the Parquet files, the activation outbox;
2. the folder is renamed as ready, the version gets its file in `versions/` and its folder in `parquet/`;
3. the database is renamed to `leadhouse.duckdb`: from this moment the version is published;
4. `parquet/current` is pointed to it, the outbox is replaced, the build is recorded, old versions are removed.

A reader sees the old version or the new one, never a mixture and never a half-written file. What a crash or a full disk
stops before step 3 is undone, what it stops after it is finished, at once or by the next command. Personal data is replaced
by pseudonyms on the way, except in the outbox.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse import files, parquet, records, versions
from leadhouse.drafts import Draft, count_rows, write_activation, write_published
from leadhouse.errors import BuildError, InputError, Problem, UnfinishedError
from leadhouse.marts import read_activation, read_marts
from leadhouse.records import BuildRecord


@dataclass(frozen=True)
class PublishSettings:
    """How many versions are kept, the published one among them, and whether marts are written as Parquet too."""

    keep_versions: int = 5
    parquet_export: bool = True


@dataclass(frozen=True)
class PublishedVersion:
    """What was published: the database and schema, rows per mart, the record of its build, and how long it took in seconds."""

    database: str
    schema: str
    rows: dict[str, int]
    record: BuildRecord
    seconds: float


def read_settings(project_root: Path, variables: Mapping[str, Any]) -> PublishSettings:
    """The variables `keep_versions` and `parquet_export`, given for this run or else in dbt_project.yml.

    Raises InputError for a value that is none.
    """
    project = yaml.safe_load((project_root / "dbt_project.yml").read_text(encoding="utf-8")) or {}
    values = {**(project.get("vars") or {}), **variables}
    default = PublishSettings()
    keep = values.get("keep_versions", default.keep_versions)
    export = values.get("parquet_export", default.parquet_export)
    if not isinstance(keep, int) or isinstance(keep, bool) or keep < 1:
        raise InputError([Problem("vars, keep_versions", f"`{keep}` is no number of versions", "Write 1 or more.")])
    if not isinstance(export, bool):
        raise InputError(
            [Problem("vars, parquet_export", f"`{export}` is neither true nor false", "Write one of them.")]
        )
    return PublishSettings(keep, export)


def publish(
    home: Path, manifest: Path, record: BuildRecord, settings: PublishSettings | None = None
) -> PublishedVersion:
    """Publish the marts of `home/work.duckdb` as the version `record.build_id`, and record the build.

    The caller holds the build lock and no connection to the work database. Raises BuildError when the marts cannot be
    read or written; what was published before is then untouched. Raises UnfinishedError when the marts were published
    and something after that failed.
    """
    started = time.monotonic()
    chosen = settings or PublishSettings()
    try:
        versions.repair(home)
        draft, record = _write_drafts(home, manifest, record, chosen)
        versions.make_ready(home, record.build_id)
    except (duckdb.Error, OSError) as error:
        versions.abandon(home, record.build_id)
        raise BuildError(f"Publishing failed: {error}. What was published is as it was before.") from error
    except BaseException:
        versions.abandon(home, record.build_id)
        raise
    try:
        versions.commit(home, record.build_id)
        records.append(home, record)
        versions.prune(home, chosen.keep_versions)
    except (duckdb.Error, OSError) as error:
        raise _unfinished(home, record, error) from error
    return PublishedVersion(str(home / versions.PUBLISHED), "marts", draft.rows, record, time.monotonic() - started)


def _write_drafts(
    home: Path, manifest: Path, record: BuildRecord, settings: PublishSettings
) -> tuple[Draft, BuildRecord]:
    marts = read_marts(manifest)
    before = versions.published_version(home)
    folder = versions.draft_folder(home, record.build_id)
    database = folder / versions.PUBLISHED
    counts = count_rows(home, marts)
    count = sum(rows for mart, rows in counts.items() if mart not in records.OWN_MARTS)
    record = replace(record, count_rows=count, published_build_id=record.build_id)
    published = home / versions.PUBLISHED if before else None
    with records.mart_queries(home, record) as queries:
        draft = write_published(home, database, marts, counts, queries, published, before)
    database.chmod(0o644)
    files.sync(database)
    if settings.parquet_export:
        earlier = home / versions.PARQUET / before if before else None
        parquet.export(home, database, folder / versions.PARQUET, earlier, draft.unchanged)
    activation = folder / versions.ACTIVATION
    write_activation(home, activation, read_activation(manifest), record, versions.last_outbox(home))
    activation.chmod(0o600)
    files.sync(activation)
    return draft, record


def _unfinished(home: Path, record: BuildRecord, error: Exception) -> BuildError:
    if versions.published_version(home) != record.build_id:
        versions.abandon(home, record.build_id)
        return BuildError(f"Publishing failed: {error}. What was published is as it was before.")
    return UnfinishedError(
        f"The marts of build {record.build_id} are published, but what follows failed: {error}. "
        "The next build or rollback finishes it."
    )

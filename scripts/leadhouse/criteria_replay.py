"""Building scores and stages by other criteria, in a folder of its own: the project's own models on what the last build knew.

The folder has an empty work database in which the work database of the home is attached for reading. Views in the one stand
for the tables of the other, and dbt computes only what lies between the criteria that differ and the marts that are asked
for. So nothing of the home is changed, and nothing that the criteria do not decide is computed again.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import yaml

from leadhouse import files, parsed
from leadhouse.database import configure, connect_work, literal, name
from leadhouse.errors import BuildError, InputError, Problem
from leadhouse.runner import Note, Progress, run_dbt

# The folder holds personal data, as the work database does; `forget` and the next comparison remove what a killed one left.
FOLDER_PREFIX = ".criteria-"
RESULTS = ("lead_scores", "lead_score_reasons", "lead_stages", "stage_transitions")
_PROJECT = ("models", "macros", "tests", "analyses")
# What a build leaves for the next one: where it stood here, dbt would go on from that build.
_BOOKKEEPING = ("build_plan", "last_build")
_CHANGED = ("changed_leads", "changed_visitors")
OnNode = Callable[[Progress | Note], None] | None


@dataclass(frozen=True)
class LastBuild:
    """The finished build that the work database agrees with; `build_id` is dbt's own id of the run where dbt ran by itself."""

    build_id: str
    as_of: datetime


@dataclass(frozen=True)
class Sources:
    """Where raw tables are, for the few criteria that decide how these are read, and the build's dbt variables."""

    raw: Path
    variables: Mapping[str, Any]


def last_build(connection: duckdb.DuckDBPyConnection, home: Path) -> LastBuild:
    """The build whose tables the open work database holds. Raises InputError when it did not come to its end."""
    where, mend = str(home / "work.duckdb"), "Run `leadhouse build` first: the comparison starts from a finished build."
    try:
        rows = connection.execute(
            """
            select coalesce(nullif(last_build.build_id, ''), last_build.invocation_id), last_build.as_of
            from intermediate.last_build as last_build
            inner join intermediate.build_plan as build_plan
                on last_build.invocation_id = build_plan.invocation_id
            """
        ).fetchall()
    except duckdb.CatalogException:
        rows = []
    if not rows:
        what = "is of a build that failed, was stopped, or built only a part"
        raise InputError([Problem(where, what, mend)])
    return LastBuild(*rows[0])


def open_last_build(home: Path) -> duckdb.DuckDBPyConnection:
    """The work database, for reading. Raises InputError when there is none."""
    path = home / "work.duckdb"
    if not path.exists():
        raise InputError([Problem(str(path), "is not there", "Run `leadhouse build` first.")])
    return connect_work(home, read_only=True)


def remove_left_behind(home: Path) -> None:
    """Remove what a comparison that was killed has left; the caller holds the build lock."""
    for folder in home.glob(f"{FOLDER_PREFIX}*"):
        files.remove(folder)


@contextmanager
def scratch(home: Path, project_root: Path) -> Iterator[Scratch]:
    """A place to build in, for its owner only, which is gone afterwards; the caller holds the build lock."""
    remove_left_behind(home)
    with tempfile.TemporaryDirectory(prefix=FOLDER_PREFIX, dir=home) as folder:
        yield Scratch(Path(folder), home, project_root)


class Scratch:
    """A home and a project beside the real ones. `results` of a set of criteria are in the schema named after it."""

    def __init__(self, folder: Path, home: Path, project_root: Path) -> None:
        self.home = folder / "home"
        self.root = folder / "project"
        self._built = home / "work.duckdb"
        self._graph: _Graph | None = None
        self.home.mkdir()
        self.root.mkdir()
        for part in _PROJECT:
            (self.root / part).symlink_to((project_root / part).resolve(), target_is_directory=True)
        shutil.copy(project_root / "dbt_project.yml", self.root)
        shutil.copytree(project_root / "seeds", self.root / "seeds")
        profiles = yaml.safe_load((project_root / "profiles.yml").read_text(encoding="utf-8"))
        attached = {"path": str(self._built), "alias": "built", "read_only": True}
        profiles["leadhouse"]["outputs"]["dev"]["attach"] = [attached]
        (self.root / "profiles.yml").write_text(yaml.safe_dump(profiles), encoding="utf-8")
        # Those who were forgotten stay out, whatever is read again.
        for kept in ("suppressions.jsonl", "secret.key"):
            if (home / kept).exists():
                (self.home / kept).symlink_to(home / kept)
        known = parsed.shared_file(project_root)
        own = home / "target" / known.name
        (self.home / "target").mkdir()
        if own.exists() or known.exists():
            shutil.copyfile(own if own.exists() else known, self.home / "target" / known.name)

    @property
    def database(self) -> Path:
        """The database that is built here."""
        return self.home / "work.duckdb"

    def build(
        self,
        schema: str,
        seeds: Path,
        changed: Collection[str],
        as_of: datetime,
        sources: Sources,
        on_node: OnNode,
    ) -> int:
        """Build by the criteria below `seeds`, of which the files `changed` are not those of the last build.

        Gives how many models were computed. Raises BuildError when one could not be.
        """
        for file in changed:
            shutil.copyfile(seeds / file, self.root / "seeds" / file)
        run = {"raw_path": str(self.home / "raw"), "as_of": as_of.isoformat(sep=" ")}
        arguments = ["--vars", json.dumps(sources.variables, default=str)] if sources.variables else []
        if self._graph is None:
            run_dbt(["parse", *arguments], self.home, self.root, None, run)
            self._graph = _Graph(self.home / "target" / "manifest.json")
        graph = self._graph
        models = graph.between([Path(file).stem for file in changed])
        if graph.read_files_anew(models):
            models = graph.needed_for(RESULTS)
            run["raw_path"] = str(sources.raw)
            chosen = [*models, *graph.seeds]
        else:
            chosen = [*models, *(Path(file).stem for file in changed)]
        self._stand_in(chosen)
        if models:
            kinds = ["--resource-type", "seed", "--resource-type", "model"]
            command = ["build", *kinds, *arguments, "--select", *chosen]
            result = run_dbt(command, self.home, self.root, _without_notes(on_node), run)
            if result.failed:
                node = result.failed[0]
                raise BuildError(f"The criteria could not be tried: {node.name}: {node.message or node.status}")
        self._keep_results(schema)
        return len(models)

    def _stand_in(self, chosen: Iterable[str]) -> None:
        """Let a view stand for each table of the last build that is not built here; views of it may read others."""
        self.database.unlink(missing_ok=True)
        with self.open() as connection:
            rows = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = 'built' and not internal "
                "union all "
                "select schema_name, view_name from duckdb_views() where database_name = 'built' and not internal"
            ).fetchall()
            without = {*chosen, *_BOOKKEEPING}
            left = [(schema, table) for schema, table in rows if table not in without]
            for schema in sorted({schema for schema, _ in left}):
                connection.execute(f"create schema if not exists {name(schema)}")
            while left:
                still = [relation for relation in left if not _stands_in(connection, *relation)]
                if len(still) == len(left):
                    # Views of what is built here, or of raw files that are gone.
                    return
                left = still

    def _keep_results(self, schema: str) -> None:
        """Copy the marts that are asked for into a database beside, for the next set is built in the same place."""
        with self.open() as connection:
            connection.execute(f"attach {literal(self.home / 'results.duckdb')} as results")
            connection.execute(f"create schema results.{name(schema)}")
            for table in RESULTS:
                connection.execute(f"create table results.{name(schema)}.{table} as select * from work.marts.{table}")

    @contextmanager
    def open(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the database that is built here, with the last build attached as `built`."""
        with duckdb.connect(str(self.database)) as connection:
            configure(connection, self.home)
            connection.execute(f"attach {literal(self._built)} as built (read_only)")
            yield connection

    @contextmanager
    def results(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection to the results of all sets, with the last build attached as `built`."""
        with duckdb.connect(str(self.home / "results.duckdb")) as connection:
            configure(connection, self.home)
            connection.execute(f"attach {literal(self._built)} as built (read_only)")
            yield connection


def _without_notes(on_node: OnNode) -> OnNode:
    """The project says that it computes everything, which is true of this place only."""
    if on_node is None:
        return None
    return lambda step: None if isinstance(step, Note) else on_node(step)


def _stands_in(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    relation = f"{name(schema)}.{name(table)}"
    try:
        connection.execute(f"create view {relation} as select * from built.{relation}")
    except duckdb.Error:
        return False
    return True


class _Graph:
    """The project's models and seeds by their names, and what each is made of."""

    def __init__(self, manifest: Path) -> None:
        nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"]
        kinds = ("model", "seed")
        self._nodes = {node["name"]: node for node in nodes.values() if node["resource_type"] in kinds}
        names = {key: node["name"] for key, node in nodes.items() if node["resource_type"] in kinds}
        self._parents = {
            node: [names[key] for key in entry.get("depends_on", {}).get("nodes", []) if key in names]
            for node, entry in self._nodes.items()
        }
        self._partial: dict[str, bool] = {}
        self.seeds = [node for node, entry in self._nodes.items() if entry["resource_type"] == "seed"]

    def needed_for(self, targets: Iterable[str]) -> list[str]:
        """The targets and every model that they are made of."""
        found, waiting = set[str](), list(targets)
        while waiting:
            node = waiting.pop()
            if node not in found:
                found.add(node)
                waiting += self._parents[node]
        return sorted(found.difference(self.seeds))

    def between(self, seeds: Collection[str]) -> list[str]:
        """The models that these seeds decide and the results are made of, with those whose tables hold only a part."""
        needed = self.needed_for(RESULTS)
        memo: dict[str, bool] = {}
        chosen = {node for node in needed if self._follows(node, seeds, memo)}
        waiting = list(chosen)
        while waiting:
            for parent in self._parents[waiting.pop()]:
                if parent not in chosen and parent not in _CHANGED and self._is_partial(parent):
                    chosen.add(parent)
                    waiting.append(parent)
        return sorted(chosen)

    def read_files_anew(self, models: Iterable[str]) -> bool:
        """Whether one of the models keeps raw rows by file: then all has to be read again."""
        return any(self._kept_by(node) == "file" for node in models)

    def _follows(self, node: str, seeds: Collection[str], memo: dict[str, bool]) -> bool:
        if node not in memo:
            parents = [parent for parent in self._parents[node] if parent not in _CHANGED]
            memo[node] = any(parent in seeds or self._follows(parent, seeds, memo) for parent in parents)
        return memo[node]

    def _is_partial(self, node: str) -> bool:
        """Whether the table holds only changed leads or visitors after a build of these; kept tables hold all."""
        if node not in self._partial:
            entry = self._nodes[node]
            is_kept = entry["resource_type"] == "seed" or entry["config"]["materialized"] == "incremental"
            parents = self._parents[node]
            self._partial[node] = not is_kept and any(
                parent in _CHANGED or self._is_partial(parent) for parent in parents
            )
        return self._partial[node]

    def _kept_by(self, node: str) -> str | None:
        by = (self._nodes[node]["config"].get("meta") or {}).get("recomputed_by")
        return str(by) if by and self._nodes[node]["config"]["materialized"] == "incremental" else None

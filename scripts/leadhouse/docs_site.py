"""The documentation of all models as one page that needs no server and no network: `python -m leadhouse.docs_site`.

It is made from the project alone. No table is looked at, so nothing of anybody's data can get into it, and what it says
does not depend on a build; types of columns are those that the contracts promise.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import Any

from leadhouse import parsed, shortcuts
from leadhouse.paths import PROJECT_ROOT

SITE = PROJECT_ROOT / "target" / "docs.html"
# The browser itself holds the page to this: whatever dbt's scripts would fetch, they may not.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'; "
    "img-src data:; font-src data:; form-action 'none'"
)


def write_site(output: Path = SITE, project_root: Path = PROJECT_ROOT) -> Path:
    """Write the page, whole or not at all; gives where it is. Raises RuntimeError when dbt cannot read the project."""
    output.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".docs-") as name:
        folder = Path(name)
        shortcuts.take()
        parsed.take_over(folder, project_root)
        folder /= "target"
        _dbt(["parse"], folder, project_root)
        _dbt(["docs", "generate", "--no-compile", "--empty-catalog"], folder, project_root)
        manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        page = (folder / "index.html").read_text(encoding="utf-8")
        page = page.replace("<title>dbt Docs</title>", "<title>Leadhouse: the models</title>")
        page = page.replace("<head>", f'<head><meta http-equiv="Content-Security-Policy" content="{_POLICY}">', 1)
        for place, content in (("MANIFEST", _without_paths(manifest)), ("CATALOG", _catalog(manifest))):
            mark = f'"{place}.JSON INLINE DATA"'
            if mark not in page:
                raise RuntimeError(f"dbt's page has no place for {mark}; is this another version of dbt?")
            # Nothing in a text may end the script that it stands in.
            page = page.replace(mark, json.dumps(content).replace("</", "<\\/"))
        (folder / "docs.html").write_text(page, encoding="utf-8")
        os.replace(folder / "docs.html", output)
    return output


def _dbt(arguments: list[str], folder: Path, project_root: Path) -> None:
    from dbt.cli.main import dbtRunner

    places = [
        "--project-dir",
        project_root,
        "--profiles-dir",
        project_root,
        "--target-path",
        folder,
        "--log-path",
        folder,
    ]
    done = dbtRunner().invoke(["--quiet", *arguments, *map(str, places)])
    if not done.success:
        raise RuntimeError(f"dbt {' '.join(arguments)} failed: {done.exception or done.result}")


def _without_paths(manifest: dict[str, Any]) -> dict[str, Any]:
    """What dbt noted, without the folder in which the project stands: a page that is shown around need not tell it."""
    nodes = {
        key: {**node, **({"root_path": None} if "root_path" in node else {})} for key, node in manifest["nodes"].items()
    }
    return {**manifest, "nodes": nodes}


def _catalog(manifest: dict[str, Any]) -> dict[str, Any]:
    """The types of columns in the shape in which the page wants them, as the contracts say them."""
    nodes = {}
    for key, node in manifest["nodes"].items():
        types = {
            name: column["data_type"] for name, column in node.get("columns", {}).items() if column.get("data_type")
        }
        if types:
            nodes[key] = {
                "unique_id": key,
                "metadata": {"type": node["config"]["materialized"], "schema": node["schema"], "name": node["name"]},
                "columns": {
                    name: {"name": name, "type": kind, "index": place}
                    for place, (name, kind) in enumerate(types.items(), 1)
                },
                "stats": {},
            }
    return {"metadata": {}, "nodes": nodes, "sources": {}, "errors": None}


if __name__ == "__main__":
    print(write_site(Path(sys.argv[1]) if len(sys.argv) > 1 else SITE))

"""What a build took of a Spark cluster, model by model: processor time, bytes shuffled, spilled and written.

`python tests/python/spark_usage.py FOLDER [COUNT]`, with the folder of a cluster that was started with `--events`, prints the models
that shuffled most, and the sums.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

_NODE = re.compile(r'"node_id": "(?P<kind>\w+)\.leadhouse\.(?P<name>\w+)')


@dataclass
class Usage:
    """Sums over tasks: seconds of processor time, and bytes."""

    tasks: int = 0
    cpu_seconds: float = 0
    shuffle_bytes: int = 0
    spill_bytes: int = 0
    output_bytes: int = 0

    def add(self, other: Usage) -> None:
        """Sum up."""
        for field in fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))


def read_usage(folder: Path) -> dict[tuple[str, str], Usage]:
    """Kind and name of a node of dbt -> what its queries took; ("", "") stands for all other queries."""
    nodes: dict[int, tuple[str, str]] = {}
    usage: dict[tuple[str, str], Usage] = defaultdict(Usage)
    for event in _events(folder):
        if event["Event"] == "SparkListenerJobStart":
            properties = event.get("Properties") or {}
            found = _NODE.search(properties.get("spark.job.description") or "")
            for stage in event["Stage IDs"]:
                nodes[stage] = (found["kind"], found["name"]) if found else ("", "")
        elif event["Event"] == "SparkListenerTaskEnd" and event.get("Task Metrics"):
            usage[nodes.get(event["Stage ID"], ("", ""))].add(_of_task(event["Task Metrics"]))
    return usage


def _of_task(metrics: dict[str, Any]) -> Usage:
    return Usage(
        tasks=1,
        cpu_seconds=metrics["Executor CPU Time"] / 1e9,
        shuffle_bytes=metrics["Shuffle Write Metrics"]["Shuffle Bytes Written"],
        spill_bytes=metrics["Disk Bytes Spilled"],
        output_bytes=metrics["Output Metrics"]["Bytes Written"],
    )


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(path for path in (folder / "events").rglob("*") if path.is_file()):
        with file.open(encoding="utf-8") as lines:
            for line in lines:
                if line.startswith('{"Event":"SparkListener'):
                    yield json.loads(line)


def main() -> None:
    usage, count = read_usage(Path(sys.argv[1])), int(sys.argv[2]) if len(sys.argv) > 2 else 20
    total = Usage()
    for one in usage.values():
        total.add(one)
    print(f"{'node':<60}" + "".join(f"{field.name:>16}" for field in fields(Usage)))
    ranked = sorted(usage.items(), key=lambda pair: -pair[1].shuffle_bytes)[:count]
    for (kind, name), one in [*ranked, (("", "sum"), total)]:
        values = "".join(f"{getattr(one, field.name):>16,.0f}" for field in fields(Usage))
        print(f"{kind + ' ' + name:<60}{values}")


if __name__ == "__main__":
    main()

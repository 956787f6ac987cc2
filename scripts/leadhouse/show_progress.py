"""Progress of a build: a line that changes on a terminal, else a line per model."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar
from rich.table import Column
from rich.text import Text

from leadhouse.runner import NodeResult, Note, Progress
from leadhouse.show import plain

# Before this share of a build is done, how long the rest takes is anybody's guess.
_SHARE_TO_JUDGE = 0.05


@contextmanager
def progress(out: Console, seconds_before: Mapping[str, float]) -> Iterator[Callable[[Progress | Note], None]]:
    """Give what is to be told of each step.

    A terminal shows how far the build is, and a line for each failure and for whatever takes notes. Elsewhere there is
    one line per model, seed and failed test. `seconds_before` is what each node took in the build before, by name: the
    time that is left is judged by it.
    """
    if not out.file.isatty() or not out.is_terminal or out.is_dumb_terminal:
        yield lambda step: _print_step(out, step)
        return
    line = TextColumn(
        "{task.description}", markup=False, table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")
    )
    with Bar(SpinnerColumn(), BarColumn(bar_width=12), line, console=out, transient=True, expand=True) as bar:
        task = bar.add_task("starting", total=None)
        course = _Course(dict(seconds_before))

        def step_on(step: Progress | Note) -> None:
            if isinstance(step, Note) or step.node.has_failed:
                _print_step(out, step)
            if isinstance(step, Progress):
                course.take(step)
                bar.update(task, completed=course.share, total=1, description=course.words(step))

        yield step_on


@dataclass
class _Course:
    """How far a build is."""

    seconds_before: dict[str, float]
    started: float = field(default_factory=time.monotonic)
    # dbt takes a while to begin, which says nothing about how long the nodes will take.
    first_done: float | None = None
    done: Counter[str] = field(default_factory=Counter)
    share: float = 0.0
    _latest: str = ""
    _seconds_done: float = 0.0

    def take(self, step: Progress) -> None:
        """Count a finished node."""
        node = step.node
        self.first_done = self.first_done or time.monotonic()
        is_over = node.has_failed or node.status == "skipped"
        self.done[("failed" if node.has_failed else "skipped") if is_over else "test" if node.is_test else "model"] += 1
        self._seconds_done += self.seconds_before.pop(node.name, 0.0)
        left = sum(self.seconds_before.values())
        # Without a build before, or one that was quite another, each node counts the same.
        is_known = self._seconds_done > 0
        self.share = self._seconds_done / (self._seconds_done + left) if is_known else step.count_done / step.count_all
        if not node.is_test:
            self._latest = node.name

    def words(self, step: Progress) -> str:
        """What the line says: the most useful first, for a narrow terminal cuts its end."""
        now = time.monotonic()
        left = ""
        if self.first_done is not None and self.share > _SHARE_TO_JUDGE:
            left = f", {_clock((now - self.first_done) * (1 / self.share - 1))} left"
        failed = f", {self.done['failed']} failed" if self.done["failed"] else ""
        counts = f"{self.done['model']} models, {self.done['test']} tests passed{failed}"
        return (
            f"{step.count_done}/{step.count_all}  {_clock(now - self.started)}{left}  {counts}  {plain(self._latest)}"
        )


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def _print_step(out: Console, step: Progress | Note) -> None:
    if isinstance(step, Note):
        out.print(Text(plain(step.text)))
        return
    node = step.node
    if not node.is_test or node.has_failed:
        out.print(Text(_node_line(node, step), style=_style(node)))


def _node_line(node: NodeResult, step: Progress) -> str:
    width = len(str(step.count_all))
    place = f"[{step.count_done:>{width}}/{step.count_all}]"
    return f"{place} {node.status:<8} {node.kind:<6} {plain(node.name)}  {node.seconds:.2f} s"


def _style(node: NodeResult) -> str:
    if node.has_failed:
        return "red"
    return "dim" if node.status == "skipped" else ""

"""Pictures of lines as SVG, small enough that the page's script can draw them again the same way."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 250
LEFT, RIGHT, TOP, BOTTOM = 46, 24, 10, 28
# The least distance of two marks, as a share of the width.
_MARK_GAP = 0.06
Scale = Callable[[float], str]


@dataclass(frozen=True)
class Series:
    """A line: points of x and y, and an optional band of (x, low, high)."""

    name: str
    points: Sequence[tuple[float, float]]
    band: Sequence[tuple[float, float, float]] = ()


@dataclass(frozen=True)
class Mark:
    """A point worth a name."""

    x: float
    y: float
    name: str


@dataclass(frozen=True)
class LineChart:
    """Lines over a common x; `ticks` are places on it with their words. With `is_share` y is a share, else a number.

    `marks` are named points on top; those that are too near to each other for names of their own share a place for them.
    """

    lines: Sequence[Series]
    ticks: Sequence[tuple[float, str]]
    y_title: str
    is_share: bool = False
    is_stepped: bool = False
    marks: Sequence[Mark] = ()

    def svg(self, label: str) -> str:
        """The drawing."""
        xs = [x for line in self.lines for x, _ in line.points] or [0.0]
        ys = [y for line in self.lines for _, y in line.points]
        ys += [high for line in self.lines for _, _, high in line.band]
        low, high = min(xs), max(xs)
        step = nice_step(max(ys, default=0.0))
        top = step * max(1, math.ceil(max(ys, default=0.0) / step - 1e-9))

        def across(x: float) -> str:
            return f"{LEFT + (x - low) / ((high - low) or 1) * (WIDTH - LEFT - RIGHT):.1f}"

        def down(y: float) -> str:
            return f"{HEIGHT - BOTTOM - y / top * (HEIGHT - TOP - BOTTOM):.1f}"

        parts = []
        for number in range(round(top / step) + 1):
            y = number * step
            parts.append(f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{down(y)}" y2="{down(y)}"/>')
            words = f"{y * 100:.4g} %" if self.is_share else f"{y:,.10g}"
            parts.append(f'<text x="{LEFT - 6}" y="{down(y)}" dy="4" text-anchor="end">{words}</text>')
        for x, words in self.ticks:
            parts.append(f'<text x="{across(x)}" y="{HEIGHT - 8}" text-anchor="middle">{escape(words)}</text>')
        for number, line in enumerate(self.lines):
            if line.band:
                upper = self._path([(x, high) for x, _, high in line.band], across, down)
                lower = self._path([(x, low) for x, low, _ in line.band], across, down)
                back = " ".join("L" + point for point in reversed(_points(lower)))
                parts.append(f'<path class="band line{number}" d="{upper} {back} Z"/>')
            if line.points:
                parts.append(f'<path class="line line{number}" d="{self._path(line.points, across, down)}"/>')
        parts += [f'<circle class="mark" cx="{across(one.x)}" cy="{down(one.y)}" r="4.5"/>' for one in self.marks]
        for x, y, name in _named(self.marks, (high - low) * _MARK_GAP):
            is_late = x > low + (high - low) * 0.6
            side, anchor = ("-8", "end") if is_late else ("8", "start")
            # A score mostly rises after it has brought somebody further, so there is room below.
            dy = "-8" if y < 0.1 * top else "17"
            parts.append(
                f'<text class="mark" x="{across(x)}" y="{down(y)}" dx="{side}" dy="{dy}" text-anchor="{anchor}">{escape(name)}</text>'
            )
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'

    def _path(self, points: Sequence[tuple[float, float]], across: Scale, down: Scale) -> str:
        places = []
        for number, (x, y) in enumerate(points):
            if self.is_stepped and number:
                places.append(f"{across(x)},{down(points[number - 1][1])}")
            places.append(f"{across(x)},{down(y)}")
        return "M" + " L".join(places)


def nice_step(highest: float) -> float:
    """A distance of grid lines, 1, 2 or 5 times a power of ten, of which four or five reach the highest value."""
    if highest <= 0:
        return 1.0
    raw = highest / 4
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 5, 10) if raw <= factor * power * (1 + 1e-9))


def _named(marks: Sequence[Mark], gap: float) -> list[tuple[float, float, str]]:
    """Places and names of marks; the name of one that follows another too closely stands with the other's."""
    found: list[tuple[float, float, str]] = []
    for one in sorted(marks, key=lambda mark: mark.x):
        if found and one.x - found[-1][0] <= gap:
            found[-1] = (found[-1][0], found[-1][1], f"{found[-1][2]}, {one.name}")
        else:
            found.append((one.x, one.y, one.name))
    return found


def _points(path: str) -> list[str]:
    return path[1:].split(" L")

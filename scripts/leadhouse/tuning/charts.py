"""Pictures for reports: Vega-Lite drawn to SVG, in colours that read on light and on dark paper."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_INK = "currentColor"
# Okabe and Ito's colours, told apart by colour-blind readers too; each also has a line of its own.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
_DASHES: tuple[list[int], ...] = ([], [6, 3], [2, 2], [8, 3, 2, 3])
_SIZE = {"width": 620, "height": 240}


@dataclass(frozen=True)
class Line:
    """A named line over x; `low` and `high`, where given, are drawn as a band around it. Nulls leave gaps."""

    name: str
    values: Sequence[float | None]
    low: Sequence[float | None] | None = None
    high: Sequence[float | None] | None = None


@dataclass(frozen=True)
class LineChart:
    """Lines over one x axis. `marks` are vertical lines with their words; `span` shades from one x to another."""

    x_title: str
    y_title: str
    x: Sequence[Any]
    lines: Sequence[Line]
    y_format: str = ""
    marks: Mapping[str, Any] = field(default_factory=dict)
    span: tuple[Any, Any] | None = None
    is_time: bool = False

    def svg(self) -> str:
        """The drawing, for a page of its own text colour."""
        # Drawing takes longer to load than everything else of the package.
        import vl_convert

        return str(vl_convert.vegalite_to_svg(self._spec()))

    def _spec(self) -> dict[str, Any]:
        x: dict[str, Any] = {
            "field": "x",
            "type": "temporal" if self.is_time else "quantitative",
            "title": self.x_title,
        }
        if not self.is_time:
            x["scale"] = {"nice": False, "zero": False}
        names = [line.name for line in self.lines]
        colour = {
            "field": "name",
            "type": "nominal",
            "scale": {"domain": names, "range": list(_COLOURS[: len(names)])},
            "title": None,
            "legend": {
                "symbolOpacity": 1,
                "symbolStrokeWidth": 2.5,
                "symbolSize": 400,
                "symbolFillColor": "transparent",
            },
        }
        dash = {
            "field": "name",
            "type": "nominal",
            "scale": {"domain": names, "range": [list(one) or [1, 0] for one in _DASHES[: len(names)]]},
            "title": None,
        }
        y = {
            "field": "y",
            "type": "quantitative",
            "title": self.y_title,
            "axis": {"format": self.y_format} if self.y_format else {},
        }
        layers: list[dict[str, Any]] = []
        if self.span:
            layers.append(
                {
                    "data": {"values": [{"x": _plain(self.span[0]), "x2": _plain(self.span[1])}]},
                    "mark": {"type": "rect", "color": _INK, "opacity": 0.08},
                    "encoding": {"x": x, "x2": {"field": "x2"}},
                }
            )
        layers.append(
            {
                "mark": {"type": "area", "opacity": 0.18},
                "encoding": {
                    "x": x,
                    "y": y | {"field": "low"},
                    "y2": {"field": "high"},
                    "color": colour,
                },
            }
        )
        layers.append(
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"x": x, "y": y, "color": colour, "strokeDash": dash},
            }
        )
        for words, place in self.marks.items():
            data = {"values": [{"x": _plain(place), "words": words}]}
            layers.append(
                {"data": data, "mark": {"type": "rule", "color": _INK, "strokeDash": [3, 3]}, "encoding": {"x": x}}
            )
            layers.append(
                {
                    "data": data,
                    "mark": {
                        "type": "text",
                        "color": _INK,
                        "align": "left",
                        "dx": 4,
                        "baseline": "top",
                        "fontSize": 11,
                    },
                    "encoding": {
                        "x": x,
                        "y": {"value": 2 + 13 * list(self.marks).index(words)},
                        "text": {"field": "words"},
                    },
                }
            )
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
            **_SIZE,
            "background": None,
            "data": {"values": self._rows()},
            "layer": layers,
            "config": {
                "font": "system-ui, sans-serif",
                "view": {"stroke": None},
                "axis": {
                    **{f"{part}Color": _INK for part in ("label", "title", "domain", "tick", "grid")},
                    "gridOpacity": 0.12,
                    "titleFontWeight": "normal",
                },
                "legend": {"labelColor": _INK, "orient": "top", "symbolType": "stroke"},
            },
        }

    def _rows(self) -> list[dict[str, Any]]:
        rows = []
        for line in self.lines:
            lows, highs = line.low or [None] * len(self.x), line.high or [None] * len(self.x)
            for place, value, low, high in zip(self.x, line.values, lows, highs, strict=True):
                rows.append({"name": line.name, "x": _plain(place), "y": value, "low": low, "high": high})
        return rows


def _plain(place: Any) -> Any:
    return place.isoformat() if hasattr(place, "isoformat") else place

"""The words, tables and pictures of the reports on thresholds, comparisons and backtests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from leadhouse.tuning.backtest import Backtest
from leadhouse.tuning.charts import Line, LineChart
from leadhouse.tuning.compare import Comparison
from leadhouse.tuning.report import Section, Table
from leadhouse.tuning.threshold import PeriodResult, ThresholdFigures, ThresholdResult, interval_words, thinned

LABELS = {
    "entries_per_week": "entries a week",
    "precision": "precision",
    "recall": "recall",
    "lift": "lift",
    "head_start_days": "median days of head start",
    "profit": "profit",
}


def share(value: float | None) -> str:
    """A share in per cent, a dash where there is none."""
    return "-" if value is None else f"{value:.1%}"


def number(value: float | None, digits: int = 1) -> str:
    """A number with separators, a dash where there is none."""
    return "-" if value is None else f"{value:,.{digits}f}"


def figure(name: str, value: float | None) -> str:
    """A measure as it is read."""
    if name in ("precision", "recall"):
        return share(value)
    return number(value, {"profit": 0, "lift": 2}.get(name, 1))


def threshold_table(result: PeriodResult, kept: Sequence[float], limit: int) -> Table:
    """One row per threshold, among them those to be kept, which stand out."""
    figures = thinned(result.figures, kept, limit)
    has_profit = any(one.profit is not None for one in figures)
    headings = [
        "threshold",
        "a week",
        "judged",
        "outcomes",
        "precision",
        "95 %",
        "recall",
        "missed",
        "lift",
        "95 %",
        "head start",
    ]
    rows = [_threshold_row(one, has_profit) for one in figures]
    marked = [place for place, one in enumerate(figures) if one.threshold in kept]
    return Table([*headings, "profit"] if has_profit else headings, rows, marked)


def threshold_sections(results: Sequence[ThresholdResult], stage: str, outcome: str, decided_by: str) -> list[Section]:
    """The sections for all leads, and one table for the segments."""
    whole = results[0]
    kept = standing_out(whole)
    sections = [
        Section(
            "How thresholds would have done",
            _caption(whole, stage, outcome, decided_by),
            charts=_threshold_charts(whole, stage),
            tables=[threshold_table(whole.train, kept, 25)],
        ),
        Section(
            "On the later period, which the choice never saw",
            _span("Entries", whole.later) + f" {whole.later.count_wins:,} leads had the outcome in it.",
            tables=[threshold_table(whole.later, kept, 25)],
        ),
        Section("Has the world changed?", _drift_words(whole)),
    ]
    if len(results) > 1:
        rows = [
            [
                one.segment or "",
                "-" if one.recommendation is None else f"{one.recommendation.threshold:g}",
                interval_words(one),
                f"{one.train.count_wins:,}",
                one.verdict,
            ]
            for one in results[1:]
        ]
        sections.append(
            Section(
                "By segment",
                "Segments with fewer wins are not tuned by themselves.",
                tables=[Table(["segment", "best", "95 %", "wins", "verdict"], rows)],
            )
        )
    return sections


def comparison_table(found: Comparison) -> Table:
    """One row per measure."""
    rows = [
        [
            LABELS[one.name],
            figure(one.name, one.champion),
            figure(one.name, one.challenger),
            f"{_signed(one.name, one.difference_low)} to {_signed(one.name, one.difference_high)}"
            if one.difference_low is not None
            else "-",
        ]
        for one in found.measures
    ]
    marked = [place for place, one in enumerate(found.measures) if one.is_certain]
    return Table(["", found.champion, found.challenger, "difference, 95 %"], rows, marked)


def comparison_verdict(found: Comparison) -> str:
    """What is certain about the difference."""
    certain = [one for one in found.measures if one.is_certain]
    if not certain:
        return f"No difference between {found.champion} and {found.challenger} is beyond chance."
    parts = [
        f"{LABELS[one.name]} {figure(one.name, one.champion)} → {figure(one.name, one.challenger)}" for one in certain
    ]
    return f"{found.challenger} instead of {found.champion}, beyond chance: {', '.join(parts)}."


def comparison_sections(found: Comparison) -> list[Section]:
    """The sections of a comparison."""
    overlap = found.overlap
    words = (
        f"{overlap.both:,} leads enter {found.stage} by both, {overlap.champion_only:,} by {found.champion} only, "
        f"{overlap.challenger_only:,} by {found.challenger} only; of those who enter by both, {overlap.champion_earlier:,} do so earlier by "
        f"{found.champion} and {overlap.challenger_earlier:,} by {found.challenger}."
    )
    by_segment = [
        [
            one.segment,
            f"{one.champion_entries:,}",
            f"{one.challenger_entries:,}",
            share(one.champion_precision),
            share(one.challenger_precision),
        ]
        for one in found.segments
    ]
    movers = [
        [one.lead_id, one.segment, _day(one.champion_at), _day(one.challenger_at), _day(one.outcome_at)]
        for one in found.movers[:50]
    ]
    period = found.period
    caption = (
        f"The same leads and the same clock: entries from {_day(period.starts_at)} on and before {_day(period.judged_until)}, "
        f"so that each had {period.horizon_days} days for the outcome {found.outcome}. Too young to judge and left out: "
        f"{found.count_too_young[0]:,} and {found.count_too_young[1]:,} entries. Rows that stand out differ beyond chance."
    )
    return [
        Section("Side by side", caption, tables=[comparison_table(found)]),
        Section(
            "Who moves",
            words,
            tables=[Table(["lead", "segment", found.champion, found.challenger, found.outcome], movers)],
        ),
        Section(
            "By segment",
            "Judged entries and precision.",
            tables=[
                Table(
                    [
                        "segment",
                        *(f"{card}: entries" for card in _cards(found)),
                        *(f"{card}: precision" for card in _cards(found)),
                    ],
                    by_segment,
                )
            ],
        ),
    ]


def backtest_table(found: Backtest) -> Table:
    """One row per date."""
    rows = [
        [
            _day(step.origin),
            "-" if step.threshold is None else f"{step.threshold:g}",
            "-" if step.low is None else f"{step.low:g} to {step.high:g}",
            f"{step.present.count_entries if step.chosen is None else step.chosen.count_entries:,}",
            share(step.chosen.precision if step.chosen else None),
            share(step.chosen.recall if step.chosen else None),
            number(step.chosen.objective if step.chosen else None, 3),
            number(step.present.objective, 3),
            f"{number(step.best.objective, 3)} at {step.best.threshold:g}",
        ]
        for step in found.steps
    ]
    return Table(
        [
            "chosen on",
            "threshold",
            "95 %",
            "judged after",
            "precision",
            "recall",
            "objective",
            "at present",
            "by hindsight",
        ],
        rows,
    )


def backtest_sections(found: Backtest) -> list[Section]:
    """The sections of a backtest."""
    dates = [step.origin for step in found.steps]
    chart = LineChart(
        "chosen on",
        "threshold",
        dates,
        [
            Line(
                "chosen",
                [step.threshold for step in found.steps],
                [step.low for step in found.steps],
                [step.high for step in found.steps],
            ),
            Line("at present", [step.present.threshold for step in found.steps]),
        ],
        is_time=True,
    )
    caption = "At each date the threshold is chosen on all entries before it, with what was known then, and judged by those that follow until the next date."
    return [
        Section(
            "Through time",
            caption,
            charts=[("The threshold chosen at each date, with its 95 % interval.", chart)],
            tables=[backtest_table(found)],
        )
    ]


def _threshold_row(one: ThresholdFigures, has_profit: bool) -> list[str]:
    row = [
        f"{one.threshold:g}",
        number(one.entries_per_week),
        f"{one.count_entries:,}",
        f"{one.count_hits:,}",
        share(one.precision),
        f"{share(one.precision_low)} to {share(one.precision_high)}",
        share(one.recall),
        share(one.missed_share),
        number(one.lift, 2),
        f"{number(one.lift_low, 2)} to {number(one.lift_high, 2)}",
        "-" if one.head_start_days is None else f"{one.head_start_days:.0f} d",
    ]
    return [*row, number(one.profit, 0)] if has_profit else row


def _threshold_charts(result: ThresholdResult, stage: str) -> list[tuple[str, LineChart]]:
    x = [one.threshold for one in result.train.figures]
    marks = {"present": result.present}
    span = None
    if result.recommendation is not None:
        marks["best"] = result.recommendation.threshold
        span = (result.recommendation.low, result.recommendation.high)

    def chart(title: str, lines: list[Line], text_format: str = "") -> LineChart:
        return LineChart("threshold", title, x, lines, text_format, marks, span)

    def both(pick: Callable[[ThresholdFigures], float | None]) -> list[Line]:
        periods = {"earlier period": result.train, "later period": result.later}
        return [Line(name, [pick(one) for one in period.figures]) for name, period in periods.items()]

    precision = Line(
        "precision",
        [one.precision for one in result.train.figures],
        [one.precision_low for one in result.train.figures],
        [one.precision_high for one in result.train.figures],
    )
    recall = Line("recall", [one.recall for one in result.train.figures])
    return [
        (
            "What is maximised. The grey span is the 95 % interval of the best threshold.",
            chart("objective", both(lambda one: one.objective)),
        ),
        (
            "Precision with its 95 % interval, and recall, on the earlier period.",
            chart("share", [precision, recall], ".0%"),
        ),
        (f"Entries into {stage} a week.", chart("entries a week", both(lambda one: one.entries_per_week))),
    ]


def _caption(result: ThresholdResult, stage: str, outcome: str, decided_by: str) -> str:
    young = result.train.at(result.present).count_too_young
    others = f"Every other rule of {stage} is as it was" + (
        ", and so is what the CRM says." if decided_by == "authority" else "; what the CRM says is left out."
    )
    return (
        _span("Entries", result.train)
        + f" {result.train.count_wins:,} leads had the outcome {outcome} in the period. Too young to judge and left out: {young:,} entries at the present "
        f"threshold. Lift is held against leads of the same ages drawn at random. {others}"
    )


def _span(what: str, period: PeriodResult) -> str:
    return f"{what} from {_day(period.starts_at)} on and before {_day(period.judged_until)}, judged by what was known on {_day(period.ends_at)}."


def _drift_words(result: ThresholdResult) -> str:
    drift = result.drift
    if drift.warnings:
        return " ".join(drift.warnings)
    return (
        f"Nothing speaks for it: the base rate is {share(drift.train_base_rate)} in the earlier and {share(drift.later_base_rate)} in the later period; "
        f"the population stability index of scores at 30 days of age is {number(drift.stability, 3)}."
    )


def standing_out(result: ThresholdResult) -> list[float]:
    """The thresholds that tables show in any case: the present one and the best."""
    return [result.present, *([result.recommendation.threshold] if result.recommendation else [])]


def _cards(found: Comparison) -> tuple[str, str]:
    return found.champion, found.challenger


def _signed(name: str, value: float | None) -> str:
    return ("+" if value is not None and value > 0 else "") + figure(name, value)


def _day(moment: datetime | None) -> str:
    return "-" if moment is None else f"{moment:%Y-%m-%d}"

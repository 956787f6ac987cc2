"""The words and tables of the report on learned points."""

from __future__ import annotations

from collections.abc import Sequence

from leadhouse.tuning.pages import number, share
from leadhouse.tuning.points import PointsReport, RuleFigures
from leadhouse.tuning.points_quality import Band, Interval, Quality
from leadhouse.tuning.report import Section, Table


def verdict(found: PointsReport) -> str:
    """The result in a sentence."""
    if found.verdict == "no lift":
        return "No lift: on leads that it has not seen, no card does better than chance."
    decisive = found.held_out if found.time_split is None else found.time_split.steady.later
    whom = "leads that it has not seen" if found.time_split is None else "later leads that it has not seen"
    count = len(found.card.rules)
    return f"A card of {count} rule{'s' if count != 1 else ''} tells winners from others with an AUC of {_spread(decisive.auc)} on {whom}."


def warnings(found: PointsReport, left_out: Sequence[str]) -> list[str]:
    """What to be wary of: what leaks was left out, points that go against common sense, and drift."""
    words = [f"Left out, for it may know the outcome: {leak}" for leak in left_out]
    words += [f"{leak.column} {leak.says}: it may know the outcome." for leak in found.leaks]
    words += [f"{sign.rule_id} gets {sign.points} points: {sign.says}." for sign in found.odd_signs]
    return words + ([] if found.time_split is None else list(found.time_split.warnings))


def card_table(rules: Sequence[RuleFigures]) -> Table:
    """One row per rule of the card."""
    headings = ["rule", "points", "group", "leads", "with outcome", "95 %", "lift", "95 %"]
    return Table(headings, [[one.rule_id, f"{one.points:+d}", one.group_id, *_figures(one)] for one in rules])


def champion_table(rules: Sequence[RuleFigures]) -> Table:
    """One row per rule of the champion, those first that tell most; those that tell nothing stand out."""
    ordered = sorted(rules, key=lambda one: one.lift.value if one.lift else 0.0, reverse=True)
    rows = [[one.rule_id, *_figures(one), says(one)] for one in ordered]
    marked = [place for place, one in enumerate(ordered) if says(one) == "nothing"]
    headings = ["rule", "leads", "with outcome", "95 %", "lift", "95 %", "tells"]
    return Table(headings, rows, marked)


def says(rule: RuleFigures) -> str:
    """Whether leads for which a rule holds come to the outcome more or less often than all leads, beyond chance."""
    if rule.lift is None:
        return "nothing"
    return "more" if rule.lift.low > 1 else "less" if rule.lift.high < 1 else "nothing"


def sections(found: PointsReport, champion: Sequence[RuleFigures], champion_auc: Interval) -> list[Section]:
    """The sections of the report."""
    parts = [
        Section("The card", _card_words(found), tables=[card_table(found.rules)]),
        Section(
            "On leads that it has not seen", _quality_words(found, champion_auc), tables=[_band_table(found.bands)]
        ),
    ]
    if found.time_split is not None:
        split, steady = found.time_split, found.time_split.steady
        words = (
            f"Learned on {split.earlier_leads:,} leads before {str(split.until)[:10]} ({share(split.earlier_rate.value)} with the outcome), tried on "
            f"{steady.later.leads:,} after ({share(split.later_rate.value)}): {_described(steady.later)}. Boosted trees: "
            f"{'-' if split.yardstick is None else _spread(split.yardstick.auc)}. A card that had not known which leads were later: "
            f"{_spread(split.careless.later.auc)}."
        )
        drift = [
            [
                one.kind,
                one.name,
                share(one.earlier) if one.kind == "rule" else number(one.earlier, 2),
                share(one.later) if one.kind == "rule" else number(one.later, 2),
                number(one.index, 3),
            ]
            for one in steady.drift
        ]
        marked = [place for place, one in enumerate(steady.drift) if one.is_much]
        parts.append(
            Section(
                "In time",
                words,
                tables=[
                    _band_table(steady.bands),
                    Table(["what", "name", "earlier", "later", "stability index"], drift, marked),
                ],
            )
        )
    parts.append(
        Section(
            "Rules of the champion",
            "At the same decision times. Rules that tell nothing beyond chance stand out.",
            tables=[champion_table(champion)],
        )
    )
    return parts


def _figures(one: RuleFigures) -> list[str]:
    rate = "-" if one.rate is None else share(one.rate.value)
    span = "-" if one.rate is None else f"{share(one.rate.low)} to {share(one.rate.high)}"
    lift = "-" if one.lift is None else number(one.lift.value, 2)
    lift_span = "-" if one.lift is None else f"{number(one.lift.low, 2)} to {number(one.lift.high, 2)}"
    return [f"{one.leads:,}", rate, span, lift, lift_span]


def _band_table(bands: Sequence[Band]) -> Table:
    rows = [
        [
            f"{one.least} to {one.most}",
            f"{one.leads:,}",
            f"{one.wins:,}",
            share(one.rate.value),
            f"{share(one.rate.low)} to {share(one.rate.high)}",
            share(one.expected),
            number(one.lift, 2),
        ]
        for one in bands
    ]
    return Table(["score", "leads", "outcomes", "share", "95 %", "foretold", "lift"], rows)


def _card_words(found: PointsReport) -> str:
    limits = [
        f"{group.group_id} gives {'any' if group.min_points is None else group.min_points} to {'any' if group.max_points is None else group.max_points} points"
        for group in found.card.groups
        if (group.min_points, group.max_points) != (None, None)
    ]
    return (
        f"Learned on {found.leads:,} leads, {found.wins:,} of them with the outcome. The highest score is {found.card.max_score}."
        + (f" Limits: {'; '.join(limits)}." if limits else "")
    )


def _quality_words(found: PointsReport, champion_auc: Interval) -> str:
    words = f"Cross-validated: {_described(found.held_out)}."
    if found.yardstick is not None:
        words += f" Boosted trees reach {_spread(found.yardstick.auc)}: the card gives up {found.yardstick.loss:.3f} against them."
    return (
        words
        + f" The champion's score, with the points that sales' own activities bring, has {_spread(champion_auc)} on the same leads."
    )


def _described(quality: Quality) -> str:
    return (
        f"AUC {_spread(quality.auc)}, average precision {quality.average_precision:.3f} at a base rate of {share(quality.base_rate)}, "
        f"Brier score {quality.brier:.4f}"
    )


def _spread(interval: Interval) -> str:
    return f"{interval.value:.3f} ({interval.low:.3f} to {interval.high:.3f})"

"""Where the scores of the leads lie, and what a score has been worth."""

from __future__ import annotations

from leadhouse.report.blocks import NOW, Column, Context, Cube, Picture, Place, Section, Table, Words, literal, month
from leadhouse.report.charts import LineChart, Series


def section(context: Context) -> Section:
    """Distribution and calibration by band of the champion scorecard, and its drift by month."""
    card = f"scorecard_id = {literal(context.scorecard)}"
    newest = f"score_month = (select max(score_month) from marts.scorecard_performance where {card})"
    context.store.add(
        Cube("bands", "marts.scorecard_performance", {"leads": "sum(count_leads)"}, group="score_band", where=f"{card} and {newest}", order="min(min_score)"),
        Cube(
            "worth", "marts.scorecard_performance", {"leads": "sum(count_leads)", "wins": "sum(count_wins)"},
            group="score_band", where=f"{card} and is_mature", order="min(min_score)",
        ),
        Cube("grades", "marts.lead_scores", {"leads": "count(*)"}, group="grade", where="is_champion", order="2"),
        Cube(
            "drift", "marts.scorecard_drift",
            {"leads": "max(count_leads)", "score": "max(average_score)", "shift": "max(population_stability_index)",
             "auc": "max(roc_auc)", "auc_low": "max(roc_auc_low)", "auc_high": "max(roc_auc_high)"},
            group=f"strftime({month('score_month')}, '%Y-%m')", where=card, order="2 desc",
        ),
    )  # fmt: skip
    return Section(
        "scores",
        "Scores",
        NOW,
        [
            Words([f"By the champion scorecard, {context.scorecard}."]),
            Table(
                "bands", "Leads by score, as the newest month ended, and what became of earlier leads with such a score", "Score",
                columns=[
                    Column("Leads", "count", "bands.leads", words="Leads that were no customers, by their score as the newest month ended."),
                    Column("Bought later", "rate", "worth.wins", "worth.leads", words="Of the leads with such a score as any earlier month ended, those that bought in the days that followed (outcome_days). A lead stands in each month of its life."),
                ],
                groups="bands", bar=0,
            ),
            Picture("Share of earlier leads that bought later, by score, with the 95 % interval", _calibration(context)),
            Words(["A score is worth something where the share that bought later grows from band to band."], is_soft=True),
            Table("grades", "Leads by grade: fit from A to D, engagement from 1 to 4", "Grade", columns=[Column("Leads", "count", "grades.leads", words="Leads with that grade now.")], groups="grades", bar=0, is_folded=True),
            Table(
                "drift", "The scorecard by month", "Month",
                columns=[
                    Column("Leads", "count", "drift.leads"),
                    Column("Mean score", "hours", "drift.score"),
                    Column("Shift against the month before", "ratio", "drift.shift", words="Population stability index; above 0.25 the scores have shifted."),
                    Column("Ranks buyers first", "ratio", "drift.auc", low="drift.auc_low", high="drift.auc_high", words="Area under the ROC curve: 0.5 is chance, 1 is perfect. Empty while the outcome is not known."),
                ],
                groups="drift", limit=18, is_folded=True,
            ),
        ],
    )  # fmt: skip


def _calibration(context: Context) -> LineChart:
    column = Column("Bought later", "rate", "worth.wins", "worth.leads")
    bands = [one for one in context.store.groups["worth"] if one is not None]
    found = [context.store.estimate(column, Place(key=one, has_key=True)) for one in bands]
    points = [(float(place), one.value) for place, one in enumerate(found) if one.value is not None]
    ends = [
        (float(place), one.low, one.high)
        for place, one in enumerate(found)
        if one.low is not None and one.high is not None
    ]
    ticks = [(float(place), one) for place, one in enumerate(bands)]
    return LineChart([Series("Bought later", points, ends)], ticks, "share that bought", is_share=True)

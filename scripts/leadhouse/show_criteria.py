"""Printing what a change of the criteria would do."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.criteria_diff import ChannelEffect, CriteriaDiff, Effect, LeadExample, StageEffect
from leadhouse.criteria_sets import RowChange
from leadhouse.show import plain

_SIGNS = {"added": ("+", "green"), "removed": ("-", "red"), "changed": ("~", "yellow")}


def diff(out: Console, found: CriteriaDiff) -> None:
    """Print the rows that differ, and the effect on the leads."""
    out.print(Text(f"Criteria of {plain(found.after)} against those of {plain(found.before)}", style="bold"))
    if not found.rows:
        out.print("Nothing differs.")
        return
    file = ""
    for row in found.rows:
        if row.file != file:
            file = row.file
            out.print(Text(f"\n{file}", style="bold"))
        _row(out, row)
    out.print("")
    if found.effect is None:
        out.print("No score and no stage depends on these rows; the next build only uses them elsewhere.")
    else:
        _effect(out, found, found.effect)
    out.print(f"Took {found.seconds:.1f} s. Nothing was changed.")


def _row(out: Console, row: RowChange) -> None:
    sign, style = _SIGNS[row.kind]
    key = ", ".join(f"{column} {_cell(value)}" for column, value in row.key.items())
    line = f" (line {row.line})" if row.line else ""
    out.print(Text(f"  {sign} {row.kind}{line}: {key}", style=style))
    for column, (before, after) in row.cells.items():
        if row.kind == "changed":
            out.print(Text(f"      {column}: {_cell(before)} -> {_cell(after)}"))
        elif column not in row.key:
            out.print(Text(f"      {column}: {_cell(after if row.kind == 'added' else before)}"))


def _effect(out: Console, found: CriteriaDiff, effect: Effect) -> None:
    out.print(Text(f"Effect on {effect.count_leads:,} leads as of {found.as_of:%Y-%m-%d %H:%M:%S} UTC", style="bold"))
    if found.build_id != found.published_build_id:
        out.print(
            Text(f"They are those of build {plain(found.build_id)}, which is not the published one.", style="yellow")
        )
    if effect.count_other_causes:
        out.print(
            Text(
                f"Warning: {effect.count_other_causes:,} leads differ from that build by the same criteria already: models, "
                "variables or raw tables have changed since. The figures below are the criteria's alone.",
                style="yellow",
            )
        )
    if effect.champion_before != effect.champion_after:
        out.print(f"  champion {plain(effect.champion_before)} -> {plain(effect.champion_after)}")
    if effect.count_leads_gained or effect.count_leads_lost:
        out.print(
            f"  besides, {effect.count_leads_gained:,} are leads by these criteria only, and {effect.count_leads_lost:,} by those "
            "before only"
        )
    out.print(
        f"  another score: {effect.count_scores_changed:,} ({effect.count_scores_up:,} up, {effect.count_scores_down:,} down)"
        f"; another grade: {effect.count_grades_changed:,}"
    )
    for stage in effect.stages:
        out.print(
            f"  {stage.stage.upper()}: {stage.count_gained:,} gain it, {stage.count_lost:,} lose it "
            f"({stage.count_before:,} -> {stage.count_after:,}); {stage.count_moved:,} enter it at another time"
        )
    for card in effect.challengers:
        if card.count_scores_changed or card.count_grades_changed:
            out.print(
                f"  challenger {plain(card.scorecard_id)}: another score {card.count_scores_changed:,}, another grade "
                f"{card.count_grades_changed:,} of {card.count_leads:,} leads"
            )
    out.print("")
    _channels(out, [one for one in effect.channels if _is_moved(one)])
    _examples(out, "Scores that change most", effect.scores, effect.count_scores_changed)
    for stage in effect.stages:
        _stage_examples(out, stage)


def _is_moved(channel: ChannelEffect) -> bool:
    stages = (channel.mql_gained, channel.mql_lost, channel.sql_gained, channel.sql_lost)
    return any((channel.count_scores_changed, channel.count_grades_changed, *stages))


def _channels(out: Console, moved: Sequence[ChannelEffect]) -> None:
    if not moved:
        return
    table = _table("By channel", ("channel", "leads", "other score", "other grade", "MQL +", "MQL -", "SQL +", "SQL -"))
    for one in moved:
        counts = (one.count_leads, one.count_scores_changed, one.count_grades_changed)
        stages = (one.mql_gained, one.mql_lost, one.sql_gained, one.sql_lost)
        table.add_row(Text(plain(one.channel)), *(f"{count:,}" for count in (*counts, *stages)))
    out.print(table)


def _stage_examples(out: Console, stage: StageEffect) -> None:
    _examples(out, f"Gain {stage.stage.upper()}", stage.gained, stage.count_gained)
    _examples(out, f"Lose {stage.stage.upper()}", stage.lost, stage.count_lost)


def _examples(out: Console, title: str, leads: Sequence[LeadExample], count: int) -> None:
    if not leads:
        return
    has_entries = any(lead.entered_at for lead in leads)
    entry = ("stage rule", "entered at (UTC)") if has_entries else ()
    more = f" ({len(leads)} of {count:,})" if count > len(leads) else ""
    table = _table(title + more, ("lead", "score", "grade", *entry, "rules whose points differ"), left=True)
    for lead in leads:
        cells = [
            plain(lead.lead_id),
            _arrow(lead.score_before, lead.score_after),
            _arrow(lead.grade_before, lead.grade_after),
        ]
        if has_entries:
            cells += [plain(lead.stage_rule or "(CRM)"), f"{lead.entered_at:%Y-%m-%d %H:%M:%S}"]
        rules = ", ".join(
            f"{rule.rule_id} {_number(rule.before or 0)} -> {_number(rule.after or 0)}" for rule in lead.rules
        )
        table.add_row(*(Text(cell) for cell in (*cells, plain(rules or "none", 1000))))
    out.print(table)


def _table(title: str, headings: Sequence[str], left: bool = False) -> Table:
    table = Table(title=Text(title), title_justify="left", box=box.SIMPLE_HEAD)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="left" if left or not place else "right")
    return table


def _arrow(before: Decimal | str | None, after: Decimal | str | None) -> str:
    if before == after:
        return _number(after)
    return f"{_number(before)} -> {_number(after)}"


def _number(value: Decimal | str | int | None) -> str:
    if value is None:
        return "-"
    return f"{value.normalize():f}" if isinstance(value, Decimal) else plain(value)


def _cell(value: str | None) -> str:
    return "(empty)" if value is None else plain(value)

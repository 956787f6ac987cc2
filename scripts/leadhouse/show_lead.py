"""Printing an explanation of one lead (see `explain`)."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.explain import Entry, Explanation
from leadhouse.show import plain
from leadhouse.standing import ClauseCheck, Standing, Transition

_TIME = "%Y-%m-%d %H:%M:%S"
_DECIDERS = {"crm": "the CRM", "opportunities": "its opportunities", "rules": "the rules"}


def explanation(out: Console, answer: Explanation) -> None:
    """Print the score with its parts, what fades next, and the stages with what is missing for the next one."""
    score = answer.score
    parts = f"fit {number(score.fit)}, engagement {number(score.engagement)}"
    total = f"score {number(score.score)}, grade {score.grade or '-'} ({parts})"
    out.print(Text(f"Lead {plain(answer.lead_id)} at {answer.moment:{_TIME}} UTC", style="bold"))
    out.print(Text(f"Scorecard {plain(answer.scorecard_id)}: {total}", style="bold cyan"))
    for note in answer.notes:
        out.print(Text(f"Note: {plain(note, 500)}", style="yellow"))
    out.print("")
    _entries(out, answer)
    fades(out, answer.fades)
    stages(out, answer.standing)
    if answer.standing.next_stage:
        _missing(out, answer.standing)


def number(value: Decimal) -> str:
    """A decimal without trailing zeros."""
    return f"{value.normalize():f}" if value else "0"


def signed(value: Decimal) -> str:
    """A decimal with its sign, without trailing zeros."""
    return ("+" if value > 0 else "") + number(value)


def _entries(out: Console, answer: Explanation) -> None:
    table = _table("Entries", ("moment (UTC)", "rule", "what", "activity"), ("points", "rule total"))
    for entry in answer.entries:
        table.add_row(*_cells(entry), signed(entry.points), number(entry.rule_total))
    for clamp in answer.score.clamps:
        table.add_row("", clamp.limit, plain(clamp.description), "", signed(clamp.points), "")
    table.add_row("", "", Text("sum = score", style="bold"), "", Text(number(answer.score.score), style="bold"), "")
    _print(out, table)


def fades(out: Console, found: list[Entry]) -> None:
    """Print the losses of points that are scheduled."""
    if not found:
        out.print("Nothing is scheduled to fade.\n")
        return
    table = _table("Fades next, if nothing else happens", ("moment (UTC)", "rule", "what", "activity"), ("points",))
    for entry in found:
        table.add_row(*_cells(entry), signed(entry.points))
    _print(out, table)


def _cells(entry: Entry) -> tuple[Text, ...]:
    activity = f"{entry.activity_type} {entry.activity_at:{_TIME}}" if entry.activity_type and entry.activity_at else ""
    what = f"{entry.kind}: {entry.description}" if entry.description else entry.kind
    shown = (f"{entry.entered_at:{_TIME}}", entry.rule_id, what, activity)
    return tuple(Text(plain(text)) for text in shown)


def stages(out: Console, standing: Standing) -> None:
    """Print the stage, and how the lead came to it."""
    later = f" (became one at {standing.lead_at:{_TIME}})" if standing.lead_at and not standing.transitions else ""
    out.print(Text(f"Stage: {plain(standing.stage)}{later}", style="bold"))
    for transition in standing.transitions:
        out.print(Text(f"  {_transition(transition)}"))
    if standing.exclusion:
        out.print(Text(f"  Excluded ({plain(standing.exclusion)}): enters no stage by rule.", style="yellow"))


def _transition(transition: Transition) -> str:
    cycle = f" (cycle {transition.cycle_number})" if transition.cycle_number > 1 else ""
    label = f"{transition.entered_at:{_TIME}}  {stage_name(transition.stage)}{cycle}"
    return f"{label} {decision(transition)}".rstrip()


def decision(transition: Transition) -> str:
    """Who or which rule brought the lead there, and why; empty for becoming a lead."""
    reason = f": {plain(transition.reason)}" if transition.reason else ""
    if transition.decided_by is None:
        return ""
    if not transition.rule_id:
        return f"by {_DECIDERS.get(transition.decided_by, plain(transition.decided_by))}{reason}"
    score = f" with a score of {number(transition.score)}" if transition.score is not None else ""
    text = f": {plain(transition.description)}" if transition.description else ""
    return f"by rule {plain(transition.rule_id)}{score}{text}"


def stage_name(stage: str) -> str:
    """A stage as people write it."""
    return stage.upper() if stage in ("mql", "sal", "sql") else plain(stage).replace("_", " ")


def _missing(out: Console, standing: Standing) -> None:
    out.print("")
    out.print(Text(verdict(standing), style="bold"))
    for rule_id, checks in nearest_first(standing):
        meaning = checks[0].clause.description
        out.print(Text.assemble((f"  {plain(rule_id)}", "bold"), f": {plain(meaning)}"))
        for check in checks:
            out.print(_check(check, "" if check.clause.description == meaning else check.clause.description))


def verdict(standing: Standing) -> str:
    """In a sentence, why the lead is not in the next stage."""
    why = f"a rule holds, but {_hindrance(standing)}" if _holds(standing) else "no rule has all its clauses met"
    return f"Not an {str(standing.next_stage).upper()}: {why}."


def _hindrance(standing: Standing) -> str:
    if standing.exclusion:
        return f"the lead is excluded ({plain(standing.exclusion)})"
    if standing.stage == "recycled":
        return "sales gave the lead back, and it has done nothing that earns points since"
    return "the stage follows another scorecard or the CRM (variable stage_authority)"


def _holds(standing: Standing) -> bool:
    return any(all(check.is_met for check in checks) for _, checks in nearest_first(standing))


def nearest_first(standing: Standing) -> list[tuple[str, list[ClauseCheck]]]:
    """The rules with their clauses, those that lack the fewest clauses first."""
    grouped = groupby(standing.checks, key=lambda check: check.clause.rule_id)
    rules = [(rule_id, list(checks)) for rule_id, checks in grouped]
    return sorted(rules, key=lambda rule: (sum(not check.is_met for check in rule[1]), rule[0]))


def _check(check: ClauseCheck, meaning: str) -> Text:
    mark, style = ("met    ", "green") if check.is_met else ("not met", "red")
    clause = check.clause
    line = f"    {mark}  {clause.metric} is {number(check.actual)}, needs {clause.operator} {number(clause.needed)}"
    return Text(f"{plain(line)}  {plain(meaning)}".rstrip(), style=style)


def _table(title: str, left: tuple[str, ...], right: tuple[str, ...]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    for heading in left:
        is_short = heading.startswith(("moment", "rule"))
        table.add_column(heading, no_wrap=is_short, overflow="ignore" if is_short else "fold")
    for heading in right:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _print(out: Console, table: Table) -> None:
    out.print(table)
    out.print("")

"""Printing alerts and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from leadhouse.alerts import DeliverySummary, ListedAlert, WaitingAlert
from leadhouse.messages import alert_message, one_line, stage_label
from leadhouse.show import columns, plain
from leadhouse.targets import Target


def deliveries(out: Console, summary: DeliverySummary) -> None:
    """What each target got, what is left for the next run, and what was given up. Names nobody: this goes to logs."""
    for target in summary.targets:
        counts = f"{target.count_delivered} delivered, {target.count_earlier} delivered earlier"
        if not target.count_pending:
            out.print(Text(f"{plain(target.target)}: {counts}", style="green"))
            continue
        left = f"{target.count_pending} not delivered, the next run tries again"
        out.print(Text(f"{plain(target.target)}: {counts}, {left}: it {plain(target.reason)}", style="bold red"))
    if summary.count_expired:
        out.print(f"{_count(summary.count_expired)} expired undelivered: too old, or no longer in the outbox")


def preview(out: Console, waiting: Sequence[WaitingAlert], targets: Sequence[Target]) -> None:
    """The messages that a run would send, and to whom."""
    for one in waiting:
        message = alert_message(one.alert)
        names = ", ".join(target.name for target in one.targets) or "nobody: no target is configured"
        out.print(Text(f"To {plain(names, 1000)}", style="dim"))
        out.print(Text(message.title, style="bold"))
        out.print(Text(message.body + "\n"))
    known = ", ".join(target.name for target in targets) or "none; set LEADHOUSE_ALERT_URLS"
    out.print(f"{_count(len(waiting))} would be sent; nothing was. Targets: {plain(known, 1000)}")


def alerts(out: Console, listed: Sequence[ListedAlert], is_personal: bool) -> None:
    """One line per alert, oldest entry first; `is_personal` is whether they say who the leads are."""
    if not listed:
        out.print(
            "There is no alert: no lead entered a stage of the variable alert_stages within alert_days before the"
        )
        out.print("build's as-of time, or the build was rolled back.")
        return
    table = Table(box=None)
    who, interest = (("who",), ("interest",)) if is_personal else ((), ())
    headings = ("entered (UTC)", "stage", *who, "company", "owner", "score", *interest, "next step", "state", "lead")
    columns(table, *headings, right=("score",))
    for one in listed:
        alert = one.alert
        cells = {
            "entered (UTC)": f"{alert.entered_at:%Y-%m-%d %H:%M}",
            "stage": stage_label(alert.stage),
            "who": alert.person,
            "company": alert.company_name or "",
            "owner": alert.owner_id or "-",
            "score": f"{alert.current_score:,.0f}",
            "interest": one_line(alert.product_interest),
            "next step": one_line(alert.next_step),
            "state": one.state,
            "lead": alert.lead_id,
        }
        table.add_row(*(Text(plain(cells[heading])) for heading in headings))
    out.print(table)
    if not is_personal:
        out.print("With --personal it says who they are.", style="dim")


def _count(number: int) -> str:
    return f"{number} alert{'' if number == 1 else 's'}"

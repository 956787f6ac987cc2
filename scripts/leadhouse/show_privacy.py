"""Printing what was erased about a person, in counts only, and what is left to do elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console

from leadhouse.forget import ForgetReport


def forgotten(out: Console, report: ForgetReport) -> None:
    """What was erased where."""
    if report.count_leads:
        out.print(f"Erased {_count(report.count_leads, 'lead')}.", style="bold")
    else:
        out.print("No lead is known by that name; it is kept out from now on.", style="bold")
    names = [
        _count(report.count_emails, "address", "addresses"),
        _count(report.count_phones, "phone number"),
        _count(report.count_crm_ids, "CRM record"),
    ]
    out.print(f"  kept out of every later build, as keyed hashes: {', '.join(names)}")
    for file, count in report.erased.rewritten.items():
        out.print(f"  {file}: written anew without {_count(count, 'row')}")
    if report.erased.count_deliveries:
        out.print(f"  deliveries.sqlite: {_count(report.erased.count_deliveries, 'delivery', 'deliveries')} taken out")
    if report.erased.removed:
        out.print(f"  removed: {', '.join(report.erased.removed)}")


def left_to_do(out: Console, rows: Sequence[tuple[str, str, int]]) -> None:
    """What Leadhouse cannot reach; `rows` are those of the sources that name forgotten people."""
    out.print("Left to do, where Leadhouse cannot reach:", style="bold")
    if rows:
        places = ", ".join(f"{entity} {count} ({system})" for system, entity, count in rows)
        out.print(f"  the sources still name people who were forgotten; rows set aside: {places}")
    out.print(
        "  the person's rows in the sources; extracts and dashboards made from the marts; backups; alerts that were sent"
    )


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"

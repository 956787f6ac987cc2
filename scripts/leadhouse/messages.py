"""Messages to people and services: what they say. Values from data become one plain line each, and never markup.

Messages are plain text and are declared as such, so that each service escapes them in its own way (HTML in e-mail,
say). What plain text can still carry is taken out here: characters that break or reorder lines, and mentions that would
call a whole channel.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Literal

# Some chat services refuse more than 2,000 characters.
LONGEST_BODY = 1800
_LONGEST_VALUE = 120
_MENTION = re.compile(r"(?<!\w)@(?=\w)|@(?=(?:everyone|here|channel|all)\b(?!\.\w))")


@dataclass(frozen=True)
class Alert:
    """One row of the mart `sales_alerts`; times are UTC without zone."""

    alert_id: str
    lead_id: str
    stage: str
    current_stage: str
    rule_id: str | None
    owner_id: str | None
    email: str | None
    phone: str | None
    first_name: str | None
    last_name: str | None
    job_title: str | None
    company_name: str | None
    country: str | None
    grade: str
    why: str
    product_interest: str | None
    next_step: str | None
    last_activities: str | None
    score: Decimal
    current_score: Decimal
    entered_at: datetime
    expires_at: datetime

    @property
    def person(self) -> str:
        """The lead's name; without one the e-mail address, else the lead_id."""
        name = one_line(" ".join(filter(None, (self.first_name, self.last_name))))
        return name or one_line(self.email) or f"lead {self.lead_id}"

    def unnamed(self) -> Alert:
        """The same without what may name the person, which a product interest may too: anybody may have written it."""
        return replace(self, email=None, phone=None, first_name=None, last_name=None, product_interest=None)


@dataclass(frozen=True)
class Message:
    """A title and a body of plain text; `fields` go to services that take named values besides."""

    title: str
    body: str
    kind: Literal["info", "failure", "success"] = "info"
    fields: Mapping[str, str] = field(default_factory=dict)


def one_line(value: object, longest: int = _LONGEST_VALUE) -> str:
    """A value as one line of visible text that calls nobody; empty for None."""
    if value is None:
        return ""
    visible = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in str(value))
    text = _MENTION.sub("@ ", " ".join(visible.split()))
    return text if len(text) <= longest else text[: longest - 1] + "…"


def stage_label(stage: str) -> str:
    """A stage as people write it: SQL, repeat customer."""
    return stage.upper() if stage in ("mql", "sal", "sql") else stage.replace("_", " ")


def alert_message(alert: Alert, may_be_repeat: bool = False) -> Message:
    """What sales read: who, why, what interests the lead, what to do next, what the lead did last, and the ids.

    By the ids the lead is looked up and a repeat is recognised.
    """
    label = stage_label(alert.stage)
    company = one_line(alert.company_name)
    title = one_line(f"New {label}: {alert.person}" + (f", {company}" if company else ""), 200)
    end = [f"Every point: leadhouse explain {alert.lead_id}", f"Alert: {alert.alert_id}"]
    if may_be_repeat:
        end.insert(0, "This may be a repeat: an earlier delivery was interrupted.")
    body = _fitting([*_who(alert), *_why(alert, label), *_activities(alert)], end)
    return Message(title, body, fields=_fields(alert))


def _who(alert: Alert) -> list[str]:
    person = ", ".join(filter(None, map(one_line, (alert.job_title, alert.company_name, alert.country))))
    lines = [f"{alert.person}, {person}" if person else alert.person]
    contacts = (("E-mail", alert.email, 254), ("Phone", alert.phone, 40), ("Owner", alert.owner_id, 60))
    return lines + [f"{name}: {one_line(value, longest)}" for name, value, longest in contacts if value]


def _why(alert: Alert, label: str) -> list[str]:
    score = f"score then {_number(alert.score)}, now {_number(alert.current_score)} (grade {one_line(alert.grade)})"
    lines = [f"{label} since {alert.entered_at:%Y-%m-%d %H:%M} UTC; {score}"]
    if alert.current_stage != alert.stage:
        lines.append(f"Now: {stage_label(alert.current_stage)}")
    lines.append(f"Why: {one_line(alert.why, 500)}")
    advice = (("Interested in", alert.product_interest), ("Next step", alert.next_step))
    return lines + [f"{name}: {one_line(value, 250)}" for name, value in advice if value]


def _activities(alert: Alert) -> list[str]:
    if not alert.last_activities:
        return []
    return ["Last activities (UTC):", *(f"- {one_line(line, 160)}" for line in alert.last_activities.splitlines())]


def _fields(alert: Alert) -> dict[str, str]:
    values = {
        "alert_id": alert.alert_id,
        "lead_id": alert.lead_id,
        "stage": alert.stage,
        "rule_id": alert.rule_id,
        "owner_id": alert.owner_id,
        "product_interest": alert.product_interest,
        "next_step": alert.next_step,
        "score": _number(alert.score),
        "entered_at": f"{alert.entered_at.isoformat()}Z",
    }
    return {name: one_line(value) for name, value in values.items() if value is not None}


def _fitting(lines: list[str], end: list[str]) -> str:
    """The lines cut so that the end still fits: a receiver needs it."""
    tail = "\n".join(end)
    head = "\n".join(lines)
    room = LONGEST_BODY - len(tail) - 2
    return (head if len(head) <= room else head[:room] + "…") + "\n" + tail


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"

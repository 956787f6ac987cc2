"""A notebook for rows written one by one: hand-made histories of single people."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from leadhouse.demo import vocabulary as words
from leadhouse.demo.clock import MINUTE, SECOND, moment

Row = dict[str, Any]


class Script:
    """Collects contract rows per entity; times are ISO texts, event ids are given in order."""

    def __init__(self, prefix: str) -> None:
        self.rows: dict[str, list[Row]] = defaultdict(list)
        self._prefix = prefix

    def add(self, entity: str, **values: Any) -> Row:
        """Add one row as it is and return it."""
        row = dict(values)
        self.rows[entity].append(row)
        return row

    def lead(self, lead_source_id: str, email: str | None, created: str, **values: Any) -> Row:
        """A CRM record; `updated_at` is its creation unless given."""
        row = {"lead_source_id": lead_source_id, "email": email, "created_at": moment(created), "status": "new"}
        row["updated_at"] = row["created_at"]
        return self.add("leads", **(row | values))

    def event(self, visitor: str, at: str, event_name: str, **values: Any) -> Row:
        """A web event, loaded a minute later."""
        row = {
            "event_id": self._next("web_events"),
            "visitor_id": visitor,
            "event_name": event_name,
            "occurred_at": moment(at),
            "loaded_at": moment(at) + MINUTE,
            "user_agent": words.BROWSERS[0],
        }
        return self.add("web_events", **(row | values))

    def view(self, visitor: str, at: str, path: str, seconds: float = 20.0, **values: Any) -> Row:
        """A page view."""
        return self.event(visitor, at, "page_view", page_url=words.SITE + path, engaged_seconds=seconds, **values)

    def form(self, visitor: str, at: str, email: str | None, form_name: str) -> Row:
        """A form sent with an address."""
        page = words.SITE + "/" + form_name
        return self.event(visitor, at, "form_submit", email=email, form_name=form_name, page_url=page)

    def download(self, visitor: str, at: str, email: str | None, asset_name: str) -> Row:
        """A download for which the address was asked."""
        page = words.SITE + "/resources"
        return self.event(visitor, at, "file_download", email=email, asset_name=asset_name, page_url=page)

    def mail(
        self,
        lead_source_id: str,
        recipient: str,
        sent: str,
        opened: str | None = None,
        step: int = 1,
        sequence: str = "welcome",
    ) -> str:
        """An e-mail, delivered after five seconds and perhaps opened; returns its message id."""
        message = f"{self._prefix}-msg-{len(self.rows['message_events']):05d}"
        common = {"message_id": message, "lead_source_id": lead_source_id, "recipient": recipient, "step": step}
        common |= {"sequence_name": sequence, "campaign_source_id": f"cmp-{sequence}", "channel": "email"}
        self.message_event("sent", moment(sent), **common)
        self.message_event("delivered", moment(sent) + 5 * SECOND, **common)
        if opened:
            self.message_event("opened", moment(opened), **common)
        return message

    def message_event(self, event_type: str, at: int, **values: Any) -> Row:
        """One event of a message at a moment in milliseconds."""
        row = {"event_id": self._next("message_events"), "event_type": event_type, "occurred_at": at}
        return self.add("message_events", **(row | {"loaded_at": at + MINUTE} | values))

    def status(self, lead_source_id: str, status: str, at: str, reason: str | None = None) -> Row:
        """A status change in the CRM."""
        values = {"lead_source_id": lead_source_id, "status": status, "changed_at": moment(at), "reason": reason}
        return self.add("lead_status_history", **values, changed_by="owner-01")

    def touch(self, lead_source_id: str, kind: str, outcome: str, at: str) -> Row:
        """A call, meeting, e-mail or task of the sales team."""
        values = {"sales_activity_id": self._next("sales_activities"), "lead_source_id": lead_source_id, "kind": kind}
        return self.add(
            "sales_activities",
            **values,
            outcome=outcome,
            occurred_at=moment(at),
            owner_id="owner-01",
            direction="outbound",
        )

    def deal(self, lead_source_id: str, created: str, closed: str | None, is_won: bool, amount: float) -> Row:
        """An opportunity; open without `closed`."""
        stage = "Proposal" if closed is None else "Closed Won" if is_won else "Closed Lost"
        return self.add(
            "opportunities",
            opportunity_source_id=self._next("opportunities"),
            lead_source_id=lead_source_id,
            opportunity_type="new business",
            amount=amount,
            stage_name=stage,
            is_closed=closed is not None,
            is_won=is_won,
            created_at=moment(created),
            closed_at=moment(closed) if closed else None,
            owner_id="owner-01",
        )

    def _next(self, entity: str) -> str:
        return f"{self._prefix}-{entity}-{len(self.rows[entity]):05d}"

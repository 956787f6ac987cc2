"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

from leadhouse.errors import InputError, Problem


def parse_time(text: str, where: str) -> datetime:
    """Read a moment (ISO 8601; without zone it is UTC) as UTC without zone; raises InputError naming `where`."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        what = f"`{text}` is not a moment"
        raise InputError([Problem(where, what, "Write it like 2026-07-01T00:00:00 (UTC) or 2026-07-01.")]) from None
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment


def utc_now() -> datetime:
    """The machine's clock, UTC without zone, as records have it."""
    return datetime.now(UTC).replace(tzinfo=None)

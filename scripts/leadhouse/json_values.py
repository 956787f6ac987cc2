"""What commands print with `--json`: one object, its keys in snake_case, its values as JSON has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any


def plain(value: Any) -> Any:
    """A value as JSON has it: dataclasses as objects, times as ISO 8601, decimals as numbers, numbers that are none as null.

    An object that has a method `as_json` says itself what it is.
    """
    if hasattr(value, "as_json"):
        return plain(value.as_json())
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    # Arrays and numbers of numpy, which is not imported for them.
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, float):
        return value if value - value == 0 else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def as_text(facts: Mapping[str, Any]) -> str:
    """The facts as a JSON document; whatever is not ASCII is escaped, so it cannot act on a terminal."""
    return json.dumps(plain(facts), indent=2)

"""Two places where dbt does more than this project needs; without them every result is the same, and takes longer."""

from __future__ import annotations

from typing import Any


def take() -> None:
    """Set both for this process; dbt is imported."""
    _leave_out_path()
    _copy_no_macros()


def _leave_out_path() -> None:
    """Let dbt take the connections of two homes for the same when it asks whether what it has parsed still holds.

    The project's SQL never sees the path that it was parsed for, nor what is attached beside it.
    """
    from dbt.adapters.duckdb.credentials import DuckDBCredentials

    # dbt's own functions are not typed.
    credentials: Any = DuckDBCredentials
    named = getattr(credentials, "_connection_keys", None)
    if named is None or hasattr(named, "leaves_out_path"):
        return

    def without_path(self: Any) -> tuple[str, ...]:
        return tuple(key for key in named(self) if key not in ("path", "attach"))

    without_path.leaves_out_path = True  # type: ignore[attr-defined]
    credentials._connection_keys = without_path


def _copy_no_macros() -> None:
    """Render the arguments of data tests as dbt renders models: seeing all macros, instead of copying them each time.

    In dbt 1.12 each argument takes seven milliseconds, and of most tests more than all the rest.
    """
    from dbt_common.clients import jinja

    templates: Any = jinja
    # Another release may have other names; then it only takes longer.
    if hasattr(templates, "NativeSandboxTemplate") and hasattr(templates, "MacroFuzzTemplate"):
        templates.NativeSandboxTemplate.new_context = templates.MacroFuzzTemplate.new_context

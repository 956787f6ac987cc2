"""How `leadhouse --help` is laid out: commands in sections, each with its whole first sentence."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

BEGIN = "Begin"
DAILY = "Daily"
UNDERSTAND = "Understand"
TUNE = "Tune"
OPERATE = "Operate"
PRIVACY = "Privacy"
SECTIONS = (BEGIN, DAILY, UNDERSTAND, TUNE, OPERATE, PRIVACY)
_OTHERS = "Others"


class SectionedGroup(TyperGroup):
    """A group whose help lists commands below the section that they name as `rich_help_panel`."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one list per section, in the order of SECTIONS; all lists have the same columns."""
        shown = [(name, self.commands[name]) for name in self.list_commands(ctx) if not self.commands[name].hidden]
        width = max(len(name) for name, _ in shown)
        for section in (*SECTIONS, _OTHERS):
            commands = [(name, one) for name, one in shown if _section(one) == section]
            if commands:
                with formatter.section(section):
                    formatter.write_dl([(name.ljust(width), one.get_short_help_str(1000)) for name, one in commands])


def _section(command: object) -> str:
    named = getattr(command, "rich_help_panel", None)
    return named if named in SECTIONS else _OTHERS

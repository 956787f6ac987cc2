"""Reading the project's Markdown: its files, tables, code blocks, links and headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadhouse.paths import PROJECT_ROOT

# What a checkout has beside the project's own text.
NOT_OURS = {".venv", ".git", "target", "logs", "warehouse", "node_modules", ".pytest_cache", ".hypothesis"}
_FENCE = re.compile(r"^(?P<indent> *)```(?P<language>\w*)\n(?P<body>.*?)^ *```$", flags=re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_NAMED_BLOCK = re.compile(
    r"`(?P<path>[\w./-]+\.(?:csv|sql))`[^`\n]*(?:\n(?! *```)[^`\n]*)*\n\s*```\w+\n(?P<body>.*?)^ *```$",
    flags=re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A code block without its indentation; `start` is where it begins in the page's text."""

    language: str
    body: str
    start: int


def pages() -> list[Path]:
    """Every Markdown file of the project; the models' doc blocks are dbt's."""
    found = (path for path in PROJECT_ROOT.rglob("*.md") if not NOT_OURS & set(path.relative_to(PROJECT_ROOT).parts))
    return sorted(path for path in found if "models" not in path.relative_to(PROJECT_ROOT).parts)


def read(name: str) -> str:
    """The text of a page, named from the project's root."""
    return (PROJECT_ROOT / name).read_text(encoding="utf-8")


def blocks(text: str, *languages: str) -> Iterator[Block]:
    """The code blocks of these languages."""
    for match in _FENCE.finditer(text):
        if match["language"] in languages:
            yield Block(match["language"], _unindented(match["body"], len(match["indent"])), match.start())


def named_files(text: str) -> dict[str, str]:
    """Files that a page shows in full: a path in backticks, with the code block that follows it."""
    found = {}
    for match in _NAMED_BLOCK.finditer(text):
        body = match["body"]
        found[match["path"]] = _unindented(body, len(body) - len(body.lstrip(" ")))
    return found


def section(text: str, heading: str) -> str:
    """The text below a heading, up to the next one of its level or above."""
    level = len(heading) - len(heading.lstrip("#"))
    start = re.search(rf"^{re.escape(heading)}$", text, flags=re.MULTILINE)
    assert start, f"there is no heading {heading!r}"
    following = re.search(rf"^#{{1,{level}}} ", text[start.end() :], flags=re.MULTILINE)
    return text[start.end() :][: following.start() if following else None]


def rows(text: str) -> Iterator[list[str]]:
    """The cells of every table row outside code blocks, header rows too, rulers not."""
    for line in _FENCE.sub("", text).splitlines():
        stripped = line.strip()
        if stripped.startswith("|") and not re.fullmatch(r"[|:\- ]+", stripped):
            yield [cell.strip() for cell in re.split(r"(?<!\\)\|", stripped)[1:-1]]


def names(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return re.findall(r"`([^`]+)`", cell)


def first_names(text: str) -> list[str]:
    """What stands in backticks in the first cells of the tables."""
    return [name for row in rows(text) for name in names(row[0])]


def links(text: str) -> list[str]:
    """The targets of all links outside code."""
    return _LINK.findall(re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text)))


def anchors(text: str) -> set[str]:
    """The anchors that a page's headings get where it is shown."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def _unindented(body: str, indent: int) -> str:
    return "".join(line[min(indent, len(line) - len(line.lstrip(" "))) :] for line in body.splitlines(keepends=True))

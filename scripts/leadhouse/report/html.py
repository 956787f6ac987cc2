"""Filling in the templates of pages: whatever is put into them is escaped, unless it is said to be trusted."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Only pages need it.
    from markupsafe import Markup

_FOLDER = Path(__file__).resolve().parents[1] / "templates"


def fill(template: str, **values: Any) -> str:
    """A page from a template; a value that the template names and nobody gives is an error."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("leadhouse", "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )  # fmt: skip
    return environment.get_template(template).render(**values)


def template_text(name: str) -> str:
    """A file beside the templates, such as a style sheet, as it is."""
    return (_FOLDER / name).read_text(encoding="utf-8")


def trusted(text: str) -> Markup:
    """Text that stands in a page as it is: never what comes from a source, unless it has been escaped."""
    from markupsafe import Markup

    return Markup(text)

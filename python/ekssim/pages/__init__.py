"""One-file HTML pages of results: no script, no request, readable in the dark, on paper, by keyboard and screen reader.

    >>> from ekssim.pages import kind_of, page
    >>> kind_of({"verdict": "pass", "waiting": {}, "expectations": []})
    'run'

`page` takes any document that `-o json` prints: a run, several runs or a sweep, a comparison, a sizing. `cell` makes
the same for a notebook, as a block that takes its colours from the page around it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ekssim.errors import Error

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["cell", "kind_of", "page"]


def kind_of(document: Any) -> str:
    """`run`, `sweep`, `comparison` or `sizing`; Error says what the document is not."""
    if not isinstance(document, Mapping):
        raise Error("this is no result document: it is not a JSON object, such as `ekssim run FILE -o json` prints")
    if str(document.get("format", "")).startswith("ekssim.dev/sizing/"):
        return "sizing"
    if "differences" in document and "variants" in document:
        return "comparison"
    if "results" in document or "variants" in document:
        return "sweep"
    if "verdict" in document and "waiting" in document:
        return "run"
    if "complaints" in document or "defect" in document:
        raise Error("the run of this document did not come to an end, so that there is nothing to report")
    raise Error("this is no result document: `ekssim run`, `compare`, `sweep` and `size` print them with -o json")


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    from ekssim.costs import usd
    from ekssim.render import number

    environment.filters.update(number=number, usd=usd, breakable=_breakable)
    return environment


def _breakable(path: str) -> Any:
    """A path that may go on in the next line behind its dots and brackets."""
    from markupsafe import Markup, escape

    text = str(escape(path))
    for mark in (".", "]", "_", "["):
        text = text.replace(mark, f"<wbr>{mark}" if mark == "[" else f"{mark}<wbr>")
    return Markup(text)


def _context_of(kind: str) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    if kind == "run":
        from ekssim.pages.run_page import context
    elif kind == "comparison":
        from ekssim.pages.comparison_page import context
    elif kind == "sweep":
        from ekssim.pages.sweep_page import context
    else:
        from ekssim.pages.sizing_page import context
    return context


def _filled(document: Mapping[str, Any], frame: str) -> str:
    kind = kind_of(document)
    template = _environment().get_template(frame)
    return template.render(kind=kind, **_context_of(kind)(document))


def page(document: Mapping[str, Any]) -> str:
    """The page as text of HTML. Raises Error for what is no result document."""
    return _filled(document, "page.html")


def cell(document: Mapping[str, Any]) -> str:
    """The same as a block for a notebook, shorter."""
    return _filled(document, "cell.html")

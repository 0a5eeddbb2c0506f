"""Write a report to a file; the form follows the file's name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.plan import Plan
from offtake.report.markdown import report_markdown


def report(plan: Plan, path: str | Path) -> Path:
    """Write the report of a plan: a page (`.html`) or Markdown (`.md`).

    A page is one file that needs nothing else: it can be mailed, printed and kept.
    Gives the path of the file.

    Raises:
        OfftakeError: the name ends in neither (`OTK-R001`), the file cannot be written
            (`OTK-R002`), or what draws a page is not installed (`OTK-R003`).
    """
    path = Path(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise OfftakeError(
            Fault(
                code="OTK-R001",
                what="a report ends in .html or .md",
                where=Where(file=str(path)),
                got=f"'{path.suffix}'",
                hint="name the file like plan.html",
            )
        )
    text = form(plan)
    try:
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        fault = Fault(
            code="OTK-R002",
            what=f"the report cannot be written: {error.strerror or error}",
            where=Where(file=str(path)),
            hint="name a file in a folder that exists and may be written to",
        )
        raise OfftakeError(fault) from None
    return path


def report_html(plan: Plan) -> str:
    """Write the report of a plan as one HTML page.

    Raises:
        OfftakeError: what draws a page is not installed (`OTK-R003`).
    """
    # Figures take most of a second to load, and the terminal's view needs none.
    try:
        page = import_module("offtake.report.page")
    except ModuleNotFoundError as error:
        fault = Fault(
            code="OTK-R003",
            what="a page cannot be drawn",
            got=f"no module '{error.name}'",
            hint="pip install 'offtake[report]'",
        )
        raise OfftakeError(fault) from None
    text: str = page.report_html(plan)
    return text


_FORMS: Mapping[str, Callable[[Plan], str]] = {
    ".html": report_html,
    ".htm": report_html,
    ".md": report_markdown,
}

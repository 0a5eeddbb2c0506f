"""Write a report to a file; the form follows the file's name, the words what it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path

from rich.console import Group

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.report import markdown, text
from offtake.report.study import markdown as study_markdown
from offtake.report.study import text as study_text


def report(held: Plan | Study, path: str | Path) -> Path:
    """Write the report of a plan or a study: a page (`.html`) or Markdown (`.md`).

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
    written = form(held)
    try:
        path.write_text(written, encoding="utf-8", newline="\n")
    except OSError as error:
        fault = Fault(
            code="OTK-R002",
            what=f"the report cannot be written: {error.strerror or error}",
            where=Where(file=str(path)),
            hint="name a file in a folder that exists and may be written to",
        )
        raise OfftakeError(fault) from None
    return path


def report_html(held: Plan | Study) -> str:
    """Write the report of a plan or a study as one HTML page.

    Raises:
        OfftakeError: what draws a page is not installed (`OTK-R003`).
    """
    module, function = (
        ("offtake.report.study.page", "study_html")
        if isinstance(held, Study)
        else ("offtake.report.page", "report_html")
    )
    # Figures take most of a second to load, and the terminal's view needs none.
    try:
        page = import_module(module)
    except ModuleNotFoundError as error:
        fault = Fault(
            code="OTK-R003",
            what="a page cannot be drawn",
            got=f"no module '{error.name}'",
            hint="pip install 'offtake[report]'",
        )
        raise OfftakeError(fault) from None
    made: str = getattr(page, function)(held)
    return made


def report_markdown(held: Plan | Study) -> str:
    """Write the report of a plan or a study as Markdown (tables as GitHub has them)."""
    if isinstance(held, Study):
        return study_markdown.study_markdown(held)
    return markdown.report_markdown(held)


def terminal(held: Plan | Study, width: int = 80) -> Group:
    """Give a plan or a study as a renderable for a console `width` columns wide."""
    if isinstance(held, Study):
        return study_text.terminal(held, width)
    return text.terminal(held, width)


_FORMS: Mapping[str, Callable[[Plan | Study], str]] = {
    ".html": report_html,
    ".htm": report_html,
    ".md": report_markdown,
}

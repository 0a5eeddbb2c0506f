"""Write a report to a file; the form follows the file's name, the words what it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from rich.console import Group

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.plan import Plan
from offtake.model.statement import Statement
from offtake.model.study import Study
from offtake.report import markdown, text
from offtake.report.study import markdown as study_markdown
from offtake.report.study import text as study_text


def report(
    held: Plan | Study | Statement, path: str | Path | Plan, out: str | Path | None = None
) -> Path:
    """Write the report of a plan, a study or a settled month: a page, or Markdown.

        report(plan, "plan.html")                     .html or .md
        report(statement, plan)                       statement-2026-11.html, plan beside actual
        report(statement, plan, "november.html")

    A page is one file that needs nothing else: it can be mailed, printed and kept.
    Gives the path of the file.

    Raises:
        OfftakeError: the name ends in neither (`OTK-R001`), the file cannot be written
            (`OTK-R002`), what draws a page is not installed (`OTK-R003`), a plan and a study
            are given together (`OTK-R004`), or the plan does not cover the month (`OTK-R005`).
    """
    if isinstance(held, Statement):
        return _write(*_of_statement(held, path, out))
    if isinstance(path, Plan):
        what = "a plan stands beside a settled month, and this is none"
        hint = "compare two plans with `offtake.compare`"
        raise OfftakeError(Fault(code="OTK-R004", what=what, hint=hint))
    path = Path(path)
    form = _FORMS.get(path.suffix.lower())
    if form is None:
        raise OfftakeError(_no_form(path, "a report ends in .html or .md"))
    return _write(path, form(held))


def _of_statement(
    held: Statement, path: str | Path | Plan, out: str | Path | None
) -> tuple[Path, str]:
    """Give where the page of a settled month goes, and its text."""
    to = Path(out or (f"statement-{held.month}.html" if isinstance(path, Plan) else path))
    if to.suffix.lower() not in (".html", ".htm"):
        raise OfftakeError(_no_form(to, "the page of a settled month ends in .html"))
    page, against = _loaded("offtake.report.statement"), _loaded("offtake.report.actual")
    parts = [against.section(held, path)] if isinstance(path, Plan) else []
    name = path.portfolio if isinstance(path, Plan) else "the chain"
    return to, page.statement_html(held, name, sections=parts)


def _no_form(path: Path, what: str) -> Fault:
    where, hint = Where(file=str(path)), "name the file like plan.html"
    return Fault(code="OTK-R001", what=what, where=where, got=f"'{path.suffix}'", hint=hint)


def _write(path: Path, written: str) -> Path:
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


def _loaded(module: str) -> Any:
    """Load what draws a page: figures take most of a second, and the terminal needs none.

    Raises:
        OfftakeError: it is not installed (`OTK-R003`).
    """
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        fault = Fault(
            code="OTK-R003",
            what="a page cannot be drawn",
            got=f"no module '{error.name}'",
            hint="pip install 'offtake[report]'",
        )
        raise OfftakeError(fault) from None


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
    page = _loaded(module)
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

"""The report of a plan or a study as the text of a file: a page, or Markdown."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from offtake.errors import Exit, Fault, OfftakeError, Where
from offtake.model.plan import Plan
from offtake.model.study import Study
from offtake.report import report_html, report_markdown

PAGES = (".html", ".htm")
_NEEDED = ("altair", "jinja2", "vl_convert")
"""What draws a page; comes with the extra `report`."""


def missing() -> str | None:
    """Say what is missing to write a page; None when nothing is."""
    lacking = [name for name in _NEEDED if find_spec(name) is None]
    if not lacking:
        return None
    return f"a page needs {', '.join(lacking)}: pip install 'offtake[report]'"


def refuse(path: Path, *, markdown: bool = False) -> None:
    """Refuse a file no report can be written to, before the work that leads to it.

    Raises:
        OfftakeError: its name ends in neither .html nor .md (`OTK-R001`), or what a page
            needs is not installed (`OTK-R003`).
    """
    ending = path.suffix.lower()
    where = Where(file=str(path))
    known = (".md",) if markdown else (*PAGES, ".md")
    if ending not in known:
        what = "Markdown ends in .md" if markdown else "a report ends in .html or .md"
        hint = f"name the file like report{known[0]}"
        fault = Fault(code="OTK-R001", what=what, where=where, got=f"'{ending}'", hint=hint)
        raise OfftakeError(fault, exit=Exit.USAGE)
    lacking = missing() if ending in PAGES else None
    if lacking is not None:
        what, _, hint = lacking.partition(": ")
        fault = Fault(code="OTK-R003", what=what, where=where, hint=hint)
        raise OfftakeError(fault, exit=Exit.FAILED)


def text(held: Plan | Study, path: Path) -> str:
    """Write the report in the form the file's name asks for."""
    return report_html(held) if path.suffix.lower() in PAGES else report_markdown(held)

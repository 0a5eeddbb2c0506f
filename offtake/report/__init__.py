"""Plans and studies as people read them. Calling the package is calling `front.report`.

    report(plan, "plan.html")    one self-contained page, or Markdown (`front`)
    report_markdown(plan)        the same as Markdown (`markdown`, `study.markdown`)
    terminal(plan, width)        the view for a terminal (`text`, `study.text`)
    compare(a, b)                two plans or studies, in words and money (`against`)

None of these loads the figures' libraries before a page is written.
"""

from offtake.report.against import compare
from offtake.report.compare import Comparison
from offtake.report.front import report, report_html, report_markdown, terminal
from offtake.verbs import make_callable

__all__ = [
    "Comparison",
    "compare",
    "report",
    "report_html",
    "report_markdown",
    "terminal",
    "write_report",
]

write_report = report
"""The same by the name of what it does."""

make_callable(__name__, report)

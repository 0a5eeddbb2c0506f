"""The plan as people read it. Calling the package is calling `front.report`.

    report(plan, "plan.html")    one self-contained page, or Markdown (`front`)
    report_markdown(plan)        the same as Markdown (`markdown`)
    terminal(plan, width)        the view for a terminal (`text`)
    compare(a, b)                two plans, in words and money (`compare`)

None of these loads the figures' libraries before a page is written.
"""

from offtake.report.compare import Comparison, compare
from offtake.report.front import report, report_html
from offtake.report.markdown import report_markdown
from offtake.report.text import terminal
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

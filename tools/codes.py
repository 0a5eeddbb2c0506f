"""Print the page of every code that no other page explains: commands, planning, catalogue.

python -m tools.codes
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping

from offtake.capital.codes import CAPITAL
from offtake.cli.codes import BACKTEST, BOOKS, CATALOGUE, MODEL, PLANNING, REPORT, USAGE, remedy
from offtake.files.codes import RECORDS
from offtake.files.focus.codes import INVOICES
from offtake.ledger.codes import CHAINS, METERING, SETTLEMENT
from offtake.measure.codes import MEASURING
from offtake.operate.codes import OPERATION, SERVING
from offtake.operate.page_codes import PAGES
from offtake.policy.codes import DECIDING
from offtake.probe.codes import ACCEPTANCE
from offtake.simulate.codes import SIMULATION

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Commands": USAGE,
    "Records and meters": RECORDS,
    "Simulation": SIMULATION,
    "Decisions": DECIDING,
    "Operation": OPERATION,
    "The HTTP interface": SERVING,
    "Pages": PAGES,
    "Acceptance": ACCEPTANCE,
    "Settlement": SETTLEMENT,
    "Outages, electricity, delay": METERING,
    "Chains and corrections": CHAINS,
    "Books": BOOKS,
    "Capital": CAPITAL,
    "Measuring": MEASURING,
    "Invoices of suppliers": INVOICES,
    "Planning": PLANNING,
    "Backtests": BACKTEST,
    "Reports": REPORT,
    "Catalogue": CATALOGUE,
    "Checks": MODEL,
}

INTRO = """\
# Codes of errors

Every error of offtake has a code that never changes its meaning; scripts may rely on it.
`offtake explain CODE` says the same at the terminal. Faults of a portfolio's files
(`OTK-F…`) and what checks find (`OTK-C…`) have [a page of their own](faults.md); the rest
is here.

An error is written in this order: code and place (file, line, column, field), what is
wrong and what was found, what to do. All faults of a run are told at once. With `--json`
they are an object `{"schema": "offtake.faults/1", "faults": […]}`.

| exit status | means |
|---|---|
| 0 | done |
| 1 | failed: the system, a missing part, a defect |
| 2 | wrong usage of a command |
| 3 | faults in the input |
| 4 | the input is sound, and no plan satisfies its limits |
| 130 | interrupted |
| 141 | nobody reads the output |
"""


def lines() -> Iterator[str]:
    """Give the page, line by line."""
    yield INTRO
    for title, codes in GROUPS.items():
        yield f"## {title}\n"
        yield "| code | meaning | what to do |"
        yield "|---|---|---|"
        for code, meaning in sorted(codes.items()):
            yield f"| `{code}` | {meaning} | {remedy(code)} |"
        yield ""


def main() -> int:
    """Print the page."""
    print("\n".join(lines()))
    return 0


if __name__ == "__main__":
    sys.exit(main())

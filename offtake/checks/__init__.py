"""What the entries of a portfolio must mean together; pure, and blind to files.

    for finding in checks.run(portfolio):
        print(finding)

Each check has a name, a level and its codes (`OTK-C…`); `CHECKS` lists them all.
"""

from offtake.checks.finding import Check, Finding, Level
from offtake.checks.registry import CHECKS, refuse_unknown, run

__all__ = ["CHECKS", "Check", "Finding", "Level", "refuse_unknown", "run"]

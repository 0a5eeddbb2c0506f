"""Where jobs begin, kept in memory: the compiled rules over tables that are changed, not refilled.

    controller ── add, withdraw, hold, ended, usable, opened ──> tables ── decide(now) ──> verdicts

It knows no store, no engine and no clock. Importing it does not import the compiler.
"""

from offtake.operate.placement.front import Placement

__all__ = ["Placement"]

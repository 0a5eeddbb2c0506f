"""offtake: plan, run and settle a hybrid portfolio of AI compute.

    portfolio = offtake.read("worlds/three-sites")   # all faults at once, with line numbers
    plan = offtake.plan(portfolio, risk=0.2)         # what to sign and when, and why
    offtake.report(plan, "plan.html")                # one self-contained page

What is called is imported when it is first used, so `import offtake` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from offtake.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from offtake.cycle.connected import connect
    from offtake.cycle.measuring import measure
    from offtake.cycle.reading import read
    from offtake.cycle.simulating import simulate
    from offtake.files import export, read_plan, read_study, write, write_plan, write_study
    from offtake.files.framing import frame
    from offtake.plan import plan
    from offtake.plan.backtest import backtest
    from offtake.plan.study import study
    from offtake.report import compare, report

__all__ = [
    "__version__",
    "backtest",
    "compare",
    "connect",
    "export",
    "frame",
    "measure",
    "plan",
    "read",
    "read_plan",
    "read_study",
    "report",
    "simulate",
    "study",
    "write",
    "write_plan",
    "write_study",
]

_HOMES = {
    "connect": "offtake.cycle.connected",
    "read": "offtake.cycle.reading",
    "write": "offtake.files",
    "read_plan": "offtake.files",
    "write_plan": "offtake.files",
    "read_study": "offtake.files",
    "write_study": "offtake.files",
    "export": "offtake.files",
    "frame": "offtake.files.framing",
    "backtest": "offtake.plan.backtest",
    "compare": "offtake.report",
    "study": "offtake.plan.study",
}
_VERBS = ("measure", "plan", "report", "simulate")
"""Packages that are called by their own name."""


def __getattr__(name: str) -> Any:
    """Import what is asked for, once."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name in _VERBS:
        return import_module(f"offtake.{name}")
    raise AttributeError(f"module 'offtake' has no attribute {name!r}")


def __dir__() -> list[str]:
    """List what can be called."""
    return sorted(__all__)

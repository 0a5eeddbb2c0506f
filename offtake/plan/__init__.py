"""Loop 1: portfolio and demand in, plan out. Calling the package is calling `front.plan`."""

from offtake.plan.front import Solved, plan, solved
from offtake.progress import Progress
from offtake.verbs import make_callable

__all__ = ["Progress", "Solved", "plan", "solved"]

make_callable(__name__, plan)

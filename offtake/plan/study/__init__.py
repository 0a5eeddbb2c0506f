"""What a decision maker must get beyond the plan: see `offtake.model.study`.

    study = offtake.study(portfolio, parts=("value", "strategies"), risk=0.2)

Each part can be asked for alone, on a `Setting` that `prepare` gives: it holds the plan and
the scenarios all parts are compared on.
"""

from offtake.plan.study.conditions import conditions
from offtake.plan.study.fresh import out_of_sample
from offtake.plan.study.front import PARTS, USUAL, study
from offtake.plan.study.frontier import frontier
from offtake.plan.study.levers import levers
from offtake.plan.study.regret import regret
from offtake.plan.study.revising import revising
from offtake.plan.study.setting import Setting, prepare
from offtake.plan.study.strategies import RULES, Rule, strategies
from offtake.plan.study.tornado import tornado
from offtake.plan.study.value import value_of_information

__all__ = [
    "PARTS",
    "RULES",
    "USUAL",
    "Rule",
    "Setting",
    "conditions",
    "frontier",
    "levers",
    "out_of_sample",
    "prepare",
    "regret",
    "revising",
    "strategies",
    "study",
    "tornado",
    "value_of_information",
]

"""Loop 2: what a fleet will really deliver, at three fidelities over one parameter object.

    closed   formulas: instant, and refused where they do not hold
    gang     one big job, event by event, thousands of replications a second
    fleet    many tenants, queues and policies

All keep the same ledger of accelerator time (`offtake.model.bucket`).
"""

from offtake.verbs import lend

lend(__name__, "offtake.cycle.simulating", "simulate")

"""What was published, held against what we say: every case as data, with its conventions.

A case is a function without arguments that gives a `Case`; `tools/validate.py` prints all of
them as a page.
"""

from offtake.simulate.validate import airesim, llama, mlperf, power, queues, replays, rsc, scale
from offtake.simulate.validate.case import Case, Kind, Row, Verdict

CASES = (
    llama.interruptions,
    llama.throughput,
    rsc.case,
    scale.closed_form,
    scale.holds_where,
    scale.replicas,
    mlperf.case,
    airesim.case,
    queues.case,
    power.site,
    power.acme,
    replays.gavel,
    replays.fgd,
)
"""Cases that need nothing but this package, in the order of the page."""

__all__ = ["CASES", "Case", "Kind", "Row", "Verdict"]

"""What the codes of faults of settlement mean."""

from __future__ import annotations

from collections.abc import Mapping

CHAINS: Mapping[str, str] = {
    "OTK-L150": "Two contracts have the same name.",
    "OTK-L151": "A closed month does not come before the one to be settled, or is closed twice.",
    "OTK-L152": "A closed month has an invoice of a contract that is no longer there.",
    "OTK-L153": "A contract's currency, or its decimal places, changed after a month was closed.",
    "OTK-L154": "Lines of a statement do not add up: a defect of offtake.",
    "OTK-L155": "No line has this id, or more than one ends so.",
    "OTK-L156": "A month was closed knowing more than is known at the moment asked for.",
    "OTK-L157": "An event of demand response lacks power, price, currency, payer or payee.",
}
"""Codes of chains, corrections and tracing."""

REMEDIES: Mapping[str, str] = {
    "OTK-L150": "Give each contract a name of its own.",
    "OTK-L151": "Settle the month after the last one closed; late facts become its lines.",
    "OTK-L152": "Keep contracts that were invoiced; end one by an event instead.",
    "OTK-L153": "A contract keeps its currency; write a new contract for the new one.",
    "OTK-L154": "Run the command again with OFFTAKE_DEBUG=1, and report what it prints.",
    "OTK-L155": "`offtake settle` prints the lines of a month with their ids.",
    "OTK-L156": "Settle with a later `as_of`.",
    "OTK-L157": "The fault names the event; give it what it lacks.",
}
"""What to do about them, by the beginning of a code."""

"""What the codes of faults of settlement mean."""

from __future__ import annotations

from collections.abc import Mapping

SETTLEMENT: Mapping[str, str] = {
    "OTK-L001": "A moment has no time zone, or parts of a second.",
    "OTK-L002": "There is no such time zone.",
    "OTK-L003": "Data are no statement, or one of another version.",
    "OTK-L010": "A list of nodes cannot be read, or names a node twice.",
    "OTK-L020": "A tranche was accepted on one day by the contract, on another by events.",
    "OTK-L021": "An event counts nodes of a tranche that does not say how many it has.",
    "OTK-L022": "An event is of a tranche that its contract does not have.",
    "OTK-L023": "An acceptance or rejection was recorded before it happened.",
    "OTK-L024": "More nodes of a tranche were accepted or withdrawn than there are.",
    "OTK-L026": "A clause names a tranche that its contract does not have.",
    "OTK-L027": "A contract is handed over by who is no party of it then.",
    "OTK-L028": "A commitment names a rate that its contract does not have.",
    "OTK-L029": "A node is in service in two tranches of a contract at one time.",
    "OTK-L030": "Capacity is in service that no rate prices.",
    "OTK-L031": "A quantity cannot be counted in the unit of the clause.",
    "OTK-L032": "A tranche does not say its size in the unit of the clause.",
    "OTK-L033": "Nothing says on which day a price steps first.",
    "OTK-L034": "A price that steps has no months between its steps.",
    "OTK-L035": "A price follows an index from a reference of 0.",
    "OTK-L036": "Nothing says from when a flat price is owed.",
    "OTK-L037": "A tax is on a rate that its contract does not have.",
    "OTK-L038": "A currency is rounded to other decimal places than it has.",
    "OTK-L039": "A contract not billed by the month hands on what others charge by the month.",
    "OTK-L040": "A reading was sent again with another amount, time or subject.",
    "OTK-L041": "A reading is of the future, or of no time at all.",
    "OTK-L042": "Readings of one source and subject overlap and would count twice.",
    "OTK-L043": "Readings lie only partly in the time that is charged at one price.",
    "OTK-L044": "A tranche is metered both as a whole and by node.",
    "OTK-L045": "What a rate charges is not metered at all.",
    "OTK-L046": "More was metered of a tranche than its accelerators could give.",
    "OTK-L050": "A commitment does not fit the rate that counts towards it.",
    "OTK-L051": "The total value of a tranche is not fixed by a price of its capacity.",
    "OTK-L053": "A prepayment is too small for its instalments.",
    "OTK-L060": "An event uses an option that its contract does not have.",
    "OTK-L061": "An option has a price, and several rates or none could take it.",
    "OTK-L062": "An option was used with too short a notice.",
    "OTK-L063": "An option takes effect on a day that was not agreed.",
    "OTK-L064": "An option was used on tranches it is not for.",
    "OTK-L065": "An option was used and what it does is not said, or comes too late.",
    "OTK-L066": "An option was used for more power than was agreed.",
    "OTK-L067": "An option was used by a party that does not hold it.",
}
"""Codes of a month of one contract: its terms, its facts, what was metered."""

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
    "OTK-L001": "Write a moment to the second and with its zone, like 2027-06-08T02:00:00Z.",
    "OTK-L002": "Use a name such as UTC, Europe/Oslo or America/Chicago.",
    "OTK-L003": "Write the statement again with this release of offtake.",
    "OTK-L010": "Write nodes like n[001-512] or n001,n002, each once.",
    "OTK-L02": "The fault names the event or the clause; correct it by an event that replaces it.",
    "OTK-L03": "The fault names the clause; mend it in the contract.",
    "OTK-L030": "Give a rate that holds for the tranche and the day.",
    "OTK-L04": "The fault names the readings; withdraw what is wrong, and record what was.",
    "OTK-L05": "The fault names the clause; mend it in the contract.",
    "OTK-L06": "The fault names the event and the option; one is not as agreed.",
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

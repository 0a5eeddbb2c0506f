"""What the codes of faults of capital mean."""

from __future__ import annotations

from collections.abc import Mapping

CAPITAL: Mapping[str, str] = {
    "OTK-C001": "A payment is spread over no years, or at a rate of -1 or below.",
    "OTK-C002": "A cost is spread over no hours, or compared with a rent of nothing.",
    "OTK-C010": "Interest of -1 or below discounts nothing.",
    "OTK-C011": "A contract that was judged not to be a lease is put on the balance sheet.",
    "OTK-C012": "A lease has no payments.",
    "OTK-C013": "A lease has no such period, or its changes are out of order.",
    "OTK-C014": "A moved index measures a lease anew under ASC 842, which expenses it.",
    "OTK-C015": "Something of a lease is given back or leased on that cannot be.",
    "OTK-C016": "There is no such lease, or none at all.",
    "OTK-C020": "Debt cannot be sized: there is no cash to lend against.",
    "OTK-C021": "Sculpted debt service does not pay the interest of a period.",
    "OTK-C022": "A loan is larger than all there is to pay for.",
    "OTK-C023": "Nothing says how a vehicle is financed, or what it builds.",
    "OTK-C024": "A case is late with a phase that is not built.",
    "OTK-C025": "Nothing says what the offtaker pays for a phase.",
    "OTK-C026": "The interest of a loan falls below 0.",
    "OTK-C027": "Control of a vehicle is declared, or denied, without a reason.",
    "OTK-C028": "There is no such vehicle, or no such case.",
    "OTK-C030": "The life of servers is not whole years.",
    "OTK-C031": "Servers outlive the shell they stand in.",
    "OTK-C032": "The catalogue does not tell the power or the speed of an accelerator.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-C0": "The fault says which number cannot be; give one that can.",
    "OTK-C011": "Expense its payments, or change the judgement and give its reason.",
    "OTK-C020": "Shorten the tenor, raise the price, or borrow nothing (`gearing_share: 0`).",
    "OTK-C021": "Ask for an annuity or a shorter tenor.",
    "OTK-C027": "Say who directs what matters, and who bears the variable return.",
    "OTK-C028": "Name one of those the world has.",
    "OTK-C032": "Name another accelerator, or a later day.",
    "OTK-C023": "Give the vehicle `finance` with `close` and `phases`.",
}
"""What to do, by the beginning of a code."""

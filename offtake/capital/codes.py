"""What the codes of faults of capital mean."""

from __future__ import annotations

from collections.abc import Mapping

CAPITAL: Mapping[str, str] = {
    "OTK-A001": "A payment is spread over no years, or at a rate of -1 or below.",
    "OTK-A002": "A cost is spread over no hours, or compared with a rent of nothing.",
    "OTK-A010": "Interest of -1 or below discounts nothing.",
    "OTK-A011": "A contract that was judged not to be a lease is put on the balance sheet.",
    "OTK-A012": "A lease has no payments.",
    "OTK-A013": "A lease has no such period.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-A0": "The fault says which number cannot be; give one that can.",
    "OTK-A011": "Expense its payments, or change the judgement and give its reason.",
}
"""What to do, by the beginning of a code."""

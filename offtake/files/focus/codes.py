"""What the codes of others' invoices mean: FOCUS out and in, and the shadow check."""

from __future__ import annotations

from collections.abc import Mapping

INVOICES: Mapping[str, str] = {
    "OTK-L190": "A supplier's line is in another currency than the contract.",
    "OTK-M150": "A shortfall rests on no commitment of its contract.",
    "OTK-M151": "Nothing says how much a commitment comes to over its term.",
    "OTK-M152": "The contract has no invoice in the month.",
    "OTK-M153": "A number has more digits than a file of FOCUS holds.",
    "OTK-M155": "An invoice is not CSV in UTF-8, or not Parquet.",
    "OTK-M156": "A row of an invoice is longer or shorter than its header.",
    "OTK-M157": "A supplier's invoice lacks a column, or has an unknown one.",
    "OTK-M158": "A cell of a supplier's invoice cannot be read.",
    "OTK-M159": "A supplier's invoice has no line of the contract and month.",
    "OTK-M160": "An invoice in FOCUS lacks a column.",
    "OTK-M161": "A row of an invoice is refused: a cell is missing or cannot be read.",
    "OTK-M162": "A row of an invoice is refused: its use is no whole number of what is metered.",
    "OTK-M163": "A row of an invoice is refused: no site stands for its region.",
    "OTK-M164": "A row of an invoice is refused: its period is empty, or was not over.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-L190": "Ask for the invoice in the currency the contract names.",
    "OTK-M15": "The fault names the file and the line; mend it there, or ask the supplier.",
    "OTK-M150": "Settle the month again with the contract as it stood then.",
    "OTK-M151": "Say in the contract how many accelerators, nodes or MW its tranches have.",
    "OTK-M152": "See `offtake settle WORLD MONTH` for the links that are settled.",
    "OTK-M153": "Report it, with the line that `offtake settle` prints.",
    "OTK-M16": "The row is counted and left out; mend it, or tell how it is to be read.",
}
"""What to do about them, by the beginning of a code."""

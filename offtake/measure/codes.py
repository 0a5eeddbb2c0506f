"""What the codes of faults of measuring mean."""

from __future__ import annotations

from collections.abc import Mapping

MEASURING: Mapping[str, str] = {
    "OTK-Q001": "There is no such metric, or not in this version.",
    "OTK-Q002": "A metric is taken at a boundary its definition does not know.",
    "OTK-Q003": "A metric divides by nothing, or lacks the part below its line.",
    "OTK-Q004": "A share is below 0 or above 1.",
    "OTK-Q005": "Carbon is stated without its basis, or without average or marginal.",
    "OTK-Q006": "A number a formula needs is not above 0.",
    "OTK-Q010": "Samples of one device go back in time.",
    "OTK-Q011": "A table of samples lacks a column, or a column holds something else.",
    "OTK-Q012": "There is nothing to measure.",
    "OTK-Q020": "Carbon factors of several kinds would meet in one sum.",
    "OTK-Q021": "Hours of a site repeat, are out of order, or hold a number that cannot be.",
    "OTK-Q022": "A table of a site's hours lacks a column or cannot be read.",
    "OTK-Q030": "A sheet is not in the form of the schema.",
    "OTK-Q031": "A value of a sheet is not its numerator over its denominator.",
    "OTK-Q032": "One of the three figures of Scope 2 stands without the others.",
    "OTK-Q033": "A sheet says a metric twice of one subject and window.",
    "OTK-Q034": "A metric's unit is not its definition's.",
    "OTK-Q035": "A window ends before it begins, or leaves the month of its sheet.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-Q0": "The fault names what does not fit; see the page of metrics for what each wants.",
    "OTK-Q010": "Sort the samples by time, and see that two devices do not share a name.",
    "OTK-Q011": "See `offtake measure --help` for the columns.",
    "OTK-Q02": "Take all factors of one basis and one counting, an hour a row, in order.",
    "OTK-Q03": "See `offtake schema --of transparency` for the form, then mend the row named.",
}
"""What to do, by the beginning of a code."""

"""The codes of decisions, with what they mean and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

DECIDING: Mapping[str, str] = {
    "OTK-Y001": "Two jobs that wait or run have one id.",
    "OTK-Y002": "A job is of a kind nobody described.",
    "OTK-Y003": "A job names a tenant the fleet does not have.",
    "OTK-Y004": "A running job names a cluster the fleet does not have.",
    "OTK-Y005": "Clusters of one fleet have nodes of different sizes.",
    "OTK-Y006": "More nodes of a pod are in use or down than it has.",
    "OTK-Y040": "The solver found no optimum of a routing: a defect of offtake.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-Y": "The fault names the job or cluster; mend it there.",
    "OTK-Y040": "Report it.",
}

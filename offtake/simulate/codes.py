"""The codes of simulation, with what they mean and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

SIMULATION: Mapping[str, str] = {
    "OTK-S001": "The first-order form of the training time ratio does not hold at this loss.",
    "OTK-S002": "A closed form does not hold for these parameters.",
    "OTK-S003": "A job does not fill whole nodes, or whole replicas.",
    "OTK-S004": "Two parameters cannot be simulated together at this fidelity.",
    "OTK-S005": "No interval between checkpoints is best: writing one costs nothing.",
    "OTK-S006": "A run does not end: failures undo it as fast as it goes on.",
    "OTK-S007": "What compiles the simulation is not installed.",
    "OTK-S008": "An option of a simulation is out of range.",
    "OTK-S009": "A power cap leaves no speed.",
    "OTK-S010": "A fixed batch does not fill so many accelerators.",
    "OTK-S011": "An accelerator has no peak that is known.",
    "OTK-S110": "The time to simulate is not above 0, or longer than 8.5 years.",
    "OTK-S111": "A fleet has no cluster.",
    "OTK-S112": "Two clusters of a fleet have one id.",
    "OTK-S113": "Clusters of one fleet have nodes of different sizes.",
    "OTK-S114": "A cluster's nodes have another size than its parameters say.",
    "OTK-S115": "A fleet does not simulate this tier of recovery.",
    "OTK-S116": "No node is ever delivered to a cluster.",
    "OTK-S117": "Nodes leave before they arrive.",
    "OTK-S118": "A reserved burst names no cluster or tenant there is, or ends before it begins.",
    "OTK-S120": "A limit on power is below what a cluster's nodes draw idle.",
    "OTK-S121": "Limits on a cluster's power are not in order of time.",
    "OTK-S122": "A power cap is not above idle power.",
    "OTK-S130": "Columns of jobs differ in length.",
    "OTK-S131": "A job is handed in before the beginning, or at no time.",
    "OTK-S132": "Jobs are not in order of arrival.",
    "OTK-S133": "A job's work or limit is not above 0.",
    "OTK-S134": "A job asks for no accelerator.",
    "OTK-S135": "A job is of a kind or a tenant there is not.",
    "OTK-S136": "A job is larger than every place it may run.",
    "OTK-S137": "Two jobs have one id.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-S": "The fault names the parameter and what it may be.",
    "OTK-S001": "Take the exact renewal, or simulate.",
    "OTK-S002": "Simulate instead: events know no such limits.",
    "OTK-S003": "Take a multiple of the accelerators of a node.",
    "OTK-S006": "Write checkpoints more often, restart faster, or use fewer accelerators.",
    "OTK-S007": "Run pip install 'offtake[simulate]'.",
    "OTK-S11": "The fault names the cluster and the field; change it there.",
    "OTK-S115": "Take the tier spare or requeue; `offtake simulate train` knows replicas.",
    "OTK-S12": "Raise the limit, or let nodes leave for as long.",
    "OTK-S13": "The fault names the row, counted from 0, and the column.",
    "OTK-S011": "See `offtake catalogue accelerators`, or give --peak-tflops.",
}

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
}

REMEDIES: Mapping[str, str] = {
    "OTK-S": "The fault names the parameter and what it may be.",
    "OTK-S001": "Take the exact renewal, or simulate.",
    "OTK-S002": "Simulate instead: events know no such limits.",
    "OTK-S003": "Take a multiple of the accelerators of a node.",
    "OTK-S006": "Write checkpoints more often, restart faster, or use fewer accelerators.",
    "OTK-S007": "Run pip install 'offtake[simulate]'.",
    "OTK-S011": "See `offtake catalogue accelerators`, or give --peak-tflops.",
}

"""What the codes of faults of probes and acceptance mean, and what to do about them."""

from __future__ import annotations

from collections.abc import Mapping

ACCEPTANCE: Mapping[str, str] = {
    "OTK-A001": "A file is no evidence of a probe, or of another version.",
    "OTK-A002": "Evidence is not what was signed.",
    "OTK-A003": "Evidence is signed by a key that does not count.",
    "OTK-A004": "A key cannot be read or written, or would be written over.",
    "OTK-A005": "What signs evidence is not installed.",
    "OTK-A006": "An option of a probe is out of range, or does not fit the others.",
    "OTK-A010": "The contract has no such tranche.",
    "OTK-A011": "No test says when the tranche is accepted.",
    "OTK-A012": "A test asks for what the probe did not look at.",
    "OTK-A013": "A test and its evidence are in different units.",
    "OTK-A014": "Evidence of one node is given twice.",
    "OTK-A015": "Evidence lies outside the window of the tests.",
    "OTK-A016": "Evidence is of a node that is not of the tranche.",
    "OTK-A017": "The tranche does not say how many nodes it has.",
    "OTK-A018": "There is no evidence.",
}

REMEDIES: Mapping[str, str] = {
    "OTK-A0": "The fault names the file or the test; see docs/how-to/accept-nodes.md.",
    "OTK-A001": "Give files that `offtake probe node --out FILE` wrote.",
    "OTK-A002": "Ask for the file as the probe wrote it, or probe the node again.",
    "OTK-A003": "Name the key with --trust if its holder may testify.",
    "OTK-A004": "Name another file; a key is never written over.",
    "OTK-A005": "Run pip install 'offtake[probe]'.",
    "OTK-A006": "See `offtake probe node --help`.",
    "OTK-A011": "Give the tranche `acceptance: {tests: […]}`.",
    "OTK-A012": "Use a name and scope that `offtake probe node` prints.",
    "OTK-A013": "Write the threshold in the unit that `offtake probe node` prints.",
    "OTK-A014": "Give the run of each node that is to count.",
    "OTK-A015": "Probe again inside the window, or name its begin with --since.",
    "OTK-A017": "Give the tranche `node_count` or `nodes`.",
}

"""The codes of the control plane and its engines, with what they mean."""

from __future__ import annotations

from collections.abc import Mapping

OPERATION: Mapping[str, str] = {
    "OTK-E001": "An engine cannot be reached, or answered with an error.",
    "OTK-E003": "A yard cannot be used: not mounted, full, or not to be written.",
    "OTK-E004": "A token, or a name or value in a job's environment, is not one.",
    "OTK-E005": "A report in a yard's spool cannot be read.",
    "OTK-E010": "Local processes cannot be found on this machine: it has no /proc.",
    "OTK-E011": "This machine starts no more processes.",
    "OTK-E020": "There is no such job.",
    "OTK-E021": "A request was sent again under its key with another body.",
    "OTK-E022": "No cluster will ever run such a job: none has what it asks for.",
    "OTK-E023": "A job names a tenant there is not.",
    "OTK-E024": "A job is too large to be taken in.",
    "OTK-E025": "A job that is over cannot be cancelled.",
    "OTK-E026": "A job of such a cost is over its budget, or its tenant's.",
    "OTK-E027": "There is no such cluster.",
    "OTK-E028": "Another process leads; this one changed nothing.",
    "OTK-E029": "Clusters or tenants of an installation have one id, or name what there is not.",
    "OTK-E030": "A job names a cluster or site there is not.",
    "OTK-E040": "A command of Slurm cannot be run on this machine.",
    "OTK-E041": "A command of Slurm failed, or took too long.",
    "OTK-E042": "Slurm's REST interface cannot be reached.",
    "OTK-E043": "Slurm's REST interface offers no way to hand in jobs.",
    "OTK-E044": "Slurm's REST interface refuses the token, or its file cannot be read.",
    "OTK-E045": "A command of Slurm printed what cannot be read.",
    "OTK-E046": "Slurm does not let this user mend what went wrong with it.",
    "OTK-E050": "A Slurm script cannot be read, or is none.",
    "OTK-E051": "An option of a Slurm script has a value that cannot be read.",
    "OTK-E060": "A job is to wait that waits or runs already.",
    "OTK-E061": "A job that is to be placed is of a tenant there is not.",
    "OTK-E062": "Placement knows no such cluster.",
    "OTK-E063": "More accelerators of a cluster are said to be usable than it has.",
    "OTK-E064": "No such job waits, so there is nothing to explain.",
    "OTK-E090": "Ray's dashboard or Kubernetes' API server cannot be reached.",
    "OTK-E091": "Ray's dashboard or Kubernetes' API server answered with an error.",
    "OTK-E092": "Ray or Kubernetes refuses the token, or its file cannot be read.",
    "OTK-E093": "Ray or Kubernetes gave a list that cannot be read, or only a part of one.",
    "OTK-E094": "A cluster of Ray or Kubernetes has no address, or one that is none.",
    "OTK-E095": "A kubeconfig, or a file it names, cannot be read or is of an unknown kind.",
    "OTK-E096": "A cluster of Kubernetes has no image for its jobs.",
}
"""What each code means."""

REMEDIES: Mapping[str, str] = {
    "OTK-E0": "The fault names what was refused and why; change it and hand it in again.",
    "OTK-E00": "See that the engine runs and can be reached; what is not known is found out later.",
    "OTK-E01": "See that this machine has room for more processes.",
    "OTK-E04": "See that Slurm runs, that its commands are installed, and that the token is valid.",
    "OTK-E05": "The fault names the line; mend it there.",
    "OTK-E09": "See that the server runs; check the engine's `url`, `config` and token.",
    "OTK-H": "The fault says what was refused; see `offtake COMMAND --help`, and ask again.",
    "OTK-H003": "An owner makes one with `offtake token make NAME`; set OFFTAKE_TOKEN to it.",
    "OTK-H005": "Give --cert and --key, and make a token with `offtake token make`.",
    "OTK-H006": "Begin one with `offtake serve`, or name it with --url or OFFTAKE_URL.",
    "OTK-H018": "Run pip install 'offtake[operate,simulate,store]'.",
}
"""What to do, by the beginning of a code."""

SERVING: Mapping[str, str] = {
    "OTK-H001": "A request is larger than the service takes in.",
    "OTK-H002": "A request does not have the form it should have.",
    "OTK-H003": "A request shows no token, or one that is not known, expired or revoked.",
    "OTK-H004": "A token may not do this.",
    "OTK-H005": "The service would listen beyond this machine without tokens or without TLS.",
    "OTK-H006": "The service cannot be reached, or what answers there is not offtake.",
    "OTK-H007": "There is nothing at this address.",
    "OTK-H010": "A job file holds no job.",
    "OTK-H011": "The address of a service is none.",
    "OTK-H012": "No job has this id or name.",
    "OTK-H013": "A job has no such field, or the field cannot be set to this.",
    "OTK-H014": "Accelerators are not written TYPE:NUMBER.",
    "OTK-H015": "No cluster and no site has this name.",
    "OTK-H016": "The service cannot listen there.",
    "OTK-H017": "A job has no such attempt.",
    "OTK-H018": "What the service or its client is made of is not installed.",
    "OTK-H019": "Options of a command of operation do not go together.",
}
"""What each code of the HTTP API means."""

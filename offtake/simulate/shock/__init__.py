"""What a cause costs a fleet: the same luck with it and without it, many times over."""

from offtake.simulate.shock.cap import Capped, Caps, caps
from offtake.simulate.shock.curtail import Curtailed, Curtailment, curtail
from offtake.simulate.shock.loss import Lost, SiteLoss, lose
from offtake.simulate.shock.paired import Told

__all__ = [
    "Capped",
    "Caps",
    "Curtailed",
    "Curtailment",
    "Lost",
    "SiteLoss",
    "Told",
    "caps",
    "curtail",
    "lose",
]

"""Deratings: what a fleet really did of what was expected, for the next plan to start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from offtake.model.bucket import Bucket
from offtake.model.value import Value
from offtake.units import Hours, PositiveShare, Share

SCHEMA = "offtake.derating/1"
"""Name and version of the form deratings are written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derated(Value):
    """What accelerators of one type did at one site, or at all sites."""

    accelerator: str
    """Type of accelerator."""
    site: str | None = None
    """Where; None is every site that has no line of its own."""
    goodput_share: PositiveShare
    """Steps that were kept, over the time in which nodes were up and held by work: what a
    portfolio calls `goodput_ratio`."""
    up_share: Share
    """Time in which nodes were up, over all there was; a plan's `availability_share` is the
    contract's and stays."""
    bucket_share: Mapping[Bucket, Share] = field(default_factory=dict)
    """Where all accelerator time went; adds up to 1."""
    coverage_share: Share
    """Share of the window's accelerator time that was held by work: what is known rests on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Derating(Value):
    """What a fleet did of what was expected, by type of accelerator and site."""

    source: str
    """What was watched, in words: a simulation with its seed, or a month of a control plane."""
    measured: bool
    """True for what really happened, false for what was simulated."""
    window_hours: Hours
    """Time that was watched; replications of a simulation add up."""
    lines: tuple[Derated, ...]
    """By accelerator and site."""

    def of(self, accelerator: str, site: str) -> Derated | None:
        """Give the line of a type at a site, else of the type everywhere; None is neither."""
        own = [x for x in self.lines if x.accelerator == accelerator and x.site == site]
        wide = [x for x in self.lines if x.accelerator == accelerator and x.site is None]
        found = own or wide
        return found[0] if found else None

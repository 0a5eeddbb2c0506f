"""What revising a plan is worth: a simulation of looking again, against holding on."""

from __future__ import annotations

from dataclasses import dataclass

from offtake.model.outlook import Estimate
from offtake.model.period import Quarter
from offtake.model.value import Value
from offtake.units import Count, Positive, Seed, Share, SignedUSD

SCHEMA = "offtake.revising/1"
"""Name and version of the form it is written in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevisedPath(Value):
    """One future in which the plan was held, and looked at again."""

    story: str = ""
    """Named scenario it belongs to; empty for none."""
    probability_share: Share
    """Its chance among the paths."""
    held_npv_usd: SignedUSD
    """Net present value of the first plan, held throughout."""
    revised_npv_usd: SignedUSD
    """Net present value where the plan was made anew at each review."""
    kept_count: Count = 0
    """Reviews at which no new plan kept all limits, so that the earlier one was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revising(Value):
    """What it is worth to look at a plan again, on futures it was not made for."""

    portfolio: str
    """Name of the portfolio."""
    reviews: tuple[Quarter, ...]
    """Quarters before whose signings the plan is made anew."""
    scenarios: Positive
    """Scenarios each plan is made on; at a review they share the past of the path."""
    seed: Seed
    """Seed of the paths and of the scenarios."""
    held: Estimate
    """Mean net present value of the first plan, held throughout."""
    revised: Estimate
    """The same where the plan is made anew at each review."""
    worth: Estimate
    """Mean difference on the same paths: what revising is worth."""
    better_share: Share
    """Chance of the paths on which revising brought more."""
    paths: tuple[RevisedPath, ...]
    """The futures, one by one."""
    about: str
    """What it means and what it leaves out, in sentences."""

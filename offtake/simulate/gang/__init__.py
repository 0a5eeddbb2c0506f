"""Fidelity B: one big gang job, event by event, thousands of replications in seconds."""

from offtake.simulate.gang.job import Gang, Mean, Outcome
from offtake.simulate.gang.run import simulate_gang

__all__ = ["Gang", "Mean", "Outcome", "simulate_gang"]

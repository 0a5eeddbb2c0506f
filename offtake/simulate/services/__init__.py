"""Inference and training on one fleet over a day: what is served, and what is left to train."""

from offtake.simulate.services.day import Day, Shared, day

__all__ = ["Day", "Shared", "day"]

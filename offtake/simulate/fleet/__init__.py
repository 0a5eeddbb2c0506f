"""A whole fleet: many tenants, queues, failures, power; event by event, a year in seconds."""

from offtake.simulate.fleet.front import run

__all__ = ["run"]

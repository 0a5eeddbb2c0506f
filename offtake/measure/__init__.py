"""Measure: how well it went, by one yardstick for plan, simulation and reality."""

from offtake.verbs import lend

lend(__name__, "offtake.cycle.measuring", "measure")

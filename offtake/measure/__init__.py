"""Measure: how well it went, by one yardstick for plan, simulation and reality."""

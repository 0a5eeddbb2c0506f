"""Chaos: everything that can be killed is killed while jobs run, and what was promised counted."""

"""How many threads solvers ask for: one number in all of a process.

HiGHS keeps one pool of threads a process, made by the first solver. One that asks for another
number later solves nothing (its status stays `kNotset`).
"""

from __future__ import annotations

THREADS = 2
"""Threads of every solver that runs in the process of its caller."""

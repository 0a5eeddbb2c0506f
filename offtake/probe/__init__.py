"""The probe: measures on a node what was delivered there, and signs what it found.

It is the only floor that runs load on a machine. What its evidence is worth to a contract
is thought about in `offtake.measure.acceptance`, which reads no file and measures nothing.
"""

"""What to do next: the rules that choose which job begins where, shared by loops 2 and 3.

The simulator of a fleet and the control plane run the same compiled rules (`decide`): one over
years of simulated time, one for the next second of the real world.
"""

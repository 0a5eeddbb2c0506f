"""Recorded jobs, run again: what a policy would have made of a trace.

packing   tasks that ask for fractions of accelerators, none leaving (FGD's experiment)
rounds    jobs on several types of accelerator, in rounds of minutes (Gavel's experiment)
"""

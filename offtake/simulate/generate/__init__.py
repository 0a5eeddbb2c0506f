"""Traces that nobody published: jobs drawn like those of a cluster that was summed up in print."""

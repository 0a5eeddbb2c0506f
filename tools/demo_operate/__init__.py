"""The demonstration of operation: real jobs on two sites, one lost, the month settled."""

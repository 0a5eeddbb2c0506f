"""A real loopback installation: two Slurm clusters, their accounting, and a PostgreSQL.

    python -m tools.cluster start      starts what does not run yet, and prints where it is
    python -m tools.cluster status
    python -m tools.cluster stop

Everything lives in one private folder and listens on the loopback only; `cluster.json` in it
names endpoints, tokens and folders. Nothing is simulated but the accelerators: their device
files are links to /dev/null, so that jobs are bound to them as they would be to real ones.
"""

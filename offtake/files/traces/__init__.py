"""Recorded work of others, as typed columns: jobs, tasks, nodes and requests.

    columns    one file (CSV, CSV.gz, Parquet) as checked columns, all faults with their rows
    jobs       Gavel, Philly, Slurm's sacct, and any CSV
    openb      Alibaba's nodes and tasks that ask for fractions of accelerators
    requests   Azure's inference requests

Nothing is dropped in silence: what a reader leaves out is a count in `left_out`.
"""

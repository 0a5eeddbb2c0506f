"""Metering in: Prometheus, Slurm and tables to readings, with an account of every file.

imported = read_prometheus([Path("june.json")], target)
imported.readings; imported.account.refused; imported.coverage()
"""

from offtake.files.meters.imported import Account, Covered, Imported, Target
from offtake.files.meters.prometheus import Metric, metric_of, read_prometheus
from offtake.files.meters.sacct import read_sacct
from offtake.files.meters.tables import Layout, read_meter_table
from offtake.files.meters.times import Clock, clock, length

__all__ = [
    "Account",
    "Clock",
    "Covered",
    "Imported",
    "Layout",
    "Metric",
    "Target",
    "clock",
    "length",
    "metric_of",
    "read_meter_table",
    "read_prometheus",
    "read_sacct",
]

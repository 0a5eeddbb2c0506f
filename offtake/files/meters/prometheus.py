"""Prometheus, and dcgm-exporter through it: counters and gauges to readings.

    DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{gpu="0",Hostname="n001",…} 1.2e9 1811808000000
        -> it-energy of node n001, source DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION/gpu0

A GPU is one series however its other labels change: dcgm-exporter puts the pod that uses
it into them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from offtake.errors import Fault, OfftakeError, Where, few
from offtake.files.meters.exposition import Sample, samples
from offtake.files.meters.imported import Account, Imported, Target, moment_of, stamp
from offtake.files.meters.series import Amounts, counted, highest, in_order, integrated
from offtake.files.meters.units import POWER, factor
from offtake.model.reading import Meter, Reading

GPU_ENERGY = "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"
"""Energy of a GPU since its driver was loaded, in mJ: what is read where nothing is named."""
NODE_LABELS = ("Hostname", "hostname", "node", "nodename")
"""Labels that name a node."""
_GPU = ("UUID", "gpu", "device", "GPU_I_ID", "GPU_I_PROFILE")
_PASSING = ("pod", "namespace", "container", "job", "exported_", "pod_uid", "hpc_job")
"""Labels, or beginnings of such, that tell who uses a meter, not which it is."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How one metric is read."""

    name: str
    meter: Meter
    unit: str

    @property
    def is_power(self) -> bool:
        """Whether it is a gauge of power."""
        return self.unit in POWER

    @property
    def factor(self) -> Fraction:
        """What one of its unit is in the unit of the meter, or in W."""
        return factor(self.meter, self.unit, power=True)


def metric_of(text: str) -> Metric:
    """Read how a metric is to be read: `site_energy_total=facility-energy:kWh`.

    Raises:
        OfftakeError: it is not written so (`OTK-M100`), or the unit is none of the meter's
            (`OTK-M101`).
    """
    name, _, rest = text.partition("=")
    word, _, unit = rest.partition(":")
    if not name or not unit or word not in set(Meter):
        raise OfftakeError(
            Fault(
                code="OTK-M100",
                what="a metric is written NAME=METER:UNIT",
                where=Where(),
                got=f"'{text}'",
                hint=f"such as {GPU_ENERGY}=it-energy:mJ; meters: {', '.join(Meter)}",
            )
        )
    made = Metric(name.strip(), Meter(word), unit.strip())
    assert made.factor
    return made


DCGM = Metric(GPU_ENERGY, Meter.IT_ENERGY, "mJ")

Key = tuple[str, str | None, str, str]
"""Metric, node, what tells its series from others there, and which device it is."""


def read_prometheus(
    paths: Iterable[Path],
    target: Target,
    metrics: Iterable[Metric] = (DCGM,),
    *,
    node_label: str | None = None,
    gap: int = 300,
) -> Imported:
    """Turn samples into readings.

    Args:
        paths: scrapes in text, or answers of the API; all together are one set of samples.
        target: where the readings belong.
        metrics: which metrics are read, and how.
        node_label: the label that names a node; None is one of `NODE_LABELS` for meters of
            servers, and no node for a site's.
        gap: seconds between two samples beyond which the time between is not covered.

    Raises:
        OfftakeError: a file cannot be understood (`OTK-M102`), or two samples of one time
            differ (`OTK-M103`).
    """
    known = {metric.name: metric for metric in metrics}
    account = Account()
    found: dict[Key, dict[int, Sample]] = {}
    faults: list[Fault] = []
    for path in paths:
        for sample in samples(path, known, account):
            key = _key(sample, known[sample.name], target, node_label, account)
            if key is not None:
                _enter(found.setdefault(key, {}), sample, path, account, faults)
    if faults:
        raise OfftakeError(few(faults))
    readings: list[Reading] = []
    for key in sorted(found, key=str):
        readings += _readings(key, found[key], known[key[0]], target, gap, account)
    _notes(known.values(), account)
    return Imported(tuple(readings), account, target.window)


def _key(
    sample: Sample, metric: Metric, target: Target, label: str | None, account: Account
) -> Key | None:
    node, used = _node(sample.labels, metric, target, label)
    if label is not None and node is None:
        account.refused[f"without the label `{label}`"] += 1
        return None
    if node is not None and target.nodes is not None and node not in target.nodes:
        account.refused[f"of node '{node}', which no tranche at {target.site} has"] += 1
        return None
    device = {k: sample.labels[k] for k in _GPU if k in sample.labels}
    if "gpu" in device or "UUID" in device:
        slot = device.get("gpu") or device["UUID"]
        return sample.name, node, f"gpu{slot}", device.get("UUID", slot)
    rest = sorted(
        (k, v) for k, v in sample.labels.items() if k != used and not k.startswith(_PASSING)
    )
    told = ",".join(f"{k}={v}" for k, v in rest)
    return sample.name, node, told, told


def _node(
    labels: Mapping[str, str], metric: Metric, target: Target, label: str | None
) -> tuple[str | None, str | None]:
    """Give the node a sample is of, and the label that names it."""
    tried = (label,) if label is not None else NODE_LABELS
    if label is None and metric.meter in (Meter.FACILITY_ENERGY, Meter.PEAK_POWER):
        return None, None
    for name in tried:
        text = labels.get(name)
        if text:
            host = text.rpartition(":")[0] if text.rpartition(":")[2].isdecimal() else text
            short = host.partition(".")[0]
            known = target.nodes is not None and host not in target.nodes
            return (short if known and short in (target.nodes or ()) else host), name
    return None, None


def _enter(
    at: dict[int, Sample], sample: Sample, path: Path, account: Account, faults: list[Fault]
) -> None:
    before = at.setdefault(sample.millisecond, sample)
    if before is sample:
        return
    if before.value == sample.value:
        account.merged["the same sample again"] += 1
        return
    faults.append(
        Fault(
            code="OTK-M103",
            what=f"two samples of {sample.name} at one time differ",
            where=Where(file=str(path), path=sample.place),
            got=str(sample.value),
            hint=f"{before.place} says {before.value} at {stamp(sample.millisecond // 1000)}; "
            "are these two meters?",
        )
    )


_HOW: Mapping[bool, Callable[..., Amounts]] = {False: counted, True: integrated}


def _readings(
    key: Key, at: Mapping[int, Sample], metric: Metric, target: Target, gap: int, account: Account
) -> list[Reading]:
    points = in_order((ms // 1000, at[ms].value) for ms in sorted(at))
    how = highest if metric.meter is Meter.PEAK_POWER else _HOW[metric.is_power]
    amounts = how(points, metric.factor, gap, target.every)
    _, node, told, _ = key
    source = target.source or metric.name
    made = [
        Reading(
            source=f"{source}/{told}" if told else source,
            id="/".join(part for part in (target.site, node, stamp(start)) if part),
            meter=metric.meter,
            site=target.site,
            tranche=target.tranche,
            node=node,
            starts=moment_of(start),
            ends=moment_of(end),
            amount=amount,
            recorded=target.recorded,
        )
        for (start, end), amount in amounts.pieces
        if _wanted(start, end, target, account)
    ]
    _tell(amounts, len(points), metric, account)
    return made


def _wanted(start: int, end: int, target: Target, account: Account) -> bool:
    """Tell whether a piece lies in the time that is wanted, whose ends are cuts."""
    window = target.window
    if start == end:
        return False
    if window is None or (window[0] <= start and end <= window[1]):
        return True
    account.refused["pieces outside the time that is wanted"] += 1
    return False


def _tell(amounts: Amounts, count: int, metric: Metric, account: Account) -> None:
    account.taken["samples"] += count - amounts.alone_count
    if amounts.alone_count:
        account.refused["alone between gaps: it covers no time"] += amounts.alone_count
    if amounts.reset_count:
        account.taken["resets of a counter, counted on from 0"] += amounts.reset_count
    if amounts.gap_count:
        account.refused["gaps, left uncovered"] += amounts.gap_count
    if amounts.left_out:
        unit = metric.meter.unit
        account.refused[f"{unit} a counter went up by over gaps"] += round(amounts.left_out)


def _notes(metrics: Iterable[Metric], account: Account) -> None:
    for metric in metrics:
        if metric.name.startswith("DCGM_") and metric.meter is Meter.IT_ENERGY:
            account.notes.append(
                f"{metric.name} is of GPUs alone: processors, network and fans are not in it"
            )
        if metric.is_power and metric.meter is not Meter.PEAK_POWER:
            account.notes.append(
                f"{metric.name} is power: energy is the mean of two samples times the time between"
            )

"""What power caps cost: work, energy and FLOPs a joule of a fleet at each of several caps.

FLOPs a watt     productive accelerator-seconds · peak · MFU / joules at the servers

Speed under a cap is 1 − loss · (1 − cap)², an assumed law; with nothing idle and nothing
failing, work a joule is then best at √(1 − 1/loss), 0.8 for the usual loss of 25/9.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from offtake.errors import Fault, OfftakeError, Where
from offtake.model.bucket import Bucket
from offtake.model.history import History
from offtake.simulate.fleet import run
from offtake.simulate.gang.job import Mean
from offtake.simulate.scene import HOUR_S, Scene, jobs_of
from offtake.simulate.shock.paired import Told, mean, refuse, replicated, unclosed
from offtake.simulate.speed import at_cap

CAPS = (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95, 1.0)
"""Caps that are tried where none are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capped:
    """A fleet under one cap."""

    cap_share: float
    """Power allowed over full power."""
    speed_share: float
    """Speed of a step over that at full power, by the law that is assumed."""
    work_hours: Mean
    """Productive accelerator-hours, each as much work as one at full power."""
    energy_mwh: Mean
    """Energy at the servers."""
    tflops_per_watt: Mean
    """Model TFLOP/s a watt at the servers, idle and failed time included."""
    power_it_mw: float
    """Mean power at the servers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """A fleet under several caps, with the same luck under each."""

    hours: float
    """Time that was simulated."""
    runs: tuple[Capped, ...]
    """In the order of the caps."""
    best_share: float
    """Cap at which most is computed a joule."""
    best_replications_share: float
    """Share of replications in which that cap is the best."""
    replications: int
    """Replications that were done."""
    unclosed: float
    """Largest gap of a ledger, as a share."""


def caps(
    scene: Scene,
    shares: Sequence[float] = CAPS,
    *,
    hours: float = 72.0,
    replications: int = 8,
    seed: int = 1,
    told: Told | None = None,
) -> Caps:
    """Simulate a fleet under each cap, with the same jobs and the same chance.

    Raises:
        OfftakeError: a cap is not below or at full power (`OTK-S047`), or leaves no speed
            (`OTK-S009`), or the scene cannot be simulated (`OTK-S050` …, `OTK-S110` …).
    """
    refuse(scene, _faults(shares))
    told_of = {share: _at(scene, share) for share in shares}
    speeds = _speeds(told_of)

    def one(luck: int) -> list[History]:
        jobs = jobs_of(scene, hours * HOUR_S, luck)
        return [
            run(made.fleet, jobs, made.parameters, horizon_s=hours * HOUR_S, seed=luck)
            for made in told_of.values()
        ]

    made = replicated(replications, seed, one, told)
    runs = tuple(
        _capped(scene, share, speeds[share], [histories[place] for histories in made])
        for place, share in enumerate(told_of)
    )
    best = max(range(len(runs)), key=lambda place: runs[place].tflops_per_watt.mean)
    won = [max(range(len(runs)), key=lambda p: _per_joule(scene, all_of[p])) for all_of in made]
    return Caps(
        hours=hours,
        runs=runs,
        best_share=runs[best].cap_share,
        best_replications_share=won.count(best) / len(won),
        replications=len(made),
        unclosed=unclosed(history for histories in made for history in histories),
    )


def _faults(shares: Sequence[float]) -> list[Fault]:
    where = Where(path="caps")
    if not shares:
        return [Fault(code="OTK-S047", what="no cap is named", where=where)]
    return [
        Fault(
            code="OTK-S047",
            what="a cap is a share of full power, above 0 and at most 1, named once",
            where=where,
            got=f"{share:g}",
        )
        for place, share in enumerate(shares)
        if not 0.0 < share <= 1.0 or share in shares[:place]
    ]


def _speeds(told_of: Mapping[float, Scene]) -> dict[float, float]:
    """Give the speed at each cap.

    Raises:
        OfftakeError: caps leave none (`OTK-S009`), all of them named.
    """
    found: dict[float, float] = {}
    wrong: list[Fault] = []
    for share, made in told_of.items():
        try:
            found[share] = at_cap(made.parameters.power)
        except OfftakeError as error:
            wrong.extend(error.faults)
    if wrong:
        raise OfftakeError(wrong)
    return found


def _at(scene: Scene, share: float) -> Scene:
    power = replace(scene.parameters.power, cap_share=share)
    return replace(scene, parameters=replace(scene.parameters, power=power))


def _per_joule(scene: Scene, history: History) -> float:
    return history.total(Bucket.PRODUCTIVE) * scene.flops / float(history.joules.sum())


def _capped(scene: Scene, share: float, speed: float, histories: Sequence[History]) -> Capped:
    seconds = histories[0].duration_s
    energy = mean(float(history.joules.sum()) / 3.6e9 for history in histories)
    return Capped(
        cap_share=share,
        speed_share=speed,
        work_hours=mean(history.total(Bucket.PRODUCTIVE) / HOUR_S for history in histories),
        energy_mwh=energy,
        tflops_per_watt=mean(_per_joule(scene, history) / 1e12 for history in histories),
        power_it_mw=energy.mean / (seconds / HOUR_S),
    )

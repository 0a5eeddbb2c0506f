"""Every metric there is: what is divided by what, in which unit, at which boundary.

A number under one of these ids means the same whoever publishes it. Utilisation is seven
metrics, not one: sold, allocated, any kernel, SM, tensor, power, and model FLOPs.
"""

from __future__ import annotations

from collections.abc import Mapping

from offtake.errors import Fault, OfftakeError, Where, did_you_mean
from offtake.model.metric import Boundary, Definition

ACCELERATOR = (Boundary.ACCELERATOR,)
COMPUTING = (Boundary.ACCELERATOR, Boundary.NODE, Boundary.IT)
DRAWING = (Boundary.ACCELERATOR, Boundary.NODE, Boundary.IT, Boundary.FACILITY)
SITE = (Boundary.FACILITY,)
_GOOGLE = "Google Cloud, ML productivity goodput (2025)"
_GHG = "GHG Protocol, Scope 2 Guidance"
_DCGM = "NVIDIA DCGM, field identifiers"


def _utilisation(kind: str, name: str, above: str, says: str, origin: str = "") -> Definition:
    return Definition(
        id=f"utilisation-{kind}",
        name=f"Utilisation: {name}",
        numerator=above,
        denominator="accelerator-seconds looked at",
        unit="share",
        boundaries=ACCELERATOR,
        says=says,
        origin=origin,
        is_share=True,
    )


_UTILISATION = (
    _utilisation(
        "sold",
        "sold",
        "accelerator-seconds under contract with a user",
        "Of what is in service; a contract counts whether or not it is used.",
    ),
    _utilisation(
        "allocated",
        "allocated",
        "accelerator-seconds held by jobs or services",
        "Held, busy or not; a job that waits for data counts in full.",
    ),
    _utilisation(
        "gpu",
        "any kernel",
        "accelerator-seconds with any kernel running",
        "What monitors show as GPU utilisation; one busy core of thousands makes it 1.",
        f"{_DCGM}: GPU_UTIL",
    ),
    _utilisation(
        "sm",
        "SM active",
        "accelerator-seconds · share of multiprocessors with a warp",
        "Says that multiprocessors hold work, not that they compute.",
        f"{_DCGM}: PROF_SM_ACTIVE",
    ),
    _utilisation(
        "tensor",
        "tensor active",
        "accelerator-seconds · share of cycles the tensor pipe is active",
        "The nearest a counter comes to useful work, whatever the work is.",
        f"{_DCGM}: PROF_PIPE_TENSOR_ACTIVE",
    ),
    Definition(
        id="utilisation-power",
        name="Utilisation: power",
        numerator="mean power drawn, in W",
        denominator="design power of the same devices, in W",
        unit="share",
        boundaries=COMPUTING,
        says="May pass 1 for a while where a device draws more than its design power.",
    ),
    Definition(
        id="mfu",
        name="Utilisation: model FLOPs (MFU)",
        numerator="FLOPs the model itself needs for the tokens that were processed",
        denominator="peak FLOPs of the accelerators in the same time",
        unit="share",
        boundaries=ACCELERATOR,
        says="Recomputation counts nothing; the precision of the peak is stated in the note.",
        origin="Chowdhery et al. (2022), PaLM, appendix B",
        is_share=True,
    ),
    Definition(
        id="hfu",
        name="Utilisation: hardware FLOPs (HFU)",
        numerator="FLOPs that were computed, recomputation included",
        denominator="peak FLOPs of the accelerators in the same time",
        unit="share",
        boundaries=ACCELERATOR,
        says="Never below MFU; the gap is recomputation.",
        origin="Korthikanti et al. (2022)",
        is_share=True,
    ),
)


def _goodput(kind: str, above: str, below: str, says: str) -> Definition:
    return Definition(
        id=f"goodput-{kind}",
        name=f"Goodput: {kind}",
        numerator=above,
        denominator=below,
        unit="share",
        boundaries=ACCELERATOR,
        says=says,
        origin=_GOOGLE,
        is_share=True,
    )


_GOODPUT = (
    _goodput(
        "scheduling",
        "time all accelerators a job wants were held at once",
        "time there was capacity",
        "Queueing, fragmentation and broken nodes lower it.",
    ),
    _goodput(
        "runtime",
        "time of progress that was kept",
        "time all accelerators were held at once",
        "Checkpoints, lost steps and restarts lower it.",
    ),
    _goodput(
        "program",
        "time the kept steps would have taken ideally",
        "time the kept steps took",
        "Exposed communication, stragglers and power caps lower it.",
    ),
    _goodput(
        "ml",
        "time the kept steps would have taken ideally",
        "time there was capacity",
        "The product of scheduling, runtime and program goodput.",
    ),
    Definition(
        id="ettr",
        name="Effective training time ratio (ETTR)",
        numerator="productive run time of a job",
        denominator="wall clock in which its capacity was available",
        unit="share",
        boundaries=ACCELERATOR,
        says="Work since the last checkpoint that is done again, and starting again, do not count.",
        origin="Kokolis et al. (2024), Meta",
        is_share=True,
    ),
    Definition(
        id="checkpoint-interval",
        name="Checkpoint interval",
        numerator="work between two checkpoints",
        unit="s",
        boundaries=ACCELERATOR,
        says="√(2 · mean time to failure · cost of a checkpoint) is its first-order optimum.",
        origin="Young (1974)",
    ),
    Definition(
        id="time-to-train",
        name="Time to train",
        numerator="wall clock from the first step to the quality target",
        unit="hours",
        boundaries=ACCELERATOR,
        says="Failures, restarts and waiting count; the target is named in the note.",
        origin="MLCommons, MLPerf Training",
    ),
    Definition(
        id="goodput-lost-to-response",
        name="Goodput lost to demand response",
        numerator="accelerator-seconds slowed or stopped while power was cut",
        denominator="accelerator-seconds in service",
        unit="share",
        boundaries=ACCELERATOR,
        says="What a cut for the grid cost in work; what it earned is money, told apart.",
        is_share=True,
    ),
)

_EFFICIENCY = (
    Definition(
        id="tokens-per-joule",
        name="Tokens per joule",
        numerator="tokens",
        denominator="energy, in J",
        unit="tokens/J",
        boundaries=DRAWING,
        says="Tokens and energy of the same devices and the same seconds.",
    ),
    Definition(
        id="flop-per-joule",
        name="FLOPs per watt",
        numerator="FLOPs the model itself needs",
        denominator="energy, in J",
        unit="FLOP/J",
        boundaries=DRAWING,
        says="FLOP/s over W is FLOP over J; only the model's own FLOPs count.",
    ),
    Definition(
        id="usd-per-million-tokens-billed",
        name="USD per million tokens, billed",
        numerator="cash due for the month, in USD",
        denominator="million tokens",
        unit="USD per million tokens",
        boundaries=SITE,
        says="As invoiced: what was paid ahead lowers it.",
        origin="FinOps FOCUS, BilledCost",
    ),
    Definition(
        id="usd-per-million-tokens-effective",
        name="USD per million tokens, effective",
        numerator="cost of the month, in USD",
        denominator="million tokens",
        unit="USD per million tokens",
        boundaries=SITE,
        says="What was paid ahead counts in the months it is for.",
        origin="FinOps FOCUS, EffectiveCost",
    ),
    Definition(
        id="pue",
        name="Power usage effectiveness (PUE)",
        numerator="energy at the site's meter, in MWh",
        denominator="energy at the servers, in MWh",
        unit="ratio",
        boundaries=SITE,
        says="Energies, not powers; a month of it has its season in it.",
        origin="ISO/IEC 30134-2",
    ),
    Definition(
        id="wue",
        name="Water usage effectiveness (WUE)",
        numerator="water the site takes in, in L",
        denominator="energy at the servers, in kWh",
        unit="L/kWh",
        boundaries=SITE,
        says="Water at the site alone, not that of power stations.",
        origin="ISO/IEC 30134-9",
    ),
    Definition(
        id="cue",
        name="Carbon usage effectiveness (CUE)",
        numerator="carbon of the site's energy, location-based, in kg",
        denominator="energy at the servers, in kWh",
        unit="kg/kWh",
        boundaries=SITE,
        says="Scope 1 of power made on site is in it.",
        origin="ISO/IEC 30134-8",
        is_carbon=True,
    ),
    Definition(
        id="it-energy",
        name="Energy at the servers",
        numerator="energy at the servers",
        unit="MWh",
        boundaries=(Boundary.IT,),
        says="What meters showed; hours without a reading add nothing.",
    ),
    Definition(
        id="accelerator-energy",
        name="Energy of accelerators",
        numerator="energy of the packages",
        unit="MWh",
        boundaries=ACCELERATOR,
        says="The rest of the servers is not in it.",
    ),
    Definition(
        id="facility-energy",
        name="Energy at the site's meter",
        numerator="energy at the site's meter",
        unit="MWh",
        boundaries=SITE,
        says="What meters showed; hours without a reading add nothing.",
    ),
    Definition(
        id="tokens",
        name="Tokens",
        numerator="tokens processed",
        unit="million tokens",
        boundaries=(Boundary.IT,),
        says="Served or trained on, as the source says.",
    ),
)


def _emitted(kind: str, name: str, says: str, origin: str = _GHG) -> Definition:
    return Definition(
        id=kind,
        name=name,
        numerator="carbon dioxide",
        unit="t",
        boundaries=SITE,
        says=says,
        origin=origin,
        is_carbon=True,
    )


def _grams(kind: str, name: str) -> Definition:
    return Definition(
        id=f"g-per-million-tokens-{kind}",
        name=f"Grams CO2 per million tokens, {name}",
        numerator="Scope 1 of power made on site and Scope 2, in g",
        denominator="million tokens",
        unit="g per million tokens",
        boundaries=SITE,
        says=f"Scope 2 is {name}; embodied carbon is not in it.",
        is_carbon=True,
    )


def _clean(kind: str, says: str) -> Definition:
    return Definition(
        id=f"clean-share-{kind}",
        name=f"Clean share, {kind}",
        numerator="carbon-free energy matched with load, in MWh",
        denominator="load, in MWh",
        unit="share",
        boundaries=SITE,
        says=says,
        origin="24/7 carbon-free energy, EnergyTag and Google (2021)",
        is_share=True,
    )


_CARBON = (
    _emitted(
        "scope-1-power",
        "Scope 1, power made on site",
        "Fuel burnt behind the meter; never part of Scope 2.",
        "GHG Protocol, Corporate Standard",
    ),
    _emitted(
        "scope-2-location",
        "Scope 2, location-based",
        "Load of each hour at the grid's factor; contracts change nothing.",
    ),
    _emitted(
        "scope-2-market-annual",
        "Scope 2, market-based, matched over the period",
        "Load less all clean energy bought, at the residual mix.",
    ),
    _emitted(
        "scope-2-market-hourly",
        "Scope 2, market-based, matched hour by hour",
        "Clean energy counts in its own hour alone, at most up to the load.",
    ),
    _emitted(
        "embodied",
        "Embodied carbon, share of the period",
        "Carbon of making the equipment, spread over its life and its share of use.",
        "ISO/IEC 21031",
    ),
    _grams("location", "location-based"),
    _grams("market-annual", "market-based, matched over the period"),
    _grams("market-hourly", "market-based, matched hour by hour"),
    Definition(
        id="sci",
        name="Software carbon intensity (SCI)",
        numerator="carbon of energy, and embodied carbon of the period, in g",
        denominator="functional unit: million tokens",
        unit="g per million tokens",
        boundaries=SITE,
        says="((E · I) + M) / R with location-based I.",
        origin="ISO/IEC 21031",
        is_carbon=True,
    ),
    _clean("annual", "Surplus of one hour covers another; at most 1."),
    _clean("hourly", "Surplus of an hour is lost to it."),
)

DEFINITIONS: Mapping[str, Definition] = {
    each.id: each for each in (*_UTILISATION, *_GOODPUT, *_EFFICIENCY, *_CARBON)
}
"""Every definition, by id."""
SCOPE_2 = ("scope-2-location", "scope-2-market-annual", "scope-2-market-hourly")
"""Figures that stand together or not at all."""


def definition(name: str, version: str | None = None) -> Definition:
    """Give a definition.

    Raises:
        OfftakeError: there is none of this name, or not in this version (`OTK-Q001`).
    """
    found = DEFINITIONS.get(name)
    if found is None or version not in (None, found.version):
        got = name if version is None else f"{name}, version {version}"
        hint = did_you_mean(name, DEFINITIONS) if found is None else f"known: {found.version}"
        what = "there is no such metric"
        fault = Fault(code="OTK-Q001", what=what, where=Where(path=name), got=got, hint=hint)
        raise OfftakeError(fault)
    return found

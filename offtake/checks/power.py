"""Power and energy add up: supplies, servers and meters."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.checks.finding import Check, Level
from offtake.checks.walk import ROUNDING_SHARE, facility_mw, fault, phases, shown_mw
from offtake.errors import Fault
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site


def _sums(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        yield from _energy(site)
        for path, phase in phases(site):
            meter = phase.power_facility_mw
            if meter is not None and meter < phase.power_it_mw:
                yield fault(
                    "OTK-C261",
                    f"{path}.power_facility_mw",
                    f"less at the meter than at the servers, {shown_mw(phase.power_it_mw)} IT",
                    got=shown_mw(meter),
                    hint="facility power is servers, cooling and losses together",
                )
        if site.peak_ratio < 1:
            yield _below_one(f"sites.{site.id}.peak_ratio", site.peak_ratio)
        if site.pue_ratio < 1:
            yield _below_one(f"sites.{site.id}.pue_ratio", site.pue_ratio)


def _below_one(path: str, ratio: float) -> Fault:
    what = "facility over IT is never below 1"
    return fault("OTK-C261", path, what, got=f"{ratio:g}", hint="is it IT over facility?")


def _energy(site: Site) -> Iterator[Fault]:
    if not site.supplies or site.has_stack:
        return
    total = sum(supply.energy_share or 0.0 for supply in site.supplies)
    if abs(total - 1) > ROUNDING_SHARE:
        what = "the energy shares of a site's supplies add up to 1"
        yield fault("OTK-C260", f"sites.{site.id}.supplies", what, got=f"{total:.6g}")


def _site_power(portfolio: Portfolio) -> Iterator[Fault]:
    for site in portfolio.sites:
        limit = site.power_facility_mw
        asked = sum(facility_mw(phase, site) for phase in site.phases)
        if limit is not None and asked > limit * (1 + ROUNDING_SHARE):
            yield fault(
                "OTK-C263",
                f"sites.{site.id}.power_facility_mw",
                f"the phases draw {shown_mw(asked)} at the meter, more than the site can",
                got=shown_mw(limit),
                hint="not all of them can run at their peak together",
            )
        if site.has_stack:
            continue
        brought = [supply.power_facility_mw for supply in site.supplies]
        known = [power for power in brought if power is not None]
        if known and len(known) == len(brought) and sum(known) < asked * (1 - ROUNDING_SHARE):
            what = f"the supplies bring less than the phases draw, {shown_mw(asked)}"
            yield fault("OTK-C264", f"sites.{site.id}.supplies", what, got=shown_mw(sum(known)))


CHECKS = (
    Check(
        name="power-sums",
        about="The energy shares of a site's supplies add up to 1, and no meter shows less than "
        "the servers behind it draw.",
        level=Level.ERROR,
        codes={
            "OTK-C260": "Energy shares do not add up to 1.",
            "OTK-C261": "Less power at the meter than at the servers.",
        },
        look=_sums,
    ),
    Check(
        name="site-power",
        about="The phases of a site together draw no more than its connection and supplies bring.",
        level=Level.WARNING,
        codes={
            "OTK-C263": "The phases draw more than the site can.",
            "OTK-C264": "The supplies bring less than the phases draw.",
        },
        look=_site_power,
    ),
)

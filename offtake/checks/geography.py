"""Countries are countries, and users reach a site."""

from __future__ import annotations

from collections.abc import Iterator

from offtake.checks.finding import Check, Level
from offtake.checks.walk import buyers, fault
from offtake.errors import Fault
from offtake.model.accelerator import Workload
from offtake.model.demand import Inference
from offtake.model.portfolio import Portfolio
from offtake.model.site import Site

COUNTRIES = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA
    ZM ZW
    """.split()
)
"""ISO 3166 two-letter codes, and XK, which is in common use for Kosovo."""
_MEANT = {"UK": "GB", "EL": "GR", "EN": "GB", "USA": "US", "NORGE": "NO", "NORWAY": "NO"}


def _countries(portfolio: Portfolio) -> Iterator[Fault]:
    for path, code in _named(portfolio):
        if code not in COUNTRIES:
            near = code.upper() if code.upper() in COUNTRIES else _MEANT.get(code.upper())
            hint = f"did you mean '{near}'?" if near else "two capital letters, such as NO or US"
            yield fault("OTK-C205", path, "no ISO 3166 country code", got=f"'{code}'", hint=hint)


def _named(portfolio: Portfolio) -> Iterator[tuple[str, str]]:
    for site in portfolio.sites:
        yield f"sites.{site.id}.country", site.country
    for party in portfolio.parties:
        if party.country is not None:
            yield f"parties.{party.id}.country", party.country
    for kind in ("inference", "training"):
        for work in getattr(portfolio.demand, kind):
            for index, code in enumerate(work.countries):
                yield f"demand.{kind}.{work.id}.countries.{index}", code


def _reach(portfolio: Portfolio) -> Iterator[Fault]:
    for need in portfolio.demand.inference:
        near = [site for site in portfolio.sites if _is_near(site, need, portfolio)]
        path = f"demand.inference.{need.id}"
        if not near:
            what = f"no site is within {need.latency_ms:g} ms of '{need.region}'"
            yield fault("OTK-C275", f"{path}.latency_ms", what)
            continue
        allowed = [s for s in near if not need.countries or s.country in need.countries]
        if not allowed:
            what = "no site within reach stands in a country it may be served in"
            hint = "within reach: " + ", ".join(f"{s.id} ({s.country})" for s in near)
            yield fault("OTK-C275", f"{path}.countries", what, hint=hint)
        elif not any(_has_capacity(site, need, portfolio) for site in allowed):
            what = "nothing that can serve it is signed or offered within reach"
            hint = "within reach: " + ", ".join(site.id for site in allowed)
            yield fault("OTK-C276", path, what, hint=hint)


def _is_near(site: Site, need: Inference, portfolio: Portfolio) -> bool:
    if site.region == need.region:
        return True
    away = {region.id: region.latency_ms for region in portfolio.regions}
    found = away.get(need.region, {}).get(site.region)
    return found is not None and found <= need.latency_ms


def _has_capacity(site: Site, need: Inference, portfolio: Portfolio) -> bool:
    lab = buyers(portfolio)
    here = {offer.accelerator for offer in portfolio.offers if offer.site == site.id}
    for contract in portfolio.contracts:
        if contract.buyer in lab:
            here |= {
                t.accelerator for t in contract.tranches if t.site == site.id and t.accelerator
            }
    able = {k.id for k in portfolio.accelerators if Workload.INFERENCE in k.throughput_ratio}
    return bool(here & able & set(need.accelerators or able))


def _latencies(portfolio: Portfolio) -> Iterator[Fault]:
    away = {region.id: region.latency_ms for region in portfolio.regions}
    for region in portfolio.regions:
        for other, there in region.latency_ms.items():
            path = f"regions.{region.id}.latency_ms.{other}"
            if other == region.id:
                if there != 0:
                    what = "the round trip of a region to itself counts as 0"
                    yield fault("OTK-C277", path, what, got=f"{there:g} ms")
            elif other in away and region.id not in away[other]:
                what = f"'{other}' does not name '{region.id}', so it is out of reach from there"
                yield fault("OTK-C277", path, what)
            elif other in away and region.id < other and away[other][region.id] != there:
                what = f"the way back takes {away[other][region.id]:g} ms"
                yield fault("OTK-C277", path, what, got=f"{there:g} ms")


CHECKS = (
    Check(
        name="countries",
        about="Countries are ISO 3166 codes, so that places and rules about them meet.",
        level=Level.ERROR,
        codes={"OTK-C205": "A country code that does not exist."},
        look=_countries,
    ),
    Check(
        name="regions",
        about="Users of every region reach a site in time, in a country that is allowed, with "
        "capacity that can serve them.",
        level=Level.WARNING,
        codes={
            "OTK-C275": "No site is within reach, or none where it may be served.",
            "OTK-C276": "Nothing signed or offered within reach can serve it.",
        },
        look=_reach,
    ),
    Check(
        name="latency-map",
        about="The latency map says the same in both directions.",
        level=Level.WARNING,
        codes={"OTK-C277": "A round trip differs by direction, or one of them is missing."},
        look=_latencies,
    ),
)

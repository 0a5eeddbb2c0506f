"""A portfolio taken back: what falls out, what is replaced, and that nothing looks ahead."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from offtake import checks
from offtake.checks.walk import entries
from offtake.errors import OfftakeError
from offtake.model import Phase, Portfolio, Quarter, Tenure
from offtake.model.backtest import Fate
from offtake.model.provenance import Provenance
from offtake.model.site import Status
from offtake.plan.backtest import AsOf, as_of_portfolio
from offtake.plan.backtest.given import carried_back, held_back
from offtake.units import it_mw
from tests.catalogue.test_forecast import poison
from tests.plan.backtest.small import DECEMBER, MAY, TRACKED, contract, reserve, small, tranche
from tests.plan.portfolios import SITE, UNIT, offer
from tests.worlds.worlds import world


def fates(made: AsOf) -> dict[str, Fate]:
    return {entry.path: entry.fate for entry in made.ledger.entries}


@pytest.fixture(scope="module")
def stargate() -> AsOf:
    return as_of_portfolio(world("stargate"), DECEMBER)


# ------------------------------------------------------------------ contracts and tranches


def test_a_tranche_takes_the_dates_then_in_print() -> None:
    held = small(contracts=(contract(tranche(due=date(2026, 4, 20))),))
    made = as_of_portfolio(held, DECEMBER)
    (found,) = made.portfolio.contracts[0].tranches
    assert (found.due, found.accepted) == (date(2026, 4, 1), None)
    assert fates(made)["contracts.lease.tranches.hall.due"] is Fate.REPLACED
    assert fates(made)["contracts.lease.tranches.hall.accepted"] is Fate.REPLACED
    assert made.portfolio.horizon.first == Quarter(2026, 1)


def test_what_a_tracker_recorded_as_reached_counts_as_accepted() -> None:
    early = tranche(
        due=date(2025, 9, 26),
        accepted=date(2025, 12, 24),
        provenance=replace(TRACKED, fact="milestones/abilene/bldg 2"),
    )
    made = as_of_portfolio(small(contracts=(contract(early),)), DECEMBER)
    assert made.portfolio.contracts[0].tranches[0].accepted == date(2025, 9, 26)


def test_a_tranche_whose_milestone_was_not_in_print_falls_out_of_its_clauses() -> None:
    later = tranche(
        id="later", due=date(2028, 12, 31), accepted=None,
        provenance=replace(TRACKED, fact="milestones/shackelford/10 bldg"),
    )  # fmt: skip
    both = contract(tranche(), later)
    rates = (
        replace(both.rates[0], tranches=("hall",)),
        replace(both.rates[0], id="b", tranches=("later",)),
    )
    made = as_of_portfolio(small(contracts=(replace(both, rates=rates),)), DECEMBER)
    (left,) = made.portfolio.contracts
    assert [t.id for t in left.tranches] == ["hall"]
    assert [(r.id, r.tranches) for r in left.rates] == [("rent", ("hall",))]
    assert fates(made)["contracts.lease.tranches.later"] is Fate.LEFT_OUT


def test_contracts_signed_later_fall_out_and_chains_forget_them() -> None:
    late = contract(id="site", buyer="seller", signed=date(2026, 2, 1))
    held = small(contracts=(contract(upstream=("site",)), late))
    made = as_of_portfolio(held, DECEMBER)
    assert [c.id for c in made.portfolio.contracts] == ["lease"]
    assert made.portfolio.contracts[0].upstream == ()
    assert fates(made)["contracts.site"] is Fate.LEFT_OUT


def test_dates_of_younger_sources_stay_only_where_no_milestone_tells_others() -> None:
    loose = tranche(id="loose", provenance=None, due=date(2027, 5, 1), accepted=None)
    mixed = Provenance(source="vintage 2025-12-14 and snapshot 2026-05-23")
    held = small(contracts=(contract(tranche(), loose, provenance=mixed),))
    made = as_of_portfolio(held, DECEMBER)
    assert fates(made)["contracts.lease.tranches.loose.due"] is Fate.HELD
    said = replace(mixed, assumptions={"tranches": "dates known only from October 2026"})
    held = small(contracts=(contract(tranche(), loose, provenance=said),))
    made = as_of_portfolio(held, DECEMBER)
    assert [t.id for t in made.portfolio.contracts[0].tranches] == ["hall"]


# ------------------------------------------------------------------ phases


def test_a_phase_that_was_not_public_takes_offers_and_tranches_with_it() -> None:
    phase = Phase(id="new", power_it_mw=it_mw(200), announced=date(2026, 3, 27))
    kept = Phase(id="old", power_it_mw=it_mw(200), announced=date(2025, 3, 27))
    held = small(
        offer("in-new", Tenure.LEASE, 1.0, phase="new"),
        offer("in-old", Tenure.LEASE, 1.0, phase="old"),
        sites=(replace(SITE, phases=(phase, kept)),),
        contracts=(
            contract(tranche(), tranche(id="b", phase="new", provenance=None, accepted=None)),
        ),
    )
    made = as_of_portfolio(held, DECEMBER)
    assert [p.id for p in made.portfolio.sites[0].phases] == ["old"]
    assert [o.id for o in made.portfolio.offers] == ["in-old"]
    assert [t.id for t in made.portfolio.contracts[0].tranches] == ["hall"]


def test_dates_and_status_of_younger_sources_are_taken_out_of_a_phase() -> None:
    seen = Provenance(source="snapshot 2026-05-23")
    phase = Phase(
        id="a", power_it_mw=it_mw(100), announced=date(2025, 3, 18), status=Status.OPERATING,
        first_power=date(2026, 5, 23), full_power=date(2026, 5, 23), provenance=seen,
    )  # fmt: skip
    held = small(sites=(replace(SITE, phases=(phase,)),), contracts=(contract(tranche(phase="a")),))
    (found,) = as_of_portfolio(held, DECEMBER).portfolio.sites[0].phases
    assert (found.first_power, found.full_power, found.status) == (None, None, Status.CONSTRUCTION)


# ------------------------------------------------------------------ offers


def test_offers_of_younger_sources_take_the_price_of_the_day_or_fall_out() -> None:
    h100 = replace(UNIT, id="H100")
    young = Provenance(source="Mercatus, May 2026")
    held = small(
        reserve(),
        offer("rent", Tenure.RENT, 9.0, 40.0, accelerator="H100", provenance=young),
        offer("lease", Tenure.LEASE, 9.0, provenance=young),
        offer("maia", Tenure.LEASE, 9.0, accelerator="Maia200"),
        offer("mixed", Tenure.LEASE, 9.0, provenance=Provenance(source="2025-10-15 and May 2026")),
        accelerators=(UNIT, h100, replace(UNIT, id="Maia200")),
    )
    made = as_of_portfolio(held, DECEMBER)
    prices = {o.id: o.price for o in made.portfolio.offers}
    assert set(prices) == {"stock", "rent", "mixed"}
    # The last price of H100 in print: 2.99 USD in October 2024.
    assert prices["rent"].usd_per_gpu_hour == 2.99
    assert prices["rent"].quarter == Quarter(2026, 1)
    assert prices["stock"].quarter == held.horizon.first
    assert fates(made)["offers.mixed"] is Fate.HELD
    assert fates(made)["offers.stock"] is Fate.UNDATED


def test_stock_for_rent_is_as_large_in_each_quarter_as_it_was_meant() -> None:
    grows = offer("rent", Tenure.RENT, 2.0, 121.0, growth_share_per_year=0.21)
    made = as_of_portfolio(small(grows), DECEMBER)
    assert made.portfolio.offers[0].power_it_mw == pytest.approx(110.0)


# ------------------------------------------------------------------ delays and what is given


def test_a_law_of_younger_sources_gives_way_to_what_the_catalogue_knew() -> None:
    made = as_of_portfolio(small(), DECEMBER)
    law = {one.process: one for one in made.laws}
    assert (law["late"].basis, law["stock"].basis) == ("studies", "never late")
    assert "the portfolio's own (its sources are of 2026-05-23)" in law["late"].passed_over
    assert made.law(None).median_days == law["late"].median_days > 100


def test_a_law_dated_by_then_stays() -> None:
    made = as_of_portfolio(small(), MAY)
    assert made.laws[0].basis == "portfolio"
    assert made.portfolio.uncertainty.delays[0].median_days == 5.0


def test_paths_are_carried_back_at_their_first_rate_of_growth() -> None:
    q, before = Quarter(2026, 3), Quarter(2026, 1)
    assert carried_back({q: 100.0, q + 4: 256.0}, before) == pytest.approx(
        {before: 62.5, q: 100.0, q + 4: 256.0}
    )
    assert carried_back({q: 0.0, q + 4: 256.0}, before)[before] == 0.0
    assert carried_back({q: 7.0}, before) == {before: 7.0, q: 7.0}
    assert carried_back({q: 7.0}, q) == {q: 7.0}
    assert held_back({q: 1.5, q + 4: 3.0}, before)[before] == 1.5


# ------------------------------------------------------------------ links


def test_a_portfolio_without_links_and_links_to_nothing_are_refused() -> None:
    bare = small(contracts=(contract(tranche(provenance=None)),))
    with pytest.raises(OfftakeError, match=r"OTK-B104 contracts: no tranche says"):
        as_of_portfolio(bare, DECEMBER)
    wrong = replace(TRACKED, fact="milestones/abilene/bldg 3-5")
    with pytest.raises(OfftakeError, match=r"OTK-B105 .*no such milestone.*bldg 3-5.*did you mean"):
        as_of_portfolio(small(contracts=(contract(tranche(provenance=wrong)),)), DECEMBER)


# ------------------------------------------------------------------ nothing looks ahead


def test_nothing_the_catalogue_learnt_later_enters(
    stargate: AsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    poison(monkeypatch)
    again = as_of_portfolio(world("stargate"), DECEMBER)
    assert again.portfolio == stargate.portfolio
    assert again.laws == stargate.laws


def test_nothing_the_portfolio_learnt_later_enters(stargate: AsOf) -> None:
    again = as_of_portfolio(_otherwise(world("stargate")), DECEMBER)
    assert again.portfolio == stargate.portfolio


def _otherwise(portfolio: Portfolio) -> Portfolio:
    """The same portfolio, had all that it learnt after December come out otherwise."""
    more = timedelta(days=77)
    contracts = []
    for held in portfolio.contracts:
        if held.signed is not None and held.signed > DECEMBER:
            held = replace(held, signed=held.signed + more, tranches=held.tranches[:1])
        tranches = []
        for part in held.tranches:
            if part.accepted is not None and part.accepted > DECEMBER:
                part = replace(part, accepted=part.accepted + more)
            open_ = part.accepted is None or part.accepted > DECEMBER
            if open_ and part.provenance is not None and part.provenance.fact:
                part = replace(part, due=part.due + more)
            tranches.append(part)
        contracts.append(replace(held, tranches=tuple(tranches)))
    delays = tuple(
        replace(d, late_share=1.0, median_days=d.median_days * 9) if d.late_share else d
        for d in portfolio.uncertainty.delays
    )
    futures = tuple(replace(s, delay_ratio=3.0) for s in portfolio.uncertainty.scenarios)
    return replace(
        portfolio,
        contracts=tuple(contracts),
        uncertainty=replace(portfolio.uncertainty, delays=delays, scenarios=futures),
        offers=tuple(
            replace(o, price=replace(o.price, usd_per_gpu_hour=99.0))
            if o.tenure.is_hourly or o.tenure is Tenure.RESERVE
            else o
            for o in portfolio.offers
        ),
    )


def test_what_rests_on_younger_sources_all_the_same_is_named(stargate: AsOf) -> None:
    named = {entry.path.removesuffix(" (terms)") for entry in stargate.ledger.entries}
    ledger = stargate.ledger
    for path, value in entries(stargate.portfolio):
        if isinstance(value, Provenance):
            days = ledger.days(value)
            if days is not None and days.last > DECEMBER:
                owner = path.rpartition(".")[0]
                assert owner in named, owner
    held = {e.path.partition(".")[0] for e in ledger.entries if e.fate is Fate.HELD}
    assert "uncertainty.delays" not in held
    dates = [e for e in ledger.entries if e.fate is Fate.HELD and e.path.endswith(".due")]
    contracts = {c.id: c for c in stargate.portfolio.contracts}
    for entry in dates:
        _, lease, _, part, _ = entry.path.split(".")
        (found,) = [t for t in contracts[lease].tranches if t.id == part]
        assert found.due > date(2026, 10, 5), "a date that is scored may not be held"


def test_no_accepted_day_and_no_signature_is_younger(stargate: AsOf) -> None:
    for held in stargate.portfolio.contracts:
        assert held.signed is not None
        assert held.signed <= DECEMBER
        assert all(t.accepted is None or t.accepted <= DECEMBER for t in held.tranches)
    wrong = [f for f in checks.run(stargate.portfolio) if f.fault.code in ("OTK-C243", "OTK-C244")]
    assert wrong == []


def test_stargate_as_of_december_is_what_could_be_known(stargate: AsOf) -> None:
    names = {c.id for c in stargate.portfolio.contracts}
    assert {"milam-site", "aws-trainium", "narvik-b-lab", "abilene-expansion"}.isdisjoint(names)
    assert {"oracle-cloud", "abilene-cloud", "azure-fleet", "fairwater-wisconsin"} <= names
    due = {
        f"{c.id}/{t.id}": t.due
        for c in stargate.portfolio.contracts
        for t in c.tranches
        if t.accepted is None
    }
    assert due["abilene-cloud/bldg-3-4"] == date(2026, 4, 1)
    assert due["oracle-cloud/shackelford-1"] == date(2026, 12, 31)
    assert "coreweave-denton/denton-1" not in due
    tenures = {o.tenure for o in stargate.portfolio.offers}
    assert tenures == {Tenure.LEASE, Tenure.RENT}
    assert fates(stargate)["limits.vendor_share"] is Fate.LEFT_OUT


def test_on_its_own_day_a_portfolio_stays_as_it_is() -> None:
    held = world("stargate")
    made = as_of_portfolio(held, held.as_of)
    assert made.portfolio.horizon == held.horizon
    assert made.portfolio.offers == held.offers
    left_out = {p for p, fate in fates(made).items() if fate is Fate.LEFT_OUT}
    # Denton's dates are known only from values of October 2026, as the world itself says.
    assert left_out == {
        *("contracts.denton-host", "contracts.denton-host.tranches.denton"),
        *("contracts.coreweave-denton", "contracts.coreweave-denton.tranches.denton-1"),
        *("contracts.coreweave-denton.tranches.denton-2",),
        *("limits.seller_share", "limits.any_seller_share", "limits.vendor_share"),
    }

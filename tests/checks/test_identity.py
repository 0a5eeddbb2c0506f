from __future__ import annotations

from offtake.model import Party, Provenance, Vehicle
from tests.checks.small import SOUND, wrong


def test_a_name_given_twice() -> None:
    assert wrong("unique-ids", ("parties.opco", SOUND.parties[0])) == [
        "OTK-C201 parties.3.id: the name is given twice; got 'lab'; it is first entry 1 of "
        "`parties`; rename one of the two"
    ]
    twice = (Vehicle(party="infra", ownership_share=1),) * 2
    assert wrong("unique-ids", ("capital.vehicles", twice)) == [
        "OTK-C201 capital.vehicles.1.party: the name is given twice; got 'infra'; it is first "
        "entry 1 of `capital.vehicles`; rename one of the two"
    ]


def test_a_name_inside_an_entry() -> None:
    tranche = SOUND.contracts[0].tranches[0]
    assert wrong("unique-ids", ("contracts.0.tranches", (tranche, tranche))) == [
        "OTK-C201 contracts.0.tranches.1.id: the name is given twice; got 't1'; it is first "
        "entry 1 of `contracts.0.tranches`; rename one of the two"
    ]


def test_an_empty_name() -> None:
    for name in ("", " a", "a\nb"):
        (said,) = wrong("unique-ids", ("parties.0", Party(id=name, name="x")))
        assert said == (
            f"OTK-C202 parties.0.id: a name is empty, or begins or ends with a space; got '{name}'"
        )


def test_an_assumption_about_no_field() -> None:
    assumed = Provenance(assumptions={"powr_it_mw": "x", "site": "y", "price.quarter": "z"})
    assert wrong("assumptions", ("offers.own.provenance", assumed)) == [
        "OTK-C284 offers.own.provenance.assumptions.powr_it_mw: an assumption about a field this "
        "entry does not have; got 'powr_it_mw'; did you mean 'power_it_mw' or 'block_it_mw'?"
    ]


def test_an_assumption_about_what_is_inside_an_entry() -> None:
    assumed = Provenance(assumptions={"price.nix": "x", "usd_per_gpu_hour": "y"})
    (said,) = wrong("assumptions", ("offers.own.provenance", assumed))
    assert said.startswith("OTK-C284 offers.own.provenance.assumptions.price.nix: ")

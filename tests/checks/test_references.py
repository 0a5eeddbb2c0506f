from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any, cast

import pytest

from offtake.checks.references import USES, unknown_names
from offtake.files.shape import fields_of
from offtake.model import Portfolio, Region
from offtake.model.clause import Option, OptionKind, Security, SecurityKind, Tax
from tests.checks.small import SOUND, put, wrong

CASES = {
    "lab": ("lba", "party", "did you mean 'lab'?"),
    "parties.opco.guarantor": ("labb", "party", "did you mean 'lab'?"),
    "accelerators.A1.vendor": ("vendro", "party", "did you mean 'vendor'?"),
    "sites.s.region": ("ue", "region", "known: eu, us"),
    "sites.s.developer": ("site-co", "party", "did you mean 'siteco'?"),
    "sites.s.owner": ("site-co", "party", "did you mean 'siteco'?"),
    "sites.s.phases.p.accelerator": ("A3", "accelerator", "known: A1, A2"),
    "sites.s.phases.p.offtaker": ("labs", "party", "did you mean 'lab'?"),
    "contracts.A.seller": ("opc", "party", "did you mean 'opco'?"),
    "contracts.A.buyer": ("hyper", "party", "did you mean 'hyperco'?"),
    "contracts.A.upstream.0": ("C", "contract", "known: 0, A, B"),
    "contracts.A.delay": ("e", "delay process", "known: d"),
    "contracts.A.tranches.t1.site": ("z", "site", "known: s"),
    "contracts.A.tranches.t1.phase": ("z", "phase of this site", "known: p, q"),
    "contracts.A.tranches.t1.accelerator": ("B1", "accelerator", "known: A1, A2"),
    "offers.own.seller": ("infar", "party", "did you mean 'infra'?"),
    "offers.own.site": ("z", "site", "known: s"),
    "offers.own.phase": ("z", "phase of this site", "known: p, q"),
    "offers.own.accelerator": ("B1", "accelerator", "known: A1, A2"),
    "offers.own.delay": ("e", "delay process", "known: d"),
    "demand.inference.chat.region": ("asia", "region", "known: eu, us"),
    "demand.inference.chat.accelerators.0": ("B1", "accelerator", "known: A1, A2"),
    "uncertainty.default_delay": ("e", "delay process", "known: d"),
    "capital.vehicles.0.party": ("infar", "party", "did you mean 'infra'?"),
}


@pytest.mark.parametrize(("path", "case"), CASES.items(), ids=CASES)
def test_a_name_that_names_nothing(path: str, case: tuple[str, str, str]) -> None:
    name, kind, hint = case
    said = wrong("references", (path, name))
    told = path.replace("vehicles.0", "vehicles.infar")
    line = f"OTK-C210 {told}: there is no such {kind}; got '{name}'; {hint}"
    # A site that is unknown leaves its phases unknown too, and nothing is said of them.
    assert said == [line]


def test_clauses_name_tranches_and_rates_of_their_contract() -> None:
    changes: list[tuple[str, object]] = [
        (f"contracts.A.{clause}.0.tranches", ("t2",))
        for clause in ("rates", "commitments", "service_levels", "delay_damages")
    ]
    option = Option(id="o", kind=OptionKind.EXTEND, tranches=("t3",))
    changes += [
        ("contracts.A.options", (option,)),
        ("contracts.A.security", (Security(kind=SecurityKind.DEPOSIT, giver="nix"),)),
        ("contracts.A.taxes", (Tax(name="VAT", rate_share=0, rates=("s",)),)),  # type: ignore[arg-type]
    ]
    said = wrong("references", *changes)
    paths = [one.split(" ")[1].rstrip(":") for one in said]
    assert paths == [
        "contracts.A.rates.r.tranches.0",
        "contracts.A.commitments.0.tranches.0",
        "contracts.A.service_levels.up.tranches.0",
        "contracts.A.delay_damages.0.tranches.0",
        "contracts.A.options.o.tranches.0",
        "contracts.A.taxes.0.rates.0",
        "contracts.A.security.0.giver",
    ]
    assert "there is no such tranche of this contract; got 't2'" in said[0]


def test_other_names() -> None:
    assert wrong("references", ("regions.eu", Region(id="eu", latency_ms={"as": 5}))) == [
        "OTK-C210 regions.eu.latency_ms.as: there is no such region; got 'as'; known: eu, us"
    ]
    assert wrong("references", ("offers.own.chain", ("lab", "nix"))) == [
        "OTK-C210 offers.own.chain.1: there is no such party; got 'nix'; known: hyperco, infra, "
        "lab, opco, siteco, vendor"
    ]
    assert len(wrong("references", ("demand.training.run.accelerators", ("B1", "B2")))) == 2


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {"offers": 3},
        {"offers": [3, None, {"site": []}]},
        {"offers": {"a": 1}},
        {"contracts": [{"tranches": [{"phase": "a", "site": {}}]}], "sites": [3]},
        {"regions": [{"latency_ms": [1]}], "uncertainty": [], "lab": 5},
    ],
)
def test_data_of_any_form_is_looked_at(data: object) -> None:
    assert list(unknown_names(data)) == []


def test_every_pattern_is_a_place_of_the_model() -> None:
    for pattern in USES:
        made: Any = Portfolio
        for step in pattern.split("."):
            if step not in "*~":
                assert is_dataclass(made), pattern
                made = fields_of(cast(Any, made))[step].shape
            while not isinstance(made, type) and made.kind in ("list", "entry"):
                made = made.item if made.kind == "list" else made.made
        assert isinstance(made, type) or made.kind in ("text", "map")


def test_every_field_that_names_something_is_looked_at() -> None:
    names = {"party", "seller", "buyer", "vendor", "owner", "developer", "offtaker", "guarantor"}
    names |= {"site", "phase", "region", "accelerator", "accelerators", "delay", "upstream"}
    names |= {"lab", "giver", "chain", "tranches", "rates", "default_delay"}
    looked_at = {pattern.replace(".*", "").replace(".~", "") for pattern in USES}

    def walk(made: Any, path: str) -> list[str]:
        found = []
        for field in fields(made):
            shape = fields_of(made)[field.name].shape
            below = f"{path}.{field.name}".lstrip(".")
            if shape.entry is not None:
                found += walk(shape.entry, below)
            elif field.name in names:
                found.append(below)
        return found

    assert [path for path in walk(Portfolio, "") if path not in looked_at] == []


def test_the_portfolio_itself_is_sound() -> None:
    assert put(SOUND, "lab", "lab") == SOUND

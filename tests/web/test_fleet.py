"""The fleet's page: how clusters are held, and what stands beside each."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from offtake.model.contract import Contract, Tenure, Tranche
from offtake.model.installation import ClusterSpec, Installation
from offtake.store.adoptions import keep_adoption
from offtake.units import it_mw
from offtake.web.terms import UNKNOWN, terms_of
from tests.api.serving import service_in
from tests.web.offices import Office

DUE = date(2027, 3, 1)
BUILT = Tranche(id="a", site="oslo", due=DUE, accepted=DUE, term_months=60, power_it_mw=it_mw(12))
HALLS = (BUILT, Tranche(id="b", site="oslo", due=DUE, term_months=60))
LEASE = Contract(id="hall", seller="op", buyer="lab", tenure=Tenure.LEASE, tranches=HALLS)
OWN = Contract(id="mine", seller="op", buyer="lab", tenure=Tenure.OWN, tranches=(BUILT,))


def cluster(name: str, contract: str | None, tranche: str | None = None) -> ClusterSpec:
    return ClusterSpec(
        id=name,
        site="oslo",
        accelerator="H100",
        accelerator_count=8,
        contract=contract,
        tranche=tranche,
    )


def test_terms_are_those_of_contract_and_tranche() -> None:
    held = {"hall": LEASE, "mine": OWN}
    built = terms_of(cluster("x", "hall", "a"), held)
    assert (built.tenure, built.power_it_mw, built.built) == (Tenure.LEASE, 12.0, True)
    coming = terms_of(cluster("x", "hall", "b"), held)
    assert (coming.power_it_mw, coming.built, coming.due) == (None, False, "2027-03-01")
    assert terms_of(cluster("x", "mine"), held).power_it_mw == 12.0, "it has one tranche"
    unclear = terms_of(cluster("x", "hall"), held)
    assert (unclear.tenure, unclear.power_it_mw) == (Tenure.LEASE, None), "which of two is not said"
    assert terms_of(cluster("x", "other"), held) == terms_of(cluster("x", None), held) == UNKNOWN


def test_what_was_adopted_is_shown_by_its_tenure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clusters = (cluster("first", "hall", "a"), cluster("second", "hall", "b"), cluster("c", "mine"))
    installation = Installation(clusters=(*clusters, replace(cluster("d", None), site="elsewhere")))
    monkeypatch.setattr(
        "tests.web.offices.service_in", lambda folder: service_in(folder, installation)
    )
    office = Office(tmp_path)
    before = office.browser.get("/fleet").text
    assert "how it is held is not known" in before
    assert "no contract states it" in before
    with office.service.store.writing() as connection:
        keep_adoption(connection, (LEASE, OWN), plan="p", world="w", folder="", at=1.0)
    page = office.browser.get("/fleet").text
    assert 'class="held lease"' in page
    assert 'class="held own"' in page
    assert "lease, not yet built" in page
    assert page.count('class="unbuilt"') == 1
    assert "stated for 2 of 4 clusters" in page
    rows = office.browser.get("/fleet/data.csv").text.splitlines()
    assert sum("lease" in row for row in rows) == 2
    second = office.browser.get("/fleet/second").text
    assert "due 2027-03-01" in second
    office.close()

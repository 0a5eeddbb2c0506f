"""Where in the files each value stands, and a hash that does not see form."""

from __future__ import annotations

from pathlib import Path

import pytest

from offtake import files
from offtake.errors import Fault, Where
from tests.files.texts import HEAD

OFFERS = """\
offers:
  # the first
  - id: narvik-b
    tenure: lease
    seller: lumen
    site: a.b
    accelerator: X
    power_it_mw: 5
    price: {usd_per_gpu_hour: 2}
  - {id: a.b, tenure: lease, seller: lumen, site: x, accelerator: X, power_it_mw: 1, price: {}}
  - {id: a, tenure: lease, seller: lumen, site: x, accelerator: X, power_it_mw: 2, price: {}}
  - {id: a, tenure: own, seller: lumen, site: x, accelerator: X, power_it_mw: 3, price: {}}
"""


def document(*texts: str) -> files.Document:
    instead = {Path(f"{number}.yaml"): text for number, text in enumerate(texts)}
    return files.open_document("0.yaml", instead)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("offers", "0.yaml:8:1"),
        ("offers.narvik-b", "0.yaml:10:5"),
        ("offers.narvik-b.power_it_mw", "0.yaml:15:5"),
        ("offers.0.power_it_mw", "0.yaml:15:5"),
        ("offers.narvik-b.price.usd_per_gpu_hour", "0.yaml:16:13"),
        ("offers.narvik-b.ramp_quarters", "0.yaml:10:5"),
        ("offers.narvik-b.price.quarter", "0.yaml:16:5"),
        ("offers.a.b.power_it_mw", "0.yaml:17:70"),
        ("offers.a.power_it_mw", "0.yaml:18:68"),
        ("offers.3.tenure", "0.yaml:19:13"),
        ("offers.nix.tenure", "0.yaml:8:1"),
        ("horizon.last", "0.yaml:5:26"),
        ("capital.discount_share_per_year", "0.yaml:1:1"),
        ("", "0.yaml:1:1"),
    ],
)
def test_a_path_has_a_place(path: str, place: str) -> None:
    found = document(HEAD + OFFERS).place(path)
    assert f"{found.file}:{found.line}:{found.column}" == place
    assert found.path == path


def test_a_fault_gets_its_place() -> None:
    fault = Fault(code="OTK-C999", what="x", where=Where(path="offers.narvik-b.site"), got="y")
    placed = document(HEAD + OFFERS).place(fault)
    assert str(placed) == "OTK-C999 0.yaml:13:5 offers.narvik-b.site: x; got y"


def test_what_comes_by_an_alias_stands_where_it_is_used() -> None:
    text = HEAD + (
        "sites:\n"
        "  - {id: a, name: A, country: NO, region: r, provenance: &p {source: s}}\n"
        "  - {id: b, name: B, country: NO, region: r, provenance: *p}\n"
        "  - {<<: {id: c, name: C}, country: NO, region: r}\n"
    )
    made = document(text)
    assert made.place("sites.b.provenance").line == 10
    assert made.place("sites.c.name").line == 11


def test_the_hash_sees_what_is_said_and_not_how() -> None:
    plain = document(HEAD + OFFERS).sha256
    shuffled = document(
        "# other comments\nlab: lumen\ninclude: [1.yaml]\n"
        "horizon:\n  last: 2028Q4\n  first: 2026Q3\n"
        "as_of: '2026-05-23'\nname: small\nabout: ''\noffers: []\nofftake: portfolio/1\n",
        OFFERS.replace("power_it_mw: 5", "power_it_mw: 0.005 GW\n    lead_quarters: 0")
        + "parties:\n  - name: Lumen\n    id: lumen\n",
    )
    assert shuffled.sha256 == plain
    assert document(HEAD + OFFERS.replace("power_it_mw: 5", "power_it_mw: 6")).sha256 != plain

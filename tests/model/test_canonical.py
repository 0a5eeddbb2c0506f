from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from offtake.model import Contract, Horizon, Inference, Party, Portfolio, Quarter, Role, Tranche
from offtake.model.canonical import entry_name, plain, sha256
from offtake.model.clause import Basis, Rate

FIRST, LAST = Quarter(2026, 3), Quarter(2028, 4)


def small(**more: object) -> Portfolio:
    fields: dict[str, object] = {
        "name": "small",
        "as_of": date(2026, 5, 23),
        "lab": "lumen",
        "horizon": Horizon(first=FIRST, last=LAST),
        "parties": (Party(id="lumen", name="Lumen", roles=(Role.LAB,)), Party(id="a", name="A")),
    }
    return Portfolio(**{**fields, **more})  # type: ignore[arg-type]


def test_plain_data_is_text_numbers_lists_and_maps() -> None:
    path = Inference(
        id="i",
        region="eu",
        latency_ms=60,
        median_h100e={FIRST: 10, LAST: 20.5},
        revenue_usd_per_h100e_hour={FIRST: 2},
    )
    data = plain(path)
    assert isinstance(data, dict)
    assert data["median_h100e"] == {"2026Q3": 10, "2028Q4": 20.5}
    assert data["provenance"] is None
    assert list(data)[:3] == ["id", "region", "latency_ms"]
    tranche = Tranche(id="t", site="s", due=date(2026, 3, 1), term_months=60)
    rate = Rate(id="r", basis=Basis.KW_MONTH, price=Decimal("130.50"))
    data = plain(Contract(id="c", seller="a", buyer="b", tranches=(tranche,), rates=(rate,)))
    assert isinstance(data, dict)
    assert data["tranches"][0]["due"] == "2026-03-01"
    assert data["rates"][0]["basis"] == "kw-month"
    assert data["rates"][0]["price"] == Decimal("130.50")


@pytest.mark.parametrize(
    ("entry", "name"),
    [({"id": "a", "party": "b"}, "a"), ({"party": "b"}, "b"), ({"id": ""}, None), (3, None)],
)
def test_an_entry_goes_by_its_id_or_party(entry: object, name: str | None) -> None:
    assert entry_name(entry) == name


def test_the_hash_is_of_what_is_said() -> None:
    one = small()
    assert sha256(one) == sha256(small())
    assert len(sha256(one)) == 64
    assert sha256(one) != sha256(small(lab="a"))
    assert sha256(one) != sha256(small(about="other"))


def test_the_hash_does_not_see_the_order_of_named_entries() -> None:
    assert sha256(small()) == sha256(small(parties=tuple(reversed(small().parties))))


def test_the_hash_does_not_see_how_a_number_is_written() -> None:
    def rated(price: object, energy: object) -> Portfolio:
        rate = Rate(id="r", basis=Basis.KWH, price=Decimal(str(price)))
        contract = Contract(id="c", seller="a", buyer="b", rates=(rate,))
        party = Party(id="a", name="A", default_share_per_year=energy)  # type: ignore[arg-type]
        return small(contracts=(contract,), parties=(party,))

    assert sha256(rated("2.50", 0.0)) == sha256(rated("2.5", 0))
    assert sha256(rated("2.50", 1)) == sha256(rated("2.5", 1.0))
    assert sha256(rated("2.50", 0)) == sha256(rated("2.5", -0.0))
    assert sha256(rated("2.51", 0)) != sha256(rated("2.5", 0))


def test_the_order_of_what_has_no_name_counts() -> None:
    def through(*parties: str) -> Portfolio:
        return small(contracts=(Contract(id="c", seller="a", buyer="b", upstream=parties),))

    assert sha256(through("x", "y")) != sha256(through("y", "x"))

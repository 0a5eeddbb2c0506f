"""What a field is, for who asks."""

from __future__ import annotations

import pytest

from offtake.errors import OfftakeError
from offtake.files import FieldInfo, explain


def test_a_number() -> None:
    assert explain("offers.power_it_mw") == FieldInfo(
        path="offers.power_it_mw",
        type="number",
        unit="MW IT",
        bounds="at least 0",
        default="",
        required=True,
        description="Most that can be signed over the whole plan; for rent and spot, most at one "
        "time.",
    )


@pytest.mark.parametrize(
    "path",
    ["offers.narvik-b.power_it_mw", "offers.3.power_it_mw", "portfolio.offers.power_it_mw"],
)
def test_names_and_indexes_mean_nothing(path: str) -> None:
    found = explain(path)
    assert (found.unit, found.description) == ("MW IT", explain("offers.power_it_mw").description)


@pytest.mark.parametrize(
    ("path", "type_", "unit", "bounds", "default"),
    [
        ("limits.any_seller_share", "number", "share", "at least 0, at most 1", ""),
        ("offers.availability_share", "number", "share", "at least 0, at most 1", "0.99"),
        ("offers.price", "OfferPrice", "", "", ""),
        ("offers.price.includes_energy", "true or false", "", "", "true"),
        ("offers.chain", "list of text", "", "", ""),
        ("horizon.first", "quarter", "", "", ""),
        ("as_of", "day", "", "", ""),
        ("capital.investment_limit_usd", "quarter → number", "USD", "at least 0", ""),
        ("capital.investment_limit_usd.2026Q3", "number", "USD", "at least 0", ""),
        (
            "contracts.rates.price",
            "exact number",
            "contract currency per unit of the basis",
            "at least 0",
            "",
        ),
        ("contracts.rounding", "Rounding", "", "", "{}"),
        ("contracts.service_levels.up_share", "exact number", "share", "at least 0", "1"),
        ("plan.npv.mean_usd", "number", "USD", "", ""),
        ("plan.by_period.2026Q3.power_it_mw", "choice → number", "MW IT", "at least 0", ""),
    ],
)
def test_every_kind(path: str, type_: str, unit: str, bounds: str, default: str) -> None:
    found = explain(path)
    assert (found.type, found.unit, found.bounds) == (type_, unit, bounds)
    assert found.default == default or default == "{}"
    assert found.description


def test_a_choice_lists_its_words_and_an_entry_its_fields() -> None:
    assert explain("offers.tenure").choices == ("own", "lease", "reserve", "rent", "spot")
    assert explain("offers").fields[:3] == ("id", "name", "tenure")
    assert explain("plan").fields[:2] == ("portfolio", "about")
    assert explain("portfolio").type == "Portfolio"


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (
            "offers.power_mw",
            "OTK-F042 offers.power_mw: there is no field 'power_mw'; say power_it_mw (at the "
            "servers)",
        ),
        ("offer", "OTK-F042 offer: there is no field 'offer'; did you mean 'offers'?"),
        (
            "lab.name",
            "OTK-F042 lab.name: there is no field 'name'; `lab` holds text, which has no fields",
        ),
        (
            "offers.narvik.sights",
            "OTK-F042 offers.narvik.sights: there is no field 'sights'; did you mean 'site'?",
        ),
    ],
)
def test_a_field_that_does_not_exist(path: str, said: str) -> None:
    with pytest.raises(OfftakeError) as caught:
        explain(path)
    assert str(caught.value) == said

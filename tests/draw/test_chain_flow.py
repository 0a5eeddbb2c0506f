"""The chain as a flow: the bands are the money of the month."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from offtake.draw import chain_flow
from offtake.draw.chain_flow import Band
from offtake.draw.layout import FULL, NARROW, Frame
from offtake.draw.svg import to_svg
from offtake.ledger.chain import settle_chain
from offtake.model.statement import Statement
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)


@pytest.mark.parametrize("frame", [FULL, NARROW])
def test_it_says_what_stays_with_whom(june: Statement, frame: Frame) -> None:
    (figure,) = chain_flow.figures(june)
    figure.draw(june, frame).to_dict(validate=True)
    svg = to_svg(figure.draw(june, frame), ident="f", described=figure.described)
    said = ["".join(t.itertext()) for t in ET.fromstring(svg).iter(f"{SVG}text")]
    assert "keeps 198,686.49" in said
    assert "keeps 5,353,881.53" in said
    assert "pays 6,842,320.90" in said
    assert len(svg) < 8_000


def test_bands_add_up_to_what_each_party_gets_and_gives(june: Statement) -> None:
    found = chain_flow.bands(june, "USD")
    for position in june.positions:
        got = sum(b.minor for b in found if b.payee == position.party)
        gave = sum(b.minor for b in found if b.payer == position.party)
        assert got - gave == position.in_minor - position.out_minor


def test_a_bar_is_as_long_as_its_money_and_its_end_what_is_kept(june: Statement) -> None:
    nodes = {node.party: node for node in chain_flow.nodes(chain_flow.bands(june, "USD"), 40.0)}
    scale = nodes["lab"].size / 684_232_090
    assert nodes["opco"].size == pytest.approx(664_543_441 * scale)
    assert nodes["hyperco"].kept == pytest.approx(19_868_649 * scale)
    assert nodes["lab"].kept == 0


def test_steps_follow_the_money(june: Statement) -> None:
    steps = chain_flow.steps(chain_flow.bands(june, "USD"))
    assert steps == {"lab": 0, "hyperco": 1, "opco": 2, "siteco": 3, "grid": 4}


def test_who_only_pays_stands_one_step_before_whom_it_pays() -> None:
    bands = [Band("lab", "a", 9, "1"), Band("a", "b", 8, "2"), Band("grid", "b", 1, "3")]
    assert chain_flow.steps(bands) == {"lab": 0, "a": 1, "b": 2, "grid": 1}


def test_a_circle_is_opened_at_its_smallest_band() -> None:
    bands = [Band("a", "b", 5, "1"), Band("b", "c", 5, "2"), Band("c", "a", 2, "3")]
    assert chain_flow.steps(bands) == {"a": 0, "b": 1, "c": 2}
    assert len(chain_flow.nodes(bands, 10.0)) == 3


def test_a_negative_invoice_is_paid_back() -> None:
    assert chain_flow._band("buyer", "seller", -3, "C") == Band("seller", "buyer", 3, "C")


def test_the_table_has_every_band(june: Statement) -> None:
    table = chain_flow.table(june, "USD")
    assert len(table.rows) == len(chain_flow.bands(june, "USD"))
    assert ("hyperco", "opco", "A", "6,643,634.41", "5,353,881.53") in table.rows

"""What a party sees of a month: its own links, and nothing of the next one."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from offtake.ledger.chain import settle_chain
from offtake.ledger.stated import statement_plain
from offtake.ledger.views import UNSEEN, position_of, seen_by
from offtake.model.chain import links
from offtake.model.statement import Statement
from tests.ledger.june import AS_OF as CLOSED
from tests.ledger.june import CONTRACTS, JUNE, RECORDS
from tests.ledger.random_chains import AS_OF, CLOSED_AS_OF, MONTH, NEXT, Chain, chains


@pytest.fixture(scope="module")
def june() -> Statement:
    return settle_chain(CONTRACTS, RECORDS, JUNE, as_of=CLOSED)


@pytest.mark.parametrize(
    ("party", "contracts"),
    [("opco", "0A"), ("hyperco", "AB"), ("lab", "B"), ("siteco", "0"), ("nobody", "")],
)
def test_a_party_sees_its_own_links(june: Statement, party: str, contracts: str) -> None:
    seen = seen_by(june, party)
    assert [one.contract for one in seen.invoices] == list(contracts)
    assert all(party in (one.payer, one.payee) for one in seen.externals)
    assert position_of(seen, party) == position_of(june, party)


def test_the_basis_of_its_own_line_stays_and_where_it_is_from_does_not(june: Statement) -> None:
    """Lab pays 3 % on what HyperCo pays OpCo for electricity: 351,004.81 in all."""
    was = {c.id: c for c in june.by_contract["B"].charges}
    seen = {c.id: c for c in seen_by(june, "lab").by_contract["B"].charges}
    moved = set(seen) - set(was)
    assert moved == {"B/2027-06/pass_through.upstream.not-shown-1.fjord"}
    line, before = seen[moved.pop()], was["B/2027-06/pass_through.upstream.A.fjord"]
    assert line.text == f"electricity at fjord, {UNSEEN}"
    assert (line.exact, line.minor) == (before.exact, before.minor)
    first = line.steps[0]
    assert (first.what, first.sources) == (UNSEEN, (UNSEEN,))
    assert first.value == before.steps[0].value
    fee = seen["B/2027-06/pass_through.markup.fjord"]
    assert fee.steps[0].sources == (f"line:{line.id}",), "it leads to the line by its new name"


def test_who_is_in_both_links_sees_what_rests_on_what(june: Statement) -> None:
    assert seen_by(june, "hyperco").by_contract["B"] == june.by_contract["B"]


@given(chains(deepest=4))
@settings(max_examples=25)
def test_no_name_of_another_link_is_seen(chain: Chain) -> None:
    first = settle_chain(chain.contracts, chain.records, MONTH, as_of=CLOSED_AS_OF)
    later = settle_chain(chain.contracts, chain.records, NEXT, as_of=AS_OF, closed=(first,))
    for statement in (first, later):
        for party in {p for c in chain.contracts for p in (c.seller, c.buyer)}:
            seen = seen_by(statement, party)
            own = {c.id for c in chain.contracts if party in (c.seller, c.buyer)}
            with_it = {p for i in seen.invoices for p in (i.seller, i.buyer)}
            others = {c.id for c in chain.contracts} - own
            others |= {p for i in statement.invoices for p in (i.seller, i.buyer)} - with_it
            told = json.dumps(statement_plain(seen))
            for name in others:
                found = re.search(rf"(?<!\w){name}(?!\w)", told)
                assert found is None, (party, told[max(0, found.start() - 90) : found.end() + 30])
            assert position_of(seen, party) == position_of(statement, party)


@given(chains(deepest=4), st.data())
@settings(max_examples=15)
def test_a_party_sees_no_price_further_down(chain: Chain, data: st.DataObject) -> None:
    """What it sees is the same whatever is charged in links below its own."""
    named = {c.id: c for c in chain.contracts}
    party = data.draw(st.sampled_from(sorted({c.seller for c in chain.contracts})))
    own = [c for c in chain.contracts if party in (c.seller, c.buyer)]
    above = {link.id for c in own for link in links(c, named)}
    dearer = tuple(
        c
        if c.id in above
        else replace(c, rates=tuple(replace(r, price=r.price * 2 + 1) for r in c.rates))
        for c in chain.contracts
    )
    before, after = (
        settle_chain(some, chain.records, MONTH, as_of=CLOSED_AS_OF)
        for some in (chain.contracts, dearer)
    )
    assert statement_plain(seen_by(before, party)) == statement_plain(seen_by(after, party))

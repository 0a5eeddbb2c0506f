"""Facts come back as they went in, count once, and never change."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from offtake.errors import OfftakeError
from offtake.ledger.known import known
from offtake.model.contract import Contract
from offtake.model.event import Event
from offtake.model.reading import Meter, Reading, Tariff
from offtake.model.records import Readings, Records
from offtake.store import MEMORY, Appended, Store, append, open_store, records
from offtake.store.bodies import (
    body,
    fact_of,
    json_text,
    number_text,
    value_of,
    value_plain,
)
from offtake.store.facts import last_recorded, recorded_after
from tests.store.facts import EVENTS, FIXINGS, READINGS, RECORDS, TARIFFS, at, with_readings
from tests.strategies import values

NOW = at(30, 12)


def plain(readings: Readings) -> list[tuple[object, ...]]:
    """Rows of readings, whatever their codes."""
    named = {-1: None, **dict(enumerate(readings.names))}
    codes = zip(readings.source, readings.site, readings.tranche, readings.node, strict=True)
    texts = [tuple(named[int(code)] for code in row) for row in codes]
    numbers = zip(
        *(readings.meter, readings.starts, readings.ends, readings.amount, readings.recorded),
        strict=True,
    )
    rows = zip(texts, map(str, readings.id), numbers, strict=True)
    return sorted(((*text, ident, *map(int, row)) for text, ident, row in rows), key=repr)


def test_facts_come_back_as_they_went_in(store: Store) -> None:
    with store.writing() as connection:
        assert append(connection, RECORDS, now=NOW) == Appended(new_count=8, known_count=0)
    with store.reading() as connection:
        found = records(connection)
        assert sorted(found.events, key=lambda e: e.id) == sorted(EVENTS, key=lambda e: e.id)
        assert (found.fixings, found.tariffs) == (FIXINGS, TARIFFS)
        assert plain(found.readings) == plain(RECORDS.readings)
        assert known(found, NOW).events == known(RECORDS, NOW).events
        assert last_recorded(connection) == FIXINGS[0].recorded
        assert recorded_after(connection, at(8, 6)) == 3


def test_an_empty_store_holds_nothing(store: Store) -> None:
    with store.reading() as connection:
        found = records(connection)
        assert (found.events, len(found.readings), found.fixings, found.tariffs) == ((), 0, (), ())
        assert last_recorded(connection) is None
    with store.writing() as connection:
        assert append(connection, Records(), now=NOW) == Appended(new_count=0, known_count=0)


def test_a_fact_sent_again_counts_once_and_is_known_from_the_first_time(store: Store) -> None:
    again = replace(
        RECORDS,
        events=tuple(replace(e, recorded=e.recorded + timedelta(days=5)) for e in EVENTS),
        readings=Readings.of(
            replace(r, recorded=r.recorded + timedelta(days=5)) for r in (*READINGS, *READINGS)
        ),
    )
    with store.writing() as connection:
        append(connection, RECORDS, now=NOW)
    with store.writing() as connection:
        sent = append(connection, again, now=NOW + timedelta(days=9))
        assert sent == Appended(new_count=0, known_count=11)
    with store.reading() as connection:
        found = records(connection)
    assert plain(found.readings) == plain(RECORDS.readings)
    assert sorted(found.events, key=lambda e: e.id) == sorted(EVENTS, key=lambda e: e.id)


def test_a_fact_that_says_something_else_is_refused_with_all_faults(store: Store) -> None:
    with store.writing() as connection:
        append(connection, RECORDS, now=NOW)
    other = Records(
        events=(replace(EVENTS[0], ends=at(8, 7)), replace(EVENTS[1], id="fresh")),
        readings=Readings.of([replace(READINGS[1], amount=5), replace(READINGS[2], node=None)]),
        fixings=(replace(FIXINGS[0], value_amount=Decimal("10.41")),),
        tariffs=(replace(TARIFFS[0], energy_price=Decimal("0.51")),),
    )
    with pytest.raises(OfftakeError) as caught, store.writing() as connection:
        append(connection, other, now=NOW)
    faults = caught.value.faults
    assert [f.code for f in faults] == ["OTK-B010"] * 5
    assert [f.where.path for f in faults] == [
        "events.out",
        "readings.m1/2",
        "readings.m2/1",
        "fixings.USD/NOK/2027-06-30",
        "tariffs.grid",
    ]
    assert faults[1].got == "amount was 0 and is 5"
    with store.reading() as connection:  # all or nothing: the fresh one was not kept
        assert "fresh" not in {event.id for event in records(connection).events}


def test_two_facts_of_one_name_in_one_sending_are_refused(store: Store) -> None:
    twice = with_readings(READINGS[0], replace(READINGS[0], amount=1))
    with pytest.raises(OfftakeError, match="OTK-B010"), store.writing() as connection:
        append(connection, twice, now=NOW)


def test_a_number_is_one_number_however_it_is_written(store: Store) -> None:
    same = replace(FIXINGS[0], value_amount=Decimal("10.40"))
    with store.writing() as connection:
        append(connection, RECORDS, now=NOW)
        sent = append(connection, Records(fixings=(same,)), now=NOW)
        assert sent == Appended(new_count=0, known_count=1)


def test_many_readings_are_kept_in_parts(store: Store) -> None:
    many = [replace(READINGS[0], id=f"h{n}", amount=n) for n in range(12_001)]
    with store.writing() as connection:
        sent = append(connection, Records(readings=Readings.of(many)), now=NOW)
        assert sent.new_count == 12_001
        again = append(connection, Records(readings=Readings.of(many[4_000:9_000])), now=NOW)
        assert again == Appended(new_count=0, known_count=5_000)
    with store.reading() as connection:
        assert int(records(connection).readings.amount.sum()) == sum(range(12_001))


@given(values(Event))
def test_any_event_is_text_and_back(event: Event) -> None:
    text = body(event, ("id", "kind", "recorded"))
    apart = {"id": event.id, "kind": event.kind, "recorded": event.recorded}
    assert fact_of(Event, text, apart) == event


@given(values(Tariff))
def test_any_tariff_is_text_and_back(tariff: Tariff) -> None:
    apart = {"id": tariff.id, "recorded": tariff.recorded}
    assert fact_of(Tariff, body(tariff, apart), apart) == tariff


@given(values(Contract))
def test_any_contract_is_text_and_back(contract: Contract) -> None:
    text = json_text(value_plain(contract))
    assert value_of(Contract, json.loads(text)) == contract


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_number_is_written_in_one_way(number: Decimal) -> None:
    text = number_text(number)
    assert Decimal(text) == number
    longer = Decimal(text + ("0" if "." in text else ".0"))
    assert number_text(Decimal(text)) == number_text(longer) == text
    assert "E" not in text


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=25)
@given(st.permutations(READINGS), st.lists(st.sampled_from(READINGS), max_size=4))
def test_the_order_and_number_of_sendings_change_nothing(
    first: list[Reading], more: list[Reading]
) -> None:
    store = open_store(MEMORY)
    for sending in (first[:1], more, first):
        with store.writing() as connection:
            append(connection, Records(readings=Readings.of(sending)), now=NOW)
    with store.reading() as connection:
        assert plain(records(connection).readings) == plain(Readings.of(READINGS))
    store.close()


def test_every_meter_comes_back(store: Store) -> None:
    each = [replace(READINGS[0], id=str(meter), meter=meter) for meter in Meter]
    with store.writing() as connection:
        append(connection, Records(readings=Readings.of(each)), now=NOW)
    with store.reading() as connection:
        assert plain(records(connection).readings) == plain(Readings.of(each))

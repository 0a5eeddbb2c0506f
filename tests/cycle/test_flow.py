"""The flow as a user writes it, from a world to the next plan's world, on simulated sites."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import offtake
from offtake.cycle.measuring import Measured
from offtake.errors import OfftakeError
from offtake.model.event import Event, EventKind
from offtake.model.history import History
from offtake.model.plan import Plan
from offtake.model.reading import Meter, Reading, Tariff
from offtake.model.records import Readings, Records
from offtake.model.work import JobSpec
from tests.cycle.conftest import THREE_SITES

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


class Clock:
    """A clock that goes as the machine's does, from a moment that may be set."""

    def __init__(self, at: datetime) -> None:
        self.set(at)

    def set(self, at: datetime) -> None:
        self._from, self._since = at.timestamp(), time.monotonic()

    def __call__(self) -> float:
        return self._from + time.monotonic() - self._since


def power() -> Records:
    """What settling a chain that hands electricity on needs besides what ran, and an acceptance."""
    amounts = {Meter.IT_ENERGY: 9_000_000_000, Meter.FACILITY_ENERGY: 10_000_000_000}
    readings = [
        Reading(
            source="meter",
            id=meter.value,
            meter=meter,
            site="fjell",
            starts=NOVEMBER,
            ends=DECEMBER,
            amount=amount,
            recorded=DECEMBER,
        )
        for meter, amount in amounts.items()
    ]
    tariff = Tariff(
        id="fjell",
        site="fjell",
        seller="grid",
        payer="fjell-kraft",
        currency="USD",
        energy_price=Decimal("0.025"),
        demand_price=Decimal(0),
        fixed_amount=Decimal(0),
        starts=datetime(2026, 1, 1, tzinfo=UTC).date(),
        recorded=NOVEMBER,
    )
    late = Event(
        id="t2",
        kind=EventKind.ACCEPTED,
        tranches=("fjell-lab.t2",),
        starts=datetime(2026, 11, 30, tzinfo=UTC),
        recorded=DECEMBER,
    )
    return Records(events=(late,), readings=Readings.of(readings), tariffs=(tariff,))


def test_the_flow_of_the_front_door_runs_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    clock = Clock(datetime(2026, 11, 10, tzinfo=UTC))
    job = JobSpec(
        name="train", run="simulate 1", accelerator_count=4_096, clusters=("fjell-lab.t1",)
    )

    portfolio = offtake.read(THREE_SITES)
    plan = offtake.plan(portfolio, risk=0.2, scenarios=4)
    desk = offtake.connect("work.db", clock=clock)
    desk.adopt(plan)
    names = desk.submit(job)
    assert desk.wait(names, seconds=120)
    assert desk.job(names[0])["state"] == "succeeded"
    clock.set(datetime(2026, 12, 2, tzinfo=UTC))
    statement = desk.close("2026-11", records=power())
    page = offtake.report(statement, plan)
    again = desk.learn()
    desk.disconnect()

    assert {i.contract for i in statement.invoices} >= {"fjell-rent", "fjell-lab"}
    lab = next(i for i in statement.invoices if i.contract == "fjell-lab")
    used = next(c for c in lab.charges if c.kind.value == "usage" and c.tranche == "t1")
    # One second and a little of 4,096 accelerators: what ran is what is charged.
    assert 4_096 <= float(used.quantity) * 3600 <= 4_096 * 60
    assert page == Path("statement-2026-11.html")
    assert "Plan against actual" in page.read_text(encoding="utf-8")
    assert again.name == portfolio.name
    assert {c.id for c in again.contracts} > {c.id for c in portfolio.contracts}


@pytest.mark.slow
def test_a_plan_is_simulated_to_a_history_that_closes_and_is_measured() -> None:
    portfolio = offtake.read(THREE_SITES)
    plan = offtake.plan(portfolio, scenarios=3)
    history = offtake.simulate(plan, seed=7)
    assert isinstance(history, History)
    assert history.unclosed() < 1e-9
    made = offtake.measure(history)
    assert isinstance(made, Measured)
    table = made.frame()
    assert table.num_rows == len(made.sheet.metrics)
    assert "goodput-ml" in table.column("metric").to_pylist()


def test_nothing_adopted_and_a_world_that_was_not_read_here_are_refused(
    tmp_path: Path, plan: Plan
) -> None:
    with (
        offtake.connect(tmp_path / "w.db") as desk,
        pytest.raises(OfftakeError) as caught,
    ):
        desk.close("2026-11")
    assert caught.value.faults[0].code == "OTK-E114"
    with offtake.connect(tmp_path / "w.db") as desk, pytest.raises(OfftakeError) as caught:
        desk.adopt(replace(plan, inputs_sha256="0" * 64))
    assert caught.value.faults[0].code == "OTK-E110"

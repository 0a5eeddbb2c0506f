"""Values as Arrow: the numbers of the value, exact where they are money owed."""

from __future__ import annotations

from decimal import Decimal

import pytest

import offtake
from offtake.errors import OfftakeError
from offtake.files.histories import history_table
from offtake.files.transparency import sheet_table
from offtake.ledger.chain import settle_chain
from offtake.model.metric import Sheet
from tests.ledger.june import AS_OF, CONTRACTS, JUNE, RECORDS
from tests.measure.test_history import made as a_history
from tests.report.plans import a_plan
from tests.report.studies import a_study


def test_a_plan_gives_what_to_sign_or_any_of_its_tables() -> None:
    plan = a_plan()
    made = offtake.frame(plan)
    assert made["power_it_mw"].to_pylist() == [s.power_it_mw for s in plan.signed]
    assert made.schema.field("power_it_mw").metadata[b"unit"] == b"MW IT"
    assert offtake.frame(plan, "by_period").num_rows == len(plan.by_period)


def test_a_study_gives_its_findings_or_any_of_its_tables() -> None:
    study = a_study()
    assert study.strategies is not None
    assert offtake.frame(study).num_rows > 0
    assert offtake.frame(study, "strategies").num_rows == len(study.strategies.strategies)


def test_the_lines_of_a_statement_add_up_to_its_invoices_exactly() -> None:
    statement = settle_chain(CONTRACTS, RECORDS, JUNE, as_of=AS_OF)
    made = offtake.frame(statement).to_pylist()
    assert [row["line"] for row in made] == [charge.id for charge in statement.charges]
    for invoice in statement.invoices:
        rows = [row["amount"] for row in made if row["contract"] == invoice.contract]
        assert sum(rows, Decimal(0)) == invoice.cash_due


def test_a_history_and_a_sheet_have_the_table_they_are_saved_as() -> None:
    history = a_history()
    assert offtake.frame(history).equals(history_table(history))
    sheet = Sheet(publisher="lab", metrics=())
    assert offtake.frame(sheet).equals(sheet_table(sheet))


@pytest.mark.parametrize("held", [a_plan(), a_history()], ids=["plan", "history"])
def test_a_table_that_is_not_there_is_refused_with_those_that_are(held: object) -> None:
    with pytest.raises(OfftakeError) as caught:
        offtake.frame(held, "hour")  # type: ignore[arg-type]
    (fault,) = caught.value.faults
    assert (fault.code, fault.got) == ("OTK-F046", "hour")
    assert fault.hint

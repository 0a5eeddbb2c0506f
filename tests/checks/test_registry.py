"""All checks together."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from offtake.checks import CHECKS, Level, run
from offtake.errors import OfftakeError
from offtake.model import Portfolio
from tests.checks.small import SOUND, put
from tests.strategies import portfolios, sound_portfolios


def test_nothing_is_found_where_nothing_is_wrong() -> None:
    assert [str(finding) for finding in run(SOUND)] == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(portfolio=portfolios())
def test_a_check_looks_at_anything_without_failing(portfolio: Portfolio) -> None:
    for finding in run(portfolio):
        check = CHECKS[finding.check]
        assert finding.fault.code in check.codes
        assert finding.level is check.level
        assert finding.fault.where.path
        assert finding.fault.where.file is None


@settings(max_examples=20, suppress_health_check=[HealthCheck.too_slow])
@given(portfolio=sound_portfolios())
def test_a_sound_portfolio_has_no_error(portfolio: Portfolio) -> None:
    assert [str(found) for found in run(portfolio) if found.level is Level.ERROR] == []


def test_checks_have_names_docs_and_codes() -> None:
    for name, check in CHECKS.items():
        assert check.name == name
        assert name == name.lower().replace("_", "-")
        assert check.about.endswith(".")
        assert check.about[0].isupper()
        assert all(code.startswith("OTK-C") for code in check.codes)
        assert all(meaning.endswith(".") for meaning in check.codes.values())


def test_strict_and_only() -> None:
    portfolio = put(SOUND, "contracts.B.currency", "NOK")
    assert {(f.check, f.level) for f in run(portfolio)} == {
        ("currency", Level.WARNING),
        ("chain-clauses", Level.WARNING),
    }
    assert [f.level for f in run(portfolio, strict=["currency"], only=["currency"])] == ["error"]
    assert {f.level for f in run(portfolio, strict=["all"])} == {Level.ERROR}
    with pytest.raises(OfftakeError, match="OTK-C200: there is no such check; got 'xyz'"):
        run(portfolio, strict=["xyz"])


def test_a_finding_prints_as_a_line() -> None:
    (finding,) = run(put(SOUND, "contracts.B.currency", "NOK"), only=["currency"])
    assert str(finding) == (
        "warning OTK-C280 contracts.B.currency: the lab's own contracts are planned in USD; "
        "got 'NOK'; its prices are read as if they were USD [currency]"
    )

"""A cloud's invoice is read from the command line: charges told, readings added once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.calling import call

Capsys = pytest.CaptureFixture[str]
CLOUD = """\
BilledCost,BillingCurrency,BillingPeriodStart,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,\
ServiceName,SkuId,SkuPriceId,RegionId,PricingQuantity,PricingUnit,ContractedUnitPrice,\
ConsumedQuantity,ConsumedUnit,ChargeClass
98.32,USD,2027-06-01T00:00:00Z,Usage,2027-06-04T10:00:00Z,2027-06-04T11:00:00Z,\
Virtual machines,p5.48xlarge,p5.od,north,1,Hours,98.32,1,Hours,
98.32,USD,2027-06-01T00:00:00Z,Usage,2027-06-04T11:00:00Z,2027-06-04T12:00:00Z,\
Virtual machines,p5.48xlarge,p5.od,north,1,Hours,98.32,1,Hours,
xx,USD,2027-06-01T00:00:00Z,Usage,2027-06-04T11:00:00Z,2027-06-04T12:00:00Z,\
Storage,s3,s3.std,north,100,GB,0.12,100,GB,
"""
HOW = ("--link", "B", "--region", "north=fjord", "--recorded", "2027-07-03")


@pytest.fixture
def world(tmp_path: Path, capsys: Capsys) -> Path:
    (tmp_path / "cloud.csv").write_text(CLOUD, encoding="utf-8")
    assert call(capsys, "init", tmp_path / "lab", "--world", "june-chain").status == 0
    return tmp_path / "lab"


def test_charges_are_told_and_readings_added_once(world: Path, capsys: Capsys) -> None:
    words = ("invoice", world, "2027-06", world.parent / "cloud.csv", *HOW)
    gpus = ("--gpus", "p5.48xlarge=8")
    tried = call(capsys, *words, *gpus, "--dry-run", "--json").data
    made = call(capsys, *words, *gpus, "--json").data
    again = call(capsys, *words, *gpus, "--json").data
    assert [c["minor"] for c in made["charges"]] == [19_664]
    assert list(made["refused"].values()) == [1]
    assert (tried["readings_added"], made["readings_added"], again["readings_added"]) == (2, 2, 0)
    assert again["readings_there_already"] == 2
    assert [Path(path).exists() for path in made["files"]] == [True]
    told = call(capsys, *words, *gpus).out
    assert "196.64" in told
    assert "refused: 1 rows, OTK-M161" in told


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--link", "X"), "OTK-U022"),
        (("--link", "B", "--region", "north"), "OTK-U004"),
        (("--link", "B", "--region", "north=nowhere"), "OTK-U022"),
        (("--link", "B", "--gpus", "p5=many"), "OTK-U004"),
    ],
)
def test_wrong_options_are_named(
    world: Path, capsys: Capsys, more: tuple[str, ...], code: str
) -> None:
    ran = call(capsys, "invoice", world, "2027-06", world.parent / "cloud.csv", *more)
    assert (ran.status, ran.codes) == (2, [code])

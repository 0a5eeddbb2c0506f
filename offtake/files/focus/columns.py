"""Columns of the FOCUS datasets, by version, each with what its cells hold.

Source: the FinOps Open Cost and Usage Specification (FOCUS), versions 1.2 and 1.4 (CC BY 4.0).
A column whose name begins with `x_` is our own, as the specification lets a data generator
add them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

Cell = str | Decimal | datetime | None
Row = Mapping[str, Cell]


class Version(StrEnum):
    """A version of FOCUS that is written."""

    V1_2 = "1.2"
    V1_4 = "1.4"


class Holds(StrEnum):
    """What the cells of a column hold."""

    TEXT = "text"
    EXACT = "exact"
    MOMENT = "moment"


COST_AND_USAGE, CONTRACT_COMMITMENT = "Cost and Usage", "Contract Commitment"
INVOICE_DETAIL, BILLING_PERIOD = "Invoice Detail", "Billing Period"

FILES: Mapping[str, str] = {
    COST_AND_USAGE: "cost_and_usage",
    CONTRACT_COMMITMENT: "contract_commitment",
    INVOICE_DETAIL: "invoice_detail",
    BILLING_PERIOD: "billing_period",
}
"""What the file of each dataset is called, without its ending."""

_EXACT = frozenset(
    """
    BilledCost CommitmentDiscountQuantity ConsumedQuantity ContractCommitmentCost
    ContractCommitmentDiscountPercentage ContractCommitmentPaymentUpfrontPercentage
    ContractCommitmentQuantity ContractedCost ContractedUnitPrice EffectiveCost ListCost
    ListUnitPrice PricingCurrencyContractedUnitPrice PricingCurrencyEffectiveCost
    PricingCurrencyListUnitPrice PricingQuantity
    """.split()
)
_MOMENTS = frozenset(
    """
    BillingPeriodCreated BillingPeriodEnd BillingPeriodLastUpdated BillingPeriodStart
    ChargePeriodEnd ChargePeriodStart ContractCommitmentCreated ContractCommitmentLastUpdated
    ContractCommitmentPeriodEnd ContractCommitmentPeriodStart ContractPeriodEnd
    ContractPeriodStart InvoiceDetailCreated InvoiceDetailLastUpdated InvoiceIssueDate
    PaymentDueDate
    """.split()
)

_BOTH = """
    AvailabilityZone BilledCost BillingAccountId BillingAccountName BillingAccountType
    BillingCurrency BillingPeriodEnd BillingPeriodStart CapacityReservationId
    CapacityReservationStatus ChargeCategory ChargeClass ChargeDescription ChargeFrequency
    ChargePeriodEnd ChargePeriodStart CommitmentDiscountCategory CommitmentDiscountId
    CommitmentDiscountName CommitmentDiscountQuantity CommitmentDiscountStatus
    CommitmentDiscountType CommitmentDiscountUnit ConsumedQuantity ConsumedUnit ContractedCost
    ContractedUnitPrice EffectiveCost InvoiceId InvoiceIssuerName ListCost ListUnitPrice
    PricingCategory PricingCurrency PricingCurrencyContractedUnitPrice
    PricingCurrencyEffectiveCost PricingCurrencyListUnitPrice PricingQuantity PricingUnit
    RegionId RegionName ResourceId ResourceName ResourceType ServiceCategory ServiceName
    ServiceSubcategory SkuId SkuMeter SkuPriceDetails SkuPriceId SubAccountId SubAccountName
    SubAccountType Tags
"""
OURS = ("x_ChargeId", "x_Clause", "x_CorrectsMonth")
"""Our own columns of Cost and Usage: line of the invoice, clause it rests on, month it corrects."""

_COLUMNS: Mapping[Version, Mapping[str, tuple[str, ...]]] = {
    Version.V1_2: {
        COST_AND_USAGE: (*sorted([*_BOTH.split(), "ProviderName", "PublisherName"]), *OURS)
    },
    Version.V1_4: {
        COST_AND_USAGE: (
            *sorted(
                [
                    *_BOTH.split(),
                    "ContractApplied",
                    "HostProviderName",
                    "InvoiceDetailId",
                    "ServiceProviderName",
                ]
            ),
            *OURS,
        ),
        CONTRACT_COMMITMENT: tuple(
            """
            BillingCurrency ContractCommitmentApplicability ContractCommitmentBenefitCategory
            ContractCommitmentCategory ContractCommitmentCost ContractCommitmentCreated
            ContractCommitmentDescription ContractCommitmentDiscountPercentage
            ContractCommitmentDurationType ContractCommitmentFulfillmentInterval
            ContractCommitmentId ContractCommitmentLastUpdated
            ContractCommitmentLifecycleStatus ContractCommitmentModel
            ContractCommitmentOfferCategory ContractCommitmentPaymentInterval
            ContractCommitmentPaymentModel ContractCommitmentPaymentUpfrontPercentage
            ContractCommitmentPeriodEnd ContractCommitmentPeriodStart ContractCommitmentQuantity
            ContractCommitmentType ContractCommitmentUnit ContractId ContractPeriodEnd
            ContractPeriodStart InvoiceIssuerName PricingCurrency
            PricingCurrencyContractCommitmentCost ServiceProviderName
            """.split()
        ),
        INVOICE_DETAIL: tuple(
            """
            BilledCost BillingAccountId BillingCurrency BillingPeriodEnd BillingPeriodStart
            ChargeCategory InvoiceDetailCreated InvoiceDetailDescription InvoiceDetailGrain
            InvoiceDetailId InvoiceDetailLastUpdated InvoiceId InvoiceIssueDate
            InvoiceIssueStatus InvoiceIssuerName PaymentDueDate PaymentTerms ReferenceInvoiceId
            """.split()
        ),
        BILLING_PERIOD: tuple(
            """
            BillingPeriodCreated BillingPeriodEnd BillingPeriodLastUpdated BillingPeriodStart
            BillingPeriodStatus InvoiceIssuerName
            """.split()
        ),
    },
}


def columns(version: Version) -> Mapping[str, tuple[str, ...]]:
    """Give the columns of each dataset of a version, in the order they are written."""
    return _COLUMNS[version]


def holds(column: str) -> Holds:
    """Tell what the cells of a column hold."""
    if column in _EXACT or column == "PricingCurrencyContractCommitmentCost":
        return Holds.EXACT
    return Holds.MOMENT if column in _MOMENTS else Holds.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """One dataset of FOCUS: its rows, all with the same columns."""

    name: str
    """As FOCUS calls it."""
    columns: tuple[str, ...]
    """Its columns, in the order they are written."""
    rows: tuple[Row, ...]
    """What it holds; a cell that is not named is null."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The datasets of one statement in one version of FOCUS."""

    version: Version
    """The version."""
    datasets: tuple[Dataset, ...]
    """Cost and Usage first."""

    @property
    def by_name(self) -> Mapping[str, Dataset]:
        """The datasets by the name FOCUS gives them."""
        return {dataset.name: dataset for dataset in self.datasets}

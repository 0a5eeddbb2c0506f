"""The frozen values everything else passes around. No input or output, no clock, no chance."""

from offtake.model.accelerator import Accelerator, Workload
from offtake.model.capital import Capital, Limits
from offtake.model.contract import Contract, Offer, OfferPrice, Tenure, Tranche
from offtake.model.demand import Demand, Inference, Region, TrainingJob
from offtake.model.party import Party, Role, Vehicle
from offtake.model.period import HOURS_PER_QUARTER, Quarter
from offtake.model.plan import Plan
from offtake.model.portfolio import Horizon, Portfolio
from offtake.model.power import (
    CarbonBasis,
    CleanPurchase,
    PowerKind,
    PowerOption,
    PowerSupply,
    Profile,
)
from offtake.model.provenance import Provenance, Quality
from offtake.model.site import Phase, Site, Status
from offtake.model.study import Study
from offtake.model.uncertainty import (
    DelayProcess,
    DemandProcess,
    NamedScenario,
    PriceProcess,
    Uncertainty,
)
from offtake.model.value import Value

__all__ = [
    "HOURS_PER_QUARTER",
    "Accelerator",
    "Capital",
    "CarbonBasis",
    "CleanPurchase",
    "Contract",
    "DelayProcess",
    "Demand",
    "DemandProcess",
    "Horizon",
    "Inference",
    "Limits",
    "NamedScenario",
    "Offer",
    "OfferPrice",
    "Party",
    "Phase",
    "Plan",
    "Portfolio",
    "PowerKind",
    "PowerOption",
    "PowerSupply",
    "PriceProcess",
    "Profile",
    "Provenance",
    "Quality",
    "Quarter",
    "Region",
    "Role",
    "Site",
    "Status",
    "Study",
    "Tenure",
    "TrainingJob",
    "Tranche",
    "Uncertainty",
    "Value",
    "Vehicle",
    "Workload",
]

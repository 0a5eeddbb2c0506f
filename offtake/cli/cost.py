"""`offtake cost`: own, lease or rent an accelerator, side by side."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from offtake.cli.options import Json


def cost(
    accelerator: str,
    /,
    *,
    use: float = 0.8,
    life: float = 5.0,
    rate: float | None = None,
    residual: float = 0.0,
    servers: float | None = None,
    lease: float | None = None,
    rent: float | None = None,
    rent_change: float = 0.0,
    progress: float = 0.0,
    mfu: float = 0.4,
    as_of: date | None = None,
    out: Path | None = None,
    as_json: Json = False,
    force: bool = False,
) -> None:
    """Put owning, leasing and renting side by side: an hour, a unit of work.

    What is not said is the catalogue's: servers, shell and running cost by the power of the
    accelerator, lease and rent as the median of the last 12 months of the ladder of prices.

        offtake cost H100
        offtake cost H100 --use 0.6 --life 3 --residual 0.1
        offtake cost GB300 --rent 5.50 --progress 0.3 --out out/cost

    Args:
        accelerator: One of `offtake catalogue accelerators`.
        use: Share of all hours that are used.
        life: Years the servers are used for: 3, 5 or 7 are usual.
        rate: Yearly cost of capital, as a share; else that which explains published costs.
        residual: Share of the servers' cost they are sold for at the end of their life.
        servers: What the accelerator and its share of servers and network cost, in USD.
        lease: Price of a leased hour, paid used or not, in USD.
        rent: Price of a rented hour, in USD.
        rent_change: By what the rental price changes each year, as a share; −0.1 is a tenth less.
        progress: How much more work new servers do for the same money each year, as a share.
        mfu: Share of dense BF16 speed that becomes useful work.
        as_of: The day whose knowledge counts, such as 2026-06-30.
        out: Save cost.json and figures to this folder.
        as_json: Print it as JSON, in the form offtake.cost/1.
        force: Replace files that offtake did not write.
    """
    from offtake.capital.ladder import Given
    from offtake.cli import costing

    changes = {
        "utilisation_share": use,
        "life_years": life,
        "residual_share": residual,
        "rent_change_share_per_year": rent_change,
        "progress_share_per_year": progress,
        "mfu_share": mfu,
    }
    given = Given(servers, lease, rent, rate)
    asked = costing.Asked(accelerator, given, changes, as_of)
    costing.cost(asked, out, as_json=as_json, force=force)

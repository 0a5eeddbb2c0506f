"""`offtake measure`: how well capacity did, by definitions anybody can use."""

from __future__ import annotations

from pathlib import Path

from offtake.cli.options import Json


def measure(
    what: str,
    month: str | None = None,
    /,
    *,
    sheet: Path | None = None,
    check: bool = False,
    site: str | None = None,
    hours: Path | None = None,
    flop_per_token: float | None = None,
    embodied_kg: float | None = None,
    design_watts: float | None = None,
    publisher: str | None = None,
    as_of: str | None = None,
    as_json: Json = False,
    quiet: bool = False,
    force: bool = False,
) -> None:
    """Measure a month, a history or samples of devices; or check somebody's sheet.

    Utilisation by kind, tokens and FLOPs per joule, dollars and grams of CO2 per million
    tokens, PUE, Scope 1 and 2, clean shares: for each site, contract and chain, each with its
    boundary, its source, how it is known, and the share of the window it speaks for. What
    cannot be given is listed with the reason; nothing is filled.

        offtake measure june-chain 2027-06
        offtake measure june-chain 2027-06 --sheet out/june --flop-per-token 140e9

    A history or samples of devices are named by their Parquet file in place of a world, and a
    sheet to be checked by its JSON file. A world's hours are in its folder
    `hours/`, a file a site: `fjord.csv` or `fjord.parquet`.

    Args:
        what: A world, a history or samples of devices (.parquet), or with --check a sheet.
        month: Of a world: the month, written like 2027-06.
        sheet: Write the transparency sheet to this folder: JSON, Parquet and a page.
        check: Hold somebody's sheet against the schema and the definitions.
        site: Samples: where the devices stand. With --hours: the site they are of.
        hours: Hours of a site, CSV or Parquet, instead of those in the world's folder.
        flop_per_token: FLOPs the model needs for a token; FLOPs per watt and MFU rest on it.
        embodied_kg: Carbon of making an accelerator with its share of a server, in kg.
        design_watts: Samples: design power of one device.
        publisher: Who says so; else the lab of the world.
        as_of: Of a world: count only what was known by then; else all.
        as_json: Print the sheet as JSON, in the form offtake.transparency/1.
        quiet: Tell no progress and no warnings.
        force: Replace files that offtake did not write.
    """
    from offtake.cli import measuring

    asked = measuring.Asked(
        what, month, site, hours, flop_per_token, embodied_kg, design_watts, publisher, as_of
    )
    if check:
        measuring.check(asked, as_json=as_json)
    else:
        measuring.measure(asked, sheet, as_json=as_json, quiet=quiet, force=force)

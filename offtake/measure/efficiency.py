"""Work over energy and money: the arithmetic of a node, a site and a bill."""

from __future__ import annotations

from offtake.measure.taking import above_zero


def tokens_per_joule(tokens_per_s: float, power_w: float) -> float:
    """Give tokens per joule: 20,000 tokens/s on 7,400 W are 2.7027.

    Raises:
        OfftakeError: power is not above 0 (`OTK-Q006`).
    """
    above_zero(power_w=power_w)
    return tokens_per_s / power_w


def usd_per_million_tokens(
    usd_per_hour: float, tokens_per_s: float, used_share: float = 1.0
) -> float:
    """Give dollars per million tokens: 18.80 USD/h at 20,000 tokens/s are 0.26111.

    Args:
        usd_per_hour: All that is paid for an hour, used or not.
        tokens_per_s: Tokens while it is used.
        used_share: Share of the hours in which it is.

    Raises:
        OfftakeError: there are no tokens, or no use (`OTK-Q006`).
    """
    above_zero(tokens_per_s=tokens_per_s, used_share=used_share)
    return usd_per_hour / (tokens_per_s * 3600.0 * used_share) * 1e6


def embodied_t(made_t: float, life_hours: float, hours: float, used_share: float = 1.0) -> float:
    """Give a period's share of the carbon of making something, in t (ISO/IEC 21031).

    made · hours / life · share of it that is reserved

    Raises:
        OfftakeError: its life is not above 0 (`OTK-Q006`).
    """
    above_zero(life_hours=life_hours)
    return made_t * hours / life_hours * used_share


def sci(energy_kwh: float, g_per_kwh: float, embodied_g: float, units: float) -> float:
    """Give the software carbon intensity ((E · I) + M) / R, in g per functional unit.

    Raises:
        OfftakeError: there are no units (`OTK-Q006`).
    """
    above_zero(units=units)
    return (energy_kwh * g_per_kwh + embodied_g) / units

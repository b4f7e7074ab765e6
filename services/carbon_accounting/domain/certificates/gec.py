"""Issuance of green electricity certificates: whole MWh, remainder carried on (rules D.2, B.3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.carbon_accounting.domain.certificates.refusal import Refused, Rule

GEC_WH = 1_000_000
"""1 GEC = 1000 kWh (rules D.2)."""
MARKET_HYDRO_FROM = date(2023, 1, 1)
"""Hydro commissioned from here on and wholly sold in the market gets tradeable GEC (rules D.2)."""


class Technology(StrEnum):
    """What generates."""

    WIND = "wind"
    SOLAR = "solar"
    BIOMASS = "biomass"
    GEOTHERMAL = "geothermal"
    OCEAN = "ocean"
    HYDRO = "hydro"
    STORAGE = "storage"
    FOSSIL = "fossil"


class Use(StrEnum):
    """Where generation went; each facility and each use is metered by itself."""

    ON_GRID = "on-grid"
    SELF_USE = "self-use"
    OFF_GRID = "off-grid"
    HYDROGEN = "hydrogen"
    CAPTIVE_COAL_REPLACEMENT = "captive-coal-replacement"


class Title(StrEnum):
    """Whether the holder may sell the certificate."""

    TRADEABLE = "tradeable"
    WITH_SETTLEMENT_ONLY = "not tradeable"


@dataclass(frozen=True, slots=True)
class Plant:
    """What of a facility decides on its certificates. `commissioned` matters for hydro."""

    technology: Technology
    commissioned: date | None = None
    fully_market_based: bool = False


def title_of(plant: Plant, use: Use) -> Title | Refused:
    """Return whether generation gets tradeable GEC, others, or none, and why none."""
    if plant.technology in (Technology.STORAGE, Technology.FOSSIL):
        return Refused(
            Rule.NO_CERTIFICATE_FOR,
            "technology",
            str(plant.technology),
            "certificates belong to renewable generation; storage discharge gets none",
        )
    if use is not Use.ON_GRID:
        return Title.WITH_SETTLEMENT_ONLY
    return _hydro_title(plant) if plant.technology is Technology.HYDRO else Title.TRADEABLE


def title_of_discharge(use: Use) -> Title:
    """Return whether what a store gave may be sold: as what was charged for that use."""
    return Title.TRADEABLE if use is Use.ON_GRID else Title.WITH_SETTLEMENT_ONLY


def _hydro_title(plant: Plant) -> Title | Refused:
    if plant.commissioned is None:
        return Refused(
            Rule.NO_CERTIFICATE_FOR,
            "commissioned",
            "unknown",
            f"give the day: hydro from {MARKET_HYDRO_FROM} on may be tradeable, older is not",
        )
    new = plant.commissioned >= MARKET_HYDRO_FROM
    return Title.TRADEABLE if new and plant.fully_market_based else Title.WITH_SETTLEMENT_ONLY


def certifiable_wh(exported_wh: int, grid_off_take_wh: int, *, storage_metered: bool) -> int:
    """Return what of a plant's export is certified (rules D.2).

    Where storage has no meter of its own, what the plant took from the grid is taken off.
    """
    if exported_wh < 0 or grid_off_take_wh < 0:
        raise ValueError(
            f"export {exported_wh} Wh and off-take {grid_off_take_wh} Wh must not be negative; "
            "check the direction of the meters"
        )
    return exported_wh if storage_metered else max(0, exported_wh - grid_off_take_wh)


@dataclass(frozen=True, slots=True)
class Issuance:
    """What a month brings: whole certificates, and the remainder that goes on, under 1 MWh."""

    certificates: int
    carry_wh: int


def issuances(monthly_wh: Iterable[int], carry_wh: int = 0) -> list[Issuance]:
    """Return the certificates of consecutive months of one facility and use.

    `n = floor((carry + Wh) / 1 MWh)`, the rest carries (rules D.2). Months in order, none left out.
    """
    issued = []
    for month, generated_wh in enumerate(monthly_wh):
        if generated_wh < 0:
            raise ValueError(f"month {month}: generation {generated_wh} Wh must not be negative")
        certificates, carry_wh = divmod(carry_wh + generated_wh, GEC_WH)
        issued.append(Issuance(certificates, carry_wh))
    return issued

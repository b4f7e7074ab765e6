"""Values of a park file's inventory: units, days, shares, ledgers."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from services.carbon_accounting.domain.inventory.site import (
    PARK,
)
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import NotAUnit, UnitsDiffer, ratio
from services.runtime.park_file_values import (
    Misread,
    between,
    decimal,
    duration,
    identifier,
    one_of,
    whole,
)

A_YEAR = between(1990, 2100, whole)


def member(kind: Any, text: str) -> Any:
    """Return the member of an enumeration that a text names."""
    return kind(one_of(*kind)(text))


def ledger(text: str) -> Ledger:
    """Return the ledger of a key."""
    keys = {ledger.key: ledger for ledger in Ledger}
    return keys[one_of(*keys)(text)]


def interval_length(text: str) -> timedelta:
    """Return the length of an interval, a part of an hour."""
    step = duration(text)
    if timedelta(hours=1) % step:
        raise Misread(
            "does not divide an hour", "write 15min, 30min, 1h or another part of an hour"
        )
    return step


def unit_text(text: str) -> str:
    """Return a unit of energy, mass, volume or pieces."""
    return _unit_like(text, ("Wh", "g", "dm3", "Ndm3", "pcs"), "kWh, GJ, t, m3, Nm3, pcs")


def unit_of_energy(text: str) -> str:
    """Return a unit of energy."""
    return _unit_like(text, ("Wh",), "kWh or MWh")


def _unit_like(text: str, bases: Sequence[str], such_as: str) -> str:
    for base in bases:
        try:
            ratio(text, base)
        except UnitsDiffer:
            continue
        except NotAUnit:
            break
        return text
    raise Misread("is no unit that fits here", f"write one such as {such_as}")


def whole_grams(text: str) -> int:
    """Return whole grams of kg with three decimals at most."""
    grams = decimal(text) * 1000
    if grams != grams.to_integral_value():
        raise Misread("has more than three decimals", "write whole grams of it")
    return int(grams)


def share(text: str) -> Decimal:
    """Return a share, 0 to 1."""
    return between(0, 1, decimal)(text)


def enterprise_id(text: str) -> str:
    """Return the id of an enterprise, which is not the park."""
    if identifier(text) == PARK:
        raise Misread("is the park itself", "give the enterprise another id")
    return text


def local_day(text: str) -> date:
    """Return a local day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misread("is not a date", "write 2024-01-31") from None

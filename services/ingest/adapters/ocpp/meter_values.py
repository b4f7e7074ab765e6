"""OCPP meter values as samples of our quantities, OCPP 1.6 and 2.0.1 alike.

A sampled value says what it measures, in which unit, of which phase and where; each has a default
(1.6: edition 2, 7.28 and 7.43; 2.0.1: part 2, SampledValueType). Import is positive (§2.2), so
export of a vehicle that gives back counts against it. What the outlet shows is the port's; what is
measured at the station's inlet or in the vehicle is not.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.energy.quantities import Quantity
from services.energy.time_grid import to_microseconds

IMPORT_ENERGY = "Energy.Active.Import.Register"  # what a value is that does not say
MOST_VALUES = 1000
PHASES = ("L1", "L2", "L3")
_UNITS = {
    "Power.Active.Import": ("W", {"W": 1.0, "kW": 1000.0}),
    "Power.Active.Export": ("W", {"W": 1.0, "kW": 1000.0}),
    IMPORT_ENERGY: ("Wh", {"Wh": 1.0, "kWh": 1000.0}),
    "SoC": ("Percent", {"Percent": 1.0, "%": 1.0}),
}
_PLACES = ("Outlet", "")
_QUANTITY = {IMPORT_ENERGY: Quantity.CONSUMPTION_ENERGY, "SoC": Quantity.STATE_OF_CHARGE}


class Unreadable(Exception):
    """A part of a message that cannot be used; the text says what stands there."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One value of a port, in the unit of its quantity; NaN where the charger sent no number."""

    quantity: Quantity
    event_time_us: int
    value: float


def measured_of(meter_values: Any) -> tuple[list[Measured], list[str]]:
    """Return what a list of meter values holds, and what of it cannot be read.

    The keys are those of the wire in snake case.
    """
    measured: list[Measured] = []
    mistakes: list[str] = []
    if not isinstance(meter_values, list):
        return [], [f"meterValue is {_short(meter_values)}, not a list"]
    for number, entry in enumerate(meter_values[:MOST_VALUES]):
        try:
            time_us = instant_us(_field(entry, "timestamp"))
            values, wrong = _values_of(_field(entry, "sampled_value"))
        except Unreadable as mistake:
            mistakes.append(f"meterValue {number + 1}: {mistake}")
            continue
        mistakes += [f"meterValue {number + 1}: {text}" for text in wrong]
        measured += [Measured(q, time_us, value) for q, value in _quantities(values).items()]
    return measured, mistakes


def instant_us(stamp: Any) -> int:
    """Return a charger's time in microseconds; Unreadable when it is none or has no zone."""
    try:
        moment = datetime.fromisoformat(stamp)
        if moment.tzinfo is None:
            raise ValueError("it has no time zone")
        return to_microseconds(moment)
    except (TypeError, ValueError, OverflowError) as mistake:
        raise Unreadable(f"timestamp {_short(stamp)} is no instant ({mistake})") from None


_Values = dict[tuple[str, str], float]  # by measurand and phase


def _values_of(sampled: Any) -> tuple[_Values, list[str]]:
    if not isinstance(sampled, list):
        raise Unreadable(f"sampledValue is {_short(sampled)}, not a list")
    values: _Values = {}
    mistakes: list[str] = []
    for entry in sampled[:MOST_VALUES]:
        try:
            if (found := _value_of(entry)) is not None:
                measurand, phase, value = found
                values[measurand, phase] = value
        except Unreadable as mistake:
            mistakes.append(str(mistake))
    return values, mistakes


def _value_of(entry: Any) -> tuple[str, str, float] | None:
    """Return measurand, phase and value; None when it is not about this port or not for us."""
    text = _field(entry, "value")
    measurand = entry.get("measurand") or IMPORT_ENERGY
    if not isinstance(measurand, str) or measurand not in _UNITS:
        return None
    if measurand != "SoC" and (entry.get("location") or "") not in _PLACES:
        return None
    if entry.get("format") == "SignedData":
        raise Unreadable(f"{measurand} is signed data; configure the charger to send it raw too")
    phase = entry.get("phase") or ""
    if phase and str(phase).removesuffix("-N") not in PHASES:
        return None  # between two phases, or of the neutral: no part of a sum
    factor = _factor(measurand, entry)
    return measurand, str(phase).removesuffix("-N"), number_of(text) * factor


def _factor(measurand: str, entry: Mapping[str, Any]) -> float:
    usual, factors = _UNITS[measurand]
    more = entry.get("unit_of_measure") or {}
    unit = entry.get("unit") or (more.get("unit") if isinstance(more, dict) else None) or usual
    power = more.get("multiplier") or 0 if isinstance(more, dict) else 0
    if not isinstance(unit, str) or unit not in factors:
        raise Unreadable(f"{measurand} is in {_short(unit)}; known are {', '.join(factors)}")
    if not isinstance(power, int) or abs(power) > 10:
        raise Unreadable(f"{measurand} has the multiplier {_short(power)}")
    return factors[unit] * 10.0**power


def _quantities(values: _Values) -> dict[Quantity, float]:
    found: dict[Quantity, float] = {}
    taken, given = (_total(values, f"Power.Active.{way}") for way in ("Import", "Export"))
    if taken is not None or given is not None:
        found[Quantity.ACTIVE_POWER] = (taken or 0.0) - (given or 0.0)
    for measurand, quantity in _QUANTITY.items():
        if (total := _total(values, measurand)) is not None:
            found[quantity] = total
    return found


def _total(values: _Values, measurand: str) -> float | None:
    """Return the overall value, or the sum of the phases where only they are sent."""
    if (measurand, "") in values:
        return values[measurand, ""]
    phases = [values[measurand, phase] for phase in PHASES if (measurand, phase) in values]
    return math.fsum(phases) if phases else None


def number_of(value: Any) -> float:
    """Return the number a value is or says; NaN when it is neither."""
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        try:
            number = float(value)
        except (ValueError, OverflowError):
            return math.nan
        return number if math.isfinite(number) else math.nan
    return math.nan


def _field(entry: Any, name: str) -> Any:
    if not isinstance(entry, dict) or name not in entry:
        raise Unreadable(f"there is no {name} in {_short(entry)}")
    return entry[name]


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."

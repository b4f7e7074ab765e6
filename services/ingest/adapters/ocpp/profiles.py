"""A power limit as an OCPP charging profile, and a composite schedule as a power limit.

Two default profiles lie on a connector: the park file's fail-safe without end, and above it the
lease, which ends by itself. So a charger that hears nothing more from us falls back on its own
(§8). Limits have one decimal and are rounded down: never more than was allowed.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

FAIL_SAFE_LEVEL, LEASE_LEVEL = 0, 1
_PROFILES_A_CONNECTOR = 2
WATTS, AMPERES = "W", "A"


@dataclass(frozen=True, slots=True)
class Rate:
    """The unit a charger takes limits in; amperes are per phase."""

    unit: str = WATTS
    phases: int = 3
    voltage_v: float = 230.0

    def limit_of(self, power_w: float) -> float:
        """Return a power as a limit, rounded down to a tenth."""
        amount = power_w if self.unit == WATTS else power_w / (self.phases * self.voltage_v)
        return math.floor(round(amount * 10, 6)) / 10

    def power_of(self, limit: float, unit: str, phases: int | None) -> float:
        """Return the power of a limit a charger names."""
        return limit if unit == WATTS else limit * self.voltage_v * (phases or self.phases)

    @property
    def step_w(self) -> float:
        """Return the power that rounding down may take away."""
        return 0.1 if self.unit == WATTS else 0.1 * self.phases * self.voltage_v


def lease(
    rate: Rate, connector: int, power_w: float, now: datetime, until: datetime
) -> dict[str, Any]:
    """Return the profile of a set-point, in the words both versions share."""
    seconds = max(1, math.ceil((until - now).total_seconds()))
    schedule = _schedule(rate, power_w) | {"start_schedule": stamp(now), "duration": seconds}
    ends = {"valid_from": stamp(now), "valid_to": stamp(until)}
    return _profile(connector, LEASE_LEVEL, schedule) | ends


def fail_safe(rate: Rate, connector: int, power_w: float, since: datetime) -> dict[str, Any]:
    """Return the profile that stands when no lease does."""
    schedule = _schedule(rate, power_w) | {"start_schedule": stamp(since)}
    return _profile(connector, FAIL_SAFE_LEVEL, schedule)


def _profile(connector: int, level: int, schedule: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": connector * _PROFILES_A_CONNECTOR + level,
        "stack_level": level,
        "charging_profile_purpose": "TxDefaultProfile",
        "charging_profile_kind": "Absolute",
        "charging_schedule": schedule,
    }


def _schedule(rate: Rate, power_w: float) -> dict[str, Any]:
    period: dict[str, Any] = {"start_period": 0, "limit": rate.limit_of(power_w)}
    if rate.unit == AMPERES:
        period["number_phases"] = rate.phases
    return {"charging_rate_unit": rate.unit, "charging_schedule_period": [period]}


def held_w(rate: Rate, schedule: Any) -> float | None:
    """Return the power a composite schedule allows from its start; None when it says nothing."""
    periods = schedule.get("charging_schedule_period") if isinstance(schedule, Mapping) else None
    if not isinstance(periods, list) or not periods or not isinstance(periods[0], Mapping):
        return None
    limit, phases = periods[0].get("limit"), periods[0].get("number_phases")
    if isinstance(limit, bool) or not isinstance(limit, int | float | Decimal):
        return None
    unit = schedule.get("charging_rate_unit", rate.unit)
    try:
        amount = float(limit)
    except OverflowError:
        return None
    if not math.isfinite(amount):
        return None
    return rate.power_of(amount, str(unit), phases if phases in (1, 2, 3) else None)


def stamp(moment: datetime) -> str:
    """Return an instant as OCPP writes it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

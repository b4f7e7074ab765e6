"""The thresholds a point starts with, by kind of device and quantity (table in docs/validation.md).

Powers scale with the largest power of the point's range; a rule that is not named is off. Devices
that are steered (batteries, chargers) may jump, for one reading too, may stand still, and may rest
at a thousandth of what they moved: there these say nothing; nor do they of what the grid connection
shows, which adds up what is steered and is steered towards nothing.
"""

from dataclasses import dataclass, replace
from math import inf

from services.energy.quantities import Quantity
from services.energy.site import DeviceKind, Point
from services.validation.domain.point_rules import HOUR_S, PointRules


@dataclass(frozen=True, slots=True)
class Shares:
    """Thresholds as shares of the largest value of the range; durations in hours."""

    spike: float = inf
    dropout: float = inf
    unit_slip: float = inf
    sign_slip: float = inf
    stuck_h: float = inf


POWER = {
    DeviceKind.LOAD: Shares(spike=0.1, dropout=0.03, unit_slip=0.05, sign_slip=0.02, stuck_h=6),
    DeviceKind.PV: Shares(spike=0.35, unit_slip=0.05, sign_slip=0.05, stuck_h=3),
    DeviceKind.WIND: Shares(spike=0.35, unit_slip=0.05, sign_slip=0.05, stuck_h=36),
    DeviceKind.GRID_METER: Shares(stuck_h=3),
    DeviceKind.CHARGER: Shares(sign_slip=0.1),
}
"""By kind of device: active and available power. Exactly zero is never stuck."""
THERMAL_STUCK_H = 18.0
"""Gas meters count in coarse steps: their power stands still for longer."""
REGISTER_STUCK_H = {DeviceKind.LOAD: 6.0, DeviceKind.PV: 20.0, DeviceKind.WIND: 36.0}
"""Registers that cannot rest for longer: a base load, a night, a calm."""
OTHERS: dict[Quantity, dict[str, float]] = {
    Quantity.STATE_OF_CHARGE: {
        "step_at_once": 2.0,
        "step_per_s": 100.0 / 600.0,
        "spike_above": 5.0,
        "unit_slip_above": 5.0,
        "sign_slip_above": 5.0,
    },
    Quantity.IRRADIANCE: {
        "spike_above": 600.0,
        "stuck_after_s": 2 * HOUR_S,
        "unit_slip_above": 50.0,
        "sign_slip_above": 30.0,
    },
    Quantity.TEMPERATURE: {
        "step_at_once": 12.0,
        "step_per_s": 1.0 / 60.0,
        "spike_above": 4.0,
        "stuck_after_s": 3 * HOUR_S,
        "unit_slip_above": 8.0,
        "sign_slip_above": 8.0,
    },
}
"""Numbers of `PointRules` in the quantity's own unit."""
POWERS = (Quantity.ACTIVE_POWER, Quantity.AVAILABLE_POWER, Quantity.THERMAL_POWER)


def default_rules(point: Point, kind: DeviceKind | None, largest_w: float) -> PointRules:
    """Return the defaults of a point; `largest_w` bounds the power of its device."""
    plain = PointRules(point.minimum, point.maximum)
    if point.quantity.is_register:
        stuck_s = REGISTER_STUCK_H.get(kind, inf) * HOUR_S if kind else inf
        return replace(plain, steepest_per_s=largest_w / HOUR_S, stuck_after_s=stuck_s)
    if point.quantity in POWERS:
        return _of_power(plain, point.quantity, POWER.get(kind, Shares()) if kind else Shares())
    return replace(plain, **OTHERS.get(point.quantity, {}))  # type: ignore[arg-type]


def _of_power(plain: PointRules, quantity: Quantity, shares: Shares) -> PointRules:
    size_w = max(abs(plain.minimum), abs(plain.maximum))
    stuck_h = THERMAL_STUCK_H if quantity is Quantity.THERMAL_POWER else shares.stuck_h
    return replace(
        plain,
        spike_above=shares.spike * size_w,
        dropout_above=shares.dropout * size_w,
        unit_slip_above=shares.unit_slip * size_w,
        sign_slip_above=shares.sign_slip * size_w,
        stuck_after_s=stuck_h * HOUR_S,
    )

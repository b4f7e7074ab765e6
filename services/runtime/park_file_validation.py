"""Section `validation` of a park file: rules changed for quantities, devices and points. Optional.

What is said of a point stands before what is said of its device, and that before what is said of
its quantity. Values are in the unit of the quantity (W, Wh, %, °C), as in `ranges`; a rule that
`off` is written for is off.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import inf

from services.energy.quantities import Quantity
from services.energy.site import Device, Point, ValidationRules
from services.runtime.park_file_devices import Declared
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    Reader,
    above_zero,
    between,
    duration,
    kilo,
    nearest,
    not_negative,
    number,
    yes_or_no,
)

MICROSECOND = timedelta(microseconds=1)
LONGEST_GAP_AFTER = timedelta(minutes=50)
OFF = "off"
NO_BOUND = 0
"""What `largest_w` and `modulus_wh` of a register say when there is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """What one key changes: thresholds of a point's readings, and of its register's account."""

    readings: Mapping[str, float] = field(default_factory=dict)
    registers: Mapping[str, int] = field(default_factory=dict)


Rule = Reader[Change]


def _threshold(name: str, reader: Reader[float], scale: float = 1.0) -> Rule:
    """Return a rule of `PointRules` that may be switched off."""

    def read(text: str) -> Change:
        return Change({name: inf if text == OFF else reader(text) * scale})

    return read


def _seconds(text: str) -> float:
    return duration(text).total_seconds()


def _account(name: str, reader: Callable[[str], timedelta]) -> Rule:
    """Return a rule of `RegisterRule` that is a duration."""
    return lambda text: Change(registers={name: reader(text) // MICROSECOND})


def _steepest(text: str) -> Change:
    if text == OFF:
        return Change({"steepest_per_s": inf}, {"largest_w": NO_BOUND})
    power_w = round(between(0.001, 2_000_000, kilo)(text))
    return Change({"steepest_per_s": power_w / 3600.0}, {"largest_w": power_w})


def _rolls_over(text: str) -> Change:
    if text == OFF:
        return Change({"modulus": inf}, {"modulus_wh": NO_BOUND})
    modulus_wh = round(above_zero(between(0, 1e12, kilo))(text))
    return Change({"modulus": float(modulus_wh)}, {"modulus_wh": modulus_wh})


def _gap_after(text: str) -> timedelta:
    if (span := duration(text)) > LONGEST_GAP_AFTER:
        raise Misread("is too long", "a register that is silent for longer than 50min has a gap")
    return span


ANY: dict[str, Rule] = {
    "stuck_after": _threshold("stuck_after_s", _seconds),
    "stuck_at_zero": lambda text: Change({"stuck_at_zero": yes_or_no(text)}),
    "late_after": _threshold("late_after_s", _seconds),
    "period": _threshold("period_s", _seconds),
}
MEASURED: dict[str, Rule] = {
    "step_at_once": _threshold("step_at_once", not_negative(number)),
    "step_per_min": lambda text: Change({"step_per_s": not_negative(number)(text) / 60.0}),
    "spike_above": _threshold("spike_above", not_negative(number)),
    "dropout_above": _threshold("dropout_above", not_negative(number)),
    "unit_slip_above": _threshold("unit_slip_above", not_negative(number)),
    "sign_slip_above": _threshold("sign_slip_above", not_negative(number)),
}
COUNTED: dict[str, Rule] = {
    "steepest_kw": _steepest,
    "rolls_over_at_kwh": _rolls_over,
    "gap_after": _account("gap_after_us", _gap_after),
    "linear_until": _account("linear_until_us", duration),
}


def read_validation(
    at: Section | None, declared: Sequence[Declared], points: Sequence[Point]
) -> ValidationRules:
    """Return what the section changes, by point; the most particular word last."""
    if at is None:
        return ValidationRules()
    readings: dict[str, dict[str, float]] = {}
    registers: dict[str, dict[str, int]] = {}
    for change, own in _all_changes(at, declared, points):
        for point in own:
            readings.setdefault(point.id, {}).update(change.readings)
            if change.registers:
                registers.setdefault(point.id, {}).update(change.registers)
    at.close()
    return ValidationRules(readings, registers)


def with_peaks(rules: ValidationRules, devices: Sequence[Device]) -> ValidationRules:
    """Return the rules with what meters count at most, where nothing else is said of them."""
    readings = {name: dict(said) for name, said in rules.readings.items()}
    registers = {name: dict(said) for name, said in rules.registers.items()}
    for device in devices:
        if device.counts is not None and device.peak_per_h is not None:
            point, peak = device.point_id(device.counts), device.peak_per_h
            readings[point] = {"steepest_per_s": peak / 3600.0} | readings.get(point, {})
            registers[point] = {"largest_w": peak} | registers.get(point, {})
    return ValidationRules(readings, registers)


def _all_changes(
    at: Section, declared: Sequence[Declared], points: Sequence[Point]
) -> Iterator[tuple[Change, list[Point]]]:
    """Yield each change and the points it is about."""
    by_point = {point.id: [point] for point in points}
    for key, what, named in (
        ("quantities", "a quantity of the park", _by_quantity(points)),
        ("devices", "a device", _by_device(declared, points)),
        ("points", "a point", by_point),
    ):
        if (section := at.may_section(key)) is None:
            continue
        for name in section.entries:
            if name in named:
                of_device = key == "devices"
                yield from _changes(section.section(name), named[name], of_device=of_device)
            else:
                section.wrong(name, f"is not {what} ({name!r})", nearest(name, named))


def _by_quantity(points: Sequence[Point]) -> dict[str, list[Point]]:
    return {
        quantity.value: own
        for quantity in Quantity
        if (own := [point for point in points if point.quantity is quantity])
    }


def _by_device(declared: Sequence[Declared], points: Sequence[Point]) -> dict[str, list[Point]]:
    """Return the points of each device, and of all that an entry of `devices` stands for."""
    named: dict[str, list[Point]] = {}
    for entry in declared:
        ids = {device.id for device in entry.devices}
        named[entry.section.scalar("id") or ""] = [p for p in points if p.device_id in ids]
        named |= {one: [p for p in points if p.device_id == one] for one in ids}
    return named


def _changes(
    at: Section, points: Sequence[Point], *, of_device: bool
) -> Iterator[tuple[Change, list[Point]]]:
    """Yield what each key changes, and of which points.

    What is measured in the unit of a quantity cannot be said of a device: it has several.
    """
    counted = of_device or points[0].quantity.is_register
    for key, read in (ANY | (COUNTED if counted else MEASURED)).items():
        own = [point for point in points if key not in COUNTED or point.quantity.is_register]
        change = at.may(key, read, None)
        if change is None or change is WRONG:
            continue
        if own:
            yield change, own
        else:
            at.wrong(key, "is a rule of registers, and this device has none", "leave it out")
    at.close()

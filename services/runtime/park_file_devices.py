"""The devices of a park file. One `charger` entry becomes one device per port."""

from dataclasses import dataclass, replace
from datetime import timedelta

from services.energy.quantities import Quantity
from services.energy.site import (
    Battery,
    Carrier,
    Device,
    DeviceKind,
    FailSafe,
    Text,
)
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_turbine import read_turbine
from services.runtime.park_file_values import (
    above_zero,
    between,
    duration,
    identifier,
    kilo,
    micros,
    not_negative,
    number,
    one_of,
    plain_text,
    whole,
    yes_or_no,
)

Ranges = dict[Quantity, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Declared:
    """One entry under `devices`: the devices it stands for and the ranges it overrides."""

    section: Section
    devices: tuple[Device, ...]
    ranges: Ranges


@dataclass(frozen=True, slots=True)
class _Basics:
    id: str
    kind: DeviceKind
    name: Text
    source_id: str
    ttl: timedelta


def read_text(at: Section) -> Text:
    """Return a name in both languages."""
    return at.build(Text, en=at.need("en", plain_text), zh=at.need("zh", plain_text))


def read_declared(at: Section) -> Declared:
    """Return what one entry of `devices` declares; no devices when something in it is wrong."""
    kind_word = at.need("kind", one_of(*DeviceKind))
    if kind_word is WRONG:
        at.accept_all()
        return Declared(at, (), {})
    basics = at.build_open(
        _Basics,
        id=at.need("id", identifier),
        kind=DeviceKind(kind_word),
        name=read_text(at.section("name")),
        source_id=at.need("source", identifier),
        ttl=at.need("ttl", duration),
    )
    ranges = _read_ranges(at)
    devices = _READ[DeviceKind(kind_word)](at, basics)
    return Declared(at, () if devices is WRONG else devices, ranges)


def _read_ranges(at: Section) -> Ranges:
    section = at.may_section("ranges")
    if section is None:
        return {}
    ranges: Ranges = {}
    for key in section.entries:
        if key not in set(Quantity):
            continue
        low, high = section.pair(key, number)
        if low is WRONG or high is WRONG:
            continue
        if low >= high:
            section.wrong(key, f"minimum {low:g} is not below maximum {high:g}", "swap them")
        ranges[Quantity(key)] = (low, high)
    section.asked.extend(quantity for quantity in Quantity if quantity not in section.asked)
    section.close()
    return ranges


def _only(at: Section, basics: _Basics, **more: object) -> tuple[Device, ...]:
    return at.build(
        lambda basics, **more: (
            Device(basics.id, basics.kind, basics.name, basics.source_id, basics.ttl, **more),
        ),
        basics=basics,
        **more,
    )


def _read_plain(at: Section, basics: _Basics) -> tuple[Device, ...]:
    return _only(at, basics)


def _read_load(at: Section, basics: _Basics) -> tuple[Device, ...]:
    carrier = at.need("carrier", one_of(*Carrier))
    return _only(
        at,
        basics,
        carrier=WRONG if carrier is WRONG else Carrier(carrier),
        rating_w=at.need("peak_kw", above_zero(kilo)),
        tenant_id=at.may("tenant", identifier, None),
    )


def _read_pv(at: Section, basics: _Basics) -> tuple[Device, ...]:
    rating_w = at.need("peak_kw", above_zero(kilo))
    return _only(
        at,
        basics,
        rating_w=rating_w,
        curtailable=at.may("curtailable", yes_or_no, False),
        fail_safe=_read_fail_safe(at, rating_w),
    )


def _read_wind(at: Section, basics: _Basics) -> tuple[Device, ...]:
    rating_w = at.need("rated_kw", above_zero(kilo))
    return _only(at, basics, rating_w=rating_w, turbine=read_turbine(at, rating_w))


def _read_battery(at: Section, basics: _Basics) -> tuple[Device, ...]:
    power_w = at.need("power_kw", above_zero(kilo))
    percent = between(0, 100, number)
    floor_pct = at.need("state_of_charge_min_pct", percent)
    ceiling_pct = at.need("state_of_charge_max_pct", percent)
    if WRONG not in (floor_pct, ceiling_pct) and floor_pct >= ceiling_pct:
        at.wrong(
            "state_of_charge_min_pct",
            f"is not below state_of_charge_max_pct ({floor_pct:g} >= {ceiling_pct:g})",
            "lower the minimum or raise the maximum",
        )
    battery = at.build_open(
        Battery,
        power_w=power_w,
        capacity_wh=at.need("capacity_kwh", above_zero(kilo)),
        charge_efficiency=at.need("charge_efficiency", _efficiency),
        discharge_efficiency=at.need("discharge_efficiency", _efficiency),
        state_of_charge_min_pct=floor_pct,
        state_of_charge_max_pct=ceiling_pct,
        wear_cost_micros_per_kwh=at.need("wear_cost_per_kwh", not_negative(micros)),
        ramp_w_per_s=at.need("ramp_kw_per_s", above_zero(kilo)),
    )
    fail_safe = _read_fail_safe(at, power_w)
    return _only(at, basics, rating_w=power_w, battery=battery, fail_safe=fail_safe)


_efficiency = above_zero(between(0, 1, number))


def _read_chargers(at: Section, basics: _Basics) -> tuple[Device, ...]:
    count = at.need("count", above_zero(whole))
    cabinets = at.need("cabinets", above_zero(whole))
    if WRONG not in (count, cabinets) and count % cabinets:
        at.wrong(
            "count",
            f"{count} chargers do not divide into {cabinets} cabinets",
            "every cabinet has the same number of ports",
        )
        cabinets = WRONG
    power_w = at.need("power_kw", above_zero(kilo))
    fail_safe = _read_fail_safe(at, power_w)
    return at.build(
        _chargers,
        basics=basics,
        count=count,
        cabinets=cabinets,
        power_w=power_w,
        fail_safe=fail_safe,
    )


def _chargers(
    basics: _Basics, count: int, cabinets: int, power_w: float, fail_safe: FailSafe
) -> tuple[Device, ...]:
    ports = count // cabinets
    width = max(2, len(str(count)))
    model = Device(
        basics.id,
        basics.kind,
        basics.name,
        basics.source_id,
        basics.ttl,
        rating_w=power_w,
        fail_safe=fail_safe,
    )
    return tuple(
        replace(
            model,
            id=f"{basics.id}_{index + 1:0{width}d}",
            name=Text(f"{basics.name.en} {index + 1}", f"{basics.name.zh}{index + 1}"),
            source_id=f"{basics.source_id}-{index // ports + 1}",
            port=index % ports,
        )
        for index in range(count)
    )


def _read_fail_safe(at: Section, rating_w: float) -> FailSafe:
    section = at.may_section("fail_safe")
    if section is None:
        return FailSafe()
    power_w = section.may("active_power_kw", kilo, None)
    limit_w = section.may("active_power_limit_kw", not_negative(kilo), None)
    if power_w is not None and limit_w is not None:
        section.wrong(
            "active_power_limit_kw", "stands beside active_power_kw", "keep one of the two"
        )
    for key, value in (("active_power_kw", power_w), ("active_power_limit_kw", limit_w)):
        if value not in (None, WRONG) and rating_w is not WRONG and abs(value) > rating_w:
            section.wrong(
                key,
                f"is beyond the rating ({abs(value) / 1000:g} > {rating_w / 1000:g} kW)",
                f"write at most {rating_w / 1000:g}",
            )
    return section.build(FailSafe, active_power_w=power_w, active_power_limit_w=limit_w)


PEAKS = {
    "peak_kw": Quantity.THERMAL_ENERGY,
    "peak_m3_per_h": Quantity.VOLUME,
    "peak_kg_per_h": Quantity.MASS,
}
"""The key of a meter's peak says what it counts: Wh of heat or cold, dm3, g."""
LARGEST_PEAK = 2_000_000


def _read_meter(at: Section, basics: _Basics) -> tuple[Device, ...]:
    """Return a meter of heat, cold, water or waste: one register, and nothing to steer."""
    peaks = {key: at.may(key, between(0.001, LARGEST_PEAK, kilo), None) for key in PEAKS}
    said = {key: peak for key, peak in peaks.items() if peak is not None}
    if len(said) != 1:
        what = f"has {len(said)} of {', '.join(PEAKS)}"
        at.wrong("kind", what, "write the most that it counts in an hour, in one of them")
    ((key, peak),) = [*said.items()][:1] or [("peak_kw", WRONG)]
    return _only(
        at,
        basics,
        counts=PEAKS[key],
        peak_per_h=WRONG if peak is WRONG else round(peak),
        tenant_id=at.may("tenant", identifier, None),
    )


_READ = {
    DeviceKind.GRID_METER: _read_plain,
    DeviceKind.LOAD: _read_load,
    DeviceKind.PV: _read_pv,
    DeviceKind.WIND: _read_wind,
    DeviceKind.WEATHER: _read_plain,
    DeviceKind.BATTERY: _read_battery,
    DeviceKind.CHARGER: _read_chargers,
    DeviceKind.METER: _read_meter,
}

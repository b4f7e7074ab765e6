"""From what is known now to the draft of a planning problem; every stand-in leaves a caveat."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from services.dispatch.domain.charging import UNKNOWN_STAY_S
from services.dispatch.domain.curves import Book
from services.dispatch.domain.expected import Forecast
from services.dispatch.domain.feed_in import FeedIn
from services.dispatch.domain.plant import Plant, battery_of, rating_of
from services.dispatch.domain.problem import Floats
from services.dispatch.domain.signals import Signal, fresh
from services.dispatch.domain.softening import Draft, DraftStorage
from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind
from services.energy.time_grid import QUARTER, floor

MICROS = 1e6
SHORTEST_SLOT = timedelta(minutes=1)
# Without any known price a kWh of import counts as this many times the feed-in price.
PRICE_OVER_FEED_IN = 4.0
# Drivers leave before they said: of the announced stay only this share is counted on.
RELIED_STAY_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What the planner knows at one moment."""

    readings: Mapping[str, Signal]
    forecast: Forecast | None
    import_prices: Book
    export_prices: Book
    intensities: Book
    feed_in: FeedIn


@dataclass
class _Frame:
    plant: Plant
    known: Knowledge
    now: datetime
    moments: list[datetime]
    hours: Floats
    caveats: list[str] = field(default_factory=list)


def drafted(plant: Plant, known: Knowledge, now: datetime) -> Draft:
    """Return the draft for the horizon that begins with the quarter of `now`."""
    start = floor(now)
    if start + QUARTER - now < SHORTEST_SLOT:
        start += QUARTER
    slots = int(plant.park.dispatch.horizon / QUARTER)
    hours = np.full(slots, QUARTER / timedelta(hours=1))
    hours[0] = (start + QUARTER - max(now, start)) / timedelta(hours=1)
    frame = _Frame(plant, known, now, [start + k * QUARTER for k in range(slots)], hours)
    base_w = _unsteered_w(frame)
    productions = tuple((d.id, _production_w(frame, d) / 1e3) for d in plant.productions)
    import_price, export_price = _import_price(frame), _export_price(frame)
    intensity = _intensity(frame)
    _mention_weak_forecast(frame)
    return Draft(
        issue_time=now,
        start=start,
        step=QUARTER,
        hours=hours,
        base_kw=base_w / 1e3,
        import_price=import_price,
        export_price=export_price,
        intensity_kg_per_kwh=intensity,
        carbon_price_per_kg=plant.park.dispatch.carbon_price_micros_per_t / MICROS / 1e3,
        import_limit_kw=plant.import_limit_w / 1e3,
        export_limit_kw=plant.export_limit_w / 1e3,
        feed_in_budget_kwh=_budget_kwh(frame, productions),
        storages=tuple(s for d in plant.batteries if (s := _storage(frame, d))),
        productions=productions,
        sessions=tuple(v for d in plant.ports if (v := _session(frame, d))),
        caveats=tuple(frame.caveats),
    )


def _newest_w(frame: _Frame, device: Device, quantity: Quantity) -> float | None:
    signal = frame.known.readings.get(device.point_id(quantity))
    return signal.value if signal else None


def _expected_w(frame: _Frame, device: Device, quantity: Quantity) -> Floats:
    """Return the forecast of a point, its first slot replaced by what is measured now."""
    point = device.point_id(quantity)
    forecast = frame.known.forecast
    line = np.full(len(frame.moments), np.nan)
    if forecast is not None and point in forecast.series:
        line = forecast.series[point].at(frame.moments)
    measured = fresh(frame.known.readings, point, frame.now, device.ttl)
    if measured is not None:
        line[0] = measured
    if np.isnan(line).any():
        line = _persisting(frame, device, quantity, line)
    return line


def _persisting(frame: _Frame, device: Device, quantity: Quantity, line: Floats) -> Floats:
    """Fill what no forecast covers with the value before it, first the last believed."""
    held = _newest_w(frame, device, quantity)
    if held is None:
        frame.caveats.append(f"{device.id}: neither forecast nor reading; counted as 0")
        return np.nan_to_num(line, nan=0.0)
    if np.isnan(line[1:]).all():
        frame.caveats.append(f"{device.id}: no forecast; the last value {held / 1e3:.0f} kW stays")
    filled = line.copy()
    for k in range(len(filled)):
        if np.isnan(filled[k]):
            filled[k] = filled[k - 1] if k else held
    return filled


def _unsteered_w(frame: _Frame) -> Floats:
    """Return loads minus production that cannot be curtailed, W."""
    total = np.zeros(len(frame.moments))
    park = frame.plant.park
    for device in park.devices_of(DeviceKind.LOAD, DeviceKind.WIND, DeviceKind.PV):
        if device.carrier is Carrier.ELECTRICITY and device not in frame.plant.productions:
            total += _expected_w(frame, device, Quantity.ACTIVE_POWER)
    return total


def _production_w(frame: _Frame, device: Device) -> Floats:
    """Return what a curtailable device could produce, a magnitude in W.

    The forecast of its power is of what could be produced; the meter may show it held back.
    """
    forecast, point = frame.known.forecast, device.point_id(Quantity.ACTIVE_POWER)
    line = np.full(len(frame.moments), np.nan)
    if forecast is not None and point in forecast.series:
        line = -forecast.series[point].at(frame.moments)
    available = device.point_id(Quantity.AVAILABLE_POWER)
    measured = fresh(frame.known.readings, available, frame.now, device.ttl)
    if measured is not None:
        line[0] = measured
    if np.isnan(line).any():
        line = _persisting(frame, device, Quantity.AVAILABLE_POWER, line)
    return np.asarray(np.maximum(0.0, line))


def _import_price(frame: _Frame) -> Floats:
    book, stand_ins, missing = frame.known.import_prices, 0, 0
    last_resort = PRICE_OVER_FEED_IN * frame.plant.park.connection.feed_in_price_micros_per_kwh
    line = np.zeros(len(frame.moments))
    for k, moment in enumerate(frame.moments):
        known = book.at(moment)
        if known is None:
            known = book.same_hour_before(moment)
            stand_ins += known is not None
            missing += known is None
        line[k] = known.value if known else last_resort
    if stand_ins:
        frame.caveats.append(
            f"{stand_ins} of {len(line)} import prices unknown: the same hour of a former day"
        )
    if missing:
        frame.caveats.append(
            f"{missing} of {len(line)} import prices unknown, no former day either: "
            f"{last_resort / MICROS:.3f} per kWh stands in"
        )
    return line / MICROS


def _export_price(frame: _Frame) -> Floats:
    """Return the curve's export price; where it has none, the park file's feed-in price."""
    contract = frame.plant.park.connection.feed_in_price_micros_per_kwh
    known = (frame.known.export_prices.at(moment) for moment in frame.moments)
    return np.array([price.value if price else contract for price in known]) / MICROS


def _intensity(frame: _Frame) -> Floats:
    """Return kg per kWh, NaN where unknown: such slots are not steered by carbon (§4)."""
    known = [frame.known.intensities.at(moment) for moment in frame.moments]
    line = np.array([k.value / 1e3 if k else np.nan for k in known])
    if unknown := int(np.isnan(line).sum()):
        frame.caveats.append(
            f"{unknown} of {len(line)} carbon intensities unknown: not steered by carbon there"
        )
    return line


def _budget_kwh(frame: _Frame, productions: tuple[tuple[str, Floats], ...]) -> float | None:
    mode = frame.plant.park.connection.supply_mode
    if mode.max_feed_in_share >= 1.0:
        return None
    generated_w = sum((line * 1e3 for _, line in productions), np.zeros(len(frame.moments)))
    for device in frame.plant.park.devices_of(DeviceKind.WIND, DeviceKind.PV):
        if device not in frame.plant.productions:
            generated_w = generated_w + np.maximum(
                0.0, -_expected_w(_quiet(frame), device, Quantity.ACTIVE_POWER)
            )
    horizon_wh = float(generated_w @ frame.hours)
    budget_wh = frame.known.feed_in.budget_wh(mode.max_feed_in_share, horizon_wh)
    if budget_wh < 0:
        frame.caveats.append(
            f"the year's feed-in share is exceeded by {-budget_wh / 1e3:.0f} kWh already"
        )
    return budget_wh / 1e3


def _quiet(frame: _Frame) -> _Frame:
    return _Frame(frame.plant, frame.known, frame.now, frame.moments, frame.hours)


def _storage(frame: _Frame, device: Device) -> DraftStorage | None:
    rating = battery_of(device)
    level = fresh(
        frame.known.readings, device.point_id(Quantity.STATE_OF_CHARGE), frame.now, device.ttl
    )
    if level is None:
        frame.caveats.append(f"{device.id}: state of charge unknown; it holds")
        return None
    return DraftStorage(
        id=device.id,
        power_kw=rating.power_w / 1e3,
        charge_efficiency=rating.charge_efficiency,
        discharge_efficiency=rating.discharge_efficiency,
        lowest_kwh=rating.capacity_wh * rating.state_of_charge_min_pct / 1e5,
        highest_kwh=rating.capacity_wh * rating.state_of_charge_max_pct / 1e5,
        start_kwh=rating.capacity_wh * level / 1e5,
        wear_per_kwh=rating.wear_cost_micros_per_kwh / MICROS,
    )


def _session(frame: _Frame, device: Device) -> tuple[str, float, float, float] | None:
    """Return (port, kW, wanted kWh, stay in h) of a vehicle that still wants energy.

    A vehicle that is overdue, or leaves before it can be full, is charged at once and without a
    violation beyond what physics leaves it short of.
    """
    now, readings = frame.now, frame.known.readings
    connected = fresh(readings, device.point_id(Quantity.CONNECTED), now, device.ttl)
    wanted_wh = fresh(readings, device.point_id(Quantity.REQUESTED_ENERGY), now, device.ttl)
    if not connected or not wanted_wh or connected < 0.5:
        return None
    departure = fresh(readings, device.point_id(Quantity.DEPARTURE), now, device.ttl)
    stays_s = departure - now.timestamp() if departure else UNKNOWN_STAY_S
    rating_w = rating_of(device)
    if stays_s <= 0:
        stays_s = wanted_wh / rating_w * 3600.0
    needed_s = wanted_wh / rating_w * 3600.0
    relied_s = max(RELIED_STAY_SHARE * stays_s, min(stays_s, needed_s))
    return device.id, rating_w / 1e3, wanted_wh / 1e3, relied_s / 3600.0


def _mention_weak_forecast(frame: _Frame) -> None:
    forecast = frame.known.forecast
    if forecast is None:
        frame.caveats.append("no forecast: the last believed values persist")
    elif frame.now >= forecast.valid_until:
        frame.caveats.append(f"the forecast of {forecast.issue_time:%H:%M} is past its validity")

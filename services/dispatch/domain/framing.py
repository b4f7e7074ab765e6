"""From what is known now to the draft of a park's problem; every stand-in leaves a caveat."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import numpy as np

from services.dispatch.domain.charging import UNKNOWN_STAY_S
from services.dispatch.domain.curves import Book
from services.dispatch.domain.expected import Forecast
from services.dispatch.domain.feed_in import FeedIn
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.plant import NO_FEED_IN_MODE, Plant, battery_of, rating_of
from services.dispatch.domain.signals import Signal, fresh
from services.dispatch.domain.softening import Draft, DraftMode, DraftSession, DraftStorage
from services.energy.quantities import Quantity
from services.energy.site import Carrier, Device, DeviceKind
from services.energy.time_grid import QUARTER, floor

MICROS = 1e6
DAY = timedelta(days=1)
SUN_AND_WIND = (DeviceKind.PV, DeviceKind.WIND)
PRICE_SIGNAL, INTENSITY_SIGNAL = "market.import_price", "market.carbon_intensity"
SHORTEST_STEP = timedelta(minutes=1)
# What leaving the plan before costs a kW and step: more than ties and the noise of forecasts, less
# than what any real difference of prices is worth.
MOVE_COST_PER_KW = 2e-4
Former = Callable[[str, list[datetime]], Floats | None]
"""A device's power at some moments by the plan before, (moments,) W, NaN where it said nothing;
None: it did not know the device."""
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


def drafted(plant: Plant, known: Knowledge, now: datetime, former_w: Former | None = None) -> Draft:
    """Return the draft for the horizon that begins now, on the grid of quarters.

    `former_w` tells what the plan before has a device do at some moments, W.
    """
    frame = _frame(plant, known, now.replace(microsecond=0))
    park = plant.park
    productions = tuple((d.id, _production_w(frame, d) / 1e3) for d in plant.productions)
    draft = Draft(
        issue_time=now,
        start=frame.moments[0],
        step=QUARTER,
        hours=frame.hours,
        zone=park.time_zone,
        currency=park.currency,
        grid_id=plant.meter.id,
        loads=tuple(_unsteered(frame, DeviceKind.LOAD)),
        sources=tuple((name, -kw) for name, kw in _unsteered(frame, *SUN_AND_WIND)),
        productions=productions,
        import_price=_import_price(frame),
        export_price=_export_price(frame),
        intensity_kg_per_kwh=_intensity(frame),
        carbon_price_per_kg=park.dispatch.carbon_price_micros_per_t / MICROS / 1e3,
        import_limit_kw=plant.import_limit_w / 1e3,
        export_limit_kw=plant.export_limit_w / 1e3,
        mode=_mode(frame),
        storages=tuple(s for d in plant.batteries if (s := _storage(frame, d))),
        sessions=tuple(v for d in plant.ports if (v := _session(frame, d))),
        former_kw=_former_kw(frame, productions, former_w),
        move_cost_per_kw=MOVE_COST_PER_KW,
    )
    _mention_weak_forecast(frame)
    return replace(draft, caveats=tuple(frame.caveats))


def _frame(plant: Plant, known: Knowledge, now: datetime) -> _Frame:
    start = floor(now)
    if start + QUARTER - now < SHORTEST_STEP:
        start += QUARTER
    steps = int(plant.park.dispatch.horizon / QUARTER)
    hours = np.full(steps, QUARTER / timedelta(hours=1))
    hours[0] = (start + QUARTER - max(now, start)) / timedelta(hours=1)
    return _Frame(plant, known, now, [start + k * QUARTER for k in range(steps)], hours)


def _former_kw(
    frame: _Frame, productions: tuple[tuple[str, Floats], ...], former_w: Former | None
) -> dict[str, Floats]:
    """Return what devices were to do; where that ends, productions give all and others rest.

    Vehicles come and go: none is held to what the one before it was to do.
    """
    if former_w is None:
        return {}
    rest_kw = dict(productions)
    lines = dict[str, Floats]()
    for device in (*frame.plant.batteries, *frame.plant.productions):
        if (line := former_w(device.id, frame.moments)) is None:
            continue
        sign = -1.0 if device.id in rest_kw else 1.0
        rest = rest_kw.get(device.id, np.zeros(len(line)))
        lines[device.id] = np.where(np.isnan(line), rest, sign * line / 1e3)
    return lines


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
    """Fill what no forecast covers: the same time of the day before, else the value before it."""
    held = _newest_w(frame, device, quantity)
    if held is None and np.isnan(line).all():
        frame.caveats.append(f"{device.id}: neither forecast nor reading; counted as 0")
        return np.nan_to_num(line, nan=0.0)
    if np.isnan(line[1:]).all() and held is not None:
        frame.caveats.append(f"{device.id}: no forecast; the last value {held / 1e3:.0f} kW stays")
    _mention_holes(frame, device, line)
    filled, day = line.copy(), DAY // QUARTER
    for k in np.flatnonzero(np.isnan(line)).tolist():
        if k >= day and not np.isnan(line[k - day :: -day]).all():
            filled[k] = filled[k - day]
        else:
            filled[k] = filled[k - 1] if k else held if held is not None else 0.0
    return filled


def _mention_holes(frame: _Frame, device: Device, line: Floats) -> None:
    """Say what a forecast lacks between its values; where it ends is no hole."""
    foreseen = np.flatnonzero(~np.isnan(line[1:])) + 1
    if len(foreseen) and (holes := int(np.isnan(line[1 : foreseen[-1]]).sum())):
        frame.caveats.append(
            f"{device.id}: {holes} of {len(line)} values of the forecast are no numbers; "
            "those before stand in"
        )


def _unsteered(frame: _Frame, *kinds: DeviceKind) -> Iterator[tuple[str, Floats]]:
    """Yield electric devices of these kinds that nobody steers, with what each draws, kW."""
    for device in frame.plant.park.devices_of(*kinds):
        if device.carrier is Carrier.ELECTRICITY and device not in frame.plant.productions:
            yield device.id, _expected_w(frame, device, Quantity.ACTIVE_POWER) / 1e3


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


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A price or intensity in one step, in the unit of its book, and who said so."""

    value: float
    source: str
    is_stand_in: bool = False


def foreseen_price(known: Knowledge, moment: datetime) -> Foreseen | None:
    """Return the import price that counts, micros per kWh; None where nobody knows any.

    What was published, else what forecasting expects, else the same hour of a former day.
    """
    if (published := known.import_prices.at(moment)) is not None:
        return Foreseen(published.value, published.source)
    if (expected := _outlook(known, PRICE_SIGNAL, moment)) is not None:
        return Foreseen(expected * MICROS, _issued(known))
    if (before := known.import_prices.same_hour_before(moment)) is not None:
        return Foreseen(before.value, f"{before.source}, a former day", is_stand_in=True)
    return None


def foreseen_intensity(known: Knowledge, moment: datetime) -> Foreseen | None:
    """Return the carbon intensity that counts, g per kWh; None where nobody knows any."""
    if (published := known.intensities.at(moment)) is not None:
        return Foreseen(published.value, published.source)
    expected = _outlook(known, INTENSITY_SIGNAL, moment)
    return None if expected is None else Foreseen(expected, _issued(known))


def _outlook(known: Knowledge, signal_id: str, moment: datetime) -> float | None:
    return None if known.forecast is None else known.forecast.signal_at(signal_id, moment)


def _issued(known: Knowledge) -> str:
    return f"forecast {known.forecast.issue_time:%H:%M} p50" if known.forecast else ""


def _import_price(frame: _Frame) -> Floats:
    last_resort = PRICE_OVER_FEED_IN * frame.plant.park.connection.feed_in_price_micros_per_kwh
    prices = [foreseen_price(frame.known, moment) for moment in frame.moments]
    if stand_ins := sum(price is not None and price.is_stand_in for price in prices):
        frame.caveats.append(
            f"{stand_ins} of {len(prices)} import prices unknown: the same hour of a former day"
        )
    if missing := sum(price is None for price in prices):
        frame.caveats.append(
            f"{missing} of {len(prices)} import prices unknown, no former day either: "
            f"{last_resort / MICROS:.3f} per kWh stands in"
        )
    return np.array([price.value if price else last_resort for price in prices]) / MICROS


def _export_price(frame: _Frame) -> Floats:
    """Return the curve's export price; where it has none, the park file's feed-in price."""
    contract = frame.plant.park.connection.feed_in_price_micros_per_kwh
    known = (frame.known.export_prices.at(moment) for moment in frame.moments)
    return np.array([price.value if price else contract for price in known]) / MICROS


def _intensity(frame: _Frame) -> Floats:
    """Return kg per kWh, NaN where unknown: such slots are not steered by carbon (§4)."""
    known = [foreseen_intensity(frame.known, moment) for moment in frame.moments]
    line = np.array([k.value / 1e3 if k else np.nan for k in known])
    if unknown := int(np.isnan(line).sum()):
        frame.caveats.append(
            f"{unknown} of {len(line)} carbon intensities unknown: not steered by carbon there"
        )
    return line


def _mode(frame: _Frame) -> DraftMode:
    """Return what the supply mode asks for; a share that forbids nothing is none."""
    mode, year = frame.plant.park.connection.supply_mode, frame.known.feed_in
    if year.exported_wh > mode.max_feed_in_share * year.generated_wh:
        beyond_wh = year.exported_wh - mode.max_feed_in_share * year.generated_wh
        frame.caveats.append(
            f"the year's feed-in share is exceeded by {beyond_wh / 1e3:.0f} kWh already, "
            "nothing counted as curtailed"
        )
    if mode.min_load_share > 0.0 and year.import_unseen > DAY:
        frame.caveats.append(
            f"the year's import was not counted for {year.import_unseen / DAY:.0f} days in which"
            " generation was: the own share of the load looks larger than it is"
        )
    return DraftMode(
        feed_in_share=mode.max_feed_in_share if mode.max_feed_in_share < 1.0 else None,
        self_use_share=mode.min_self_use_share if mode.min_self_use_share > 0.0 else None,
        load_share=mode.min_load_share if mode.min_load_share > 0.0 else None,
        no_feed_in=mode.kind == NO_FEED_IN_MODE,
        generated_kwh=year.generated_wh / 1e3,
        fed_in_kwh=year.exported_wh / 1e3,
        used_kwh=year.used_wh / 1e3,
        year_ends_h=_year_ends_h(frame),
    )


def _year_ends_h(frame: _Frame) -> float:
    """Return when the counting year of the horizon's beginning ends, h after it."""
    begins = frame.moments[0] + QUARTER - timedelta(hours=float(frame.hours[0]))
    local = begins.astimezone(frame.plant.park.time_zone)
    new_year = datetime(local.year + 1, 1, 1, tzinfo=local.tzinfo)
    return (new_year.astimezone(UTC) - begins) / timedelta(hours=1)


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


def _session(frame: _Frame, device: Device) -> DraftSession | None:
    """Return the vehicle at a port that still wants energy.

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
    return DraftSession(device.id, rating_w / 1e3, wanted_wh / 1e3, relied_s / 3600.0)


def _mention_weak_forecast(frame: _Frame) -> None:
    forecast = frame.known.forecast
    if forecast is None:
        frame.caveats.append("no forecast: the last believed values persist")
    elif frame.now >= forecast.valid_until:
        frame.caveats.append(f"the forecast of {forecast.issue_time:%H:%M} is past its validity")

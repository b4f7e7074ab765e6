"""Source streams become entries: fuels, processes, heat and steam, captured CO2, leaked gases."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction

import numpy as np

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.boundary import Gwp
from services.carbon_accounting.domain.activities.capture import capture
from services.carbon_accounting.domain.activities.combustion import (
    Equipment,
    FuelUse,
    biogenic,
    combustion,
)
from services.carbon_accounting.domain.activities.fugitive import StockBalance, leakage
from services.carbon_accounting.domain.activities.heat import HEAT, purchased_heat, purchased_steam
from services.carbon_accounting.domain.activities.line import Line, NotCounted, OpenItem, Outcome
from services.carbon_accounting.domain.activities.process import ProcessUse, process
from services.carbon_accounting.domain.activities.uncovered import OWN_ALONE, UPSTREAM
from services.carbon_accounting.domain.factoring.exact import INT64_MAX, BeyondInt64, Whole
from services.carbon_accounting.domain.inventory.base_units import in_base
from services.carbon_accounting.domain.inventory.entries import Block, Place, block_of
from services.carbon_accounting.domain.inventory.open_items import IN_NO_TOTAL
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.inventory.site import Activity, GasBalance, Stream
from services.carbon_accounting.domain.ledgers import Ledger

CAPTURED = "captured-co2"
Booking = Callable[[Whole, Basis], Outcome]
"""How amounts of a stream become a line of a ledger."""


def stream_entries(
    ledger: Ledger,
    stream: Stream,
    enterprise: str,
    activity: tuple[Whole, Whole, Mask],
    rules: Rules,
    open_items: list[OpenItem],
) -> Iterator[Block]:
    """Yield the entries of one enterprise's part of a stream.

    `activity`: starts (us), amounts in the stream's base unit, and whether they are measured.
    What cannot be booked is in `open_items`; what the ledger does not count leaves nothing.
    """
    starts_us, amounts, measured = activity
    booking = booking_of(stream)
    place = Place(enterprise, stream.substance, stream.activity.value)
    for here, basis in rules.bases(ledger, quantities_of(stream), starts_us):
        if not amounts[here].any():
            continue
        match booking(amounts[here], basis):
            case Line() as line:
                yield block_of(line, place, starts_us[here], measured[here])
                open_items += _upstream(stream, line, basis)
            case OpenItem() as item:
                open_items.append(_not_booked(stream, item))
            case NotCounted():
                return


def _not_booked(stream: Stream, item: OpenItem) -> OpenItem:
    """Return what is not booked of a stream; it says so where no total counts it anyway."""
    if stream.biogenic or stream.activity is Activity.CAPTURE:
        return replace(item, message=f"{IN_NO_TOTAL}{item.message}")
    return item


def _upstream(stream: Stream, line: Line, basis: Basis) -> Iterator[OpenItem]:
    """Yield what a footprint lacks of a fuel or a material though its own CO2 is booked."""
    brought = stream.activity in (Activity.COMBUSTION, Activity.PROCESS)
    if brought and line.counted and line.ledger in UPSTREAM:
        yield basis.uncovered(f"upstream of {stream.substance}", OWN_ALONE, stream.id)


def booking_of(stream: Stream) -> Booking:
    """Return how a stream is booked."""
    match stream.activity:
        case Activity.COMBUSTION:
            burn = biogenic if stream.biogenic else combustion
            return lambda amounts, basis: burn(_fuel(stream), amounts, basis)
        case Activity.PROCESS:
            use = ProcessUse(
                stream.id, stream.substance, Fraction(stream.content), Fraction(stream.conversion)
            )
            return lambda amounts, basis: process(use, amounts, basis)
        case Activity.PURCHASED_HEAT:
            return _heat(stream)
        case Activity.CAPTURE:
            return lambda amounts, basis: capture(stream.id, amounts, basis)
        case Activity.RESOURCE:
            return lambda _, basis: NotCounted(basis.boundary.ledger, stream.id, "emits nothing")


def _fuel(stream: Stream) -> FuelUse:
    per_unit, base = in_base(stream.unit)
    ncv = None if stream.ncv_gj is None else round(Fraction(stream.ncv_gj) * 10**9 / per_unit)
    equipment = None if stream.equipment is None else Equipment(stream.equipment)
    return FuelUse(stream.id, stream.substance, base, equipment, ncv)


def _heat(stream: Stream) -> Booking:
    if in_base(stream.unit)[1] == "Wh":
        return lambda amounts, basis: purchased_heat(stream.id, amounts, basis)
    return lambda amounts, basis: purchased_steam(stream.id, amounts, stream.substance, basis)


def quantities_of(stream: Stream) -> tuple[str, ...]:
    """Return every factor that a stream is booked with: where one changes, so does the line."""
    match stream.activity:
        case Activity.PURCHASED_HEAT:
            return HEAT, f"enthalpy:{stream.substance}"
        case Activity.CAPTURE:
            return (CAPTURED,)
        case Activity.COMBUSTION if stream.equipment is not None:
            return stream.substance, f"oxidation:{stream.equipment}"
        case _:
            return (stream.substance,)


def leak(ledger: Ledger, balance: GasBalance, gwp: Gwp, rules: Rules) -> Outcome:
    """Return what leaked by a balance, as one line of all that own the asset.

    BeyondInt64 where one entry cannot hold it: above 9,223 t CO2e, as 367 kg of SF6 are.
    """
    day = balance.until - timedelta(days=1)
    basis = Basis(rules.boundary(ledger), rules.factors, rules.region_of(ledger), day)
    made = leakage(_stock(balance), gwp, basis)
    if isinstance(made, Line) and int(made.emissions_ng) > INT64_MAX:
        raise BeyondInt64(
            f"{int(made.amount) / 1000:,.10g} kg of {balance.gas} leaked are more CO2e than 64 "
            "bits hold in nanograms; check its kg, or give each asset or quarter its own balance"
        )
    return made


def leak_block(line: Line, balance: GasBalance, enterprise: str, grams: int, at_us: int) -> Block:
    """Return the entry of one enterprise's grams of a leak."""
    ng_per_g = int(line.emissions_ng) // int(line.amount)
    part = replace(
        line, amount=np.array([grams]), emissions_ng=np.array([grams * ng_per_g], np.int64)
    )
    place = Place(enterprise, balance.gas, "leakage")
    return block_of(part, place, np.array([at_us], np.int64), np.ones(1, bool))


def _stock(balance: GasBalance) -> StockBalance:
    return StockBalance(
        balance.id,
        balance.gas,
        balance.opening_g,
        balance.purchased_g,
        balance.closing_g,
        balance.returned_g,
        balance.capacity_change_g,
    )

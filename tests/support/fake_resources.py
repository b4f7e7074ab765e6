"""What costs, other resources and the energy audit say in the console's tests.

May 2019 has everything, with what lacks beside it: gas without a price, water that does not come
out again, diesel of unknown amount. April has its diesel. June has no prices, no meters, nothing.
"""

from typing import Any

from parkflow.carbon.v1 import audit_pb2, cost_pb2, resource_pb2

NO_PRICES = "accounting.prices: the park file states no price, so no cost is known - state them"
NO_METER = (
    "the park file names no meter of water, waste, heat, cold or pressure: declare streams with "
    "`activity: resource` in `accounting.streams`"
)
NOTHING = "nothing of these months is booked: there is no balance and no energy to show"
NO_PRODUCT = (
    "the park file declares no product, so no energy of a unit of product can be shown: "
    "declare `accounting.products`, and tell by PutProduction what was made"
)
NOT_STATED = (
    "not every meter says how it is read, so no share of meters is shown: "
    "write `collection: automatic` or `by_hand` in `accounting` or at the meter"
)
MWH = 1_000_000
GRID_MWH = {"steel": 1_000, "metalwork": 400, "electroplating": 250, "campus": 50}
PV_MWH = {"steel": 200, "metalwork": 60, "campus": 40, "park": 12}
GRID_CENTS, PV_CENTS, FEED_IN_CENTS = 60_000, 30_000, 25_000  # a MWh
EXPORTED_MWH, GAS_MWH = 30, 500
TANK = resource_pb2.ExchangeEnd(meter="drain.volume_dm3", enterprise="metalwork", level=2)
TAP = resource_pb2.ExchangeEnd(meter="tap.volume_dm3", enterprise="steel", level=3)
FLUE = resource_pb2.ExchangeEnd(meter="flue.thermal_energy_wh", enterprise="steel", level=90)
RADIATORS = resource_pb2.ExchangeEnd(meter="radiators", enterprise="campus", level=60)


def costs(first_day: str) -> cost_pb2.ListCostsResponse:
    """Return grid power at 600, photovoltaics at 300 and fed-in power at 250 CNY a MWh."""
    answer = cost_pb2.ListCostsResponse(currency="CNY")
    if first_day != "2019-05-01":
        answer.open_items.append(NO_PRICES)
        return answer
    for position, used, cents in (("grid", GRID_MWH, GRID_CENTS), ("pv", PV_MWH, PV_CENTS)):
        for enterprise, mwh in used.items():
            _cost(answer, enterprise, position, "use", mwh, cents * mwh)
    _cost(answer, "park", "pv", "export", EXPORTED_MWH, PV_CENTS * EXPORTED_MWH)
    _cost(answer, "park", "feed-in", "export", EXPORTED_MWH, -FEED_IN_CENTS * EXPORTED_MWH)
    _cost(answer, "*", "grid", "supply", 1_700, 102_000_000)
    _cost(answer, "*", "pv", "supply", 342, 10_260_000)
    _cost(answer, "*", "feed-in", "supply", EXPORTED_MWH, -750_000)
    for enterprise, way in (("park", "use"), ("*", "supply")):
        _cost(answer, enterprise, "natural-gas", way, GAS_MWH, None)
    for enterprise, way in (("park", "charge"), ("*", "supply")):
        answer.costs.add(
            enterprise=enterprise, position="capacity", way=way, unit="month", amount=1,
            cost_cents=2_000_000,
        )  # fmt: skip
    answer.open_items.append(
        "natural-gas: 500000000 Wh in 2976 intervals of 2019-05 have no price - "
        "state it in accounting.prices or --prices; its cost is unknown until then"
    )
    return answer


def _cost(answer: Any, enterprise: str, position: str, way: str, mwh: int, cents: Any) -> None:
    one = answer.costs.add(
        enterprise=enterprise, position=position, way=way, unit="Wh", amount=mwh * MWH
    )
    if cents is None:
        one.unverified.append(f"no price for {mwh * MWH} Wh: what they cost is unknown")
    else:
        one.cost_cents = cents


def own_costs(answer: cost_pb2.ListCostsResponse, enterprise: str) -> cost_pb2.ListCostsResponse:
    """Return what an enterprise sees of them."""
    own = [one for one in answer.costs if one.enterprise == enterprise]
    return cost_pb2.ListCostsResponse(currency=answer.currency, costs=own)


def own_resources(
    answer: resource_pb2.GetResourcesResponse, enterprise: str
) -> resource_pb2.GetResourcesResponse:
    """Return what an enterprise sees of them: its own amounts and no balance."""
    own = [one for one in answer.amounts if one.enterprise == enterprise]
    return resource_pb2.GetResourcesResponse(amounts=own)


def resources(first_day: str) -> resource_pb2.GetResourcesResponse:
    """Return water of two, slag that is not known throughout, heat left and heat needed."""
    answer = resource_pb2.GetResourcesResponse()
    if first_day != "2019-05-01":
        answer.missing.append(NO_METER)
        return answer
    add = answer.amounts.add
    add(meter=TAP.meter, enterprise="steel", node="main", carrier="water", role="intake",
        amount=50_000_000, unit="dm3", is_whole=True, level=3)  # fmt: skip
    add(meter=TANK.meter, enterprise="metalwork", node="main", carrier="water", role="discharged",
        amount=30_000_000, unit="dm3", is_whole=True, level=2)  # fmt: skip
    add(meter="slag.mass_g", enterprise="steel", node="main", carrier="waste", role="generated",
        amount=21_000_000, unit="g")  # fmt: skip
    add(meter=FLUE.meter, enterprise="steel", node="main", carrier="heat", role="available",
        amount=800 * MWH, unit="Wh", is_whole=True, level=90)  # fmt: skip
    add(meter=RADIATORS.meter, enterprise="campus", node="main", carrier="heat", role="needed",
        amount=400 * MWH, unit="Wh", is_whole=True, level=60)  # fmt: skip
    answer.balances.extend(
        (_unclosed("main (water)", "dm3", 50_000_000, 30_000_000, 500_000), _unknown())
    )
    return answer


def exchanges(first_day: str) -> resource_pb2.ProposeExchangesResponse:
    """Return water that saves 1,439,000 CNY a year, and heat whose pipe nobody has priced."""
    answer = resource_pb2.ProposeExchangesResponse(currency="CNY")
    if first_day != "2019-05-01":
        answer.missing.append(NO_METER)
        return answer
    one = answer.exchanges.add(
        carrier="water", source=TANK, demand=TAP, taken=350_400_000, delivered=350_400_000,
        unit="dm3", saving_micros=1_439_000_000_000,
        unverified=["the year is reckoned from 31 days of readings"],
    )  # fmt: skip
    for month in range(1, 13):
        one.parts.add(
            calendar_month=month, first_hour=0, last_hour=24, duration_hours=730,
            rate_per_hour=40_000,
        )  # fmt: skip
    answer.uncosted.add(carrier="heat", source=FLUE, demand=RADIATORS)
    return answer


def audit(month: str) -> audit_pb2.GetEnergyAuditResponse:
    """Return grid, green power and gas in tce; May's diesel is not known, so it has no total."""
    answer = audit_pb2.GetEnergyAuditResponse()
    if month == "2019-06":
        answer.collection.required_count = 9
        answer.collection.not_stated.extend(f"meter_{number}" for number in range(9))
        answer.missing.extend((NOTHING, NO_PRODUCT, NOT_STATED))
        return answer
    answer.balances.extend(_nodes())
    _energy(answer, month, diesel_g=None if month == "2019-05" else 2_000_000)
    _products(answer)
    answer.collection.CopyFrom(
        audit_pb2.MeterCollection(
            required_count=9, automatic_count=8, automatic_share=8 / 9, by_hand=["lamps"]
        )
    )
    return answer


def _energy(answer: Any, month: str, diesel_g: int | None) -> None:
    streams = (("grid-power", "grid-power", 1_700, 208.93), ("green-power", "pv", 312, 38.3448))
    for stream, carrier, mwh, tce in streams:
        answer.energy.add(
            month=month, stream=stream, carrier=carrier, amount=mwh * MWH, unit="Wh",
            energy_tce=tce,
        )  # fmt: skip
    answer.energy.add(
        month=month, stream="boilerhouse_gas.volume_m3", carrier="natural-gas", unit="Ndm3",
        amount=50_000_000, energy_tce=60.5, unverified=["known but not read in any text (M)"],
    )  # fmt: skip
    diesel = answer.energy.add(month=month, stream="trucks", carrier="diesel", unit="g")
    total = [answer.totals.add(month=month), answer.totals.add()]
    if diesel_g is None:
        diesel.lacking = "its amount is not known"
        for one in total:
            one.lacking.append("trucks")
        return
    diesel.amount, diesel.energy_tce = diesel_g, 2.9142
    for one in total:
        one.energy_tce = 310.689


def _products(answer: Any) -> None:
    coil = {"made": 5_000.0, "energy_share": 1.0, "energy_tce": 122.9, "kgce_per_unit": 24.58}
    plate = {"made": 2_000.0, "energy_share": 1.0, "energy_tce": 66.2, "kgce_per_unit": 33.1}
    limit: dict[str, Any] = {"unit": "t", "limit_kgce_per_unit": 30.0}
    answer.products.add(
        product="coil", enterprise="steel", verdict="UNIT_VERDICT_WITHIN_GRADE_2", **coil, **limit
    )
    answer.products.add(
        product="plate", enterprise="metalwork", verdict="UNIT_VERDICT_BEYOND_GRADE_2",
        unverified=["the park file names no standard for its limit"], **plate, **limit,
    )  # fmt: skip
    answer.products.add(
        product="anode", enterprise="electroplating", verdict="UNIT_VERDICT_UNGRADED", unit="t",
        why="what was made of anode is not known",
    )  # fmt: skip


def _nodes() -> list[audit_pb2.NodeBalance]:
    closed = audit_pb2.NodeBalance(
        node="bus_a", unit="Wh", came_in=800 * MWH, from_stock=0, went_out=796 * MWH,
        gap=4 * MWH, allowed=8 * MWH, finding="BALANCE_FINDING_CLOSED", unknown_interval_count=2,
    )  # fmt: skip
    undecided = audit_pb2.NodeBalance(
        node="battery", unit="Wh", came_in=20 * MWH, finding="BALANCE_FINDING_UNDECIDED",
        what="not known: stock of battery",
    )  # fmt: skip
    return [closed, _unclosed("substation", "Wh", 1_700 * MWH, 1_650 * MWH, 17 * MWH), undecided]


def _unclosed(
    node: str, unit: str, came_in: int, went_out: int, allowed: int
) -> audit_pb2.NodeBalance:
    gap = came_in - went_out
    return audit_pb2.NodeBalance(
        node=node, unit=unit, came_in=came_in, from_stock=0, went_out=went_out, gap=gap,
        allowed=allowed, finding="BALANCE_FINDING_UNCLOSED",
        what=f"{node}: {gap} {unit} left unmetered, {allowed} {unit} allowed",
    )  # fmt: skip


def _unknown() -> audit_pb2.NodeBalance:
    return audit_pb2.NodeBalance(
        node="main (waste)", unit="g", finding="BALANCE_FINDING_UNDECIDED",
        what="not known: slag.mass_g, what leaves (no meter)",
    )  # fmt: skip

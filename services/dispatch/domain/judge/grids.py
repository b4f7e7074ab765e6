"""Connections to public grids: limits, contracted capacity, demand charge, contracts (§4)."""

import math
from collections.abc import Iterator

from services.dispatch.domain.judge.case import MOMENT_H, Case, above
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.network import Contract, DemandCharge, Grid


def judge(case: Case, grid: Grid) -> None:
    """Judge what goes through a connection, and count what it costs and breaks."""
    import_kw, export_kw = case.course(grid.id, "import_kw"), case.course(grid.id, "export_kw")
    buys, sells = case.values(grid.import_price), case.values(grid.export_price)
    taken = case.taken_kw(grid.id)
    for k, taken_kw in enumerate(taken):
        case.within(grid.id, k, "import_kw", import_kw[k], 0.0, float("inf"))
        case.within(grid.id, k, "export_kw", export_kw[k], 0.0, float("inf"))
        case.one_way(grid.id, k, import_kw[k], export_kw[k])
        if above(taken_kw, import_kw[k]):
            case.say(grid.id, k, f"contracts take {taken_kw:.4f} kW of {import_kw[k]:.4f} kW")
        case.flow(grid.node, k, import_kw[k] - export_kw[k])
        case.owe("import", (import_kw[k] - taken_kw) * case.h[k] * buys[k])
        case.owe("export", -export_kw[k] * case.h[k] * sells[k])
    _count_what_is_beyond(case, grid, import_kw, export_kw)
    _count_peaks(case, grid, import_kw)


def _count_what_is_beyond(
    case: Case, grid: Grid, import_kw: list[float], export_kw: list[float]
) -> None:
    """An island has no grid at all; without feed-in nothing may go out (§8.1)."""
    mode = case.problem.mode
    in_kw, out_kw = case.values(grid.import_limit_kw), case.values(grid.export_limit_kw)
    room_kw = case.values(grid.headroom_kw)
    for k in case.steps:
        if mode.island:
            case.within(grid.id, k, "an island's import_kw", import_kw[k], 0.0, 0.0)
            case.within(grid.id, k, "an island's export_kw", export_kw[k], 0.0, 0.0)
            continue
        case.breaks(Limit.IMPORT, grid.id, k, (import_kw[k] - in_kw[k]) * case.h[k])
        kept_kw = min(room_kw[k], in_kw[k])
        used_kw = min(import_kw[k] - in_kw[k] + kept_kw, kept_kw)
        case.breaks(Limit.HEADROOM, grid.id, k, used_kw * case.h[k])
        if mode.no_feed_in:
            case.breaks(Limit.NO_FEED_IN, grid.id, k, export_kw[k] * case.h[k])
        else:
            case.breaks(Limit.EXPORT, grid.id, k, (export_kw[k] - out_kw[k]) * case.h[k])


def _count_peaks(case: Case, grid: Grid, import_kw: list[float]) -> None:
    charge = grid.demand_charge
    if grid.contracted_kw is not None:
        this_kw, next_kw = _highest(case, charge, import_kw, [0.0 for _ in case.steps])
        excess_kw = max(0.0, this_kw - grid.contracted_kw - grid.excess_so_far_kw)
        excess_kw += max(0.0, next_kw - grid.contracted_kw)
        case.owe("contracted capacity", excess_kw * grid.excess_price_per_kw)
    if charge is not None:
        higher_kw = case.values(charge.headroom_kw)
        this_kw, next_kw = _highest(case, charge, import_kw, higher_kw)
        new_kw = max(0.0, this_kw - charge.peak_so_far_kw)
        case.owe("demand charge", charge.price_per_kw * (new_kw + next_kw))


def _highest(
    case: Case, charge: DemandCharge | None, import_kw: list[float], higher_kw: list[float]
) -> tuple[float, float]:
    """Return the highest mean import of this billing period and of the next, kW (§4.1, §4.2).

    Walks through the clock's intervals, the first of which is running already; without a demand
    charge each step is one, and all are of this period.
    """
    if charge is None:
        return max(import_kw), 0.0
    this_kw, next_kw, number = 0.0, 0.0, 0
    told_h = charge.elapsed_h
    elapsed_h = case.since_h(charge.interval_h) if told_h is None else told_h
    known_kwh, begins_h = charge.metered_kwh, -elapsed_h
    while begins_h < case.ends_h[-1] - MOMENT_H:
        ends_h = begins_h + charge.interval_h
        kwh = known_kwh + sum(
            (import_kw[k] + higher_kw[k]) * case.overlap_h(k, begins_h, ends_h)
            for k in case.steps_within(begins_h, ends_h)
        )
        middle_h = begins_h + charge.interval_h / 2
        if charge.period_ends_h is None or middle_h < charge.period_ends_h:
            this_kw = max(this_kw, kwh / charge.interval_h)
        else:
            next_kw = max(next_kw, kwh / charge.interval_h)
        number += 1
        known_kwh, begins_h = 0.0, number * charge.interval_h - elapsed_h
    return this_kw, next_kw


def judge_contract(case: Case, contract: Contract) -> None:
    """Judge what is taken of a contract, and count what it costs (§4.3)."""
    taken_kw, offered_kw = case.course(contract.id, "taken_kw"), case.values(contract.power_kw)
    for steps in _hours(case):
        _judge_hour(case, contract, steps, offered_kw)
    taken_kwh = sum(taken_kw[k] * case.h[k] for k in case.steps)
    must_kwh = _due_kwh(contract, sum(offered_kw[k] * case.h[k] for k in case.steps))
    case.owe("contracts", contract.price_per_kwh * max(taken_kwh, must_kwh))
    case.owe("contracts", contract.fee_per_kwh * taken_kwh)


def _due_kwh(contract: Contract, offered_kwh: float) -> float:
    """Return what is paid of what the horizon offers, whether it is taken or not, kWh."""
    before_kwh, after_kwh = contract.offered_so_far_kwh, contract.offered_later_kwh
    owed_kwh = contract.take_or_pay_share * (before_kwh + offered_kwh + after_kwh)
    if owed_kwh <= contract.taken_so_far_kwh + after_kwh:
        return 0.0
    return min(offered_kwh, owed_kwh - contract.taken_so_far_kwh - after_kwh)


def _judge_hour(case: Case, contract: Contract, steps: list[int], offered_kw: list[float]) -> None:
    """Judge that no more is taken than is offered: by a step alone, or by those of one hour."""
    taken_kw = case.course(contract.id, "taken_kw")
    alone = len(steps) == 1
    for k in steps:
        most_kw = offered_kw[k] if alone else float("inf")
        case.within(contract.id, k, "taken_kw", taken_kw[k], 0.0, most_kw)
    taken_kwh = sum(taken_kw[k] * case.h[k] for k in steps)
    offered_kwh = sum(offered_kw[k] * case.h[k] for k in steps)
    if not alone and above(taken_kwh, offered_kwh):
        text = f"takes {taken_kwh:.4f} kWh of {offered_kwh:.4f} kWh in the hour"
        case.say(contract.id, steps[0], text)


def _hours(case: Case) -> Iterator[list[int]]:
    """Yield the steps of each hour of the local clock; one that no hour holds comes alone."""
    passed_h, running, steps = case.since_h(1.0), -1, list[int]()
    for k in case.steps:
        hour = math.floor(case.begins_h[k] + passed_h + MOMENT_H)
        crosses = case.ends_h[k] + passed_h > hour + 1 + MOMENT_H
        if steps and (crosses or hour != running):
            yield steps
            steps = []
        steps.append(k)
        running = -1 if crosses else hour
    yield steps

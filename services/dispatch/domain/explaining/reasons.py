"""Why: the prices, limits and alternatives of a device in a step, from what binds at the margin."""

import math
from collections.abc import Iterator
from typing import Any

from services.dispatch.domain.explaining.because import Because, Kind
from services.dispatch.domain.explaining.marginal import NEAR, Column, Margins, Row
from services.dispatch.domain.explaining.words import ACTIONS, LEVELS, SWITCHES, Word, row_word
from services.dispatch.domain.park.problem import ParkProblem

NEXT_TO_NOTHING = 0.0005
"""Currency units: what a limit must be worth to be told; ties are broken by less."""
HALF = 0.5
ABSURDLY_FREE = 1e15
"""An upper bound beyond this is none."""


def reasons(problem: ParkProblem, margins: Margins, device: Any, step: int) -> list[Because]:
    """Return prices, then limits by worth, then moves by cost."""
    hours = float(problem.horizon.hours[step])
    columns = list(margins.columns(device.id, step))
    prices = list(_prices(problem, margins, device, step))
    limits = [*_bounds(columns, hours), *_rows(margins, columns, step, hours)]
    next_ones = (
        list(margins.columns(device.id, step + 1)) if step + 1 < len(problem.horizon) else []
    )
    later_h = float(problem.horizon.hours[step + 1]) if next_ones else hours
    moves = [*_moves(columns, hours, later=False), *_moves(next_ones, later_h, later=True)]
    limits = sorted((one for one in limits if one.worth > NEXT_TO_NOTHING), key=_dearest)
    moves.sort(key=lambda one: one.worth)
    return [*prices, *limits, *moves]


def _dearest(one: Because) -> float:
    return -one.worth


def nodes_of(problem: ParkProblem, device: Any) -> list[str]:
    """Return the nodes that a device touches, each once."""
    names = [getattr(device, name, None) for name in ("node", "input_node", "from_node", "to_node")]
    names += [output.node for output in getattr(device, "outputs", ())]
    names += list(getattr(device, "flows_kw", {}))
    names += [grid.node for grid in problem.grids if grid.id == getattr(device, "grid", None)]
    return list(dict.fromkeys(name for name in names if name is not None))


def _prices(problem: ParkProblem, margins: Margins, device: Any, step: int) -> Iterator[Because]:
    money = problem.currency
    for node in nodes_of(problem, device):
        worth = margins.price_at(node, step)
        if worth is None:
            yield _not_to_be_had(node, step)
            continue
        en = f"one more kWh used at {node} costs {worth:.3f} {money}"
        zh = f"{node} 节点多用 1 kWh 的边际成本为 {worth:.3f} {money}"
        yield Because(Kind.PRICE, f"{node}.balance", step, worth, "kWh", en, zh)
    if len(margins.program.rows.get(f"{device.id}.level", ())) == len(problem.horizon):
        worth = -margins.price(f"{device.id}.level", step)
        en = f"one more stored kWh is worth {worth:.3f} {money} later"
        zh = f"多储存 1 kWh 日后价值 {worth:.3f} {money}"
        yield Because(Kind.PRICE, f"{device.id}.level", step, worth, "kWh", en, zh)
    if f"{device.id}.wanted" in margins.program.rows:
        worth = margins.price(f"{device.id}.wanted", 0)
        en = f"one more kWh wanted by {device.id} costs {worth:.3f} {money}"
        zh = f"{device.id} 多需 1 kWh 的成本为 {worth:.3f} {money}"
        yield Because(Kind.PRICE, f"{device.id}.wanted", step, worth, "kWh", en, zh)


def _not_to_be_had(node: str, step: int) -> Because:
    """Say that one more kWh would break a limit, which has a price that nobody pays."""
    en = f"one more kWh used at {node} would break a limit that is kept"
    zh = f"{node} 节点多用 1 kWh 将突破现有约束"
    return Because(Kind.PRICE, f"{node}.balance", step, math.nan, "kWh", en, zh)


def _bounds(columns: list[Column], hours: float) -> Iterator[Because]:
    """Yield the bounds that a column is held back by."""
    for one in columns:
        word = ACTIONS.get(one.what) or LEVELS.get(one.what)
        if word is None:
            continue
        per_kwh = 1.0 if one.what in LEVELS else hours
        unit = "kWh" if one.what in LEVELS else "kW"
        if one.is_high and one.binding < -NEAR and one.upper < ABSURDLY_FREE:
            yield Because(
                Kind.LIMIT,
                one.what,
                one.step,
                -one.binding / per_kwh,
                "kWh",
                f"{word.en} at its limit of {one.upper:g} {unit}",
                f"{word.zh}达到上限 {one.upper:g} {unit}",
            )
        elif one.is_low and one.binding > NEAR and one.what in LEVELS:
            yield Because(
                Kind.LIMIT,
                one.what,
                one.step,
                one.binding,
                "kWh",
                f"{word.en} at its lowest, {one.lower:g} kWh",
                f"{word.zh}达到下限 {one.lower:g} kWh",
            )


def _rows(margins: Margins, columns: list[Column], step: int, hours: float) -> Iterator[Because]:
    """Yield the limits that a device shares with others or with other steps."""
    if not columns:
        return
    for row in margins.rows(columns):
        word = row_word(row.what or row.owner)
        if word is not None and not row.is_equality:
            yield _limit(row, *word, step, hours)


def _limit(row: Row, word: Word, unit: str, step: int, hours: float) -> Because:
    worth = abs(row.dual) / hours if unit == "kWh" else abs(row.dual)
    unit = unit.removesuffix(" once")
    return Because(
        Kind.LIMIT,
        f"{row.owner}.{row.what}".rstrip("."),
        step,
        worth,
        unit,
        f"{word.en} ({row.owner})",
        f"{word.zh}（{row.owner}）",
    )


def _moves(columns: list[Column], hours: float, *, later: bool) -> Iterator[Because]:
    """Yield what one kW more or less of each action would cost, per kWh."""
    when_en, when_zh = ("in the next step", "下一时段") if later else ("now", "此时")
    is_off = any(one.what == "on" and one.value < HALF for one in columns)
    for one in columns:
        if one.what in SWITCHES and one.value < HALF and one.reduced > NEAR:
            word = SWITCHES[one.what]
            en, zh = f"{word.en} {when_en}", f"{when_zh}{word.zh}"
            yield Because(Kind.MOVE, one.what, one.step, one.reduced, "switch", en, zh)
        action = ACTIONS.get(one.what)
        if action is None or one.upper <= one.lower or (is_off and one.what == "input"):
            continue
        if one.is_low and one.reduced > -NEAR:
            en, zh = f"1 kW more {action.en} {when_en}", f"{when_zh}{action.zh}增加 1 kW"
        elif one.is_high and one.reduced < NEAR:
            en, zh = f"1 kW less {action.en} {when_en}", f"{when_zh}{action.zh}减少 1 kW"
        else:
            continue
        worth = abs(one.reduced) / hours
        yield Because(Kind.MOVE, one.what, one.step, worth, "kWh", en, zh)

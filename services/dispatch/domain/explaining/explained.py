"""Why a plan has a device do what it does, in words (§12)."""

from collections.abc import Iterator
from typing import Any

from services.dispatch.domain.explaining.because import Because, Explained, Kind
from services.dispatch.domain.explaining.marginal import Margins
from services.dispatch.domain.explaining.reasons import NEXT_TO_NOTHING, nodes_of, reasons
from services.dispatch.domain.explaining.words import does as word_for
from services.dispatch.domain.explaining.words import in_units_of
from services.dispatch.domain.model.planning import Planned, prices_of
from services.dispatch.domain.model.sessions import presence
from services.dispatch.domain.park.demand import Session
from services.dispatch.domain.park.problem import GROUPS, ParkProblem

QUIET = 1e-3
MOST_LIMITS = 3


def explained(plan: Planned, device: str, steps: range) -> Iterator[Explained]:
    """Yield why a device does what it does in each of these steps; KeyError for no such device."""
    part = part_of(plan.problem, device)
    prices = prices_of(plan)
    margins = None if prices is None else Margins(prices)
    for step in steps:
        because = [] if margins is None else reasons(plan.problem, margins, part, step)
        courses = plan.schedule.devices[device]
        does = {name: float(series[step]) for name, series in courses.items()}
        en, zh = _sentences(plan, part, step, does, because)
        at = plan.problem.horizon.at(step)
        yield Explained(device, step, at, does, tuple(because), en, zh)


def part_of(problem: ParkProblem, device: str) -> Any:
    """Return the part of that id; KeyError where there is none."""
    for group in GROUPS:
        for part in getattr(problem, group):
            if part.id == device:
                return part
    raise KeyError(device)


Both = tuple[str, str]
"""English and Chinese."""


def _sentences(
    plan: Planned, part: Any, step: int, does: dict[str, float], because: list[Because]
) -> Both:
    en, zh = _does(plan, part, step, does)
    if not because:
        return f"{en}; no prices are known for this plan.", f"{zh}；该计划没有边际价格。"
    for kind, most, lead_en, lead_zh in _PARTS:
        said = [_said(plan, one) for one in because if one.kind is kind][:most]
        if said:
            sentence = lead_en + "; ".join(e for e, _ in said)
            en += f". {sentence[0].upper()}{sentence[1:]}"
            zh += f"。{lead_zh}" + "；".join(z for _, z in said)
    return f"{en}.", f"{zh}。"


_PARTS = (
    (Kind.PRICE, None, "", ""),
    (Kind.LIMIT, MOST_LIMITS, "Binding: ", "起作用的约束："),
    (Kind.MOVE, 1, "Next best: ", "次优动作："),
)
"""What is said in which order: at most how many of a kind, and the words before them."""


def _does(plan: Planned, part: Any, step: int, does: dict[str, float]) -> Both:
    """Return when, and what the device does then."""
    horizon = plan.problem.horizon
    at, begins_h = horizon.at(step), float(horizon.begins_h[step])
    moment = f"{begins_h:g} h" if at is None else f"{at:%Y-%m-%d %H:%M}"
    did = list(_courses(plan, part, step, does))
    en = " and ".join(", ".join(e for e, _ in some) for some in (did[:-1], did[-1:]) if some)
    zh = "，".join(z for _, z in did)
    who = f"Step {step} ({moment}): {part.id}", f"第 {step} 时段（{moment}）：{part.id}"
    return f"{who[0]} {en or 'rests'}", f"{who[1]} {zh or '静置'}"


def _courses(plan: Planned, part: Any, step: int, does: dict[str, float]) -> Iterator[Both]:
    """Yield what is said of each course: in the units of the node that it names, or else of the
    device's first.
    """
    problem = plan.problem
    if isinstance(part, Session) and not presence(problem.horizon, part)[step]:
        yield "is not there", "不在场"
    for name, value in does.items():
        word = word_for(type(part).__name__, name, value)
        if abs(value) > QUIET and word is not None:
            carrier = problem.carrier_of(name.partition(".")[2] or nodes_of(problem, part)[0])
            yield in_units_of(carrier, word.en), in_units_of(carrier, word.zh)


def _said(plan: Planned, one: Because) -> tuple[str, str]:
    """Return a reason with what it is worth."""
    money, worth = plan.problem.currency, f"{one.worth:.3f}"
    if one.kind is Kind.LIMIT:
        more = COUNTED_EN.get(one.unit, f"{one.unit} of room")
        en = f"{one.en}, one more {more} would save {worth} {money}"
        return en, f"{one.zh}，每放宽 1 {_unit(one)}可节省 {worth} {money}"
    if one.kind is Kind.MOVE and one.worth < NEXT_TO_NOTHING:
        return f"{one.en} would cost the same", f"{one.zh}，成本不变"
    if one.unit == "switch":
        return (
            f"{one.en} would cost at least {worth} {money} more",
            f"{one.zh}，至少多花 {worth} {money}",
        )
    if one.kind is Kind.MOVE:
        en = f"{one.en} would cost {worth} {money} more per {one.unit}"
        return en, f"{one.zh}，每 {_unit(one)}多花 {worth} {money}"
    return one.en, one.zh


def _unit(one: Because) -> str:
    """Return a unit as it stands before Chinese words: a sign is set apart from them."""
    return COUNTED.get(one.unit, f"{one.unit} ")


COUNTED = {"start": "次启动", "interruption": "次中断", "h": "小时"}
COUNTED_EN = {"start": "start", "interruption": "interruption", "h": "hour of room"}
"""Words for units that have no sign, or whose sign is hard to read."""

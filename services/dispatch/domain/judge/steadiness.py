"""Leaving what the plan before had devices do (§9)."""

from services.dispatch.domain.judge.case import MOMENT_H, NEAR, ON, Case
from services.dispatch.domain.park.rules import Former

POWER_OF = ("power_kw", "input_kw", "flow_kw", "taken_kw", "import_kw", "charge_kw")
BACK_OF = {"import_kw": "export_kw", "charge_kw": "discharge_kw"}


def judge(case: Case, former: Former) -> None:
    """Count what moving away from the former powers costs; judge units that are committed."""
    for device, series in former.power_kw.items():
        if device not in case.schedule.devices:
            continue
        before_kw, now_kw = case.values(series), _power_kw(case, device)
        moved_kw = sum(abs(now_kw[k] - before_kw[k]) for k in case.steps)
        case.owe("moves", moved_kw * former.move_cost_per_kw)
    for unit in case.problem.units:
        if unit.id in former.power_kw:
            _judge_committed(case, unit.id, former)


def _power_kw(case: Case, device: str) -> list[float]:
    """Return a device's power: what it takes, for what goes both ways; nodes of a batch in sum."""
    courses = case.schedule.devices[device]
    for name in POWER_OF:
        if name in courses:
            back = case.course(device, BACK_OF[name]) if name in BACK_OF else None
            return [
                kw - (back[k] if back else 0.0) for k, kw in enumerate(case.course(device, name))
            ]
    named = [name for name in courses if name.startswith("power_kw.")]
    return [sum(case.course(device, name)[k] for name in named) for k in case.steps]


def _judge_committed(case: Case, unit: str, former: Former) -> None:
    on, before_kw = case.course(unit, "on"), case.values(former.power_kw[unit])
    for k in case.steps:
        committed = case.begins_h[k] < former.committed_h - MOMENT_H
        if committed and (on[k] > ON) != (before_kw[k] > NEAR):
            case.say(unit, k, "does not do what it was committed to")

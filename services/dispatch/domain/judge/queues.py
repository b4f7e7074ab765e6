"""Work that comes and may wait (§5.5)."""

import itertools

from services.dispatch.domain.judge.case import MOMENT_H, Case, above, near
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import WorkQueue


def judge(case: Case, queue: WorkQueue) -> None:
    """Judge what of the work is done, what waits and what is late."""
    power_kw, came, due = case.course(queue.id, "power_kw"), _came(case, queue), _due(case, queue)
    done_kwh = 0.0
    for k in case.steps:
        _judge_power(case, queue, k, power_kw[k], came[k] - done_kwh)
        case.flow(queue.node, k, -power_kw[k])
        done_kwh += power_kw[k] * case.h[k]
        if above(done_kwh, came[k]):
            case.say(queue.id, k, f"{done_kwh:.4f} kWh done, {came[k]:.4f} kWh came")
        late_kwh = max(0.0, due[k] - done_kwh)
        _judge_told(case, queue, k, "backlog_kwh", came[k] - done_kwh)
        _judge_told(case, queue, k, "late_kwh", late_kwh)
        if queue.late_price_per_kwh is None:
            case.breaks(Limit.LATE, queue.id, k, late_kwh * case.h[k])
        else:
            case.owe("late work", late_kwh * case.h[k] * queue.late_price_per_kwh)


def _came(case: Case, queue: WorkQueue) -> list[float]:
    """Return all work that came by the beginning of each step, kWh."""
    came = itertools.accumulate(case.values(queue.arriving_kwh), initial=queue.backlog_kwh)
    return list(came)[1:]


def _due(case: Case, queue: WorkQueue) -> list[float]:
    """Return all work that must be done by the end of each step, kWh."""
    patience_h = queue.backlog_patience_h
    patience_h = queue.patience_h if patience_h is None else patience_h
    work = [(patience_h, queue.backlog_kwh)]
    work += [
        (case.begins_h[k] + queue.patience_h, kwh)
        for k, kwh in enumerate(case.values(queue.arriving_kwh))
    ]
    work.sort()
    due, sums = 0, [0.0, *itertools.accumulate(kwh for _, kwh in work)]
    course = []
    for k in case.steps:
        while due < len(work) and work[due][0] <= case.ends_h[k] + MOMENT_H:
            due += 1
        course.append(sums[due])
    return course


def _judge_power(case: Case, queue: WorkQueue, k: int, kw: float, waiting_kwh: float) -> None:
    """While there is work its least power is drawn, but never more than what waits."""
    least_kw = max(0.0, min(queue.least_kw, waiting_kwh / case.h[k]))
    case.within(queue.id, k, "power_kw", kw, least_kw, queue.power_kw)


def _judge_told(case: Case, queue: WorkQueue, k: int, name: str, right: float) -> None:
    told = case.course(queue.id, name)[k]
    if not near(told, right):
        case.say(queue.id, k, f"{name} {told:.4f} should be {right:.4f}")

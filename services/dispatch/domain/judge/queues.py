"""Work that comes and may wait (§5.5)."""

from services.dispatch.domain.judge.case import MOMENT_H, Case, above, near
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.demand import WorkQueue


def judge(case: Case, queue: WorkQueue) -> None:
    """Judge what of the work is done, what waits and what is late."""
    power_kw, done_kwh = case.course(queue.id, "power_kw"), 0.0
    for k in case.steps:
        came_kwh = _came_kwh(case, queue, k)
        _judge_power(case, queue, k, power_kw[k], came_kwh - done_kwh)
        case.flow(queue.node, k, -power_kw[k])
        done_kwh += power_kw[k] * case.h[k]
        if above(done_kwh, came_kwh):
            case.say(queue.id, k, f"{done_kwh:.4f} kWh done, {came_kwh:.4f} kWh came")
        late_kwh = max(0.0, _due_kwh(case, queue, k) - done_kwh)
        _judge_told(case, queue, k, "backlog_kwh", came_kwh - done_kwh)
        _judge_told(case, queue, k, "late_kwh", late_kwh)
        if queue.late_price_per_kwh is None:
            case.breaks(Limit.LATE, queue.id, k, late_kwh)
        else:
            case.owe("late", late_kwh * queue.late_price_per_kwh)


def _came_kwh(case: Case, queue: WorkQueue, k: int) -> float:
    """Return all work that came by the beginning of a step."""
    return queue.backlog_kwh + sum(case.values(queue.arriving_kwh)[: k + 1])


def _due_kwh(case: Case, queue: WorkQueue, k: int) -> float:
    """Return all work that must be done by the end of a step."""
    arriving, now_h = case.values(queue.arriving_kwh), case.ends_h[k] + MOMENT_H
    due = sum(arriving[j] for j in case.steps if case.begins_h[j] + queue.patience_h <= now_h)
    patience_h = queue.backlog_patience_h
    if (queue.patience_h if patience_h is None else patience_h) <= now_h:
        due += queue.backlog_kwh
    return due


def _judge_power(case: Case, queue: WorkQueue, k: int, kw: float, waiting_kwh: float) -> None:
    """While there is work its least power is drawn, but never more than what waits."""
    least_kw = max(0.0, min(queue.least_kw, waiting_kwh / case.h[k]))
    case.within(queue.id, k, "power_kw", kw, least_kw, queue.power_kw)


def _judge_told(case: Case, queue: WorkQueue, k: int, name: str, right: float) -> None:
    told = case.course(queue.id, name)[k]
    if not near(told, right):
        case.say(queue.id, k, f"{name} {told:.4f} should be {right:.4f}")

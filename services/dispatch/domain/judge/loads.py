"""Loads that are given, served in part, or switched off as a whole (§5.1, §5.2)."""

from services.dispatch.domain.judge.case import MOMENT_H, ON, Case, near, runs
from services.dispatch.domain.park.demand import Interruption, Load, Shedding


def judge(case: Case, load: Load) -> None:
    """Judge what of a load is served."""
    wanted_kw, served_kw = case.values(load.power_kw), case.course(load.id, "power_kw")
    for k in case.steps:
        case.flow(load.node, k, -served_kw[k])
    if load.shedding is not None:
        _judge_shedding(case, load, load.shedding, wanted_kw, served_kw)
    elif load.interruption is not None:
        _judge_interruption(case, load, load.interruption, wanted_kw, served_kw)
    else:
        for k in case.steps:
            if not near(served_kw[k], wanted_kw[k]):
                case.say(load.id, k, f"{served_kw[k]:.4f} kW served, not {wanted_kw[k]:.4f}")


def _judge_shedding(
    case: Case, load: Load, shedding: Shedding, wanted_kw: list[float], served_kw: list[float]
) -> None:
    for k in case.steps:
        may_shed_kw = shedding.share * max(0.0, wanted_kw[k])
        case.within(load.id, k, "power_kw", served_kw[k], wanted_kw[k] - may_shed_kw, wanted_kw[k])
        shed_kwh = (wanted_kw[k] - served_kw[k]) * case.h[k]
        case.owe("shedding", shed_kwh * shedding.price_per_kwh)


def _judge_interruption(
    case: Case, load: Load, rule: Interruption, wanted_kw: list[float], served_kw: list[float]
) -> None:
    off = [value > ON for value in case.course(load.id, "off")]
    for k in case.steps:
        right_kw = 0.0 if off[k] else wanted_kw[k]
        if not near(served_kw[k], right_kw):
            case.say(load.id, k, f"{served_kw[k]:.4f} kW served, not {right_kw:.4f}")
        lost_kwh = max(0.0, wanted_kw[k]) * case.h[k] if off[k] else 0.0
        case.owe("interruption", lost_kwh * rule.price_per_kwh)
    starts = [first for first, _ in runs(off) if first > 0 or rule.off_h == 0.0]
    for first, after in runs(off):
        _judge_length(case, load.id, rule, first, after)
    if rule.off_h > 0.0 and not off[0]:
        _judge_length(case, load.id, rule, 0, 0)
    case.owe("interruption", len(starts) * rule.price_per_start)
    if rule.most_starts is not None and len(starts) > rule.most_starts:
        said = f"{len(starts)} interruptions, at most {rule.most_starts} are allowed"
        case.say(load.id, None, said)
    case.too_many_starts(load.id, starts, rule.most_starts_per_day, rule.starts_today)


def _judge_length(case: Case, who: str, rule: Interruption, first: int, after: int) -> None:
    """Judge an interruption; one that goes on need not last when it would be too long with a step.

    Where it goes on no more, `after` is its first step.
    """
    goes_on, most_h = first == 0 and rule.off_h > 0.0, rule.most_h or float("inf")
    lasts_h = sum(case.h[first:after]) + (rule.off_h if goes_on else 0.0)
    if lasts_h < rule.least_h - MOMENT_H and after < len(case.h):
        may_last = not goes_on or lasts_h + case.h[after] <= most_h + MOMENT_H
        if may_last:
            case.say(who, first, f"an interruption of {lasts_h:g} h, at least {rule.least_h:g} h")
    if after > first and lasts_h > most_h + MOMENT_H:
        case.say(who, first, f"an interruption of {lasts_h:g} h, at most {most_h:g} h")

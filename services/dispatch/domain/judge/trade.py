"""What is bought, sold and produced at one node (§4)."""

from services.dispatch.domain.judge.case import Case, near
from services.dispatch.domain.park.network import Production, Sink, Supply


def judge_supply(case: Case, supply: Supply) -> None:
    """Judge what is bought."""
    limit_kw, price = case.values(supply.limit_kw), case.values(supply.price)
    for k, kw in enumerate(case.course(supply.id, "power_kw")):
        case.within(supply.id, k, "power_kw", kw, 0.0, limit_kw[k])
        case.flow(supply.node, k, kw)
        case.owe("supplies", kw * case.h[k] * price[k])


def judge_sink(case: Case, sink: Sink) -> None:
    """Judge what is sold."""
    limit_kw, price = case.values(sink.limit_kw), case.values(sink.price)
    for k, kw in enumerate(case.course(sink.id, "power_kw")):
        case.within(sink.id, k, "power_kw", kw, 0.0, limit_kw[k])
        case.flow(sink.node, k, -kw)
        case.owe("sales", -kw * case.h[k] * price[k])


def judge_production(case: Case, production: Production) -> None:
    """Judge what is used of what could be produced: all of it, where it may not be curtailed."""
    available_kw = case.values(production.available_kw)
    for k, kw in enumerate(case.course(production.id, "power_kw")):
        case.within(production.id, k, "power_kw", kw, 0.0, available_kw[k])
        if not production.curtailable and not near(kw, available_kw[k]):
            case.say(production.id, k, "is curtailed, which it may not be")
        case.flow(production.node, k, kw)
        lost_kwh = (available_kw[k] - kw) * case.h[k]
        case.owe("curtailment", lost_kwh * production.curtailment_price)

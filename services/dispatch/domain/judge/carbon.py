"""Carbon: what it costs, and caps (§8.2)."""

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit

CARBON = "carbon"


def judge(case: Case) -> None:
    """Count what carbon costs, and by how many kg caps are passed."""
    rule = case.problem.carbon
    kg = [_kg(case, k) for k in case.steps]
    case.owe("carbon", rule.price_per_kg * sum(kg))
    for cap in rule.caps:
        inside = sum(
            kg[k] * case.overlap_h(k, cap.from_h, cap.to_h) / case.h[k] for k in case.steps
        )
        case.breaks(Limit.CARBON_CAP, CARBON, None, inside - cap.limit_kg)


def _kg(case: Case, k: int) -> float:
    """Return a step's carbon: market import, contracts and supplies, less what sinks spare."""
    problem, devices = case.problem, case.schedule.devices
    kg_per_h = 0.0
    for grid in problem.grids:
        if grid.carbon_kg_per_kwh is not None:
            market_kw = float(devices[grid.id]["import_kw"][k]) - case.taken_kw(grid.id, k)
            kg_per_h += market_kw * case.values(grid.carbon_kg_per_kwh)[k]
    for contract in problem.contracts:
        kg_per_h += float(devices[contract.id]["taken_kw"][k]) * contract.carbon_kg_per_kwh
    for supply in problem.supplies:
        kg_per_h += float(devices[supply.id]["power_kw"][k]) * supply.carbon_kg_per_kwh
    for sink in problem.sinks:
        kg_per_h -= float(devices[sink.id]["power_kw"][k]) * sink.carbon_kg_per_kwh
    return kg_per_h * case.h[k]

"""Carbon: what it costs, and caps (§8.2)."""

from services.dispatch.domain.judge.case import Case
from services.dispatch.domain.model.prices import Limit

CARBON = "carbon"


def judge(case: Case) -> None:
    """Count what carbon costs, and by how many kg caps are passed."""
    rule = case.problem.carbon
    kg = _kg(case)
    case.owe("carbon", rule.price_per_kg * sum(kg))
    for cap in rule.caps:
        inside = sum(
            kg[k] * case.overlap_h(k, cap.from_h, cap.to_h) / case.h[k] for k in case.steps
        )
        case.breaks(Limit.CARBON_CAP, CARBON, None, inside - cap.limit_kg)


def _kg(case: Case) -> list[float]:
    """Return each step's carbon: market import, contracts and supplies, less what sinks spare."""
    problem, kg = case.problem, [0.0 for _ in case.steps]
    for grid in problem.grids:
        taken_kw, import_kw = case.taken_kw(grid.id), case.course(grid.id, "import_kw")
        market_kw = [import_kw[k] - taken_kw[k] for k in case.steps]
        _add(case, kg, market_kw, case.values(grid.carbon_kg_per_kwh or 0.0))
    for contract in problem.contracts:
        own = case.values(contract.carbon_kg_per_kwh)
        _add(case, kg, case.course(contract.id, "taken_kw"), own)
    for supply in problem.supplies:
        _add(case, kg, case.course(supply.id, "power_kw"), case.values(supply.carbon_kg_per_kwh))
    for sink in problem.sinks:
        _add(case, kg, case.course(sink.id, "power_kw"), case.values(-sink.carbon_kg_per_kwh))
    return kg


def _add(case: Case, kg: list[float], kw: list[float], kg_per_kwh: list[float]) -> None:
    for k in case.steps:
        kg[k] += kw[k] * case.h[k] * kg_per_kwh[k]

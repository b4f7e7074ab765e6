"""What comes in goes out: judged after every device has said what it gives and takes (§2)."""

from services.dispatch.domain.judge.case import Case, near
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.network import Node


def judge(case: Case, node: Node) -> None:
    """Judge a node's balance; count what it lacks, has too much of, or lets go unused."""
    courses = {name: list(map(float, one)) for name, one in case.schedule.nodes[node.id].items()}
    unused_kw = courses.get("unused_kw", [0.0 for _ in case.steps])
    if node.surplus_price is None and any(unused_kw):
        case.say(node.id, None, "energy goes unused, which it may not without a surplus_price")
    for k in case.steps:
        lacks_kw, extra_kw = courses["unserved_kw"][k], courses["surplus_kw"][k]
        _judge_balance(case, node.id, k, lacks_kw, extra_kw, unused_kw[k])
        case.breaks(Limit.UNSERVED, node.id, k, lacks_kw * case.h[k])
        case.breaks(Limit.SURPLUS, node.id, k, extra_kw * case.h[k])
        case.owe("unused", unused_kw[k] * case.h[k] * (node.surplus_price or 0.0))


def _judge_balance(
    case: Case, node: str, k: int, lacks_kw: float, extra_kw: float, unused_kw: float
) -> None:
    for what, kw in (("unserved", lacks_kw), ("surplus", extra_kw), ("unused", unused_kw)):
        case.within(node, k, f"{what}_kw", kw, 0.0, float("inf"))
    left_kw = case.into_kw[node][k] + lacks_kw - extra_kw - unused_kw
    if not near(left_kw, 0.0):
        case.say(node, k, f"more comes in than goes out, by {left_kw:.4f} kW")

"""Lines: losses, limits, and Kirchhoff's laws where reactances are given (§3)."""

from services.dispatch.domain.judge.case import Case, near
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.park.network import Line


def judge(case: Case, line: Line) -> None:
    """Judge what a line carries. Backwards both powers are negative: the receiver gives."""
    flow_kw, arriving_kw = case.course(line.id, "flow_kw"), case.course(line.id, "arriving_kw")
    most_kw = case.values(line.limit_kw)
    most_back_kw = most_kw if line.back_limit_kw is None else case.values(line.back_limit_kw)
    for k in case.steps:
        right_kw = flow_kw[k] * (1.0 - line.loss_share)
        if not near(arriving_kw[k], right_kw):
            case.say(line.id, k, f"arriving_kw {arriving_kw[k]:.4f} should be {right_kw:.4f}")
        forward = flow_kw[k] >= 0.0
        case.flow(line.from_node, k, -flow_kw[k] if forward else -arriving_kw[k])
        case.flow(line.to_node, k, arriving_kw[k] if forward else flow_kw[k])
        over_kw = max(flow_kw[k] - most_kw[k], -flow_kw[k] - most_back_kw[k])
        case.breaks(Limit.LINE, line.id, k, over_kw * case.h[k])


def judge_angles(case: Case) -> None:
    """Judge whether there are angles that explain the flows of all lines with a reactance."""
    lines = [line for line in case.problem.lines if line.reactance is not None]
    for k in case.steps if lines else ():
        differences = {line.id: _angle(case, line, k) for line in lines}
        angles: dict[str, float] = {}
        for node in {line.from_node for line in lines}:
            if node not in angles:
                angles[node] = 0.0
                _spread(lines, differences, angles)
        for line in lines:
            _judge_angle(case, line, k, angles, differences[line.id])


def _angle(case: Case, line: Line, k: int) -> float:
    """Return by how much a line's flow says that its ends differ."""
    sent_kw, arrived_kw = case.course(line.id, "flow_kw"), case.course(line.id, "arriving_kw")
    return (line.reactance or 0.0) * (sent_kw[k] + arrived_kw[k]) / 2


def _spread(lines: list[Line], differences: dict[str, float], angles: dict[str, float]) -> None:
    """Give every node that lines join with a known one the angle that the first of them says."""
    grew = True
    while grew:
        grew = False
        for line in lines:
            if line.from_node in angles and line.to_node not in angles:
                angles[line.to_node] = angles[line.from_node] - differences[line.id]
                grew = True
            elif line.to_node in angles and line.from_node not in angles:
                angles[line.from_node] = angles[line.to_node] + differences[line.id]
                grew = True


def _judge_angle(
    case: Case, line: Line, k: int, angles: dict[str, float], difference: float
) -> None:
    """A loop that does not close is told as the kW that this line would have to carry instead."""
    told = angles[line.from_node] - angles[line.to_node]
    should_kw, does_kw = told / (line.reactance or 1.0), difference / (line.reactance or 1.0)
    if not near(should_kw, does_kw):
        case.say(line.id, k, f"carries {does_kw:.4f} kW, Kirchhoff's laws say {should_kw:.4f}")

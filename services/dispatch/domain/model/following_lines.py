"""Flows of lines that share a mesh, as the plan before had them (§3).

Where one is beyond its limit now all flows of the mesh shrink by one share, which Kirchhoff's laws
allow. The other lines carry what is lacking or too much (`carrying.py`).
"""

import numpy as np

from services.dispatch.domain.model.carrying import in_loops
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.problem import ParkProblem

LEAST_KW = 1e-9


def meshed(
    problem: ParkProblem, last: LastPlan
) -> dict[str, tuple[Courses, list[tuple[str, Floats]]]]:
    """Return courses of the lines in loops of reactances, and what these let flow into nodes."""
    inside = in_loops(problem.lines)
    lines = [line for line in problem.lines if line.id in inside]
    flow = {line.id: last.mean(problem.horizon, line.id, "flow_kw") for line in lines}
    share = np.ones(len(problem.horizon))
    for line in lines:
        share = np.minimum(share, np.nan_to_num(_share(problem, line, flow[line.id])))
    return {line.id: _carried(line, share * np.nan_to_num(flow[line.id])) for line in lines}


def _share(problem: ParkProblem, line: Line, flow_kw: Floats) -> Floats:
    """Return which share of a flow the line's limits allow, (steps,); NaN: no flow is known."""
    array = problem.horizon.array
    back = line.limit_kw if line.back_limit_kw is None else line.back_limit_kw
    most = np.where(flow_kw >= 0, array(line.limit_kw), array(back))
    return np.asarray(
        np.where(np.isnan(flow_kw), np.nan, most / np.maximum(np.abs(flow_kw), LEAST_KW)),
        np.float64,
    )


def _carried(line: Line, flow_kw: Floats) -> tuple[Courses, list[tuple[str, Floats]]]:
    """Return what is sent and what arrives of it, and what the nodes at both ends get."""
    arriving = flow_kw * (1.0 - line.loss_share)
    ahead, back = flow_kw >= 0, flow_kw < 0
    flows = [
        (line.from_node, np.where(back, -arriving, -flow_kw)),
        (line.to_node, np.where(ahead, arriving, flow_kw)),
    ]
    return {"flow_kw": flow_kw, "arriving_kw": arriving}, flows

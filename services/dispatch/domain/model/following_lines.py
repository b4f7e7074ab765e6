"""Flows of lines that share a mesh, as the plan before had them (§3).

Where one is beyond its limit now all flows of meshes shrink by one share, which Kirchhoff's laws
allow; flows that do not keep these any more (a line was built) are none. The other lines carry what
is lacking or too much (`carrying.py`).
"""

from collections.abc import Mapping, Sequence

import numpy as np

from services.dispatch.domain.model.carrying import in_loops
from services.dispatch.domain.model.last_plan import LastPlan
from services.dispatch.domain.model.loops import closed_by
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import Floats
from services.dispatch.domain.park.network import Line
from services.dispatch.domain.park.problem import ParkProblem

LEAST_KW = 1e-9
LOOP_KW = 1e-4
"""What rounding may have left around a loop."""


def meshed(
    problem: ParkProblem, last: LastPlan
) -> dict[str, tuple[Courses, list[tuple[str, Floats]]]]:
    """Return courses of the lines in loops of reactances, and what these let flow into nodes."""
    inside = in_loops(problem.lines)
    lines = [line for line in problem.lines if line.id in inside]
    flow = {line.id: last.mean(problem.horizon, line.id, "flow_kw") for line in lines}
    share = np.ones(len(problem.horizon))
    for line in lines:
        share = np.where(np.abs(_around(lines, line, flow)) < LOOP_KW, share, 0.0)
        share = np.minimum(share, np.nan_to_num(_share(problem, line, flow[line.id])))
    return {line.id: _carried(line, share * np.nan_to_num(flow[line.id])) for line in lines}


def _around(lines: Sequence[Line], closing: Line, flow_kw: Mapping[str, Floats]) -> Floats:
    """Return what the drops around the loop that a line closes sum up to, as kW of it, (steps,)."""
    drops_kw = [
        along * (one.reactance or 0.0) * (1.0 - one.loss_share / 2.0) * flow_kw[one.id]
        for one, along in closed_by(lines, closing) or ()
    ]
    return np.asarray(np.nan_to_num(sum(drops_kw, np.zeros(1))) / (closing.reactance or 1.0))


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

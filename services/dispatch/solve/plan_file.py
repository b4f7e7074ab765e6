"""The plan document (docs/dispatch.md §11)."""

import json
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import numpy as np

from services.dispatch.domain.explaining.because import Because, Explained
from services.dispatch.domain.model.books import Breach
from services.dispatch.domain.model.planning import Planned, prices_of
from services.dispatch.domain.model.solution import Courses
from services.dispatch.domain.park.horizon import Floats, Horizon

DIGITS = 6


def document_of(plan: Planned, explained: Iterable[Explained] = ()) -> dict[str, Any]:
    """Return the plan as JSON values; money in the problem's currency, earned is negative."""
    return {
        "status": plan.status.value,
        "currency": plan.problem.currency,
        "horizon": _horizon(plan.problem.horizon),
        "cost": {
            "total": _number(plan.books.total),
            "parts": {name: _number(paid) for name, paid in sorted(plan.books.money.items())},
        },
        "violations": [_violation(plan, one) for one in by_cost(plan.books.breaches)],
        "devices": {name: _courses(one) for name, one in plan.schedule.devices.items()},
        "nodes": {name: _courses(one) for name, one in plan.schedule.nodes.items()},
        "prices": {node.id: prices_at(plan, node.id) for node in plan.problem.every_node},
        "solve": _effort(plan),
        "caveats": list(plan.caveats),
        "explanations": [_explained(one) for one in explained],
    }


def text_of(document: Mapping[str, Any]) -> str:
    """Return the document as it is written: one line a field, series on one line."""
    return _indented(document, 0) + "\n"


def by_cost(breaches: Iterable[Breach]) -> list[Breach]:
    """Return violations, the dearest first."""
    return sorted(breaches, key=lambda one: (-one.cost, one.step or 0, one.who))


def prices_at(plan: Planned, node: str) -> list[float | None]:
    """Return what one more kWh at a node costs in each step; None where nobody knows."""
    if (prices := prices_of(plan)) is None:
        return [None] * len(plan.problem.horizon)
    return _series(prices.at(node))


def _horizon(horizon: Horizon) -> dict[str, Any]:
    return {
        "start": _time(horizon.start),
        "begins_h": _series(horizon.begins_h),
        "hours": _series(horizon.hours),
    }


def _violation(plan: Planned, breach: Breach) -> dict[str, Any]:
    at = None if breach.step is None else plan.problem.horizon.at(breach.step)
    return {
        "limit": breach.limit.value,
        "who": breach.who,
        "step": breach.step,
        "at": _time(at),
        "size": _number(breach.size),
        "unit": breach.unit,
        "cost": _number(breach.cost),
    }


def _effort(plan: Planned) -> dict[str, Any]:
    return {
        "build_s": round(plan.effort.build_s, 4),
        "solve_s": round(plan.effort.solve_s, 4),
        "gap": _share(plan.gap),
        "gap_without_violations": _share(plan.gap_without_violations),
        "columns": plan.effort.columns,
        "rows": plan.effort.rows,
    }


def _share(gap: float | None) -> float | None:
    return None if gap is None else _number(gap)


def _explained(one: Explained) -> dict[str, Any]:
    return {
        "device": one.device,
        "step": one.step,
        "at": _time(one.at),
        "does": {name: _number(value) for name, value in one.does.items()},
        "because": [_because(because) for because in one.because],
        "en": one.en,
        "zh": one.zh,
    }


def _because(because: Because) -> dict[str, Any]:
    return {
        "kind": because.kind.value,
        "what": because.what,
        "step": because.step,
        "worth": _number(because.worth),
        "unit": because.unit,
        "en": because.en,
        "zh": because.zh,
    }


def _courses(courses: Courses) -> dict[str, list[float | None]]:
    return {name: _series(values) for name, values in courses.items()}


def _series(values: Floats) -> list[float | None]:
    return [_number(value) for value in np.asarray(values, np.float64).tolist()]


def _number(value: float) -> float | None:
    """Return a number as it is written; None for what is none."""
    return round(float(value), DIGITS) + 0.0 if math.isfinite(value) else None  # no minus zero


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _indented(value: Any, depth: int) -> str:
    """Objects and lists of objects go over lines; all else stands on one."""
    if isinstance(value, Mapping) and value:
        inside = (
            f"{json.dumps(k, ensure_ascii=False)}: {_indented(v, depth + 1)}"
            for k, v in value.items()
        )
        return _lines("{", inside, "}", depth)
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        return _lines("[", (_indented(one, depth + 1) for one in value), "]", depth)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _lines(opening: str, inside: Iterable[str], closing: str, depth: int) -> str:
    margin = "  " * depth
    return (
        f"{opening}\n" + ",\n".join(f"{margin}  {one}" for one in inside) + f"\n{margin}{closing}"
    )

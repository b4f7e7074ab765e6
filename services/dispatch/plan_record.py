"""What a plan needs to be explained later, in one compressed blob: problem, courses, margins.

The blob is an npz archive; the problem in it is a document of docs/dispatch.md.
"""

import dataclasses
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from services.dispatch.domain.explanation import Reasons
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.marginal import Prices
from services.dispatch.domain.model.planning import Effort, Planned, Status, prices_of
from services.dispatch.domain.model.program import Index, Program
from services.dispatch.domain.model.schedule import Schedule
from services.dispatch.domain.model.search import Solved
from services.dispatch.domain.model.solution import Solution
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.domain.plan import Plan

GROUPS = ("devices", "nodes")
ARRAYS = ("lower", "upper", "cost", "row_lower", "row_upper")
UNKNOWN = "unknown price at "
Archive = Mapping[str, Any]


@dataclass(frozen=True, slots=True, eq=False)
class Explainable:
    """A plan, what its inputs were, and its record (None: made before there were records)."""

    plan: Plan
    reasons: Reasons
    record: bytes | None


def packed(planned: Planned) -> bytes:
    """Return the record of a plan."""
    arrays: dict[str, Any] = {
        "problem": _bytes(dataclasses.asdict(planned.problem)),
        "head": _bytes({"status": planned.status.value, "money": dict(planned.books.money)}),
    }
    for group in GROUPS:
        for device, courses in getattr(planned.schedule, group).items():
            for series, values in courses.items():
                arrays[json.dumps([group, device, series])] = values
    if planned.solved is not None:
        arrays |= _margins(planned.solved)
    if (prices := prices_of(planned)) is not None:
        arrays |= {f"{UNKNOWN}{node}": steps for node, steps in prices.unknown.items()}
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def unpacked(record: bytes) -> Planned:
    """Return the plan of a record; its books hold what was paid, without single breaches."""
    from services.dispatch.solve.problem_file import problem_from

    with np.load(io.BytesIO(record), allow_pickle=False) as archive:
        problem = problem_from(bytes(archive["problem"]))
        head = json.loads(bytes(archive["head"]))
        books = Books(problem)
        books.money.update(head["money"])
        solved = _solved(archive, problem)
        return Planned(
            problem,
            Status(head["status"]),
            _schedule(archive),
            books,
            solved,
            Effort(),
            (),
            _prices(archive, solved),
        )


def _margins(solved: Solved) -> dict[str, Any]:
    """Return the arrays of a solution and its program."""
    solution, program = solved.solution, solved.solution.program
    matrix = program.matrix.tocsr()
    names = {"columns": _spans(program.columns), "rows": _spans(program.rows)}
    return {
        **{name: getattr(program, name) for name in ARRAYS},
        "data": matrix.data,
        "indices": matrix.indices,
        "indptr": matrix.indptr,
        "values": solution.values,
        "duals": solution.duals,
        "names": _bytes(names),
        "solved": np.array([solved.cost, solved.bound, float(solved.proven)]),
    }


def _solved(archive: Archive, problem: ParkProblem) -> Solved | None:
    if "values" not in archive:
        return None
    names = json.loads(bytes(archive["names"]))
    columns, rows = len(archive["lower"]), len(archive["row_lower"])
    parts = archive["data"], archive["indices"], archive["indptr"]
    given = {name: archive[name] for name in ARRAYS}
    program = Program(
        matrix=csr_matrix(parts, shape=(rows, columns)),
        integer=np.zeros(0, np.int64),
        columns=_indexes(names["columns"]),
        rows=_indexes(names["rows"]),
        **given,
    )
    cost, bound, proven = archive["solved"].tolist()
    solution = Solution(problem, program, archive["values"], archive["duals"])
    return Solved(solution, cost, bound, bool(proven))


def _prices(archive: Archive, solved: Solved | None) -> Prices | None:
    """Return where nobody knows a price; None: a record that does not say."""
    named = [name for name in archive if name.startswith(UNKNOWN)]
    if solved is None or not named:
        return None
    unknown = {name.removeprefix(UNKNOWN): archive[name] for name in named}
    return Prices(solved.solution, unknown)


def _schedule(archive: Archive) -> Schedule:
    schedule = Schedule()
    for name in archive:
        if name.startswith("["):
            group, device, series = json.loads(name)
            getattr(schedule, group).setdefault(device, {})[series] = archive[name]
    return schedule


def _spans(named: Mapping[str, Index]) -> dict[str, list[int]]:
    """Return each block as its first number and its length: blocks are consecutive."""
    return {name: [int(index[0]) if len(index) else 0, len(index)] for name, index in named.items()}


def _indexes(spans: Mapping[str, list[int]]) -> dict[str, Index]:
    return {name: np.arange(first, first + count) for name, (first, count) in spans.items()}


def _bytes(content: Any) -> Any:
    text = json.dumps(content, default=_json, separators=(",", ":"))
    return np.frombuffer(text.encode(), np.uint8)


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} does not belong into a record")

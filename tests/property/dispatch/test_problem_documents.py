"""Whatever stands in a problem document: it is planned, or every mistake is told with its path."""

import copy
import json
import random
from typing import Any

from services.dispatch.domain.judge import faults as judge
from services.dispatch.domain.model.planning import planned
from services.dispatch.domain.park.problem import Mistake
from services.dispatch.domain.solver import solve
from services.dispatch.solve.plan_file import document_of, text_of
from services.dispatch.solve.problem_file import BadProblem, problem_from
from tests.support.builders import REPOSITORY

DOCUMENTS = 300
FACTORY = json.loads((REPOSITORY / "docs/examples/dispatch/factory.json").read_text("utf-8"))
CHP = {
    "id": "chp",
    "input_node": "gas",
    "outputs": [{"node": "heat", "ratio": 0.5}, {"node": "electricity", "ratio": [0.3] * 24}],
    "most_kw": 50,
    "least_kw": 10,
}
AN_HOUR = {"duration_h": 1, "latest_end_h": 12}
MORE = {
    "nodes": [{"id": "heat", "carrier": "heat", "surplus_price": 0.1}],
    "supplies": [{"id": "pipe", "node": "gas", "price": 0.3, "limit_kw": 90}],
    "units": [CHP],
    "processes": [
        {"id": "dry", "flows_kw": {"heat": [3, 4]}, "duration_h": 2, "latest_end_h": 9},
        {"id": "press", "after": "dry", "flows_kw": {"heat": [3]}, **AN_HOUR},
    ],
    "queues": [{"id": "jobs", "arriving_kwh": 2, "patience_h": 3, "power_kw": 9}],
    "reserve": {"hours": 2, "stores": ["battery"]},
    "former": {"power_kw": {"chp": 4}, "committed_h": 1},
    "carbon": {"price_per_kg": 0.1, "caps": [{"limit_kg": 5, "to_h": 4}]},
}
JUNK: tuple[Any, ...] = (
    *(None, True, -1, 0, 1e-9, 1.5, 1e9, 10**30, float("nan"), float("inf")),
    *("", "x", "electricity", "battery"),
    *([], {}, [1], [None], [[1]], {"a": 1}, {"id": 1}, [{"id": "battery"}]),
)


def spoiled(draw: random.Random) -> Any:
    """The factory and more, with something odd in up to three places."""
    document = copy.deepcopy(FACTORY | MORE)
    for _ in range(draw.randint(1, 3)):
        place = document
        while True:
            key = draw.choice(list(place) if isinstance(place, dict) else range(len(place)))
            inside = place[key]
            if not isinstance(inside, dict | list) or not inside or draw.random() < 0.2:
                break
            place = inside
        if draw.random() < 0.2:
            del place[key]
        else:
            place[key] = copy.deepcopy(draw.choice(JUNK))
    return document


def test_the_document_that_is_spoiled_is_a_problem_itself() -> None:
    assert len(problem_from(json.dumps(FACTORY | MORE).encode()).horizon) == 24


def mistakes_of(content: bytes) -> list[Mistake]:
    """Plan and write the plan; what is told where the document is refused."""
    try:
        problem = problem_from(content)
    except BadProblem as bad:
        return bad.mistakes
    assert json.loads(text_of(document_of(planned(problem, solve, 1.0, judge))))["devices"]
    return []


def test_whatever_stands_in_a_document_it_is_planned_or_its_mistakes_are_told() -> None:
    contents = [json.dumps(spoiled(random.Random(seed))).encode() for seed in range(DOCUMENTS)]

    refused = [told for content in contents if (told := mistakes_of(content))]

    assert all(mistake.path and mistake.text for told in refused for mistake in told)
    assert DOCUMENTS / 20 < len(refused) < DOCUMENTS * 19 / 20

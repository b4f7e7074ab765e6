"""What a reserve is refused: stores and critical loads that are not of electricity (§8.3)."""

import json
from typing import Any

import pytest

from services.dispatch.solve.problem_file import BadProblem, problem_from

HEATED: dict[str, Any] = {
    "horizon": {"steps": 4, "step_h": 1},
    "loads": [
        {"id": "pumps", "power_kw": 5, "critical": True},
        {"id": "ward", "node": "heat", "power_kw": 5, "critical": True},
    ],
    "stores": [
        {"id": "hot", "node": "heat", "highest_kwh": 9, "start_kwh": 9}
        | {"charge_kw": 1, "discharge_kw": 1}
    ],
}


def test_a_reserve_is_refused_what_is_not_electric() -> None:
    document = HEATED | {"reserve": {"hours": 2, "stores": ["hot", "gone"]}}

    with pytest.raises(BadProblem) as bad:
        problem_from(json.dumps(document).encode())

    assert [str(mistake) for mistake in bad.value.mistakes] == [
        "loads[1].critical: 'ward' takes heat, and a reserve carries electric loads: leave critical"
        " out here, and mark the electric loads that it depends on",
        "reserve.stores[0]: 'hot' is a store of heat, and a reserve carries electric loads: name"
        " stores at electric nodes only",
        "reserve.stores[1]: no store 'gone'",
    ]


def test_without_a_reserve_a_critical_load_of_any_carrier_is_one_that_is_not_given_up() -> None:
    park = problem_from(json.dumps(HEATED).encode())

    assert [load.critical for load in park.loads] == [True, True]

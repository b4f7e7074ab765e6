"""What Simulate and Frontier refuse before they plan, and how mistakes of a document are told."""

from datetime import timedelta
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.model.planning import Status
from services.dispatch.domain.park.problem import Mistake
from services.dispatch.settings import Settings
from services.dispatch.simulation_requests import MOST_BYTES, BadDocument, limit_s, mistakes_in
from services.dispatch.simulation_rpc import STATUSES, micros
from services.runtime.refusals import as_status
from tests.support.builders import DEMO_PARK_FILE

SETTINGS = Settings(park=DEMO_PARK_FILE)


def a_span(seconds: float) -> Duration:
    span = Duration()
    span.FromTimedelta(timedelta(seconds=seconds))
    return span


def told(request: pb.SimulateRequest | pb.FrontierRequest) -> dict[str, str]:
    return {mistake.field: mistake.text for mistake in mistakes_in(request, SETTINGS)}


def refused(**more: Any) -> dict[str, str]:
    """What is told of a frontier request with a document and something else."""
    return told(pb.FrontierRequest(**({"problem_json": b"{}"} | more)))


def test_a_document_alone_is_enough_and_has_ten_seconds() -> None:
    request = pb.SimulateRequest(problem_json=b"{}")

    assert told(request) == {}
    assert limit_s(request, SETTINGS) == 10.0


def test_a_call_may_ask_for_its_own_time_up_to_a_minute() -> None:
    request = pb.SimulateRequest(problem_json=b"{}", time_limit=a_span(60))

    assert told(request) == {}
    assert limit_s(request, SETTINGS) == 60.0


@pytest.mark.parametrize("seconds", [0.0, -1.0, 60.5])
def test_no_time_and_more_than_a_minute_are_refused(seconds: float) -> None:
    text = f"{seconds:g} s is not above 0 and at most 60 s; absent is 10 s"

    assert refused(time_limit=a_span(seconds)) == {"time_limit": text}


def test_a_document_of_8_mib_is_read_and_a_byte_more_is_refused_with_the_bound() -> None:
    assert refused(problem_json=b" " * MOST_BYTES) == {}

    (text,) = refused(problem_json=b" " * (MOST_BYTES + 1)).values()

    assert text.startswith("has 8388609 bytes, at most 8388608 (8 MiB)")


def test_a_request_is_told_all_it_gets_wrong_at_once() -> None:
    found = refused(problem_json=b"", time_limit=a_span(99), point_count=1)

    assert set(found) == {"problem_json", "time_limit", "point_count"}


@pytest.mark.parametrize("count", [0, 2, 20])
def test_a_frontier_has_2_to_20_points_or_as_many_as_usual(count: int) -> None:
    assert refused(point_count=count) == {}


@pytest.mark.parametrize("count", [-1, 1, 21])
def test_other_numbers_of_points_are_refused(count: int) -> None:
    assert refused(point_count=count) == {"point_count": f"{count} is not in 2..20; 0 means 5"}


def test_mistakes_of_the_document_stand_at_their_paths_in_it() -> None:
    bad = BadDocument(
        [Mistake("loads[0].power_kw", "is missing"), Mistake("problem", "is no JSON")]
    )

    assert [(one.field, one.text) for one in bad.mistakes] == [
        ("problem_json.loads[0].power_kw", "is missing"),
        ("problem_json", "is no JSON"),
    ]
    assert str(bad) == (
        "2 mistakes in the problem document; problem_json.loads[0].power_kw: is missing"
    )


def test_a_thousand_mistakes_fit_the_trailers_of_a_call_and_the_rest_is_counted() -> None:
    bad = BadDocument([Mistake(f"loads[{k}].id", "is empty: give it a name") for k in range(1000)])

    shown, rest = bad.mistakes[:-1], bad.mistakes[-1]
    assert len(shown) > 50
    assert (rest.field, rest.text.split(";")[0]) == (
        "problem_json",
        f"{1000 - len(shown)} more mistakes",
    )
    assert as_status(bad).ByteSize() < 6000


def test_a_mistake_quotes_neither_half_a_character_nor_a_novel() -> None:
    bad = BadDocument([Mistake("loads[0].\ud800", "x" * 1000)])

    (one,) = bad.mistakes
    assert one.field == "problem_json.loads[0].?"
    assert len(one.text) == 300
    assert as_status(bad).details


def test_every_way_that_a_plan_comes_to_be_has_a_name_on_the_wire() -> None:
    assert {pb.SimulationStatus.Name(wire) for wire in STATUSES.values()} == {
        f"SIMULATION_STATUS_{status.name}" for status in Status
    }
    assert set(STATUSES) == set(Status)


def test_money_is_millionths_as_far_as_these_are_counted() -> None:
    assert micros(-1.5) == -1_500_000
    assert micros(9.2e12) == 9_200_000_000_000_000_000
    assert micros(1e13) is None
    assert micros(float("nan")) is None


@pytest.mark.parametrize(("usual_s", "longest_s"), [(0.0, 60.0), (61.0, 60.0)])
def test_settings_without_time_for_a_simulation_are_refused(
    usual_s: float, longest_s: float
) -> None:
    with pytest.raises(ValueError, match="PARKFLOW_SIMULATION_TIME_LIMIT_S"):
        Settings(
            park=DEMO_PARK_FILE,
            simulation_time_limit_s=usual_s,
            simulation_longest_s=longest_s,
        )


def test_less_memory_than_a_small_problem_takes_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 268435456"):
        Settings(park=DEMO_PARK_FILE, simulation_memory_bytes=2**20)

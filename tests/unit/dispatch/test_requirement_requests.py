"""What a requirement holds is bounded: each plan carries it in memory, many in their caveats."""

import pytest

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.requirement_requests import LARGEST_BYTES, cancel_mistakes, mistakes_in
from tests.support.builders import MORNING
from tests.support.requirements import a_run, a_target
from tests.unit.dispatch.builders import PLANT

MEGABYTE = 1_000_000


def named(request: pb.SetRequirementRequest) -> list[str]:
    return [one.field for one in mistakes_in(PLANT, request, MORNING)]


def a_run_at(node: str) -> pb.SetRequirementRequest:
    request: pb.SetRequirementRequest = a_run()
    request.process_run.node_id = node
    return request


def test_a_node_is_named_in_few_words() -> None:
    assert named(a_run_at("n" * 128)) == []
    assert named(a_run_at("n" * 129)) == ["process_run.node_id"]


@pytest.mark.parametrize(
    "request_",
    [
        a_run_at("n" * MEGABYTE),
        a_target(user="li" + " " * MEGABYTE),
        pb.SetRequirementRequest.FromString(
            a_target().SerializeToString() + b"\xfa\x01\xff\x7f" + b"x" * 16383
        ),
    ],
    ids=["a long name", "a long blank", "a field that nobody knows"],
)
def test_a_requirement_has_a_size(request_: pb.SetRequirementRequest) -> None:
    assert request_.ByteSize() > LARGEST_BYTES
    assert named(request_) == ["what"]


def test_the_largest_sound_requirement_is_taken() -> None:
    request = a_run(user="李" * 128, reason="因" * 1000, idempotency_key="k" * 128)
    request.process_run.process_id = "洗" * 128
    request.process_run.power_w[:] = [1.0] * 672

    assert named(request) == []


def test_who_ends_a_requirement_is_said_in_few_words() -> None:
    request = pb.CancelRequirementRequest(requirement_id="r", user="wang" + " " * 125)

    assert [one.field for one in cancel_mistakes(request)] == ["user"]

"""What a service refuses carries a status, a sentence and machine-readable details."""

from __future__ import annotations

import grpc
from google.rpc import error_details_pb2

from services.runtime.refusals import (
    Conflict,
    Exhausted,
    FieldMistake,
    InvalidFields,
    NotBuilt,
    NotFound,
    OutOfRange,
    TooLate,
    Unavailable,
    as_status,
)


def test_every_wrong_field_is_named_in_the_details() -> None:
    refusal = InvalidFields([FieldMistake("step", "is zero"), FieldMistake("park_id", "is empty")])

    status = as_status(refusal)
    details = error_details_pb2.BadRequest()
    status.details[0].Unpack(details)

    assert status.code == grpc.StatusCode.INVALID_ARGUMENT.value[0]
    assert [violation.field for violation in details.field_violations] == ["step", "park_id"]
    assert "step: is zero" in status.message


def test_each_kind_has_its_status() -> None:
    kinds = {
        NotFound("park", "x"): grpc.StatusCode.NOT_FOUND,
        Conflict("no"): grpc.StatusCode.FAILED_PRECONDITION,
        Unavailable("later"): grpc.StatusCode.UNAVAILABLE,
        Exhausted("too much"): grpc.StatusCode.RESOURCE_EXHAUSTED,
        TooLate("too long"): grpc.StatusCode.DEADLINE_EXCEEDED,
        OutOfRange("gone"): grpc.StatusCode.OUT_OF_RANGE,
        NotBuilt("not yet"): grpc.StatusCode.UNIMPLEMENTED,
    }

    for refusal, code in kinds.items():
        assert as_status(refusal).code == code.value[0]

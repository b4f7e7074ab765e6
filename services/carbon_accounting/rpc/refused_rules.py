"""A refusal of the rules on the wire: FAILED_PRECONDITION, with rule, field, value and cure."""

from collections.abc import Sequence
from dataclasses import replace

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2

from services.carbon_accounting.domain.certificates.refusal import Refused
from services.runtime.refusals import Refusal

TEXT_BYTES = 1_200


class BrokenRules(Refusal):
    """What is asked for is right in form and against the rules; everything is named at once."""

    status = grpc.StatusCode.FAILED_PRECONDITION

    def __init__(self, refused: Sequence[Refused]) -> None:
        self.refused = tuple(fitting(refused))
        super().__init__("; ".join(one.text for one in self.refused))

    def details(self) -> list[AnyMessage]:
        """Return the rules (PreconditionFailure) and the fields (BadRequest)."""
        broken = [
            error_details_pb2.PreconditionFailure.Violation(
                type=str(one.rule), subject=f"{one.field} {one.value}", description=one.cure
            )
            for one in self.refused
        ]
        fields = [
            error_details_pb2.BadRequest.FieldViolation(
                field=one.field, description=f"{one.value!r}: {one.why}"
            )
            for one in self.refused
        ]
        return [
            _packed(error_details_pb2.PreconditionFailure(violations=broken)),
            _packed(error_details_pb2.BadRequest(field_violations=fields)),
        ]


def _packed(message: object) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed


def fitting(refused: Sequence[Refused]) -> list[Refused]:
    """Return as many refusals as an error can carry; the last says how many more there are.

    Each stands in it three times, and gRPC's clients take 8 KiB of trailers.
    """
    told, left = list[Refused](), TEXT_BYTES
    for number, one in enumerate(refused, start=1):
        left -= len(one.text.encode())
        told.append(one)
        if left < 0 and number < len(refused):
            more = f"{one.cure}; and {len(refused) - number} more refusals"
            return [*told[:-1], replace(one, cure=more)]
    return told

"""A refusal of the rules on the wire: FAILED_PRECONDITION, with rule, field, value and cure."""

from collections.abc import Sequence

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import error_details_pb2

from services.carbon_accounting.domain.certificates.refusal import Refused
from services.runtime.refusals import Refusal


class BrokenRules(Refusal):
    """What is asked for is right in form and against the rules; everything is named at once."""

    status = grpc.StatusCode.FAILED_PRECONDITION

    def __init__(self, refused: Sequence[Refused]) -> None:
        super().__init__("; ".join(one.text for one in refused))
        self.refused = tuple(refused)

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

"""What a service answers when it will not: one table to gRPC status codes (§7)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.rpc import code_pb2, error_details_pb2, status_pb2

MESSAGE_BYTES, DETAIL_BYTES, FRAME_BYTES = 1_200, 4_096, 8
"""A status travels in trailers, of which gRPC's clients take 8 KiB: text and details of it."""


@dataclass(frozen=True)
class FieldMistake:
    """One wrong field of a request: which, what was sent, what would be right."""

    field: str
    text: str


class Refusal(Exception):
    """A request that is answered with an error the client can act on."""

    status = grpc.StatusCode.UNKNOWN

    def details(self) -> list[AnyMessage]:
        """Return the google.rpc details."""
        return []


class InvalidFields(Refusal):
    """The request is wrong; every mistake is named at once."""

    status = grpc.StatusCode.INVALID_ARGUMENT

    def __init__(self, mistakes: Sequence[FieldMistake]) -> None:
        text = "; ".join(f"{m.field}: {m.text}" for m in mistakes)
        if len(text.encode()) > MESSAGE_BYTES:
            first = f"{mistakes[0].field}: {mistakes[0].text}"
            text = f"{len(mistakes)} mistakes; the first is {first[: MESSAGE_BYTES // 4]}"
        super().__init__(text)
        self.mistakes = list(mistakes)

    def details(self) -> list[AnyMessage]:
        """Return a BadRequest with every field violation, or as many as fit and how many more."""
        violations = [
            error_details_pb2.BadRequest.FieldViolation(field=m.field, description=m.text)
            for m in self._told()
        ]
        return [_packed(error_details_pb2.BadRequest(field_violations=violations))]

    def _told(self) -> Iterator[FieldMistake]:
        left = DETAIL_BYTES
        for number, one in enumerate(self.mistakes):
            left -= len(one.field.encode()) + len(one.text.encode()) + FRAME_BYTES
            if left < 0:
                yield FieldMistake(one.field, f"and {len(self.mistakes) - number} more mistakes")
                return
            yield one


def invalid_field(field: str, text: str) -> InvalidFields:
    """Return the refusal of one wrong field."""
    return InvalidFields([FieldMistake(field, text)])


class NotFound(Refusal):
    """What was asked for does not exist (or not for this park)."""

    status = grpc.StatusCode.NOT_FOUND

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"no {kind} {name!r}")
        self.kind, self.name = kind, name

    def details(self) -> list[AnyMessage]:
        """Return a ResourceInfo."""
        return [
            _packed(
                error_details_pb2.ResourceInfo(resource_type=self.kind, resource_name=self.name)
            )
        ]


def check_park(asked: str, own: str, mistakes: Sequence[FieldMistake] = ()) -> None:
    """Refuse a request with mistakes, without a park, or for another one than is served here."""
    if not asked:
        missing = FieldMistake("park_id", f"is empty; this service serves {own!r}")
        mistakes = [missing, *mistakes]
    if mistakes:
        raise InvalidFields(mistakes)
    if asked != own:
        raise NotFound("park", asked)


class Forbidden(Refusal):
    """Whoever calls may not do or see it. `reason` is for programs, in capitals."""

    status = grpc.StatusCode.PERMISSION_DENIED

    def __init__(self, reason: str, text: str, **metadata: str) -> None:
        super().__init__(text)
        self.reason, self.metadata = reason, metadata

    def details(self) -> list[AnyMessage]:
        """Return an ErrorInfo."""
        told = error_details_pb2.ErrorInfo(reason=self.reason, domain="parkflow")
        told.metadata.update(self.metadata)
        return [_packed(told)]


class Conflict(Refusal):
    """The state does not allow it now."""

    status = grpc.StatusCode.FAILED_PRECONDITION


class AlreadyThere(Refusal):
    """Something else exists by this name or number."""

    status = grpc.StatusCode.ALREADY_EXISTS


class Unavailable(Refusal):
    """Something it needs is away; try again."""

    status = grpc.StatusCode.UNAVAILABLE

    def details(self) -> list[AnyMessage]:
        """Return a RetryInfo of one second."""
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromSeconds(1)
        return [_packed(retry)]


class Exhausted(Refusal):
    """Too much is asked at once; try again when less is."""

    status = grpc.StatusCode.RESOURCE_EXHAUSTED

    def details(self) -> list[AnyMessage]:
        """Return a RetryInfo of one second."""
        retry = error_details_pb2.RetryInfo()
        retry.retry_delay.FromSeconds(1)
        return [_packed(retry)]


class TooLate(Refusal):
    """The caller's deadline does not suffice for what is asked."""

    status = grpc.StatusCode.DEADLINE_EXCEEDED


class OutOfRange(Refusal):
    """What is asked for lies beyond what is still kept."""

    status = grpc.StatusCode.OUT_OF_RANGE


class NotBuilt(Refusal):
    """It does not exist yet; no made-up answer is given."""

    status = grpc.StatusCode.UNIMPLEMENTED


def as_status(refusal: Refusal) -> status_pb2.Status:
    """Return the rich status of a refusal."""
    code = getattr(code_pb2, refusal.status.name)
    return status_pb2.Status(code=code, message=str(refusal), details=refusal.details())


def _packed(message: object) -> AnyMessage:
    packed = AnyMessage()
    packed.Pack(message)
    return packed

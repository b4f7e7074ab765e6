"""What requests must be, whatever they ask: instants that exist, texts without NUL.

And what many of them have in common: the size of a page, an instant that may be absent, and who
decides something and why.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.refusals import FieldMistake, InvalidFields

MOST_REPEATED = 100_000
"""Elements of one field; each is looked at beside everything else that is answered."""


def check_well_formed(request: Message) -> None:
    """Refuse a request with every field that holds what nobody can use."""
    if mistakes := list(_mistakes(request, "")):
        raise InvalidFields(mistakes)


def _mistakes(message: Message, place: str) -> Iterator[FieldMistake]:
    for field, content in message.ListFields():
        if field.type not in (FieldDescriptor.TYPE_MESSAGE, FieldDescriptor.TYPE_STRING):
            continue
        if isinstance(content, str | Message):
            yield from _of_value(content, f"{place}{field.name}")
            continue
        if len(content) > MOST_REPEATED:
            what = f"has {len(content)} elements; give {MOST_REPEATED} at most"
            yield FieldMistake(f"{place}{field.name}", what)
            continue
        for number, value in enumerate(content):
            yield from _of_value(value, f"{place}{field.name}[{number}]")


def _of_value(value: Any, place: str) -> Iterator[FieldMistake]:
    if isinstance(value, str):
        if "\x00" in value:
            yield FieldMistake(place, "holds a NUL character; leave it out")
    elif isinstance(value, Timestamp | Duration):
        try:
            value.ToDatetime(UTC) if isinstance(value, Timestamp) else value.ToTimedelta()
        except (ValueError, OverflowError) as mistake:
            what = "an instant of the years 1 to 9999" if isinstance(value, Timestamp) else "a span"
            yield FieldMistake(place, f"is not {what}: {mistake}")
    else:
        yield from _mistakes(value, f"{place}.")


def page_mistakes(size: int, largest: int) -> list[FieldMistake]:
    """Return what is wrong with the size of a page; 0 asks for the usual one."""
    if 0 <= size <= largest:
        return []
    return [FieldMistake("page_size", f"{size} is not in 0..{largest}; 0 means the usual")]


def page_size(size: int, usual: int, largest: int) -> int:
    """Return how many rows a page has; InvalidFields when too many are asked for."""
    if mistakes := page_mistakes(size, largest):
        raise InvalidFields(mistakes)
    return size or usual


def moment_of(request: Any, field: str) -> datetime | None:
    """Return an instant of a well-formed request, None where it is absent."""
    if not request.HasField(field):
        return None
    moment: datetime = getattr(request, field).ToDatetime(tzinfo=UTC)
    return moment


def who_mistakes(
    request: Any, key: str, longest_name: int, longest_reason: int
) -> Iterator[FieldMistake]:
    """Yield what is wrong with the user, the reason and the key (a field) of a decision."""
    if not request.user.strip() or len(request.user) > longest_name:
        yield FieldMistake("user", f"say who, in 1 to {longest_name} characters")
    if not request.reason.strip() or len(request.reason) > longest_reason:
        yield FieldMistake("reason", f"say why, in 1 to {longest_reason} characters")
    if len(getattr(request, key)) > longest_name:
        yield FieldMistake(key, f"has more than {longest_name} characters")

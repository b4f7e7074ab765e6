"""What every request must be, whatever it asks: instants that exist, texts without NUL."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.refusals import FieldMistake, InvalidFields


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

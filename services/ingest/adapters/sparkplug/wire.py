"""The Sparkplug B payload as a protobuf class, from its published field numbers.

Sparkplug specification 3.0, chapter 6. Only what ingest reads or writes is named; anything else in
a payload is skipped. It is not a contract of ours, so it does not stand among our protos.
"""

from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass

PACKAGE = "sparkplug_b"
U32, U64 = FieldDescriptorProto.TYPE_UINT32, FieldDescriptorProto.TYPE_UINT64
FLOAT, DOUBLE = FieldDescriptorProto.TYPE_FLOAT, FieldDescriptorProto.TYPE_DOUBLE
BOOL, STRING = FieldDescriptorProto.TYPE_BOOL, FieldDescriptorProto.TYPE_STRING
BYTES = FieldDescriptorProto.TYPE_BYTES

Field = tuple[int, str, Any]  # number, name, type; a text as type names a message, "[…]" many
VALUE: list[Field] = [
    (0, "int_value", U32),
    (1, "long_value", U64),
    (2, "float_value", FLOAT),
    (3, "double_value", DOUBLE),
    (4, "boolean_value", BOOL),
    (5, "string_value", STRING),
]


def _value_from(first: int) -> list[Field]:
    return [(first + step, name, kind) for step, name, kind in VALUE]


MESSAGES: dict[str, tuple[list[Field], list[Field]]] = {  # name: plain fields, fields of `value`
    "Payload": ([(1, "timestamp", U64), (2, "metrics", "[Metric]"), (3, "seq", U64)], []),
    "Metric": (
        [
            (1, "name", STRING),
            (2, "alias", U64),
            (3, "timestamp", U64),
            (4, "datatype", U32),
            (5, "is_historical", BOOL),
            (7, "is_null", BOOL),
            (9, "properties", "PropertySet"),
        ],
        [*_value_from(10), (16, "bytes_value", BYTES)],
    ),
    "PropertySet": ([(1, "keys", "[string]"), (2, "values", "[PropertyValue]")], []),
    "PropertyValue": ([(1, "type", U32), (2, "is_null", BOOL)], _value_from(3)),
}


def _message(name: str, plain: list[Field], value: list[Field]) -> DescriptorProto:
    message = DescriptorProto(name=name)
    if value:
        message.oneof_decl.add(name="value")
    for number, field, kind in plain:
        _add(message, number, field, kind)
    for number, field, kind in value:
        _add(message, number, field, kind).oneof_index = 0
    return message


def _add(message: DescriptorProto, number: int, name: str, kind: Any) -> Any:
    field = message.field.add(name=name, number=number)
    field.label = FieldDescriptorProto.LABEL_OPTIONAL
    if isinstance(kind, str) and kind.startswith("["):
        field.label = FieldDescriptorProto.LABEL_REPEATED
        kind = STRING if kind == "[string]" else kind.strip("[]")
    if isinstance(kind, str):
        field.type, field.type_name = FieldDescriptorProto.TYPE_MESSAGE, f".{PACKAGE}.{kind}"
    else:
        field.type = kind
    return field


def _payload_class() -> Any:
    file = FileDescriptorProto(name="sparkplug_b.proto", package=PACKAGE, syntax="proto2")
    file.message_type.extend(_message(name, *fields) for name, fields in MESSAGES.items())
    pool = DescriptorPool()
    pool.Add(file)
    return GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.Payload"))


Payload = _payload_class()

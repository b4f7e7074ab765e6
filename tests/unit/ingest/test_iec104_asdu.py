"""What frames of IEC 60870-5-104 say: values, quality, tags, confirmations; or why not."""

import math
import struct
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.readings import FieldQuality
from services.energy.time_grid import from_microseconds
from services.ingest.adapters.iec104 import UTC_ZONE, Address
from services.ingest.adapters.iec104.asdu import (
    Confirmation,
    Garbled,
    Interrogated,
    Shown,
    confirmation_in,
    interrogated_in,
    shown_in,
)

GOOD, QUESTIONABLE, INVALID = FieldQuality.GOOD, FieldQuality.QUESTIONABLE, FieldQuality.INVALID
LONDON = ZoneInfo("Europe/London")


def a_frame(
    type_id: int, *objects: bytes, cause: int = 3, station: int = 7, sequence: bool = False
) -> bytes:
    number = len(objects) | (0x80 if sequence else 0)
    unit = struct.pack("<BBBBH", type_id, number, cause, 0, station) + b"".join(objects)
    return bytes((0x68, len(unit) + 4, 0, 0, 0, 0)) + unit


def at(address: int, element: bytes) -> bytes:
    return address.to_bytes(3, "little") + element


def a_tag(moment: datetime, *, summer: bool = False, invalid: bool = False) -> bytes:
    return struct.pack(
        "<HBBBBB",
        moment.second * 1000 + moment.microsecond // 1000,
        moment.minute | (0x80 if invalid else 0),
        moment.hour | (0x80 if summer else 0),
        moment.day | 0x60,  # a day of the week, which does not matter
        moment.month,
        moment.year - 2000,
    )


def the_one(frame: bytes, zone: ZoneInfo = UTC_ZONE) -> Shown:
    (shown,) = shown_in(frame, zone)
    return shown


@pytest.mark.parametrize(
    ("type_id", "element", "value", "quality"),
    [
        (1, b"\x01", 1.0, GOOD),
        (1, b"\x80", 0.0, INVALID),
        (3, b"\x02", 1.0, GOOD),
        (3, b"\x01", 0.0, GOOD),
        (5, b"\x7f\x00", -1.0, GOOD),
        (5, b"\x05\x40", 5.0, QUESTIONABLE),
        (7, b"\x01\x00\x00\x80\x00", 2**31 + 1.0, GOOD),
        (9, struct.pack("<h", -16384) + b"\x00", -0.5, GOOD),
        (11, struct.pack("<h", -300) + b"\x10", -300.0, QUESTIONABLE),
        (13, struct.pack("<f", 12.5) + b"\x20", 12.5, QUESTIONABLE),
        (13, struct.pack("<f", 12.5) + b"\x01", 12.5, INVALID),
        (15, struct.pack("<i", 123456) + b"\x05", 123456.0, GOOD),
        (15, struct.pack("<i", 1) + b"\x20", 1.0, GOOD),  # it has rolled over
        (15, struct.pack("<i", 1) + b"\x40", 1.0, QUESTIONABLE),  # it was adjusted
        (15, struct.pack("<i", 1) + b"\x80", 1.0, INVALID),
        (21, struct.pack("<h", 16384), 0.5, GOOD),
    ],
)
def test_each_type_has_its_value_and_quality(
    type_id: int, element: bytes, value: float, quality: FieldQuality
) -> None:
    shown = the_one(a_frame(type_id, at(4001, element)))

    assert shown == Shown(Address(7, 4001), value, quality, None)


@pytest.mark.parametrize(
    ("type_id", "element"),
    [(3, b"\x00"), (3, b"\x03"), (13, struct.pack("<f", math.inf) + b"\x00")],
)
def test_what_is_no_number_is_invalid(type_id: int, element: bytes) -> None:
    shown = the_one(a_frame(type_id, at(1, element)))

    assert math.isnan(shown.value)
    assert shown.quality is INVALID


def test_a_tag_is_read_in_the_stations_zone_and_its_summer_bit_decides_the_doubled_hour() -> None:
    local = datetime(2024, 10, 27, 1, 30, 15, 250_000)  # noqa: DTZ001  as the station counts
    value = struct.pack("<f", 1.0) + b"\x00"
    summer = the_one(a_frame(36, at(1, value + a_tag(local, summer=True))), LONDON)
    winter = the_one(a_frame(36, at(1, value + a_tag(local))), LONDON)

    assert summer.tag is not None
    assert winter.tag is not None
    assert from_microseconds(summer.tag.time_us) == datetime(
        2024, 10, 27, 0, 30, 15, 250_000, tzinfo=UTC
    )
    assert from_microseconds(winter.tag.time_us) == datetime(
        2024, 10, 27, 1, 30, 15, 250_000, tzinfo=UTC
    )


def test_a_tag_of_a_clock_that_was_not_set_says_so() -> None:
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    shown = the_one(a_frame(30, at(1, b"\x01" + a_tag(moment, invalid=True))))

    assert shown.tag is not None
    assert not shown.tag.valid
    assert shown.quality is GOOD


def test_a_sequence_numbers_its_objects_from_the_first() -> None:
    first = (4001).to_bytes(3, "little")
    values = [struct.pack("<f", value) + b"\x00" for value in (1.0, 2.0, 3.0)]
    frame = a_frame(13, first + values[0], *values[1:], sequence=True)

    assert [(one.address.object, one.value) for one in shown_in(frame, UTC_ZONE)] == [
        (4001, 1.0),
        (4002, 2.0),
        (4003, 3.0),
    ]


def test_supervisory_and_test_frames_and_commands_show_nothing() -> None:
    assert shown_in(bytes.fromhex("680401000200"), UTC_ZONE) == []
    assert shown_in(a_frame(1, at(1, b"\x01"), cause=3 | 0x80), UTC_ZONE) == []
    assert shown_in(a_frame(50, at(1, struct.pack("<f", 1.0) + b"\x00")), UTC_ZONE) == []


@pytest.mark.parametrize(
    ("cause", "qualifier", "said"),
    [
        (7, 0, Confirmation(Address(7, 9), False, "", False)),
        (7, 0x80, Confirmation(Address(7, 9), True, "", False)),
        (7 | 0x40, 0, Confirmation(Address(7, 9), False, "negative confirmation", False)),
        (10, 0, Confirmation(Address(7, 9), False, "", True)),
        (47 | 0x40, 0, Confirmation(Address(7, 9), False, "unknown object address", False)),
    ],
)
def test_confirmations_say_of_which_command_and_how(
    cause: int, qualifier: int, said: Confirmation
) -> None:
    frame = a_frame(50, at(9, struct.pack("<f", 1.0) + bytes((qualifier,))), cause=cause)

    assert confirmation_in(frame) == said


def test_our_own_command_sent_back_confirms_nothing() -> None:
    frame = a_frame(50, at(9, struct.pack("<f", 1.0) + b"\x00"), cause=6)

    assert confirmation_in(frame) is None


@pytest.mark.parametrize(
    ("cause", "refused"),
    [
        (7, ""),
        (10, ""),
        (7 | 0x40, "negative confirmation"),
        (46 | 0x40, "unknown station"),
        (6, "cause 6"),  # an echo
    ],
)
def test_a_station_confirms_its_interrogation_or_refuses_it(cause: int, refused: str) -> None:
    frame = a_frame(100, at(0, bytes((20,))), cause=cause)

    assert interrogated_in(frame) == Interrogated(7, refused)
    assert confirmation_in(frame) is None
    assert shown_in(frame, UTC_ZONE) == []


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (b"\x68\x04", "are no frame"),
        (a_frame(13, at(1, b"\x00" * 4)), "has 13 bytes, not 14"),
        (a_frame(2, at(1, b"\x00" * 4)), "type 2 is not read"),
        (a_frame(30, at(1, b"\x01" + bytes(7))), "time tag 00000000000000"),
    ],
)
def test_what_cannot_be_read_says_why(frame: bytes, why: str) -> None:
    with pytest.raises(Garbled, match=why):
        shown_in(frame, UTC_ZONE)


@given(st.binary(max_size=40), st.sampled_from([*range(1, 51), 100]))
def test_no_bytes_do_anything_but_be_read_or_be_garbled(content: bytes, type_id: int) -> None:
    for frame in (content, a_frame(type_id, content)):
        for read in (lambda f: shown_in(f, UTC_ZONE), confirmation_in, interrogated_in):
            try:
                read(frame)
            except Garbled:
                continue

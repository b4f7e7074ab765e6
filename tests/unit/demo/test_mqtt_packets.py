"""MQTT 3.1.1 on the wire, byte by byte as in the standard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo.mqtt_broker.packets import (
    Connect,
    Kind,
    Message,
    ProtocolViolation,
    Publish,
    decode_connect,
    decode_publish,
    decode_subscribe,
    decode_unsubscribe,
    encode,
    encode_publish,
)

topics = st.text(st.characters(exclude_characters="+#", exclude_categories=["Cs"]), min_size=1)


def body_of(packet: bytes) -> tuple[int, bytes]:
    """Split a whole packet into its first byte and its body."""
    at = 1
    while packet[at] & 0x80:
        at += 1
    return packet[0], packet[at + 1 :]


def test_a_connect_tells_who_comes_and_for_how_long() -> None:
    body = b"\x00\x04MQTT\x04\x00\x00\x3c\x00\x06ingest"

    assert decode_connect(body) == Connect("ingest", False, 60, None)


def test_a_connect_carries_a_will() -> None:
    body = b"\x00\x04MQTT\x04\x2e\x00\x00\x00\x01d\x00\x01t\x00\x03off"

    assert decode_connect(body) == Connect("d", True, 0, Message("t", b"off", 1, retain=True))


def test_mqtt_5_is_recognised_and_read_no_further() -> None:
    assert decode_connect(b"\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x00").level == 5


def test_a_connect_of_another_protocol_is_a_violation() -> None:
    with pytest.raises(ProtocolViolation, match="not MQTT"):
        decode_connect(b"\x00\x04HTTP\x04\x02\x00\x00\x00\x00")


def test_a_published_message_of_quality_one_has_a_number() -> None:
    assert decode_publish(0b0010, b"\x00\x01t\x00\x07hi") == Publish(Message("t", b"hi", 1), 7)


def test_a_published_message_of_quality_zero_has_none() -> None:
    assert decode_publish(0b0001, b"\x00\x01thi") == Publish(Message("t", b"hi", 0, True), 0)


@pytest.mark.parametrize("topic", ["", "a/+", "a/#"])
def test_nobody_publishes_to_a_filter(topic: str) -> None:
    with pytest.raises(ProtocolViolation, match="no topic"):
        decode_publish(0, len(topic).to_bytes(2, "big") + topic.encode())


def test_quality_two_is_granted_as_one_but_not_taken() -> None:
    assert decode_subscribe(b"\x00\x09\x00\x01a\x02\x00\x01b\x00") == (9, [("a", 1), ("b", 0)])
    with pytest.raises(ProtocolViolation, match="QoS 2"):
        decode_publish(0b0100, b"\x00\x01t\x00\x07hi")


def test_an_unsubscribe_names_its_filters() -> None:
    assert decode_unsubscribe(b"\x00\x03\x00\x01a\x00\x01b") == (3, ["a", "b"])


def test_a_packet_that_ends_too_early_is_a_violation() -> None:
    with pytest.raises(ProtocolViolation, match="ends before"):
        decode_subscribe(b"\x00\x09\x00\x05a")


@pytest.mark.parametrize(
    ("size", "length"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16_383, b"\xff\x7f"),
        (16_384, b"\x80\x80\x01"),
    ],
)
def test_lengths_are_written_in_groups_of_seven_bits(size: int, length: bytes) -> None:
    assert encode(Kind.PINGRESP, 0, bytes(size))[1 : 1 + len(length)] == length


def test_a_repetition_is_marked_so() -> None:
    message = Message("t", b"hi", 1)

    assert encode_publish(message, 7, again=False)[0] == 0x32
    assert encode_publish(message, 7, again=True)[0] == 0x3A


@given(
    topic=topics, payload=st.binary(max_size=300), qos=st.sampled_from([0, 1]), kept=st.booleans()
)
def test_what_is_written_can_be_read(topic: str, payload: bytes, qos: int, kept: bool) -> None:
    message = Message(topic, payload, qos, kept)

    first, body = body_of(encode_publish(message, 5, again=False))

    assert decode_publish(first & 0x0F, body) == Publish(message, 5 * qos)


@given(st.binary(max_size=60))
def test_rubbish_is_a_violation_and_nothing_worse(body: bytes) -> None:
    for decode in (decode_connect, decode_subscribe, decode_unsubscribe):
        try:
            decode(body)
        except ProtocolViolation:
            continue

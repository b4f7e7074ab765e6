"""What a telemetry payload says, and that nothing a device sends can break its reader."""

import json
import math
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ingest.adapters.adapter import Accepted, Refused
from services.ingest.adapters.mqtt.adapter import result_of
from services.ingest.adapters.mqtt.payload import Unreadable, telemetry_of

AT_US = 1_559_599_260_000_000
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


def a_payload(**values: object) -> bytes:
    return json.dumps({"ts": "2019-06-03T22:01:00Z", "values": values}).encode()


def test_each_value_becomes_a_reading_of_its_point() -> None:
    telemetry = telemetry_of("pv", a_payload(active_power_w=-512000.0, generation_energy_wh=81234))

    assert telemetry.readings == [
        ("pv.active_power_w", AT_US, -512_000.0),
        ("pv.generation_energy_wh", AT_US, 81_234.0),
    ]
    assert telemetry.mistakes == []


@pytest.mark.parametrize("value", [None, "12", [1], {"a": 1}, float("nan"), 10**400])
def test_what_is_not_a_number_is_kept_as_not_a_number(value: object) -> None:
    [(_, _, kept)] = telemetry_of("pv", a_payload(active_power_w=value)).readings

    assert math.isnan(kept)


def test_an_offset_is_an_instant_like_any_other() -> None:
    payload = b'{"ts": "2019-06-04T06:01:00+08:00", "values": {"connected": true}}'

    assert telemetry_of("pv", payload).readings == [("pv.connected", AT_US, 1.0)]


@pytest.mark.parametrize(
    ("payload", "words"),
    [
        (b"", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"7", "not an object"),
        (b'{"values": {}}', '"ts" is None'),
        (b'{"ts": 1559599260, "values": {}}', '"ts" is 1559599260'),
        (b'{"ts": "2019-06-03T22:01:00", "values": {}}', "no time zone"),
        (b'{"ts": "0001-01-01T00:00:00+23:59", "values": 1}', '"values"|"ts"'),
        (b'{"ts": "2019-06-03T22:01:00Z"}', '"values" is None'),
        (
            json.dumps({"ts": "2019-06-03T22:01:00Z", "values": {str(i): 1 for i in range(1001)}}),
            "at most 1000",
        ),
    ],
)
def test_an_unreadable_payload_says_what_is_wrong(payload: bytes | str, words: str) -> None:
    content = payload.encode() if isinstance(payload, str) else payload

    with pytest.raises(Unreadable, match=words):
        telemetry_of("pv", content)


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_is_read_or_refused(payload: bytes) -> None:
    with suppress(Unreadable):
        telemetry_of("pv", payload)


@given(st.dictionaries(st.text(max_size=200), JSON))
def test_whatever_the_values_are_each_is_a_reading_or_a_mistake(values: dict[str, object]) -> None:
    telemetry = telemetry_of("pv", a_payload(**values))

    assert len(telemetry.readings) + len(telemetry.mistakes) == len(values)


def test_a_result_says_accepted_or_why_not() -> None:
    good = b'{"setpoint_id": "a", "result": "accepted", "reason": "", "read_back_w": 5}'
    bad = b'{"setpoint_id": "b", "result": "rejected", "reason": "local mode"}'

    assert result_of(good) == ("a", Accepted(5.0))
    assert result_of(bad) == ("b", Refused("local mode"))
    assert result_of(b'{"setpoint_id": "c", "result": "maybe"}')[1] == Refused(
        "unknown result 'maybe'"
    )


@given(st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_a_broken_result_breaks_nothing(payload: bytes) -> None:
    result_of(payload)


@pytest.mark.parametrize("name", [r"\ud800", r"a\u0000b", r"a\nb"])
def test_a_name_that_no_log_can_hold_is_no_quantity(name: str) -> None:
    telemetry = telemetry_of(
        "pv", f'{{"ts": "2019-06-03T22:00:00Z", "values": {{"{name}": 1, "x": 2}}}}'.encode()
    )

    assert [point for point, *_ in telemetry.readings] == ["pv.x"]
    assert "cannot be a quantity" in telemetry.mistakes[0]


def test_a_payload_beyond_all_measure_is_not_read() -> None:
    with pytest.raises(Unreadable, match="at most 1000000 are read"):
        telemetry_of("pv", b"[" * 1_000_001)


def test_a_read_back_beyond_all_numbers_is_none() -> None:
    payload = b'{"setpoint_id": "a", "result": "accepted", "read_back_w": 1' + b"0" * 400 + b"}"

    assert result_of(payload) == ("a", Accepted(None))

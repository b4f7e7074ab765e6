"""Readings found in JSON of any shape; what cannot be read is said, the rest is kept."""

import json
import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.readings import FieldQuality
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.mqtt_json.mapping import (
    Mapping,
    TimeFormat,
    Unreadable,
    document_of,
    pointer,
    samples_of,
    written,
)

AT_US = 1_559_599_260_000_000  # 2019-06-03T22:01:00Z
DOCUMENT = {
    "meter": {"kw": 1.5, "text": "2.5", "on": True, "at": "2019-06-03T22:01:00Z", "a/b~c": 4},
    "stamp_ms": AT_US // 1000,
    "list": [
        {"t": AT_US / 1e6, "v": 1, "ok": True},
        {"t": AT_US / 1e6 + 60, "v": 2, "ok": False},
    ],
}


def a_mapping(value: str, time: str = "/meter/at", **more: Any) -> Mapping:
    for key in ("each", "quality"):
        if key in more:
            more[key] = pointer(more[key])
    return Mapping("m.x", pointer(value), pointer(time), **more)


@pytest.mark.parametrize(
    ("mapping", "value"),
    [
        (a_mapping("/meter/kw", scale=Scale(1000.0)), 1500.0),
        (a_mapping("/meter/text"), 2.5),
        (a_mapping("/meter/on"), 1.0),
        (a_mapping("/meter/a~1b~0c"), 4.0),
        (a_mapping("/meter/kw", scale=Scale(offset=-1.0)), 0.5),
        (a_mapping("/meter/kw", "/stamp_ms", time_format=TimeFormat.MILLISECONDS), 1.5),
    ],
)
def test_a_pointer_finds_a_value_and_its_time(mapping: Mapping, value: float) -> None:
    samples, mistakes = samples_of(DOCUMENT, [mapping])

    assert [(s.event_time_us, s.value) for s in samples] == [(AT_US, value)]
    assert mistakes == []


def test_each_entry_of_a_list_is_a_reading_with_its_own_time_and_quality() -> None:
    mapping = a_mapping("/v", "/t", each="/list", quality="/ok", time_format=TimeFormat.SECONDS)

    samples, _ = samples_of(DOCUMENT, [mapping])

    assert [(s.event_time_us, s.value, s.quality) for s in samples] == [
        (AT_US, 1.0, FieldQuality.GOOD),
        (AT_US + 60_000_000, 2.0, FieldQuality.INVALID),
    ]


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        (a_mapping("/meter/kva"), "nothing at /meter/kva"),
        (a_mapping("/meter/kw/deeper"), "nothing at /meter/kw/deeper"),
        (a_mapping("/meter/kw", "/meter/kw"), "not an instant as iso"),
        (a_mapping("/meter/kw", "/meter/at", time_format=TimeFormat.SECONDS), "not an instant"),
        (a_mapping("/v", "/t", each="/meter"), "not a list"),
    ],
)
def test_what_is_not_there_is_said_and_the_rest_is_kept(mapping: Mapping, words: str) -> None:
    samples, [mistake] = samples_of(DOCUMENT, [mapping, a_mapping("/meter/kw")])

    assert words in mistake
    assert [s.value for s in samples] == [1.5]


@pytest.mark.parametrize("value", [None, {}, [], "many", "nan", math.inf])
def test_what_is_no_number_is_invalid_and_not_zero(value: Any) -> None:
    document = {"v": value, "t": "2019-06-03T22:01:00Z"}

    [sample], _ = samples_of(document, [a_mapping("/v", "/t")])

    assert math.isnan(sample.value)
    assert sample.quality is FieldQuality.INVALID


def test_a_local_time_without_a_zone_is_no_instant() -> None:
    samples, [mistake] = samples_of({"v": 1, "t": "2019-06-03T22:01:00"}, [a_mapping("/v", "/t")])

    assert samples == []
    assert "no time zone" in mistake


def test_a_pointer_begins_with_a_slash() -> None:
    with pytest.raises(ValueError, match="begins with /"):
        pointer("meter/kw")


def test_a_command_is_written_where_the_pointer_says() -> None:
    assert json.loads(written(pointer("/limit/kw"), 3.5)) == {"limit": {"kw": 3.5}}
    assert written((), 3.5) == b"3.5"


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from("tvl0"), inner),
    max_leaves=10,
)


@given(JSON)
def test_no_document_breaks_the_reader(document: Any) -> None:
    mappings = [
        a_mapping("/v", "/t"),
        a_mapping("/v", "/t", each="/l", time_format=TimeFormat.SECONDS),
        a_mapping("/l/0", "/t", time_format=TimeFormat.MILLISECONDS, quality="/v"),
    ]

    samples, mistakes = samples_of(document, mappings)

    assert all(isinstance(text, str) for text in mistakes)
    assert all(math.isfinite(s.value) or s.quality is FieldQuality.INVALID for s in samples)


@given(st.binary(max_size=60))
def test_bytes_that_are_no_json_are_unreadable_and_nothing_worse(content: bytes) -> None:
    with suppress(Unreadable):
        document_of(content)


def test_bytes_that_are_no_json_are_called_so() -> None:
    with pytest.raises(Unreadable, match="not JSON"):
        document_of(b"\x00{")

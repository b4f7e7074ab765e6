"""Which topics a subscription means (MQTT 3.1.1, 4.7)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.demo.mqtt_broker.filters import is_valid, matches

levels = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=4)


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("park/battery/telemetry", "park/battery/telemetry"),
        ("park/+/telemetry", "park/battery/telemetry"),
        ("park/#", "park/battery/telemetry"),
        ("park/#", "park"),
        ("#", "park/battery"),
        ("+/+", "/battery"),
    ],
)
def test_a_filter_means_these(topic_filter: str, topic: str) -> None:
    assert matches(topic_filter, topic)


@pytest.mark.parametrize(
    ("topic_filter", "topic"),
    [
        ("park/+/telemetry", "park/battery/command"),
        ("park/+", "park/battery/telemetry"),
        ("park/+", "park"),
        ("park", "park/battery"),
        ("#", "$SYS/uptime"),
        ("+/uptime", "$SYS/uptime"),
    ],
)
def test_a_filter_does_not_mean_these(topic_filter: str, topic: str) -> None:
    assert not matches(topic_filter, topic)


@pytest.mark.parametrize("topic_filter", ["", "a/#/b", "a#", "a+/b"])
def test_a_wildcard_stands_alone(topic_filter: str) -> None:
    assert not is_valid(topic_filter)


@given(st.lists(levels, min_size=1, max_size=4), st.data())
def test_a_plus_stands_for_any_one_level(topic: list[str], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(topic) - 1))
    topic_filter = "/".join([*topic[:at], "+", *topic[at + 1 :]])

    assert is_valid(topic_filter)
    assert matches(topic_filter, "/".join(topic))
    assert not matches(topic_filter, "/".join([*topic, "more"]))

"""Sparkplug B: values with their own times, names from births, and when to ask for a new one."""

import math
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.energy.readings import FieldQuality
from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.sparkplug import MetricPoint, Place
from services.ingest.adapters.sparkplug.node import Node, Told, Topic, advance, topic_of
from services.ingest.adapters.sparkplug.nodes import Nodes
from services.ingest.adapters.sparkplug.payload import (
    BOOLEAN,
    DOUBLE,
    INT16,
    INT32,
    INT64,
    Unreadable,
    command_payload,
    message_of,
    quality_of,
)
from services.ingest.adapters.sparkplug.wire import Payload

AT_MS = 1_559_599_200_000


def a_payload(*metrics: dict[str, Any], seq: int | None = 0, at_ms: int | None = AT_MS) -> bytes:
    payload = Payload()
    if seq is not None:
        payload.seq = seq
    if at_ms is not None:
        payload.timestamp = at_ms
    for metric in metrics:
        quality = metric.pop("quality", None)
        added = payload.metrics.add(**metric)
        if quality is not None:
            added.properties.keys.append("FieldQuality")
            added.properties.values.add(type=INT32, int_value=quality)
    return payload.SerializeToString()


def told(node: Node, topic: str, *metrics: dict[str, Any], seq: int | None = 0) -> Told:
    parts = topic_of(f"spBv1.0/park/{topic}")
    assert parts is not None
    return advance(node, parts, message_of(a_payload(*metrics, seq=seq)))


def a_live_node() -> Node:
    """A node with one device whose power has alias 7."""
    born = told(Node(), "NBIRTH/edge", {"name": "bdSeq", "long_value": 4}, seq=0).node
    return told(
        born,
        "DBIRTH/edge/rack",
        {"name": "Power", "alias": 7, "datatype": DOUBLE, "double_value": 1.0},
        seq=1,
    ).node


def values(told: Told) -> dict[tuple[str, str | None], float]:
    return {(device, metric.name): metric.value for device, metric in told.metrics}


@pytest.mark.parametrize(
    ("metric", "value"),
    [
        ({"datatype": DOUBLE, "double_value": 1.5}, 1.5),
        ({"datatype": INT16, "int_value": 0xFFFE}, -2.0),
        ({"datatype": INT32, "int_value": 0xFFFFFFFF}, -1.0),
        ({"datatype": INT16, "int_value": 0xFFFFFFFE}, -2.0),  # sign extended by some encoders
        ({"datatype": INT64, "long_value": 2**64 - 3}, -3.0),
        ({"datatype": 7, "int_value": 0xFFFFFFFF}, float(2**32 - 1)),
        ({"datatype": BOOLEAN, "boolean_value": True}, 1.0),
        ({"datatype": 9, "float_value": 0.5}, 0.5),
    ],
)
def test_each_data_type_says_its_number(metric: dict[str, Any], value: float) -> None:
    [found] = message_of(a_payload({"name": "x", **metric})).metrics

    assert (found.value, found.quality) == (value, FieldQuality.GOOD)


@pytest.mark.parametrize(
    "metric",
    [
        {"is_null": True},
        {"string_value": "12"},
        {"double_value": math.nan},
        {"double_value": math.inf},
        {},
    ],
)
def test_what_is_no_number_is_invalid_and_not_zero(metric: dict[str, Any]) -> None:
    [found] = message_of(a_payload({"name": "x", **metric})).metrics

    assert math.isnan(found.value)
    assert found.quality is FieldQuality.INVALID


def test_a_metric_keeps_its_own_time_and_a_kept_one_its_old_time() -> None:
    message = message_of(
        a_payload(
            {"name": "old", "timestamp": AT_MS - 60_000, "is_historical": True, "double_value": 1},
            {"name": "now", "double_value": 2},
        )
    )

    old, now = message.metrics
    assert (old.time_us, old.historical) == ((AT_MS - 60_000) * 1000, True)
    assert (now.time_us, now.historical) == (AT_MS * 1000, False)


def test_without_any_time_there_is_none() -> None:
    [found] = message_of(a_payload({"name": "x", "double_value": 1}, at_ms=None)).metrics

    assert found.time_us is None


@pytest.mark.parametrize(
    ("code", "quality"),
    [(192, FieldQuality.GOOD), (216, FieldQuality.GOOD), (64, FieldQuality.QUESTIONABLE),
     (500, FieldQuality.QUESTIONABLE), (0, FieldQuality.INVALID), (-1, FieldQuality.INVALID)],
)  # fmt: skip
def test_a_quality_code_says_how_good_a_value_is(code: int, quality: FieldQuality) -> None:
    assert quality_of(code) is quality


def test_the_quality_property_is_carried() -> None:
    [found] = message_of(a_payload({"name": "x", "double_value": 1, "quality": 500})).metrics

    assert (found.value, found.quality) == (1.0, FieldQuality.QUESTIONABLE)


def test_names_come_with_births_and_data_may_name_by_alias() -> None:
    said = told(a_live_node(), "DDATA/edge/rack", {"alias": 7, "double_value": 5.0}, seq=2)

    assert values(said) == {("rack", "Power"): 5.0}
    assert said.rebirth_because == ""


def test_a_device_born_before_its_node_is_heard_and_the_node_is_asked_to_begin_anew() -> None:
    said = told(Node(), "DBIRTH/edge/rack", {"name": "Power", "double_value": 5.0}, seq=1)

    assert values(said) == {("rack", "Power"): 5.0}
    assert said.rebirth_because == "device rack was born before its node"


def test_the_sequence_goes_from_255_to_0() -> None:
    node = a_live_node()
    for number in [*range(2, 256), 0, 1]:
        said = told(node, "NDATA/edge", {"name": "t", "double_value": 1.0}, seq=number)
        assert said.rebirth_because == ""
        node = said.node


def test_a_missed_message_asks_for_a_rebirth_and_what_came_is_kept() -> None:
    said = told(a_live_node(), "DDATA/edge/rack", {"alias": 7, "double_value": 5.0}, seq=3)

    assert said.rebirth_because == "sequence 3 came instead of 2"
    assert values(said) == {("rack", "Power"): 5.0}


def test_data_of_a_node_whose_birth_was_not_seen_asks_for_one() -> None:
    said = told(
        Node(),
        "DDATA/edge/rack",
        {"alias": 7, "double_value": 5.0},
        {"name": "Said", "double_value": 6.0},
        seq=9,
    )

    assert said.rebirth_because == "it sends data and its birth was not seen"
    assert said.nameless == 1
    assert values(said) == {("rack", "Said"): 6.0}


def test_an_alias_names_only_metrics_of_its_own_device() -> None:
    said = told(a_live_node(), "DDATA/edge/other", {"alias": 7, "double_value": 5.0}, seq=2)

    assert values(said) == {}
    assert said.rebirth_because == "1 aliases have no name"


def test_a_nodes_death_takes_its_devices_with_it() -> None:
    said = told(a_live_node(), "NDEATH/edge", {"name": "bdSeq", "long_value": 4}, seq=None)

    assert said.died == {"", "rack"}
    assert not said.node.alive


def test_the_death_of_an_earlier_session_says_nothing() -> None:
    node = a_live_node()

    said = told(node, "NDEATH/edge", {"name": "bdSeq", "long_value": 3}, seq=None)

    assert (said.died, said.node) == (frozenset(), node)


def test_a_devices_death_is_its_own() -> None:
    said = told(a_live_node(), "DDEATH/edge/rack", seq=2)

    assert said.died == {"rack"}
    assert said.node.alive


def test_a_rebirth_forgets_the_old_names() -> None:
    born = told(a_live_node(), "NBIRTH/edge", {"name": "bdSeq", "long_value": 5}, seq=0)
    said = told(born.node, "DDATA/edge/rack", {"alias": 7, "double_value": 5.0}, seq=1)

    assert born.died == {"rack"}  # until its own birth follows
    assert values(said) == {}


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("spBv1.0/g/NDATA/n", Topic("g", "NDATA", "n")),
        ("spBv1.0/g/DDATA/n/d", Topic("g", "DDATA", "n", "d")),
        ("spBv1.0/STATE/host", None),
        ("other/g/NDATA/n", None),
    ],
)
def test_a_topic_names_group_kind_node_and_device(text: str, topic: Topic | None) -> None:
    assert topic_of(text) == topic


@pytest.mark.parametrize(
    ("datatype", "value"),
    [(DOUBLE, -2.5), (INT32, -7), (INT64, -7), (7, 9), (BOOLEAN, 1), (9, 0.5)],
)
def test_a_command_reads_back_as_what_was_written(datatype: int, value: float) -> None:
    [metric] = message_of(command_payload("P", value, AT_MS * 1000, datatype=datatype)).metrics

    assert (metric.name, metric.value, metric.time_us) == ("P", value, AT_MS * 1000)


@given(st.binary(max_size=200))
def test_bytes_that_are_no_payload_are_unreadable_and_nothing_worse(content: bytes) -> None:
    with suppress(Unreadable):
        message_of(content)


def test_bytes_that_are_no_payload_are_called_so() -> None:
    with pytest.raises(Unreadable, match="not a Sparkplug B payload"):
        message_of(b"{}")


@pytest.mark.parametrize("with_alias", [True, False])
def test_a_node_that_never_stops_naming_is_told_so_and_not_followed(
    monkeypatch: pytest.MonkeyPatch, with_alias: bool
) -> None:
    monkeypatch.setattr("services.ingest.adapters.sparkplug.node.NAMES_AT_MOST", 10)
    flood = [{"name": f"m{n}", "datatype": DOUBLE, "double_value": 1.0} for n in range(11)]
    for number, metric in enumerate(flood):
        metric |= {"alias": 100 + number} if with_alias else {}

    with pytest.raises(ValueError, match="at most 10"):
        told(a_live_node(), "DBIRTH/edge/rack", *flood, seq=2)


def test_a_node_has_no_more_devices_than_memory_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.ingest.adapters.sparkplug.node.DEVICES_AT_MOST", 1)

    with pytest.raises(ValueError, match="2 devices; at most 1"):
        told(a_live_node(), "DBIRTH/edge/another", seq=2)


def test_a_name_or_a_payload_beyond_all_measure_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="name has 1001 characters"):
        message_of(a_payload({"name": "x" * 1001, "double_value": 1.0}))
    with pytest.raises(Unreadable, match="at most 1000000 are read"):
        message_of(bytes(1_000_001))


def test_a_value_of_the_past_does_not_show_what_a_device_holds() -> None:
    place = Place("edge", "rack", "Power")
    nodes = Nodes([MetricPoint("battery.active_power_w", place, Scale())])
    metric = {"name": "Power", "double_value": 5.0}
    nodes.hear("spBv1.0/park/DDATA/edge/rack", a_payload(dict(metric)), 0)

    old = nodes.hear("spBv1.0/park/DDATA/edge/rack", a_payload(metric | {"is_historical": True}), 0)
    new = nodes.hear("spBv1.0/park/DDATA/edge/rack", a_payload(metric), 0)

    assert [len(old.samples), len(new.samples)] == [1, 1]
    assert (old.shown, new.shown) == ([], [(place, 5.0)])

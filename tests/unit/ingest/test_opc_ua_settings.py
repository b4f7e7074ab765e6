"""What the park file says of an OPC UA source: settings, or each mistake with line and cure."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asyncua import ua

from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.opc_ua import MonitoredPoint, NodeName, OpcUaSettings
from services.ingest.adapters.opc_ua.values import NoTime, lost_before, reading_of
from services.runtime.park_file import ParkFileError
from tests.support.field import park_on

RIGHT = """
  - id: mqtt-site
    protocol: opc_ua
    endpoint: opc.tcp://127.0.0.1:4840/plant
    security: none
    points:
      - {point: pv.active_power_w, node: "ns=2;s=PV;P=1", scale: -1000}
      - {point: wind.active_power_w, node: "nsu=urn:plant;i=1001"}
    setpoints:
      - {device: battery, quantity: active_power_w, node: "i=85", tolerance_w: 50}
"""


def the_mistake(old: str, new: str, folder: Path) -> str:
    assert old in RIGHT
    with pytest.raises(ParkFileError) as caught:
        park_on(RIGHT.replace(old, new), folder)
    (mistake,) = caught.value.mistakes
    return str(mistake).partition(": ")[2]


def test_a_right_source_has_its_nodes_and_the_usual_pace(tmp_path: Path) -> None:
    said = park_on(RIGHT, tmp_path).source("mqtt-site").settings

    assert isinstance(said, OpcUaSettings)
    assert said.points[0] == MonitoredPoint(
        "pv.active_power_w", NodeName(2, "s=PV;P=1"), Scale(-1000.0)
    )
    assert said.points[1].node == NodeName("urn:plant", "i=1001")
    assert said.targets[0].read_back == said.targets[0].node == NodeName(0, "i=85")
    assert (said.sampling, said.queue, said.history) == (timedelta(seconds=1), 600, None)


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        (
            "ns=2;s=PV;P=1",
            "ns=two;s=PV",
            "sources[mqtt-site].points[0].node: is not a node id ('ns=two;s=PV') - "
            "write ns=2;s=PV.Power, ns=2;i=1001 or nsu=urn:plant;s=…",
        ),
        ("i=85", "i=", "is not a node id ('i=')"),
        ("i=85", "g=1234", "is not a node id"),
        ("point: pv.active_power_w", "point: pv.power", "did you mean pv.active_power_w?"),
        ("point: pv.active", "point: grid.active", "is no point of this source's devices"),
        ("point: wind.active_power_w", "point: pv.active_power_w", "points[1].point: stands twice"),
        ("scale: -1000", "scale: 0", "is zero"),
        ("device: battery", "device: grid", "is no device of this source"),
        ("quantity: active_power_w", "quantity: power", "did you mean"),
        ("opc.tcp://127.0.0.1", "http://127.0.0.1", "is not an endpoint"),
        ("//127.0.0.1", "//me:secret@127.0.0.1", "who we are stands in user"),
        ("//127.0.0.1", "//10.0.0.5", "is none, and 10.0.0.5 is not this machine"),
        ("//127.0.0.1", "//plant.example", "allow_insecure: true if that network is trusted"),
        ("security: none", "security: basic", "is not known here"),
        ("security: none", "security: none\n    user: me", "belong together"),
        ("security: none", "security: none\n    queue: 0", "is outside 1 to 100000"),
    ],
)
def test_one_mistake_is_one_line_with_its_cure(
    old: str, new: str, mistake: str, tmp_path: Path
) -> None:
    assert mistake in the_mistake(old, new, tmp_path)


def test_a_secured_source_needs_its_three_files_by_absolute_path(tmp_path: Path) -> None:
    secured = RIGHT.replace("security: none", "security: sign\n    certificate: here.der")
    with pytest.raises(ParkFileError) as caught:
        park_on(secured, tmp_path)

    told = str(caught.value)
    assert "certificate: is not an absolute path ('here.der')" in told
    assert "private_key: is missing - add private_key" in told
    assert "server_certificate: is missing - add server_certificate" in told


def test_an_insecure_server_elsewhere_must_be_allowed_by_name(tmp_path: Path) -> None:
    elsewhere = RIGHT.replace("127.0.0.1", "10.0.0.5").replace(
        "security: none", "security: none\n    allow_insecure: true"
    )

    assert park_on(elsewhere, tmp_path).source("mqtt-site").protocol == "opc_ua"


POINT = MonitoredPoint("pv.active_power_w", NodeName(2, "i=1"), Scale())


@pytest.mark.parametrize("stamp", [None, datetime(1601, 1, 1)])  # noqa: DTZ001  as it comes
def test_a_value_nobody_has_stamped_has_no_place_in_time(stamp: datetime | None) -> None:
    with pytest.raises(NoTime):
        reading_of(POINT, ua.DataValue(ua.Variant(1.0), SourceTimestamp=stamp))


def test_the_overflow_bit_says_that_older_values_are_gone() -> None:
    assert lost_before(ua.DataValue(ua.Variant(1.0), ua.StatusCode(0x480)))
    assert not lost_before(ua.DataValue(ua.Variant(1.0), ua.StatusCode(0x400)))

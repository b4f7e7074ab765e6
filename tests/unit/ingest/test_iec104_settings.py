"""What the park file says of an IEC 60870-5-104 source: settings, or each mistake with its cure."""

import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from services.ingest.adapters.iec104 import Address, Iec104Settings, MeasuredPoint
from services.ingest.adapters.mapping import Scale
from services.runtime.park_file import ParkFileError
from tests.support.field import Intake, adapter_on, park_on

RIGHT = """
  - id: mqtt-site
    protocol: iec104
    host: 127.0.0.1
    clock: Asia/Shanghai
    points:
      - {point: pv.active_power_w, station: 1, address: 4001, scale: -1000}
      - {point: wind.active_power_w, station: 2, address: 4001}
    setpoints:
      - {device: battery, quantity: active_power_w, station: 1, address: 6001, select: true,
         read_back: 4002}
"""


def the_mistake(old: str, new: str, folder: Path) -> str:
    assert old in RIGHT
    with pytest.raises(ParkFileError) as caught:
        park_on(RIGHT.replace(old, new), folder)
    (mistake,) = caught.value.mistakes
    return str(mistake)


def test_a_right_source_has_its_addresses(tmp_path: Path) -> None:
    said = park_on(RIGHT, tmp_path).source("mqtt-site").settings

    assert isinstance(said, Iec104Settings)
    assert said.points[0] == MeasuredPoint("pv.active_power_w", Address(1, 4001), Scale(-1000.0))
    assert (said.port, said.clock, said.trust_untagged) == (2404, ZoneInfo("Asia/Shanghai"), False)
    assert said.stations == (1, 2)
    (setting,) = said.settings
    assert (setting.address, setting.read_back) == (Address(1, 6001), Address(1, 4002))
    assert setting.select


@pytest.mark.parametrize(
    ("old", "new", "mistake"),
    [
        ("address: 6001", "address: 0", "is outside 1 to 16777215"),
        ("station: 2", "station: 65535", "is outside 1 to 65534"),
        ("host: 127.0.0.1", "host: 10.0.0.9", "is not this machine, and the link is not encrypted"),
        ("Asia/Shanghai", "Shanghai", "is not a time zone"),
        ("    clock", "    untagged: bad\n    clock", "untagged: is not known here"),
        ("select: true", "select: yes", "write true or false"),
        ("point: pv.", "point: grid.", "is no point of this source's devices"),
    ],
)
def test_one_mistake_is_one_line_with_its_cure(
    old: str, new: str, mistake: str, tmp_path: Path
) -> None:
    assert mistake in the_mistake(old, new, tmp_path)


def test_an_installation_without_the_library_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    park = park_on(RIGHT, tmp_path)
    monkeypatch.setitem(sys.modules, "c104", None)

    with pytest.raises(ValueError, match=r"pip install 'parkflow\[iec104\]'"):
        adapter_on(park, "mqtt-site", Intake())

"""Settings of register maps, SunSpec, Sparkplug, JSON and OCPP: right ones, and each mistake."""

from pathlib import Path
from typing import Any

import pytest

from services.ingest.adapters.mapping import Scale
from services.ingest.adapters.modbus_registers.values import First, NumberType
from services.runtime.park_file import ParkFileError, load_park
from tests.support.one_adapter import a_park_with

REGISTERS = {"protocol": "modbus_registers", "host": "127.0.0.1", "points": []}
SUNSPEC = {"protocol": "sunspec", "host": "127.0.0.1"}
SPARKPLUG = {"protocol": "sparkplug_b", "group": "g", "points": []}
JSON = {"protocol": "mqtt_json", "points": []}
OCPP = {"protocol": "ocpp", "port": 9220, "connectors": []}
A_REGISTER = {"point": "pv.active_power_w", "address": 1, "type": "int16"}
A_METRIC = {"point": "pv.active_power_w", "edge_node": "n", "metric": "m"}
A_PLACE = {"point": "pv.active_power_w", "topic": "t", "value": "/v", "time": "/t"}
TIMELESS = {key: value for key, value in A_PLACE.items() if key != "time"}
A_LIMIT = {"device": "pv", "quantity": "active_power_limit_w"}
UNSEEN = A_LIMIT | {"topic": "t", "value": "/v", "held_value": "/v"}


def settings_of(folder: Path, source: dict[str, Any]) -> Any:
    return a_park_with(folder, {"id": "unit"} | source, {"pv": {}}).source("unit").settings


def test_orders_and_sentinels_of_the_source_hold_for_its_registers(tmp_path: Path) -> None:
    points = [
        A_REGISTER | {"invalid": "0x8000"},
        {
            "point": "pv.generation_energy_wh",
            "address": 5,
            "type": "uint32",
            "word_order": "big",
            "table": "input",
            "scale": 1000,
            "invalid": "0xFFFFFFFF, 0",
        },
    ]

    settings = settings_of(tmp_path, REGISTERS | {"word_order": "little", "points": points})

    power, energy = settings.points
    assert (power.encoding.type, power.encoding.word_order) == (NumberType.INT16, First.LITTLE)
    assert power.invalid == {-32768}
    assert energy.encoding.word_order is First.BIG
    assert (energy.scale, energy.invalid) == (Scale(1000.0), {2**32 - 1, 0})
    assert (settings.place.port, settings.place.unit) == (502, 1)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (REGISTERS | {"points": [A_REGISTER | {"type": "int8"}]}, "is not known here"),
        (REGISTERS | {"points": [A_REGISTER | {"address": 65536}]}, "outside 0 to 65535"),
        (REGISTERS | {"points": [A_REGISTER | {"scale": 0}]}, "is zero"),
        (REGISTERS | {"points": [A_REGISTER | {"invalid": "often"}]}, "not a list of numbers"),
        (REGISTERS | {"points": [A_REGISTER, A_REGISTER]}, "stands twice"),
        (REGISTERS | {"points": [A_REGISTER | {"point": "grid.active_power_w"}]}, "no point of"),
        (REGISTERS | {"points": [A_REGISTER | {"adress": 1}]}, "did you mean address"),
        (REGISTERS | {"poll": "often"}, "is not a duration"),
        (REGISTERS | {"host": "10.0.0.7"}, "10.0.0.7 is not this machine, and the link is not"),
        (SUNSPEC | {"host": "plant"}, "add allow_insecure: true if that network is trusted"),
        (SUNSPEC | {"points": [{"point": "pv.active_power_w", "model": 0, "name": "W"}]}, "above"),
        (SUNSPEC | {"points": [{"point": "pv.active_power_w", "model": 103}]}, "name: is missing"),
        (SPARKPLUG | {"group": "a/b"}, "not a Sparkplug id"),
        (SPARKPLUG | {"points": [A_METRIC | {"edge_node": "+"}]}, "not a Sparkplug id"),
        (SPARKPLUG | {"version": "4"}, "is not known here"),
        (JSON | {"points": [A_PLACE | {"value": "v"}]}, "not a JSON pointer"),
        (JSON | {"points": [A_PLACE | {"topic": "a/#"}]}, "is not a topic"),
        (JSON | {"points": [TIMELESS]}, "time: is missing"),
        (JSON | {"setpoints": [UNSEEN]}, "held_topic: is missing"),
        (OCPP | {"connectors": [{"charge_point": "C/P", "device": "pv"}]}, "not the identity"),
        (OCPP | {"connectors": [{"charge_point": "CP", "device": "grid"}]}, "no device of this"),
        (OCPP | {"host": "::", "allow_insecure": True}, "there is no password_file"),
        (OCPP | {"host": "0.0.0.0", "password_file": "/s"}, "there is no tls"),
        (OCPP | {"password_file": "secrets"}, "not an absolute path"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_cure(
    tmp_path: Path, source: dict[str, Any], words: str
) -> None:
    with pytest.raises(ParkFileError, match=words) as caught:
        settings_of(tmp_path, source)

    assert len(caught.value.mistakes) == 1


def test_a_unit_elsewhere_is_spoken_to_in_the_open_where_that_is_allowed(tmp_path: Path) -> None:
    settings = settings_of(tmp_path, SUNSPEC | {"host": "10.0.0.7", "allow_insecure": True})

    assert settings.place.host == "10.0.0.7"


def test_two_sources_of_one_unit_or_port_are_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    park = a_park_with(tmp_path / "one", {"id": "a"} | SUNSPEC, {"pv": {}})
    text = (tmp_path / "one" / "park.yaml").read_text(encoding="utf-8")
    assert park.source("a").protocol == "sunspec"
    (tmp_path / "two.yaml").write_text(
        text.replace("sources:\n", "sources:\n- {id: b, protocol: sunspec, host: 127.0.0.1}\n"),
        encoding="utf-8",
    )

    with pytest.raises(ParkFileError, match="is read by 'b' too"):
        load_park(tmp_path / "two.yaml")


def test_an_ocpp_source_off_loopback_is_fine_with_passwords_on_a_trusted_network(
    tmp_path: Path,
) -> None:
    more = {"host": "0.0.0.0", "password_file": "/run/secrets/ocpp", "allow_insecure": True}

    settings = settings_of(tmp_path, OCPP | more)

    assert (settings.password_file, settings.certificate) == (Path("/run/secrets/ocpp"), None)
    assert settings.heartbeat.total_seconds() == 300

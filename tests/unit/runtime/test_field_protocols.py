"""A protocol is declared in one place, found by standing there, and costs only who opens it."""

import subprocess
import sys
from pathlib import Path

import pytest

from services.runtime.field_protocols import field_protocols
from services.runtime.park_file import ParkFileError, load_park
from tests.support.builders import DEMO_PARK_FILE, REPOSITORY

LIBRARIES = ("paho", "pymodbus", "aiomqtt", "asyncua", "c104", "ocpp", "websockets", "sunspec2")
NEW_PROTOCOL = """
from dataclasses import dataclass

from services.runtime.field_protocols import FieldProtocol
from services.runtime.park_file_values import identifier


@dataclass(frozen=True)
class CarrierPigeons:
    loft: str
    carried: str


def _read(at, expected):
    carried = at.need("carried", expected.point)
    return at.build_open(CarrierPigeons, loft=at.need("loft", identifier), carried=carried)


PROTOCOL = FieldProtocol("pigeons", _read, lambda source, tools: (source, tools))
"""


@pytest.fixture
def with_pigeons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A park file that speaks a protocol whose only trace in the code is one new file."""
    (tmp_path / "pigeons.py").write_text(NEW_PROTOCOL, encoding="utf-8")
    import services.ingest.adapters as folder

    monkeypatch.setattr(folder, "__path__", [*folder.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "services.ingest.adapters.pigeons", raising=False)
    field_protocols.cache_clear()
    yield tmp_path / "park.yaml"
    field_protocols.cache_clear()
    sys.modules.pop("services.ingest.adapters.pigeons", None)


def park_on_pigeons(source: str) -> str:
    text = DEMO_PARK_FILE.read_text(encoding="utf-8")
    return text.replace("{id: mqtt-site, protocol: mqtt, topic_prefix: demo-park}", source)


def test_a_new_protocol_is_one_new_file_and_its_word_in_the_park_file(with_pigeons: Path) -> None:
    source = "{id: mqtt-site, protocol: pigeons, loft: roof, carried: pv.active_power_w}"
    with_pigeons.write_text(park_on_pigeons(source), encoding="utf-8")

    pigeons = load_park(with_pigeons).source("mqtt-site")

    assert pigeons.protocol == "pigeons"
    assert (pigeons.settings.loft, pigeons.settings.carried) == ("roof", "pv.active_power_w")


def test_the_mistakes_of_its_settings_stand_in_the_list_with_line_and_cure(
    with_pigeons: Path,
) -> None:
    source = "{id: mqtt-site, protocol: pigeons, lofts: roof, carried: grid.active_power_w}"
    with_pigeons.write_text(park_on_pigeons(source), encoding="utf-8")

    with pytest.raises(ParkFileError) as caught:
        load_park(with_pigeons)

    at = "sources[mqtt-site]"
    assert [str(m).partition(": ")[2] for m in caught.value.mistakes] == [
        f"{at}.carried: is no point of this source's devices ('grid.active_power_w') - "
        "did you mean wind.active_power_w?",
        f"{at}.loft: is missing - add loft",
        f"{at}.lofts: is not a known key ('lofts') - did you mean loft?",
    ]


def test_a_protocol_nobody_declares_is_a_mistake_that_names_the_known(with_pigeons: Path) -> None:
    with_pigeons.write_text(park_on_pigeons("{id: mqtt-site, protocol: pigons}"), encoding="utf-8")

    with pytest.raises(ParkFileError, match="did you mean pigeons"):
        load_park(with_pigeons)


def test_reading_a_park_file_loads_no_protocol_library() -> None:
    script = (
        "import sys; from services.runtime.park_file import load_park; "
        f"load_park({str(DEMO_PARK_FILE)!r}); "
        f"print([name for name in {LIBRARIES} if name in sys.modules])"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )

    assert said.stdout.strip() == "[]"

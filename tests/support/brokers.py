"""The brokers an adapter must get along with."""

import shutil
from collections.abc import Iterator

import pytest

from services.demo.stack import Mqtt
from services.demo.stack.mqtt import SYSTEM_PROGRAMS
from services.demo.stack.ports import free_port
from tests.support.stack import a_state_folder, started

has_mosquitto = shutil.which("mosquitto", path=SYSTEM_PROGRAMS) is not None


@pytest.fixture(params=["", "mosquitto"], ids=["ours", "mosquitto"])
def any_broker(request: pytest.FixtureRequest) -> Iterator[Mqtt]:
    """Ours, then mosquitto where it is installed."""
    yield from _a_broker(request.param)


@pytest.fixture
def mosquitto() -> Iterator[Mqtt]:
    """A mosquitto: it speaks MQTT 5 too."""
    yield from _a_broker("mosquitto")


def _a_broker(program: str) -> Iterator[Mqtt]:
    if program and not has_mosquitto:
        pytest.skip("mosquitto is not installed")
    with a_state_folder() as folder:
        server = Mqtt(folder, port=free_port(), broker=program)
        with started(server):
            yield server

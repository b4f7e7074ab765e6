"""Devices of the tests stand on the same busy machine: adapters wait longer for them."""

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

TIMES = 5.0
BOUNDS = {
    f"services.ingest.adapters.{module}": names
    for module, names in {
        "adapter": ["ANSWER_WITHIN_S"],
        "read_back": ["ANSWER_WITHIN_S"],
        "mqtt.adapter": ["ANSWER_WITHIN_S"],
        "ocpp.limits": ["ANSWER_WITHIN_S"],
        "iec104.adapter": ["READ_BACK_WITHIN_S", "FRAMES_WITHIN_S"],
        "iec104.link": ["OBEY_WITHIN_S"],
        "modbus_registers.unit": ["REPLY_WITHIN_S"],
        "opc_ua.session": ["REQUEST_WITHIN_S"],
    }.items()
}
"""How long adapters wait for devices. Their peers of the tests are on the same busy machine."""


_slower = 1.0


@contextmanager
def slower_devices(times: float = TIMES) -> Iterator[None]:
    """Let the adapters of this process wait so many times longer than in the field; 1: as there."""
    with pytest.MonkeyPatch.context() as patch:
        for name, bounds in BOUNDS.items():
            module: Any = importlib.import_module(name)
            for bound in bounds:
                patch.setattr(module, bound, getattr(module, bound) * times / _slower)
        patch.setattr(sys.modules[__name__], "_slower", times)
        yield

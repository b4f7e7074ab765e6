"""The state on disk: a JSON document, floats to the last digit, and the Modbus rings as they are.

Files are replaced atomically: a kill leaves the old or the new one, never half of one.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from services.simulator.domain.battery import BatteryState
from services.simulator.domain.chargers import ChargersState
from services.simulator.domain.setpoints import Lease, SetPoint
from services.simulator.domain.state import ParkState
from services.simulator.story import Saved

VERSION = 1


class StateFile:
    """`simulator.json` and `rings.bin` in a folder of the simulator's own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "simulator.json"
        self._rings_path = folder / "rings.bin"

    def load(self) -> Saved | None:
        """Return what was saved, None at the first start; ValueError for another version."""
        if not self._path.exists():
            return None
        content = json.loads(self._path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            raise ValueError(
                f"{self._path} has version {content['version']}, this simulator writes {VERSION}: "
                "remove the file to start the story anew"
            )
        return _saved(content)

    def save(self, saved: Saved) -> None:
        """Replace the saved story."""
        text = json.dumps({"version": VERSION, **asdict(saved)}, default=np.ndarray.tolist)
        _replace(self._path, text.encode())

    def save_rings(self, sample_period_s: int, rings: Mapping[int, bytes | bytearray]) -> None:
        """Replace the saved rings; their sequence numbers count sample periods."""
        head = {"period_s": sample_period_s, "sizes": {u: len(ring) for u, ring in rings.items()}}
        _replace(self._rings_path, b"".join([json.dumps(head).encode(), b"\n", *rings.values()]))

    def load_rings(self, sample_period_s: int) -> dict[int, bytes]:
        """Return the rings by unit; empty at the first start and after another sample period."""
        if not self._rings_path.exists():
            return {}
        head_line, images = self._rings_path.read_bytes().split(b"\n", 1)
        head = json.loads(head_line)
        rings: dict[int, bytes] = {}
        for unit, size in head["sizes"].items():
            rings[int(unit)], images = images[:size], images[size:]
        return rings if head["period_s"] == sample_period_s else {}


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.write_bytes(content)
    os.replace(fresh, path)


def _saved(content: dict[str, Any]) -> Saved:
    return Saved(
        story_start_s=content["story_start_s"],
        acknowledged_s=content["acknowledged_s"],
        head_s=content["head_s"],
        checkpoint=_state(content["checkpoint"]),
        setpoints=tuple(SetPoint(**setpoint) for setpoint in content["setpoints"]),
        backfilled=content["backfilled"],
    )


def _state(content: dict[str, Any]) -> ParkState:
    return ParkState(
        **content
        | {
            "battery": BatteryState(
                **content["battery"] | {"lease": _lease(content["battery"]["lease"])}
            ),
            "chargers": _chargers(content["chargers"]),
            "pv_lease": _lease(content["pv_lease"]),
        }
    )


def _chargers(content: dict[str, Any]) -> ChargersState:
    return ChargersState(
        delivered_wh=np.array(content["delivered_wh"], np.float64),
        wanted_wh=np.array(content["wanted_wh"], np.float64),
        session=np.array(content["session"], np.int64),
        limit_w=np.array(content["limit_w"], np.float64),
        lease_until_s=np.array(content["lease_until_s"], np.int64),
    )


def _lease(content: dict[str, Any] | None) -> Lease | None:
    return None if content is None else Lease(**content)

"""The state file: one JSON document, replaced atomically, floats to the last digit."""

import json
import os
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
    """`simulator.json` in a folder of the simulator's own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / "simulator.json"

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
        """Replace the file; a kill leaves the old or the new one, never half of one."""
        text = json.dumps({"version": VERSION, **asdict(saved)}, default=np.ndarray.tolist)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(text, encoding="utf-8")
        os.replace(fresh, self._path)


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

"""The state as bytes and back: exact, versioned, about as large as what is remembered."""

import io
import json
from typing import Any

import numpy as np

from services.energy.readings import Doubt
from services.validation.domain.rules import Rules
from services.validation.domain.state import PLACE_COLUMNS, POINT_COLUMNS, State, new_state
from services.validation.domain.walk import Rivals, Said, Walk

VERSION = 1


def state_to_bytes(state: State) -> bytes:
    """Return the state for a checkpoint; `state` is only read."""
    places = _filled(state)
    columns: dict[str, Any] = {name: getattr(state, name)[places] for name in PLACE_COLUMNS}
    columns |= {name: getattr(state, name) for name in POINT_COLUMNS}
    known = [(row, at_us, known_us) for (row, at_us), known_us in state.known.items()]
    columns["known"] = np.array(sorted(known), np.int64).reshape(-1, 3)
    walks = {row: _walk_to_json(walk) for row, walk in sorted(state.walks.items())}
    header = {"version": VERSION, "ids": state.point_ids, "depth": state.depth, "walks": walks}
    file = io.BytesIO()
    np.savez_compressed(file, header=np.array(json.dumps(header)), **columns)
    return file.getvalue()


def state_from_bytes(content: bytes, rules: Rules) -> State:
    """Return the state of a checkpoint; ValueError when this code or this park cannot use it."""
    with np.load(io.BytesIO(content), allow_pickle=False) as columns:
        header = json.loads(str(columns["header"]))
        _require_usable(header, rules)
        state = new_state(rules, header["depth"])
        for name in POINT_COLUMNS:
            getattr(state, name)[:] = columns[name]
        places = _filled(state)
        for name in PLACE_COLUMNS:
            getattr(state, name)[places] = columns[name]
        for row, at_us, known_us in columns["known"].tolist():
            state.known[row, at_us] = known_us
    for row, walk in header["walks"].items():
        state.walks[int(row)] = _walk_from_json(walk)
        state.open[int(row)] = True
    return state


def _filled(state: State) -> Any:
    """Return the places that hold a reading, point by point, oldest first."""
    rank = np.arange(state.depth)
    held = rank < state.count[:, np.newaxis]
    places = (state.start[:, np.newaxis] + rank) % state.depth
    places += np.arange(len(state.count))[:, np.newaxis] * state.depth
    return places[held]


def _require_usable(header: dict[str, Any], rules: Rules) -> None:
    if header["version"] != VERSION:
        raise ValueError(
            f"a checkpoint of version {header['version']}, but this code reads {VERSION}: "
            "replay from the raw log"
        )
    if tuple(header["ids"]) != rules.ids:
        raise ValueError(
            f"the checkpoint is of {len(header['ids'])} points, the park has {len(rules)} or "
            "others: replay from the raw log"
        )


def _walk_to_json(walk: Walk) -> dict[str, Any]:
    rivals = walk.rivals
    return {
        "recent": walk.recent,
        "run_us": walk.run_us,
        "slipped": walk.slipped,
        "rivals": None
        if rivals is None
        else [int(rivals.doubt), rivals.first, rivals.run_us, rivals.count, rivals.latest],
    }


def _walk_from_json(walk: dict[str, Any]) -> Walk:
    recent = [_said(one) for one in walk["recent"]]
    return Walk(recent, walk["run_us"], _rivals_from_json(walk["rivals"]), walk["slipped"])


def _rivals_from_json(rivals: list[Any] | None) -> Rivals | None:
    if rivals is None:
        return None
    doubt, first, run_us, count, latest = rivals
    return Rivals(Doubt(doubt), _said(first), run_us, count, [_said(one) for one in latest])


def _said(pair: list[Any]) -> Said:
    return int(pair[0]), float(pair[1])

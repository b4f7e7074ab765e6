"""The state as bytes and back: exact, versioned, about as large as what is remembered."""

import io
import json
from typing import Any

import numpy as np

from services.energy.names import UNKNOWN
from services.energy.readings import Doubt
from services.validation.domain.rules import Rules
from services.validation.domain.state import PLACE_COLUMNS, POINT_COLUMNS, State, new_state
from services.validation.domain.walk import Rivals, Said, Walk

VERSION = 1


def state_to_bytes(state: State) -> bytes:
    """Return the state for a checkpoint, not compressed; `state` is only read."""
    _, places = state.held()
    columns: dict[str, Any] = {name: getattr(state, name)[places] for name in PLACE_COLUMNS}
    columns |= {name: getattr(state, name) for name in POINT_COLUMNS}
    known = [(row, at_us, known_us) for (row, at_us), known_us in state.known.items()]
    columns["known"] = np.array(sorted(known), np.int64).reshape(-1, 3)
    walks = {row: _walk_to_json(walk) for row, walk in sorted(state.walks.items())}
    header = {"version": VERSION, "ids": state.point_ids, "depth": state.depth, "walks": walks}
    file = io.BytesIO()
    np.savez(file, header=np.array(json.dumps(header)), **columns)
    return file.getvalue()


def state_from_bytes(content: bytes, rules: Rules) -> State:
    """Return the state of a checkpoint; ValueError when this code cannot read it.

    Points are found again by their ids: a new one knows nothing, one that is gone is left out.
    """
    with np.load(io.BytesIO(content), allow_pickle=False) as columns:
        header = json.loads(str(columns["header"]))
        if header["version"] != VERSION:
            raise ValueError(
                f"a checkpoint of version {header['version']}, but this code reads {VERSION}: "
                "replay from the raw log"
            )
        state = new_state(rules, header["depth"])
        row_of = rules.rows_of(header["ids"])
        _restore(state, columns, row_of)
        for row, at_us, known_us in columns["known"].tolist():
            if row_of[row] != UNKNOWN:
                state.known[int(row_of[row]), at_us] = known_us
    for row, walk in header["walks"].items():
        if (now_row := int(row_of[int(row)])) != UNKNOWN:
            state.walks[now_row] = _walk_from_json(walk)
            state.open[now_row] = True
    return state


def _restore(state: State, columns: Any, row_of: Any) -> None:
    """Put the columns of a checkpoint, whose row r is now `row_of[r]`, into an empty state."""
    here = row_of != UNKNOWN
    for name in POINT_COLUMNS:
        getattr(state, name)[row_of[here]] = columns[name][here]
    counts = columns["count"]
    owner = np.repeat(np.arange(len(counts)), counts)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    stays = here[owner]
    places = row_of[owner[stays]] * state.depth + rank[stays]
    for name in PLACE_COLUMNS:
        getattr(state, name)[places] = columns[name][stays]


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

"""What validation remembers of each point, and its exact, versioned form as bytes."""

import io
import json
from dataclasses import dataclass

import numpy as np

from services.validation.domain.memory import Memory
from services.validation.domain.registers import Level, Rival
from services.validation.domain.rules import Rules

VERSION = 1
COLUMNS = ("_times", "_values", "_count", "newest_us", "newest_value")


@dataclass(slots=True)
class State:
    """Bounded memory of all points; `advance` consumes it."""

    point_ids: tuple[str, ...]
    memory: Memory


def new_state(rules: Rules, depth: int | None = None) -> State:
    """Return a state that knows nothing; `depth` readings a point are remembered."""
    return State(rules.ids, Memory(len(rules), depth))


def state_to_bytes(state: State) -> bytes:
    """Return the state for a checkpoint."""
    memory = state.memory
    rivals = [
        [row, rival.since_us, rival.count, rival.last.time_us, rival.last.value_wh]
        for row, rival in memory.rivals.items()
    ]
    header = {
        "version": VERSION,
        "ids": state.point_ids,
        "depth": memory.depth,
        "rivals": rivals,
        "steepest": [rival.last.steepest for rival in memory.rivals.values()],
    }
    file = io.BytesIO()
    columns = {name: getattr(memory, name) for name in COLUMNS}
    np.savez_compressed(file, header=np.array(json.dumps(header)), **columns)
    return file.getvalue()


def state_from_bytes(content: bytes, rules: Rules) -> State:
    """Return the state of a checkpoint; ValueError when it belongs to other points."""
    with np.load(io.BytesIO(content), allow_pickle=False) as columns:
        header = json.loads(str(columns["header"]))
        if header["version"] != VERSION:
            raise ValueError(f"checkpoint version {header['version']}, this code reads {VERSION}")
        if tuple(header["ids"]) != rules.ids:
            raise ValueError("the checkpoint belongs to other points: replay from the raw log")
        state = new_state(rules, header["depth"])
        for name in COLUMNS:
            setattr(state.memory, name, columns[name])
    for place, (row, since_us, count, time_us, value) in enumerate(header["rivals"]):
        last = Level(time_us, value, header["steepest"][place])
        state.memory.rivals[row] = Rival(since_us, count, last)
    return state

"""The remembered inputs as bytes and back: the same state always as the same bytes."""

import io
import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from services.validation.domain.virtual.inputs import Inputs

LAYOUT = 1
COLUMNS = ("times", "values", "verdicts", "doubts")


def inputs_to_bytes(inputs: Inputs) -> bytes:
    """Return the whole state; 18 bytes a remembered reading."""
    held = np.arange(inputs.times.shape[1]) < inputs.used[:, np.newaxis]
    columns: dict[str, Any] = {name: getattr(inputs, name)[held] for name in COLUMNS}
    head = {"layout": LAYOUT, "depth": inputs.depth, "ids": inputs.ids}
    file = io.BytesIO()
    np.savez(
        file,
        head=np.frombuffer(json.dumps(head).encode(), np.uint8),
        used=inputs.used,
        truncated=inputs.truncated,
        **columns,
    )
    return file.getvalue()


def inputs_from_bytes(content: bytes, ids: Sequence[str] | None = None) -> Inputs:
    """Return the state for the points `ids` (default: those it was of); a new one knows nothing."""
    with np.load(io.BytesIO(content), allow_pickle=False) as kept:
        head = json.loads(kept["head"].tobytes())
        if head["layout"] != LAYOUT:
            raise ValueError(f"state has layout {head['layout']}, this code reads {LAYOUT}: replay")
        inputs = Inputs(head["ids"] if ids is None else ids, head["depth"])
        row_of = {name: row for row, name in enumerate(inputs.ids)}
        columns = [(getattr(inputs, name), kept[name]) for name in COLUMNS]
        begin = 0
        for name, used, truncated in zip(
            head["ids"], kept["used"].tolist(), kept["truncated"].tolist(), strict=True
        ):
            if (row := row_of.get(name)) is not None:
                inputs.used[row], inputs.truncated[row] = used, truncated
                for own, column in columns:
                    own[row, :used] = column[begin : begin + used]
            begin += used
    return inputs

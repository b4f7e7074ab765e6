"""A body that this code cannot read is refused, and says why and what to do."""

import json
import struct
import zlib
from dataclasses import dataclass, make_dataclass

import numpy as np
import pytest

from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.ledger import Ledger
from services.forecasting.domain.outlook.task import Task
from services.forecasting.registry.bodies import body_of, state_of, with_ledger
from services.forecasting.registry.classes import CLASSES, by_name
from services.forecasting.registry.codec import VERSION, UnreadableBody, decode, encode
from tests.support.outlooks import LITTLE, a_record, an_hourly_task, shift_work

HOURLY = Task(60, (1, 2, 3))


@dataclass(frozen=True)
class Stranger:
    """A class that is not of the outlook core."""

    name: str = "x"


def a_body(tree: object, version: int = VERSION) -> bytes:
    header = zlib.compress(json.dumps(tree).encode())
    return struct.pack("<4sHI", b"PFMB", version, len(header)) + header


def test_a_task_comes_back_with_its_bounds_and_clock() -> None:
    assert decode(encode(HOURLY)) == HOURLY


def test_a_class_from_elsewhere_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="Stranger cannot be kept: only frozen"):
        encode(Stranger())


def test_an_array_of_objects_cannot_be_kept() -> None:
    with pytest.raises(ValueError, match="an array of object cannot be kept"):
        encode(np.array([None]))


def test_a_body_of_another_version_is_refused() -> None:
    other = f"version {VERSION + 1} of b'PFMB'; this code reads {VERSION}"
    with pytest.raises(UnreadableBody, match=other):
        decode(a_body(None, version=VERSION + 1))


def test_a_body_with_an_unknown_class_is_refused() -> None:
    tree = {"~": "class", "name": "Neural", "has": {}}

    with pytest.raises(UnreadableBody, match="Neural is unknown to this code; learn"):
        decode(a_body(tree))


def test_a_class_whose_fields_have_changed_is_refused() -> None:
    tree = {"~": "class", "name": "Place", "has": {"latitude": 1.0, "height": 2.0}}

    with pytest.raises(UnreadableBody, match=r"Place differs in \['height', 'longitude'\]"):
        decode(a_body(tree))


@pytest.mark.parametrize("kept", [0, 3, 40, -1])
def test_a_body_that_was_cut_short_is_refused(kept: int) -> None:
    body = encode({"ledger": np.arange(9.0)})

    with pytest.raises(UnreadableBody):
        decode(body[:kept])


def test_a_body_that_holds_something_else_is_no_state() -> None:
    with pytest.raises(UnreadableBody, match="holds no state"):
        state_of(encode({"columns": (), "state": HOURLY}))


def test_a_model_that_looks_at_columns_this_code_does_not_make_is_refused() -> None:
    task = an_hourly_task()
    state = learn(a_record(shift_work(3), task), task, LITTLE, None)

    with pytest.raises(UnreadableBody, match="columns that are gone"):
        state_of(body_of(state, ("last", "phase_of_the_moon")))


def test_a_ledger_is_told_from_anything_else() -> None:
    state = object()

    with pytest.raises(UnreadableBody, match="the ledger is none"):
        with_ledger(state, encode(HOURLY), 0)  # type: ignore[arg-type]
    assert isinstance(decode(encode(Ledger.empty(HOURLY))), Ledger)


def test_two_classes_of_one_name_are_refused_since_a_body_would_not_say_which() -> None:
    other = make_dataclass("Task", ["minutes"], frozen=True)

    with pytest.raises(ValueError, match=r"both have a Task; .* rename one"):
        by_name([*CLASSES.values(), other])

"""What a forecaster has learnt survives being kept: the same answers, bit for bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn, reckon
from services.forecasting.domain.outlook.record import Record
from services.forecasting.domain.outlook.state import State, now_of
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.series import Floats
from services.forecasting.registry.bodies import (
    body_of,
    columns_of,
    ledger_of,
    standing_of,
    state_of,
    with_ledger,
    with_standing,
)
from services.forecasting.registry.codec import decode, encode
from tests.support.outlooks import (
    BERLIN,
    LITTLE,
    THOROUGH,
    a_record,
    an_hourly_task,
    shift_work,
    sunny_hours,
)


def weather(rows: int, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(10.0, 4.0, (rows, 1))


def a_loads_past(days: int, task: Task) -> Record:
    return a_record(shift_work(days), task)


def a_seeing_past(days: int, task: Task) -> Record:
    """Return a load with a measured covariate and a weather forecast that ends a day early."""
    foreseen = weather(days * 24 + task.reach, 1)
    foreseen[-10:] = np.nan
    return a_record(shift_work(days), task, measured=weather(days * 24), foreseen=foreseen)


def a_plants_past(days: int, task: Task) -> Record:
    return a_record(sunny_hours(days), task)


CASES = {
    "a load of 40 days": (a_loads_past, 40, an_hourly_task(zone=BERLIN, holidays="DE")),
    "a load with weather": (a_seeing_past, 40, an_hourly_task(highest=130.0)),
    "a plant": (a_plants_past, 40, an_hourly_task(sun=True, highest=1_000.0)),
    "a load of 3 days": (a_loads_past, 3, an_hourly_task()),
    "nothing yet": (a_loads_past, 0, an_hourly_task()),
}


@pytest.mark.parametrize("effort", [LITTLE, THOROUGH], ids=["little", "thorough"])
@pytest.mark.parametrize("name", CASES)
def test_a_kept_state_answers_as_the_one_that_learnt(name: str, effort: Effort) -> None:
    past, days, task = CASES[name]
    record = past(days, task)
    state = learn(record, task, effort, None)

    kept = state_of(body_of(state, columns_of(record, task)))

    assert same_answer(record, kept, state)


@pytest.mark.parametrize("name", CASES)
def test_a_kept_state_reckons_on_as_if_it_had_never_been_kept(name: str) -> None:
    past, days, task = CASES[name]
    state = learn(past(days, task), task, LITTLE, None)
    later = past(days + 2, task)

    kept = state_of(body_of(state, columns_of(later, task)))
    again = with_ledger(kept, ledger_of(state), state.reckoned_at)

    assert encode(reckon(later, again)) == encode(reckon(later, state))


def test_a_standing_puts_a_models_newer_weights_and_bands_back() -> None:
    task = an_hourly_task()
    record, later = a_loads_past(40, task), a_loads_past(45, task)
    learnt = learn(record, task, LITTLE, None)
    reckoned = reckon(later, learnt)

    kept = state_of(body_of(learnt, columns_of(record, task)))
    again = with_standing(kept, standing_of(reckoned))

    assert again.reckoned_at == now_of(later, task)
    assert same_answer(later, again, reckoned)
    assert not same_answer(later, again, learnt)


def test_a_body_is_the_same_bytes_however_often_it_was_kept() -> None:
    task = an_hourly_task()
    state = learn(a_loads_past(40, task), task, LITTLE, None)

    once = encode(state)

    assert encode(decode(once)) == once


@settings(max_examples=30)
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(-(2**60), 2**60),
            st.floats(allow_nan=False),
            st.tuples(st.text(max_size=3), st.floats(allow_nan=False)),
        ),
    )
)
def test_any_plain_value_comes_back_equal(value: dict[str, object]) -> None:
    assert decode(encode(value)) == value


@settings(max_examples=30)
@given(st.lists(st.floats(), max_size=12), st.sampled_from(["<f8", "<f4", "<i8", "|b1"]))
def test_any_array_comes_back_bit_for_bit_and_may_be_written_to(
    values: list[float], kind: str
) -> None:
    array = np.nan_to_num(np.array(values, np.float64), posinf=1e9, neginf=-1e9)
    array = np.clip(array, -1e9, 1e9).astype(kind)

    back = decode(encode(array))

    assert (back.dtype, back.shape, back.tobytes()) == (array.dtype, array.shape, array.tobytes())
    assert back.flags.writeable


def same_answer(record: Record, one: State, other: State) -> bool:
    ours, theirs = answer(record, one), answer(record, other)
    equal = ours.quantiles.tobytes() == theirs.quantiles.tobytes()
    return equal and ours.weight == theirs.weight

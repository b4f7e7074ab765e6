"""Silence may be judged up to where the log has been read, and no further."""

from hypothesis import given
from hypothesis import strategies as st

from services.alerting.domain.completeness import Completeness, probed, read_message
from tests.support.builders import after

P0, P1 = ("telemetry.readings.v1", 0), ("telemetry.readings.v1", 1)


def test_the_first_probe_is_the_starting_line() -> None:
    assert probed(Completeness(), {P0: 100}, after(0)).until == after(0)


def test_time_goes_on_when_nothing_new_is_in_the_log() -> None:
    begun = probed(Completeness(), {P0: 100}, after(0))

    assert probed(begun, {P0: 100}, after(60)).until == after(60)


def test_time_stands_still_until_what_was_there_has_been_read() -> None:
    begun = probed(Completeness(), {P0: 100, P1: 7}, after(0))
    behind = probed(begun, {P0: 102, P1: 7}, after(60))
    assert behind.until == after(0)

    half_way = read_message(behind, P0, 100)
    assert half_way.until == after(0)

    assert read_message(half_way, P0, 101).until == after(60)


def test_old_messages_delivered_again_do_not_count_backwards() -> None:
    begun = read_message(probed(Completeness(), {P0: 100}, after(0)), P0, 100)

    again = read_message(begun, P0, 3)

    assert probed(again, {P0: 101}, after(60)).until == after(60)


def test_an_empty_log_is_complete() -> None:
    assert probed(probed(Completeness(), {P0: 0}, after(0)), {P0: 0}, after(1)).until == after(1)


def test_being_far_behind_does_not_grow_without_bounds() -> None:
    state = probed(Completeness(), {P0: 0}, after(0))
    for number in range(1, 5000):
        state = probed(state, {P0: number}, after(number))

    assert len(state.pending) <= 1001
    assert read_message(state, P0, 4998).until == after(4999)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=50))
def test_it_never_claims_more_than_was_read(steps: list[tuple[int, int]]) -> None:
    state = probed(Completeness(), {P0: 0}, after(0))
    end, read = 0, 0
    ends = {after(0): 0}
    for number, (arrived, taken) in enumerate(steps, 1):
        end += arrived
        state = probed(state, {P0: end}, after(number))
        ends[after(number)] = end
        for offset in range(read, min(read + taken, end)):
            state = read_message(state, P0, offset)
            read = offset + 1

        assert state.until is not None
        assert ends[state.until] <= read
        newest_complete = max(moment for moment, there in ends.items() if there <= read)
        assert state.until == newest_complete

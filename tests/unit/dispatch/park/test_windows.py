"""What lasts until when (§7): the pairs of steps that least times are made of."""

import time

import numpy as np

from services.dispatch.domain.model.carrying import in_loops
from services.dispatch.domain.model.commitment import recent
from services.dispatch.domain.park.horizon import Horizon
from services.dispatch.domain.park.network import Line


def lasting(hours: float, there: str, after: int = 0) -> dict[int, list[int]]:
    """By step: in which steps begun what lasts so long; `-` in `there` is maintenance."""
    horizon = Horizon(steps=len(there), step_h=1.0)
    k, j = recent(horizon, hours, np.array([mark == "+" for mark in there]), after)
    return {step: j[k == step].tolist() for step in range(len(there))}


def test_what_lasts_two_hours_began_in_this_step_or_the_one_before() -> None:
    assert lasting(2.0, "++++") == {0: [0], 1: [0, 1], 2: [1, 2], 3: [2, 3]}


def test_what_lasts_no_time_is_over_with_its_step() -> None:
    assert lasting(0.0, "+++") == {0: [0], 1: [1], 2: [2]}


def test_maintenance_ends_being_on_at_once_and_being_off_with_its_end() -> None:
    assert (lasting(9.0, "++-+")[2], lasting(9.0, "++-+")[3]) == ([2], [2, 3])
    off = lasting(9.0, "++-+", after=1)
    assert (off[2], off[3]) == ([0, 1, 2], [3])


def test_the_pairs_of_many_steps_are_no_more_than_what_lasts() -> None:
    k, _ = recent(Horizon(steps=3000, step_h=0.25), 1.0, np.ones(3000, bool), 0)

    assert len(k) == 3000 * 4 - 6  # four quarter hours each, fewer for the first three


def a_line(name: str, begin: str, end: str, reactance: float | None = 1.0) -> Line:
    return Line(id=name, from_node=begin, to_node=end, limit_kw=1.0, reactance=reactance)


def test_lines_are_in_a_loop_where_others_with_a_reactance_join_their_ends() -> None:
    triangle = [a_line("ab", "a", "b"), a_line("bc", "b", "c"), a_line("ca", "c", "a")]
    tail, twins = a_line("cd", "c", "d"), [a_line("de", "d", "e"), a_line("ed", "e", "d")]

    assert in_loops([*triangle, tail]) == {"ab", "bc", "ca"}
    assert in_loops([*triangle[:2], a_line("ca", "c", "a", reactance=None)]) == frozenset()
    assert in_loops([tail, *twins]) == {"de", "ed"}


def test_a_ring_of_thousands_of_lines_is_found_at_once() -> None:
    ring = [a_line(f"l{i}", str(i), str((i + 1) % 5000)) for i in range(5000)]
    began = time.process_time()

    assert len(in_loops(ring)) == 5000
    assert time.process_time() - began < 2.0

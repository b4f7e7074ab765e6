"""Whatever a park has is told in words: no block of the program and no course is without them."""

import json
import re
from functools import cache

import pytest

from services.dispatch.domain.explaining.because import Kind
from services.dispatch.domain.explaining.blocks import owner_and_what
from services.dispatch.domain.explaining.explained import explained
from services.dispatch.domain.explaining.words import (
    ACTIONS,
    AS_BOUNDS,
    DOES,
    LEVELS,
    NO_LIMITS,
    ROWS,
    STATES,
    SWITCHES,
    UNSAID,
    UNTOLD,
)
from services.dispatch.domain.judge import faults
from services.dispatch.domain.model.planning import Planned, planned
from services.dispatch.domain.model.whole import built
from services.dispatch.domain.park.problem import GROUPS, ParkProblem
from services.dispatch.domain.solver import solve
from services.dispatch.solve.problem_file import problem_from
from tests.unit.dispatch.solve.every_device import STEPS, every_device

SCENARIO = re.compile(r"scenario\[\d+\]\.")
DEAREST = 20.0
"""CNY: no energy of this park and no hour of an interruption is worth as much; violations are."""
CHINESE = re.compile("[一-鿿]")


@cache
def the_park() -> ParkProblem:
    return problem_from(json.dumps(every_device()).encode())


@cache
def the_plan() -> Planned:
    return planned(the_park(), solve, 60.0, faults, to_explain=True)


@cache
def kinds() -> dict[str, str]:
    parts = (part for group in GROUPS for part in getattr(the_park(), group))
    return {part.id: type(part).__name__ for part in parts}


def named(names: list[str]) -> set[tuple[str, str]]:
    """Kind ("" for none) and what of each block, without numbers."""
    split = (owner_and_what(SCENARIO.sub("", name)) for name in names)
    return {(kinds().get(owner, ""), what.partition("[")[0]) for owner, what in split}


def wordless(names: list[str], *words: object) -> set[str]:
    """The blocks that stand in none of these, neither by kind nor for all."""
    known = {name for some in words for name in some}  # type: ignore[attr-defined]
    both = {f"{kind}.{what}": what for kind, what in named(names)}
    return {name for name, what in both.items() if not {name, what} & known}


@cache
def the_blocks() -> tuple[list[str], list[str]]:
    """Names of all columns and rows, with every choice of directions and pieces made."""
    build = built(the_park())
    choices = ((i, k) for i, choice in enumerate(build.one_way) for k in range(choice.steps))
    program = build.program(frozenset(choices))
    return list(program.columns), list(program.rows)


def test_the_park_has_a_device_of_each_kind() -> None:
    assert all(getattr(the_park(), group) for group in GROUPS)


def test_each_row_is_a_limit_with_words_or_said_to_be_none() -> None:
    _, rows = the_blocks()

    assert wordless(rows, ROWS, AS_BOUNDS, STATES, NO_LIMITS) == set()


def test_each_column_is_an_action_with_words_or_said_to_follow_from_others() -> None:
    columns, _ = the_blocks()

    assert wordless(columns, ACTIONS, LEVELS, SWITCHES, UNTOLD) == set()


def test_no_word_is_left_over_for_what_no_program_has() -> None:
    columns, rows = the_blocks()
    every = {f"{kind}.{what}" for kind, what in named(columns + rows)}
    every |= {what for _, what in named(columns + rows)}

    assert {name for some in (ROWS, STATES, ACTIONS, SWITCHES) for name in some} <= every


def test_each_course_is_told_or_said_to_say_nothing_more() -> None:
    courses = the_plan().schedule.devices
    names = {
        f"{kinds()[device]}.{name.partition('.')[0]}"
        for device, series in courses.items()
        for name in series
    }

    words = {*DOES, *UNSAID}
    assert {name for name in names if not {name, name.partition(".")[2]} & words} == set()


@pytest.mark.parametrize("device", sorted(kinds()))
def test_every_device_is_explained_in_both_languages_in_every_step(device: str) -> None:
    said = list(explained(the_plan(), device, range(STEPS)))

    assert len(said) == STEPS
    for one in said:
        assert one.because
        assert all(because.en and CHINESE.search(because.zh) for because in one.because)
        assert "nan" not in one.en
        assert not CHINESE.search(one.en)


def test_what_limits_are_worth_is_known_for_a_little_less_use_too() -> None:
    prices = the_plan().prices

    assert prices is not None
    assert prices.eased is not None


def test_no_limit_that_is_kept_is_worth_what_breaking_it_would_cost() -> None:
    breaches = the_plan().books.breaches
    broken = {breach.who for breach in breaches}
    limits_of_the_park = {str(breach.limit) for breach in breaches} & {"reserve"}
    worths = {
        (device, one.what, one.step): one.worth
        for device in sorted(kinds().keys() - broken)
        for said in explained(the_plan(), device, range(STEPS))
        for one in said.because
        if one.kind is Kind.LIMIT and one.what not in limits_of_the_park
    }

    assert {what: worth for what, worth in worths.items() if worth > DEAREST} == {}

"""Who decides, and what is left for the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.dispatch.domain.arbitration import Left, Priority, Proposal, arbitrated
from tests.support.builders import MORNING, after

PLAN = Proposal(Priority.PLAN, "plan", preference_w=300)
DEFAULT = Proposal(Priority.DEFAULT, "default", preference_w=0)


def test_the_plan_decides_within_the_devices_bounds() -> None:
    verdict = arbitrated([DEFAULT, PLAN], -1500, 1500, MORNING)

    assert (verdict.value_w, verdict.won_by) == (300, Priority.PLAN)


def test_safety_narrows_and_the_plan_chooses_the_nearest_point_that_is_left() -> None:
    safety = Proposal(Priority.SAFETY, "import limit", upper_w=100)

    verdict = arbitrated([PLAN, safety], -1500, 1500, MORNING)

    assert (verdict.value_w, verdict.won_by, verdict.reason) == (
        100,
        Priority.SAFETY,
        "import limit",
    )
    assert verdict.left == (
        Left(Priority.SAFETY, -1500, 1500),
        Left(Priority.PLAN, -1500, 100),
    )


def test_a_preference_leaves_nothing_to_those_below() -> None:
    operator = Proposal(Priority.OPERATOR, "li: test", preference_w=-50)

    verdict = arbitrated([PLAN, operator, DEFAULT], -1500, 1500, MORNING)

    assert verdict.value_w == -50
    assert Left(Priority.PLAN, -50, -50) in verdict.left


def test_contradicting_bounds_go_to_the_higher_priority() -> None:
    safety = Proposal(Priority.SAFETY, "hold", lower_w=0, upper_w=0)
    grid_operator = Proposal(Priority.GRID_OPERATOR, "deliver", upper_w=-500)

    assert arbitrated([grid_operator, safety, PLAN], -1500, 1500, MORNING).value_w == 0


def test_an_expired_proposal_has_no_say() -> None:
    old = Proposal(Priority.OPERATOR, "li", preference_w=-50, expires_at=MORNING)

    assert arbitrated([PLAN, old], -1500, 1500, after(0)).value_w == 300


def test_empty_bounds_are_a_mistake_that_names_its_cure() -> None:
    with pytest.raises(ValueError, match="swap them"):
        Proposal(Priority.PLAN, "plan", lower_w=5, upper_w=4)


@given(
    st.lists(
        st.builds(
            lambda p, a, b, w: Proposal(p, "x", min(a, b), max(a, b), w),
            st.sampled_from(list(Priority)),
            st.floats(-2000, 2000),
            st.floats(-2000, 2000),
            st.none() | st.floats(-2000, 2000),
        ),
        max_size=8,
    )
)
def test_the_value_is_always_within_the_devices_bounds(proposals: list[Proposal]) -> None:
    assert -1500 <= arbitrated(proposals, -1500, 1500, MORNING).value_w <= 1500

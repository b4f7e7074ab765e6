"""What is kept free for what is not foreseen, from paths (§10)."""

import numpy as np

from services.dispatch.domain.uncertainty.tightening import headroom_kw


def test_headroom_is_what_a_share_of_the_paths_does_not_pass() -> None:
    """Errors of 0, 10, 20, 30 and 40 kW: three of four are at 30 or below."""
    paths = 100.0 + np.array([[0.0], [10.0], [20.0], [30.0], [40.0]])

    assert headroom_kw(paths, np.array([100.0]), 0.75).tolist() == [30.0]


def test_less_than_planned_needs_no_headroom() -> None:
    paths = np.array([[80.0, 120.0], [90.0, 130.0]])

    assert headroom_kw(paths, np.array([100.0, 100.0]), 1.0).tolist() == [0.0, 30.0]


def test_what_would_be_fed_in_needs_no_headroom() -> None:
    """100 kW of surplus are expected; on one path 50 kW are taken, on the other 80 fed in."""
    paths = np.array([[50.0], [-80.0]])

    assert headroom_kw(paths, np.array([-100.0]), 1.0).tolist() == [50.0]

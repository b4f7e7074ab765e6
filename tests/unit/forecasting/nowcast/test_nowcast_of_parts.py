"""A nowcast holds on to the present of the whole device, and tells what can run."""

import numpy as np

from services.forecasting.domain.nowcast.available import nowcast_of_parts, whole_outlooks
from services.forecasting.domain.nowcast.leads import HEAD_QUARTERS, MINUTES
from services.forecasting.domain.nowcast.learning import Trust
from services.forecasting.domain.nowcast.nowcast import FRESH_MIN, Based, Nowcast
from services.forecasting.domain.series import Floats

QUARTER = 1_700_000


def said(whole_w: float, share: Floats, newest_w: float, ran: float, minute: int = 5) -> Nowcast:
    """Return the nowcast some minutes into a quarter of a load, from an issue of what can run."""
    quantiles = np.array([0.9, 1.0, 1.1])[None, :, None] * whole_w * share[None, None, :]
    based = Based(QUARTER, quantiles, np.zeros(1), np.full(1, np.inf), np.zeros(1, np.bool_))
    newest = np.full((1, FRESH_MIN), newest_w)
    now = np.full((1, FRESH_MIN), ran)
    given = (15 * QUARTER + minute, based, share[None], newest, now, Trust.untaught(1))
    return nowcast_of_parts(*given)


def from_quarter(first: int, value: float) -> Floats:
    share = np.ones(HEAD_QUARTERS)
    share[first:] = value
    return share


def test_an_outage_of_the_next_hour_is_in_the_nowcast_though_the_load_runs_on_now() -> None:
    made = said(100.0, from_quarter(1, 0.0), newest_w=130.0, ran=1.0)

    until_outage, outage = made.quantiles[0, :, :10], made.quantiles[0, :, 10:]
    assert (until_outage[1] > 110.0).all()  # it holds on to the 130 W of now
    assert (outage == 0.0).all()


def test_what_runs_by_half_is_held_on_to_by_half() -> None:
    made = said(100.0, from_quarter(1, 0.5), newest_w=100.0, ran=1.0)

    assert np.allclose(made.quantiles[0, 1, :10], 100.0)
    assert np.allclose(made.quantiles[0, 1, 10:], 50.0)


def test_an_outage_is_no_new_level_once_it_is_over() -> None:
    share = np.ones(HEAD_QUARTERS)
    share[0] = 0.0

    made = said(100.0, share, newest_w=np.nan, ran=0.0)

    assert (made.quantiles[0, :, :10] == 0.0).all()
    assert np.allclose(made.quantiles[0, 1, MINUTES:], 100.0)
    assert made.age_min[0] == -1


def test_the_anchor_is_told_as_it_was_measured() -> None:
    made = said(100.0, from_quarter(0, 0.5), newest_w=100.0, ran=0.5)

    assert made.last.tolist() == [50.0]
    assert np.allclose(made.quantiles[0, 1], 50.0)


def test_outlooks_of_whole_devices_are_what_was_issued_over_what_can_run() -> None:
    issued = np.array([100.0, 50.0, 0.0, 0.0, 80.0])[None, None].repeat(3, axis=1)

    whole = whole_outlooks(issued, np.array([[1.0, 0.5, 0.0, 0.0, 1.0]]))
    nothing = whole_outlooks(issued * 0.0, np.zeros((1, 5)))

    assert whole[0, 1].tolist() == [100.0, 100.0, 100.0, 80.0, 80.0]
    assert (nothing == 0.0).all()

"""What a store must hold to keep a limit on most of what may come."""

import numpy as np
import pytest

from services.dispatch.domain.foresight.peaks import Shaver
from services.dispatch.domain.uncertainty.reserve import needed_kwh

BATTERY = Shaver(room_kwh=100.0, charge_kw=20.0, discharge_kw=50.0)
HOURS = np.ones(4)


def needed(*paths: tuple[float, ...], share: float = 1.0, shaver: Shaver = BATTERY) -> list[float]:
    """Hold 100 kW over four hours."""
    limit = np.full(4, 100.0)
    return needed_kwh(np.array(paths), limit, HOURS, shaver, share).tolist()


def test_what_passes_the_limit_must_be_there_before() -> None:
    assert needed((90.0, 90.0, 130.0, 100.0)) == [20.0, 30.0, 0.0, 0.0]


def test_what_comes_in_between_counts() -> None:
    """40 kWh in the last hour, of which 10 can be charged in the hour before."""
    assert needed((100.0, 100.0, 90.0, 140.0)) == [30.0, 30.0, 40.0, 0.0]


def test_the_first_step_needs_nothing_of_its_own_end() -> None:
    """What is given in the first step is not there any more at its end."""
    assert needed((150.0, 100.0, 100.0, 100.0)) == [0.0, 0.0, 0.0, 0.0]


def test_no_more_is_held_than_there_is_room_or_power_for() -> None:
    """Three hours of 50 kW at most are 150 kWh, the store holds 100."""
    assert needed((100.0, 300.0, 300.0, 300.0)) == [100.0, 100.0, 50.0, 0.0]


def test_losses_ask_for_more() -> None:
    lossy = Shaver(room_kwh=100.0, charge_kw=20.0, discharge_kw=50.0, discharge_efficiency=0.5)

    assert needed((100.0, 100.0, 100.0, 120.0), shaver=lossy)[2] == 40.0


def test_a_share_of_the_paths_is_held() -> None:
    """Of five paths that need 0, 10, 20, 30 and 40 kWh four need 30 at most."""
    paths = [(100.0, 100.0, 100.0, 100.0 + over) for over in (0.0, 10.0, 20.0, 30.0, 40.0)]

    assert needed(*paths, share=0.75)[2] == pytest.approx(30.0)

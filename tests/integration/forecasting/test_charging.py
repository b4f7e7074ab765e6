"""What ports say becomes the fleet's demand in the database, in any order, and tells an issue."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from services.forecasting.domain.charging.connected import AHEAD, FEWEST_ISSUES
from services.forecasting.domain.outlook.answering import Outlook
from services.forecasting.domain.series import Floats, Series, quarter_number, quarter_start
from services.forecasting.domain.targets import targets_of
from services.forecasting.minute_store import MinuteStore
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame
from tests.support.builders import a_park
from tests.support.charging import FLEET, Ports, a_frame, recorded_frame, the_fleet

NOON = datetime(2019, 6, 5, 4, tzinfo=UTC)  # 12:00 on the park's clock, a Wednesday
FIRST = quarter_number(NOON)
PORTS = list(the_fleet().rating_w)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def ports(fresh_database: str) -> AsyncIterator[Ports]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    running = Ports(database)
    await running.start()
    yield running
    await database.stop()


async def demand_w(ports: Ports, quarters: int, first: int = FIRST) -> Floats:
    (target,) = (one for one in targets_of(a_park()) if one.point_id == FLEET)
    found = await ports.quarters.power_w((target,), first, first + quarters)
    return found[FLEET]


def everybody(at: datetime, **wanted: float) -> Frame:
    """Return a frame of all ports; those named have a vehicle that wants so many Wh."""
    return a_frame(at, [(p, float(p in wanted), wanted.get(p, 0.0)) for p in PORTS])


async def test_a_steered_vehicles_demand_is_what_it_would_draw_unsteered(ports: Ports) -> None:
    await ports.take(everybody(NOON))
    for minute in range(1, 46):  # it wants 3.5 kWh, half an hour at 7 kW, and gets nothing
        await ports.take(everybody(NOON + minute * MINUTE, charger_01=3_500.0))

    demand = await demand_w(ports, 4)
    _, minute, mean = await MinuteStore(ports.database, "demo-park").means(
        [FLEET], NOON, NOON + timedelta(hours=1)
    )

    assert demand[:3].tolist() == pytest.approx([7_000.0 * 14 / 15, 7_000.0, 7_000.0 / 15])
    assert mean[:2].tolist() == [0.0, 7_000.0]
    assert minute[-1] == FIRST * 15 + 45


async def test_any_order_and_repetition_of_frames_leaves_the_same_demand(ports: Ports) -> None:
    morning = NOON - timedelta(hours=4)
    frames = [recorded_frame(morning + 5 * n * MINUTE) for n in range(80)]
    for frame in frames:
        await ports.take(frame)
    first = quarter_number(morning)
    once = await demand_w(ports, 30, first)

    await ports.take_shuffled(frames, seed=3)

    assert np.nanmax(once) > 50_000.0
    assert (await demand_w(ports, 30, first)).tobytes() == once.tobytes()


async def test_a_silent_cabinet_makes_the_fleet_unknown_not_small(ports: Ports) -> None:
    await ports.take(everybody(NOON, charger_40=90_000.0))
    for minute in (15, 20, 30):  # the first of four cabinets is silent
        some = [(p, float(p == "charger_40"), 90_000.0 * (p == "charger_40")) for p in PORTS[13:]]
        await ports.take(a_frame(NOON + minute * MINUTE, some))

    demand = await demand_w(ports, 2)

    assert demand[0] == pytest.approx(7_000.0)
    assert np.isnan(demand[1])


def a_past(value_w: float = 21_000.0) -> Series:
    return Series(FIRST - 30 * 96, np.full(30 * 96, value_w))


async def test_an_issue_hears_vehicles_by_words_of_earlier_quarters_only(ports: Ports) -> None:
    before = NOON - 2 * MINUTE
    await ports.take(everybody(before, charger_01=7_000.0))
    sessions = await ports.charging.at(NOON, {FLEET: a_past()})
    outlook = Outlook(np.full((3, 192), 20_000.0), {"usual": 1.0})
    sessions.told(FLEET, outlook)
    at_noon = sessions.said[FLEET]

    await ports.take(everybody(NOON, charger_01=7_000.0, charger_02=50_000.0))
    again = await ports.charging.at(NOON, {FLEET: a_past()})
    again.told(FLEET, outlook)

    course = 7_000.0 * np.array([1.0, 1.0, 1.0, 13 / 15] + [0.0] * (AHEAD - 4))
    np.testing.assert_allclose(at_noon.course_w[0], course)
    assert again.said[FLEET].course_w.tobytes() == at_noon.course_w.tobytes()


async def test_what_was_said_is_kept_as_it_was_and_weighs_the_next_issue(ports: Ports) -> None:
    """Two days of issues at which vehicles were right and the outlook was not."""
    wrong = Outlook(np.array([[9e3], [10e3], [11e3]]) * np.ones((1, 192)), {"usual": 1.0})
    for back in range(FEWEST_ISSUES + 96 + AHEAD, 0, -1):
        at = quarter_start(FIRST - back)
        past = Series(FIRST - 30 * 96, np.full(30 * 96 - back, 21_000.0))
        sessions = await ports.charging.at(at, {FLEET: past})
        assert sessions.told(FLEET, wrong).quantiles.shape == (3, 192)
        await ports.charging.keep(sessions)
        await ports.charging.keep(sessions)  # a restart: nothing is kept twice

    sessions = await ports.charging.at(NOON, {FLEET: a_past()})
    outlook = sessions.told(FLEET, wrong)

    assert outlook.quantiles[1, :AHEAD].tolist() == [21_000.0] * AHEAD
    assert outlook.quantiles[1, AHEAD] == 10_000.0


async def test_words_and_samples_are_forgotten_together(ports: Ports) -> None:
    await ports.take(everybody(NOON, charger_01=7_000.0))

    await ports.store.forget_before(FIRST + 1)

    rows = await ports.database.rows("SELECT count(*) FROM port_word")
    assert rows[0][0] == 0
    assert (await demand_w(ports, 1))[0] == pytest.approx(7_000.0)


async def test_a_replay_of_times_that_no_words_are_left_of_changes_nothing(ports: Ports) -> None:
    for minute in range(16):
        await ports.take(everybody(NOON + minute * MINUTE, charger_01=7_000.0))
    once = await demand_w(ports, 2)
    long_ago = everybody(NOON - timedelta(days=90), charger_02=7_000.0)

    await ports.take(replace(long_ago, arrival_time=NOON))

    assert (await demand_w(ports, 2)).tobytes() == once.tobytes()
    assert np.isnan(await demand_w(ports, 4, FIRST - 90 * 96)).all()

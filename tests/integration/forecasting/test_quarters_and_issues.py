"""What the database makes of readings: one mean a quarter, whatever order they come in."""

import random
import tracemalloc
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.energy.readings import Verdict
from services.energy.time_grid import to_microseconds
from services.forecasting.charging_store import ChargingStore
from services.forecasting.charging_words import ChargingWriter
from services.forecasting.domain.joint.past_errors import PastErrors
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.domain.targets import targets_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.minute_store import MinuteStore
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.past import Past
from services.forecasting.store import QuarterStore
from services.forecasting.stream import ReadingsWriter
from services.runtime.database import Database, migrate
from services.runtime.frames import Frame, message_from
from services.runtime.received import Received
from services.runtime.topics import READINGS
from tests.support.builders import MORNING, a_park, after

STEEL, PV = "steel.active_power_w", "pv.available_power_w"
QUARTER = quarter_number(MORNING)


@dataclass
class Kept:
    """The stores on an empty database, and the writer that feeds them."""

    database: Database
    quarters: QuarterStore
    issues: IssueStore
    writer: ReadingsWriter

    async def take(self, *frames: Frame) -> None:
        batch = [
            Received(message_from(frame), READINGS.name, 0, offset, "")
            for offset, frame in enumerate(frames)
        ]
        await self.writer.take(batch)

    async def power_w(self, point_id: str, quarters: int = 1) -> Floats:
        park = a_park()
        series = await self.quarters.series(targets_of(park), QUARTER, QUARTER + quarters)
        return series[point_id].power_w


@pytest.fixture
async def kept(fresh_database: str) -> AsyncIterator[Kept]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    quarters = QuarterStore(database, "demo-park")
    await quarters.learn([target.source_point_id for target in targets_of(a_park())])
    charging = ChargingStore(database, "demo-park", quarters)
    writer = ReadingsWriter("demo-park", quarters, ChargingWriter((), charging, timedelta(days=40)))
    yield Kept(database, quarters, IssueStore(database, "demo-park"), writer)
    await database.stop()


def a_frame(
    *readings: tuple[datetime, float],
    point: str = STEEL,
    arrival: datetime | None = None,
    verdict: Verdict = Verdict.BELIEVED,
    park_id: str = "demo-park",
) -> Frame:
    times, values = zip(*readings, strict=True)
    arrival = arrival or max(times) + timedelta(seconds=1)
    return Frame(
        park_id=park_id,
        source_id="mqtt-site",
        frame_id=f"{point}/{arrival}/{verdict}",
        arrival_time=arrival,
        point_ids=("some.other_point", point),
        point_index=np.ones(len(times), np.uint32),
        event_time_us=np.array([to_microseconds(at) for at in times], np.int64),
        value=np.array(values, np.float64),
        verdict=np.full(len(times), verdict, np.uint8),
        doubt=np.zeros(len(times), np.uint8),
    )


async def test_a_quarter_is_the_mean_of_its_readings(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 10.0), (after(minutes=14), 30.0)))
    await kept.take(a_frame((after(minutes=15), 99.0)))

    assert (await kept.power_w(STEEL, 2)).tolist() == [20.0, 99.0]


async def test_what_was_not_measured_is_not_a_number(kept: Kept) -> None:
    await kept.take(a_frame((after(minutes=15), 99.0)))

    assert np.isnan(await kept.power_w(STEEL)).all()


async def test_available_pv_power_is_published_as_production(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 500.0), point=PV))

    assert (await kept.power_w("pv.active_power_w")).tolist() == [-500.0]


async def test_a_late_reading_renews_the_mean(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 10.0)))
    await kept.take(a_frame((after(minutes=5), 20.0), arrival=after(hours=30)))

    assert (await kept.power_w(STEEL)).tolist() == [15.0]


async def test_a_correction_that_arrived_later_stands_even_when_it_is_read_first(
    kept: Kept,
) -> None:
    await kept.take(a_frame((MORNING, 50.0), arrival=after(minutes=9)))
    await kept.take(a_frame((MORNING, 10.0), arrival=after(minutes=1)))

    assert (await kept.power_w(STEEL)).tolist() == [50.0]


async def test_suspect_readings_count_only_where_nothing_is_believed(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 70.0), verdict=Verdict.SUSPECT))
    alone = await kept.power_w(STEEL)
    await kept.take(a_frame((after(minutes=1), 10.0)))

    assert alone.tolist() == [70.0]
    assert (await kept.power_w(STEEL)).tolist() == [10.0]


async def test_rejected_readings_and_other_parks_are_not_kept(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 70.0), verdict=Verdict.REJECTED))
    await kept.take(a_frame((MORNING, 70.0), park_id="elsewhere"))

    assert np.isnan(await kept.power_w(STEEL)).all()


async def test_any_order_and_any_repetition_of_frames_leaves_the_same_means(kept: Kept) -> None:
    rng = random.Random(4)
    frames = [
        a_frame(
            (after(minutes=rng.randrange(60)), rng.uniform(0, 100)),
            arrival=after(minutes=60 + number),
        )
        for number in range(60)
    ]
    await kept.take(*frames)
    once = await kept.power_w(STEEL, 4)

    for frame in rng.sample(frames * 2, 120):
        await kept.take(frame)

    assert (await kept.power_w(STEEL, 4)).tobytes() == once.tobytes()


async def test_an_old_sample_is_forgotten_but_its_quarter_stays(kept: Kept) -> None:
    await kept.take(a_frame((MORNING, 10.0)))

    await kept.quarters.forget_samples_before(kept.quarters.numbers[STEEL], QUARTER + 1)

    assert await kept.quarters.reached(MORNING) == {}
    assert (await kept.power_w(STEEL)).tolist() == [10.0]


def an_issue(at: datetime, valid: datetime) -> ForecastIssue:
    issue = ForecastIssue(park_id="demo-park")
    issue.issue_time.FromDatetime(at)
    issue.valid_until.FromDatetime(valid)
    return issue


async def test_an_issue_once_made_is_never_changed(kept: Kept) -> None:
    first = an_issue(MORNING, after(hours=1))

    await kept.issues.keep(first, after(1))
    stands = await kept.issues.keep(an_issue(MORNING, after(hours=9)), after(2))

    assert stands == first
    assert await kept.issues.newest() == first


async def test_every_issue_stays_readable_by_what_was_known_when(kept: Kept) -> None:
    first, second = an_issue(MORNING, after(hours=1)), an_issue(after(minutes=15), after(hours=2))
    await kept.issues.keep(first, after(1))
    await kept.issues.keep(second, after(minutes=16))

    assert await kept.issues.newest() == second
    assert await kept.issues.newest(after(minutes=14)) == first
    assert await kept.issues.newest(after(minutes=-1)) is None
    assert await kept.issues.times_after(MORNING) == [after(minutes=15)]


async def test_the_past_in_memory_is_what_the_database_has_however_late_it_came(
    kept: Kept,
) -> None:
    targets = targets_of(a_park())
    past = Past(kept.quarters, targets)
    await kept.take(a_frame((MORNING, 10.0), (after(minutes=15), 20.0)))
    first = (await past.until(QUARTER + 2))[STEEL]

    await kept.take(a_frame((after(minutes=5), 30.0), arrival=after(hours=30)))
    await kept.take(a_frame((after(minutes=30), 40.0)))
    later = (await past.until(QUARTER + 3))[STEEL]

    assert first.power_w[-2:].tolist() == [10.0, 20.0]
    assert later.power_w[-3:].tolist() == [20.0, 20.0, 40.0]
    assert later.end_quarter == QUARTER + 3
    again = (await Past(kept.quarters, targets).until(QUARTER + 3))[STEEL]
    np.testing.assert_array_equal(later.power_w, again.power_w)


async def test_the_past_begins_anew_after_a_long_pause_and_when_time_goes_back(kept: Kept) -> None:
    past = Past(kept.quarters, targets_of(a_park()))
    await kept.take(a_frame((MORNING, 10.0)))

    ends = (QUARTER + 1, QUARTER + 100 * 96, QUARTER + 1)
    values = [(await past.until(end))[STEEL].power_w for end in ends]

    assert np.isnan(values[1]).all()
    np.testing.assert_array_equal(values[0], values[2])
    assert values[2][-1] == 10.0


async def test_minutes_are_means_of_believed_readings_only(kept: Kept) -> None:
    minutes = MinuteStore(kept.database, "demo-park")
    await kept.take(a_frame((MORNING, 10.0), (after(minutes=0.5), 30.0), (after(minutes=1), 7.0)))
    await kept.take(a_frame((after(minutes=2), 99.0), verdict=Verdict.SUSPECT))

    place, minute, mean = await minutes.means([PV, STEEL], MORNING, after(minutes=5))

    assert place.tolist() == [1, 1]
    assert (minute - QUARTER * 15).tolist() == [0, 1]
    assert mean.tolist() == [20.0, 7.0]


async def test_nowcasts_are_kept_once_and_forgotten_when_they_are_old(kept: Kept) -> None:
    store = NowcastStore(kept.database, "demo-park")
    for minute, park in ((0, "first"), (0, "second"), (1, "third")):
        nowcast = NowcastIssue(park_id=park)
        nowcast.issue_time.FromDatetime(after(minutes=minute))
        await store.keep(nowcast, after(minutes=9))

    by_first = await store.newest(after(minutes=0.5))
    newest = await store.newest()
    await store.forget_before(after(minutes=1))

    assert by_first is not None
    assert newest is not None
    assert (by_first.park_id, newest.park_id) == ("first", "third")
    assert await store.newest(after(minutes=0.5)) is None


async def test_paths_of_an_issue_are_drawn_from_what_was_known_then(kept: Kept) -> None:
    store = JointStore(kept.database, "demo-park")
    joint = Joint(a_park(), store)
    minute, horizons = np.arange(3) * 165, np.arange(1, 5)
    score = np.ones((3, 4), np.float32)
    monday = {STEEL: PastErrors(minute, horizons, score, 4.0)}
    tuesday = {STEEL: PastErrors(minute, horizons, 0.5 * score, 8.0)}

    first = await joint.known_for(MORNING, monday)
    same_day = await joint.known_for(after(hours=3), tuesday)
    next_day = await joint.known_for(after(hours=24), tuesday)
    restarted = await Joint(a_park(), store).known_at(after(hours=3))

    assert first[STEEL].memory == same_day[STEEL].memory == 4.0
    assert next_day[STEEL].memory == 8.0
    assert restarted is not None
    assert restarted[STEEL].memory == 4.0
    np.testing.assert_array_equal(restarted[STEEL].score, score)
    assert await joint.known_at(after(hours=-1)) is None


async def test_paths_are_drawn_from_the_same_before_and_after_a_restart(kept: Kept) -> None:
    store = JointStore(kept.database, "demo-park")
    score = np.random.default_rng(3).normal(size=(30, 4)).astype(np.float32)
    errors = {STEEL: PastErrors(np.arange(30) * 165, np.arange(1, 5), score, 4.0)}

    drawn_from = await Joint(a_park(), store).known_for(MORNING, errors)
    restarted = await Joint(a_park(), store).known_for(after(minutes=15), {})

    assert drawn_from[STEEL].score.tobytes() == restarted[STEEL].score.tobytes()
    np.testing.assert_allclose(drawn_from[STEEL].score, score, atol=2e-3)


async def test_errors_of_a_point_that_was_removed_are_not_kept_on(kept: Kept) -> None:
    store = JointStore(kept.database, "demo-park")
    errors = PastErrors(np.arange(3) * 165, np.arange(1, 5), np.ones((3, 4), np.float32), 4.0)
    await store.keep(MORNING, {STEEL: errors, "gone.active_power_w": errors})

    next_day = await Joint(a_park(), store).known_for(after(hours=24), {})

    assert next_day.keys() == {STEEL}


async def test_a_year_is_read_with_little_more_memory_than_it_takes(kept: Kept) -> None:
    number, quarters = kept.quarters.numbers[STEEL], 366 * 96
    async with kept.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO quarter SELECT %s, %s + place, place, 15"
            " FROM generate_series(0, %s - 1) AS place",
            (number, QUARTER, quarters),
        )

    tracemalloc.start()
    power_w = await kept.power_w(STEEL, quarters)
    _, most_bytes = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    series_bytes = len(targets_of(a_park())) * power_w.nbytes
    assert power_w.tolist() == list(range(quarters))
    assert most_bytes < series_bytes + 4 * power_w.nbytes

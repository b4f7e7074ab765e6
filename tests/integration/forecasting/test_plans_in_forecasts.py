"""Plans from the database to an issue: known in time, obeyed, learnt from, never ahead."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast
from services.energy.time_grid import QUARTER
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.plans import PRODUCTION, PlanKind, PlanValue
from services.forecasting.domain.series import Floats, quarter_number
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.runtime.database import Database, migrate
from tests.support.issuing import Issuing
from tests.support.training import METALWORK, NOW, STEEL, Training, shift_quarters

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAST_DAYS = 40
SOME = Effort(cases=1_500, rounds=25)


def told(
    begin: datetime,
    values: Floats | list[float],
    known: datetime,
    kind: PlanKind = PlanKind.AVAILABILITY,
    device: str = "steel",
) -> list[PlanValue]:
    """Return a plan of quarters from `begin` on, made and known at one moment."""
    first = quarter_number(begin)
    return [
        PlanValue(device, kind, first + i, float(value), known, known, "shift leader")
        for i, value in enumerate(values)
    ]


@dataclass
class Works:
    """Two works that are trained and issued on a real database, at any moment."""

    training: Training

    async def issue(self, at: datetime = NOW) -> ForecastIssue:
        """Issue as a process does that has just started, and reckon after it."""
        async with self.training.database.transaction() as connection:
            await connection.execute("TRUNCATE issue")
        issuing = Issuing(self.training.database, self.training.points, at)
        await issuing.training.quarters.learn([STEEL, METALWORK])
        await issuing.states.refresh()
        basis = await issuing.issuer().issue(at)
        assert basis is not None
        await issuing.learner.reckon_some(basis.whole, basis.weather, basis.planned)
        assert issuing.board.newest is not None
        return issuing.board.newest


@pytest.fixture
async def works(fresh_database: str) -> AsyncIterator[Works]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield Works(Training(database, points=(STEEL, METALWORK)))
    await database.stop()


async def know(works: Works, steel_w: Floats, until: datetime = NOW) -> None:
    await works.training.know(STEEL, steel_w, until)
    await works.training.know(METALWORK, shift_quarters(PAST_DAYS, seed=2), until)


def of(issue: ForecastIssue, point: str) -> SeriesForecast:
    (found,) = (series for series in issue.series if series.point_id == point)
    return found


async def test_a_planned_outage_is_issued_with_its_reason_and_the_rest_as_before(
    works: Works,
) -> None:
    await know(works, shift_quarters(PAST_DAYS))
    before = await works.issue()
    await works.training.plans.keep(told(NOW + 10 * HOUR, [0.4] * 16, NOW - DAY))
    await works.training.plans.keep(told(NOW + 14 * HOUR, [0.0] * 4, NOW))

    after = await works.issue()

    share = np.ones(192)
    share[40:56], share[56:60] = 0.4, 0.0
    for which in ("p10_w", "p50_w", "p90_w"):
        whole = np.array(getattr(of(before, STEEL), which))
        np.testing.assert_allclose(getattr(of(after, STEEL), which), whole * share, atol=0.051)
    assert of(after, METALWORK) == of(before, METALWORK)
    assert list(of(after, STEEL).available_share) == share.astype(np.float32).tolist()
    assert of(after, STEEL).caveat == (
        f"planned availability 40% from {NOW + 10 * HOUR:%Y-%m-%dT%H:%MZ} to "
        f"{NOW + 14 * HOUR:%Y-%m-%dT%H:%MZ}; planned availability 0% from "
        f"{NOW + 14 * HOUR:%Y-%m-%dT%H:%MZ} to {NOW + 15 * HOUR:%Y-%m-%dT%H:%MZ}"
    )


async def test_sums_and_scenarios_agree_with_an_outage(works: Works) -> None:
    await know(works, shift_quarters(PAST_DAYS))
    await works.training.plans.keep(told(NOW + 10 * HOUR, [0.0] * 8, NOW))

    issue = await works.issue()

    joint = Joint(works.training.park, JointStore(works.training.database, "demo-park"))
    paths = joint.scenarios(issue, {}, 20, [STEEL])
    (steel,) = paths.series
    drawn = np.array(steel.power_w).reshape(20, 192)
    assert (drawn[:, 40:48] == 0.0).all()
    assert (drawn[:, 48:] > 0.0).any()
    (total,) = (one for one in issue.aggregates if one.point_id == "tenant.steel.load_w")
    assert list(total.p50_w) == list(of(issue, STEEL).p50_w)
    assert total.caveat == "1 of 1 members can run in part only"
    for said_w in (total.p10_w, total.p50_w, total.p90_w):
        assert list(said_w[40:48]) == [0.0] * 8


async def test_a_shutdown_that_was_planned_is_no_new_level(works: Works) -> None:
    usual_w = shift_quarters(PAST_DAYS)
    shut_w = usual_w.copy()
    shut_w[-3 * 96 :] = 0.0  # Thursday to Saturday night
    await know(works, shut_w)
    unplanned = await works.issue()
    await works.training.plans.keep(told(NOW - 3 * DAY, [0.0] * 288, NOW - 4 * DAY))
    await works.training.plans.keep(told(NOW, [0.0] * 8, NOW))
    planned = await works.issue()
    await know(works, usual_w)
    never_shut = await works.issue()

    def off_w(issue: ForecastIssue) -> float:
        """Return how far the medians of the second day are from those without a shutdown."""
        said, usual = (np.array(of(one, STEEL).p50_w[96:]) for one in (issue, never_shut))
        return float(np.abs(said - usual).mean())

    assert list(of(planned, STEEL).p50_w[:8]) == [0.0] * 8
    assert off_w(planned) < 0.5 * off_w(unplanned)
    assert "no readings" not in of(planned, STEEL).caveat


async def test_nothing_told_after_an_issue_changes_a_number_of_it(works: Works) -> None:
    await know(works, shift_quarters(PAST_DAYS))
    await works.training.plans.keep(told(NOW - DAY, [0.6] * 200, NOW - 2 * DAY))
    made = np.random.default_rng(5).uniform(0.0, 9.0, 4_032)
    await works.training.plans.keep(told(NOW - 40 * DAY, made, NOW - 41 * DAY, PlanKind.PRODUCTION))
    await replace(works.training, now=NOW).trainer(SOME).train_due()
    await works.issue()  # weights are reckoned after the first issue
    before = await works.issue()

    for hours in (0.2, 5.0, 30.0):
        later = NOW + hours * HOUR
        await works.training.plans.keep(told(NOW - DAY, [0.0] * 300, later))
        await works.training.plans.keep(
            told(NOW - 9 * DAY, [1e6] * 1_000, later, PlanKind.PRODUCTION)
        )

    assert await works.issue() == before


async def test_a_production_schedule_is_learnt_from_and_missed_when_it_ends(works: Works) -> None:
    made = np.repeat(np.random.default_rng(3).uniform(0.0, 10.0, (PAST_DAYS + 3) * 6), 16)
    power_w = 20.0 + 10.0 * made + np.random.default_rng(4).normal(0.0, 1.0, len(made))
    ahead = PAST_DAYS * 96
    await know(works, power_w[:ahead])
    await works.training.trainer(SOME).train_due()
    blind = await works.issue()

    begin = NOW - PAST_DAYS * DAY
    await works.training.plans.keep(
        told(begin, made[: ahead + 96], begin - DAY, PlanKind.PRODUCTION)
    )
    a_day_later = replace(works.training, now=NOW + DAY)
    await know(works, power_w[: ahead + 96], NOW + DAY)
    await a_day_later.plans.keep(
        told(NOW + DAY, made[ahead + 96 : ahead + 192], NOW + DAY - 7 * HOUR, PlanKind.PRODUCTION)
    )
    await a_day_later.trainer(SOME).train_due()
    seeing = of(await works.issue(NOW + DAY), STEEL)

    (card, *_) = await works.training.cards(STEEL)
    assert PRODUCTION in card.features
    blind_off = np.abs(np.array(of(blind, STEEL).p50_w[:96]) - power_w[ahead : ahead + 96]).mean()
    came_w = power_w[ahead + 96 : ahead + 192]
    assert np.abs(np.array(seeing.p50_w[:96]) - came_w).mean() < 0.4 * blind_off
    assert seeing.caveat == "production schedule for 50% of the time ahead"


async def test_the_plan_made_later_stands_whenever_it_came_and_the_same_is_no_news(
    works: Works,
) -> None:
    plans, quarter = works.training.plans, quarter_number(NOW)
    first = told(NOW, [0.5] * 4, NOW - 3 * HOUR)
    newer = told(NOW, [0.2] * 2, NOW - HOUR)
    overtaken = [replace(one, known_at=NOW, value=0.0) for one in first[:1]]

    kept = [await plans.keep(one) for one in (first, first, newer, overtaken)]

    assert kept == [4, 0, 2, 1]
    at_two, at_now = [
        (await plans.known(["steel"], quarter, quarter + 4, at)).share(STEEL, quarter, 4)
        for at in (NOW - 2 * HOUR, NOW)
    ]
    assert at_two is not None
    assert at_now is not None
    assert at_two.tolist() == [0.5] * 4
    assert at_now.tolist() == [0.2, 0.2, 0.5, 0.5]


async def test_all_of_a_device_can_run_again_once_that_is_told(works: Works) -> None:
    plans, quarter = works.training.plans, quarter_number(NOW)
    await plans.keep(told(NOW, [0.0] * 4, NOW - 3 * HOUR))
    await plans.keep(told(NOW, [1.0] * 4, NOW - QUARTER))

    known = await plans.known(["steel"], quarter, quarter + 4, NOW)

    assert known.share(STEEL, quarter, 4) is None


async def test_words_on_quarters_that_are_over_go_once_later_ones_replaced_them(
    works: Works,
) -> None:
    plans, begin = works.training.plans, NOW - 3 * DAY
    for hours in range(30, 0, -1):
        made_at = begin - hours * HOUR
        await plans.keep(told(begin, [0.5 + hours / 100] * 8, made_at))
        await plans.keep(told(begin, [float(hours)] * 8, made_at, PlanKind.PRODUCTION))
    await plans.keep(told(NOW, [0.3] * 4, NOW - 2 * HOUR))
    await plans.keep(told(NOW, [0.2] * 4, NOW - HOUR))
    span = (quarter_number(begin), quarter_number(NOW) + 4, NOW)
    before = await plans.known(["steel"], *span)

    await plans.forget_replaced(NOW, lambda: None)

    after = await plans.known(["steel"], *span)
    assert before.told.keys() == after.told.keys()
    for name, told_before in before.told.items():
        assert after.told[name].quarter.tolist() == told_before.quarter.tolist()
        assert after.told[name].value.tolist() == told_before.value.tolist()
    rows = await works.training.database.rows("SELECT count(*) FROM plan")
    assert rows[0][0] == 8 + 8 + 4 + 4  # nothing that may still be asked for is gone

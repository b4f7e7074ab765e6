"""What serves a point: the registry's champion as soon as it is there, plain models otherwise."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from services.forecasting.domain.outlook.answering import answer
from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.outlook.state import State
from services.forecasting.domain.series import Series, quarter_number
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.targets import Target, targets_of
from services.forecasting.domain.training.due import Cause
from services.forecasting.domain.weather import Foreseen
from services.forecasting.learner import Learner
from services.forecasting.registry.bodies import body_of, columns_of, ledger_of
from services.forecasting.registry.models import Learnt, ModelStore
from services.forecasting.registry.requests import Asked, RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.states import States
from services.runtime.database import Database, migrate
from tests.support.backtest import known_of
from tests.support.builders import MORNING, a_park
from tests.support.issuing import Hands
from tests.support.models import STEEL, a_card
from tests.support.recorded import past

BORDER = quarter_number(MORNING)
LITTLE = Effort(cases=600, rounds=8)
NO_WEATHER = Foreseen.none(0, 0)


@dataclass
class Served:
    """States over an empty registry, and hands to promote a model."""

    database: Database
    models: ModelStore
    steel: Target

    def states(self) -> States:
        """Return states as a process that has just started holds them."""
        registry = (self.models, self.standings, self.requests)
        return States((self.steel,), a_park(), *registry, Hands(MORNING))

    def learner(self, states: States) -> Learner:
        return Learner(states, self.standings)

    @property
    def standings(self) -> StandingStore:
        return StandingStore(self.database, "demo-park")

    @property
    def requests(self) -> RequestStore:
        return RequestStore(self.database, "demo-park", self.models)

    async def promote(self, state: State, columns: tuple[str, ...]) -> int:
        at = MORNING
        kept = Learnt(body_of(state, columns), ledger_of(state), at)
        return await self.models.promote(a_card(created_at=at), kept)


@pytest.fixture
async def served(fresh_database: str) -> AsyncIterator[Served]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    (steel,) = (target for target in targets_of(a_park()) if target.point_id == STEEL)
    yield Served(database, ModelStore(database, "demo-park"), steel)
    await database.stop()


def weeks(steel: Target, end: int = BORDER) -> dict[str, Series]:
    return {STEEL: past(steel, end, 40)}


def a_model(steel: Target) -> tuple[State, tuple[str, ...]]:
    """Return a state that learnt a little, and the columns it looks at."""
    record = known_of(past(steel, BORDER, 40), steel, task_of(steel, a_park()))
    state = learn(record, task_of(steel, a_park()), LITTLE, None)
    return state, columns_of(record, state.task)


def held(states: States) -> State | None:
    """Return what answers for the steel works."""
    serving = states.serving(STEEL)
    return serving.state if serving else None


async def test_without_a_registered_model_plain_models_serve(served: Served) -> None:
    states = served.states()
    await states.refresh()
    before = held(states)

    await served.learner(states).learn_missing(weeks(served.steel), lambda: None)

    serving = states.serving(STEEL)
    assert before is None
    assert serving is not None
    assert (serving.version, serving.model, serving.weakness) == (None, "plain models", "")
    assert STEEL in states.errors()


async def test_a_series_of_which_nothing_is_known_is_served_by_nothing(served: Served) -> None:
    states = served.states()

    nothing = Series(BORDER - 96, np.full(96, np.nan))

    await served.learner(states).learn_missing({STEEL: nothing}, lambda: None)

    assert held(states) is None


async def test_a_champion_takes_over_and_answers_as_it_was_learnt(served: Served) -> None:
    states = served.states()
    await served.learner(states).learn_missing(weeks(served.steel), lambda: None)
    state, columns = a_model(served.steel)

    version = await served.promote(state, columns)
    await states.refresh()

    serving = states.serving(STEEL)
    assert serving is not None
    assert serving.version == version
    record = states.record(weeks(served.steel)[STEEL], STEEL)
    said, learnt = answer(record, serving.state).quantiles, answer(record, state).quantiles
    np.testing.assert_allclose(said, learnt, atol=1e-5 * learnt.max())


async def test_a_body_nobody_can_read_leaves_plain_models_and_says_so(served: Served) -> None:
    states = served.states()
    version = await served.models.promote(a_card(), Learnt(b"torn", b"torn", MORNING))

    await states.refresh()
    await served.learner(states).learn_missing(weeks(served.steel), lambda: None)

    serving = states.serving(STEEL)
    assert serving is not None
    assert serving.version is None
    assert serving.weakness == f"model {version} cannot be read: plain models serve"


async def test_another_model_is_asked_for_once_a_day_where_a_champion_cannot_be_read(
    served: Served,
) -> None:
    version = await served.models.promote(a_card(), Learnt(b"torn", b"torn", MORNING))

    await served.states().refresh()
    await served.states().refresh()

    (asked,) = await served.requests.newest(9)
    assert asked.points == (Asked(STEEL),)
    assert (asked.user, asked.reason) == ("forecasting", f"model {version} cannot be read")
    assert await served.requests.waiting() == {STEEL: Cause.REQUEST}


async def test_a_readable_successor_takes_over_from_a_champion_that_was_set_aside(
    served: Served,
) -> None:
    states = served.states()
    await served.models.promote(a_card(), Learnt(b"torn", b"torn", MORNING))
    await states.refresh()

    version = await served.promote(*a_model(served.steel))
    await states.refresh()

    serving = states.serving(STEEL)
    assert serving is not None
    assert serving.version == version
    assert states.weakness(STEEL) == ""


async def test_a_series_that_cannot_be_learnt_leaves_the_others_served(served: Served) -> None:
    steel, odd = served.steel, "odd.active_power_w"
    registry = (served.models, served.standings, served.requests)
    states = States((replace(steel, point_id=odd), steel), a_park(), *registry, Hands(MORNING))
    series = {odd: Series(BORDER - 96, np.ones((96, 2))), **weeks(steel)}

    await served.learner(states).learn_missing(series, lambda: None)

    assert states.serving(odd) is None
    assert states.serving(STEEL) is not None


async def test_a_model_of_another_task_does_not_serve(served: Served) -> None:
    states = served.states()
    state, columns = a_model(served.steel)

    await served.promote(replace(state, task=replace(state.task, highest=1.0)), columns)
    await states.refresh()

    assert held(states) is None


async def test_what_was_reckoned_is_there_after_a_restart(served: Served) -> None:
    states = served.states()
    state, columns = a_model(served.steel)
    await served.promote(state, columns)
    await states.refresh()
    day_later = weeks(served.steel, BORDER + 96)

    await served.learner(states).reckon_some(day_later, NO_WEATHER)
    restarted = served.states()
    await restarted.refresh()

    reckoned, again = held(states), held(restarted)
    assert reckoned is not None
    assert again is not None
    assert reckoned.reckoned_at == again.reckoned_at == state.reckoned_at + 1440
    record = states.record(day_later[STEEL], STEEL)
    np.testing.assert_array_equal(
        answer(record, again).quantiles, answer(record, reckoned).quantiles
    )


async def test_plain_models_are_weighed_anew_the_next_day(served: Served) -> None:
    states = served.states()
    await served.learner(states).learn_missing(weeks(served.steel), lambda: None)
    before = held(states)

    await served.learner(states).reckon_some(weeks(served.steel), NO_WEATHER)
    same_day = held(states)
    await served.learner(states).reckon_some(weeks(served.steel, BORDER + 96), NO_WEATHER)

    after = held(states)
    assert before is not None
    assert after is not None
    assert same_day is before
    assert after.reckoned_at == before.reckoned_at + 1440


async def test_much_more_of_the_past_is_learnt_at_once(served: Served) -> None:
    states = served.states()
    first = {STEEL: past(served.steel, BORDER, 3)}
    await served.learner(states).learn_missing(first, lambda: None)
    before = held(states)

    await served.learner(states).learn_missing(first, lambda: None)
    again = held(states)
    await served.learner(states).learn_missing(weeks(served.steel), lambda: None)

    assert again is before
    assert held(states) is not before

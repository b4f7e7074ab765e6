"""Weather on a real database: what was known when, and never what came later."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from services.forecasting.domain.series import quarter_number
from services.forecasting.domain.weather import Foreseen, Weather, WeatherValue
from services.forecasting.foreseeing import foreseen
from services.forecasting.training.known_weather import KnownWeather
from services.forecasting.weather_command import main
from services.forecasting.weather_store import WeatherStore
from services.runtime.database import Database, migrate
from tests.support.builders import DEMO_PARK_FILE, MORNING

HOUR = timedelta(hours=1)


@pytest.fixture
async def store(fresh_database: str) -> AsyncIterator[WeatherStore]:
    await migrate("forecasting", fresh_database)
    database = Database("forecasting", fresh_database)
    await database.start()
    yield WeatherStore(database, "demo-park")
    await database.stop()


def a_run(
    issued: datetime, value: float, *, known: datetime | None = None, hours: int = 60
) -> list[WeatherValue]:
    """Return a run that says the same temperature for all hours from its issue on."""
    targets = [issued + hour * HOUR for hour in range(hours)]
    known = known or issued
    return [WeatherValue("park", Weather.TEMPERATURE_C, issued, at, value, known) for at in targets]


async def at(store: WeatherStore, issue_time: datetime, **how: object) -> Foreseen:
    """Return 24 h before and 24 h after an issue."""
    return await foreseen(
        store,
        begin=issue_time - 24 * HOUR,
        rows=192,
        issue_time=issue_time,
        quantities=(Weather.TEMPERATURE_C,),
        **how,  # type: ignore[arg-type]
    )


async def test_the_newest_run_that_was_issued_and_known_is_used(store: WeatherStore) -> None:
    await store.keep(a_run(MORNING - 6 * HOUR, 10.0))
    await store.keep(a_run(MORNING - HOUR, 11.0))
    await store.keep(a_run(MORNING - HOUR / 2, 12.0, known=MORNING + HOUR))  # came too late

    found = await at(store, MORNING)

    assert set(found.value[96:, 0]) == {11.0}
    assert found.age_min[-1, 0] == 60.0
    assert found.caveat == ""


async def test_nothing_that_was_issued_or_came_later_changes_what_was_foreseen(
    store: WeatherStore,
) -> None:
    await store.keep(a_run(MORNING - 48 * HOUR, 9.0, hours=120))
    await store.keep(a_run(MORNING - 6 * HOUR, 10.0))
    before = await at(store, MORNING)

    rng = np.random.default_rng(1)
    for hours in rng.uniform(0.1, 40.0, 12):  # poison: any number of later runs and corrections
        issued = MORNING + hours * HOUR
        await store.keep(a_run(issued, 50.0))
        await store.keep(a_run(MORNING - 6 * HOUR, -40.0, known=issued))

    after = await at(store, MORNING)
    assert after.value.tobytes() == before.value.tobytes()
    assert after.age_min.tobytes() == before.age_min.tobytes()


async def test_the_past_holds_what_had_been_foreseen_a_day_ahead(store: WeatherStore) -> None:
    for days in range(5):
        await store.keep(a_run(MORNING - days * 24 * HOUR, 20.0 - days))

    found = await at(store, MORNING)
    at_once = await at(store, MORNING, lead=timedelta(0))

    assert found.value[90, 0] == 18.0  # the run of two days ago: known a day before its target
    assert at_once.value[90, 0] == 19.0
    assert found.value[100, 0] == 20.0  # ahead: the newest


async def test_a_correction_stands_since_it_was_known(store: WeatherStore) -> None:
    await store.keep(a_run(MORNING - 6 * HOUR, 10.0))
    await store.keep(a_run(MORNING - 6 * HOUR, 14.0, known=MORNING))

    assert (await at(store, MORNING - HOUR)).value[-1, 0] == 10.0
    assert (await at(store, MORNING)).value[-1, 0] == 14.0


async def test_the_same_values_again_are_no_news(store: WeatherStore) -> None:
    run = a_run(MORNING - 6 * HOUR, 10.0)

    assert await store.keep(run) == 60
    assert await store.keep(a_run(MORNING - 6 * HOUR, 10.0, known=MORNING)) == 0


async def test_weather_away_is_unknown_and_said(store: WeatherStore) -> None:
    found = await at(store, MORNING)

    assert np.isnan(found.value).all()
    assert found.caveat == "no weather forecast of temperature_c"


async def test_a_run_that_ends_before_the_window_says_how_much_it_covers(
    store: WeatherStore,
) -> None:
    await store.keep(a_run(MORNING - HOUR, 10.0, hours=14))

    found = await at(store, MORNING)

    assert found.caveat == "weather forecast for 50% of the time ahead"


async def test_training_reads_the_weather_once_a_quarter_hour_and_counts_it_once_a_day(
    store: WeatherStore,
) -> None:
    weather, end = KnownWeather(store), quarter_number(MORNING)
    await store.keep(a_run(MORNING - 6 * HOUR, 10.0))
    first = await weather.until(end)
    await store.keep(a_run(MORNING, 20.0))

    again, lately = await weather.until(end), await weather.lately(end + 95)
    next_quarter = await weather.until(end + 1)
    next_day = await weather.lately(end + 97)

    temperature = first.columns.index("temperature_c")
    assert again is lately is first
    assert len(first.value) == first.ahead + 192
    assert first.value[-100, temperature] == 10.0
    assert next_quarter.value[-100, temperature] == 20.0
    assert next_day is not next_quarter


async def test_of_values_with_one_key_in_one_word_the_last_stands(store: WeatherStore) -> None:
    first, second = a_run(MORNING - 6 * HOUR, 10.0), a_run(MORNING - 6 * HOUR, 12.0)

    await store.keep([*first, *second])

    weather = await KnownWeather(store).until(quarter_number(MORNING))
    assert weather.value[-100, weather.columns.index("temperature_c")] == 12.0


def test_a_database_that_was_not_migrated_is_told_with_the_cure(
    fresh_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PARKFLOW_PARK", str(DEMO_PARK_FILE))
    monkeypatch.setenv("PARKFLOW_DATABASE_URL", fresh_database)
    file = tmp_path / "weather.csv"
    row = "2024-05-01T06:00Z,2024-05-01T07:00Z,21"
    file.write_text(f"issue_time,target_time,temperature_c\n{row}\n", encoding="utf-8")

    code = main([str(file)])

    assert code == 2
    assert "run `python -m services.forecasting migrate`" in capsys.readouterr().err

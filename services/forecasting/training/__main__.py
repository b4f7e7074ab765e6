"""Run training: `python -m services.forecasting.training`."""

import multiprocessing
import os
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor

from services.forecasting.domain.targets import targets_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.park_check import check_holidays
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.store import QuarterStore
from services.forecasting.training.known_weather import KnownWeather
from services.forecasting.training.schedule import Schedule
from services.forecasting.training.settings import Settings
from services.forecasting.training.trainer import Trainer
from services.forecasting.weather_store import WeatherStore
from services.runtime.service import Service, run

STALLED_AFTER_S = 600.0
"""A point takes seconds; a busy machine may take minutes."""


def assemble(service: Service[Settings]) -> None:
    """Put training together."""
    check_holidays(service.park)
    settings, park, database = service.settings, service.park, service.database
    os.nice(settings.niceness)
    targets, quarters = targets_of(park), QuarterStore(database, park.id)
    models = ModelStore(database, park.id)
    requests = RequestStore(database, park.id, models)
    weather = KnownWeather(WeatherStore(database, park.id))
    workers = _workers(settings.train_workers)
    trainer = Trainer(
        park=park,
        clock=service.clock,
        effort=settings.effort,
        schedule=Schedule(targets, service.clock, quarters, models, requests, weather),
        quarters=quarters,
        issues=IssueStore(database, park.id),
        models=models,
        standings=StandingStore(database, park.id),
        weather=weather,
        workers=workers,
        at_once=settings.train_workers,
        stage=service.progress.stage("train", stalled_after_s=STALLED_AFTER_S),
    )
    service.keep_running("train", lambda: trainer.run(settings.look_every_s))

    async def let_workers_go() -> None:
        workers.shutdown(wait=False, cancel_futures=True)

    service.at_stop(let_workers_go)


def _workers(count: int) -> Executor:
    """Return a thread for one training at a time, processes of their own for more."""
    if count == 1:
        return ThreadPoolExecutor(1, "train")
    return ProcessPoolExecutor(count, multiprocessing.get_context("spawn"))


if __name__ == "__main__":
    run("forecasting_training", Settings, assemble, schema="forecasting")

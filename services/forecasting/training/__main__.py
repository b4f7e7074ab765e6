"""Run training: `python -m services.forecasting.training`."""

import os

from services.forecasting.domain.signals import SIGNAL_TARGETS
from services.forecasting.domain.targets import targets_of
from services.forecasting.issue_store import IssueStore
from services.forecasting.park_check import check_fleets, check_holidays, check_turbines
from services.forecasting.plan_store import PlanStore
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.signal_store import SignalStore
from services.forecasting.store import QuarterStore
from services.forecasting.training.histories import Histories
from services.forecasting.training.known_plans import KnownPlans
from services.forecasting.training.known_weather import KnownWeather
from services.forecasting.training.schedule import Schedule
from services.forecasting.training.settings import Settings
from services.forecasting.training.trainer import Trainer
from services.forecasting.training.workers import Workers
from services.forecasting.weather_store import WeatherStore
from services.runtime.service import Service, run

STALLED_AFTER_S = 600.0
"""A point takes seconds; a busy machine may take minutes."""


def assemble(service: Service[Settings]) -> None:
    """Put training together."""
    check_holidays(service.park, service.settings.park)
    check_turbines(service.park)
    check_fleets(service.park)
    settings, park, database = service.settings, service.park, service.database
    os.nice(settings.niceness)
    targets = (*targets_of(park), *SIGNAL_TARGETS)
    histories = Histories(QuarterStore(database, park.id), SignalStore(database, park.id))
    models = ModelStore(database, park.id)
    requests = RequestStore(database, park.id, models)
    weather = KnownWeather(WeatherStore(database, park.id))
    plans = KnownPlans(PlanStore(database, park.id))
    workers = Workers(settings.train_workers)
    trainer = Trainer(
        park=park,
        clock=service.clock,
        effort=settings.effort,
        schedule=Schedule(targets, service.clock, histories, models, requests, weather, plans),
        histories=histories,
        issues=IssueStore(database, park.id),
        models=models,
        standings=StandingStore(database, park.id),
        weather=weather,
        plans=plans,
        workers=workers,
        stage=service.progress.stage("train", stalled_after_s=STALLED_AFTER_S),
    )
    service.keep_running("train", lambda: trainer.run(settings.look_every_s))

    async def let_workers_go() -> None:
        workers.stop()

    service.at_stop(let_workers_go)


if __name__ == "__main__":
    module = "services.forecasting.training"
    run("forecasting_training", Settings, assemble, schema="forecasting", module=module)

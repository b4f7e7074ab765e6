"""What hangs together in one dispatch process."""

import asyncio
from typing import Any

from parkflow.dispatch.v1.dispatch_service_pb2_grpc import add_DispatchServiceServicer_to_server
from services.dispatch.cycling import Cycler, Sender
from services.dispatch.domain.plant import Plant
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.plan_telling import PlanTeller
from services.dispatch.planner import Planner
from services.dispatch.requirement_rpc import RequirementDesk
from services.dispatch.requirement_store import RequirementStore
from services.dispatch.restoring import restore_from_database, restore_from_log, restore_sent
from services.dispatch.rpc import SERVICE_NAME, DispatchRpc
from services.dispatch.scenarios import Scenarios
from services.dispatch.settings import Settings, cycle_wall_s
from services.dispatch.simulation_rpc import SimulationDesk
from services.dispatch.solving import SolverProcess
from services.dispatch.store import Store
from services.dispatch.stream import Intake
from services.dispatch.telling import Teller
from services.runtime.patience import patiently
from services.runtime.service import Service
from services.runtime.telemetry import log_for
from services.runtime.topics import DELIVERIES, FORECASTS, INTENSITY, PRICES, READINGS

events = log_for(__name__)
TIDY_EVERY_S = 3600.0
LAST_WRITES_S = 5.0


def assemble(service: Service[Settings]) -> None:
    """Register everything dispatch does."""
    settings, clock, park = service.settings, service.clock, service.park
    house = House.of(Plant.of(park, settings.sample_period), clock)
    store = Store(service.database, park.id)
    requirements = RequirementDesk(house, RequirementStore(service.database, park.id))
    journal = Journal(service.database)
    teller = Teller(park.id, store, journal, service.publisher)
    intake = Intake(house, store, journal, teller)
    sender = Sender(service.publisher, service.fail)
    solver = SolverProcess(settings.solver_time_limit_s)
    simulations = SimulationDesk(park.id, settings)
    scenarios = Scenarios(park.id, settings)
    log: dict[str, Any] = {"bootstrap": settings.kafka, "security": service.kafka_security}

    async def restore() -> None:
        await restore_sent(house, store, **log)
        await restore_from_database(house, store, teller)
        await requirements.restore()
        await restore_from_log(house, intake, **log)

    async def stop() -> None:
        await sender.stop()
        solver.stop()
        simulations.stop()
        await scenarios.stop()
        try:
            async with asyncio.timeout(LAST_WRITES_S):
                await journal.flush()
                await teller.flush()
        except TimeoutError:  # what is lost here is found again in the log at the next start
            events.warning("left_unwritten", writes=journal.waiting)

    async def tidy() -> None:
        while True:
            await patiently(lambda: store.tidy(clock.now()), "database")
            await asyncio.sleep(TIDY_EVERY_S)

    service.at_start(restore)
    service.at_start(solver.start)
    service.at_start(scenarios.start)
    service.at_stop(stop)
    service.react(READINGS, intake.on_frame)
    service.react(DELIVERIES, intake.on_delivery)
    service.react(PRICES, intake.on_prices)
    service.react(INTENSITY, intake.on_intensity)
    service.react(FORECASTS, intake.on_forecast)
    cycler = Cycler(
        house,
        store,
        journal,
        teller,
        sender,
        enabled=settings.dispatch,
        every_s=cycle_wall_s(clock.speed, settings.sample_period_s),
        stage=service.progress.stage("control cycle", stalled_after_s=30.0),
    )
    plan_teller = PlanTeller(park.id, store, journal, service.publisher)
    planner = Planner(
        house, store, journal, plan_teller, solver, service.progress.stage("planner"), scenarios
    )
    service.keep_running("control cycle", cycler.run)
    service.keep_running("planner", planner.run)
    service.keep_running("plans", plan_teller.run)
    service.keep_running("journal", journal.run)
    service.keep_running("outcomes", teller.run)
    service.keep_running("tidy", tidy)
    service.keep_running("requirements", requirements.keep_restored)
    rpc = DispatchRpc(house, store, simulations, requirements)
    service.serve(add_DispatchServiceServicer_to_server, rpc, SERVICE_NAME)

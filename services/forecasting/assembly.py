"""What hangs together in one forecasting process: stores, those who work, those who answer."""

import asyncio

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import add_ForecastServiceServicer_to_server
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.charging import Charging
from services.forecasting.charging_store import ChargingStore
from services.forecasting.charging_words import ChargingWriter
from services.forecasting.domain.charging.fleets import fleets_of
from services.forecasting.domain.series_record import task_of
from services.forecasting.domain.signals import SIGNAL_TARGETS, Signal
from services.forecasting.domain.targets import targets_of
from services.forecasting.drift_requests import DriftRequests
from services.forecasting.issue_desk import IssueDesk
from services.forecasting.issue_store import IssueStore
from services.forecasting.issuer import Issuer
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.learner import Learner
from services.forecasting.minute_store import MinuteStore
from services.forecasting.model_calls import ModelCalls
from services.forecasting.nowcast_desk import NowcastDesk
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.nowcaster import Nowcaster
from services.forecasting.park_check import (
    check_fleets,
    check_holidays,
    check_size,
    check_turbines,
)
from services.forecasting.plan_desk import PlanDesk
from services.forecasting.plan_store import PlanStore
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.rpc import ForecastRpc
from services.forecasting.score_day_store import ScoreDayStore
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.score_store import ScoreStore
from services.forecasting.scorer import Scorer
from services.forecasting.settings import Settings
from services.forecasting.signal_issuer import SignalIssuer
from services.forecasting.signal_score_desk import SignalScoreDesk
from services.forecasting.signal_score_store import SignalScoreStore
from services.forecasting.signal_scorer import SignalScorer
from services.forecasting.signal_store import SignalStore
from services.forecasting.signal_stream import CurvesWriter
from services.forecasting.states import States
from services.forecasting.store import QuarterStore
from services.forecasting.stream import ReadingsWriter
from services.forecasting.tidier import Tidier
from services.forecasting.watchman import Watchman
from services.forecasting.weather_desk import WeatherDesk
from services.forecasting.weather_store import WeatherStore
from services.runtime.patience import patiently
from services.runtime.service import Service
from services.runtime.topics import INTENSITY, PRICES, READINGS

READERS_AT_ONCE = 2
"""Half of the database's connections."""
SERVICE_NAME = "parkflow.forecast.v1.ForecastService"
MARKET_GROUP = "parkflow-forecasting-market"


class Shared:
    """What more than one part of the process looks into."""

    def __init__(self, service: Service[Settings]) -> None:
        park, database = service.park, service.database
        self.targets = targets_of(park)
        self.outlooks = Board[ForecastIssue]()
        self.nowcast_board = Board[NowcastIssue]()
        self.quarters = QuarterStore(database, park.id)
        self.signals = SignalStore(database, park.id)
        self.signal_scores = SignalScoreStore(database, park.id)
        self.charging = ChargingStore(database, park.id, self.quarters)
        self.issues = IssueStore(database, park.id)
        self.nowcasts = NowcastStore(database, park.id)
        self.joint = Joint(park, JointStore(database, park.id))
        self.models = ModelStore(database, park.id)
        self.weather = WeatherStore(database, park.id)
        self.plans = PlanStore(database, park.id)
        self.requests = RequestStore(database, park.id, self.models)
        self.scores = ScoreStore(database, park.id, park.time_zone)
        self.watchman = Watchman(
            ScoreDayStore(database, park.id, park.time_zone),
            park.time_zone,
            [target.point_id for target in self.targets],
        )


def assemble(service: Service[Settings]) -> None:
    """Register everything forecasting does."""
    park = service.park
    check_holidays(park, service.settings.park)
    check_turbines(park)
    check_fleets(park)
    check_size(park)
    shared = Shared(service)
    names = [target.source_point_id for target in shared.targets]
    service.at_start(lambda: patiently(lambda: shared.quarters.learn(names), "database"))
    charging = ChargingWriter(fleets_of(park), shared.charging, park.telemetry.oldest)
    readings = ReadingsWriter(park.id, shared.quarters, charging)
    service.react_in_bulk([READINGS], readings.take)
    curves = CurvesWriter(park, shared.signals)
    service.react_in_bulk([PRICES, INTENSITY], curves.take, group=MARKET_GROUP)
    _issue(service, shared)
    _nowcast(service, shared)
    _score(service, shared)
    _tidy(service, shared)
    service.serve(add_ForecastServiceServicer_to_server, _rpc(service, shared), SERVICE_NAME)


def _issue(service: Service[Settings], shared: Shared) -> None:
    park = service.park
    standings = StandingStore(service.database, park.id)
    registry = (shared.models, standings, shared.requests)
    states = States(shared.targets, park, *registry, service.clock)
    of_signals = States(SIGNAL_TARGETS, park, *registry, service.clock)
    signals = SignalIssuer(park, shared.signals, of_signals, Learner(of_signals, standings))
    issuer = Issuer(
        park=park,
        targets=shared.targets,
        quarters=shared.quarters,
        states=states,
        learner=Learner(states, standings),
        joint=shared.joint,
        signals=signals,
        issues=shared.issues,
        weather=shared.weather,
        plans=shared.plans,
        charging=Charging(park, shared.charging),
        board=shared.outlooks,
        publisher=service.publisher,
        clock=service.clock,
        stage=service.progress.stage("issue forecasts"),
    )
    following = service.progress.stage("follow models")
    service.at_start(issuer.restore)
    service.keep_running("follow models", lambda: states.follow(following))
    following_signals = service.progress.stage("follow models of signals")
    service.keep_running("follow models of signals", lambda: of_signals.follow(following_signals))
    service.keep_running("issue forecasts", issuer.run)


def _nowcast(service: Service[Settings], shared: Shared) -> None:
    nowcaster = Nowcaster(
        park_id=service.park.id,
        zone=service.park.time_zone,
        targets=shared.targets,
        minutes=MinuteStore(service.database, service.park.id),
        plans=shared.plans,
        issues=shared.issues,
        nowcasts=shared.nowcasts,
        outlooks=shared.outlooks,
        board=shared.nowcast_board,
        publisher=service.publisher,
        clock=service.clock,
        stage=service.progress.stage("nowcast"),
    )
    service.at_start(nowcaster.restore)
    service.keep_running("nowcast", nowcaster.run)


def _score(service: Service[Settings], shared: Shared) -> None:
    scorer = Scorer(
        targets=shared.targets,
        quarters=shared.quarters,
        issues=shared.issues,
        scores=shared.scores,
        board=shared.outlooks,
        watchman=shared.watchman,
        drift=DriftRequests(shared.requests, service.park.time_zone),
        stage=service.progress.stage("score forecasts"),
    )
    of_signals = SignalScorer(
        issues=shared.issues,
        signals=shared.signals,
        scores=shared.signal_scores,
        board=shared.outlooks,
        stage=service.progress.stage("score signals"),
    )
    service.keep_running("score forecasts", scorer.run)
    service.keep_running("score signals", of_signals.run)


def _tidy(service: Service[Settings], shared: Shared) -> None:
    tidier = Tidier(
        park=service.park,
        quarters=shared.quarters,
        signals=shared.signals,
        plans=shared.plans,
        charging=shared.charging,
        nowcasts=shared.nowcasts,
        scores=shared.scores,
        signal_scores=shared.signal_scores,
        board=shared.outlooks,
        stage=service.progress.stage("tidy forecasts"),
    )
    service.keep_running("tidy forecasts", tidier.run)


def _rpc(service: Service[Settings], shared: Shared) -> ForecastRpc:
    park, clock, targets = service.park, service.clock, shared.targets
    tasks = {one.point_id: task_of(one, park) for one in (*targets, *SIGNAL_TARGETS)}
    units = {signal.value: signal.unit(park.currency) for signal in Signal}
    given = (shared.issues, shared.scores, shared.outlooks, shared.watchman, clock)
    return ForecastRpc(
        IssueDesk(park.id, shared.issues, shared.outlooks, shared.joint),
        NowcastDesk(park.id, shared.nowcasts, shared.nowcast_board),
        ScoreDesk(park.id, targets, shared.quarters, *given),
        WeatherDesk(park.id, shared.weather, clock),
        PlanDesk(park.id, targets, shared.plans, clock),
        ModelCalls(park.id, tasks, clock, shared.models, shared.requests, units),
        SignalScoreDesk(park.id, park.currency, shared.signal_scores, clock),
        asyncio.Semaphore(READERS_AT_ONCE),
    )

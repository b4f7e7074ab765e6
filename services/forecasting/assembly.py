"""What hangs together in one forecasting process: stores, those who work, those who answer."""

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.forecast.v1.forecast_service_pb2_grpc import add_ForecastServiceServicer_to_server
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.domain.targets import targets_of
from services.forecasting.drift_requests import DriftRequests
from services.forecasting.issue_desk import IssueDesk
from services.forecasting.issue_store import IssueStore
from services.forecasting.issuer import Issuer
from services.forecasting.joint import Joint
from services.forecasting.joint_store import JointStore
from services.forecasting.minute_store import MinuteStore
from services.forecasting.model_calls import ModelCalls
from services.forecasting.nowcast_desk import NowcastDesk
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.nowcaster import Nowcaster
from services.forecasting.park_check import check_holidays
from services.forecasting.registry.models import ModelStore
from services.forecasting.registry.requests import RequestStore
from services.forecasting.registry.standings import StandingStore
from services.forecasting.rpc import ForecastRpc
from services.forecasting.score_day_store import ScoreDayStore
from services.forecasting.score_desk import ScoreDesk
from services.forecasting.score_store import ScoreStore
from services.forecasting.scorer import Scorer
from services.forecasting.settings import Settings
from services.forecasting.states import States
from services.forecasting.store import QuarterStore
from services.forecasting.stream import ReadingsWriter
from services.forecasting.watchman import Watchman
from services.forecasting.weather_desk import WeatherDesk
from services.forecasting.weather_store import WeatherStore
from services.runtime.patience import patiently
from services.runtime.service import Service
from services.runtime.topics import READINGS

SERVICE_NAME = "parkflow.forecast.v1.ForecastService"


class Shared:
    """What more than one part of the process looks into."""

    def __init__(self, service: Service[Settings]) -> None:
        park, database = service.park, service.database
        self.targets = targets_of(park)
        self.outlooks = Board[ForecastIssue]()
        self.nowcast_board = Board[NowcastIssue]()
        self.quarters = QuarterStore(database, park.id)
        self.issues = IssueStore(database, park.id)
        self.nowcasts = NowcastStore(database, park.id)
        self.joint = Joint(park, JointStore(database, park.id))
        self.models = ModelStore(database, park.id)
        self.weather = WeatherStore(database, park.id)
        self.requests = RequestStore(database, park.id, self.models)
        self.scores = ScoreStore(database, park.id, park.time_zone)
        self.watchman = Watchman(ScoreDayStore(database, park.id, park.time_zone), park.time_zone)


def assemble(service: Service[Settings]) -> None:
    """Register everything forecasting does."""
    check_holidays(service.park)
    shared = Shared(service)
    names = [target.source_point_id for target in shared.targets]
    service.at_start(lambda: patiently(lambda: shared.quarters.learn(names), "database"))
    service.react_in_bulk([READINGS], ReadingsWriter(service.park.id, shared.quarters).take)
    _issue(service, shared)
    _nowcast(service, shared)
    _score(service, shared)
    service.serve(add_ForecastServiceServicer_to_server, _rpc(service, shared), SERVICE_NAME)


def _issue(service: Service[Settings], shared: Shared) -> None:
    park = service.park
    standings = StandingStore(service.database, park.id)
    states = States(shared.targets, park, shared.models, standings)
    issuer = Issuer(
        park=park,
        targets=shared.targets,
        quarters=shared.quarters,
        states=states,
        joint=shared.joint,
        issues=shared.issues,
        weather=shared.weather,
        board=shared.outlooks,
        publisher=service.publisher,
        clock=service.clock,
        stage=service.progress.stage("issue forecasts"),
    )
    following = service.progress.stage("follow models")
    service.at_start(issuer.restore)
    service.keep_running("follow models", lambda: states.follow(following))
    service.keep_running("issue forecasts", issuer.run)


def _nowcast(service: Service[Settings], shared: Shared) -> None:
    nowcaster = Nowcaster(
        park_id=service.park.id,
        targets=shared.targets,
        minutes=MinuteStore(service.database, service.park.id),
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
        issues=shared.issues,
        scores=shared.scores,
        board=shared.outlooks,
        watchman=shared.watchman,
        drift=DriftRequests(shared.requests, service.park.time_zone),
        stage=service.progress.stage("score forecasts"),
    )
    service.keep_running("score forecasts", scorer.run)


def _rpc(service: Service[Settings], shared: Shared) -> ForecastRpc:
    park, clock, targets = service.park, service.clock, shared.targets
    points = [target.point_id for target in targets]
    given = (shared.issues, shared.scores, shared.outlooks, shared.watchman, clock)
    return ForecastRpc(
        IssueDesk(park.id, shared.issues, shared.outlooks, shared.joint),
        NowcastDesk(park.id, shared.nowcasts, shared.nowcast_board),
        ScoreDesk(park.id, targets, *given),
        WeatherDesk(park.id, shared.weather, clock),
        ModelCalls(park.id, points, clock, shared.models, shared.requests),
    )

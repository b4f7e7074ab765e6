"""Run forecasting: `python -m services.forecasting`, or `… migrate`, `… backtest`, `… weather`."""

import sys

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
from services.runtime.service import Service, run
from services.runtime.topics import READINGS


def assemble(service: Service[Settings]) -> None:
    """Put forecasting together."""
    park, targets = service.park, targets_of(service.park)
    outlooks, nowcasts = Board[ForecastIssue](), Board[NowcastIssue]()
    quarters = QuarterStore(service.database, park.id)
    issues = IssueStore(service.database, park.id)
    kept_nowcasts = NowcastStore(service.database, park.id)
    states = States(
        targets,
        park,
        ModelStore(service.database, park.id),
        StandingStore(service.database, park.id),
    )
    joint = Joint(park, JointStore(service.database, park.id))
    issuer = Issuer(
        park=park,
        targets=targets,
        quarters=quarters,
        states=states,
        joint=joint,
        issues=issues,
        board=outlooks,
        publisher=service.publisher,
        clock=service.clock,
        stage=service.progress.stage("issue forecasts"),
    )
    scores = ScoreStore(service.database, park.id, park.time_zone)
    watchman = Watchman(ScoreDayStore(service.database, park.id, park.time_zone), park.time_zone)
    nowcaster = Nowcaster(
        park_id=park.id,
        targets=targets,
        minutes=MinuteStore(service.database, park.id),
        issues=issues,
        nowcasts=kept_nowcasts,
        outlooks=outlooks,
        board=nowcasts,
        publisher=service.publisher,
        clock=service.clock,
        stage=service.progress.stage("nowcast"),
    )
    following = service.progress.stage("follow models")
    names = [target.source_point_id for target in targets]
    service.at_start(lambda: patiently(lambda: quarters.learn(names), "database"))
    service.at_start(issuer.restore)
    service.at_start(nowcaster.restore)
    service.react_in_bulk([READINGS], ReadingsWriter(park.id, quarters).take)
    service.keep_running("follow models", lambda: states.follow(following))
    service.keep_running("issue forecasts", issuer.run)
    desk = ScoreDesk(park.id, targets, issues, scores, outlooks, watchman, service.clock)
    weather = WeatherDesk(park.id, WeatherStore(service.database, park.id), service.clock)
    scorer = Scorer(
        targets=targets,
        issues=issues,
        scores=scores,
        board=outlooks,
        watchman=watchman,
        drift=DriftRequests(_requests(service), park.time_zone),
        stage=service.progress.stage("score forecasts"),
    )
    service.keep_running("score forecasts", scorer.run)
    service.keep_running("nowcast", nowcaster.run)
    service.serve(
        add_ForecastServiceServicer_to_server,
        ForecastRpc(
            IssueDesk(park.id, issues, outlooks, joint),
            NowcastDesk(park.id, kept_nowcasts, nowcasts),
            _model_calls(service),
            desk,
            weather,
        ),
        "parkflow.forecast.v1.ForecastService",
    )


def _model_calls(service: Service[Settings]) -> ModelCalls:
    park, database = service.park, service.database
    models = ModelStore(database, park.id)
    points = [target.point_id for target in targets_of(park)]
    return ModelCalls(park.id, points, service.clock, models, _requests(service))


def _requests(service: Service[Settings]) -> RequestStore:
    park, database = service.park, service.database
    return RequestStore(database, park.id, ModelStore(database, park.id))


if __name__ == "__main__":
    if sys.argv[1:2] == ["backtest"]:  # learning libraries are loaded here only
        from services.forecasting.backtest.command import main as backtest

        sys.exit(backtest(sys.argv[2:]))
    if sys.argv[1:2] == ["weather"]:
        from services.forecasting.weather_command import main as weather_command

        sys.exit(weather_command(sys.argv[2:]))
    run("forecasting", Settings, assemble)

"""Carbon accounting as a process: what it reacts to, what it serves."""

import sys

from parkflow.carbon.v1.carbon_service_pb2_grpc import add_CarbonServiceServicer_to_server
from services.carbon_accounting.domain.factors import MissingFactor
from services.carbon_accounting.factor_file import factors_for, load_factors
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.rpc import CarbonRpc
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import Bookkeeper, Courier, News
from services.runtime.service import Service
from services.runtime.topics import INTERVALS


def assemble(service: Service[Settings]) -> None:
    """Put carbon accounting together."""
    park, news = service.park, News()
    try:
        factors = factors_for(park, service.settings.acceptance_factor_year, load_factors())
    except (MissingFactor, ValueError) as mistakes:
        sys.exit(f"carbon_accounting cannot start:\n{mistakes}")
    bookkeeper = Bookkeeper(
        service.database, park.id, rules_for(park, factors), service.clock, news
    )
    stage = service.progress.stage("publish entries")
    courier = Courier(service.database, service.publisher, park.id, news, stage)
    service.at_start(bookkeeper.catch_up_with_rules)
    service.react_in_bulk([INTERVALS], bookkeeper.book)
    service.keep_running("publish entries", courier.run)
    queries = Queries(service.database, park.id, park.carbon.late_after)
    service.serve(
        add_CarbonServiceServicer_to_server,
        CarbonRpc(park, queries, service.clock, news),
        "parkflow.carbon.v1.CarbonService",
    )

"""Carbon accounting as a process: what it reacts to, what it serves."""

import sys

from parkflow.carbon.v1.carbon_service_pb2_grpc import add_CarbonServiceServicer_to_server
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.domain.factors import MissingFactor
from services.carbon_accounting.factor_file import factors_for, load_factors
from services.carbon_accounting.factor_import import FactorMistakes
from services.carbon_accounting.live.accounting import accounted_of
from services.carbon_accounting.live.definitions import DefinitionStore
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.months import Months
from services.carbon_accounting.live.outlook import Outlook
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
        accounted = accounted_of(service.settings.park)
    except (BadSite, FactorMistakes, MissingFactor, ValueError) as mistakes:
        sys.exit(f"carbon_accounting cannot start:\n{mistakes}")
    bookkeeper = Bookkeeper(
        service.database, park.id, rules_for(park, factors), service.clock, news
    )
    stage = service.progress.stage("publish entries")
    courier = Courier(service.database, service.publisher, park.id, news, stage)
    service.at_start(bookkeeper.catch_up_with_rules)
    service.react_in_bulk([INTERVALS], bookkeeper.book)
    service.keep_running("publish entries", courier.run)
    months = Months(service.database, accounted, service.clock, news)
    outlook = Outlook(park.id, service.settings)
    service.keep_running("add up months", months.run)
    service.keep_running("ask for the forecast", outlook.run)
    store = DefinitionStore(service.database, accounted.site)
    indicators = Indicators(service.database, accounted, months, store, outlook, service.clock)
    queries = Queries(service.database, park.id, park.carbon.late_after)
    service.serve(
        add_CarbonServiceServicer_to_server,
        CarbonRpc(park, queries, service.clock, news, indicators),
        "parkflow.carbon.v1.CarbonService",
    )

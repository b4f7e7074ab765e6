"""Carbon accounting as a process: what it reacts to, what it serves."""

import sys

from parkflow.carbon.v1.carbon_service_pb2_grpc import add_CarbonServiceServicer_to_server
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.factor_import import FactorMistakes
from services.carbon_accounting.indicators_assembly import indicators_of
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.rpc import CarbonRpc
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import Bookkeeper, Courier, News
from services.runtime.service import Service
from services.runtime.topics import INTERVALS


def assemble(service: Service[Settings]) -> None:
    """Put carbon accounting together."""
    rules, news = _rules(service), News()
    site, clock = rules.site, service.clock
    bookkeeper = Bookkeeper(service.database, rules, clock, news)
    stage = service.progress.stage("publish entries")
    courier = Courier(service.database, service.publisher, site.id, news, stage)
    service.at_start(bookkeeper.catch_up_with_rules)
    service.react_in_bulk([INTERVALS], bookkeeper.book)
    service.keep_running("publish entries", courier.run)
    indicators = indicators_of(service, rules.accounted, news)
    queries = Queries(service.database, site.id, site.time_zone)
    service.serve(
        add_CarbonServiceServicer_to_server,
        CarbonRpc(rules.accounted, queries, clock, news, indicators),
        "parkflow.carbon.v1.CarbonService",
    )


def _rules(service: Service[Settings]) -> LiveRules:
    settings = service.settings
    try:
        return rules_for(service.park, settings.park, settings.acceptance_factor_year)
    except (BadSite, FactorMistakes, ValueError) as mistakes:
        sys.exit(f"carbon_accounting cannot start:\n{mistakes}")

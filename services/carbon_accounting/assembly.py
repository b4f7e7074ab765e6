"""Carbon accounting as a process: what it reacts to, what it serves."""

import sys

from parkflow.carbon.v1.carbon_service_pb2_grpc import add_CarbonServiceServicer_to_server
from services.carbon_accounting.answering import Answered, reading_database
from services.carbon_accounting.attributes import attributes_of
from services.carbon_accounting.book.site_file import BadSite
from services.carbon_accounting.indicators_assembly import indicators_of
from services.carbon_accounting.input_files.factor_import import FactorMistakes
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.rpc.access import Guarded
from services.carbon_accounting.rpc.service import CarbonRpc
from services.carbon_accounting.rules import rules_for
from services.carbon_accounting.settings import Settings
from services.carbon_accounting.stream import Bookkeeper, Courier, News
from services.runtime.backlog import Backlog
from services.runtime.patience import patiently
from services.runtime.service import Service
from services.runtime.topics import INTERVALS


def assemble(service: Service[Settings]) -> None:
    """Put carbon accounting together."""
    rules, news, backlog = RulesNow(_rules(service)), News(), Backlog()
    site, clock = rules.site, service.clock
    reading = reading_database(service.name, service.settings)
    service.at_start(reading.start)
    service.at_stop(reading.stop)
    bookkeeper = Bookkeeper(service.database, rules, clock, news, backlog)
    stage = service.progress.stage("publish entries")
    courier = Courier(service.database, service.publisher, site.id, news, stage)
    service.at_start(lambda: patiently(bookkeeper.start, "database"))
    service.react_in_bulk([INTERVALS], bookkeeper.book, backlog=backlog)
    service.keep_running("publish entries", courier.run)
    service.keep_running("follow factors and coverage", bookkeeper.follow)
    attributes = attributes_of(service.database, rules, clock, bookkeeper.wake, reading)
    service.keep_running("match certificates", attributes.matcher.run)
    indicators = indicators_of(service, rules, news, reading)
    rpc = CarbonRpc(rules, service.database, clock, news, attributes, indicators, reading)
    service.serve(
        add_CarbonServiceServicer_to_server,
        Guarded(Answered(rpc, service.settings), site),
        "parkflow.carbon.v1.CarbonService",
    )


def _rules(service: Service[Settings]) -> LiveRules:
    settings = service.settings
    try:
        return rules_for(service.park, settings.park, settings.acceptance_factor_year)
    except (BadSite, FactorMistakes, ValueError) as mistakes:
        sys.exit(f"carbon_accounting cannot start:\n{mistakes}")

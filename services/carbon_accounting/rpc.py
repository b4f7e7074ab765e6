"""CarbonService: every area of it in a file of its own."""

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.ledger_rpc import LedgerRpc
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.periods_rpc import PeriodsRpc
from services.carbon_accounting.proof_rpc import ProofRpc
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.restatements_rpc import RestatementsRpc
from services.carbon_accounting.stream import News
from services.carbon_accounting.totals_rpc import TotalsRpc
from services.carbon_accounting.tracing_rpc import TracingRpc
from services.runtime.clock import ParkClock
from services.runtime.database import Database


class CarbonRpc(
    LedgerRpc,
    TotalsRpc,
    TracingRpc,
    RestatementsRpc,
    PeriodsRpc,
    ProofRpc,
    CarbonServiceServicer,
):
    """Answers from the books only."""

    def __init__(self, rules: LiveRules, database: Database, clock: ParkClock, news: News) -> None:
        site = rules.site
        queries = Queries(database, site.id, site.time_zone)
        ProofRpc.__init__(self, rules, database, clock, news)
        LedgerRpc.__init__(self, rules.accounted, queries, clock, news)

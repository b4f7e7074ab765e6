"""CarbonService: every area of it in a file of its own."""

import asyncio

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.attributes import Attributes
from services.carbon_accounting.attributes_rpc import AttributesRpc
from services.carbon_accounting.audit_rpc import AuditRpc
from services.carbon_accounting.costs_rpc import CostsRpc
from services.carbon_accounting.indicators_rpc import IndicatorsRpc
from services.carbon_accounting.ledger_rpc import LedgerRpc
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.periods_rpc import PeriodsRpc
from services.carbon_accounting.proof_rpc import ProofRpc
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.reports_rpc import AT_ONCE, ReportsRpc
from services.carbon_accounting.resources_rpc import ResourcesRpc
from services.carbon_accounting.restatements_rpc import RestatementsRpc
from services.carbon_accounting.stream import News
from services.carbon_accounting.totals_rpc import TotalsRpc
from services.runtime.clock import ParkClock
from services.runtime.database import Database


class CarbonRpc(
    LedgerRpc,
    TotalsRpc,
    CostsRpc,
    RestatementsRpc,
    PeriodsRpc,
    ProofRpc,
    AttributesRpc,
    IndicatorsRpc,
    ReportsRpc,
    ResourcesRpc,
    AuditRpc,
    CarbonServiceServicer,
):
    """Answers from the books only."""

    def __init__(
        self,
        rules: RulesNow,
        database: Database,
        clock: ParkClock,
        news: News,
        attributes: Attributes,
        indicators: Indicators,
        reading: Database | None = None,
    ) -> None:
        """Read through `reading` where it is given, and write through `database`."""
        site = rules.site
        self._writing, read_from = database, reading or database
        queries = Queries(read_from, site.id, site.time_zone)
        ProofRpc.__init__(self, rules, read_from, clock, news)
        LedgerRpc.__init__(self, rules, queries, clock, news)
        self.answer_from(attributes)
        self._indicators = indicators
        self._one_by_one = asyncio.Semaphore(AT_ONCE)

"""CarbonService: every area of it in a file of its own."""

import asyncio
from collections.abc import Collection

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.attributes import Attributes
from services.carbon_accounting.domain.inventory.open_items import OpenItem
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.rpc.attributes import AttributesRpc
from services.carbon_accounting.rpc.audit import AuditRpc
from services.carbon_accounting.rpc.costs import CostsRpc
from services.carbon_accounting.rpc.indicators import IndicatorsRpc
from services.carbon_accounting.rpc.ledger import LedgerRpc
from services.carbon_accounting.rpc.periods import PeriodsRpc
from services.carbon_accounting.rpc.proof import ProofRpc
from services.carbon_accounting.rpc.reports import AT_ONCE, ReportsRpc
from services.carbon_accounting.rpc.resources import ResourcesRpc
from services.carbon_accounting.rpc.restatements import RestatementsRpc
from services.carbon_accounting.rpc.storage import StorageRpc
from services.carbon_accounting.rpc.totals import TotalsRpc
from services.carbon_accounting.stream import News
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
    StorageRpc,
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

    def open_items(self) -> Collection[OpenItem] | None:
        """Return the open items of the months that are added up, None while none is."""
        standing = self._indicators.months.standing
        if standing is None:
            return None
        return {item for one in standing.months.values() for item in one.inventory.open_items}

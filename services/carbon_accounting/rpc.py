"""CarbonService: every area of it in a file of its own."""

import asyncio

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.indicators_rpc import IndicatorsRpc
from services.carbon_accounting.ledger_rpc import LedgerRpc
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.reports_rpc import AT_ONCE, ReportsRpc
from services.carbon_accounting.stream import News
from services.runtime.clock import ParkClock


class CarbonRpc(LedgerRpc, IndicatorsRpc, ReportsRpc, CarbonServiceServicer):
    """Answers from the books only."""

    def __init__(
        self,
        accounted: Accounted,
        queries: Queries,
        clock: ParkClock,
        news: News,
        indicators: Indicators,
    ) -> None:
        LedgerRpc.__init__(self, accounted, queries, clock, news)
        self._indicators = indicators
        self._one_by_one = asyncio.Semaphore(AT_ONCE)

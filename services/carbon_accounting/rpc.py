"""CarbonService: every area of it in a file of its own."""

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.indicators_rpc import IndicatorsRpc
from services.carbon_accounting.ledger_rpc import LedgerRpc
from services.carbon_accounting.live.indicators import Indicators
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.stream import News
from services.runtime.clock import ParkClock


class CarbonRpc(LedgerRpc, IndicatorsRpc, CarbonServiceServicer):
    """Answers from the books only."""

    def __init__(
        self, site: Site, queries: Queries, clock: ParkClock, news: News, indicators: Indicators
    ) -> None:
        LedgerRpc.__init__(self, site, queries, clock, news)
        self._indicators = indicators

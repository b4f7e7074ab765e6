"""CarbonService: every area of it in a file of its own."""

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.attributes import Attributes
from services.carbon_accounting.attributes_rpc import AttributesRpc
from services.carbon_accounting.ledger_rpc import LedgerRpc
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.stream import News
from services.runtime.clock import ParkClock


class CarbonRpc(LedgerRpc, AttributesRpc, CarbonServiceServicer):
    """Answers from the books only."""

    def __init__(
        self,
        rules: RulesNow,
        queries: Queries,
        clock: ParkClock,
        news: News,
        attributes: Attributes,
    ) -> None:
        LedgerRpc.__init__(self, rules, queries, clock, news)
        self.answer_from(attributes)

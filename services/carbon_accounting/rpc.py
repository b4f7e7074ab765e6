"""CarbonService: every area of it in a file of its own."""

from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceServicer
from services.carbon_accounting.ledger_rpc import LedgerRpc


class CarbonRpc(LedgerRpc, CarbonServiceServicer):
    """Answers from the books only."""

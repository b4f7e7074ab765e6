"""Run history: `python -m services.history`; its migrations: `… migrate`."""

from parkflow.history.v1.history_service_pb2_grpc import add_HistoryServiceServicer_to_server
from services.history.queries import Queries
from services.history.rpc import HistoryRpc
from services.history.settings import Settings
from services.history.store import ReadingStore
from services.history.stream import HistoryWriter
from services.runtime.service import Service, run
from services.runtime.topics import (
    DEAD_LETTERS,
    ENTRIES,
    FORECASTS,
    INCIDENTS,
    PLANS,
    READINGS,
)


def assemble(service: Service[Settings]) -> None:
    """Put history together."""
    writer = HistoryWriter(service.database, ReadingStore(service.database), service.clock)
    topics = [READINGS, FORECASTS, PLANS, ENTRIES, INCIDENTS, DEAD_LETTERS]
    service.react_in_bulk(topics, writer.write)
    service.serve(
        add_HistoryServiceServicer_to_server,
        HistoryRpc(service.park.id, Queries(service.database)),
        "parkflow.history.v1.HistoryService",
    )


if __name__ == "__main__":
    run("history", Settings, assemble)

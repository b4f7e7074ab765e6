"""Run history: `python -m services.history`; its migrations: `… migrate`."""

from parkflow.history.v1.history_service_pb2_grpc import add_HistoryServiceServicer_to_server
from services.history.admission import AT_ONCE, READER_OPTIONS, WATCHING_CONNECTIONS
from services.history.domain.courses import courses_of
from services.history.energy_store import EnergyStore
from services.history.refreshing import Refresher
from services.history.retention import Retention
from services.history.rpc import HistoryRpc
from services.history.settings import Settings
from services.history.store import ReadingStore
from services.history.stream import HistoryWriter
from services.history.watching import Head
from services.runtime.database import Database
from services.runtime.service import Service, run
from services.runtime.topics import (
    DEAD_LETTERS,
    ENTRIES,
    FORECASTS,
    INCIDENTS,
    INTERVALS,
    PLANS,
    READINGS,
)

PACKING_S = 3600.0
"""Turning one big chunk into columns may take long."""


def assemble(service: Service[Settings]) -> None:
    """Put history together."""
    database, settings = service.database, service.settings
    readers = Database(
        "history", settings.database_url, AT_ONCE + WATCHING_CONNECTIONS, READER_OPTIONS
    )
    service.at_start(readers.start)
    service.at_stop(readers.stop)

    energies = EnergyStore(database, service.park.time_zone)
    writer = HistoryWriter(database, ReadingStore(database), energies, service.clock)
    topics = [READINGS, INTERVALS, FORECASTS, PLANS, ENTRIES, INCIDENTS, DEAD_LETTERS]
    service.react_in_bulk(topics, writer.write)

    refresher = Refresher(database, service.park.time_zone)
    retention = Retention(database, refresher, settings.keeping, service.clock)
    head = Head(readers)
    refreshing = service.progress.stage("refresh rollups")
    keeping = service.progress.stage("keep", stalled_after_s=PACKING_S)
    service.keep_running("refresh rollups", lambda: refresher.keep_refreshing(refreshing))
    service.keep_running("keep", lambda: retention.keep_up(keeping))
    service.keep_running("follow the journal", head.follow)
    service.serve(
        add_HistoryServiceServicer_to_server,
        HistoryRpc(
            service.park.id, service.park.time_zone, courses_of(service.park), readers, head
        ),
        "parkflow.history.v1.HistoryService",
    )


if __name__ == "__main__":
    run("history", Settings, assemble)

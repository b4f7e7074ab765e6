"""Puts store-and-forward into the service, or leaves Kafka alone to it."""

from dataclasses import dataclass

from services.ingest.settings import Settings
from services.ingest.spool.forward import StoreAndForward, Straight
from services.ingest.spool.log import SpoolLog
from services.ingest.spool.shelf import Shelf
from services.runtime.publishing import Publishes
from services.runtime.service import Service
from services.runtime.telemetry import log_for

KAFKA_AT_START_S = 5.0
log = log_for(__name__)


@dataclass(frozen=True, slots=True)
class Ways:
    """How frames reach Kafka: what devices send, and what callers repeat until it is answered."""

    of_the_field: Publishes
    of_callers: Publishes
    shelf: Shelf | None


def open_ways(service: Service[Settings]) -> Ways:
    """Return the ways to Kafka; with `PARKFLOW_SPOOL_FOLDER` the field's leads over the disk."""
    settings = service.settings
    if settings.spool_folder is None:
        return Ways(service.publisher, service.publisher, None)
    spool = SpoolLog(settings.spool_folder, settings.spool_max_bytes)
    shelf = Shelf(spool, settings.spool_rules, service.clock)
    forward = StoreAndForward(service.publisher, shelf)
    service.start_without_kafka(KAFKA_AT_START_S)
    service.keep_running("spool write", shelf.write)
    service.keep_running("spool watch", shelf.watch)
    service.keep_running("spool drain", forward.drain)
    service.at_stop(shelf.stop)
    log.info("spool_open", folder=str(settings.spool_folder), limit_bytes=settings.spool_max_bytes)
    return Ways(forward, Straight(service.publisher, shelf), shelf)

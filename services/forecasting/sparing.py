"""A fault of one series is told and counted, and the others go on."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from services.runtime import metrics
from services.runtime.patience import is_away
from services.runtime.telemetry import log_for, record

log = log_for(__name__)


@dataclass
class Turn:
    """What became of what was done for one series."""

    failed: bool = False


@contextmanager
def sparing_others(doing: str, point_id: str) -> Iterator[Turn]:
    """Let nobody suffer from a mistake of ours with one series; the world being away goes on.

    It is a mistake all the same, so it is an error in the log, with its place.
    """
    turn = Turn()
    try:
        yield turn
    except Exception as fault:
        if is_away(fault):
            raise
        turn.failed = True
        record(metrics.SERIES_FAULTS, doing=doing)
        log.error("series_fault", point=point_id, doing=doing, exc_info=fault)

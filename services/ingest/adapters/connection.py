"""Being connected to a source: the metric, the log, and the waits between two attempts."""

import asyncio
import random
from collections.abc import Awaitable, Callable

from services.runtime import metrics
from services.runtime.telemetry import log_for, record

FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 15.0
log = log_for(__name__)


class Connection:
    """Whether one source is connected, how often it has been, and what was wrong when it is not.

    The protocol says `up()` once it has had a sign of life (not when a socket opened) and `down()`
    when it is lost; both may be said again and count once.
    """

    def __init__(
        self,
        source_id: str,
        *,
        first_wait_s: float = FIRST_WAIT_S,
        longest_wait_s: float = LONGEST_WAIT_S,
    ) -> None:
        self.source_id = source_id
        self.is_up = False
        self.times_up = 0
        self.away_reason = "never connected"
        self._first_wait_s, self._longest_wait_s = first_wait_s, longest_wait_s
        self._wait_s = first_wait_s
        record(metrics.ADAPTER_UP, 0, source=source_id)

    def up(self) -> None:
        """Note that the source answers."""
        if self.is_up:
            return
        self.is_up, self.away_reason = True, ""
        self._wait_s = self._first_wait_s
        self.times_up += 1
        record(metrics.ADAPTER_UP, 1, source=self.source_id)
        if self.times_up > 1:
            record(metrics.ADAPTER_RECONNECTS, source=self.source_id)
        log.info("source_connected", source=self.source_id, time=self.times_up)

    def down(self, why: Exception | str = "lost") -> None:
        """Note that the source does not answer any more."""
        if self.is_up:
            log.warning("source_lost", source=self.source_id, error=str(why))
        self.is_up = False
        self.away_reason = _words(why)
        record(metrics.ADAPTER_UP, 0, source=self.source_id)

    async def keep(
        self, converse: Callable[[], Awaitable[None]], away: tuple[type[Exception], ...]
    ) -> None:
        """Run `converse` (connect, then talk) for ever; after one of `away` wait and run it again.

        Waits double up to the longest, each cut at random by up to half, so that many adapters do
        not knock at once; a sign of life starts them over. Anything else is a defect of ours or of
        a library that met a broken peer: told with its stack, it costs this source alone.
        """
        while True:
            try:
                await converse()
                self.down("the conversation ended")
            except away as error:
                self.down(error)
                log.warning(
                    "source_away",
                    source=self.source_id,
                    error=_words(error),
                    next_try_s=self._wait_s,
                )
            except Exception as defect:
                self.down(defect)
                log.exception("source_defect", source=self.source_id, next_try_s=self._wait_s)
            _stop_if_asked()
            await asyncio.sleep(self._wait_s * random.uniform(0.5, 1.0))  # noqa: S311  no secret
            self._wait_s = min(2 * self._wait_s, self._longest_wait_s)


def _stop_if_asked() -> None:
    """Cancel again whoever was cancelled: a library may swallow it.

    asyncio.wait_for does before Python 3.12, when what it waits for is done at the same moment.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError


def _words(why: Exception | str) -> str:
    return str(why) or type(why).__name__

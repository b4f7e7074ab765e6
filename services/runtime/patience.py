"""Waiting out a world that is away: what counts as away, and how to retry in place (§6.4)."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

import grpc
import psycopg
import psycopg_pool
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    RequestTimedOutError,
)

from services.runtime import metrics
from services.runtime.telemetry import log_for, record

T = TypeVar("T")
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0
SILENT_S = 5.0
log = log_for(__name__)

waits: ContextVar[Callable[[], None] | None] = ContextVar("waits", default=None)
"""What every round of waiting in this context calls: a stage that waits does not hang."""

AWAY_STATUS = (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED)
READ_ONLY_OR_CUT_OFF = (
    psycopg.errors.ReadOnlySqlTransaction,
    psycopg.errors.IdleInTransactionSessionTimeout,
)
"""A standby after a fail-over, a server whose disk is full; a transaction that waited too long."""


def is_away(error: BaseException) -> bool:
    """Whether `error` says that the database, broker or a peer is away and may come back."""
    if isinstance(error, grpc.aio.AioRpcError):
        return error.code() in AWAY_STATUS
    if isinstance(error, KafkaError):
        away = (KafkaConnectionError, KafkaTimeoutError, RequestTimedOutError)
        return isinstance(error, away) or bool(error.retriable)
    if isinstance(error, READ_ONLY_OR_CUT_OFF):
        return True
    if isinstance(error, psycopg.OperationalError | psycopg_pool.PoolTimeout):
        return not isinstance(error, psycopg.errors.ProgramLimitExceeded)
    if isinstance(error, psycopg.InterfaceError):
        return True
    return isinstance(error, ConnectionError | TimeoutError)


async def patiently(operation: Callable[[], Awaitable[T]], what: str) -> T:
    """Return what `operation` returns, retrying for as long as the world is away.

    An attempt that hangs says so. Anything that is not the world being away leaves at once.
    Cancellation leaves at once.
    """
    wait_s = FIRST_WAIT_S
    while True:
        try:
            with saying_so(what):
                return await operation()
        except Exception as error:
            if not is_away(error):
                raise
            log.warning("waiting", what=what, error=_short(error), next_try_s=round(wait_s, 1))
        began = time.monotonic()
        await asyncio.sleep(wait_s)
        _waited(time.monotonic() - began, what)
        wait_s = min(wait_s * 2, LONGEST_WAIT_S)


async def tirelessly(operation: Callable[[], Awaitable[T]], what: str) -> T | None:
    """Do as `patiently` within a loop that serves beside others: a mistake of ours ends no process.

    It is logged as the bug that it is, and None returned; the loop goes on with its next round.
    """
    try:
        return await patiently(operation, what)
    except Exception as bug:
        log.error("bug", what=what, exc_info=bug)
        return None


@contextmanager
def saying_so(what: str) -> Iterator[None]:
    """Log every `SILENT_S` that `what` has still not answered, where its client is silent."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    timer = loop.call_later(SILENT_S, lambda: say())

    def say() -> None:
        nonlocal timer
        waited_s = round(loop.time() - began, 1)
        log.warning("waiting", what=what, error="no answer yet", waited_s=waited_s)
        _waited(SILENT_S, what)
        timer = loop.call_later(SILENT_S, say)

    try:
        yield
    finally:
        timer.cancel()


def _waited(seconds: float, what: str) -> None:
    record(metrics.AWAY_TIME, seconds, what=what)
    if (say_so := waits.get()) is not None:
        say_so()


def _short(error: BaseException) -> str:
    if isinstance(error, grpc.aio.AioRpcError):
        return f"{error.code().name}: {error.details()}"[:300]
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0] if text else ''}"[:300]

"""VerifyBooks and GetChain: proofs that the books are what was booked, and of what was known."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from parkflow.carbon.v1 import chain_pb2 as wire
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.live.chain_checks import checked_chains
from services.carbon_accounting.live.line_numbers import LineNumbers
from services.carbon_accounting.live.live_rules import LiveRules
from services.carbon_accounting.live.local_days import days_of_month
from services.carbon_accounting.live.period_checks import broken_closings
from services.carbon_accounting.live.period_listing import chain_heads
from services.carbon_accounting.live.reading import reading
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.live.store import PostgresBooks
from services.carbon_accounting.rpc.periods_messages import head_message
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes, ledger_of, past_moment
from services.carbon_accounting.stream import News
from services.carbon_accounting.verify import Verdict, comparing
from services.runtime.clock import ParkClock
from services.runtime.database import Database
from services.runtime.refusals import Exhausted, FieldMistake

SHOWN = 20


class ProofRpc(LiveRpc):
    """One proof at a time: it reads all of the books, beside whoever writes."""

    def __init__(self, rules: RulesNow, database: Database, clock: ParkClock, news: News) -> None:
        super().__init__(rules, database, clock, news)
        self._proof = asyncio.Lock()

    async def GetChain(  # noqa: N802
        self, request: wire.GetChainRequest, context: Any
    ) -> wire.GetChainResponse:
        """Return the ends of the chains."""
        mistakes: Mistakes = []
        ledger, month = ledger_of(request, mistakes), request.month or None
        known_by = past_moment(request, "known_by", self._clock.now(), mistakes)
        if month is not None and not _is_month(month):
            mistakes.append(FieldMistake("month", f"{month!r} is no month like 2026-11"))
        self._check(request, mistakes)
        async with self._snapshot() as connection:
            heads = await chain_heads(connection, self._site.id, ledger, month, known_by)
        return wire.GetChainResponse(heads=[head_message(head) for head in heads])

    async def VerifyBooks(  # noqa: N802
        self, request: wire.VerifyBooksRequest, context: Any
    ) -> AsyncIterator[wire.VerifyBooksResponse]:
        """Yield how far the proof is, month by month, and what differs."""
        self._check(request, [])
        if self._proof.locked():
            raise Exhausted("the books are being proved already; ask again when that is done")
        told = _Told()
        async with (
            self._proof,
            reading(self._database, self._site.id, LineNumbers()) as (_, books),
        ):
            async for answer in told.chains(books):
                yield answer
            if not request.chain_only:
                async for answer in told.entries(books, await self._rules.of(books.connection)):
                    yield answer
        yield told.end()


class _Told:
    """What a proof has found, as it is told."""

    def __init__(self) -> None:
        self._postings = 0
        self._verdict = Verdict()
        self._told = 0

    async def chains(self, books: PostgresBooks) -> AsyncIterator[wire.VerifyBooksResponse]:
        """Make every link again, and hold the heads of closed months against them."""
        async for chain in checked_chains(books):
            self._postings += chain.links
            self._verdict.differences += [chain.broken] if chain.broken else []
            yield self._message(wire.PROOF_STEP_CHAIN, chain.month)
        self._verdict.differences += await broken_closings(books.connection, books.park_id)

    async def entries(
        self, books: PostgresBooks, rules: LiveRules
    ) -> AsyncIterator[wire.VerifyBooksResponse]:
        """Book everything again; told once a month."""
        before = ""
        async for month in comparing(books, rules, self._verdict):
            if before not in ("", month):
                yield self._message(wire.PROOF_STEP_ENTRIES, before)
            before = month
        if before:
            yield self._message(wire.PROOF_STEP_ENTRIES, before)

    def end(self) -> wire.VerifyBooksResponse:
        """Return the last message."""
        message = self._message(wire.PROOF_STEP_UNSPECIFIED, "")
        message.is_done = True
        return message

    def _message(self, step: wire.ProofStep, month: str) -> wire.VerifyBooksResponse:
        found = self._verdict.differences
        news, self._told = found[self._told :], len(found)
        return wire.VerifyBooksResponse(
            step=step,
            month=month,
            posting_count=self._postings,
            entry_count=self._verdict.entries,
            differences=news[:SHOWN],
            difference_count=len(found),
        )


def _is_month(text: str) -> bool:
    try:
        days_of_month(Month.read(text))
    except ValueError:
        return False
    return True

"""The entries and the summary of CarbonService: checks the request, asks, answers."""

from collections.abc import AsyncIterator
from datetime import UTC, timedelta
from typing import Any, cast

from parkflow.carbon.v1 import carbon_service_pb2 as wire
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lacking import lacking_factors
from services.carbon_accounting.domain.local_day import local_day
from services.carbon_accounting.live.inventories import Accounted
from services.carbon_accounting.live.reading import KeptEntry
from services.carbon_accounting.live.rules_now import RulesNow
from services.carbon_accounting.messages import Place, entry_message, page_token, place_from
from services.carbon_accounting.queries import Queries
from services.carbon_accounting.rpc.access import enterprise_asked, for_enterprises, viewer_of
from services.carbon_accounting.rpc.entry_views import shown
from services.carbon_accounting.stream import News
from services.carbon_accounting.summary import summary_of
from services.energy.time_grid import Interval, ceiling, floor
from services.runtime import metrics
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import page_mistakes
from services.runtime.telemetry import record

MAX_PAGE = 10_000
USUAL_PAGE = 1_000
LONGEST = timedelta(days=800)


class LedgerRpc:
    """Answers from the books only."""

    def __init__(self, rules: RulesNow, queries: Queries, clock: ParkClock, news: News) -> None:
        self._rules = rules
        self._site = rules.site
        self._lacking: tuple[Accounted | None, Interval | None, list[str]] = (None, None, [])
        self._queries = queries
        self._clock = clock
        self._news = news
        self._watchers = 0

    @for_enterprises
    async def ListEntries(  # noqa: N802
        self, request: wire.ListEntriesRequest, context: Any
    ) -> wire.ListEntriesResponse:
        """Return one page of entries."""
        mistakes = page_mistakes(request.page_size, MAX_PAGE)
        if request.ledger not in (0, *Ledger):
            mistakes.append(FieldMistake("ledger", f"{request.ledger} is not a ledger; use 0 to 7"))
        viewer = viewer_of(context, self._site)
        whose = enterprise_asked(request.enterprise, viewer, self._site, mistakes)
        interval = self._checked(request, mistakes)
        question = f"{request.ledger} {interval} {request.include_replaced} {whose}"
        after = place_from(request.page_token, question) if request.page_token else None
        size = request.page_size or USUAL_PAGE
        ledgers = [Ledger(request.ledger)] if request.ledger else [*self._site.ledgers]
        replaced = request.include_replaced
        rows = await self._queries.entries(
            ledgers, interval, replaced=replaced, after=after, limit=size + 1, enterprise=whose
        )
        token = ""
        if len(rows) > size:
            rows = rows[:size]
            token = page_token(_place(rows[-1]), question)
        return wire.ListEntriesResponse(
            entries=[shown(entry_message(row), viewer, self._site) for row in rows],
            next_page_token=token,
        )

    async def GetSummary(  # noqa: N802
        self, request: wire.GetSummaryRequest, context: Any
    ) -> wire.GetSummaryResponse:
        """Return the summary of the quarters that lie wholly within the interval."""
        asked = self._checked(request, [])
        start, end = ceiling(asked.start), floor(asked.end)
        interval = Interval(start, end) if start < end else asked
        return wire.GetSummaryResponse(summary=await self._summary(interval))

    async def WatchSummary(  # noqa: N802
        self, request: wire.WatchSummaryRequest, context: Any
    ) -> AsyncIterator[wire.WatchSummaryResponse]:
        """Yield the summary of the local day, again after each booking and at midnight."""
        check_park(request.park_id, self._site.id)
        self._count_watchers(1)
        try:
            told = None
            while True:
                day = local_day(self._clock.now(), self._site.time_zone)
                summary = await self._summary(day)
                if summary != told:
                    yield wire.WatchSummaryResponse(summary=summary)
                    told = summary
                await self._news.wait()
        finally:
            self._count_watchers(-1)

    async def _summary(self, interval: Interval) -> wire.CarbonSummary:
        sums = await self._queries.sums(interval)
        return summary_of(self._site, interval, sums, self._lacking_in(interval))

    def _lacking_in(self, interval: Interval) -> list[str]:
        """Return the factors that lack in an interval; those of the newest one asked are kept."""
        accounted = self._rules.accounted
        if self._lacking[0] is not accounted or self._lacking[1] != interval:
            told = lacking_factors(self._site, accounted.rules, interval)
            self._lacking = (accounted, interval, told)
        return self._lacking[2]

    def _count_watchers(self, change: int) -> None:
        self._watchers += change
        record(metrics.WATCHERS, self._watchers, method="WatchSummary")

    def _checked(self, request: Any, mistakes: list[FieldMistake]) -> Interval:
        interval = _interval(request, mistakes)
        check_park(request.park_id, self._site.id, mistakes)
        return cast(Interval, interval)  # or there was a mistake


def _interval(request: Any, mistakes: list[FieldMistake]) -> Interval | None:
    if not (request.interval.HasField("start") and request.interval.HasField("end")):
        mistakes.append(FieldMistake("interval", "needs a start and an end"))
        return None
    try:
        start = request.interval.start.ToDatetime(tzinfo=UTC)
        end = request.interval.end.ToDatetime(tzinfo=UTC)
        floor(start), ceiling(end)
    except (ValueError, OverflowError):
        mistakes.append(FieldMistake("interval", "is not within the years 1 to 9999"))
        return None
    if end <= start:
        mistakes.append(FieldMistake("interval.end", f"{end} is not after the start {start}"))
        return None
    if end - start > LONGEST:
        mistakes.append(FieldMistake("interval", f"is longer than {LONGEST.days} days; ask less"))
        return None
    return Interval(start, end)


def _place(entry: KeptEntry) -> Place:
    return Place(entry.posting.ledger, *entry.rank)

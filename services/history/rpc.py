"""HistoryService: checks the request, asks, answers."""

from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from parkflow.history.v1 import history_service_pb2 as wire
from parkflow.history.v1.history_service_pb2_grpc import HistoryServiceServicer
from services.history import aggregates, energy_queries, estimates, queries
from services.history.admission import EXPORTS, WATCHES, Admission
from services.history.asked import (
    MAX_PAGE,
    borders_asked,
    estimate_mistakes,
    export_mistakes,
    interval_of,
    known_at_of,
    point_mistakes,
    quarter_mistakes,
    question_of,
)
from services.history.directory import Directory
from services.history.domain.gaps import Course
from services.history.domain.standing import Rows
from services.history.exporting import Exporter
from services.history.messages import add_readings, after_token, column_message, page_token
from services.history.series import HOW, add_energies, add_estimates, add_series
from services.history.sheets import EnergySheets, ReadingSheets, Sheets
from services.history.watching import Head, Watching
from services.runtime import metrics
from services.runtime.database import Connection, Database
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import page_mistakes
from services.runtime.telemetry import record

PAGE = 10_000
SHEETS: dict[int, Callable[..., Sheets]] = {
    wire.EXPORT_CONTENT_UNSPECIFIED: ReadingSheets,
    wire.EXPORT_CONTENT_ENERGY: EnergySheets,
}


class HistoryRpc(HistoryServiceServicer):
    """Answers from the database only, over the readers' connections."""

    def __init__(
        self,
        park_id: str,
        zone: ZoneInfo,
        courses: Mapping[str, Course],
        readers: Database,
        head: Head,
    ) -> None:
        self._park_id = park_id
        self._zone = zone
        self._courses = courses
        self._admission = Admission(readers)
        self._points = Directory("point", park_id)
        self._sources = Directory("source", park_id)
        self._exporter = Exporter(self._admission)
        self._watching = Watching(readers, head, self._points, self._sources)
        self._watchers = 0

    async def GetLatest(  # noqa: N802
        self, request: wire.GetLatestRequest, context: Any
    ) -> wire.GetLatestResponse:
        """Return the newest usable reading of each point."""
        check_park(request.park_id, self._park_id)
        async with self._admission.asking(context) as connection:
            numbers = await self._points.seen(connection, list(request.point_ids))
            rows = await queries.latest_rows(connection, numbers if request.point_ids else None)
            names = await self._points.names(connection, rows.point_id)
            by_name = np.argsort(names.astype(str), kind="stable")
            rows = rows.take(by_name[names[by_name] != ""])
            answer = wire.GetLatestResponse()
            await self._fill(answer, connection, rows, request.as_columns)
        return answer

    async def GetRange(  # noqa: N802
        self, request: wire.GetRangeRequest, context: Any
    ) -> wire.GetRangeResponse:
        """Return one page of readings."""
        mistakes = point_mistakes(request.point_ids) + page_mistakes(request.page_size, MAX_PAGE)
        interval = interval_of(request, mistakes)
        check_park(request.park_id, self._park_id, mistakes)
        after = after_token(request.page_token) if request.page_token else queries.BEGINNING
        async with self._admission.asking(context) as connection:
            asked = queries.Asked(
                await self._points.numbers(connection, list(request.point_ids)),
                interval,
                request.include_rejected,
                known_at_of(request),
            )
            page = await queries.page_of(connection, asked, after, request.page_size or PAGE)
            token = page_token(page.after) if page.after else ""
            answer = wire.GetRangeResponse(next_page_token=token)
            await self._fill(answer, connection, page.rows, request.as_columns)
        return answer

    async def GetAggregate(  # noqa: N802
        self, request: wire.GetAggregateRequest, context: Any
    ) -> wire.GetAggregateResponse:
        """Return down-sampled points, each on the same grid."""
        mistakes = point_mistakes(request.point_ids)
        if request.aggregation not in HOW:
            named = "mean, sum, min, max, last, count or integral"
            mistakes.append(FieldMistake("aggregation", f"name one: {named}"))
        interval = interval_of(request, mistakes)
        borders = borders_asked(request, interval, self._zone, mistakes)
        if request.estimate_gaps:
            mistakes += estimate_mistakes(request, interval, self._courses)
        check_park(request.park_id, self._park_id, mistakes)
        async with self._admission.asking(context) as connection:
            numbers = await self._points.numbers(connection, list(request.point_ids))
            question = question_of(request, numbers, interval, borders, self._zone)
            rollups = await aggregates.answer(connection, question)
            estimated = await self._estimated(connection, request, numbers, question)
        answer = wire.GetAggregateResponse()
        add_series(answer, request, numbers, borders, rollups)
        if estimated is not None:
            add_estimates(answer, numbers, borders, estimated)
        return answer

    async def GetEnergy(  # noqa: N802
        self, request: wire.GetEnergyRequest, context: Any
    ) -> wire.GetEnergyResponse:
        """Return the energies of registers, each on the same grid."""
        mistakes = point_mistakes(request.point_ids)
        interval = interval_of(request, mistakes)
        mistakes += quarter_mistakes(request, interval)
        borders = borders_asked(request, interval, self._zone, mistakes)
        check_park(request.park_id, self._park_id, mistakes)
        async with self._admission.asking(context) as connection:
            numbers = await self._points.numbers(connection, list(request.point_ids))
            question = question_of(request, numbers, interval, borders, self._zone)
            grid = await energy_queries.answer(connection, question)
        answer = wire.GetEnergyResponse()
        add_energies(answer, request, numbers, grid)
        return answer

    async def Export(  # noqa: N802
        self, request: wire.ExportRequest, context: Any
    ) -> AsyncIterator[wire.ExportResponse]:
        """Yield a file of readings or energies in pieces."""
        mistakes = point_mistakes(request.point_ids) + export_mistakes(request)
        interval = interval_of(request, mistakes)
        check_park(request.park_id, self._park_id, mistakes)
        async with self._admission.open("export", EXPORTS):
            async with self._admission.asking(context) as connection:
                numbers = await self._points.numbers(connection, list(request.point_ids))
            asked = queries.Asked(numbers, interval, request.include_rejected, known_at_of(request))
            sheets = SHEETS[request.content](asked, self._points, self._sources)
            async for response in self._exporter.chunks(sheets, request.format, context):
                yield response

    async def Watch(  # noqa: N802
        self, request: wire.WatchRequest, context: Any
    ) -> AsyncIterator[wire.WatchResponse]:
        """Yield readings as they are committed."""
        check_park(request.park_id, self._park_id)
        async with self._admission.open("watch", WATCHES):
            self._count_watchers(1)
            try:
                async for response in self._watching.responses(request):
                    yield response
            finally:
                self._count_watchers(-1)

    async def _estimated(
        self,
        connection: Connection,
        request: wire.GetAggregateRequest,
        numbers: list[int],
        question: aggregates.Question,
    ) -> estimates.Estimated | None:
        if not request.estimate_gaps:
            return None
        names = dict(zip(numbers, request.point_ids, strict=True))
        courses = [self._courses[names[number]] for number in question.points]
        return await estimates.answer(connection, question, courses, self._points)

    def _count_watchers(self, more: int) -> None:
        self._watchers += more
        record(metrics.WATCHERS, self._watchers, method="Watch")

    async def _fill(
        self,
        answer: wire.GetLatestResponse | wire.GetRangeResponse,
        connection: Connection,
        rows: Rows,
        as_columns: bool,
    ) -> None:
        """Put rows into an answer, as readings or as columns."""
        points = await self._points.names(connection, rows.point_id)
        sources = await self._sources.names(connection, rows.source_id)
        if as_columns:
            answer.columns.CopyFrom(column_message(rows, points, sources))
        else:
            await add_readings(answer, rows, points, sources)

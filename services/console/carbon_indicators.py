"""What the page of carbon asks of the indicators, and the files of its reports."""

import asyncio
from collections.abc import AsyncIterator

import grpc

from parkflow.carbon.v1 import indicator_pb2, report_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.console.actions import BadOrder
from services.console.indicator_messages import history_json, page_json, words_json
from services.console.messages import Json
from services.runtime.grpc_client import CALL_S, trace_metadata

PERIODS = {
    "month": indicator_pb2.INDICATOR_PERIOD_KIND_MONTH,
    "year_to_date": indicator_pb2.INDICATOR_PERIOD_KIND_YEAR_TO_DATE,
    "year_end": indicator_pb2.INDICATOR_PERIOD_KIND_YEAR_END,
}
FORMATS = {"pdf": report_pb2.REPORT_FORMAT_PDF, "xlsx": report_pb2.REPORT_FORMAT_XLSX}
KINDS = {
    "monthly": report_pb2.REPORT_KIND_MONTHLY,
    "inventory": report_pb2.REPORT_KIND_INVENTORY,
    "evidence": report_pb2.REPORT_KIND_EVIDENCE,
}
LANGUAGES = ("zh", "en")
MOST_HISTORIES = 100
WRITING_S = 300.0
"""How long a report may take to be written."""


class CarbonIndicators:
    """Calls to carbon accounting about indicators and reports."""

    def __init__(self, park_id: str, carbon_accounting: grpc.aio.Channel) -> None:
        self._park_id = park_id
        self._carbon = CarbonServiceStub(carbon_accounting)

    async def pages(self) -> Json:
        """Return the running month, the year to date and its foreseen end, with the words."""
        *pages, words = await asyncio.gather(
            *(self._page(kind) for kind in PERIODS.values()), self._words()
        )
        return {**dict(zip(PERIODS, pages, strict=True)), "words": words}

    async def _page(self, kind: indicator_pb2.IndicatorPeriodKind) -> Json:
        request = indicator_pb2.GetIndicatorsRequest(park_id=self._park_id, period_kind=kind)
        answer = await self._carbon.GetIndicators(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return page_json(answer)

    async def _words(self) -> Json:
        request = indicator_pb2.ListIndicatorsRequest(park_id=self._park_id)
        answer = await self._carbon.ListIndicators(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return words_json(answer)

    async def histories(self, indicators: list[str]) -> Json:
        """Return each indicator by month."""
        if not 0 < len(indicators) <= MOST_HISTORIES:
            raise BadOrder(f"indicators must name 1 to {MOST_HISTORIES}, separated by commas")
        found = await asyncio.gather(*(self._history(one) for one in indicators))
        return dict(zip(indicators, found, strict=True))

    async def _history(self, indicator_id: str) -> list[Json]:
        request = indicator_pb2.GetIndicatorHistoryRequest(
            park_id=self._park_id, indicator_id=indicator_id
        )
        answer = await self._carbon.GetIndicatorHistory(
            request, timeout=CALL_S, metadata=trace_metadata()
        )
        return history_json(answer)

    async def report(
        self, kind: str, month: str, enterprise: str, language: str, file_format: str
    ) -> AsyncIterator[report_pb2.MakeReportResponse]:
        """Yield the pieces of a report; the first one says what it is."""
        _check(kind, language, file_format)
        request = report_pb2.MakeReportRequest(
            park_id=self._park_id,
            kind=KINDS[kind],
            month=month,
            enterprise=enterprise,
            language=language,
            format=FORMATS[file_format],
        )
        call = self._carbon.MakeReport(request, timeout=WRITING_S, metadata=trace_metadata())
        async for piece in call:
            yield piece


def _check(kind: str, language: str, file_format: str) -> None:
    allowed = (
        ("kind", kind, KINDS),
        ("language", language, LANGUAGES),
        ("format", file_format, FORMATS),
    )
    wrong = [
        f"{field} is {value!r}; use one of {', '.join(known)}"
        for field, value, known in allowed
        if value not in known
    ]
    if wrong:
        raise BadOrder("; ".join(wrong))

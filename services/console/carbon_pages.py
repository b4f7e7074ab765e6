"""The page of carbon over HTTP: the page itself, the books of a month, and decisions about them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aiohttp import web

from parkflow.carbon.v1.report_pb2 import MakeReportResponse
from services.console.actions import moment_in
from services.console.carbon_books import CarbonBooks, month_in
from services.console.carbon_indicators import CarbonIndicators
from services.console.carbon_matching import CarbonMatching, year_in
from services.console.carbon_resources import CarbonResources
from services.console.messages import Json
from services.console.requests import SECURITY, USER, body_of, json_response

TYPES = {
    ".pdf": "application/pdf",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".zip": "application/zip",
}
PAGE = Path(__file__).parent / "static" / "carbon.html"
Decide = Callable[[Json, str], Awaitable[Json]]
AskOfMonth = Callable[[str], Awaitable[Json]]


class CarbonPages:
    """Its handlers; who may post is decided at the border, as for every page."""

    def __init__(
        self,
        books: CarbonBooks,
        indicators: CarbonIndicators,
        matching: CarbonMatching,
        resources: CarbonResources,
    ) -> None:
        self._books, self._indicators = books, indicators
        self._matching, self._resources = matching, resources

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/carbon", self._page)
        router.add_get("/api/carbon-months", self._months)
        router.add_get("/api/carbon-totals", self._totals)
        router.add_get("/api/carbon-differences", self._differences)
        router.add_get("/api/carbon-origins", self._origins)
        router.add_get("/api/carbon-restatements", self._restatements)
        router.add_get("/api/carbon-pending", self._pending)
        router.add_get("/api/carbon-open-items", self._open_items)
        router.add_get("/api/carbon-indicators", self._pages)
        router.add_get("/api/carbon-histories", self._histories)
        router.add_get("/api/carbon-report", self._report)
        router.add_get("/api/carbon-matching", self._matched)
        router.add_get("/api/carbon-purchase", self._purchase)
        router.add_get("/api/carbon-certificates", self._certificates)
        router.add_get("/api/carbon-claim-quality", self._claim_quality)
        router.add_get("/api/carbon-costs", _of_month(self._resources.costs))
        router.add_get("/api/carbon-resources", _of_month(self._resources.resources))
        router.add_get("/api/carbon-exchanges", _of_month(self._resources.exchanges))
        router.add_get("/api/carbon-audit", _of_month(self._resources.audit))
        router.add_post("/api/close-month", _deciding(self._books.close))
        router.add_post("/api/approve-restatement", _deciding(self._books.approve))
        router.add_post("/api/reject-restatement", _deciding(self._books.reject))

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    async def _months(self, _: web.Request) -> web.StreamResponse:
        return json_response(await self._books.months())

    async def _totals(self, request: web.Request) -> web.StreamResponse:
        """Return the totals of a month; with `reported_on` also as they were then."""
        reported_on = _reported_on(request) if "reported_on" in request.query else None
        return json_response(await self._books.totals(_month(request), reported_on))

    async def _differences(self, request: web.Request) -> web.StreamResponse:
        month, reported_on = _month(request), _reported_on(request)
        return json_response(await self._books.differences(month, reported_on))

    async def _origins(self, request: web.Request) -> web.StreamResponse:
        return json_response(await self._books.origins(_month(request)))

    async def _restatements(self, request: web.Request) -> web.StreamResponse:
        return json_response(await self._books.restatements(_month(request)))

    async def _pending(self, _: web.Request) -> web.StreamResponse:
        return json_response(await self._books.pending())

    async def _open_items(self, request: web.Request) -> web.StreamResponse:
        return json_response(await self._books.open_items(_month(request)))

    async def _pages(self, _: web.Request) -> web.StreamResponse:
        return json_response(await self._indicators.pages())

    async def _histories(self, request: web.Request) -> web.StreamResponse:
        """Return the months of some indicators; `indicators` is a comma-separated list."""
        named = [one for one in request.query.get("indicators", "").split(",") if one]
        return json_response(await self._indicators.histories(named))

    async def _matched(self, request: web.Request) -> web.StreamResponse:
        enterprise = request.query.get("enterprise", "")
        return json_response(await self._matching.matching(_span(request), enterprise))

    async def _purchase(self, request: web.Request) -> web.StreamResponse:
        """Return a proposal; it changes nothing, so whoever may look may ask."""
        enterprise, target, offers = (
            request.query.get(field, "") for field in ("enterprise", "target", "offers")
        )
        proposal = await self._matching.proposal(_span(request), enterprise, target, offers)
        return json_response(proposal)

    async def _certificates(self, request: web.Request) -> web.StreamResponse:
        year = year_in(request.query.get("year", ""))
        return json_response(await self._matching.certificates(year))

    async def _claim_quality(self, request: web.Request) -> web.StreamResponse:
        year = year_in(request.query.get("year", ""))
        return json_response(await self._matching.claim_quality(year))

    async def _report(self, request: web.Request) -> web.StreamResponse:
        """Return a report as a file, piece by piece as it comes."""
        query = request.query
        pieces = self._indicators.report(
            query.get("kind", ""),
            _month(request),
            query.get("enterprise", ""),
            query.get("language", ""),
            query.get("format", ""),
        )
        response: web.StreamResponse | None = None
        async for piece in pieces:
            if response is None:
                response = await _file_begun(request, piece)
            await response.write(piece.chunk)
        return response or web.json_response({"error": "the report is empty"}, status=502)


async def _file_begun(request: web.Request, first: MakeReportResponse) -> web.StreamResponse:
    name = quote(first.file_name)
    response = web.StreamResponse(
        headers={
            "Content-Type": TYPES.get(Path(first.file_name).suffix, "application/octet-stream"),
            "Content-Disposition": f"attachment; filename*=UTF-8''{name}",
            "Content-Length": str(first.whole_size),
            **SECURITY,
        }
    )
    await response.prepare(request)
    return response


def _deciding(decide: Decide) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return json_response(await decide(await body_of(request), request[USER].name))

    return handle


def _of_month(ask: AskOfMonth) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return json_response(await ask(_month(request)))

    return handle


def _month(request: web.Request) -> str:
    return month_in(request.query.get("month", ""))


def _span(request: web.Request) -> str:
    """Return the month or the year that is asked for."""
    return year_in(request.query["year"]) if "year" in request.query else _month(request)


def _reported_on(request: web.Request) -> datetime:
    query: dict[str, Any] = dict(request.query)
    return moment_in(query, "reported_on")

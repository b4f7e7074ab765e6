"""The page of carbon over HTTP: the page itself, the books of a month, and decisions about them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from services.console.actions import moment_in
from services.console.carbon_books import CarbonBooks, month_in
from services.console.messages import Json
from services.console.requests import USER, body_of, json_response

PAGE = Path(__file__).parent / "static" / "carbon.html"
Decide = Callable[[Json, str], Awaitable[Json]]


class CarbonPages:
    """Its handlers; who may post is decided at the border, as for every page."""

    def __init__(self, books: CarbonBooks) -> None:
        self._books = books

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/carbon", self._page)
        router.add_get("/api/carbon-months", self._months)
        router.add_get("/api/carbon-totals", self._totals)
        router.add_get("/api/carbon-differences", self._differences)
        router.add_get("/api/carbon-origins", self._origins)
        router.add_get("/api/carbon-restatements", self._restatements)
        router.add_get("/api/carbon-pending", self._pending)
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
        page = request.query.get("page", "")
        return json_response(await self._books.restatements(_month(request), page))

    async def _pending(self, _: web.Request) -> web.StreamResponse:
        return json_response(await self._books.pending())


def _deciding(decide: Decide) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def handle(request: web.Request) -> web.StreamResponse:
        return json_response(await decide(await body_of(request), request[USER].name))

    return handle


def _month(request: web.Request) -> str:
    return month_in(request.query.get("month", ""))


def _reported_on(request: web.Request) -> datetime:
    query: dict[str, Any] = dict(request.query)
    return moment_in(query, "reported_on")

"""The data-quality page over HTTP: the page itself, and the decisions made on it."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from aiohttp import web

from services.console.decisions import Decisions
from services.console.messages import Json
from services.console.quality_feed import QualityFeed
from services.console.requests import USER, body_of, json_response

PAGE = Path(__file__).parent / "static" / "quality.html"
Decide = Callable[[Json, str], Awaitable[Json]]


class QualityPages:
    """Its handlers; who may post is decided at the border, as for every page."""

    def __init__(self, decisions: Decisions, feed: QualityFeed) -> None:
        self._decisions, self._feed = decisions, feed

    def add_to(self, router: web.UrlDispatcher) -> None:
        """Add the routes."""
        router.add_get("/quality", self._page)
        router.add_post("/api/release-suspense", self._handler(self._decisions.release))
        router.add_post("/api/judge-reading", self._handler(self._decisions.judge))
        router.add_post("/api/revoke-edit", self._handler(self._decisions.revoke))

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(PAGE)

    def _handler(self, decide: Decide) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def handle(request: web.Request) -> web.StreamResponse:
            decided = await decide(await body_of(request), request[USER].name)
            self._feed.soon()
            return json_response(decided)

        return handle

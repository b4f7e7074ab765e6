"""The page over HTTP: static files, one event stream, and the few things a person may do."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import grpc
from aiohttp import web

from services.console.actions import Actions, BadOrder
from services.console.carbon_pages import CarbonPages
from services.console.domain.latency import Latencies
from services.console.domain.picture import Picture
from services.console.feeds import as_text
from services.console.forecast_pages import ForecastPages
from services.console.hub import Hub
from services.console.memory import Memory, midnight_before
from services.console.messages import park_json, reading_json
from services.console.pulse import pulse_json
from services.console.quality_pages import QualityPages
from services.console.requests import SECURITY, USER, body_of, json_response, refusal_response
from services.console.users import User, Users
from services.energy.time_grid import Interval
from services.runtime.clock import ParkClock

STATIC = Path(__file__).parent / "static"
RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
KEEP_ALIVE_S = 15.0
DAY_STEP = timedelta(minutes=5)
HTTP_OF = {
    grpc.StatusCode.INVALID_ARGUMENT: 400,
    grpc.StatusCode.PERMISSION_DENIED: 403,
    grpc.StatusCode.NOT_FOUND: 404,
    grpc.StatusCode.FAILED_PRECONDITION: 409,
    grpc.StatusCode.UNIMPLEMENTED: 501,
    grpc.StatusCode.UNAVAILABLE: 503,
    grpc.StatusCode.DEADLINE_EXCEEDED: 503,
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Pages:
    """The console's HTTP handlers."""

    def __init__(
        self,
        picture: Picture,
        hub: Hub,
        actions: Actions,
        latencies: Latencies,
        memory: Memory,
        clock: ParkClock,
        users: Users,
        quality: QualityPages,
        forecasts: ForecastPages,
        carbon: CarbonPages,
    ) -> None:
        self._picture = picture
        self._hub = hub
        self._actions = actions
        self._latencies = latencies
        self._memory = memory
        self._clock = clock
        self._users = users
        self._quality = quality
        self._forecasts = forecasts
        self._carbon = carbon

    def application(self) -> web.Application:
        """Return the web application."""
        app = web.Application(middlewares=[self._border])
        app.on_shutdown.append(self._close_pages)
        app.router.add_get("/", self._page)
        app.router.add_get("/api/park", self._park)
        app.router.add_get("/api/events", self._events)
        app.router.add_get("/api/day", self._day)
        app.router.add_get("/api/foreseen", self._foreseen)
        app.router.add_get("/api/overrides", self._overrides)
        app.router.add_get("/api/latency", self._latency)
        app.router.add_get("/api/explain/{device_id}", self._explain)
        app.router.add_post("/api/acknowledge", self._acknowledge)
        app.router.add_post("/api/override", self._override)
        app.router.add_post("/api/cancel-override", self._cancel_override)
        app.router.add_get("/runbooks/{name:[a-z0-9_-]+\\.md}", self._runbook)
        self._quality.add_to(app.router)
        self._forecasts.add_to(app.router)
        self._carbon.add_to(app.router)
        app.router.add_static("/static", STATIC)
        return app

    async def _close_pages(self, _: web.Application) -> None:
        self._hub.close()

    @web.middleware
    async def _border(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        user = self._users.of(request.headers.get("Authorization"))
        if user is None:
            challenge = {"WWW-Authenticate": 'Basic realm="Parkflow", charset="UTF-8"'}
            return web.json_response({"error": "name and password"}, status=401, headers=challenge)
        if request.method == "POST" and (refused := _refused_post(request, user)):
            return refused
        request[USER] = user
        try:
            response = await handler(request)
        except BadOrder as mistake:
            response = refusal_response(str(mistake), 400)
        except grpc.aio.AioRpcError as error:
            status = HTTP_OF.get(error.code(), 502)
            response = refusal_response(error.details() or error.code().name, status)
        if not response.prepared:
            response.headers.update(SECURITY)
        return response

    async def _page(self, _: web.Request) -> web.StreamResponse:
        return web.FileResponse(STATIC / "index.html")

    async def _runbook(self, request: web.Request) -> web.StreamResponse:
        """Return a runbook as text; an installation without the documents says so."""
        file = RUNBOOKS / request.match_info["name"]
        if not file.is_file():
            return web.Response(status=404, text=f"{file.name} is not installed here; see docs/")
        return web.Response(text=file.read_text(encoding="utf-8"), content_type="text/plain")

    async def _park(self, request: web.Request) -> web.StreamResponse:
        user = {"name": request[USER].name, "may_steer": request[USER].may_steer}
        return json_response({**park_json(self._picture.park, self._clock.speed), "user": user})

    async def _latency(self, _: web.Request) -> web.StreamResponse:
        return json_response(
            {
                "count": self._latencies.count,
                "p50_ms": _ms(self._latencies.percentile(0.50)),
                "p99_ms": _ms(self._latencies.percentile(0.99)),
            }
        )

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream events: first everything known now, then what happens."""
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", **SECURITY}
        )
        await response.prepare(request)
        values = {point: reading_json(shown) for point, shown in self._picture.points.items()}
        first = [
            ("readings", as_text(values)),
            ("pulse", as_text(pulse_json(self._picture, self._clock.now()))),
        ]
        try:
            async for kind, body in self._hub.events(first):
                await response.write(f"event: {kind}\ndata: {body}\n\n".encode())
        except (ConnectionResetError, asyncio.CancelledError):
            pass  # the page was closed
        return response

    async def _day(self, request: web.Request) -> web.StreamResponse:
        """Return 5-minute means of the local day so far; `points` is a comma-separated list."""
        points = [point for point in request.query.get("points", "").split(",") if point]
        readable = self._picture.park.readable_ids
        known = [point for point in points if point in readable]
        if not known or len(known) > 100:
            raise BadOrder("points must name 1 to 100 points of the park, separated by commas")
        now = self._clock.now()
        midnight = midnight_before(now, self._picture.park.time_zone)
        interval = Interval(midnight, max(now, midnight + DAY_STEP))
        return json_response(await self._actions.day(known, interval, DAY_STEP))

    async def _foreseen(self, _: web.Request) -> web.StreamResponse:
        """Return what was foreseen for each slot of the local day before it began."""
        zone = self._picture.park.time_zone
        return json_response(self._memory.json_since(midnight_before(self._clock.now(), zone)))

    async def _explain(self, request: web.Request) -> web.StreamResponse:
        return json_response(await self._actions.explain(request.match_info["device_id"]))

    async def _acknowledge(self, request: web.Request) -> web.StreamResponse:
        return json_response(
            await self._actions.acknowledge(await body_of(request), request[USER].name)
        )

    async def _override(self, request: web.Request) -> web.StreamResponse:
        order = await body_of(request)
        return json_response(
            await self._actions.override(order, request[USER].name, self._clock.now())
        )

    async def _overrides(self, _: web.Request) -> web.StreamResponse:
        return json_response(await self._actions.overrides(self._clock.now()))

    async def _cancel_override(self, request: web.Request) -> web.StreamResponse:
        body = await body_of(request)
        return json_response(await self._actions.cancel_override(body, request[USER].name))


def _refused_post(request: web.Request, user: User) -> web.Response | None:
    """Refuse orders from those who may only look, and from other sites (cross-site forgery)."""
    if not user.may_steer:
        return web.json_response({"error": f"{user.name} may look, not steer"}, status=403)
    if request.content_type != "application/json":
        return web.json_response({"error": "send application/json"}, status=415)
    origin = request.headers.get("Origin")
    if origin and origin.split("://", 1)[-1] != request.host:
        return web.json_response({"error": "orders come from this page only"}, status=403)
    return None


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)

"""`/metrics` for Prometheus and `/healthz` for liveness, on a port of its own."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from services.runtime.environment import CommonSettings


class HttpEndpoint:
    """Serves the metrics and the liveness of one process."""

    def __init__(self, settings: CommonSettings, stalled: Callable[[], list[str]]) -> None:
        self._settings = settings
        self._stalled = stalled
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on the metrics port."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, port = self._settings.metrics_host, self._settings.metrics_port
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            raise OSError(
                f"cannot listen on {host}:{port} for metrics ({error.strerror}); "
                "set PARKFLOW_METRICS_PORT to a free port"
            ) from None

    async def stop(self) -> None:
        """Stop listening."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _metrics(self, _: web.Request) -> web.Response:
        self._stalled()  # refreshes the age of each stage
        body = generate_latest(REGISTRY)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def _health(self, _: web.Request) -> web.Response:
        stalled = self._stalled()
        return web.json_response(
            {"status": "stalled" if stalled else "moving", "stalled": stalled},
            status=503 if stalled else 200,
        )

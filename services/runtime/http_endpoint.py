"""`/metrics` for Prometheus, `/healthz` for liveness, `/readyz` for readiness, on one port."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, generate_latest

from services.runtime.environment import CommonSettings


class HttpEndpoint:
    """Serves the metrics and the liveness of one process."""

    def __init__(self, settings: CommonSettings, stalled: Callable[[], list[str]]) -> None:
        self._settings = settings
        self._stalled = stalled
        self.ready = False
        """Whether everything is connected and gRPC says SERVING."""
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen on the metrics port."""
        app = web.Application()
        app.router.add_get("/metrics", self._metrics)
        app.router.add_get("/healthz", self._health)
        app.router.add_get("/readyz", self._readiness)
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

    async def _readiness(self, _: web.Request) -> web.Response:
        status = "ready" if self.ready else "starting or stopping"
        return web.json_response({"status": status}, status=200 if self.ready else 503)

    async def _health(self, _: web.Request) -> web.Response:
        stalled = self._stalled()
        return web.json_response(
            {"status": "stalled" if stalled else "moving", "stalled": stalled},
            status=503 if stalled else 200,
        )

"""Run the console: `python -m services.console`."""

import asyncio
from functools import partial

from aiohttp import web

from services.console.actions import Actions
from services.console.carbon_books import CarbonBooks
from services.console.carbon_indicators import CarbonIndicators
from services.console.carbon_matching import CarbonMatching
from services.console.carbon_pages import CarbonPages
from services.console.carbon_resources import CarbonResources
from services.console.decisions import Decisions
from services.console.domain.latency import Latencies
from services.console.domain.picture import Picture
from services.console.feeds import Feeds, as_text
from services.console.forecast_pages import ForecastPages
from services.console.http import Pages
from services.console.hub import Hub
from services.console.memory import Memory, recall
from services.console.pulse import pulse_json
from services.console.quality_feed import QualityFeed
from services.console.quality_pages import QualityPages
from services.console.settings import Settings
from services.console.users import Users
from services.runtime.grpc_client import open_channel
from services.runtime.service import Service, run

PULSE_S = 1.0


def assemble(service: Service[Settings]) -> None:
    """Put the console together."""
    settings, clock = service.settings, service.clock
    picture, hub, latencies = Picture(service.park), Hub(), Latencies()
    channels = {
        name: open_channel(getattr(settings, f"{name}_address"), settings)
        for name in (
            "ingest", "validation", "history", "forecasting", "dispatch", "carbon_accounting",
            "alerting",
        )
    }  # fmt: skip
    memory = Memory()
    feeds = Feeds(service.park.id, clock, picture, hub, latencies, memory)
    actions = Actions(
        service.park.id,
        alerting=channels["alerting"],
        dispatching=channels["dispatch"],
        history=channels["history"],
    )
    quality = QualityFeed(
        service.park, clock, hub, validation=channels["validation"], ingest=channels["ingest"]
    )
    decisions = Decisions(service.park.id, channels["validation"])
    pages = Pages(
        picture,
        hub,
        actions,
        latencies,
        memory,
        clock,
        Users(settings.users_file),
        QualityPages(decisions, quality),
        ForecastPages(service.park.id, channels["forecasting"]),
        CarbonPages(
            CarbonBooks(service.park.id, service.park.time_zone, channels["carbon_accounting"]),
            CarbonIndicators(service.park.id, channels["carbon_accounting"]),
            CarbonMatching(service.park.id, service.park.time_zone, channels["carbon_accounting"]),
            CarbonResources(service.park.id, channels["carbon_accounting"]),
        ),
    )
    stage = service.progress.stage("pulse")

    async def serve_pages() -> None:
        runner = web.AppRunner(pages.application(), access_log=None, shutdown_timeout=2.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, settings.http_host, settings.http_port).start()
            await asyncio.Event().wait()
        except OSError as error:
            raise OSError(
                f"cannot listen on {settings.http_host}:{settings.http_port} "
                f"({error.strerror}); set PARKFLOW_HTTP_PORT to a free port"
            ) from None
        finally:
            await runner.cleanup()

    async def beat() -> None:
        while True:
            hub.send("pulse", as_text(pulse_json(picture, clock.now())))
            stage.move()
            await asyncio.sleep(PULSE_S)

    async def recall_day() -> None:
        await recall(
            memory,
            service.park.id,
            service.park.time_zone,
            clock,
            forecasting=channels["forecasting"],
            dispatching=channels["dispatch"],
        )

    async def close_channels() -> None:
        for channel in channels.values():
            await channel.close()

    service.keep_running("pages", serve_pages)
    service.keep_running("pulse", beat)
    service.keep_running("readings", lambda: feeds.readings(channels["ingest"]))
    service.keep_running("market", lambda: feeds.market(channels["ingest"]))
    service.keep_running("forecasts", lambda: feeds.forecasts(channels["forecasting"]))
    service.keep_running("plans", lambda: feeds.plans(channels["dispatch"]))
    service.keep_running("control", lambda: feeds.control(channels["dispatch"]))
    service.keep_running("carbon", lambda: feeds.carbon(channels["carbon_accounting"]))
    service.keep_running("incidents", lambda: feeds.incidents(channels["alerting"]))
    service.keep_running("quality", quality.run)
    service.keep_running("memory", recall_day)
    for name, channel in channels.items():
        service.keep_running(f"{name} health", partial(feeds.health, name, channel))
    service.at_stop(close_channels)


if __name__ == "__main__":
    run("console", Settings, assemble)

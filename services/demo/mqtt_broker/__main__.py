"""`python -m services.demo.mqtt_broker PORT FILE`: the broker on loopback, until SIGTERM."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

from services.demo.mqtt_broker.broker import Broker
from services.demo.mqtt_broker.connection import Connection
from services.demo.mqtt_broker.packets import ProtocolViolation
from services.demo.mqtt_broker.store import Store

LOOPBACK = "127.0.0.1"


async def serve(port: int, file: Path) -> None:
    broker = Broker(Store(file))

    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await Connection(broker, reader, writer).serve()
        except ProtocolViolation as violation:
            print(f"closed a connection: {violation}", flush=True)
        except (asyncio.IncompleteReadError, TimeoutError, ConnectionError):
            pass  # gone, or silent for too long: its session waits for it
        finally:
            writer.close()

    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    server = await asyncio.start_server(welcome, LOOPBACK, port)
    print(f"listening on {LOOPBACK}:{port}", flush=True)
    await ended.wait()
    server.close()
    broker.commit()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))

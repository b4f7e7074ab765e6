"""`python -m services.demo.stack up --state DIR`: the servers alone, until ctrl-C."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from pathlib import Path

from services.demo.stack import Kafka, Mqtt, Postgres, Stack, StackProblem, StateFolder
from services.demo.stack.ports import free_port


def main() -> int:
    options = _options()
    try:
        folder = StateFolder(options.state)
        if options.command == "clean":
            folder.clear()
            return 0
        return up(folder, options)
    except KeyboardInterrupt:
        return 0
    except StackProblem as problem:
        print(problem, file=sys.stderr)
        return 1


def up(folder: StateFolder, options: argparse.Namespace) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    kafka = Kafka(folder, port=options.kafka_port or free_port(), controller_port=free_port())
    postgres = Postgres(folder, port=options.postgres_port or free_port())
    mqtt = Mqtt(folder, port=options.mqtt_port or free_port())
    if kafka.must_download:
        print("# fetching Kafka from Maven Central (45 MB, once)", flush=True)
    with Stack(kafka, postgres, mqtt) as stack:
        print(f"PARKFLOW_KAFKA={kafka.address}")
        print(f"PARKFLOW_DATABASE_URL={postgres.url()}")
        print(f"PARKFLOW_MQTT={mqtt.url}")
        for server in stack.servers:
            held_mb = server.memory_bytes() / 1e6
            print(f"# {server.name}: up in {server.start_seconds:.1f} s, {held_mb:.0f} MB")
        print("# ctrl-C ends them", flush=True)
        threading.Event().wait()
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.demo.stack", description=__doc__)
    parser.add_argument("command", choices=["up", "clean"])
    state = Path(os.environ.get("PARKFLOW_STATE", ".parkflow"))
    parser.add_argument("--state", type=Path, default=state)
    parser.add_argument("--kafka-port", type=int, help="a free one unless given")
    parser.add_argument("--postgres-port", type=int, help="a free one unless given")
    parser.add_argument("--mqtt-port", type=int, help="a free one unless given")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())

"""`make demo`: the whole of Parkflow on this machine, on recorded data.

Brings up Kafka, PostgreSQL and an MQTT broker, every service and the simulated park, and prints
one address. Ctrl-C stops every child, at whatever moment; state stays in one folder. With `--for`
it ends by itself with a summary and exits non-zero when any stage was silent, unhealthy or lost
something.
"""

import os
import signal
import sys

from services.demo.options import options_of


def main() -> int:
    """Return the exit code; problems are told in plain words."""
    for number in (signal.SIGINT, signal.SIGTERM):  # a shell's background job ignores SIGINT
        signal.signal(number, signal.default_int_handler)
    options = options_of(sys.argv[1:])
    try:
        from services.demo.live_demo import run  # takes a while, and ctrl-C must be heard in it

        return run(options)
    except KeyboardInterrupt:
        print("stopped while starting; `make demo` starts again", flush=True)
        os._exit(130)  # a download under way in another thread is not waited for


if __name__ == "__main__":
    sys.exit(main())

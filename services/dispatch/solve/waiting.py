"""Says on stderr that work is still going on, once it takes long."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

EVERY_S = 2.0


@contextmanager
def told_while(what: str, limit_s: float, every_s: float = EVERY_S) -> Iterator[None]:
    """Tell at intervals for how long it has been going on, until the block ends."""
    over, began = threading.Event(), time.monotonic()

    def tell() -> None:
        while not over.wait(every_s):
            passed_s = time.monotonic() - began
            sys.stderr.write(f"{what}: {passed_s:.0f} s of at most {limit_s:g} s\n")
            sys.stderr.flush()

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()

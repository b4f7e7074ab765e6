"""What tests give a worker process to do: module functions, which alone get there."""

import os
import time


def nothing() -> None:
    """Need no warming up."""


def held(content: bytes, given_s: float, seconds: float = 0.0) -> tuple[str, float]:
    """Take so long; return the content as text and the time limit that was given."""
    time.sleep(seconds)
    return content.decode(), given_s


def greedy(content: bytes, given_s: float) -> int:
    """Ask for 1 GiB of memory."""
    return len(bytearray(2**30))


def ends(content: bytes, given_s: float) -> None:
    """End the process, as a crash of the solver would."""
    os._exit(3)


def own_pid(content: bytes, given_s: float) -> int:
    """Return which process works."""
    return os.getpid()

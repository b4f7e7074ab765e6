"""A process of ours reckons with small matrices: the library of these gets one thread."""

import os
import subprocess
import sys

THREADS = "OPENBLAS_NUM_THREADS"
PROGRAM = """
import services, os, numpy
numpy.ones((600, 600)) @ numpy.ones((600, 600))
print(os.environ["OPENBLAS_NUM_THREADS"], len(os.listdir("/proc/self/task")))
"""


def told(**environment: str) -> list[str]:
    bare = {name: value for name, value in os.environ.items() if name != THREADS}
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env=bare | environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return ran.stdout.split()


def test_matrices_are_multiplied_by_one_thread() -> None:
    assert told() == ["1", "1"]


def test_who_asks_for_more_threads_gets_them() -> None:
    assert told(OPENBLAS_NUM_THREADS="2")[0] == "2"

"""The solver's process lives no longer than dispatch."""

from __future__ import annotations

import subprocess
import sys

import psutil

from tests.support.builders import REPOSITORY

DISPATCH = """
import asyncio, time
from services.dispatch.solving import SolverProcess

if __name__ == "__main__":
    asyncio.run(SolverProcess(1.0).start())
    print("started", flush=True)
    time.sleep(600)
"""


def test_a_killed_dispatch_leaves_no_solver_behind() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DISPATCH], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
    ) as dispatch:
        assert dispatch.stdout is not None
        assert dispatch.stdout.readline() == "started\n"
        solver = psutil.Process(dispatch.pid).children(recursive=True)

        dispatch.kill()
        _, left = psutil.wait_procs(solver, timeout=60)

    assert solver
    assert not left

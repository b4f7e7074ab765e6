"""The solver's process lives no longer than dispatch."""

from __future__ import annotations

import subprocess
import sys

import psutil

from services.dispatch.domain.ladder import NoPlan
from services.dispatch.solving import SolverProcess
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


async def test_a_mistake_of_the_planner_is_an_answer_not_the_end_of_dispatch() -> None:
    solver = SolverProcess(1.0)

    answer = await solver.solve(None)  # type: ignore[arg-type] # whatever it cannot cope with
    solver.stop()

    assert isinstance(answer, NoPlan)
    assert answer.why.startswith("the planner made a mistake: AttributeError: ")

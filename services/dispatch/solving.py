"""The solver of live plans, in a process of its own."""

from services.dispatch.domain.ladder import NoPlan
from services.dispatch.domain.model.planning import Planned
from services.dispatch.domain.park.problem import ParkProblem
from services.dispatch.worker import Worker, WorkerLost
from services.runtime.telemetry import log_for

PATIENCE_S = 5.0
NICENESS = 5
log = log_for(__name__)


def _solve(problem: ParkProblem, time_limit_s: float) -> Planned:
    from services.dispatch.domain.solver import best_plan

    return best_plan(problem, time_limit_s)


def _warm() -> int:
    from services.dispatch.domain import solver

    return len(solver.__name__)


class SolverProcess:
    """Solves one problem at a time; whatever happens to its process, there is an answer."""

    def __init__(self, time_limit_s: float) -> None:
        self._time_limit_s = time_limit_s
        self._worker = Worker("solver", _warm, NICENESS)

    async def start(self) -> None:
        """Start the process and let it load the solver."""
        await self._worker.start()

    async def solve(self, problem: ParkProblem) -> Planned | NoPlan:
        """Return the best plan, or why there is none."""
        within_s = self._time_limit_s + PATIENCE_S
        try:
            return await self._worker.run(within_s, _solve, problem, self._time_limit_s)
        except WorkerLost as lost:
            return NoPlan(f"the solver's process is lost: {lost}")
        except Exception as bug:  # a mistake of ours, whichever, costs the optimum, never control
            log.error("bug", what="planner", exc_info=bug)
            return NoPlan(f"the planner made a mistake: {type(bug).__name__}: {bug}")

    def stop(self) -> None:
        """End the process at once."""
        self._worker.stop()

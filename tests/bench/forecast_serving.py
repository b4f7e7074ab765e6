"""What serving a thousand points costs: the demo park's eleven models many times, in one process.

Models of 2,000 cases a band and 25 trees, training's own choice for so many points; 60 days of
quarters and two days of minutes of each point. `refreshed` is one issue of 48 h of all points with
their sums; times are those of the processor
(one thread), memory is the most that the process ever held, libraries included.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from services.forecasting.domain.outlook.effort import Effort
from services.forecasting.domain.outlook.forecaster import learn
from services.forecasting.domain.series_record import task_of
from services.forecasting.registry.bodies import body_of, columns_of
from tests.bench.measure import Result
from tests.support.backtest import FIRST_ORIGIN, known_of
from tests.support.builders import REPOSITORY, a_park
from tests.support.recorded import past, recorded_targets

EFFORT = Effort(cases=2_000, rounds=25)  # what training takes unless it is told otherwise
PAST_DAYS = 150
POINTS = 1_000


def run() -> tuple[list[Result], str]:
    """Return the figures of a process that serves a thousand points."""
    with tempfile.TemporaryDirectory() as folder:
        for target in recorded_targets():
            task = task_of(target, a_park())
            known = known_of(past(target, FIRST_ORIGIN, PAST_DAYS), target, task)
            body = body_of(learn(known, task, EFFORT, None), columns_of(known, task))
            (Path(folder) / target.point_id).write_bytes(body)
        told = subprocess.run(
            [sys.executable, "-m", "tests.bench.serving_process", folder, str(POINTS)],
            cwd=REPOSITORY,
            check=True,
            capture_output=True,
            text=True,
        )
    took = json.loads(told.stdout.splitlines()[-1])
    one = took["nowcast_s"] * 1e3 / POINTS
    return [
        Result("1,000 points refreshed for 48 h", took["issue_s"], 10.0, "s", "allowed"),
        Result("their sums with joint paths", took["sums_s"], 10.0, "s", "allowed for all"),
        Result("one point's nowcast, of 1,000 at once", one, 5.0, "ms", "allowed"),
        Result("one point's nowcast, alone", took["alone_s"] * 1e3, 5.0, "ms", "allowed"),
        Result("memory of the process", took["rss_mib"], 500.0, "MiB", "allowed"),
    ], (
        f"A point's models are restored in {took['restored_s'] * 1e3 / POINTS:.0f} ms, and it "
        f"learns which way on to trust in {took['taught_s'] * 1e3:.0f} ms, every four hours."
    )

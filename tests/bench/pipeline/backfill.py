"""A day of the past for 10,000 points while 1,000 others go on live: what live ones notice."""

import time
from dataclasses import dataclass

from tests.bench.measure import Result
from tests.bench.pipeline.generating import pushing
from tests.bench.pipeline.latency import Seen, results, seen_while
from tests.bench.pipeline.looking import Looker
from tests.bench.pipeline.pushing import Plan, Pushed
from tests.bench.pipeline.running import a_pipeline
from tests.bench.pipeline.throughput import warm_up

LIVE, PAST, DAY_S = 1_000, 10_000, 86_400.0
ALLOWED_S = 1.0
SETTLE_S = 300.0
STEP_S, LIVE_S = 900.0, 90.0


@dataclass(frozen=True)
class Backfilled:
    """What a backfill came to, and what was seen of the live readings meanwhile."""

    pushed: Pushed
    seen: Seen
    seconds: float


def run() -> tuple[list[Result], str]:
    """Return the live p99s beside a day in quarter hours."""
    return figures(backfilled(STEP_S, LIVE_S), STEP_S), ""


def backfilled(step_s: float, live_s: float) -> Backfilled:
    """Push a day, `step_s` between readings, beside live readings for at least `live_s`."""
    park = LIVE + PAST
    live = Plan(LIVE, 10, live_s, name="live", park_points=park)
    past = Plan(PAST, 10, DAY_S, step_s=step_s, name="past", first=LIVE, park_points=park)
    with a_pipeline(park) as pipeline:
        warm_up(pipeline, live)
        looker = Looker(pipeline.database_url)
        before = looker.rows()
        with pushing(pipeline.push_address, live) as present:
            with pushing(pipeline.push_address, past) as generator:
                seen = seen_while(pipeline, live, present)
                pushed = generator.outcome()
            now = present.outcome()
        looker.wait_rows(before + pushed.readings + now.readings, SETTLE_S)
        return Backfilled(pushed, seen, time.time() - pushed.began)


def figures(run: Backfilled, step_s: float) -> list[Result]:
    """Return the live p99s against a second."""
    rate = run.pushed.readings / (run.pushed.ended - run.pushed.began)
    what = (
        f"1,000 live readings/s beside a day of {PAST:,} points every {step_s:.0f} s "
        f"({run.pushed.readings:,} readings taken at {rate:,.0f}/s)"
    )
    return results(what, run.seen, ALLOWED_S, ALLOWED_S)

"""What ingest and validation hold in memory, by points of the park file.

Each point gets 8 readings; validation remembers as many as the table tells, in rings that are
resident page by page as they fill. Held is each process with its children, shared pages counted by
share.
"""

import time

from services.demo.metrics_page import MetricsPage
from services.runtime import metrics
from services.validation.domain.state import DEEPEST, MOST_PLACES, SHALLOWEST
from tests.bench.measure import Result
from tests.bench.pipeline.generating import pushing
from tests.bench.pipeline.pushing import Plan
from tests.bench.pipeline.running import Pipeline, a_pipeline

RECENT_S = 240.0
"""Older readings would be of the past, and wait for each other (`services.ingest.pacing`)."""
SETTLE_S = 300.0
ALLOWED_MB = 400.0
MOST_ROUNDS = 8
"""So that it ends in time: small parks remember more readings of each point than that."""
SERVICES = ("ingest", "validation")


def run() -> tuple[list[Result], str]:
    """Return ingest at 50,000 points, and both services at every size."""
    return figures([1_000, 10_000, 50_000, 200_000], MOST_ROUNDS)


def held_mb(points: int, rounds: int) -> tuple[dict[str, float], dict[str, float]]:
    """Return what each service holds before any reading and after so many of each point."""
    plan = Plan(points, max(10, points // 1_000), RECENT_S, step_s=RECENT_S / rounds)
    with a_pipeline(points, SERVICES) as pipeline:
        empty = {name: pipeline.resident_mb(name) for name in SERVICES}
        with pushing(pipeline.push_address, plan) as generator:
            pushed = generator.outcome()
        _wait_judged(pipeline, pushed.readings)
        return empty, {name: pipeline.resident_mb(name) for name in SERVICES}


def full(points: int) -> int:
    """Return how many readings of each point validation remembers."""
    return max(SHALLOWEST, min(DEEPEST, MOST_PLACES // points))


def _wait_judged(pipeline: Pipeline, readings: int) -> None:
    page_of = pipeline.services["validation"].metrics_port
    deadline = time.monotonic() + SETTLE_S
    while MetricsPage.of(page_of).total(metrics.READINGS) < readings:
        if time.monotonic() > deadline:
            raise TimeoutError(f"not all of {readings} readings judged within {SETTLE_S:.0f} s")
        time.sleep(0.5)


def figures(sizes: list[int], most_rounds: int) -> tuple[list[Result], str]:
    """Return ingest at 50,000 points against what is allowed, and the table of all sizes."""
    found: list[Result] = []
    lines = [
        "| points | readings of each | ingest, MB (before any) | validation, MB (before any) |",
        "|--:|--:|--:|--:|",
    ]
    for points in sizes:
        rounds = min(full(points), most_rounds)
        empty, held = held_mb(points, rounds)
        cells = " | ".join(f"{held[name]:.0f} ({empty[name]:.0f})" for name in SERVICES)
        lines.append(f"| {points:,} | {rounds:,} of {full(points):,} | {cells} |")
        if points == 50_000:
            what = "memory of ingest at 50,000 points"
            found.append(Result(what, held["ingest"], ALLOWED_MB, "MB", "the allowed size"))
    return found, "\n".join(lines)

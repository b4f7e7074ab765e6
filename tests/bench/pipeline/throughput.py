"""Readings pushed over gRPC in columns until they are rows, beside one raw COPY of them alone.

Kafka, PostgreSQL, ingest, validation, history and the load generator are processes of their own on
the same machine. First every source pushes each round as it is read, a little more than 100,000
readings a second together, since what the last rows take counts too; then each pushes once a second
what it has read since, more than is taken. Counted is from the first push until every row is there.
The reference takes the first 10 million of the same rows with one binary COPY into a relation with
the same key, when nothing else of the pipeline runs.

What the stages take by themselves is in `pipeline.stages`; the rest is carrying. A Push is about a
millisecond of gRPC and Python whatever its size, a frame half of one in Kafka and its clients, so
larger pushes cost less a reading; a row is two microseconds of COPY in the server, half of them in
the index of the key, and as much again for `latest`, the journal and the rollups. The next
bottleneck is the server: with large pushes it takes nearly half of all processor time.
"""

import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.measure import Result
from tests.bench.pipeline.generating import pushing
from tests.bench.pipeline.looking import Look, Looker, raw_copy_rows_per_s
from tests.bench.pipeline.pushing import Plan, Pushed
from tests.bench.pipeline.running import Pipeline, a_pipeline

SETTLE_S = 300.0
ASKED_PER_S = 103_000.0
ROUNDS_A_SECOND = 5
"""As fast as they are taken: 250,000 readings a second are more than two cores carry."""
FULL_S = 40.0
MOST_COPIED = 10_000_000


@dataclass(frozen=True)
class Run:
    """What a plan came to; `cpu_s` by process."""

    plan: Plan
    pushed: Pushed
    rows: int
    seconds: float
    looks: list[Look]
    cpu_s: dict[str, float]

    @property
    def per_s(self) -> float:
        """Rows a second, from the first push until the last row was seen."""
        return self.rows / self.seconds


@dataclass(frozen=True)
class Copied:
    """The reference."""

    per_s: float
    rows: int


def run() -> tuple[list[Result], str]:
    """Return what 50,000 points at 100,000 readings a second come to, for five minutes.

    And what they come to at most. PARKFLOW_BENCH_SECONDS makes it shorter or longer.
    """
    seconds = float(os.environ.get("PARKFLOW_BENCH_SECONDS", "300"))
    steady = Plan(50_000, 50, seconds, period_s=50_000 / ASKED_PER_S)
    full = replace(
        steady,
        seconds=min(seconds, FULL_S),
        period_s=1 / ROUNDS_A_SECOND,
        rounds_a_push=ROUNDS_A_SECOND,
    )
    return results(*measured([steady, full]))


def measured(plans: list[Plan]) -> tuple[list[Run], Copied]:
    """Push as planned, one plan after the other, all rows there in between; then copy them raw."""
    with a_pipeline(plans[0].points) as pipeline:
        warm_up(pipeline, plans[0])
        looker = Looker(pipeline.database_url)
        runs = [_run(pipeline, looker, plan) for plan in plans]
        for service in reversed(pipeline.services.values()):
            service.stop()
        file = Path(pipeline.postgres.recipe().folder) / "raw_copy.bin"
        return runs, Copied(*raw_copy_rows_per_s(pipeline.database_url, MOST_COPIED, str(file)))


def _run(pipeline: Pipeline, looker: Looker, plan: Plan) -> Run:
    rows_before, before = looker.rows(), _cpu_seconds(pipeline, looker)
    with pushing(pipeline.push_address, plan) as generator:
        looks = []
        while generator.running:
            looks.append(looker.look())
            time.sleep(1.0)
        pushed = generator.outcome()
    seen = wait_for_all(looker, plan, pushed, rows_before)
    after = _cpu_seconds(pipeline, looker)
    cpu_s = {name: after[name] - before[name] for name in before}
    rows = looker.rows() - rows_before
    cpu_s["load generator"] = pushed.cpu_s
    run = Run(plan, pushed, rows, seen - pushed.began, looks, cpu_s)
    sys.stderr.write(f"\n{_offered(run)}: {run.per_s:,.0f} rows/s\n{_cpu_table(run)}\n")
    return run


def _cpu_seconds(pipeline: Pipeline, looker: Looker) -> dict[str, float]:
    """Return what each process has used, without what looking took."""
    used = pipeline.cpu_seconds()
    return used | {"PostgreSQL": used["PostgreSQL"] - looker.cpu_seconds()}


def wait_for_all(looker: Looker, plan: Plan, pushed: Pushed, rows_before: int) -> float:
    """Return when the last row was seen: every point's last round, and not one row missing."""
    seen = looker.wait_reached(plan.points, pushed.last_s, SETTLE_S)
    if looker.rows() - rows_before < pushed.readings:
        looker.wait_rows(rows_before + pushed.readings, SETTLE_S)
        seen = time.time()
    return seen


def warm_up(pipeline: Pipeline, plan: Plan) -> None:
    """Let every point come once: its number, its partition, the code's first pass."""
    once = replace(plan, seconds=2.0, period_s=2.0)
    with pushing(pipeline.push_address, once) as generator:
        pushed = generator.outcome()
    looker = Looker(pipeline.database_url)
    looker.wait_rows(pushed.readings, SETTLE_S)


def results(runs: list[Run], copied: Copied) -> tuple[list[Result], str]:
    """Return the figures, and for each run the table of where the time goes."""
    figures = []
    for run in runs:
        note = f"{run.rows:,} of {run.pushed.readings:,} rows"
        copy = f"one raw COPY of {copied.rows:,} rows alone"
        figures.append(Result(_offered(run), run.per_s, copied.per_s, "rows/s", copy, note))
    details = [f"{_offered(run)}:\n\n{_cpu_table(run)}\n\n{_lag_line(run)}" for run in runs]
    return figures, "\n\n".join(details)


def _offered(run: Run) -> str:
    plan = run.plan
    return (
        f"{plan.points:,} points of {plan.sources} sources pushed at "
        f"{plan.points / plan.period_s:,.0f} readings/s for {plan.seconds:.0f} s, "
        f"{plan.count * plan.rounds_a_push:,} a push"
    )


def _cpu_table(run: Run) -> str:
    millions, used = run.pushed.readings / 1e6, sum(run.cpu_s.values())
    lines = ["| process | CPU µs a reading | cores in use | |", "|---|--:|--:|--:|"]
    for name, cpu_s in sorted(run.cpu_s.items(), key=lambda one: -one[1]):
        share = f"{100 * cpu_s / used:.0f} %"
        lines.append(f"| {name} | {cpu_s / millions:.2f} | {cpu_s / run.seconds:.2f} | {share} |")
    lines.append(f"| together | {used / millions:.2f} | {used / run.seconds:.2f} | |")
    return "\n".join(lines)


def _lag_line(run: Run) -> str:
    told = []
    for share in (0.1, 0.5, 1.0):
        look = run.looks[max(0, round(share * len(run.looks)) - 1)]
        told.append(f"{look.oldest_s:.1f} s after {100 * share:.0f} %")
    return (
        f"Age of the newest row of the point furthest behind: {', '.join(told)} of the time. "
        f"Rounds of the generator were at most {run.pushed.behind_s:.1f} s behind schedule; the "
        f"longest Push took {run.pushed.longest_call_s:.1f} s."
    )

"""Readings pushed over gRPC in columns until they are rows, beside one raw COPY of them alone.

Kafka, PostgreSQL, ingest, validation, history and the load generator are processes of their own on
the same machine. Counted is from the first push until every row is there. The reference takes the
first 10 million of the same rows with one binary COPY into a relation with the same key, when
nothing else of the pipeline runs.
"""

import os
import time
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.measure import Result
from tests.bench.pipeline.generating import pushing
from tests.bench.pipeline.looking import Look, Looker, raw_copy_rows_per_s
from tests.bench.pipeline.pushing import Plan, Pushed
from tests.bench.pipeline.running import Pipeline, a_pipeline

SETTLE_S = 300.0
MOST_COPIED = 10_000_000


@dataclass(frozen=True)
class Sustained:
    """What a run came to; `cpu_s` by process."""

    pushed: Pushed
    rows: int
    seconds: float
    looks: list[Look]
    cpu_s: dict[str, float]
    copy_per_s: float
    copied: int

    @property
    def per_s(self) -> float:
        """Rows a second, from the first push until the last row was seen."""
        return self.rows / self.seconds


def run() -> tuple[list[Result], str]:
    """Return what 50,000 points at 100,000 readings a second come to, for five minutes.

    PARKFLOW_BENCH_SECONDS makes it shorter or longer.
    """
    seconds = float(os.environ.get("PARKFLOW_BENCH_SECONDS", "300"))
    plan = Plan(50_000, 50, seconds, period_s=0.5)
    return results(plan, sustained(plan))


def sustained(plan: Plan) -> Sustained:
    """Push as planned and wait for every row; then copy them raw."""
    with a_pipeline(plan.points) as pipeline:
        warm_up(pipeline, plan)
        looker = Looker(pipeline.database_url)
        rows_before, before = looker.rows(), pipeline.cpu_seconds()
        with pushing(pipeline.push_address, plan) as generator:
            looks = []
            while generator.running:
                looks.append(looker.look())
                time.sleep(1.0)
            pushed = generator.outcome()
        seen = wait_for_all(looker, plan, pushed, rows_before)
        after = pipeline.cpu_seconds()
        cpu_s = {name: after[name] - before[name] for name in before}
        rows = looker.rows() - rows_before
        for service in reversed(pipeline.services.values()):
            service.stop()
        file = Path(pipeline.postgres.recipe().folder) / "raw_copy.bin"
        copy_per_s, copied = raw_copy_rows_per_s(pipeline.database_url, MOST_COPIED, str(file))
    return Sustained(
        pushed,
        rows,
        seen - pushed.began,
        looks,
        cpu_s | {"load generator": pushed.cpu_s},
        copy_per_s,
        copied,
    )


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


def results(plan: Plan, run: Sustained) -> tuple[list[Result], str]:
    """Return the figures and the table of where the time goes."""
    what = (
        f"pushed readings to rows, {plan.points:,} points of {plan.sources} sources, "
        f"{plan.seconds:.0f} s"
    )
    note = f"{run.rows:,} of {run.pushed.readings:,} rows; COPY of {run.copied:,} rows"
    figure = Result(what, run.per_s, run.copy_per_s, "rows/s", "one raw COPY alone", note)
    return [figure], "\n\n".join([_cpu_table(run), _lag_line(run)])


def _cpu_table(run: Sustained) -> str:
    millions, used = run.pushed.readings / 1e6, sum(run.cpu_s.values())
    lines = ["| process | CPU s a million readings | cores in use | |", "|---|--:|--:|--:|"]
    for name, cpu_s in sorted(run.cpu_s.items(), key=lambda one: -one[1]):
        share = f"{100 * cpu_s / used:.0f} %"
        lines.append(f"| {name} | {cpu_s / millions:.2f} | {cpu_s / run.seconds:.2f} | {share} |")
    lines.append(f"| together | {used / millions:.2f} | {used / run.seconds:.2f} | |")
    return "\n".join(lines)


def _lag_line(run: Sustained) -> str:
    told = []
    for share in (0.1, 0.5, 1.0):
        look = run.looks[max(0, round(share * len(run.looks)) - 1)]
        told.append(f"{look.oldest_s:.1f} s after {100 * share:.0f} %")
    return (
        f"Age of the newest row of the point furthest behind: {', '.join(told)} of the time. "
        f"Rounds of the generator were at most {run.pushed.behind_s:.1f} s behind schedule; the "
        f"longest Push took {run.pushed.longest_call_s:.1f} s."
    )

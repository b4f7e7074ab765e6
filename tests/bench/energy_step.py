"""Judged readings to energies and virtual points.

Registers to quarter-hour energies: one reading of each of 50,000 registers a frame, each frame
a minute after the one before, against `numpy.diff` of the same two columns of readings (two
subtractions, nothing checked, nothing remembered). Memory is what the
state's columns occupy once they are full. Virtual points: 1,000 sums of 10 of 10,000 inputs,
against the same sums of the same columns by one matrix product.
"""

from datetime import timedelta

import numpy as np

from services.energy.formula import VirtualPoint
from services.energy.readings import Verdict
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.stepping import advance
from services.validation.domain.energy.table import RegisterRule, RegisterTable
from services.validation.domain.virtual.formulas import Formulas
from services.validation.domain.virtual.inputs import Inputs, Judgements
from services.validation.domain.virtual.stepping import advance_virtual
from tests.bench.measure import Result, seconds_of

FRAMES = 30
MINUTE_US = 60_000_000
NOON_US = 1_559_563_200_000_000
STRANGE = 500  # registers a frame with a rejected reading, 1 %


def run() -> tuple[list[Result], str]:
    """Return registers a second, and how memory grows."""
    results: list[Result] = []
    lines = [
        "| registers | remembered readings of each | state when full, MB | B a reading |",
        "|--:|--:|--:|--:|",
    ]
    for count in (1_000, 10_000, 50_000, 200_000):
        table = RegisterTable.of_rules(
            {
                f"meter_{k:06}.import_energy_wh": RegisterRule(largest_w=400_000)
                for k in range(count)
            }
        )
        lines.append(_memory(table))
        if count == 50_000:
            results = [_ordinary(table), _with_faults(table), _virtual()]
    return results, "\n".join(lines)


def a_frame(count: int, number: int) -> JudgedRows:
    """Return one reading of every register: each counts 100 Wh a minute."""
    return JudgedRows(
        np.arange(count),
        np.full(count, NOON_US + number * MINUTE_US),
        np.arange(count) + 100 * number,
        np.full(count, Counts.BELIEVED, np.uint8),
    )


def _ordinary(table: RegisterTable) -> Result:
    return _rate(table, [a_frame(len(table), k) for k in range(FRAMES)], "all ordinary")


def _with_faults(table: RegisterTable) -> Result:
    frames = []
    for number in range(FRAMES):
        frame = a_frame(len(table), number)
        counts = frame.counts.copy()
        counts[(np.arange(STRANGE) * 97 + number * 1_009) % len(table)] = Counts.CLAIMED
        frames.append(JudgedRows(frame.register, frame.event_time_us, frame.wh, counts))
    return _rate(table, frames, "1 % of the readings rejected")


def _rate(table: RegisterTable, frames: list[JudgedRows], what: str) -> Result:
    def step() -> None:
        registers = Registers(table.ids)
        for number, frame in enumerate(frames):
            advance(registers, table, frame, known_at_us=number)

    def difference() -> None:
        for early, late in zip(frames, frames[1:] + frames[:1], strict=True):
            np.diff([early.wh, late.wh], axis=0)
            np.diff([early.event_time_us, late.event_time_us], axis=0)

    readings = len(table) * len(frames)
    return Result(
        f"register readings to energy, {what}",
        readings / seconds_of(step, repeats=3),
        readings / seconds_of(difference, repeats=3),
        "readings/s",
        "numpy.diff of the same columns",
        f"{len(table):,} registers a frame",
    )


def _memory(table: RegisterTable) -> str:
    registers = Registers(table.ids)
    readings = sum(column.nbytes for column in (registers.times, registers.wh, registers.counts))
    others = (registers.open_parts, registers.level_us, registers.level_wh, registers.used)
    held = readings + sum(column.nbytes for column in others)
    each = readings / registers.times.size
    return f"| {len(table):,} | {registers.depth:,} | {held / 1e6:.0f} | {each:.0f} |"


def _virtual() -> Result:
    """Return the inputs a second that become values of virtual points."""
    names = [f"m{k:05}.active_power_w" for k in range(10_000)]
    step = timedelta(minutes=1)
    formulas = Formulas.of(
        [
            VirtualPoint.of(
                f"v{k:04}.active_power_w", " + ".join(names[10 * k : 10 * k + 10]), step
            )
            for k in range(1_000)
        ]
    )
    rows = formulas.rows_of(names)
    frames = [
        Judgements(
            rows,
            np.full(len(rows), NOON_US + number * MINUTE_US),
            np.arange(len(rows)) + float(number),
            np.full(len(rows), Verdict.BELIEVED, np.uint8),
            np.zeros(len(rows), np.uint8),
        )
        for number in range(5)
    ]

    def advance_all() -> None:
        inputs = Inputs(formulas.ids)
        for frame in frames:
            advance_virtual(inputs, formulas, frame)

    def product() -> None:
        for frame in frames:
            frame.value.reshape(1_000, 10) @ np.ones(10)

    readings = len(rows) * len(frames)
    return Result(
        "judged readings to virtual points",
        readings / seconds_of(advance_all, repeats=3),
        readings / seconds_of(product, repeats=3),
        "readings/s",
        "one matrix product",
        "10,000 inputs of 1,000 formulas a frame",
    )

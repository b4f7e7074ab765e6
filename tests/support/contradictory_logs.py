"""Raw logs in which everything goes wrong: few points, short days, many contradictions."""

import random
from collections.abc import Callable

from services.energy.quantities import Quantity
from services.energy.readings import FieldQuality
from services.energy.site import Point
from services.validation.domain.batch import Batch, batch_of
from services.validation.domain.rules import Rules
from tests.support.validation import MINUTE_US

POWER, TEMPERATURE, REGISTER = "a.active_power_w", "b.temperature_c", "c.consumption_energy_wh"
RULES = Rules.of(
    [
        Point(POWER, "a", Quantity.ACTIVE_POWER, -5000.0, 5000.0),
        Point(TEMPERATURE, "b", Quantity.TEMPERATURE, -60.0, 70.0),
        Point(REGISTER, "c", Quantity.CONSUMPTION_ENERGY, 0.0, 1e9),
    ],
    overrides={
        POWER: {
            "spike_above": 300.0,
            "stuck_after_s": 3600.0,
            "dropout_above": 400.0,
            "unit_slip_above": 400.0,
            "sign_slip_above": 400.0,
            "late_after_s": 1200.0,
        },
        TEMPERATURE: {"step_at_once": 4.0, "step_per_s": 0.001, "spike_above": 3.0},
        REGISTER: {"steepest_per_s": 0.01, "late_after_s": 1200.0, "stuck_after_s": 5400.0},
    },
)
START = 1_559_599_200_000_000
STEP_US = 15 * MINUTE_US
Wrong = Callable[[random.Random, float], float]
WRONGS: tuple[Wrong, ...] = (
    lambda _, value: value * 1000,
    lambda _, value: value / 1000,
    lambda _, value: -value,
    lambda rng, value: value + rng.choice((-1, 1)) * rng.uniform(3, 900),
    lambda rng, value: rng.uniform(0, 40),
    lambda _, value: 0.0,
    lambda _, value: float("nan"),
    lambda _, value: 9e12,
)


def a_contradictory_log(seed: int, steps: int = 26) -> list[Batch]:
    """Return the frames of a short day in order of arrival, some with the same arrival."""
    rng = random.Random(seed)
    said: dict[int, list[tuple[str, int, float]]] = {}
    for point in rng.sample([POWER, TEMPERATURE, REGISTER], rng.randint(1, 3)):
        values = _values(rng, point, steps)
        for step, value in enumerate(values):
            for arrives, shown in _sayings(rng, step, value):
                said.setdefault(arrives, []).append((point, START + step * STEP_US, shown))
    frames = []
    for arrives in sorted(said):
        for part in _parts(rng, said[arrives]):
            quality = rng.choices(list(FieldQuality), (20, 1, 1))[0]
            frames.append(batch_of(part, arrival_us=START + arrives * STEP_US, quality=quality))
    return frames


def _values(rng: random.Random, point: str, steps: int) -> list[float]:
    """Return a plausible course with a few wrong stretches."""
    level = {POWER: 500.0, TEMPERATURE: 20.0, REGISTER: rng.choice((5000.0, 99_960.0))}[point]
    values = []
    for _ in range(steps):
        if rng.random() < 0.7:
            level += {
                POWER: rng.uniform(-20, 20),
                TEMPERATURE: rng.uniform(-1, 1),
                REGISTER: rng.choice((0.0, 2.0, 8.0)),
            }[point]
        values.append(round(level % 100_000.0 if point == REGISTER else level, 2))
    for _ in range(rng.randint(0, 3)):
        first, wrong = rng.randrange(steps), rng.choice(WRONGS)
        for step in range(first, min(steps, first + rng.choice((1, 1, 2, 3, 6, 12)))):
            values[step] = wrong(rng, values[step])
    if rng.random() < 0.3:
        first, end = rng.randrange(steps), rng.randrange(steps)
        values[first:end] = [values[first]] * len(values[first:end])
    if point == REGISTER and rng.random() < 0.4:
        first, new = rng.randrange(steps), rng.choice((0.0, 30.0, 777.0))
        values[first:] = [new + 3.0 * step for step in range(len(values[first:]))]
    return values


def _sayings(rng: random.Random, step: int, value: float) -> list[tuple[int, float]]:
    """Return when a reading arrives, and with what value: rarely twice, late, or another one."""
    sayings = []
    if rng.random() < 0.95:
        sayings.append((step + rng.choices((0, 1, 5, 12), (30, 2, 1, 1))[0], value))
    if rng.random() < 0.06:
        sayings.append((step + rng.randint(0, 8), value))
    if rng.random() < 0.05:
        sayings.append((step + rng.randint(0, 8), value + rng.choice((-400.0, -1.0, 1.0, 400.0))))
    return sayings


def _parts(
    rng: random.Random, readings: list[tuple[str, int, float]]
) -> list[list[tuple[str, int, float]]]:
    """Return the readings of one arrival as one frame or two."""
    rng.shuffle(readings)
    cut = rng.randint(0, len(readings)) if rng.random() < 0.2 else 0
    return [part for part in (readings[:cut], readings[cut:]) if part]

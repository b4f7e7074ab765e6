"""Energies out of the demo park's recorded registers: a real day and a real gap."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from services.energy.like_days import slot_of
from services.energy.time_grid import to_microseconds
from services.simulator.domain.recorded import Recordings
from services.simulator.recordings import load_recordings
from services.validation.domain.energy.intervals import Parts
from services.validation.domain.energy.memory import Registers
from services.validation.domain.energy.profiles import Profile, profile_of
from services.validation.domain.energy.readings import Counts, JudgedRows
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.stepping import Advanced, advance
from services.validation.domain.energy.table import RegisterRule, RegisterTable
from tests.support.builders import REPOSITORY

SHANGHAI = ZoneInfo("Asia/Shanghai")
TUESDAY = datetime(2019, 6, 4, tzinfo=UTC)
DAY_S, MINUTE_S, SECOND_US = 86_400, 60, 1_000_000
Standing = dict[tuple[int, int], Parts]
RULE = RegisterRule(largest_w=4_000_000)


@lru_cache(maxsize=1)
def recordings() -> Recordings:
    return load_recordings(REPOSITORY / "parks" / "demo-data")


def table_of(rule: RegisterRule = RULE) -> RegisterTable:
    return RegisterTable.of_rules(dict.fromkeys(recordings().names, rule))


def readings(start: datetime, seconds: int, every_s: int = MINUTE_S) -> JudgedRows:
    """Return what all recorded registers show at each sample, ends included."""
    first_s = int(start.timestamp())
    times = range(first_s, first_s + seconds + 1, every_s)
    wh = np.array([recordings().register_wh(at_s) for at_s in times])
    count = wh.size
    return JudgedRows(
        np.tile(np.arange(wh.shape[1]), len(times)),
        np.repeat(np.array(times, np.int64) * SECOND_US, wh.shape[1]),
        wh.ravel(),
        np.full(count, Counts.BELIEVED, np.uint8),
    )


def counted(
    *frames: JudgedRows, table: RegisterTable | None = None
) -> dict[tuple[int, int], Parts]:
    table = table or table_of()
    registers = Registers(table.ids)
    standing: Standing = {}
    for number, frame in enumerate(frames):
        step: Advanced = advance(registers, table, frame, known_at_us=number)
        standing |= step.intervals.by_key()
    return standing


def recorded_wh(start_us: int) -> list[int]:
    """Return what each register counted in a quarter, as the record has it."""
    at_s = start_us // SECOND_US
    before, after = recordings().register_wh(at_s), recordings().register_wh(at_s + 900)
    return (after - before).tolist()


def test_a_recorded_day_comes_out_as_it_was_recorded() -> None:
    day = readings(TUESDAY, DAY_S)

    standing = counted(day)

    assert len(standing) == 96 * len(recordings().names)
    for (register, start_us), parts in standing.items():
        assert parts.believed_us == QUARTER_US
        assert parts.believed_wh == recorded_wh(start_us)[register]


def test_a_recorded_day_in_any_order_and_with_repetitions_comes_out_the_same() -> None:
    day = readings(TUESDAY, DAY_S, every_s=600)
    spoilt = np.random.default_rng(4).integers(0, len(day), len(day) // 50)
    wh, counts = day.wh.copy(), day.counts.copy()
    wh[spoilt] += 9_000_000
    counts[spoilt] = Counts.CLAIMED  # spikes that the judge saw
    day = JudgedRows(day.register, day.event_time_us, wh, counts)
    undisturbed = counted(day)

    for seed in range(3):
        rng = np.random.default_rng(seed)
        order = rng.permutation(np.concatenate([np.arange(len(day)), spoilt, spoilt]))
        assert counted(*(day.picked(part) for part in np.array_split(order, 40))) == undisturbed


def test_what_is_lost_of_a_day_is_estimated_to_the_wh() -> None:
    day = readings(TUESDAY, DAY_S)
    hour = (day.event_time_us // SECOND_US - int(TUESDAY.timestamp())) // 3600
    lost = (hour >= 3) & (hour < 8)

    standing = counted(day.picked(~lost))

    for register in range(len(recordings().names)):
        quarters = [parts for (own, _), parts in standing.items() if own == register]
        mine = day.picked(day.register == register)
        assert sum(parts.energy_wh for parts in quarters) == mine.wh[-1] - mine.wh[0]
        assert sum(parts.believed_us < QUARTER_US for parts in quarters) == 21  # 02:59 to 08:00


def profile_before(name: str, day: datetime, weeks: int = 4) -> Profile:
    """Return the profile of a register from the weeks before a day."""
    column = recordings().column(name)
    end = (int(day.timestamp()) - recordings().start_s) // 900
    quarters = range(end - weeks * 7 * 96, end)
    wh = np.diff(recordings().register_mwh[quarters[0] : end + 1, column]) // 1000
    starts_us = [(recordings().start_s + k * 900) * SECOND_US for k in quarters]
    slots = [kind * 96 + slot for kind, slot in (slot_of(at, SHANGHAI) for at in starts_us)]
    profile = profile_of(np.array(slots), wh, SHANGHAI)
    assert profile is not None
    return profile


@pytest.mark.parametrize("name", ["metalwork", "electroplating", "offices"])
def test_a_like_day_is_nearer_to_what_was_lost_than_a_straight_line(name: str) -> None:
    register = recordings().column(name)
    day = readings(TUESDAY, DAY_S, every_s=900)
    hour = (day.event_time_us // SECOND_US - int(TUESDAY.timestamp())) // 3600
    lost = (hour >= 0) & (hour < 18) & (day.event_time_us > to_microseconds(TUESDAY))

    def error_wh(rule: RegisterRule) -> int:
        standing = counted(day.picked(~lost), table=table_of(rule))
        return sum(
            abs(parts.energy_wh - recorded_wh(start_us)[register])
            for (own, start_us), parts in standing.items()
            if own == register
        )

    like_day = replace(RULE, profile=profile_before(name, TUESDAY))

    assert error_wh(like_day) < 0.9 * error_wh(RULE)


def test_the_recorded_gap_of_the_electroplating_meter_is_estimated_in_full() -> None:
    column = recordings().column("electroplating")
    first_s, gap = recordings().start_s, np.flatnonzero(~recordings().present[:, column])
    quarters = range(int(gap[0]) - 96, int(gap[-1]) + 97)
    present = [k for k in quarters if recordings().present[k - 1 : k + 1, column].all()]
    wh = recordings().register_mwh[present, column] // 1000 + 70_000 * (np.array(present) > gap[-1])
    rows = JudgedRows(
        np.zeros(len(present), np.int64),
        np.array([(first_s + k * 900) * SECOND_US for k in present]),
        wh,  # the silent meter went on counting: 70 kWh
        np.full(len(present), Counts.BELIEVED, np.uint8),
    )

    standing = counted(rows, table=RegisterTable.of_rules({"electroplating": RULE}))

    estimated = [parts.estimated_wh for parts in standing.values() if parts.estimated_wh]
    assert len(gap) == 3 * 96
    assert sum(parts.energy_wh for parts in standing.values()) == wh[-1] - wh[0]
    assert len(estimated) == len(gap) + 2  # the last reading before and the first after it too

"""A partition has listened until its newest entry arrived, whatever that entry came to."""

from datetime import datetime, timedelta

from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from services.energy.time_grid import to_microseconds
from services.validation.domain.gaps import Gaps, silent
from services.validation.domain.partition import ParkRules, beginning, from_bytes, to_bytes
from services.validation.folding import entry_from
from services.validation.partitions import Partition
from tests.support.builders import a_park, after
from tests.support.raw_log import Rows, a_raw_frame

PARK = a_park()
RULES = ParkRules.of(PARK)
METER = "steel.active_power_w"
YEAR_2000_US = 946_684_800_000_000
GOOD_MINUTES, LATER = 20, range(20, 140)


def told(partition: Partition, arrival: datetime, rows: Rows) -> None:
    """Let a raw frame arrive."""
    frame = a_raw_frame(PARK.id, "mqtt-site", f"f{arrival}", arrival, rows)
    partition.fold(entry_from(RawFrame.FromString(frame), RULES, 0), RULES)


def after_good_minutes() -> Partition:
    """Return what is known when the meter has spoken every minute."""
    partition = Partition(0, beginning(RULES))
    for minute in range(GOOD_MINUTES):
        at = after(minutes=minute)
        told(partition, at, [(METER, to_microseconds(at), 200_000.0 + minute % 7)])
    return partition


def silent_in(partition: Partition) -> Gaps:
    return silent([partition.heard()], RULES.readings)


def test_a_source_whose_clock_is_lost_falls_silent() -> None:
    in_future_us = to_microseconds(after(minutes=0) + timedelta(days=300))
    for wrong_us in (YEAR_2000_US, in_future_us):
        partition = after_good_minutes()
        assert not len(silent_in(partition))

        for minute in LATER:
            told(partition, after(minutes=minute), [(METER, wrong_us + minute, 1.0)])

        last_good_us = to_microseconds(after(minutes=GOOD_MINUTES - 1))
        assert silent_in(partition).since_us.tolist() == [last_good_us]


def test_a_source_that_speaks_of_unknown_points_only_falls_silent() -> None:
    partition = after_good_minutes()

    for minute in LATER:
        at = after(minutes=minute)
        told(partition, at, [("nobody.active_power_w", to_microseconds(at), 1.0)])

    assert len(silent_in(partition)) == 1


def test_a_partition_does_not_listen_backwards() -> None:
    partition = after_good_minutes()
    until_us = partition.heard().until_us

    told(partition, after(minutes=1), [(METER, YEAR_2000_US, 1.0)])

    assert partition.heard().until_us == until_us == to_microseconds(after(minutes=19))


def test_a_restored_partition_has_listened_until_its_newest_reading_arrived() -> None:
    state = from_bytes(to_bytes(after_good_minutes().state), RULES)

    restored = Partition(GOOD_MINUTES, state)

    assert restored.heard().until_us == to_microseconds(after(minutes=19))

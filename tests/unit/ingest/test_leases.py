"""A device that cannot count falls back when its lease is over, and once."""

from datetime import timedelta

from services.ingest.adapters.leases import Leases
from tests.support.builders import MORNING, a_park, after
from tests.support.one_adapter import a_command

LONGEST = timedelta(minutes=10)


def leases_of(*device_ids: str) -> Leases:
    return Leases([a_park().device(name) for name in device_ids], MORNING, LONGEST)


def test_what_was_leased_before_we_began_is_over_after_the_longest_lease() -> None:
    leases = leases_of("pv")

    assert leases.lapsed(after(minutes=9)) == []
    [back] = leases.lapsed(after(minutes=10))
    assert (back.device_id, back.quantity) == ("pv", "active_power_limit_w")
    assert back.value_w == 1_500_000.0


def test_a_lease_ends_when_its_command_says() -> None:
    leases = leases_of("pv")
    leases.took(a_command("pv", 1.0, seconds=1200))

    assert leases.lapsed(after(minutes=19)) == []
    assert len(leases.lapsed(after(minutes=20))) == 1


def test_a_device_falls_back_once_and_its_next_lease_counts_again() -> None:
    leases = leases_of("pv")
    leases.fell_back("pv", after(minutes=10))
    assert leases.lapsed(after(hours=1)) == []

    leases.took(a_command("pv", 1.0, seconds=4000))
    assert len(leases.lapsed(after(hours=2))) == 1


def test_a_new_lease_that_comes_while_a_device_falls_back_stands() -> None:
    leases = leases_of("pv")
    leases.took(a_command("pv", 1.0, seconds=4000))
    leases.fell_back("pv", after(minutes=10))

    assert len(leases.lapsed(after(hours=2))) == 1


def test_a_lease_that_is_over_is_not_told_again() -> None:
    leases = leases_of("pv")
    command = a_command("pv", 1.0, seconds=60)
    leases.took(command)

    assert leases.standing(after(59)) == [command]
    assert leases.standing(after(60)) == []


def test_a_device_without_a_fail_safe_keeps_what_it_was_told() -> None:
    leases = leases_of("grid")
    leases.took(a_command("grid", 1.0, seconds=60))

    assert leases.lapsed(after(hours=1)) == []


def test_a_set_point_that_got_no_answer_may_be_held_and_is_a_lease_too() -> None:
    leases = leases_of("pv")
    leases.fell_back("pv", after(minutes=10))

    leases.tried(a_command("pv", 1.0, seconds=1200))

    assert leases.standing(after(minutes=11)) == []
    assert leases.lapsed(after(minutes=19)) == []
    assert len(leases.lapsed(after(minutes=20))) == 1


def test_of_a_lease_and_one_that_got_no_answer_the_earlier_end_counts() -> None:
    leases = leases_of("pv")
    leases.took(a_command("pv", 1.0, seconds=1200))

    leases.tried(a_command("pv", 2.0, seconds=2400))

    assert len(leases.lapsed(after(minutes=20))) == 1

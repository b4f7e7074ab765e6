"""A consumer is behind until all its partitions are read to their ends."""

from services.runtime.backlog import UNKNOWN, Backlog, Place


class Wall:
    """Seconds that a test lets pass."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def a_backlog() -> tuple[Backlog, Wall]:
    wall = Wall()
    return Backlog(patience_s=600, monotonic=wall), wall


def test_before_its_first_look_it_is_behind() -> None:
    assert Backlog().is_behind


def test_who_reads_nothing_is_never_behind() -> None:
    assert not Backlog.none().is_behind


def test_it_is_behind_until_each_partition_is_at_its_end() -> None:
    backlog, _ = a_backlog()
    told = []

    for places in [
        {0: Place(0), 1: Place(0)},
        {0: Place(7, 7), 1: Place(0, 9)},
        {0: Place(7, 7), 1: Place(8, 9)},
        {0: Place(7, 7), 1: Place(9, 9)},
    ]:
        backlog.look(places)
        told.append(backlog.is_behind)

    assert told == [True, True, True, False]


def test_a_partition_of_which_nothing_was_fetched_is_not_at_its_end() -> None:
    backlog, _ = a_backlog()

    backlog.look({0: Place(7, 7), 1: Place(0, UNKNOWN)})

    assert backlog.is_behind


def test_where_messages_come_without_a_pause_the_ends_of_just_now_are_enough() -> None:
    backlog, wall = a_backlog()

    backlog.look({0: Place(7, 8)})
    before = backlog.is_behind
    wall.now = 0.1
    backlog.look({0: Place(8, 9)})

    assert (before, backlog.is_behind) == (True, False)


def test_what_came_while_a_long_backlog_was_read_is_read_too() -> None:
    backlog, wall = a_backlog()

    backlog.look({0: Place(0, 1000), 1: Place(0, 1000)})
    wall.now = 60.0
    backlog.look({0: Place(1500, 1600), 1: Place(1000, 1600)})
    after_a_minute = backlog.is_behind
    wall.now = 63.0
    backlog.look({0: Place(1610, 1620), 1: Place(1600, 1620)})

    assert (after_a_minute, backlog.is_behind) == (True, False)


def test_a_partition_that_is_given_later_is_read_to_its_end_first() -> None:
    backlog, wall = a_backlog()
    backlog.look({0: Place(7, 8)})

    wall.now = 0.1
    backlog.look({0: Place(8, 9), 1: Place(0, 1000)})

    assert backlog.is_behind


def test_patience_is_over_once_and_begins_anew() -> None:
    backlog, wall = a_backlog()
    told = []

    for wall.now in (0.0, 599.0, 600.0, 604.0, 606.0, 1205.0, 1206.0):
        backlog.look({0: Place(1, 2)} if wall.now else {})
        told.append(backlog.is_behind)

    assert told == [True, True, False, False, False, True, False]

"""The demo park may import 1,900 kW and export 800 kW."""

from hypothesis import given
from hypothesis import strategies as st

from services.alerting.domain.incidents import IncidentKind, IncidentState, Severity
from tests.support.alerting import Watch, grid

IMPORT = (IncidentKind.LIMIT, "grid.import")
EXPORT = (IncidentKind.LIMIT, "grid.export")


def test_import_beyond_the_limit_for_half_a_minute_is_an_incident() -> None:
    watch = Watch()

    made = watch.hear(grid(1950, 0), grid(1960, 15), grid(1970, 30))

    assert [(i.kind, i.subject) for i in made] == [IMPORT]
    assert made[0].severity is Severity.CRITICAL
    assert "1,970 kW" in made[0].text.en
    assert "1,900 kW" in made[0].text.zh


def test_export_has_a_limit_of_its_own() -> None:
    watch = Watch()

    watch.hear(grid(-850, 0), grid(-850, 60))

    assert watch.open == [EXPORT]


def test_a_short_peak_is_no_incident() -> None:
    watch = Watch()

    assert watch.hear(grid(2500, 0), grid(1890, 10), grid(2500, 20), grid(2500, 45)) == []


def test_exactly_the_limit_is_within_the_limit() -> None:
    assert Watch().hear(grid(1900, 0), grid(1900, 60), grid(-800, 120), grid(-800, 180)) == []


def test_it_is_resolved_after_a_minute_below_98_percent() -> None:
    watch = Watch()
    watch.hear(grid(2000, 0), grid(2000, 60))

    assert watch.hear(grid(1800, 120), grid(1862, 150)) == []
    (resolved,) = watch.hear(grid(1800, 180))

    assert resolved.state is IncidentState.RESOLVED
    assert resolved.revision == 2
    assert watch.open == []


def test_hovering_just_below_the_limit_keeps_it_open() -> None:
    watch = Watch()
    watch.hear(grid(2000, 0), grid(2000, 60))

    watch.hear(*(grid(1880, seconds) for seconds in range(120, 1200, 60)))

    assert watch.open == [IMPORT]


def test_falling_back_above_the_limit_starts_the_minute_again() -> None:
    watch = Watch()
    watch.hear(grid(2000, 0), grid(2000, 60), grid(1000, 120), grid(2000, 150))

    watch.hear(grid(1000, 190))

    assert watch.open == [IMPORT]


def test_swinging_around_the_limit_is_one_incident_not_many() -> None:
    watch = Watch()

    made = watch.hear(*(grid(1950 if s % 120 else 1890, s) for s in range(0, 36_000, 40)))

    assert len(made) == 1


def test_late_readings_change_nothing() -> None:
    watch = Watch()
    watch.hear(grid(1000, 300))

    assert watch.hear(grid(2500, 0), grid(2500, 60), grid(2500, 120)) == []


def test_what_was_resolved_before_a_restart_is_not_raised_again() -> None:
    watch = Watch()
    readings = [grid(2000, 0), grid(2000, 60), grid(0, 120), grid(0, 180)]
    watch.hear(*readings)

    watch.restart()

    assert watch.hear(*readings) == []


SERIES = st.lists(st.sampled_from([1000.0, 1880.0, 2000.0, -500.0, -790.0, -900.0]), max_size=60)


@given(SERIES)
def test_reading_the_log_twice_makes_no_further_incident(series: list[float]) -> None:
    readings = [grid(kw, 20.0 * number) for number, kw in enumerate(series)]
    watch = Watch()
    watch.hear(*readings)
    once = dict(watch.revisions)

    watch.hear(*readings)

    assert watch.revisions == once


@given(SERIES, st.data())
def test_a_kill_at_any_moment_neither_loses_nor_doubles_an_incident(
    series: list[float], data: st.DataObject
) -> None:
    readings = [grid(kw, 20.0 * number) for number, kw in enumerate(series)]
    undisturbed, killed = Watch(), Watch()
    undisturbed.hear(*readings)

    killed.hear(*readings[: data.draw(st.integers(0, len(readings)))])
    killed.restart()
    killed.hear(*readings)

    assert killed.revisions.keys() == undisturbed.revisions.keys()
    assert killed.open == undisturbed.open


@given(SERIES)
def test_incidents_of_one_subject_never_overlap(series: list[float]) -> None:
    watch = Watch()
    watch.hear(*(grid(kw, 20.0 * number) for number, kw in enumerate(series)))

    for subject in (IMPORT, EXPORT):
        mine = [i for i in watch.revisions.values() if (i.kind, i.subject) == subject]
        states = [i.state for i in sorted(mine, key=lambda i: (i.changed_at, i.revision))]
        expected = [IncidentState.RAISED, IncidentState.RESOLVED] * len(states)
        assert states == expected[: len(states)]

"""Percentiles over a bounded window."""

import pytest

from services.console.domain.latency import WINDOW, Latencies


def test_without_a_reading_there_is_no_percentile() -> None:
    assert Latencies().percentile(0.5) is None


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0)])
def test_of_one_to_a_hundred_seconds_the_percentiles_are_those_of_the_rank(
    share: float, expected: float
) -> None:
    latencies = Latencies()
    for second in range(100, 0, -1):
        latencies.add(float(second))

    assert latencies.percentile(share) == expected


def test_the_count_goes_on_when_the_window_is_full() -> None:
    latencies = Latencies()
    for _ in range(WINDOW + 5):
        latencies.add(1.0)

    assert latencies.count == WINDOW + 5
    assert len(latencies.seconds) == WINDOW

"""Memory is bounded: whatever comes late, the newest readings stay, and sound ones are believed."""

import random

import pytest

from services.energy.readings import Doubt
from services.validation.domain.batch import Batch, batch_of
from tests.support.contradictory_logs import REGISTER, RULES, START, TEMPERATURE
from tests.support.validation import MINUTE_US, Player

STEPS = 150


def sound_frames(seed: int, most_late: int) -> list[Batch]:
    """Return frames of sound readings, each some minutes late, by arrival."""
    rng = random.Random(seed)
    said: dict[int, list[tuple[str, int, float]]] = {}
    for step in range(STEPS):
        at_us = START + step * MINUTE_US
        for point, value in ((TEMPERATURE, 20.0 + step % 7 / 10), (REGISTER, 1e6 + step * 0.3)):
            said.setdefault(step + rng.randint(0, most_late), []).append((point, at_us, value))
    return [
        batch_of(readings, arrival_us=START + arrives * MINUTE_US)
        for arrives, readings in sorted(said.items())
    ]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("depth", [16, 25])
def test_late_sound_readings_are_believed_and_the_newest_are_remembered(
    seed: int, depth: int
) -> None:
    player = Player(RULES, depth=depth).takes(*sound_frames(seed, most_late=9))

    assert len(player.rows) == 2 * STEPS
    assert {row.doubt for row in player.rows.values()} <= {Doubt.NONE, Doubt.LATE}
    newest = [START + step * MINUTE_US for step in range(STEPS - depth, STEPS)]
    for row in (RULES.ids.index(TEMPERATURE), RULES.ids.index(REGISTER)):
        places = player.state.places(row)
        assert player.state.time_us[places].tolist() == newest
        assert player.state.floor_us[row] == newest[0] - MINUTE_US


def test_what_is_known_of_forgotten_readings_is_forgotten_too() -> None:
    player = Player(RULES, depth=16)
    player.state.prune_at = 64
    for step in range(140):  # every other reading jumps and is believed with the next
        at_us = START + step * MINUTE_US
        value = 20.0 + 20.0 * (step // 2 % 2)
        player.takes(batch_of([(TEMPERATURE, at_us, value)], arrival_us=at_us))

    assert 0 < len(player.state.known) <= 16

"""The environment is read once; a mistake names its variable and a right value."""

import pytest

from services.runtime.environment import SettingsError, read_settings
from services.simulator.domain.world import DeviceMode
from services.simulator.settings import Settings

NEEDED = {
    "PARKFLOW_PARK": "parks/demo.yaml",
    "PARKFLOW_STATE": "state",
    "PARKFLOW_CLOCK": "2019-06-03T22:00:30Z@1750000000x60",
}


def settings(**more: str) -> Settings:
    changed = {f"PARKFLOW_{name.upper()}": value for name, value in more.items()}
    return read_settings(Settings, NEEDED | changed)


@pytest.mark.parametrize(
    ("speed", "period_s"), [("1", 5), ("10", 15), ("60", 60), ("300", 60), ("900", 300)]
)
def test_the_sample_period_follows_the_clocks_speed(speed: str, period_s: int) -> None:
    clock = f"2019-06-03T22:00:00Z@1750000000x{speed}"

    assert settings(clock=clock).sample_period_s == period_s


def test_the_story_starts_on_the_sample_grid() -> None:
    assert settings().story_start_s == 1_559_599_200  # 22:00:00
    assert settings(story_start="2019-06-10T00:00:00+08:00").story_start_s == 1_560_096_000


def test_the_local_switch_is_read() -> None:
    assert settings(devices="local").mode is DeviceMode.LOCAL


@pytest.mark.parametrize(
    ("name", "value", "cure"),
    [
        ("sample_period", "7", "must divide 900"),
        ("devices", "both", "'remote' or 'local'"),
        ("clock", "wall", "recordings are of 2019"),
        ("faults", "melt", "is not like"),
        ("story_start", "2019-06-03T22:00:00", "needs a zone"),
        ("backfill_days", "400", "not within 0..40"),
    ],
)
def test_a_mistake_names_its_cure(name: str, value: str, cure: str) -> None:
    with pytest.raises(SettingsError, match=cure):
        settings(**{name: value})

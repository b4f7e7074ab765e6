"""Builders that hide what does not matter to a test: the demo park, its moments, small messages."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from services.energy.site import Park
from services.runtime.park_file import load_park

REPOSITORY = Path(__file__).parents[2]
DEMO_PARK_FILE = REPOSITORY / "parks" / "demo.yaml"
MORNING = datetime(2019, 6, 3, 22, 0, tzinfo=UTC)  # 06:00 in the demo park


@lru_cache(maxsize=1)
def a_park() -> Park:
    """Return the demo park."""
    return load_park(DEMO_PARK_FILE)


def without_accounting(text: str) -> str:
    """Return the demo's park file without its last section, `accounting`."""
    return text[: text.index("\naccounting:") + 1]


def after(seconds: float = 0, *, minutes: float = 0, hours: float = 0) -> datetime:
    """Return a moment this long after the demo's start."""
    return MORNING + timedelta(seconds=seconds, minutes=minutes, hours=hours)

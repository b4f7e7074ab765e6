"""Fixtures that every test may ask for."""

import os

import pytest
from hypothesis import settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

import services  # noqa: F401  what it asks of NumPy is asked before that is loaded

pytest_plugins = [
    "tests.support.stack",
    "tests.support.ingest",
    "tests.support.live_park",
    "tests.support.second_tries",
]

# A busy machine is no mistake of ours: no deadline an example. The suite draws the same examples
# every time, so that it fails for a change and not for a throw of dice; `searching` throws them.
settings.register_profile("thorough", deadline=None, derandomize=True)
settings.register_profile("quick", deadline=None, derandomize=True, max_examples=10)
settings.register_profile("searching", deadline=None, max_examples=1000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

LONGEST_FIRST = ("story", "faults", "browser", "integration")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: two processes then end at about the same time."""

    def turn(item: pytest.Item) -> int:
        folders = item.path.parts
        return next((i for i, name in enumerate(LONGEST_FIRST) if name in folders), 9)

    items.sort(key=turn)


class OneStoryAtATime(LoadFileScheduling):
    """A file stays in one process; so do all stories, since a whole park fills the machine."""

    def _split_scope(self, nodeid: str) -> str:
        return "story" if nodeid.startswith("tests/story/") else super()._split_scope(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneStoryAtATime:
    """Return how `--numprocesses` shares the tests out, whatever `--dist` says."""
    return OneStoryAtATime(config, log)

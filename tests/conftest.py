"""Fixtures that every test may ask for."""

import os

from hypothesis import settings

pytest_plugins = ["tests.support.stack", "tests.support.ingest"]

# A busy machine is no mistake of ours: no deadline an example.
settings.register_profile("thorough", deadline=None)
settings.register_profile("quick", deadline=None, max_examples=10)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "thorough"))

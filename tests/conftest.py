"""Fixtures that every test may ask for."""

from hypothesis import settings

pytest_plugins = ["tests.support.stack", "tests.support.ingest"]

settings.register_profile("parkflow", deadline=None)  # a busy machine is no mistake of ours
settings.load_profile("parkflow")

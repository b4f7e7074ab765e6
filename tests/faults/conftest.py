"""Servers that a file of fault tests may hurt at will."""

from collections.abc import Iterator

import pytest

from tests.support.pipeline import Servers, own_servers


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    """A Kafka and a PostgreSQL of this file's own."""
    with own_servers() as own:
        yield own

"""A real Kafka, PostgreSQL and MQTT broker for a test session, and ways to hurt them.

    async def test_…(kafka: Kafka, fresh_database: str) -> None:
        with frozen(kafka): …

Each starts when the first test asks for it, on free ports, in a folder that is removed at the end.
`PARKFLOW_PG_BIN` chooses the PostgreSQL, as in the demo.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import pytest

from services.demo.stack import Kafka, Mqtt, Postgres, Server, StateFolder
from services.demo.stack.ports import free_port


@contextmanager
def a_state_folder() -> Iterator[StateFolder]:
    """A folder that an unprivileged PostgreSQL can reach, unlike pytest's own."""
    path = Path(tempfile.mkdtemp(prefix="parkflow-test-"))
    path.chmod(0o755)
    folder = StateFolder(path)
    try:
        yield folder
    finally:
        folder.clear()


@contextmanager
def started(server: Server) -> Iterator[None]:
    """Start a server, and end it whatever happens."""
    server.start()
    try:
        yield
    finally:
        server.stop()


@contextmanager
def killed(server: Server) -> Iterator[None]:
    """SIGKILL a server now; it is back, its data intact, when the block ends."""
    server.kill()
    try:
        yield
    finally:
        server.start()


@contextmanager
def stopped(server: Server) -> Iterator[None]:
    """End a server cleanly now; it is back when the block ends."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@contextmanager
def frozen(server: Server) -> Iterator[None]:
    """SIGSTOP a server now; it runs on when the block ends."""
    server.freeze()
    try:
        yield
    finally:
        server.thaw()


@pytest.fixture(scope="session")
def stack_folder() -> Iterator[StateFolder]:
    """The folder of the session's servers."""
    with a_state_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def kafka(stack_folder: StateFolder) -> Iterator[Kafka]:
    """A Kafka without topics; `kafka.address` is its bootstrap server."""
    server = Kafka(stack_folder, port=free_port(), controller_port=free_port())
    with started(server):
        yield server


@pytest.fixture(scope="session")
def postgres(stack_folder: StateFolder) -> Iterator[Postgres]:
    """A PostgreSQL; tests take `fresh_database` and leave its own alone."""
    server = Postgres(stack_folder, port=free_port())
    with started(server):
        yield server


@pytest.fixture(scope="session")
def mqtt(stack_folder: StateFolder) -> Iterator[Mqtt]:
    """An MQTT broker; `mqtt.url` is its address."""
    server = Mqtt(stack_folder, port=free_port())
    with started(server):
        yield server


@pytest.fixture(scope="module")
def module_database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database that the tests of a file share."""
    name = f"test_{uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)


@pytest.fixture
def fresh_database(postgres: Postgres) -> Iterator[str]:
    """The URL of an empty database that is dropped after the test."""
    name = f"test_{uuid4().hex}"
    yield postgres.create_database(name)
    postgres.drop_database(name)

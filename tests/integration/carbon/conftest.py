"""Live books for a file of tests: one schema, empty again for each of them."""

import asyncio
from pathlib import Path

import psycopg
import pytest

from services.runtime.database import migrate
from tests.support.live_service import authority

EMPTY = """
SELECT string_agg(format('DELETE FROM carbon_accounting.%I', tablename), '; ') FROM pg_tables
WHERE schemaname = 'carbon_accounting' AND tablename <> 'migration'
"""


@pytest.fixture(scope="module")
def migrated(module_database: str) -> str:
    """The URL of a database with the schema."""
    asyncio.run(migrate("carbon_accounting", module_database))
    return module_database


@pytest.fixture
def empty_books(migrated: str) -> str:
    """The same, with nothing in it."""
    with psycopg.connect(migrated, autocommit=True) as connection:
        ((deletions,),) = connection.execute(EMPTY).fetchall()
        # as a replica: neither the triggers of what is only added nor the order of references hold
        connection.execute(f"SET session_replication_role = replica; {deletions}")
    return migrated


@pytest.fixture(scope="session")
def secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An authority for certificates."""
    return authority(tmp_path_factory.mktemp("secrets"))

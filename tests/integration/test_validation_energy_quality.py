"""What quarter hours were like is kept with the checkpoint it belongs to, and asked over all."""

from services.runtime.database import Database, migrate
from services.validation.domain.energy_quality import EnergyQuality
from services.validation.queries import Queries
from services.validation.store import Checkpoint, CheckpointStore

PARK = "demo-park"


async def test_quarter_hours_of_all_partitions_are_added_and_a_later_checkpoint_replaces_its_own(
    fresh_database: str,
) -> None:
    await migrate("validation", fresh_database)
    database = Database("validation", fresh_database)
    await database.start()
    try:
        store, queries = CheckpointStore(database, PARK), Queries(database, PARK)

        await store.keep(0, Checkpoint(10, b"", energy=[EnergyQuality("mqtt", 96, 90, 4)]))
        await store.keep(1, Checkpoint(10, b"", energy=[EnergyQuality("mqtt", 4, 4, 0)]))
        await store.keep(0, Checkpoint(20, b"", energy=[EnergyQuality("mqtt", 96, 80, 16)]))
        await store.keep(0, Checkpoint(15, b"", energy=[EnergyQuality("mqtt", 1, 1, 0)]))

        assert await queries.energy_quality() == {"mqtt": EnergyQuality("mqtt", 100, 84, 16)}
        assert not await Queries(database, "another-park").energy_quality()
    finally:
        await database.stop()

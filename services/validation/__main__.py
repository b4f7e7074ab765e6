"""Run validation: `python -m services.validation`; its migrations: `… migrate`."""

from services.runtime.service import Service, run
from services.runtime.topics import RAW
from services.validation.settings import Settings
from services.validation.store import CheckpointStore
from services.validation.stream import Validator


def assemble(service: Service[Settings]) -> None:
    """Put validation together."""
    park = service.park
    store = CheckpointStore(service.database, park.id)
    validator = Validator(park, service.clock, service.publisher, service.dead_letters, store)
    service.fold(
        RAW,
        validator,
        group=f"parkflow-validation-{park.id}",
        keep_every_s=service.settings.checkpoint_every_s,
    )


if __name__ == "__main__":
    run("validation", Settings, assemble)

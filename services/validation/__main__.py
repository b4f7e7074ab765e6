"""Run validation: `python -m services.validation`; its migrations: `… migrate`."""

from parkflow.validation.v1.validation_service_pb2_grpc import (
    add_ValidationServiceServicer_to_server,
)
from services.runtime.service import Service, run
from services.runtime.topics import EDITS, INTERVALS, RAW, READINGS
from services.validation.accounts import Accounts
from services.validation.balances import Balances
from services.validation.domain.partition import ParkRules
from services.validation.partitions import Partitions
from services.validation.queries import Queries
from services.validation.rpc import SERVICE_NAME, ValidationRpc
from services.validation.settings import Settings
from services.validation.silences import Silences
from services.validation.store import CheckpointStore
from services.validation.stream import Validator
from services.validation.virtual_points import VirtualPoints


def assemble(service: Service[Settings]) -> None:
    """Put validation together."""
    park, database, rules = service.park, service.database, ParkRules.of(service.park)
    partitions = Partitions(CheckpointStore(database, park.id), park, rules)
    validator = Validator(
        park, service.clock, service.publisher, service.dead_letters, partitions, rules
    )
    group = f"parkflow-validation-{park.id}"
    service.fold(RAW, validator, group=group, keep_every_s=service.settings.checkpoint_every_s)
    accounts = Accounts(database, park.id)
    service.react_in_bulk([INTERVALS, EDITS], accounts.write, group=f"{group}-accounts")
    if park.topology:
        balances = Balances(park.id, park.topology, rules.registers.ids, database)
        service.react_in_bulk([INTERVALS], balances.take, group=f"{group}-balances")
    if park.virtual_points:
        virtual = VirtualPoints(park, service.clock, database, service.publisher)
        service.react_in_bulk([READINGS], virtual.take, group=f"{group}-virtual")
    silences = Silences(database, park, rules.readings)
    every_s = service.settings.checkpoint_every_s
    service.keep_running("measure silence", lambda: silences.measure(every_s))
    queries = Queries(database, park.id)
    service.serve(
        add_ValidationServiceServicer_to_server,
        ValidationRpc(park, rules, service.clock, service.publisher, queries, silences),
        SERVICE_NAME,
    )


if __name__ == "__main__":
    run("validation", Settings, assemble)

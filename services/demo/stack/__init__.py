"""Kafka, PostgreSQL and MQTT as child processes, from Python wheels and Maven artifacts alone.

    folder = StateFolder(Path(".parkflow"))
    with Stack(Kafka(folder), Postgres(folder), Mqtt(folder)) as stack:
        ...                                     # each has .address, PostgreSQL also .url("name")

Everything a start leaves behind is in the state folder; `folder.clear()` removes it.
Whatever can go wrong for a user is a `StackProblem`: one sentence, and what to do about it.
"""

from services.demo.stack.errors import StackProblem
from services.demo.stack.folder import StateFolder
from services.demo.stack.kafka import Kafka
from services.demo.stack.mqtt import Mqtt
from services.demo.stack.postgres import Postgres
from services.demo.stack.server import Server
from services.demo.stack.stack import Stack

__all__ = ["Kafka", "Mqtt", "Postgres", "Server", "Stack", "StackProblem", "StateFolder"]

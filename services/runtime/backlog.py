"""Whether a consumer still reads what its partitions held already, of which none goes first."""

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import IllegalStateError

UNKNOWN = 1 << 62
"""The end of a partition of which nothing was fetched yet: it is not reached."""
PATIENCE_S = 600.0
"""How long a consumer may lack something and read nothing on before what it read is used."""
USED_WITHIN_S = 5.0
"""How long it then counts as not behind: longer than anybody waits between two looks."""
AS_IT_COMES_S = 5.0
"""What was read up to the ends there were so shortly before was read as it came."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is read next of a partition, and the end of it as the last fetch told."""

    position: int
    end: int = UNKNOWN


@dataclass
class Backlog:
    """How far a consumer is from the ends of its partitions, as of its last look.

    It is behind until every partition is read to its end. Where messages come without a pause none
    ever is: then the ends of a look not long ago are enough. After `patience_s` in which nothing
    that it lacks was read on it counts as not behind for some seconds, and the patience begins
    anew. `is_behind` before the first look, too.
    """

    is_behind: bool = True
    patience_s: float = PATIENCE_S
    monotonic: Callable[[], float] = time.monotonic
    _goals: Mapping[Any, int] = field(default_factory=dict)
    _goals_since: float = 0.0
    _behind_since: float | None = None
    _lacking: Mapping[Any, int] = field(default_factory=dict)

    @classmethod
    def none(cls) -> "Backlog":
        """Return that of somebody who reads nothing: never behind."""
        return cls(is_behind=False)

    def look(self, places: Mapping[Any, Place]) -> None:
        """Take where each partition stands that is read now."""
        now = self.monotonic()
        at_end = all(place.position >= place.end for place in places.values())
        if places and (at_end or self._came_as_read(places, now)):
            self.is_behind, self._goals, self._behind_since = False, {}, None
            return
        if not self._goals or self._reached(places) or not places.keys() <= self._goals.keys():
            self._goals = {one: place.end for one, place in places.items()}
            self._goals_since = now
        self._wait(now, {one: p.position for one, p in places.items() if p.position < p.end})

    def _wait(self, now: float, lacking: Mapping[Any, int]) -> None:
        is_read_on = any(self._lacking.get(one, at) < at for one, at in lacking.items())
        since = now if is_read_on or self._behind_since is None else self._behind_since
        waited, self._lacking = now - since, lacking
        self.is_behind = waited < self.patience_s
        self._behind_since = now if waited >= self.patience_s + USED_WITHIN_S else since

    def _came_as_read(self, places: Mapping[Any, Place], now: float) -> bool:
        """Whether ends of a short time ago are reached."""
        is_short = now - self._goals_since <= AS_IT_COMES_S
        return bool(self._goals) and is_short and self._reached(places)

    def _reached(self, places: Mapping[Any, Place]) -> bool:
        return all(
            one in self._goals and place.position >= min(self._goals[one], place.end)
            for one, place in places.items()
        )


async def places_of(consumer: AIOKafkaConsumer) -> dict[TopicPartition, Place]:
    """Return where each assigned partition stands; asks no broker."""
    ends = {one: consumer.highwater(one) for one in consumer.assignment()}
    places = {one: Place(0) for one, end in ends.items() if end is None}
    for one, end in ends.items():
        if end is not None:
            with suppress(IllegalStateError):  # taken away since
                places[one] = Place(await consumer.position(one), end)
    return places

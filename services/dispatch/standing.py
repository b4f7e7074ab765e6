"""Requirements in force, as the planner reads them at each turn: a copy of what the database has.

So no plan waits for the database.
"""

from collections.abc import Iterable
from datetime import datetime

from parkflow.dispatch.v1.dispatch_service_pb2 import Requirement
from services.dispatch.domain.plant import Plant
from services.dispatch.domain.snapshot import Needs
from services.dispatch.domain.wishes.wish import ChargingNeeds, Wish
from services.dispatch.messages import moment_of
from services.dispatch.requirement_messages import Readings, wish_from


class Standing:
    """Holds what neither ended nor is over. Only the event loop touches it."""

    def __init__(self) -> None:
        self._by_id: dict[str, Requirement] = {}

    def heed(self, requirement: Requirement) -> None:
        """Put a requirement in force, unless it ended."""
        if not requirement.HasField("ended_at"):
            self._by_id[requirement.requirement_id] = requirement

    def lacks(self, requirement: Requirement) -> bool:
        """Whether a requirement that did not end is not held."""
        return not requirement.HasField("ended_at") and (
            requirement.requirement_id not in self._by_id
        )

    def drop(self, requirement_ids: Iterable[str]) -> None:
        """Take requirements out."""
        for name in requirement_ids:
            self._by_id.pop(name, None)

    def become(self, requirements: Iterable[Requirement]) -> bool:
        """Hold these and no others; return whether that is a change."""
        known = {one.requirement_id: one for one in requirements}
        changed = known.keys() != self._by_id.keys()
        self._by_id = known
        return changed

    def in_force(self, now: datetime) -> list[Requirement]:
        """Return what is in force, oldest first."""
        still = [one for one in self._by_id.values() if now < moment_of(one.valid_until)]
        return sorted(still, key=lambda one: (moment_of(one.set_at), one.requirement_id))

    def wishes(self, plant: Plant, readings: Readings, now: datetime) -> list[Wish]:
        """Return what is in force as the planner takes it.

        A kind that a later version knew (after a way back) says nothing to this one.
        """
        known = [one for one in self.in_force(now) if one.order.WhichOneof("what")]
        return [wish_from(plant, one, readings, now) for one in known]

    def needs(self, plant: Plant, readings: Readings, now: datetime) -> dict[str, Needs]:
        """Return what vehicles need by port, as the control cycle takes it."""
        told = [one for one in self.in_force(now) if one.order.HasField("charging_needs")]
        wishes = [wish_from(plant, one, readings, now) for one in told]
        return {
            wish.port: Needs(wish.wanted_kwh * 1e3, wish.departs)
            for wish in wishes
            if isinstance(wish, ChargingNeeds)
        }

"""Setting, ending and listing requirements: kept first, then in force, then planned with.

Idempotency key: park and `idempotency_key`.
"""

import asyncio
import uuid
from collections.abc import Coroutine
from datetime import datetime
from typing import Any, TypeVar

from parkflow.dispatch.v1 import dispatch_service_pb2 as pb
from services.dispatch.domain.triggers import told
from services.dispatch.house import House
from services.dispatch.messages import moment_of, stamp
from services.dispatch.requirement_messages import register_of, span_of, subject_of
from services.dispatch.requirement_requests import cancel_mistakes, device_of, known, mistakes_in
from services.dispatch.requirement_store import RequirementStore
from services.energy.time_grid import Interval
from services.runtime.patience import is_away, patiently
from services.runtime.refusals import (
    Conflict,
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
    invalid_field,
)
from services.runtime.requests import moment_of as moment_in
from services.runtime.requests import page_mistakes
from services.runtime.telemetry import log_for

T = TypeVar("T")
NAMESPACE = uuid.UUID("5d0c7a3e-8f1b-5c39-9a44-2b6f0e1d7c85")
PAGE, LARGEST_PAGE = 100, 1000
MOST_IN_FORCE = 500
LOOK_EVERY_S = 30.0
log = log_for(__name__)


class RequirementDesk:
    """Answers the calls about requirements of one park, one write at a time."""

    def __init__(self, house: House, store: RequirementStore) -> None:
        self._house, self._store = house, store
        self._park_id, self._standing = house.plant.park.id, house.standing
        self._writing = asyncio.Lock()

    async def restore(self) -> None:
        """Put in force what the database has."""
        await patiently(self._look, "database")

    async def keep_restored(self) -> None:
        """Look into the database now and then: a write may have gone through unheard."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self._look()
            except Exception as error:
                if not is_away(error):
                    raise

    async def _look(self) -> None:
        async with self._writing:
            await self._find()

    async def _find(self) -> None:
        kept = await self._store.in_force(self._house.clock.now())
        if self._standing.become(kept):
            self._plan_anew("requirements were found in the database")

    async def set(self, request: pb.SetRequirementRequest) -> pb.SetRequirementResponse:
        """Keep a requirement and put it in force."""
        kept = await _whatever_happens(self._set(request, self._house.clock.now()))
        return pb.SetRequirementResponse(requirement=kept)

    async def _told_before(self, request: pb.SetRequirementRequest) -> pb.Requirement | None:
        """Return what was set under the request's key; another requirement under it is refused."""
        key = request.idempotency_key
        if not key or request.park_id != self._park_id:
            return None
        former = await self._store.with_key(key)
        if former is not None and former.order != request:
            raise invalid_field(
                "idempotency_key", f"{key!r} was used for another requirement; choose a new one"
            )
        return former

    def _check(self, request: pb.SetRequirementRequest, now: datetime) -> None:
        plant = self._house.plant
        check_park(request.park_id, self._park_id, mistakes_in(plant, request, now))
        if (device_id := device_of(plant, request)) and known(plant, device_id) is None:
            raise NotFound("device", device_id)
        if len(self._standing.in_force(now)) >= MOST_IN_FORCE:
            raise Conflict(f"{MOST_IN_FORCE} requirements are in force; cancel some first")

    async def _set(self, request: pb.SetRequirementRequest, now: datetime) -> pb.Requirement:
        async with self._writing:
            if (former := await self._told_before(request)) is not None:
                if self._standing.lacks(former):  # its write went through unheard
                    await self._find()
                return former
            self._check(request, now)
            superseded = await self._superseded(request, now)
            made = self._made(request, now)
            about = span_of(self._house.plant, made.order, now)
            await self._store.save(made, about, superseded)
            self._standing.heed(made)
            self._standing.drop(superseded)
            self._plan_anew("a requirement was set")
            what = request.WhichOneof("what")
            log.info("requirement", id=made.requirement_id, what=what, user=request.user)
            return made

    async def _superseded(self, request: pb.SetRequirementRequest, now: datetime) -> list[str]:
        """Return the requirements in force that this one takes the place of."""
        in_force = self._standing.in_force(now)
        subject, names = subject_of(request), {one.requirement_id for one in in_force}
        if (former := request.supersedes) and former not in names:
            await self._kept(former)
            raise invalid_field("supersedes", f"{former!r} is in force no more; leave it empty")
        same = {one.requirement_id for one in in_force if subject_of(one.order) == subject}
        return sorted(({former} if former else set()) | (same if subject else set()))

    def _made(self, request: pb.SetRequirementRequest, now: datetime) -> pb.Requirement:
        key = request.idempotency_key or str(uuid.uuid4())
        until = span_of(self._house.plant, request, now).end
        made = pb.Requirement(
            requirement_id=str(uuid.uuid5(NAMESPACE, f"{self._park_id}/{key}")),
            order=request,
            set_at=stamp(now),
            valid_until=stamp(until),
            register_wh=register_of(self._house.plant, request, self._readings()),
        )
        made.order.idempotency_key = key
        return made

    def _readings(self) -> Any:
        return self._house.desk.signals.newest()

    async def cancel(self, request: pb.CancelRequirementRequest) -> pb.CancelRequirementResponse:
        """End a requirement early; one that ended or is over stays as it was."""
        check_park(request.park_id, self._park_id, list(cancel_mistakes(request)))
        kept = await _whatever_happens(self._cancel(request, self._house.clock.now()))
        return pb.CancelRequirementResponse(requirement=kept)

    async def _cancel(self, request: pb.CancelRequirementRequest, now: datetime) -> pb.Requirement:
        async with self._writing:
            former = await self._kept(request.requirement_id)
            if former.HasField("ended_at") or moment_of(former.valid_until) <= now:
                return former
            await self._store.cancel(request.requirement_id, request.user, now)
            self._standing.drop([request.requirement_id])
            self._plan_anew("a requirement was cancelled")
            log.info("requirement_cancelled", id=request.requirement_id, user=request.user)
            return await self._kept(request.requirement_id)

    async def list(self, request: pb.ListRequirementsRequest) -> pb.ListRequirementsResponse:
        """Return requirements, newest first."""
        check_park(request.park_id, self._park_id, page_mistakes(request.page_size, LARGEST_PAGE))
        found = await self._store.list(
            moment_in(request, "in_force_at"), _about(request), request.page_size or PAGE
        )
        return pb.ListRequirementsResponse(requirements=found)

    async def _kept(self, requirement_id: str) -> pb.Requirement:
        if (kept := await self._store.with_id(requirement_id)) is None:
            raise NotFound("requirement", requirement_id)
        return kept

    def _plan_anew(self, news: str) -> None:
        self._house.watch = told(self._house.watch, news)


def _about(request: pb.ListRequirementsRequest) -> Interval | None:
    if not request.HasField("about"):
        return None
    start, end = moment_in(request.about, "start"), moment_in(request.about, "end")
    ends = (("start", start), ("end", end))
    if missing := [FieldMistake(f"about.{name}", "is required") for name, at in ends if at is None]:
        raise InvalidFields(missing)
    if start is None or end is None or end <= start:
        raise invalid_field("about.end", f"{end} is not after the start {start}")
    return Interval(start, end)


async def _whatever_happens(work: Coroutine[Any, Any, T]) -> T:
    """Return what work returns; it goes on where the caller has gone, so that nothing is kept and
    not in force.
    """
    return await asyncio.shield(asyncio.create_task(work))

"""Plans that are pushed by gRPC: checked, every mistake at once, and kept."""

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from parkflow.forecast.v1 import plan_pb2 as wire
from services.energy.time_grid import QUARTER
from services.forecasting.domain.plans import PlanKind, PlanValue, value_mistake
from services.forecasting.domain.series import quarter_number, quarter_start
from services.forecasting.domain.targets import Shape, Target
from services.forecasting.plan_store import PlanStore
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, check_park
from services.runtime.requests import moment_of

MOST_VALUES, MOST_QUARTERS = 2_000, 40_000
LONGEST_NAME = 100
LONGEST_STEP = timedelta(days=1)
FURTHEST = timedelta(days=400)
Devices = dict[str, frozenset[PlanKind]]


class Slot(NamedTuple):
    """A value that a request gives from `start` until `end`; the field says where it is."""

    field: str
    start: datetime
    end: datetime
    value: float


class PlanDesk:
    """Takes plans of one park's devices."""

    def __init__(
        self, park_id: str, targets: Sequence[Target], store: PlanStore, clock: ParkClock
    ) -> None:
        self._park_id = park_id
        self._devices = plannable(targets)
        self._store = store
        self._clock = clock

    async def push(self, request: wire.PushPlanRequest) -> wire.PushPlanResponse:
        """Keep a plan; the answer says since when it is known."""
        now = self._clock.now()
        check_park(request.park_id, self._park_id, mistakes_of(request, now, self._devices))
        kept = await self._store.keep(values_of(request, now))
        answer = wire.PushPlanResponse(kept_count=kept)
        answer.known_at.FromDatetime(now)
        return answer


def plannable(targets: Sequence[Target]) -> Devices:
    """Return the devices that are forecast, and what may be planned of each."""
    kinds = {True: frozenset(PlanKind), False: frozenset([PlanKind.AVAILABILITY])}
    return {one.point_id.rpartition(".")[0]: kinds[one.shape is Shape.DEMAND] for one in targets}


def mistakes_of(
    request: wire.PushPlanRequest, now: datetime, devices: Devices
) -> list[FieldMistake]:
    """Return everything that is wrong with a plan, but for its park."""
    mistakes = [*_origin_mistakes(request, now, devices), *_form_mistakes(request, now)]
    return mistakes or list(_slot_mistakes(request, now))


def values_of(request: wire.PushPlanRequest, now: datetime) -> list[PlanValue]:
    """Return a sound plan by quarter hours; those it does not tell of are left out."""
    issue_time = request.issue_time.ToDatetime(tzinfo=UTC)
    kind, user = PlanKind(request.kind), request.user.strip()
    return [
        PlanValue(request.device_id, kind, quarter, slot.value, issue_time, now, user)
        for slot in _slots(request)
        if not math.isnan(slot.value)
        for quarter in range(quarter_number(slot.start), quarter_number(slot.end))
    ]


def device_mistake(device_id: str, kind: int, devices: Devices) -> str:
    """Return what is wrong with a plan of this kind for this device; empty when nothing is."""
    if device_id not in devices:
        return f"{device_id!r} is not forecast; these are: {', '.join(sorted(devices))}"[:500]
    if kind in set(PlanKind) and kind not in devices[device_id]:
        return f"{device_id!r} is no load: tell its availability, not what it makes"
    return ""


def span_mistake(start: datetime, end: datetime, now: datetime) -> str:
    """Return what is wrong with a span of a plan; empty when nothing is."""
    for moment in (start, end):
        if quarter_start(quarter_number(moment)) != moment:
            return f"{moment:%Y-%m-%dT%H:%M:%SZ} is no quarter hour; plans are told by these"
        if abs(moment - now) > FURTHEST:
            return f"{moment:%Y-%m-%dT%H:%MZ} is more than {FURTHEST.days} days from now"
    return "" if start < end else "ends before it begins"


def _origin_mistakes(
    request: wire.PushPlanRequest, now: datetime, devices: Devices
) -> Iterator[FieldMistake]:
    if text := device_mistake(request.device_id, int(request.kind), devices):
        yield FieldMistake("device_id", text)
    if int(request.kind) not in set(PlanKind):
        yield FieldMistake("kind", f"{request.kind} is none; use 1 (availability), 2 (production)")
    issue_time = moment_of(request, "issue_time")
    if issue_time is None:
        yield FieldMistake("issue_time", "is missing; say when the plan was made")
    elif issue_time > now:
        yield FieldMistake("issue_time", f"{issue_time} is after now, {now}")
    if not 0 < len(request.user.strip()) <= LONGEST_NAME:
        yield FieldMistake("user", f"say who plans so, in 1 to {LONGEST_NAME} characters")


def _form_mistakes(request: wire.PushPlanRequest, now: datetime) -> Iterator[FieldMistake]:
    told = bool(request.values), bool(request.intervals)
    if told == (True, True):
        yield FieldMistake("intervals", "stand beside values; tell a plan in one of the two ways")
    if told == (False, False):
        yield FieldMistake("values", "are missing, and so are intervals; send one of the two")
    for field in ("values", "intervals"):
        if (count := len(getattr(request, field))) > MOST_VALUES:
            yield FieldMistake(field, f"{count} values; send at most {MOST_VALUES}")
    start = moment_of(request, "start")
    if told[0] and start is None:
        yield FieldMistake("start", "is missing; say when the first value begins")
    elif start is not None and abs(start - now) > FURTHEST:
        yield FieldMistake("start", f"{start} is more than {FURTHEST.days} days from now")
    step = timedelta(seconds=request.step.seconds, microseconds=request.step.nanos / 1_000)
    if told[0] and (step % QUARTER or not QUARTER <= step <= LONGEST_STEP):
        yield FieldMistake("step", f"{step} is no number of quarter hours up to {LONGEST_STEP}")
    for place, one in enumerate(request.intervals):
        for field in ("start", "end"):
            if not one.HasField(field):
                yield FieldMistake(f"intervals[{place}].{field}", "is missing")


def _slot_mistakes(request: wire.PushPlanRequest, now: datetime) -> Iterator[FieldMistake]:
    slots = _slots(request)
    for slot in slots:
        if text := span_mistake(slot.start, slot.end, now):
            yield FieldMistake(slot.field, text)
        mistake = value_mistake(PlanKind(request.kind), slot.value)
        if mistake and not math.isnan(slot.value):
            yield FieldMistake(slot.field, mistake)
    in_order = sorted(slots, key=lambda slot: slot.start)
    for one, other in pairwise(in_order):
        if other.start < one.end:
            yield FieldMistake(other.field, f"overlaps {one.field}")
    if sum((slot.end - slot.start for slot in slots), timedelta()) > MOST_QUARTERS * QUARTER:
        yield FieldMistake("intervals", f"hold more than {MOST_QUARTERS} quarter hours; send parts")


def _slots(request: wire.PushPlanRequest) -> list[Slot]:
    if request.intervals:
        return [
            Slot(
                f"intervals[{place}]",
                one.start.ToDatetime(tzinfo=UTC),
                one.end.ToDatetime(tzinfo=UTC),
                one.value,
            )
            for place, one in enumerate(request.intervals)
        ]
    start, step = request.start.ToDatetime(tzinfo=UTC), request.step.ToTimedelta()
    return [
        Slot(f"values[{place}]", start + place * step, start + (place + 1) * step, value)
        for place, value in enumerate(request.values)
    ]

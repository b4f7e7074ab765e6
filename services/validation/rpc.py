"""ValidationService: what is set aside, and what people decide: decisions go into the raw log."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from parkflow.telemetry.v1 import edit_pb2
from parkflow.telemetry.v1.raw_frame_pb2 import RawFrame
from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceServicer
from services.energy.site import Park
from services.energy.time_grid import QUARTER
from services.runtime.clock import ParkClock
from services.runtime.deadline import before_deadline
from services.runtime.publishing import Publisher
from services.runtime.refusals import (
    Conflict,
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
    invalid_field,
)
from services.runtime.requests import page_size, who_mistakes
from services.runtime.topics import RAW
from services.validation.account_messages import balance_message, entry_message, quality_message
from services.validation.domain.energy.splitting import QUARTER_US
from services.validation.domain.energy.suspense import SUSPENSE, Reason
from services.validation.domain.partition import ParkRules
from services.validation.domain.silence import Silence
from services.validation.edit_messages import edit_from
from services.validation.queries import Queries
from services.validation.silences import Silences

SERVICE_NAME = "parkflow.validation.v1.ValidationService"
LARGEST_PAGE, USUAL_PAGE = 1_000, 100
LONGEST_NAME, LONGEST_REASON = 200, 2_000
LONGEST_SPAN_US, MOST_BALANCES = 31 * 86_400_000_000, 10_000


class ValidationRpc(ValidationServiceServicer):
    """Answers for one park."""

    def __init__(
        self,
        park: Park,
        rules: ParkRules,
        clock: ParkClock,
        publisher: Publisher,
        queries: Queries,
        silences: Silences,
    ) -> None:
        self._park, self._rules, self._clock = park, rules, clock
        self._publisher, self._queries, self._silences = publisher, queries, silences

    async def ListSuspense(  # noqa: N802
        self, request: wire.ListSuspenseRequest, context: Any
    ) -> wire.ListSuspenseResponse:
        """Return one page of what is set aside."""
        check_park(request.park_id, self._park.id)
        limit = page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)
        account, points = request.account or SUSPENSE, list(request.point_ids)
        entries = await self._queries.entries(
            account, points, after=request.page_token, limit=limit
        )
        return wire.ListSuspenseResponse(
            entries=map(entry_message, entries),
            balance_wh=await self._queries.balance_wh(account, points),
            next_page_token=entries[-1].entry_id if len(entries) == limit else "",
        )

    async def ReleaseSuspense(  # noqa: N802
        self, request: wire.ReleaseSuspenseRequest, context: Any
    ) -> wire.ReleaseSuspenseResponse:
        """Rule on an entry as the caller saw it; answers once Kafka has it."""
        check_park(request.park_id, self._park.id)
        _require(request, (request.entry_id, "entry_id", "is empty; name the entry"))
        found = await self._queries.entries(SUSPENSE, [], entry=request.entry_id, limit=1)
        if not found:
            raise NotFound("suspense entry", request.entry_id)
        entry = found[0]
        if entry.reason == Reason.UNCONFIRMED:
            raise Conflict(
                f"entry {entry.entry_id} is claimed by readings that nothing has confirmed yet; "
                "believe or withdraw the reading with Edit"
            )
        if entry.balance_wh != request.balance_wh:
            raise Conflict(
                f"entry {entry.entry_id} holds {entry.balance_wh} Wh by now, not "
                f"{request.balance_wh}; look again"
            )
        ruling = edit_pb2.SuspenseRuling(
            suspense_wh=entry.balance_wh, write_off_account=request.write_off_account
        )
        ruling.start.FromDatetime(entry.starts_at)
        ruling.end.FromDatetime(entry.ends_at)
        edit = edit_pb2.Edit(point_id=entry.point_id, ruling=ruling)
        return wire.ReleaseSuspenseResponse(
            edit=await self._into_the_log(edit, entry.source_id, request, context)
        )

    async def Edit(self, request: wire.EditRequest, context: Any) -> wire.EditResponse:  # noqa: N802
        """Put an edit into the raw log; answers once Kafka has it."""
        check_park(request.park_id, self._park.id)
        change = request.WhichOneof("change") or ""
        known = request.point_id if request.point_id in self._rules.row_of else ""
        point = f"{request.point_id[:128]!r} is no register of the park"
        _require(request, (known, "point_id", point), (change, "change", "name what is edited"))
        edit = edit_pb2.Edit(point_id=request.point_id)
        getattr(edit, change).CopyFrom(getattr(request, change))
        source_id = request.source_id or self._source_of(request.point_id)
        return wire.EditResponse(edit=await self._into_the_log(edit, source_id, request, context))

    async def Revoke(self, request: wire.RevokeRequest, context: Any) -> wire.RevokeResponse:  # noqa: N802
        """Put a revocation into the raw log; answers once Kafka has it."""
        check_park(request.park_id, self._park.id)
        _require(request, (request.revoked_edit_id, "revoked_edit_id", "is empty; name the edit"))
        applied = await self._queries.edit(request.revoked_edit_id)
        if applied is None:
            raise NotFound("applied edit", request.revoked_edit_id)
        if applied.edit.WhichOneof("change") == "revoked_edit_id":
            raise Conflict(f"{request.revoked_edit_id} is a revocation; make the edit again")
        edit = edit_pb2.Edit(
            point_id=applied.edit.point_id, revoked_edit_id=request.revoked_edit_id
        )
        return wire.RevokeResponse(
            edit=await self._into_the_log(edit, applied.source_id, request, context)
        )

    async def ListEdits(  # noqa: N802
        self, request: wire.ListEditsRequest, context: Any
    ) -> wire.ListEditsResponse:
        """Return the edits that took part, newest first."""
        check_park(request.park_id, self._park.id)
        edits = await self._queries.edits(
            list(request.point_ids), page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE)
        )
        return wire.ListEditsResponse(edits=edits)

    async def GetDataQuality(  # noqa: N802
        self, request: wire.GetDataQualityRequest, context: Any
    ) -> wire.GetDataQualityResponse:
        """Return what each source's readings of the last day were like."""
        check_park(request.park_id, self._park.id)
        balances_wh = await self._queries.balances_wh(SUSPENSE)
        energies = await self._queries.energy_quality()
        silences = await self._silences.by_source()
        sources = [
            quality_message(
                one,
                energies.get(one.source_id),
                silences.get(one.source_id, Silence()),
                balances_wh.get(one.source_id, 0),
            )
            for one in await self._queries.quality()
        ]
        return wire.GetDataQualityResponse(sources=sources)

    async def ListBalances(  # noqa: N802
        self, request: balance_pb2.ListBalancesRequest, context: Any
    ) -> balance_pb2.ListBalancesResponse:
        """Return how the sub-meters of a span added up."""
        check_park(request.park_id, self._park.id)
        if mistakes := list(self._span_mistakes(request)):
            raise InvalidFields(mistakes)
        start_us, end_us = request.start.ToMicroseconds(), request.end.ToMicroseconds()
        found = await self._queries.balances(
            request.node_id,
            start_us,
            end_us,
            only_imbalances=request.only_imbalances,
            limit=MOST_BALANCES,
        )
        return balance_pb2.ListBalancesResponse(balances=map(balance_message, found))

    def _span_mistakes(self, request: balance_pb2.ListBalancesRequest) -> Iterator[FieldMistake]:
        if request.node_id and request.node_id not in {node.id for node in self._park.topology}:
            yield FieldMistake("node_id", f"{request.node_id[:128]!r} is no node of the topology")
        bounds = {"start": request.HasField("start"), "end": request.HasField("end")}
        yield from (FieldMistake(name, "say it") for name, said in bounds.items() if not said)
        length_us = request.end.ToMicroseconds() - request.start.ToMicroseconds()
        if all(bounds.values()) and not 0 < length_us <= LONGEST_SPAN_US:
            yield FieldMistake("end", "must be after start, by 31 days at most")

    def _source_of(self, point_id: str) -> str:
        point = self._park.point(point_id)
        device = self._park.device(point.device_id) if point is not None else None
        if device is None or not device.source_id:
            raise invalid_field("source_id", f"the park file names none for {point_id}; say which")
        return device.source_id

    async def _into_the_log(
        self, edit: edit_pb2.Edit, source_id: str, request: Any, context: Any
    ) -> edit_pb2.Edit:
        """Complete an edit, check it, and return it once Kafka has it."""
        if len(source_id) > LONGEST_NAME or "/" in source_id:
            raise invalid_field("source_id", "is too long, or holds a slash")
        now = self._clock.now()
        edit.edit_id = request.edit_id or uuid4().hex
        edit.user, edit.reason = request.user.strip(), request.reason.strip()
        edit.decided_at.FromDatetime(now)
        try:
            edit_from(edit, self._rules)
        except ValueError as mistake:
            raise invalid_field("change", str(mistake)) from None
        _refuse_the_future(edit, now)
        _refuse_too_much(edit, self._rules)
        frame = RawFrame(
            park_id=self._park.id, source_id=source_id, frame_id=edit.edit_id, edit=edit
        )
        frame.arrival_time.FromDatetime(now)
        key = f"{self._park.id}/{source_id}"
        await before_deadline(context, self._publisher.publish(RAW, key, frame))
        return edit


def _refuse_the_future(edit: edit_pb2.Edit, now: datetime) -> None:
    """Refuse to edit what has not come yet: by a stamp of 2099 every quarter until then is due."""
    change = edit.WhichOneof("change") or ""
    name = {"reading": "event_time", "interval": "start", "swap": "swapped_at"}.get(change)
    if name is None:
        return
    moment = getattr(getattr(edit, change), name).ToDatetime(UTC)
    ends_at = moment + QUARTER if change == "interval" else moment
    if ends_at > now:
        what = "has not ended yet" if change == "interval" else "has not come yet"
        text = f"{moment.isoformat()} {what} (now: {now.isoformat()}); check the year"
        raise invalid_field(f"{change}.{name}", text)


def _refuse_too_much(edit: edit_pb2.Edit, rules: ParkRules) -> None:
    """Refuse a quarter hour of more than the register's device can move: a slip of the pen."""
    if edit.WhichOneof("change") != "interval":
        return
    rule = rules.registers.rule(rules.row_of[edit.point_id])
    if not rule.allows(edit.interval.energy_wh, QUARTER_US):
        told = f"{edit.interval.energy_wh} Wh in a quarter hour is more than its device can move"
        cure = f"{rule.largest_w} W by the park file; check the unit (Wh)"
        raise invalid_field("interval.energy_wh", f"{told} ({cure})")


def _require(request: Any, *needed: tuple[str, str, str]) -> None:
    """Refuse a decision with everything it lacks; `needed` are (value, field, what to do)."""
    mistakes = [FieldMistake(field, text) for value, field, text in needed if not value]
    mistakes += who_mistakes(request, "edit_id", LONGEST_NAME, LONGEST_REASON)
    if mistakes:
        raise InvalidFields(mistakes)

"""ValidationService as the console sees it: what the tests put in, and the decisions that came.

fakes.validation.entries.append(an_entry("steel.consumption_energy_wh", 3_299_000))
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import grpc

from parkflow.telemetry.v1 import edit_pb2
from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceServicer
from services.energy.readings import Doubt
from services.energy.time_grid import QUARTER, floor

QUARTERS = 96
STEEL = "steel.consumption_energy_wh"


def a_quality(
    source_id: str,
    as_of: datetime,
    *,
    points: int = 10,
    filled: Sequence[int] = (),
    doubts: dict[Doubt, int] | None = None,
    suspense_wh: int = 0,
    unheard: int = 0,
    silent: Sequence[tuple[str, datetime]] = (),
    silent_count: int | None = None,
) -> wire.SourceQuality:
    """Return a source of `points`, complete all day but for its last quarter hours `filled`.

    `silent` points (id, newest reading) speak every minute usually.
    """
    expected = [points] * QUARTERS
    strip = [points] * (QUARTERS - len(filled)) + list(filled)
    expected[-1] = strip[-1]
    counts: Any = {Doubt.NONE: 14_000, **(doubts or {})}
    quality = wire.SourceQuality(
        source_id=source_id,
        completeness_share=sum(strip) / sum(expected),
        doubts=[wire.DoubtCount(doubt=d, reading_count=n) for d, n in counts.items()],
        suspense_wh=suspense_wh,
        filled_point_count=strip,
        expected_point_count=expected,
        quarter_count=200,
        believed_quarter_count=195,
        estimated_quarter_count=3,
        unheard_point_count=unheard,
        silent_point_count=len(silent) if silent_count is None else silent_count,
    )
    for point_id, since in silent:
        point = quality.silent_points.add(point_id=point_id, period_seconds=60.0)
        point.newest_event_time.FromDatetime(since)
    quality.as_of.FromDatetime(as_of)
    quality.newest_event_time.FromDatetime(as_of)
    quality.newest_arrival_time.FromDatetime(as_of)
    quality.first_quarter_start.FromDatetime(floor(as_of) - (QUARTERS - 1) * QUARTER)
    return quality


def an_entry(
    point_id: str, balance_wh: int, end: datetime, *, reason: int = 2, minutes: float = 15
) -> wire.SuspenseEntry:
    """Return energy set aside (reason 2: a jump) for some minutes up to `end`."""
    start = end - timedelta(minutes=minutes)
    why: Any = reason
    entry = wire.SuspenseEntry(
        entry_id=f"{point_id}/{int(start.timestamp() * 1e6)}/suspense",
        point_id=point_id,
        source_id="mqtt-site",
        reason=why,
        balance_wh=balance_wh,
    )
    entry.start.FromDatetime(start)
    entry.end.FromDatetime(end)
    entry.opened_at.FromDatetime(end)
    entry.changed_at.FromDatetime(end)
    return entry


def a_balance(
    start: datetime, metered_wh: int, children_wh: int, *, verdict: int = 1, **fields: Any
) -> balance_pb2.NodeBalance:
    """Return a quarter hour of the node `park`."""
    said: Any = verdict
    balance = balance_pb2.NodeBalance(
        node_id=fields.pop("node_id", "park"),
        metered_wh=metered_wh,
        children_wh=children_wh,
        verdict=said,
        **{"tolerance_wh": 500, "loss_allowance_wh": 0, **fields},
    )
    balance.start.FromDatetime(start)
    return balance


def an_applied(
    edit: edit_pb2.Edit, before_wh: Sequence[int], after_wh: Sequence[int], start: datetime
) -> edit_pb2.AppliedEdit:
    """Return an edit with the believed energy of its quarter hours before and after."""
    return edit_pb2.AppliedEdit(
        edit=edit,
        source_id="mqtt-site",
        before=_quarters(before_wh, start),
        after=_quarters(after_wh, start),
    )


def _quarters(believed_wh: Sequence[int], start: datetime) -> list[edit_pb2.QuarterHour]:
    quarters = []
    for place, wh in enumerate(believed_wh):
        quarter = edit_pb2.QuarterHour(believed_wh=wh)
        quarter.start.FromDatetime(start + place * QUARTER)
        quarters.append(quarter)
    return quarters


class FakeValidation(ValidationServiceServicer):
    """Answers with its lists; a release takes the entry out, every decision becomes an edit."""

    def __init__(self) -> None:
        self.sources: list[wire.SourceQuality] = []
        self.entries: list[wire.SuspenseEntry] = []
        self.edits: list[edit_pb2.AppliedEdit] = []
        self.balances: list[balance_pb2.NodeBalance] = []
        self.releases: list[wire.ReleaseSuspenseRequest] = []
        self.judgements: list[wire.EditRequest] = []
        self.revocations: list[wire.RevokeRequest] = []
        self.refusal: str | None = None
        self.now = datetime.now
        self.asked: Counter[str] = Counter()

    async def GetDataQuality(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.asked["quality"] += 1
        return wire.GetDataQualityResponse(sources=self.sources)

    async def ListSuspense(self, request: Any, context: Any) -> Any:  # noqa: N802
        return wire.ListSuspenseResponse(
            entries=self.entries, balance_wh=sum(entry.balance_wh for entry in self.entries)
        )

    async def ListEdits(self, request: Any, context: Any) -> Any:  # noqa: N802
        return wire.ListEditsResponse(edits=reversed(self.edits))

    async def ListBalances(self, request: Any, context: Any) -> Any:  # noqa: N802
        span = request.start.ToMicroseconds(), request.end.ToMicroseconds()
        return balance_pb2.ListBalancesResponse(
            balances=[b for b in self.balances if span[0] <= b.start.ToMicroseconds() < span[1]]
        )

    async def ReleaseSuspense(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.releases.append(request)
        await self._refuse(context)
        [entry] = [one for one in self.entries if one.entry_id == request.entry_id]
        self.entries.remove(entry)
        ruling = edit_pb2.SuspenseRuling(
            start=entry.start,
            end=entry.end,
            suspense_wh=entry.balance_wh,
            write_off_account=request.write_off_account,
        )
        edit = self._said(request, edit_pb2.Edit(point_id=entry.point_id, ruling=ruling))
        return wire.ReleaseSuspenseResponse(edit=edit)

    async def Edit(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.judgements.append(request)
        await self._refuse(context)
        edit = edit_pb2.Edit(point_id=request.point_id, reading=request.reading)
        return wire.EditResponse(edit=self._said(request, edit))

    async def Revoke(self, request: Any, context: Any) -> Any:  # noqa: N802
        self.revocations.append(request)
        await self._refuse(context)
        edit = edit_pb2.Edit(revoked_edit_id=request.revoked_edit_id, point_id=STEEL)
        return wire.RevokeResponse(edit=self._said(request, edit))

    async def _refuse(self, context: Any) -> None:
        if self.refusal is not None:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, self.refusal)

    def _said(self, request: Any, edit: edit_pb2.Edit) -> edit_pb2.Edit:
        edit.edit_id, edit.user, edit.reason = request.edit_id, request.user, request.reason
        edit.decided_at.FromDatetime(self.now())
        self.edits.append(edit_pb2.AppliedEdit(edit=edit, source_id="mqtt-site"))
        return edit

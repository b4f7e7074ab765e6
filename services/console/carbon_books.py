"""What the page of carbon asks of the books of a local month, and what a person decides of them."""

import asyncio
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

import grpc

from parkflow.carbon.v1 import (
    carbon_service_pb2,
    period_pb2,
    restatement_pb2,
    total_pb2,
    tracing_pb2,
)
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from services.console.actions import BadOrder, text_in
from services.console.carbon_messages import (
    differences_json,
    month_json,
    origins_json,
    pending_json,
    restatement_json,
    totals_json,
)
from services.console.messages import Json, said
from services.runtime.grpc_client import CALL_S, trace_metadata

BOOKING_S = 60.0
"""How long an answer may take for which a month is booked again."""
RESTATEMENTS_SHOWN = 200


class CarbonBooks:
    """Calls to carbon accounting about months; a month is `2026-11`."""

    def __init__(self, park_id: str, zone: tzinfo, carbon_accounting: grpc.aio.Channel) -> None:
        self._park_id, self._zone = park_id, zone
        self._carbon = CarbonServiceStub(carbon_accounting)

    async def months(self) -> list[Json]:
        """Return the months of which something is booked, oldest first."""
        request = period_pb2.ListPeriodsRequest(park_id=self._park_id)
        answer = await _called(self._carbon.ListPeriods, request)
        return [month_json(period) for period in answer.periods]

    async def totals(self, month: str, reported_on: datetime | None) -> Json:
        """Return the totals as known now, and as reported on a time where one is given."""
        known = self._totals(month, None)
        if reported_on is None:
            return {"known": await known, "reported": None}
        now, then = await asyncio.gather(known, self._totals(month, reported_on))
        return {"known": now, "reported": then}

    async def _totals(self, month: str, known_by: datetime | None) -> list[Json]:
        first, last = days_of(month)
        request = total_pb2.ListTotalsRequest(park_id=self._park_id, first_day=first, last_day=last)
        if known_by is not None:
            request.known_by.FromDatetime(known_by)
        return totals_json(await _called(self._carbon.ListTotals, request))

    async def differences(self, month: str, reported_on: datetime) -> list[Json]:
        """Return where what is known now differs from what was reported, with reasons."""
        first, last = days_of(month)
        request = restatement_pb2.CompareVersionsRequest(
            park_id=self._park_id, first_day=first, last_day=last
        )
        request.reported_on.FromDatetime(reported_on)
        answer = await _called(self._carbon.CompareVersions, request, BOOKING_S)
        return differences_json(answer)

    async def origins(self, month: str) -> Json:
        """Return electricity by origin."""
        first, last = days_of(month)
        request = tracing_pb2.GetTracingRequest(
            park_id=self._park_id, first_day=first, last_day=last
        )
        return origins_json(await _called(self._carbon.GetTracing, request, BOOKING_S))

    async def restatements(self, month: str) -> Json:
        """Return what was restated of a month, the newest first, and how many there are."""
        first, last = days_of(month)
        request = restatement_pb2.ListRestatementsRequest(
            park_id=self._park_id,
            first_day=first,
            last_day=last,
            page_size=RESTATEMENTS_SHOWN,
            is_newest_first=True,
        )
        answer = await _called(self._carbon.ListRestatements, request)
        return {
            "count": answer.restatement_count,
            "restatements": [restatement_json(one) for one in answer.restatements],
        }

    async def pending(self) -> list[Json]:
        """Return what waits for a decision, newest first."""
        request = period_pb2.ListPendingRestatementsRequest(
            park_id=self._park_id, include_decided=True
        )
        answer = await _called(self._carbon.ListPendingRestatements, request)
        return [pending_json(one) for one in answer.restatements]

    async def open_items(self, month: str) -> list[Json]:
        """Return what of a month waits, is set aside or does not close, in words."""
        start, end = (moment.astimezone(UTC) for moment in span_of(month, self._zone))
        request = carbon_service_pb2.GetSummaryRequest(park_id=self._park_id)
        request.interval.start.FromDatetime(start)
        request.interval.end.FromDatetime(end)
        answer = await _called(self._carbon.GetSummary, request)
        return [said(item) for item in answer.summary.open_items]

    # ---- decisions

    async def close(self, body: Json, user: str) -> Json:
        """Close the books of a month."""
        request = period_pb2.ClosePeriodRequest(
            park_id=self._park_id,
            month=month_in(text_in(body, "month")),
            are_open_items_acknowledged=body.get("acknowledged") is True,
            **_who(body, user),
        )
        answer = await _called(self._carbon.ClosePeriod, request)
        return month_json(answer.period)

    async def approve(self, body: Json, user: str) -> Json:
        """Post what a closed month would say by now."""
        request = period_pb2.ApproveRestatementRequest(
            park_id=self._park_id,
            restatement_id=text_in(body, "restatement_id"),
            version=version_in(body),
            **_who(body, user),
        )
        answer = await _called(self._carbon.ApproveRestatement, request, BOOKING_S)
        return pending_json(answer.restatement)

    async def reject(self, body: Json, user: str) -> Json:
        """Leave a closed month as it is."""
        request = period_pb2.RejectRestatementRequest(
            park_id=self._park_id,
            restatement_id=text_in(body, "restatement_id"),
            **_who(body, user),
        )
        return pending_json((await _called(self._carbon.RejectRestatement, request)).restatement)


def month_in(text: str) -> str:
    """Return a local month like `2026-11`; `BadOrder` when it is none."""
    try:
        if len(text) == len("2026-11") and date.fromisoformat(f"{text}-01"):
            return text
    except ValueError:
        pass
    raise BadOrder(f"month is {text!r}; send a month like 2026-11")


def version_in(body: Json) -> int:
    """Return which version of a restatement was looked at; `BadOrder` where none is said."""
    version = body.get("version")
    if type(version) is not int or not 1 <= version < 2**31:
        raise BadOrder(f"version is {version!r}; send the version that was looked at, 1 or more")
    return version


def days_of(month: str) -> tuple[str, str]:
    """Return the first and last local day of a month."""
    year, number = (int(part) for part in month.split("-"))
    return f"{month}-01", f"{month}-{monthrange(year, number)[1]}"


def span_of(month: str, zone: tzinfo) -> tuple[datetime, datetime]:
    """Return a local month as [start, end)."""
    _, last = days_of(month)
    after = date.fromisoformat(last) + timedelta(days=1)
    days = (date.fromisoformat(f"{month}-01"), after)
    start, end = (datetime.combine(day, time(), zone) for day in days)
    return start, end


def _who(body: Json, user: str) -> dict[str, str]:
    if body.get("confirmed") is not True:
        raise BadOrder("confirmed is not true; a person must confirm what is kept for good")
    return {"user": user, "reason": text_in(body, "reason")}


async def _called(call: Any, request: Any, patience_s: float = CALL_S) -> Any:
    return await call(request, timeout=patience_s, metadata=trace_metadata())

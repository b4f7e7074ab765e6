"""What a person decides about readings and their energy, passed on to validation.

Each decision carries the key that the page chose, so that sending it again is the same decision.
"""

from typing import Any

import grpc

from parkflow.telemetry.v1.edit_pb2 import ReadingBelief
from parkflow.validation.v1 import validation_service_pb2 as wire
from parkflow.validation.v1.validation_service_pb2_grpc import ValidationServiceStub
from services.console.actions import BadOrder, moment_in, text_in
from services.console.messages import Json
from services.runtime.grpc_client import CALL_S, trace_metadata

BELIEFS = {
    "believed": ReadingBelief.READING_BELIEF_BELIEVED,
    "withdrawn": ReadingBelief.READING_BELIEF_WITHDRAWN,
}


class Decisions:
    """Calls to validation on behalf of a person."""

    def __init__(self, park_id: str, validation: grpc.aio.Channel) -> None:
        self._park_id = park_id
        self._validation = ValidationServiceStub(validation)

    async def release(self, body: Json, user: str) -> Json:
        """Release a suspense entry: into the intervals, or to the account the page names."""
        request = wire.ReleaseSuspenseRequest(
            park_id=self._park_id,
            entry_id=text_in(body, "entry_id"),
            balance_wh=_whole(body, "balance_wh"),
            write_off_account=_account(body),
            **_who_and_why(body, user),
        )
        answer = await self._called(self._validation.ReleaseSuspense, request)
        return {"edit_id": answer.edit.edit_id}

    async def judge(self, body: Json, user: str) -> Json:
        """Believe a reading that nothing has confirmed, or withdraw it."""
        belief = BELIEFS.get(text_in(body, "belief"))
        if belief is None:
            raise BadOrder(f"belief must be one of {', '.join(BELIEFS)}")
        request = wire.EditRequest(
            park_id=self._park_id,
            point_id=text_in(body, "point"),
            source_id=text_in(body, "source"),
            **_who_and_why(body, user),
        )
        request.reading.belief = belief
        request.reading.event_time.FromDatetime(moment_in(body, "event_time"))
        answer = await self._called(self._validation.Edit, request)
        return {"edit_id": answer.edit.edit_id}

    async def revoke(self, body: Json, user: str) -> Json:
        """Say that an earlier edit no longer holds."""
        request = wire.RevokeRequest(
            park_id=self._park_id,
            revoked_edit_id=text_in(body, "revoked_edit_id"),
            **_who_and_why(body, user),
        )
        answer = await self._called(self._validation.Revoke, request)
        return {"edit_id": answer.edit.edit_id}

    async def _called(self, call: Any, request: Any) -> Any:
        return await call(request, timeout=CALL_S, metadata=trace_metadata())


def _who_and_why(body: Json, user: str) -> dict[str, Any]:
    if body.get("confirmed") is not True:
        raise BadOrder("confirmed is not true; a person must confirm what is kept for good")
    return {
        "user": user,
        "reason": text_in(body, "reason"),
        "edit_id": text_in(body, "idempotency_key"),
    }


def _account(body: Json) -> str:
    """Return the account to write off to; empty where the page says that it is accepted."""
    match body.get("into"):
        case "intervals":
            return ""
        case "account":
            return text_in(body, "account")
    raise BadOrder("into must be intervals or account")


def _whole(body: Json, field: str) -> int:
    value = body.get(field)
    if isinstance(value, bool) or not isinstance(value, int):
        raise BadOrder(f"{field} is {value!r}; send whole Wh")
    return value

"""GEC over gRPC: what own plants made, month by month, as rows for ImportCertificates."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from parkflow.carbon.v1 import issuing_pb2 as wire
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.inventory.gec_months import Issued, months_between
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.input_files.certificate_cells import FIRST_YEAR, LAST_YEAR
from services.carbon_accounting.live.issuing import IssuingDesk
from services.carbon_accounting.rpc.issuing_messages import (
    facilities_in,
    issued_message,
    odd_ones,
)
from services.carbon_accounting.rpc.refused_rules import BrokenRules
from services.runtime.clock import ParkClock
from services.runtime.refusals import FieldMistake, check_park

OF_FACILITY = {"technology": "technology", "commissioned": "commissioned_day"}
"""What the rules call the fields of a facility, and what the wire does."""
MOST_MONTHS, MOST_FACILITIES = 24, 200


class IssuingRpc:
    """The RPC that issues GEC."""

    park_id: str
    clock: ParkClock
    issuing: IssuingDesk

    async def IssueGreenCertificates(  # noqa: N802
        self, request: wire.IssueGreenCertificatesRequest, context: Any
    ) -> wire.IssueGreenCertificatesResponse:
        """Return GEC of the months asked for, as far as they are known; nothing is changed."""
        mistakes: list[FieldMistake] = []
        months = _months(request, mistakes)
        facilities = facilities_in(request.facilities, mistakes)
        mistakes += [*_odd_number(request), *_odd_time(request, self.clock.now())]
        if request.park_id == self.park_id:  # of another park nothing is known here
            told = {mistake.field for mistake in mistakes}
            odd = odd_ones(facilities, self.issuing.site)
            mistakes += [one for one in odd if one.field not in told]
        check_park(request.park_id, self.park_id, mistakes)
        at = request.issued_at.ToDatetime(UTC) if request.HasField("issued_at") else None
        found = await self.issuing.issued([*facilities.values()], months, at)
        if refused := [*dict.fromkeys(_refused(found))]:
            raise BrokenRules(refused)
        return issued_message([one for one in found if isinstance(one, Issued)])


def _refused(found: Sequence[Issued | Refused]) -> Iterator[Refused]:
    for number, one in enumerate(found):
        if isinstance(one, Refused):
            name = OF_FACILITY.get(one.field)
            yield one if name is None else replace(one, field=f"facilities[{number}].{name}")


def _months(
    request: wire.IssueGreenCertificatesRequest, mistakes: list[FieldMistake]
) -> list[Month]:
    first = _month(request.from_month, "from_month", mistakes)
    last = _month(request.to_month, "to_month", mistakes)
    if first is None or last is None:
        return []
    months = months_between(first, last)
    if not 0 < len(months) <= MOST_MONTHS:
        text = f"is {last}; give {first} or one of the {MOST_MONTHS - 1} months after it"
        mistakes.append(FieldMistake("to_month", text))
        return []
    return months


def _month(text: str, name: str, mistakes: list[FieldMistake]) -> Month | None:
    try:
        month = Month.read(text)
        if FIRST_YEAR < month.year < LAST_YEAR:
            return month
        wrong = f"{text!r} is of a year that no meter has seen"
    except ValueError as mistake:
        wrong = str(mistake)
    mistakes.append(FieldMistake(name, wrong))
    return None


def _odd_number(request: wire.IssueGreenCertificatesRequest) -> Iterator[FieldMistake]:
    if not 0 < len(request.facilities) <= MOST_FACILITIES:
        yield FieldMistake("facilities", f"give 1 to {MOST_FACILITIES}")


def _odd_time(request: wire.IssueGreenCertificatesRequest, now: datetime) -> Iterator[FieldMistake]:
    if request.HasField("issued_at") and request.issued_at.ToDatetime(UTC) > now:
        yield FieldMistake("issued_at", f"lies after the park's now, {now.isoformat()}")

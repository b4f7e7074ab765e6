"""ListRestatements, CompareVersions: what was restated, when, why, and what that changed."""

from datetime import UTC, datetime
from typing import Any, cast

from parkflow.carbon.v1 import restatement_pb2 as wire
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.changed_inputs import told_without_names
from services.carbon_accounting.live.comparing import (
    Key,
    VersionDifference,
    VersionsAsked,
    version_differences,
)
from services.carbon_accounting.live.local_days import LocalDays
from services.carbon_accounting.live.restatements import (
    Place,
    Restated,
    RestatementsAsked,
    restatement_count,
    restatements_of,
)
from services.carbon_accounting.messages import mass
from services.carbon_accounting.rpc.access import for_enterprises
from services.carbon_accounting.rpc.spans import LiveRpc, Mistakes, days_of, ledger_of, past_moment
from services.energy.time_grid import QUARTER, Interval, from_microseconds, to_microseconds
from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import FieldMistake
from services.runtime.requests import page_mistakes

MAX_PAGE, USUAL_PAGE = 1_000, 200
LONGEST_DAYS, LONGEST_COMPARED = 4_000, 366
KEPT = "ledger, first_day, last_day, known_after, enterprise and is_newest_first"


class RestatementsRpc(LiveRpc):
    """What of the books was reversed and rebooked."""

    @for_enterprises
    async def ListRestatements(  # noqa: N802
        self, request: wire.ListRestatementsRequest, context: Any
    ) -> wire.ListRestatementsResponse:
        """Return one page of restatements."""
        asked, question = self._restatements_asked(request, context)
        size = asked.limit - 1
        async with self._snapshot() as connection:
            found = await restatements_of(connection, self._site.id, asked)
            count = await restatement_count(connection, self._site.id, asked)
        told = not self._viewer(context).enterprise
        return wire.ListRestatementsResponse(
            restatements=[_message(one, names=told) for one in found[:size]],
            next_page_token=_token(found[size - 1].place, question) if len(found) > size else "",
            restatement_count=count,
        )

    @for_enterprises
    async def CompareVersions(  # noqa: N802
        self, request: wire.CompareVersionsRequest, context: Any
    ) -> wire.CompareVersionsResponse:
        """Return what differs by ledger, month and enterprise."""
        asked = self._versions_asked(request, context)
        async with self._snapshot() as connection:
            zone = self._site.time_zone.key
            found = await version_differences(connection, self._site.id, zone, asked)
        return wire.CompareVersionsResponse(
            differences=[_difference(key, one) for key, one in found.items()]
        )

    def _restatements_asked(
        self, request: wire.ListRestatementsRequest, context: Any
    ) -> tuple[RestatementsAsked, str]:
        mistakes: Mistakes = page_mistakes(request.page_size, MAX_PAGE)
        days = None
        if request.first_day or request.last_day:
            days = days_of(request, LONGEST_DAYS, mistakes)
        known_after = past_moment(request, "known_after", self._clock.now(), mistakes)
        span: Interval | None = days.interval(self._site.time_zone) if days else None
        ledger, enterprise = ledger_of(request, mistakes), self._whose(request, context, mistakes)
        self._check(request, mistakes)
        is_newest_first = request.is_newest_first
        question = f"{ledger} {span} {known_after} {enterprise} {is_newest_first}"
        behind: Place | None = None
        if request.page_token:
            behind = place_of(request.page_token, question, _place, KEPT)
        size = request.page_size or USUAL_PAGE
        of = (span, ledger, enterprise, known_after, behind)
        return RestatementsAsked(*of, size + 1, is_newest_first), question

    def _versions_asked(self, request: wire.CompareVersionsRequest, context: Any) -> VersionsAsked:
        mistakes: Mistakes = []
        now = self._clock.now()
        reported_on = past_moment(request, "reported_on", now, mistakes)
        known_by = past_moment(request, "known_by", now, mistakes)
        if reported_on is None:
            text = "is missing; say as reported on which time"
            mistakes.append(FieldMistake("reported_on", text))
        elif known_by is not None and known_by < reported_on:
            text = f"{known_by} lies before reported_on, {reported_on}; exchange them"
            mistakes.append(FieldMistake("known_by", text))
        asked = VersionsAsked(
            days=cast(LocalDays, days_of(request, LONGEST_COMPARED, mistakes)),
            reported_on=cast(datetime, reported_on),
            known_by=known_by,
            ledger=ledger_of(request, mistakes),
            enterprise=self._whose(request, context, mistakes),
        )
        self._check(request, mistakes)
        return asked


def _message(one: Restated, *, names: bool) -> wire.Restatement:
    message = wire.Restatement(
        ledger=f"LEDGER_{Ledger(one.place.ledger).name}",
        version=one.place.number,
        because=one.because if names else told_without_names(one.roles),
        reversed_entry_count=one.reversed_entries,
        booked_entry_count=one.booked_entries,
        reversed=mass(one.reversed_ng),
        booked=mass(one.booked_ng),
    )
    message.interval.start.FromDatetime(one.place.start.astimezone(UTC))
    message.interval.end.FromDatetime(one.place.start.astimezone(UTC) + QUARTER)
    message.known_at.FromDatetime(one.place.known_at.astimezone(UTC))
    return message


def _token(place: Place, question: str) -> str:
    moments = (to_microseconds(place.known_at), to_microseconds(place.start))
    return token_of((*moments, place.ledger, place.number), question)


LARGEST = 2**31 - 1


def _place(known_at_us: int, start_us: int, ledger: int, number: int) -> Place:
    if not max(abs(int(ledger)), abs(int(number))) <= LARGEST:
        raise ValueError(f"{ledger}, {number} are no ledger and number of a posting")
    return Place(
        from_microseconds(known_at_us), from_microseconds(start_us), int(ledger), int(number)
    )


def _difference(key: Key, one: VersionDifference) -> wire.VersionDifference:
    ledger, month, enterprise = key
    changes = [
        wire.ReasonedChange(reason=reason, entry_count=each.entries, more=mass(each.more_ng))
        for reason, each in sorted(one.changes.items())
    ]
    return wire.VersionDifference(
        ledger=f"LEDGER_{ledger.name}",
        month=month,
        enterprise=enterprise,
        reported=mass(one.reported_ng),
        known=mass(one.known_ng),
        more=mass(one.more_ng),
        reversed_entry_count=one.reversed,
        booked_entry_count=one.booked,
        changes=changes,
    )

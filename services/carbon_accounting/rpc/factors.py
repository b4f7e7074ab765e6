"""Factors over gRPC: what there is, and putting in the park's own."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from parkflow.carbon.v1 import factor_pb2 as wire
from services.carbon_accounting.domain.factoring.factor import ANYWHERE, Factor
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.input_files.factor_import import FactorMistakes
from services.carbon_accounting.live.factor_desk import FactorDesk, PutRequest, mistakes_of
from services.carbon_accounting.rpc.access import decided_by
from services.carbon_accounting.rpc.factor_messages import factor_message, put_message
from services.runtime.clock import ParkClock
from services.runtime.page_tokens import place_of, token_of
from services.runtime.refusals import FieldMistake, InvalidFields, check_park
from services.runtime.requests import page_mistakes, who_mistakes

MAX_PAGE, USUAL_PAGE = 5_000, 1_000
LONGEST_NAME, LONGEST_REASON = 200, 2_000
USUAL_FILE = "factors.csv"


class FactorsRpc:
    """ListFactors and PutFactors."""

    park_id: str
    clock: ParkClock
    factors: FactorDesk

    async def ListFactors(  # noqa: N802
        self, request: wire.ListFactorsRequest, context: Any
    ) -> wire.ListFactorsResponse:
        """Return a page of factors, all versions."""
        check_park(request.park_id, self.park_id, list(_list_mistakes(request)))
        question = f"{request.ledger} {request.quantity} {request.region} {request.on_day}"
        question += f" {request.own_only}"
        known = await self.factors.known()
        chosen = sorted((f for f in known.store if _is_asked(f, request)), key=_place)
        if request.own_only:
            chosen = [f for f in chosen if (f.id, f.version) in known.files]
        if request.page_token:
            after = place_of(request.page_token, question, _read_place, "all that is asked")
            chosen = [f for f in chosen if _place(f) > after]
        size = request.page_size or USUAL_PAGE
        page, more = chosen[:size], len(chosen) > size
        return wire.ListFactorsResponse(
            factors=[factor_message(f, known.files.get((f.id, f.version))) for f in page],
            next_page_token=token_of(_place(page[-1]), question) if more else "",
        )

    async def PutFactors(  # noqa: N802
        self, request: wire.PutFactorsRequest, context: Any
    ) -> wire.PutFactorsResponse:
        """Take a factor file in, or tell what it would restate."""
        check_park(request.park_id, self.park_id, list(_put_mistakes(request)))
        name = request.file or USUAL_FILE
        by = decided_by(request, context)
        asked = PutRequest(name, request.content, by, request.reason.strip())
        try:
            if request.dry_run:
                return put_message(await self.factors.tried(asked))
            return put_message(await self.factors.put(asked, self.clock.now()))
        except FactorMistakes as error:
            raise InvalidFields([FieldMistake(*one) for one in mistakes_of(error)]) from None


def _list_mistakes(request: wire.ListFactorsRequest) -> Iterator[FieldMistake]:
    yield from page_mistakes(request.page_size, MAX_PAGE)
    if request.ledger not in (0, *Ledger):
        yield FieldMistake("ledger", f"{request.ledger} is not a ledger; use 0 to 7")
    try:
        if request.on_day:
            date.fromisoformat(request.on_day)
    except ValueError:
        yield FieldMistake("on_day", f"{request.on_day!r} is not a day such as 2023-07-01")


def _put_mistakes(request: wire.PutFactorsRequest) -> Iterator[FieldMistake]:
    if not request.content.strip():
        yield FieldMistake("content", "is empty; give a factor file as docs/carbon-factors.md says")
    yield from who_mistakes(request, "file", LONGEST_NAME, LONGEST_REASON)


def _is_asked(factor: Factor, request: wire.ListFactorsRequest) -> bool:
    day = date.fromisoformat(request.on_day) if request.on_day else None
    return (
        (not request.ledger or factor.ledger.value == int(request.ledger))
        and (not request.quantity or factor.quantity == request.quantity)
        and (not request.region or factor.region in (request.region, ANYWHERE))
        and (day is None or factor.validity.covers(day))
    )


Place = tuple[int, str, str, str, str, int]


def _place(factor: Factor) -> Place:
    start, end = (str(day or "") for day in (factor.validity.start, factor.validity.end))
    return factor.ledger, factor.quantity, factor.region, start, end, factor.version


def _read_place(*place: Any) -> Place:
    ledger, quantity, region, start, end, version = place
    return int(ledger), str(quantity), str(region), str(start), str(end), int(version)

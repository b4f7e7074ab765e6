"""The calls of ForecastService about models: which serve and why, train, roll back."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import uuid4

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from services.forecasting.domain.training.due import Cause
from services.forecasting.model_messages import model_message, request_message
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.models import BODIES_KEPT, CannotServe, ModelStore
from services.forecasting.registry.requests import Action, Asked, Request, RequestStore
from services.runtime.clock import ParkClock
from services.runtime.refusals import (
    Conflict,
    FieldMistake,
    InvalidFields,
    NotFound,
    check_park,
    invalid_field,
)
from services.runtime.requests import page_size, who_mistakes

USUAL_PAGE, LARGEST_PAGE, SHOWN_REQUESTS = 100, 500, 20
LONGEST_NAME, LONGEST_REASON = 128, 1_000


class ModelCalls:
    """Answers from the registry; a training is only asked for here, never done."""

    def __init__(
        self,
        park_id: str,
        point_ids: Sequence[str],
        clock: ParkClock,
        models: ModelStore,
        requests: RequestStore,
    ) -> None:
        self._park_id = park_id
        self._point_ids = list(point_ids)
        self._clock = clock
        self._models = models
        self._requests = requests

    async def list_models(self, request: wire.ListModelsRequest) -> wire.ListModelsResponse:
        """Return a page of models, and on the first page who asked for what lately."""
        check_park(request.park_id, self._park_id)
        points, size = (
            self._known(request.point_ids),
            page_size(request.page_size, USUAL_PAGE, LARGEST_PAGE),
        )
        before = _token(request.page_token)
        cards = await self._models.models(points, size + 1, before)
        more = len(cards) > size
        asked = [] if request.page_token else await self._requests.newest(SHOWN_REQUESTS)
        return wire.ListModelsResponse(
            models=map(model_message, cards[:size]),
            next_page_token=str(cards[size - 1].version) if more else "",
            requests=map(request_message, asked),
        )

    async def retrain(self, request: wire.RetrainRequest) -> wire.RetrainResponse:
        """Keep the request; training comes to it by itself."""
        check_park(request.park_id, self._park_id)
        _check_who(request)
        points = tuple(Asked(point) for point in self._known(request.point_ids))
        asked = self._asked(request, Action.RETRAIN, points)
        await self._requests.ask(asked)
        return wire.RetrainResponse(request=request_message(await self._kept(asked)))

    async def roll_back(self, request: wire.RollBackRequest) -> wire.RollBackResponse:
        """Let a version serve again; the same request id again changes nothing."""
        check_park(request.park_id, self._park_id)
        _check_who(request, *_unsaid(request))
        self._known([request.point_id])
        asked = self._asked(request, Action.ROLL_BACK, ())
        card = await self._card(request)
        if await self._requests.of(asked.request_id) is None:
            _check_can_serve(card)
            try:
                await self._requests.roll_back(asked, card.point_id, card.version)
            except CannotServe as meanwhile:
                raise Conflict(f"{meanwhile}; list the models again") from None
        return wire.RollBackResponse(
            model=model_message(await self._card(request)),
            request=request_message(await self._kept(asked)),
        )

    async def _card(self, request: wire.RollBackRequest) -> Card:
        card = await self._models.card(request.version) if request.version < 2**63 else None
        if card is None or card.point_id != request.point_id:
            raise NotFound("model", f"version {request.version} of {request.point_id}")
        return card

    async def _kept(self, asked: Request) -> Request:
        """Return the request as it stands; another request of that id is a conflict."""
        kept = await self._requests.of(asked.request_id)
        if kept is None or (kept.action, kept.user) != (asked.action, asked.user):
            raise Conflict(f"request id {asked.request_id!r} was taken before; choose another")
        return kept

    def _asked(self, request: Any, action: Action, points: tuple[Asked, ...]) -> Request:
        return Request(
            request_id=request.request_id or uuid4().hex,
            action=action,
            cause=Cause.REQUEST,
            user=request.user.strip(),
            reason=request.reason.strip(),
            requested_at=self._clock.now(),
            points=points,
        )

    def _known(self, point_ids: Sequence[str]) -> list[str]:
        """Return the points asked for, each once, all where none is named."""
        wanted = list(dict.fromkeys(point_ids)) or self._point_ids
        if missing := [point for point in wanted if point not in self._point_ids]:
            raise NotFound("forecast series", ", ".join(missing)[:LONGEST_REASON])
        return wanted


def _check_can_serve(card: Card) -> None:
    if card.status is Status.CHAMPION:
        raise Conflict(f"version {card.version} serves already")
    if card.status is Status.REJECTED:
        raise Conflict(f"version {card.version} never served ({card.reason}); ask for a training")
    if not card.can_serve:
        raise Conflict(
            f"version {card.version} is kept no more: only the newest {BODIES_KEPT} retired are"
        )


def _unsaid(request: wire.RollBackRequest) -> Iterator[FieldMistake]:
    if not request.point_id:
        yield FieldMistake("point_id", "say whose model, as ListModels does")
    if not request.version:
        yield FieldMistake("version", "say which, as ListModels does")


def _check_who(request: wire.RetrainRequest | wire.RollBackRequest, *more: FieldMistake) -> None:
    """Refuse a request with everything it lacks, `more` included."""
    who = who_mistakes(request, "request_id", LONGEST_NAME, LONGEST_REASON)
    if mistakes := [*more, *who]:
        raise InvalidFields(mistakes)


def _token(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise invalid_field("page_token", f"{text[:32]!r} is none of ours; begin anew without one")
    return int(text)

"""The calls of ForecastService about models: which serve and why, train, roll back."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.model_pb2 import ForecastModel
from services.forecasting.domain.outlook.task import Task
from services.forecasting.domain.training.due import Cause
from services.forecasting.model_messages import model_message, request_message
from services.forecasting.registry.bodies import state_of
from services.forecasting.registry.cards import Card, Status
from services.forecasting.registry.codec import UnreadableBody
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
OUR_OWN = ("drift/", "unreadable/")
"""What ids begin with of requests that forecasting itself makes: nobody may take one before it."""


class ModelCalls:
    """Answers from the registry; a training is only asked for here, never done."""

    def __init__(
        self,
        park_id: str,
        tasks: Mapping[str, Task],
        clock: ParkClock,
        models: ModelStore,
        requests: RequestStore,
        units: Mapping[str, str] | None = None,
    ) -> None:
        """`tasks` are those of all series that are forecast, by point.

        `units` are those of signals; all else is a power.
        """
        self._units = dict(units or {})
        self._park_id = park_id
        self._tasks = dict(tasks)
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
            models=map(self._message, cards[:size]),
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
        asked = self._asked(request, Action.ROLL_BACK, (Asked(request.point_id, request.version),))
        card = await self._card(request)
        if await self._requests.of(asked.request_id) is None:
            _check_can_serve(card)
            await self._check_readable(card)
            try:
                await self._requests.roll_back(asked, card.point_id, card.version)
            except CannotServe as meanwhile:
                raise Conflict(f"{meanwhile}; list the models again") from None
        return wire.RollBackResponse(
            model=self._message(await self._card(request)),
            request=request_message(await self._kept(asked)),
        )

    def _message(self, card: Card) -> ForecastModel:
        return model_message(card, self._units.get(card.point_id, ""))

    async def _card(self, request: wire.RollBackRequest) -> Card:
        card = await self._models.card(request.version) if request.version < 2**63 else None
        if card is None or card.point_id != request.point_id:
            raise NotFound("model", f"version {request.version} of {request.point_id}")
        return card

    async def _check_readable(self, card: Card) -> None:
        """Refuse a version that the serving process would set aside: plain models would serve."""
        body = (await self._models.bodies([card.version])).get(card.version)
        if body is None:
            raise Conflict(f"version {card.version} is kept no more; list the models again")
        try:
            state = await asyncio.to_thread(state_of, body)
        except UnreadableBody as unreadable:
            text = f"version {card.version} cannot be read here ({unreadable}); ask for a training"
            raise Conflict(text) from None
        if state.task != self._tasks[card.point_id]:
            raise Conflict(
                f"version {card.version} was learnt for other bounds, horizons or holidays, or "
                "another time zone, than the park file names now; ask for a training"
            )

    async def _kept(self, asked: Request) -> Request:
        """Return the request as it stands; another request of that id is a conflict."""
        kept = await self._requests.of(asked.request_id)
        if kept is None or _asks(kept) != _asks(asked):
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
        wanted = list(dict.fromkeys(point_ids)) or list(self._tasks)
        if missing := [point for point in wanted if point not in self._tasks]:
            raise NotFound("forecast series", ", ".join(missing)[:LONGEST_REASON])
        return wanted


def _asks(request: Request) -> tuple[Action, str, frozenset[str], int | None]:
    """Return what a request asks for, whatever has come of it since."""
    version = request.points[0].version if request.action is Action.ROLL_BACK else None
    points = frozenset(asked.point_id for asked in request.points)
    return request.action, request.user, points, version


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
    if mistakes := [*more, *who, *_id_mistakes(request.request_id)]:
        raise InvalidFields(mistakes)


def _id_mistakes(request_id: str) -> Iterator[FieldMistake]:
    for prefix in OUR_OWN:
        if request_id.startswith(prefix):
            text = f"{prefix!r} begins the ids of forecasting's own requests; choose another id"
            yield FieldMistake("request_id", text)


def _token(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise invalid_field("page_token", f"{text[:32]!r} is none of ours; begin anew without one")
    return int(text)

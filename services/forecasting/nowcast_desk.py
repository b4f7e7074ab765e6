"""The calls of ForecastService about nowcasts: get one, watch them."""

from collections.abc import AsyncIterator

from parkflow.forecast.v1 import forecast_service_pb2 as wire
from parkflow.forecast.v1.nowcast_pb2 import NowcastIssue
from services.forecasting.board import Board
from services.forecasting.nowcast_messages import only
from services.forecasting.nowcast_store import NowcastStore
from services.forecasting.requests import instants_mistakes, points_mistakes
from services.runtime.refusals import NotFound, check_park
from services.runtime.requests import moment_of


class NowcastDesk:
    """Answers from the nowcasts of the last days; makes none."""

    def __init__(self, park_id: str, nowcasts: NowcastStore, board: Board[NowcastIssue]) -> None:
        self._park_id = park_id
        self._nowcasts = nowcasts
        self._board = board

    async def get(self, request: wire.GetNowcastRequest) -> wire.GetNowcastResponse:
        """Return the newest nowcast, or the newest at or before `issued_by`."""
        mistakes = points_mistakes(request.point_ids) + instants_mistakes(request, "issued_by")
        check_park(request.park_id, self._park_id, mistakes)
        by = moment_of(request, "issued_by")
        newest = self._board.newest if by is None else await self._nowcasts.newest(by)
        if newest is None:
            raise NotFound("nowcast", f"{self._park_id} issued by {by or 'now'}")
        if request.point_ids:
            newest, missing = only(newest, request.point_ids)
            if missing:
                raise NotFound("nowcast series", ", ".join(missing))
        return wire.GetNowcastResponse(nowcast=newest)

    async def watch(
        self, request: wire.WatchNowcastsRequest
    ) -> AsyncIterator[wire.WatchNowcastsResponse]:
        """Yield the newest nowcast, then every new one."""
        check_park(request.park_id, self._park_id)
        async for nowcast in self._board.watch():
            yield wire.WatchNowcastsResponse(nowcast=nowcast)

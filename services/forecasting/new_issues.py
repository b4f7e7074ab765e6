"""The issues that come up, for those who work after each of them."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime

from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from services.forecasting.board import Board
from services.runtime.progress import Stage

LOOK_S = 5.0


async def new_issues(board: Board[ForecastIssue], stage: Stage) -> AsyncIterator[datetime]:
    """Yield the time of each issue made from now on, for ever; the one found is not new.

    Issues made while the one before was worked on are passed over, but for the newest.
    """
    done = board.issue_time
    while True:
        stage.move()
        issue_time = board.issue_time
        if issue_time is None or issue_time == done:
            await asyncio.sleep(LOOK_S)
            continue
        yield issue_time
        done = issue_time

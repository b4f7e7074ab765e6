"""Words in the books of the mill, without the way through validation."""

from collections.abc import Mapping
from datetime import datetime

from services.carbon_accounting.domain.words import QUARTER_US, Word
from services.carbon_accounting.live.bookkeeping import take
from services.carbon_accounting.live.store import open_books
from tests.support.live_books import MAY
from tests.support.live_service import Running

WORD = "INSERT INTO register_quarter VALUES ('mill', %s, %s, %s, 0, 0, 0, %s, %s, 0, %s, 0, 0)"


async def told(running: Running, quarters: Mapping[datetime, Mapping[str, int]]) -> None:
    """Words on each quarter; a meter that is not named has no word there."""
    known = (QUARTER_US, QUARTER_US, MAY)
    rows = [(at, point, wh, *known) for at, said in quarters.items() for point, wh in said.items()]
    async with running.database.transaction() as connection:
        await connection.cursor().executemany(WORD, rows)


async def booked(running: Running, quarters: Mapping[datetime, Mapping[str, int]]) -> None:
    """The same, and what they touch is booked."""
    whole, place = (QUARTER_US, QUARTER_US, 0, MAY), (0, 0)
    words = [
        Word(point, at, amount, 0, 0, 0, *whole, *place)
        for at, said in quarters.items()
        for point, amount in said.items()
    ]
    async with open_books(running.database, "mill") as books:
        await take(books, words, running.rules, MAY)

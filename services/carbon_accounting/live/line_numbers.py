"""The lines of a park by number, remembered from one transaction to the next."""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

from services.carbon_accounting.domain.inventory.entries import Account, Stamp
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.live.postings import Catalogue, catalogue_of
from services.carbon_accounting.live import copying
from services.carbon_accounting.live import statements as sql
from services.runtime.database import Connection


class LineNumbers:
    """Lines and their numbers, as far as committed: a transaction that failed is forgotten.

    Another process may have added lines, so they are looked up once more before one is added.
    """

    def __init__(self) -> None:
        self._lines: dict[int, Line] = {}
        self._numbers: dict[Line, int] = {}
        self._catalogue: Catalogue | None = None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Forget everything when the transaction within fails."""
        try:
            yield
        except BaseException:
            self.__init__()  # type: ignore[misc]
            raise

    async def catalogue(
        self, connection: Connection, park_id: str, lines: Sequence[Line]
    ) -> tuple[Catalogue, Mapping[Line, int]]:
        """Return all lines, these among them."""
        if not self._lines or await self._lacking(lines):
            await self._read(connection, park_id)
        if new := await self._lacking(lines):
            await self._add(connection, park_id, new)
        if self._catalogue is None:
            self._catalogue = catalogue_of(self._lines)
        return self._catalogue, self._numbers

    async def _lacking(self, lines: Sequence[Line]) -> list[Line]:
        if not lines:
            return []  # a thread for nothing, for each posting that is read
        known = self._numbers
        return await asyncio.to_thread(lambda: [line for line in lines if line not in known])

    async def with_numbers(
        self, connection: Connection, park_id: str, numbers: Collection[int]
    ) -> Catalogue:
        """Return all lines, those of these numbers among them."""
        if any(number not in self._lines for number in numbers):
            await self._read(connection, park_id)
        return (await self.catalogue(connection, park_id, ()))[0]

    async def _read(self, connection: Connection, park_id: str) -> None:
        cursor = await connection.execute(sql.LINES, (park_id,))
        for number, *fields in await cursor.fetchall():
            self._know(number, line_from(fields))

    async def _add(self, connection: Connection, park_id: str, new: Sequence[Line]) -> None:
        by_digest, columns = await asyncio.to_thread(_columns_of, new)
        cursor = await connection.execute(sql.ADD_LINES, (park_id, *columns))
        for number, digest in await cursor.fetchall():
            self._know(number, by_digest[bytes(digest)])

    def _know(self, number: int, line: Line) -> None:
        if number not in self._lines:
            self._lines[number] = line
            self._numbers[line] = number
            self._catalogue = None


def _columns_of(new: Sequence[Line]) -> tuple[dict[bytes, Line], list[str]]:
    """Return lines by digest, and the columns that they are added as."""
    by_digest = {line.digest: line for line in new}
    ordered = [by_digest[digest] for digest in sorted(by_digest)]
    fields = {
        name: [line.fields[name] for line in ordered] for name in sql.LINE if name != "ledger"
    }
    counted = {"counted": copying.truths(line.account.counted for line in ordered)}
    texts = {name: copying.texts(map(str, values)) for name, values in fields.items()} | counted
    ledgers = copying.array(int(line.ledger) for line in ordered)
    digests = copying.texts(f"\\x{digest.hex()}" for digest in sorted(by_digest))
    return by_digest, [ledgers, *texts.values(), digests]


def line_from(fields: Sequence[object]) -> Line:
    """Return a row of `account_line` without its number."""
    ledger, *account = fields[:-3]
    return Line(Ledger(ledger), Account(*account), Stamp(*fields[-3:]))  # type: ignore[arg-type]

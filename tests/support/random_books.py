"""Books drawn at random: three months, three owners, several ledgers, restated and withdrawn."""

import random
from datetime import timedelta

from services.carbon_accounting.domain.ledgers import Ledger
from tests.support.live_books import MAY, QUARTER, ALine, LiveBooks, Said

LEDGERS = (Ledger.PARK_ACCEPTANCE, Ledger.LOCATION_BASED, Ledger.MARKET_BASED)
OWNERS = {"load_a": "a", "load_b": "b", "lamps": "park"}
ORIGINS = ("grid:grid", "pv:pv", "certificate:G1")
BECAUSE = (
    "load_a: 5 Wh became 6 Wh",
    "factor CN-grid-2022 v1 became CN-grid-2022 v2",
    "the park file changed",
)


def random_books(chance: random.Random, quarters: int = 12) -> LiveBooks:
    """Some quarter hours around the borders of May, each booked up to three times."""
    books = LiveBooks()
    lines = [a_line(chance, ledger) for ledger in LEDGERS for _ in range(9)]
    borders = [MAY, MAY + timedelta(days=31), MAY + timedelta(days=10)]
    starts = [chance.choice(borders) + chance.randrange(-4, 4) * QUARTER for _ in range(quarters)]
    for turn in range(3):
        known_at = MAY + timedelta(days=32 + turn, minutes=chance.randrange(600))
        for start in sorted(set(starts)):
            if turn == 0 or chance.random() < 0.5:
                says = {line: said(chance) for line in chance.sample(lines, 12)}
                books.post(start, says, known_at, chance.choice(BECAUSE))
    return books


def a_line(chance: random.Random, ledger: Ledger) -> ALine:
    meter = chance.choice([*OWNERS])
    return ALine(
        ledger=ledger,
        meter=meter,
        enterprise=OWNERS[meter] if chance.random() < 0.8 else chance.choice("ab"),
        origin=chance.choice(ORIGINS),
        counted=chance.random() < 0.9,
        factors=chance.choice(["CN-grid-2022 v1", "CN-grid-2022 v2"]),
        unverified=chance.choice(["", "flag M"]),
    )


def said(chance: random.Random) -> Said:
    return Said(chance.randrange(1, 10**6), chance.randrange(10**15), chance.random() < 0.7)

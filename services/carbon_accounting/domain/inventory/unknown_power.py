"""Words that electricity is part of: none is left of those where nothing of it is known."""

from collections.abc import Iterator, Mapping

from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.electricity_words import electricity_words
from services.carbon_accounting.domain.ledgers import Ledger

PARTS = ("total", "energy", "electricity")
"""Of a ledger's words those that electricity is part of."""
BOOKED = (
    *("electricity.grid_unmatched", "electricity.traded_green"),
    *("electricity.unbundled_certificates", "electricity.unbundled_counted"),
    "electricity.unbundled_emissions",
    *("electricity.total", "green.available"),
)


def words_of_power() -> Iterator[str]:
    """Yield the words that electricity is part of, those of energy and products apart."""
    yield from (*electricity_words({}), *BOOKED)
    yield from (f"ledger.{ledger.key}.{part}" for ledger in Ledger for part in PARTS)


def without_power(words: Mapping[str, Amount]) -> dict[str, Amount]:
    """Return the words that say something where nothing is known of electricity."""
    gone = {*words_of_power()}
    return {name: amount for name, amount in words.items() if name not in gone}


def with_doubts(
    doubts: Mapping[str, tuple[str, ...]], more: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Return the doubts of words with those that electricity brings, each once."""
    found = dict(doubts)
    for name in words_of_power() if more else ():
        found[name] = tuple(dict.fromkeys((*found.get(name, ()), *more)))
    return found

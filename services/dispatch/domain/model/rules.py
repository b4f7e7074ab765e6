"""Rules of the park as a whole: shares of the supply mode, carbon, reserve, steadiness (§8, §9)."""

from services.dispatch.domain.model import carbon, reserve, steadiness, supply_mode
from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.schedule import Schedule

RULES = (supply_mode, carbon, reserve, steadiness)


def add(build: Builder) -> None:
    """Add the rules that the problem has."""
    for rule in RULES:
        rule.add(build)


def book(books: Books, schedule: Schedule) -> None:
    """Book what the rules cost and which of them are broken."""
    for rule in RULES:
        rule.book(books, schedule)

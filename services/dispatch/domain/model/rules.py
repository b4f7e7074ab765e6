"""Rules of the park as a whole: shares of the supply mode, carbon, reserve, steadiness (§8, §9)."""

from services.dispatch.domain.model.books import Books
from services.dispatch.domain.model.builder import Builder
from services.dispatch.domain.model.schedule import Schedule


def add(build: Builder) -> None:
    """Add the rules that the problem has."""


def book(books: Books, schedule: Schedule) -> None:
    """Book what the rules cost and which of them are broken."""

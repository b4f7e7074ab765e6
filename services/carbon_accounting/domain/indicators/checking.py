"""Units and ledgers of a formula, checked before anything is computed (issue 7, rules 0.1(1))."""

import difflib
from collections.abc import Mapping, Sequence

from services.carbon_accounting.domain.indicators.expressions import (
    Expression,
    Extreme,
    Flaw,
    Input,
    Negated,
    Number,
    Place,
    Product,
    Quotient,
    Sum,
)
from services.carbon_accounting.domain.indicators.meanings import (
    PLAIN,
    Meaning,
    divided,
    multiplied,
)

Sized = tuple[Place, Meaning]


def meaning_of(
    expression: Expression, text: str, known: Mapping[str, Meaning]
) -> tuple[Meaning | None, list[Flaw]]:
    """Return what a formula measures, or None with all that is wrong, each with its place."""
    check = _Check(text, known)
    meaning = check.of(expression)
    return (None if check.flaws else meaning), check.flaws


def nearest(name: str, known: Sequence[str]) -> str:
    """Return the cure for a name that is not known."""
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    return f"did you mean {near[0]}?" if near else "declare it among the inputs first"


class _Check:
    """One walk over a formula; where a part is wrong, what holds it is not judged again."""

    def __init__(self, text: str, known: Mapping[str, Meaning]) -> None:
        self._text = text
        self._known = known
        self.flaws: list[Flaw] = []

    def of(self, expression: Expression) -> Meaning | None:
        match expression:
            case Number():
                return PLAIN
            case Input(name, place):
                return self._named(name, place)
            case Negated(of):
                return self.of(of)
            case Sum(terms) | Extreme(_, terms):
                return self._alike(terms)
            case Product(left, right):
                one, other = self.of(left), self.of(right)
                return multiplied(one, other) if one and other else None
            case Quotient(above, below):
                one, other = self.of(above), self.of(below)
                return divided(one, other) if one and other else None

    def _named(self, name: str, place: Place) -> Meaning | None:
        if name in self._known:
            return self._known[name]
        self._wrong(f"{place.of(self._text)} is no known name", nearest(name, sorted(self._known)))
        return None

    def _alike(self, terms: Sequence[Expression]) -> Meaning | None:
        """Return what terms measure that are added or compared; a bare 0 is of any unit."""
        sized = [(term.place, self.of(term)) for term in terms if not _is_zero(term)]
        known = [(place, meaning) for place, meaning in sized if meaning is not None]
        for other in known[1:]:
            self._compare(known[0], other)
        if not sized:
            return PLAIN
        return _together(known) if len(known) == len(sized) else None

    def _compare(self, one: Sized, other: Sized) -> None:
        (first, meaning), (second, another) = one, other
        parts = f"{first.of(self._text)} and {second.of(self._text)}"
        if meaning.dimension != another.dimension:
            self._wrong(
                f"{parts} cannot be added or compared: {meaning.unit} and {another.unit}",
                "convert one of them, or divide each by what it is for",
            )
        elif meaning.ledgers != another.ledgers:
            self._wrong(
                f"{parts} are of {meaning.ledger_names} and of {another.ledger_names}, "
                "which are never added or compared in a formula",
                "report the ledgers side by side, as indicators of their own",
            )

    def _wrong(self, what: str, cure: str) -> None:
        self.flaws.append(Flaw(what, cure))


def _together(known: Sequence[Sized]) -> Meaning:
    first = known[0][1]
    equivalent = any(meaning.is_equivalent for _, meaning in known)
    return Meaning(first.unit, first.dimension, first.ledgers, equivalent)


def _is_zero(expression: Expression) -> bool:
    if isinstance(expression, Negated):
        return _is_zero(expression.of)
    return isinstance(expression, Number) and expression.value == 0

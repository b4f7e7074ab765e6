"""The text of a formula read into a tree of our own; nothing is ever run as code.

    max(0, ledger.park_acceptance.total - constant.credit) / energy.comprehensive
    sum(electricity.pv, 'point.labs-a.energy') / electricity.total

Names with dots (in quotes where they hold a hyphen), numbers, + - * /, sum, min and max. There is
no if: what depends on a class is a target, what is open is a second reading.
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

LONGEST = 2_000
DEEPEST = 60


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of a formula stands: characters [start, end), counted from 1."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """Return that part of the formula's text with its place, for people."""
        return f"{text[self.start - 1 : self.end - 1]!r} (character {self.start})"


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with a formula and what to do about it."""

    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what} - {self.cure}"


class NotAFormula(ValueError):
    """A text that is no formula."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(str(flaw))
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Number:
    """A plain number; it has no unit."""

    value: Fraction
    place: Place


@dataclass(frozen=True, slots=True)
class Input:
    """What goes by a name: an amount, a constant, another indicator, a target."""

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class Negated:
    """The opposite of a term."""

    of: "Expression"
    place: Place


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up; a difference is a sum with a negated term."""

    terms: tuple["Expression", ...]
    place: Place


@dataclass(frozen=True, slots=True)
class Product:
    """Two factors."""

    left: "Expression"
    right: "Expression"
    place: Place


@dataclass(frozen=True, slots=True)
class Quotient:
    """One term over another."""

    above: "Expression"
    below: "Expression"
    place: Place


@dataclass(frozen=True, slots=True)
class Extreme:
    """The greatest or the least of some terms."""

    greatest: bool
    terms: tuple["Expression", ...]
    place: Place


Expression = Number | Input | Negated | Sum | Product | Quotient | Extreme


def one_line(text: str) -> str:
    """Return a formula's text as places count in it: every run of white space is one space."""
    return " ".join(text.split())


def expression_of(text: str) -> Expression:
    """Return the tree of a formula; NotAFormula says what is wrong, where, and the cure."""
    line = one_line(text)
    if len(line) > LONGEST:
        raise _refused(f"has {len(line)} characters", f"make indicators of parts: {LONGEST} fit")
    try:
        tree = ast.parse(line, mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError) as mistake:
        where = getattr(mistake, "offset", None)
        at = f" at character {where}" if where else ""
        raise _refused(f"cannot be read{at}", "write it like water.reused / water.intake") from None
    return _Reader(line).read(tree.body, 0)


def names_in(expression: Expression) -> tuple[str, ...]:
    """Return the names a formula needs, each once, in the order they are written."""
    return tuple(dict.fromkeys(_names(expression)))


def _names(expression: Expression) -> Iterator[str]:
    match expression:
        case Input(name):
            yield name
        case Negated(of):
            yield from _names(of)
        case Sum(terms) | Extreme(_, terms):
            for term in terms:
                yield from _names(term)
        case Product(left, right) | Quotient(left, right):
            yield from _names(left)
            yield from _names(right)
        case Number():
            return


def _refused(what: str, cure: str) -> NotAFormula:
    return NotAFormula(Flaw(what, cure))


class _Reader:
    """Turns Python's tree of one line into ours, keeping the place of every part."""

    def __init__(self, line: str) -> None:
        self._line = line
        self._bytes = line.encode()

    def read(self, node: ast.expr, depth: int) -> Expression:
        """Return the expression of a node `depth` levels down."""
        place = self._place(node)
        if depth > DEEPEST:
            raise self._wrong(node, "is nested too deep", f"use sum(…), at most {DEEPEST} levels")
        match node:
            case ast.Constant(str() as name):
                return Input(name, place)
            case ast.Constant(int() | float() as value) if not isinstance(value, bool):
                return Number(self._number(node, value), place)
            case ast.Name() | ast.Attribute():
                return Input(self._name(node), place)
            case ast.UnaryOp(ast.USub(), operand):
                return Negated(self.read(operand, depth + 1), place)
            case ast.BinOp(left, operator, right):
                ours = self.read(left, depth + 1), self.read(right, depth + 1)
                return self._of_two(node, *ours, operator)
            case ast.Call(ast.Name("sum" | "min" | "max" as word), [_, *_] as terms, []):
                return _call(word, tuple(self.read(term, depth + 1) for term in terms), place)
        raise self._wrong(node, "is no part of a formula", "use names, + - * /, sum, min and max")

    def _of_two(
        self, node: ast.expr, left: Expression, right: Expression, operator: ast.operator
    ) -> Expression:
        place = self._place(node)
        match operator:
            case ast.Add():
                return Sum((left, right), place)
            case ast.Sub():
                return Sum((left, Negated(right, right.place)), place)
            case ast.Mult():
                return Product(left, right, place)
            case ast.Div():
                return Quotient(left, right, place)
        raise self._wrong(node, f"uses {type(operator).__name__}", "use + - * / only")

    def _number(self, node: ast.expr, value: float) -> Fraction:
        try:
            is_usual = isfinite(float(value))
        except OverflowError:
            is_usual = False
        if not is_usual:
            raise self._wrong(node, "is beyond all measure", "write a usual number")
        return Fraction(repr(value))

    def _name(self, node: ast.expr) -> str:
        match node:
            case ast.Name(name):
                return name
            case ast.Attribute(of, name):
                return f"{self._name(of)}.{name}"
        raise self._wrong(node, "is no name", "write a name such as water.intake")

    def _place(self, node: ast.expr) -> Place:
        end = node.end_col_offset if node.end_col_offset is not None else len(self._bytes)
        return Place(self._characters(node.col_offset) + 1, self._characters(end) + 1)

    def _characters(self, count: int) -> int:
        return len(self._bytes[:count].decode(errors="replace"))

    def _wrong(self, node: ast.expr, what: str, cure: str) -> NotAFormula:
        return _refused(f"{self._place(node).of(self._line)} {what}", cure)


def _call(word: str, terms: tuple[Expression, ...], place: Place) -> Expression:
    if word == "sum":
        return Sum(terms, place)
    return Extreme(word == "max", terms, place)

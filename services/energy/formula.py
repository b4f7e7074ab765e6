"""Points made of other points: a small formula, read into a tree and evaluated on whole arrays.

    grid.active_power_w - 0.98 * (steel.active_power_w + 'labs-a.active_power_w')
    max(pv.active_power_w, -500000)

Points by name (in quotes where the name holds a hyphen), numbers, + and -, a product with a
constant, a quotient by one, sum, min and max. Nothing else: its meaning is seen at a glance.
"""

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
LONGEST = 10_000
DEEPEST = 300


class NotAFormula(ValueError):
    """A text that is no formula; both halves of the sentence for people."""

    def __init__(self, what: str, cure: str) -> None:
        super().__init__(f"{what} - {cure}")
        self.what = what
        self.cure = cure


@dataclass(frozen=True, slots=True)
class Input:
    """The value of a point."""

    point_id: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A number."""

    value: float


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added up."""

    terms: tuple["Formula", ...]


@dataclass(frozen=True, slots=True)
class Scaled:
    """A formula times a constant."""

    factor: float
    of: "Formula"


@dataclass(frozen=True, slots=True)
class Extreme:
    """The least or the greatest of some terms."""

    greatest: bool
    terms: tuple["Formula", ...]


Formula = Input | Constant | Sum | Scaled | Extreme


@dataclass(frozen=True, slots=True)
class VirtualPoint:
    """A point that nobody measures: `formula` over the newest values within each `step`."""

    id: str
    formula: Formula
    step: timedelta
    inputs: tuple[str, ...]

    @classmethod
    def of(cls, point_id: str, text: str, step: timedelta) -> "VirtualPoint":
        """Return the point of a formula's text; NotAFormula says what is wrong with it."""
        formula = formula_of(text)
        return cls(point_id, formula, step, inputs_of(formula))


def formula_of(text: str) -> Formula:
    """Return the tree of a formula's text."""
    if len(text) > LONGEST:
        raise NotAFormula(f"has {len(text)} characters", f"split it: at most {LONGEST} fit")
    try:
        tree = ast.parse(text.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise NotAFormula("cannot be read", "write it like a.active_power_w + 0.5 * b") from None
    formula = _read(tree.body, 0)
    if not inputs_of(formula):
        raise NotAFormula("names no point", "write at least one point's name")
    return formula


def inputs_of(formula: Formula) -> tuple[str, ...]:
    """Return the points a formula needs, each once, in the order they are named."""
    return tuple(dict.fromkeys(_inputs(formula)))


def evaluated(formula: Formula, values: Mapping[str, Floats]) -> Floats:
    """Return the formula over arrays of equal length; what is NaN in any input is NaN."""
    match formula:
        case Input(point_id):
            return values[point_id]
        case Constant(value):
            return np.full(len(next(iter(values.values()))), value)
        case Scaled(factor, of):
            return factor * evaluated(of, values)
        case Sum(terms):
            total: Floats = np.add.reduce([evaluated(term, values) for term in terms])
            return total
        case Extreme(greatest, terms):
            chosen: np.ufunc = np.maximum if greatest else np.minimum
            result: Floats = chosen.reduce([evaluated(term, values) for term in terms])
            return result


def in_order(points: Sequence[VirtualPoint]) -> tuple[VirtualPoint, ...]:
    """Return the points so that each comes after those it needs; ValueError names a ring."""
    by_id = {point.id: point for point in points}
    if rings := rings_of(points):
        raise ValueError(f"virtual points need each other: {', '.join(rings)}")
    ordered: dict[str, VirtualPoint] = {}

    def add(point: VirtualPoint) -> None:
        for name in point.inputs:
            if name in by_id and name not in ordered:
                add(by_id[name])
        ordered.setdefault(point.id, point)

    for point in points:
        add(point)
    return tuple(ordered.values())


def rings_of(points: Sequence[VirtualPoint]) -> list[str]:
    """Return the ids of virtual points that need themselves, directly or through others."""
    inputs = {point.id: point.inputs for point in points}
    rings = []
    for point in points:
        ahead, seen = list(point.inputs), set[str]()
        while ahead:
            name = ahead.pop()
            if name not in seen:
                seen.add(name)
                ahead += inputs.get(name, ())
        if point.id in seen:
            rings.append(point.id)
    return rings


def unknown_inputs(point: VirtualPoint, known: Collection[str]) -> list[str]:
    """Return the inputs of a point that nobody knows."""
    return [name for name in point.inputs if name not in known]


def _inputs(formula: Formula) -> Iterator[str]:
    match formula:
        case Input(point_id):
            yield point_id
        case Scaled(_, of):
            yield from _inputs(of)
        case Sum(terms) | Extreme(_, terms):
            for term in terms:
                yield from _inputs(term)
        case Constant():
            return


def _read(node: ast.expr, depth: int) -> Formula:
    if depth > DEEPEST:
        raise NotAFormula("is nested too deep", f"make a virtual point of a part: {DEEPEST} levels")
    match node:
        case ast.Constant(str() as name):
            return Input(name)
        case ast.Constant(int() | float() as value) if not isinstance(value, bool):
            return _constant(value)
        case ast.Name() | ast.Attribute():
            return Input(_name(node))
        case ast.UnaryOp(ast.USub(), operand):
            return _scaled(-1.0, _read(operand, depth + 1))
        case ast.UnaryOp(ast.UAdd(), operand):
            return _read(operand, depth + 1)
        case ast.BinOp(left, operator, right):
            return _of_two(_read(left, depth + 1), operator, _read(right, depth + 1))
        case ast.Call(ast.Name("sum"), [_, *_] as terms, []):
            return Sum(tuple(_read(term, depth + 1) for term in terms))
        case ast.Call(ast.Name("min" | "max" as word), [_, _, *_] as terms, []):
            return Extreme(word == "max", tuple(_read(term, depth + 1) for term in terms))
        case ast.Call():
            raise NotAFormula(
                f"calls {ast.unparse(node)}", "write sum(…), min(a, b, …) or max(a, b, …)"
            )
    raise NotAFormula(
        f"holds {ast.unparse(node)!r}", "use points, numbers, + - * /, sum, min and max"
    )


def _of_two(left: Formula, operator: ast.operator, right: Formula) -> Formula:
    match operator:
        case ast.Add():
            return Sum((*_terms(left), *_terms(right)))
        case ast.Sub():
            return Sum((*_terms(left), _scaled(-1.0, right)))
        case ast.Mult() if isinstance(left, Constant):
            return _scaled(left.value, right)
        case ast.Mult() if isinstance(right, Constant):
            return _scaled(right.value, left)
        case ast.Div() if isinstance(right, Constant) and right.value != 0:
            return _scaled(1.0 / right.value, left)
        case ast.Mult():
            raise NotAFormula("multiplies points", "one side of * must be a number")
        case ast.Div():
            raise NotAFormula("divides by a point or by zero", "divide by a number other than 0")
    raise NotAFormula(f"uses {type(operator).__name__}", "use + - * / only")


def _terms(formula: Formula) -> tuple[Formula, ...]:
    return formula.terms if isinstance(formula, Sum) else (formula,)


def _scaled(factor: float, of: Formula) -> Formula:
    match of:
        case Constant(value):
            return _constant(factor * value)
        case Scaled(inner, deeper):
            return Scaled(factor * inner, deeper)
    return Scaled(factor, of)


def _constant(value: float) -> Constant:
    try:
        number = float(value)
    except OverflowError:
        number = float("inf")
    if not isfinite(number):
        raise NotAFormula("holds a number beyond all measure", "write a finite number")
    return Constant(number)


def _name(node: ast.expr) -> str:
    match node:
        case ast.Name(name):
            return name
        case ast.Attribute(of, name):
            return f"{_name(of)}.{name}"
    raise NotAFormula(f"holds {ast.unparse(node)!r}", "write a point as device.quantity")

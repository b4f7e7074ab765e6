"""The indicators of one day, each read, its units checked, in the order they need each other."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.carbon_accounting.domain.indicators.checking import meaning_of, nearest
from services.carbon_accounting.domain.indicators.circles import circles_of, in_order, needed_by
from services.carbon_accounting.domain.indicators.definitions import SIZE_UNIT, Definition
from services.carbon_accounting.domain.indicators.expressions import (
    Expression,
    Flaw,
    NotAFormula,
    expression_of,
    names_in,
    one_line,
)
from services.carbon_accounting.domain.indicators.meanings import (
    Meaning,
    dimension_of,
    measured_in,
)
from services.carbon_accounting.domain.indicators.vocabulary import Vocabulary
from services.carbon_accounting.domain.units import NotAUnit

INDICATOR = "indicator."
TARGET = "target."


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in one key of one version of an indicator, and the cure."""

    indicator_id: str
    version: int
    key: str
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.indicator_id} version {self.version}, {self.key}: {self.what} - {self.cure}"


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula that was read: its one line and its tree."""

    text: str
    tree: Expression


@dataclass(frozen=True, slots=True)
class Ready:
    """An indicator that can be computed: its formulas by key (`formula`, `conservative`, …)."""

    definition: Definition
    formulas: Mapping[str, Formula]

    @property
    def names(self) -> tuple[str, ...]:
        """All names its formulas hold, each once."""
        found = [name for one in self.formulas.values() for name in names_in(one.tree)]
        return tuple(dict.fromkeys(found))

    @property
    def needs(self) -> tuple[str, ...]:
        """The ids of the indicators that its formulas or their targets need."""
        heads = [name.partition(".") for name in self.names]
        return tuple(
            dict.fromkeys(rest for head, _, rest in heads if head in ("indicator", "target"))
        )


@dataclass(frozen=True, slots=True)
class Edition:
    """Indicators in the order they can be computed, and the words they are computed of."""

    indicators: tuple[Ready, ...]
    vocabulary: Vocabulary

    def indicator(self, indicator_id: str) -> Ready | None:
        """Return an indicator by its id."""
        return next((one for one in self.indicators if one.definition.id == indicator_id), None)

    def only(self, indicator_id: str) -> "Edition":
        """Return an edition of one indicator, with those it needs and the words all of them use."""
        needs = {one.definition.id: one.needs for one in self.indicators}
        wanted = needed_by(indicator_id, needs)
        kept = tuple(one for one in self.indicators if one.definition.id in wanted)
        names = {name for one in kept for name in (*one.names, one.definition.targets.size_input)}
        return Edition(kept, self.vocabulary.of_names(names))


def edition_of(
    definitions: Sequence[Definition], vocabulary: Vocabulary
) -> Edition | tuple[Fault, ...]:
    """Return the checked indicators, or everything that is wrong with them."""
    faults: list[Fault] = []
    read = [one for one in (_read(each, faults) for each in definitions) if one is not None]
    needs = {one.definition.id: one.needs for one in read}
    for circle in circles_of(needs):
        what = f"needs itself: {' -> '.join(circle)}"
        first = next(one.definition for one in read if one.definition.id == circle[0])
        faults.append(_fault(first, "formula", Flaw(what, "break the circle in one of them")))
    if faults:
        return tuple(faults)
    by_id = {one.definition.id: one for one in read}
    return _checked([by_id[name] for name in in_order(needs)], vocabulary)


def _checked(indicators: Sequence[Ready], vocabulary: Vocabulary) -> Edition | tuple[Fault, ...]:
    """Check the indicators in their order; what rests on a wrong one is not judged."""
    known = vocabulary.meanings()
    faults: list[Fault] = []
    wrong: set[str] = set()
    for one in indicators:
        name = one.definition.id
        meaning = None if wrong.intersection(one.needs) else _meaning(one, known, faults)
        if meaning is None:
            wrong.add(name)
        else:
            known[INDICATOR + name] = known[TARGET + name] = meaning
    return tuple(faults) if faults else Edition(tuple(indicators), vocabulary)


def _read(definition: Definition, faults: list[Fault]) -> Ready | None:
    formulas = {}
    for key, text in definition.formulas.items():
        try:
            formulas[key] = Formula(one_line(text), expression_of(text))
        except NotAFormula as mistake:
            faults.append(_fault(definition, key, mistake.flaw))
    return Ready(definition, formulas) if len(formulas) == len(definition.formulas) else None


def _meaning(one: Ready, known: Mapping[str, Meaning], faults: list[Fault]) -> Meaning | None:
    """Return what an indicator measures: its formulas' ledgers in its declared unit."""
    definition = one.definition
    _check_size(definition, known, faults)
    meanings = [_of_formula(definition, key, known, faults, f) for key, f in one.formulas.items()]
    try:
        declared = measured_in(definition.unit)
    except NotAUnit as mistake:
        faults.append(_fault(definition, "unit", Flaw(str(mistake), "write a unit")))
        return None
    found = [meaning for meaning in meanings if meaning is not None]
    for meaning in found:
        _compare(definition, declared, meaning, found[0], faults)
    if not found:
        return None
    equivalent = any(meaning.is_equivalent for meaning in found)
    return Meaning(definition.unit, declared.dimension, found[0].ledgers, equivalent)


def _of_formula(
    definition: Definition,
    key: str,
    known: Mapping[str, Meaning],
    faults: list[Fault],
    formula: Formula,
) -> Meaning | None:
    meaning, flaws = meaning_of(formula.tree, formula.text, known)
    faults.extend(_fault(definition, key, flaw) for flaw in flaws)
    if meaning is not None and meaning.is_equivalent and definition.system.is_national:
        what = "uses energy at 等价值, which national indicators refuse (rules C.1)"
        flaw = Flaw(what, "use energy.comprehensive, which is at 当量值")
        faults.append(_fault(definition, key, flaw))
    return meaning


def _compare(
    definition: Definition, declared: Meaning, meaning: Meaning, first: Meaning, faults: list[Fault]
) -> None:
    if meaning.dimension != declared.dimension:
        what = f"comes out in {meaning.unit}, which is no {declared.unit}"
        faults.append(_fault(definition, "unit", Flaw(what, "correct the unit or the formula")))
    if meaning.ledgers != first.ledgers:
        what = f"reads {meaning.ledger_names} in one formula, {first.ledger_names} in another"
        cure = "make an indicator for each ledger"
        faults.append(_fault(definition, "readings", Flaw(what, cure)))


def _check_size(definition: Definition, known: Mapping[str, Meaning], faults: list[Fault]) -> None:
    name = definition.targets.size_input
    if name is None:
        return
    if name not in known or name.startswith((INDICATOR, TARGET)):
        flaw = Flaw(f"is {name!r}, which is no known input", nearest(name, sorted(known)))
        faults.append(_fault(definition, "size", flaw))
    elif known[name].dimension != dimension_of(SIZE_UNIT):
        flaw = Flaw(f"is {name} in {known[name].unit}", f"name an input in {SIZE_UNIT}")
        faults.append(_fault(definition, "size", flaw))


def _fault(definition: Definition, key: str, flaw: Flaw) -> Fault:
    return Fault(definition.id, definition.version, key, flaw.what, flaw.cure)

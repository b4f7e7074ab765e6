"""Indicator files read into a catalogue: words, constants, definitions, identities.

A file may hold any of the five lists (`docs/carbon-indicators.md`). All mistakes of all files are
reported at once, each with file, line, path, value and cure; units and circles among them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeVar, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from services.carbon_accounting.domain.indicators.catalogue import Catalogue
from services.carbon_accounting.domain.indicators.definitions import (
    Definition,
    PeriodKind,
    Reading,
    Side,
    System,
)
from services.carbon_accounting.domain.indicators.editions import Fault
from services.carbon_accounting.domain.indicators.identities import Identity, faults_of
from services.carbon_accounting.domain.indicators.per_product import (
    Product,
    for_products,
    words_of,
)
from services.carbon_accounting.domain.indicators.targets import Direction, Targets
from services.carbon_accounting.domain.indicators.vocabulary import Constant, Vocabulary, Word
from services.carbon_accounting.input_files import indicator_sections as sections
from services.energy.site import Text
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file, section_of

INDICATOR_FILES = tuple(sorted((Path(__file__).parents[1] / "indicators").glob("*.yaml")))
ANY_PRODUCT = Product("any-product", Text("any product", "任一产品"), "t")
"""Patterns are checked with it where a park has told no products."""
T = TypeVar("T")
MOST_BRACKETS = 200
"""Of a draft: each nests deeper, which costs time and depth of the stack."""


class IndicatorMistakes(ValueError):
    """All that is wrong in indicator files; `lines` has one a mistake: `file:line: path: …`."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = tuple(lines)


@dataclass(frozen=True, slots=True)
class IndicatorBook:
    """What the files say. In the catalogue patterns have become an indicator for each product;
    `written` are the definitions as they stand.
    """

    catalogue: Catalogue
    identities: tuple[Identity, ...]
    products: tuple[Product, ...]
    written: tuple[Definition, ...]


@dataclass
class _Found:
    """What was read so far, each with the section it stands in."""

    words: list[tuple[Word, Section]] = field(default_factory=list)
    constants: list[tuple[Constant, Section]] = field(default_factory=list)
    products: list[tuple[Product, Section]] = field(default_factory=list)
    definitions: list[tuple[Definition, Section]] = field(default_factory=list)
    identities: list[tuple[Identity, Section]] = field(default_factory=list)


def read_indicators(
    paths: Sequence[Path] = INDICATOR_FILES,
    products: Sequence[Product] = (),
    points: Sequence[Word] = (),
) -> IndicatorBook:
    """Return the book of these files for a park that makes these products and has these points.

    Products may stand in the files too; the park's own words are added to those of the files.
    IndicatorMistakes lists everything that is wrong in any of them.
    """
    mistakes: dict[Path, list[Mistake]] = {path: [] for path in paths}
    found = _Found()
    for path in paths:
        if (top := open_file(path, mistakes[path])) is not None:
            _read(top, found)
    _report_repeated(found)
    made = (*(product for product, _ in found.products), *products)
    if not any(mistakes.values()):
        _report_faults(_book(found, made or (ANY_PRODUCT,), points), found)
    if lines := [f"{path.name}:{_told(one)}" for path in paths for one in sorted(mistakes[path])]:
        raise IndicatorMistakes(lines)
    return _book(found, made, points)


def read_draft(text: str) -> Definition:
    """Return the one definition of a text, as it would stand as an item under `indicators`.

    IndicatorMistakes lists all that is wrong with its keys; formulas are checked by whoever tries
    or publishes it.
    """
    mistakes: list[Mistake] = []
    draft = WRONG
    try:
        if sum(map(text.count, "[{")) > MOST_BRACKETS:
            raise YAMLError(f"more than {MOST_BRACKETS} brackets")
        node = YAML(typ="safe", pure=True).compose(text)
    except RecursionError:
        mistakes.append(Mistake(1, "", "is nested too deeply", "write it as the examples are"))
    except YAMLError as mistake:
        what = f"is not YAML: {str(mistake).splitlines()[0]}"
        mistakes.append(Mistake(1, "", what, "check brackets, quotes and indentation"))
    else:
        if node is None:
            mistakes.append(Mistake(1, "", "is empty", "write id, version, name and so on"))
        else:
            draft = sections.definition(section_of(node, "", mistakes))
    if mistakes:
        raise IndicatorMistakes([f"draft:{_told(one)}" for one in sorted(mistakes)])
    return cast(Definition, draft)


def stand_in_for(text: str) -> Definition | None:
    """Return a draft that cannot be read with its unit and formulas alone, None without them.

    What is wrong with these can be told then beside all else.
    """
    if sum(map(text.count, "[{")) > MOST_BRACKETS:
        return None
    try:
        node = YAML(typ="safe", pure=True).compose(text)
    except (RecursionError, YAMLError):
        return None
    at = section_of(node, "", []) if node is not None else None
    unit, formula = (None, None) if at is None else (at.scalar("unit"), at.scalar("formula"))
    if at is None or not unit or not formula:
        return None
    told = [(one.scalar("side"), one.scalar("formula")) for one in at.may_sections("readings")]
    sides = {Side(side): text for side, text in told if side and side in {*Side} and text}
    name = at.scalar("id") or "draft"
    return Definition(
        *(name, 1, System.PARK, Text(name, name), unit, formula),
        targets=Targets(Direction.AT_MOST, ()),
        periods=(PeriodKind.MONTH,),
        trust="D",
        source=name,
        valid_from=date.max,
        readings=tuple(Reading(side, text, Text(side, side)) for side, text in sides.items()),
    )


def _read(top: Section, found: _Found) -> None:
    _each(top, "inputs", sections.word, found.words)
    _each(top, "constants", sections.constant, found.constants)
    _each(top, "products", sections.product, found.products)
    _each(top, "indicators", sections.definition, found.definitions)
    _each(top, "identities", sections.identity, found.identities)
    top.close()


def _each(
    top: Section, key: str, read: Callable[[Section], T], kept: list[tuple[T, Section]]
) -> None:
    for section in top.may_sections(key):
        one = read(section)
        if one is not WRONG:
            kept.append((one, section))


def _book(found: _Found, products: Sequence[Product], points: Sequence[Word]) -> IndicatorBook:
    of_products = [word for product in products for word in words_of(product)]
    words = [word for word, _ in found.words]
    vocabulary = Vocabulary.of((*words, *of_products, *points), [one for one, _ in found.constants])
    written = tuple(one for one, _ in found.definitions)
    catalogue = Catalogue(for_products(written, products), vocabulary)
    identities = tuple(one for one, _ in found.identities)
    return IndicatorBook(catalogue, identities, tuple(products), written)


def _report_repeated(found: _Found) -> None:
    """Report every name that stands twice, in whichever files."""
    named = [(word.name, section) for word, section in found.words]
    named += [(constant.name, section) for constant, section in found.constants]
    named += [(f"production.{one.id}", section) for one, section in found.products]
    named += [(f"{one.id} version {one.version}", at) for one, at in found.definitions]
    named += [(one.id, section) for one, section in found.identities]
    seen: set[str] = set()
    for name, section in named:
        if name in seen:
            section.wrong("id", f"is {name!r} a second time", "keep one of the two")
        seen.add(name)


def _report_faults(book: IndicatorBook, found: _Found) -> None:
    """Report what is wrong among the definitions in the lines they stand in."""
    vocabulary = book.catalogue.vocabulary
    for fault in book.catalogue.faults():
        _report(fault, _section_of(fault, found))
    for identity, section in found.identities:
        for fault in faults_of(identity, vocabulary):
            _report(fault, section)


def _report(fault: Fault, section: Section) -> None:
    """Report a fault at its key; that of a reading in the reading's own item."""
    for one in section.may_sections("readings"):
        if one.scalar("side") == fault.key:
            return one.wrong("formula", fault.what, fault.cure)
    return section.wrong(fault.key, fault.what, fault.cure)


def _section_of(fault: Fault, found: _Found) -> Section:
    """Return where a definition stands; one made of a pattern stands where the pattern does."""
    versions = [both for both in found.definitions if both[0].version == fault.version]
    for is_it in (_is_written, _is_made):
        for one, section in versions:
            if is_it(fault.indicator_id, one.id):
                return section
    raise LookupError(f"{fault} is of no definition in the files")


def _is_written(indicator_id: str, written: str) -> bool:
    return indicator_id == written


def _is_made(indicator_id: str, written: str) -> bool:
    head, pattern, tail = written.partition("{product}")
    return bool(pattern) and indicator_id.startswith(head) and indicator_id.endswith(tail)


def _told(mistake: Mistake) -> str:
    where = f"{mistake.path}: " if mistake.path else ""
    return f"{mistake.line}: {where}{mistake.what} - {mistake.cure}"

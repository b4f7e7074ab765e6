"""One mapping of an indicator file as a word, a constant, a definition or an identity."""

import re
from collections.abc import Callable, Iterable
from datetime import date
from enum import Enum
from fractions import Fraction
from typing import TypeVar, cast

from services.carbon_accounting.domain.factors import TRUST
from services.carbon_accounting.domain.indicators.definitions import (
    Definition,
    PeriodKind,
    Reading,
    Side,
    System,
)
from services.carbon_accounting.domain.indicators.identities import Identity
from services.carbon_accounting.domain.indicators.per_product import PRODUCT, Product
from services.carbon_accounting.domain.indicators.targets import Direction, Target, Targets
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.indicators.vocabulary import Constant, Word
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.units import NotAUnit, unit
from services.carbon_accounting.input_files.usual_numbers import usual_number
from services.energy.site import Text
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    Misread,
    Reader,
    above_zero,
    decimal,
    nearest,
    not_negative,
    one_of,
    plain_text,
    whole,
    yes_or_no,
)

T = TypeVar("T")
E = TypeVar("E", bound=Enum)
OUR_HEADS = (
    "ledger",
    "indicator",
    "target",
    "constant",
    "production",
    "product_energy",
    "product_emissions",
)
NAME = re.compile(r"[^\s'\"]+")
LEDGERS = {ledger.key: ledger for ledger in Ledger}


def word(section: Section) -> Word:
    """Return an input by name."""
    return section.build(
        Word,
        name=section.need("id", input_name),
        unit=section.need("unit", unit_text),
        says=text(section, "says"),
        adds_up=section.may("adds_up", yes_or_no, True),
        ledger=section.may("ledger", ledger, None),
        is_equivalent=section.may("equivalent_value", yes_or_no, False),
    )


def constant(section: Section) -> Constant:
    """Return a number of a rule."""
    amount = section.build_open(
        Amount, value=section.need("value", exact), unit=section.need("unit", unit_text)
    )
    return section.build(
        Constant,
        name=section.need("id", constant_name),
        amount=amount,
        says=text(section, "says"),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
        ledger=section.may("ledger", ledger, None),
    )


def definition(section: Section) -> Definition:
    """Return a version of an indicator; its formulas and unit are checked later, all together."""
    return checked(
        section,
        Definition,
        id=section.need("id", plain_text),
        version=section.need("version", whole),
        system=section.need("system", member_of(System)),
        names=text(section, "name"),
        unit=section.need("unit", plain_text),
        formula=section.need("formula", plain_text),
        readings=every(reading(one) for one in section.may_sections("readings")),
        targets=targets(section),
        periods=section.each("periods", member_of(PeriodKind)),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
        valid_from=section.need("valid_from", day),
        unverified_because=section.may("unverified_because", plain_text, ""),
        for_each=section.may("for_each", one_of(PRODUCT), ""),
        grade=section.may("grade", whole, None),
        may_not_apply=section.may("may_not_apply", yes_or_no, False),
    )


def reading(section: Section) -> Reading:
    """Return a way to read an open rule."""
    return section.build(
        Reading,
        side=section.need("side", member_of(Side)),
        formula=section.need("formula", plain_text),
        says=text(section, "says"),
    )


def targets(section: Section) -> Targets:
    """Return the targets of an indicator; none at all is allowed."""
    return section.build_open(
        Targets,
        direction=section.need("direction", member_of(Direction)),
        all=every(target(one) for one in section.may_sections("targets")),
        size_input=section.may("size", plain_text, None),
    )


def target(section: Section) -> Target:
    """Return a limit of a class."""
    return checked(
        section,
        Target,
        limit=section.need("limit", exact),
        says=text(section, "says"),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
        size_from=section.may("size_from", exact, None),
        size_below=section.may("size_below", exact, None),
        from_year=section.may("from_year", whole, None),
        confirm=section.may("confirm", plain_text, ""),
    )


def identity(section: Section) -> Identity:
    """Return a check that several formulas agree."""
    return checked(
        section,
        Identity,
        id=section.need("id", plain_text),
        names=text(section, "name"),
        unit=section.need("unit", unit_text),
        sides=section.each("sides", plain_text),
        tolerance=section.need("tolerance", not_negative(exact)),
        tolerance_share=section.need("tolerance_share", not_negative(exact)),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
    )


def product(section: Section) -> Product:
    """Return what a park makes, with the limits of its energy-quota standard, if it has one."""
    limits = every(grade_limit(one) for one in section.may_sections("limits"))
    if limits is not WRONG and len(dict(limits)) < len(limits):
        section.wrong("limits", "names a grade twice", "keep one limit a grade")
    return checked(
        section,
        Product,
        id=section.need("id", plain_text),
        names=text(section, "name"),
        unit=section.need("unit", unit_text),
        limits=limits if limits is WRONG else dict(limits),
    )


def grade_limit(section: Section) -> tuple[int, Target]:
    """Return a grade, 1 the best, with its limit in kgce per unit of the product."""
    grade = section.need("grade", above_zero(whole))
    limit = section.build(
        Target,
        limit=section.need("kgce", above_zero(exact)),
        says=Text(f"grade {grade}", f"{grade}级"),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
    )
    return cast("tuple[int, Target]", WRONG) if WRONG in (grade, limit) else (grade, limit)


def text(section: Section, key: str) -> Text:
    """Return a text in both languages."""
    both = section.section(key)
    return both.build(Text, en=both.need("en", plain_text), zh=both.need("zh", plain_text))


def checked(section: Section, kind: Callable[..., T], /, **values: object) -> T:
    """Return what is built of the values; what it refuses is a mistake of the section."""
    try:
        return section.build(kind, **values)
    except ValueError as refusal:
        section.wrong("id", str(refusal), "correct it in this item")
        return cast(T, WRONG)


def every(items: Iterable[T]) -> tuple[T, ...]:
    """Return the items; WRONG as a whole when one of them is."""
    found = tuple(items)
    return cast("tuple[T, ...]", WRONG) if any(one is WRONG for one in found) else found


def exact(written: str) -> Fraction:
    """Return a decimal number exactly."""
    decimal(written)
    if (number := usual_number(written.strip())) is None:
        raise Misread("is beyond all measure", "write a number from 1e-30 to 1e30")
    return number


def unit_text(written: str) -> str:
    """Return a unit as it is written."""
    try:
        unit(written)
    except NotAUnit as mistake:
        raise Misread("is no unit", str(mistake).partition("; ")[2]) from None
    return written


def input_name(written: str) -> str:
    """Return an input's name; names that we give ourselves cannot be declared anew."""
    if written.partition(".")[0] in OUR_HEADS or not NAME.fullmatch(written):
        raise Misread("is no name for an input", f"begin with none of {', '.join(OUR_HEADS)}")
    return written


def constant_name(written: str) -> str:
    """Return a constant's name."""
    if not written.startswith("constant.") or not NAME.fullmatch(written):
        raise Misread("is no name for a constant", "write constant. and a name")
    return written


def day(written: str) -> date:
    """Return a local day."""
    try:
        return date.fromisoformat(written)
    except ValueError:
        raise Misread("is no day", "write it like 2026-01-01") from None


def ledger(written: str) -> Ledger:
    """Return the ledger of a key."""
    if written not in LEDGERS:
        raise Misread("is no ledger", nearest(written, list(LEDGERS)))
    return LEDGERS[written]


def member_of(kind: type[E]) -> Reader[E]:
    """Return a reader of an enumeration's words."""
    by_word = {str(member.value): member for member in kind}

    def read(written: str) -> E:
        return by_word[one_of(*by_word)(written)]

    return read

"""The coefficients of comprehensive energy read from `audit/coal_equivalents.yaml` (rules C.1)."""

from pathlib import Path

from services.carbon_accounting.domain.auditing.coal_equivalents import (
    CoalEquivalent,
    CoalEquivalents,
)
from services.carbon_accounting.domain.factors import TRUST
from services.carbon_accounting.indicator_import import IndicatorMistakes
from services.carbon_accounting.indicator_sections import checked, exact, unit_text
from services.runtime.park_file_sections import WRONG, Mistake, Section, open_file
from services.runtime.park_file_values import above_zero, identifier, one_of, plain_text

COAL_EQUIVALENTS = Path(__file__).parent / "audit" / "coal_equivalents.yaml"


def read_coal_equivalents(path: Path = COAL_EQUIVALENTS) -> CoalEquivalents:
    """Return the coefficients; IndicatorMistakes lists all that is wrong in the file."""
    mistakes: list[Mistake] = []
    found: dict[str, CoalEquivalent] = {}
    if (top := open_file(path, mistakes)) is not None:
        for section in top.sections("coefficients"):
            _keep(_coefficient(section), section, found)
        top.close()
    if mistakes:
        raise IndicatorMistakes([f"{path.name}: {one}" for one in sorted(mistakes)])
    return CoalEquivalents(found.values())


def _keep(one: CoalEquivalent, section: Section, found: dict[str, CoalEquivalent]) -> None:
    if one is WRONG:
        return
    if one.carrier in found:
        section.wrong("carrier", f"is {one.carrier!r} a second time", "keep one of the two")
    found.setdefault(one.carrier, one)


def _coefficient(section: Section) -> CoalEquivalent:
    return checked(
        section,
        CoalEquivalent,
        carrier=section.need("carrier", identifier),
        unit=section.need("unit", unit_text),
        kgce=section.may("kgce", above_zero(exact), None),
        equivalent_kgce=section.may("equivalent_kgce", above_zero(exact), None),
        trust=section.need("trust", one_of(*sorted(TRUST))),
        source=section.need("source", plain_text),
    )

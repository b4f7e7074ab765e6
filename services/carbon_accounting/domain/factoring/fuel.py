"""A fuel's factor out of its parts: NCV x CC x OF x 44/12 (rules C.2) or NCV x EF x OF (C.3)."""

from fractions import Fraction

from services.carbon_accounting.domain.factoring.exact import Amounts, scaled
from services.carbon_accounting.domain.factoring.factor import (
    Factor,
    FuelParts,
    crossing,
    known_ratio,
)

CO2_PER_CARBON = Fraction(44, 12)
"""Mass of CO2 from a mass of carbon, as the China guidelines write it."""
ENERGY = "Wh"


class MissingEquipment(ValueError):
    """A solid fuel without the equipment that burns it: its oxidation depends on it."""


def parts_of(factor: Factor) -> FuelParts:
    """Return the parts; ValueError when the factor is no fuel's."""
    if factor.parts is None:
        raise ValueError(f"factor {factor.id} has no ncv: {factor.quantity} is no fuel")
    return factor.parts


def oxidation_of(factor: Factor, by_equipment: Fraction | None) -> Fraction:
    """Return the share of carbon that burns; MissingEquipment when it is stated nowhere."""
    stated = parts_of(factor).oxidation
    if stated is not None:
        return stated
    if by_equipment is None:
        raise MissingEquipment(
            f"{factor.quantity} in ledger {factor.ledger.key} needs equipment: its oxidation "
            "depends on it; give kiln, utility-boiler or industrial-boiler"
        )
    return by_equipment


def ng_per_joule(factor: Factor, oxidation: Fraction) -> Fraction:
    """Return exact ng of CO2 per J of net heat: CC x 44/12 x OF, or the stated EF x OF."""
    carbon = parts_of(factor).carbon_t_per_gj
    if carbon is None:
        return factor.per("J") * oxidation
    return carbon * CO2_PER_CARBON * known_ratio("tCO2/GJ", "ngCO2/J") * oxidation


def default_ng_per(factor: Factor, base: str, oxidation: Fraction) -> int:
    """Return whole ng per `base` with the default NCV; energy needs none. Rounded once."""
    per_joule = ng_per_joule(factor, oxidation)
    if base == ENERGY:
        return round(per_joule * known_ratio(ENERGY, "J"))
    parts = parts_of(factor)
    return round(per_joule * parts.ncv * crossing(parts.ncv_unit, f"J/{base}", factor))


def measured_ng_per(factor: Factor, ncv: Amounts, oxidation: Fraction, subject: str) -> Amounts:
    """Return whole ng per base unit for a measured NCV, one or one for each interval.

    `ncv` in whole J per base unit, which is kJ/kg of a solid or liquid and kJ/Nm3 of a gas.
    """
    return scaled(ncv, ng_per_joule(factor, oxidation), subject)


def contradiction(factor: Factor) -> str:
    """Return how the stated value differs from its stated parts by more than rounding, or ''.

    It is told and never repaired (rules §G, last paragraph).
    """
    parts = factor.parts
    if factor.value is None or not parts or None in (parts.carbon_t_per_gj, parts.oxidation):
        return ""
    base = factor.unit.partition("/")[2]
    made = ng_per_joule(factor, oxidation_of(factor, None)) * parts.ncv
    made = made * crossing(parts.ncv_unit, f"J/{base}", factor)
    made = made / crossing(factor.unit, f"ngCO2/{base}", factor)
    if abs(made - factor.value) <= Fraction(1, 2 * 10**factor.digits):
        return ""
    return (
        f"{factor.quantity}: states {float(factor.value):g} {factor.unit}, but NCV x CC x OF x "
        f"44/12 of its parts is {float(made):.6g}; the parts are used, correct the row"
    )

"""Energy per unit of product against the grades of its mandatory quota (rules A.3 (2), C.7)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.auditing.coal_equivalents import Calorific
from services.carbon_accounting.domain.indicators.per_product import Product
from services.carbon_accounting.domain.indicators.values import Amount

REQUIRED_GRADE = 2
KG_PER_T = 1000


@dataclass(frozen=True, slots=True)
class Graded:
    """What a unit of product takes. `grade` is the best one reached, None: beyond all of them."""

    product: Product
    kgce_per_unit: Fraction
    grade: int | None

    @property
    def is_good_enough(self) -> bool:
        """Whether it reaches grade 2 or better."""
        return self.grade is not None and self.grade <= REQUIRED_GRADE


@dataclass(frozen=True, slots=True)
class Ungraded:
    """A product without a grade and why; `kgce_per_unit` where it can be computed all the same."""

    product: Product
    why: str
    kgce_per_unit: Fraction | None = None


Grading = Graded | Ungraded


def graded(product: Product, energy: Calorific | None, output: Fraction | None) -> Grading:
    """Return the grade of a product: its energy over its output, in kgce per unit."""
    if energy is None or output is None:
        lacking = "energy" if energy is None else "output"
        return Ungraded(product, f"its {lacking} is not known")
    if output <= 0:
        return Ungraded(product, "none was made")
    kgce = energy.tce * KG_PER_T / output
    if not product.limits:
        return Ungraded(product, "no mandatory energy-quota standard: explain", kgce)
    reached = [grade for grade, one in product.limits.items() if kgce <= one.limit]
    return Graded(product, kgce, min(reached, default=None))


def graded_counts(gradings: Iterable[Grading]) -> Mapping[str, Amount]:
    """Return the inputs of the national indicator; a product without a standard is in neither.

    Nothing is returned while a product that has a standard could not be graded.
    """
    found = [one for one in gradings if one.product.limits]
    judged = [one for one in found if isinstance(one, Graded)]
    if len(judged) < len(found):
        return {}
    good = sum(one.is_good_enough for one in judged)
    return {
        "products.with_limit": Amount(Fraction(len(judged)), "pcs"),
        "products.at_grade_2": Amount(Fraction(good), "pcs"),
    }

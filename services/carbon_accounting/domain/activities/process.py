"""Process emissions of carbonates and oxides: mass x content x factor x conversion (rules C.3)."""

from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.activities.basis import Activity, Basis, Made, booked, told
from services.carbon_accounting.domain.activities.line import Category, Line
from services.carbon_accounting.domain.factoring.exact import Amounts

MASS = "g"
WHOLE = Fraction(1)


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """A material that gives off CO2: `substance` (CaCO3, CaO …) is a share `content` of its mass.

    `conversion` is the share that reacts; all of it unless measured (E.4.1: CF).
    """

    meter: str
    substance: str
    content: Fraction = WHOLE
    conversion: Fraction = WHOLE

    def __post_init__(self) -> None:
        for name, share in (("content", self.content), ("conversion", self.conversion)):
            if not 0 <= share <= 1:
                raise ValueError(f"{self.meter}: {name} {share} must be a share from 0 to 1")


@told
def process(use: ProcessUse, mass_g: Amounts, basis: Basis) -> Line:
    """Return the CO2 of a material, e.g. clinker of 65 % CaO: 0.65 x 0.785 = 0.51025 t/t."""
    basis.require(Category.PROCESS, "CO2", use.meter)
    factor = basis.factor(use.substance, use.meter)
    per_g = round(factor.per(MASS) * use.content * use.conversion)
    method = (
        f"content {float(use.content):g} x {factor.shown} x conversion {float(use.conversion):g}"
    )
    name = f"process:{use.substance}"
    activity = Activity(use.meter, name, Category.PROCESS, "CO2", mass_g, MASS)
    return booked(activity, Made(per_g, (factor,), method), basis)

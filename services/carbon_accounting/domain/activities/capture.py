"""CO2 captured: a line of its own with negative emissions, in no total, never netted silently."""

from services.carbon_accounting.domain.activities.basis import Activity, Basis, Made, booked, told
from services.carbon_accounting.domain.activities.line import Category, Line
from services.carbon_accounting.domain.factoring.exact import Amounts


@told
def capture(meter: str, mass_g: Amounts, basis: Basis) -> Line:
    """Return captured CO2 as negative emissions; `mass_g` is positive and of CO2 alone."""
    factor = basis.factor("captured-co2", meter)
    made = Made(factor.ng_per("g"), (factor,), "mass of CO2 captured")
    activity = Activity(meter, "capture:CO2", Category.CAPTURE, "CO2", mass_g, "g")
    return booked(activity, made, basis)

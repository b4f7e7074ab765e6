"""CO2 of the carbon that went into a plant and did not come out (rules E.4.1, mass balance).

Em = Σ mass x carbon content x 3.664, with what leaves negative; each stream is a line of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from services.carbon_accounting.domain.activities.basis import (
    Activity,
    Basis,
    Made,
    Unbooked,
    booked,
    told,
)
from services.carbon_accounting.domain.activities.line import Category, Line, OpenItem, OpenKind
from services.carbon_accounting.domain.factoring.exact import Amounts


@dataclass(frozen=True, slots=True, eq=False)
class CarbonStream:
    """A material that brings carbon in, or takes it out when it `leaves`; both masses positive.

    `content` is the measured share of carbon; None takes the default of `material`.
    """

    meter: str
    material: str
    mass_g: Amounts
    leaves: bool
    content: Fraction | None = None

    def __post_init__(self) -> None:
        if self.content is not None and not 0 <= self.content <= 1:
            raise ValueError(f"{self.meter}: content {self.content} must be a share from 0 to 1")


@told
def carbon_balance(plant: str, streams: Sequence[CarbonStream], basis: Basis) -> tuple[Line, ...]:
    """Return a line for each stream, negative for what leaves, together at least 0.

    When more carbon leaves than came in, all of it is one open item that names the streams. What is
    unknown of a stream is left out of that check and stays unknown in its line.
    """
    basis.require(Category.PROCESS, "CO2", plant)
    lines = tuple(_line(stream, basis) for stream in streams)
    total = sum(line.total_ng for line in lines)
    if total < 0:
        parts = ", ".join(f"{line.activity} {line.total_ng} ng" for line in lines)
        message = (
            f"carbon balance of {plant} is {total} ng CO2 ({parts}): more leaves than came; "
            "correct the stream that is wrong"
        )
        ledger = basis.boundary.ledger
        raise Unbooked(OpenItem(OpenKind.NEGATIVE_BALANCE, ledger, plant, message))
    return lines


def _line(stream: CarbonStream, basis: Basis) -> Line:
    to_co2 = basis.factor("carbon-to-co2", stream.meter)
    default = None
    if stream.content is None:
        default = basis.factor(f"carbon-content:{stream.material}", stream.meter)
    content = default.stated() if default else stream.content or Fraction(0)
    used = (default, to_co2) if default else (to_co2,)
    how = "" if default else ", measured"
    method = f"mass x carbon {float(content):g} t/t{how} x {to_co2.shown}"
    way = "out" if stream.leaves else "in"
    name = f"carbon-{way}:{stream.material}"
    activity = Activity(stream.meter, name, Category.PROCESS, "CO2", stream.mass_g, "g")
    line = booked(activity, Made(round(to_co2.per("g") * content), used, method), basis)
    return replace(line, emissions_ng=-line.emissions_ng) if stream.leaves else line

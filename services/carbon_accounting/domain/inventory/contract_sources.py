"""Where the generation of a contract is metered: here, or told from outside; never both.

What a plant of the park (or on a direct line to it) made for self-use is what stayed in the park:
that is traced, so its certificates cover no grid power a second time. What it exported is on-grid,
as is all that is told of devices metered by others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from services.carbon_accounting.domain.certificates.contract_rules import Odd
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy
from services.carbon_accounting.domain.certificates.settlement import Source, Terms
from services.carbon_accounting.domain.inventory.generating import Generation, meters_of
from services.carbon_accounting.domain.inventory.hourly_metering import made_by_hour
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.matching.periods import Periods

KINDS = {
    Technology.SOLAR: "pv",
    Technology.WIND: "wind",
    Technology.HYDRO: "hydro",
    Technology.BIOMASS: "biomass",
}
"""What a park file calls the technologies that it has words for."""


@dataclass
class Sources:
    """Finds the hours of contracts' generation; `found` has those of the terms that were looked up.

    `told` is by device what somebody else metered.
    """

    site: Site
    generation: Generation
    step_us: int
    hours: Periods
    told: Mapping[str, HourlyEnergy]
    found: dict[Source, HourlyEnergy] = field(default_factory=dict)

    def look_up(self, terms: Terms) -> Iterator[Odd]:
        """Find the generation of a contract; yield why there is none."""
        device, told = terms.device, self.told.get(terms.device)
        made = made_by_hour(self.generation, device, terms.use, self.step_us, self.hours)
        if made is not None and told is not None:
            yield "device", device, "is metered here and told from outside too; leave one out"
        elif made is not None:
            yield from _odd_kind(self.site, terms)
            self.found[terms.source] = made
        elif told is not None and terms.use is not Use.ON_GRID:
            yield "use", str(terms.use), "what others meter came over the grid; say on-grid"
        elif told is not None:
            self.found[terms.source] = told
        else:
            cure = "no generation or direct-line meter here is its own; give its generation"
            yield "device", device, cure


def usual_use(site: Site, device: str) -> Use:
    """Return which power of a device a contract means that does not say: here what stayed."""
    return Use.SELF_USE if meters_of(site, device) else Use.ON_GRID


def _odd_kind(site: Site, terms: Terms) -> Iterator[Odd]:
    kinds = {meter.kind or "" for meter in meters_of(site, terms.device)}
    if kinds != {KINDS.get(terms.technology)}:
        cure = f"{terms.device} is metered here as {', '.join(sorted(kinds))}; say what it is"
        yield "technology", str(terms.technology), cure

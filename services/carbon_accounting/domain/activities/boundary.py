"""Which activities and gases belong in which ledger, as one table (rules 0.1(2), A.2, E.4, F)."""

from dataclasses import dataclass, replace
from enum import StrEnum

from services.carbon_accounting.domain.activities.line import Category
from services.carbon_accounting.domain.ledgers import Ledger


class Sector(StrEnum):
    """Sectors whose gases or scopes differ in CBAM and emission trading."""

    CEMENT = "cement"
    STEEL = "steel"
    ALUMINIUM = "aluminium"
    FERTILISER = "fertiliser"
    HYDROGEN = "hydrogen"
    POWER = "power"
    OTHER = "other"


class Gwp(StrEnum):
    """Whose global warming potentials over 100 years are taken (rules C.6, C.3)."""

    AR5 = "ar5"
    AR6 = "ar6"
    CBAM = "cbam"


C = Category
BURNT = frozenset({C.STATIONARY_COMBUSTION, C.MOBILE_COMBUSTION})
BOUGHT = frozenset({C.PURCHASED_ELECTRICITY, C.PURCHASED_HEAT})
BESIDE = frozenset({C.BIOGENIC, C.CAPTURE})
"""What is booked as lines of its own in every ledger and is in no total."""
CO2 = frozenset({"CO2"})
PFC = frozenset({"CF4", "C2F6"})
IPCC = (Gwp.AR5, Gwp.AR6)


@dataclass(frozen=True, slots=True)
class Boundary:
    """What a ledger counts. `gases` None is every greenhouse gas.

    `doubts` make every line of it unverified; `doubt_outside` is told with mobile machinery that
    it leaves out; `gaps` are what belongs in it and has no rule or factor yet.
    """

    ledger: Ledger
    categories: frozenset[Category]
    gases: frozenset[str] | None
    gwp: tuple[Gwp, ...] = ()
    doubts: tuple[str, ...] = ()
    doubt_outside: str = ""
    gaps: tuple[str, ...] = ()

    def counts(self, category: Category, gas: str) -> bool:
        """Whether emissions of this kind and gas go into the ledger's totals.

        A factor of the ledger's own in CO2e counts (import keeps it out of park acceptance).
        """
        if category not in self.categories:
            return False
        return self.gases is None or gas in self.gases or gas == "CO2e"

    def books(self, category: Category, gas: str) -> bool:
        """Whether a line is made at all: counted, or told beside the totals."""
        return category in BESIDE or self.counts(category, gas)


ALL = BURNT | BOUGHT | {C.PROCESS, C.FUGITIVE}
MOBILE_LEFT_OUT = "; mobile machinery: not read in the annexes (M)"
ETS_SCOPE = "emission_trading: gases and scopes by sector are known but not read (M)"
NO_CH4_N2O = "CH4 and N2O of combustion: no factor in the rules (GAP)"
BOUNDARIES = {
    boundary.ledger: boundary
    for boundary in (
        Boundary(
            Ledger.PARK_ACCEPTANCE,
            BURNT | BOUGHT | {C.PROCESS},
            CO2,
            gaps=("exported power and heat: annex 4's terms were not read (A.2, GAP)",),
        ),
        Boundary(Ledger.LOCATION_BASED, ALL, None, IPCC, gaps=(NO_CH4_N2O,)),
        Boundary(Ledger.MARKET_BASED, ALL, None, IPCC, gaps=(NO_CH4_N2O,)),
        Boundary(
            Ledger.PRODUCT_FOOTPRINT,
            ALL,
            None,
            IPCC,
            gaps=("life-cycle factors of fuels, coal, gas, hydro and nuclear power (C.5, GAP)",),
        ),
        Boundary(
            Ledger.CBAM,
            BOUGHT | {C.STATIONARY_COMBUSTION, C.PROCESS},
            CO2,
            (Gwp.CBAM,),
            doubt_outside=MOBILE_LEFT_OUT,
            gaps=("factors from 2026 on and of grid power: annexes not read (E.4.2, GAP)",),
        ),
        Boundary(
            Ledger.EMISSION_TRADING,
            frozenset({C.STATIONARY_COMBUSTION, C.PROCESS}),
            CO2,
            IPCC,
            doubts=(ETS_SCOPE,),
        ),
        Boundary(
            Ledger.BATTERY,
            ALL,
            None,
            IPCC,
            gaps=("rules for electricity and life-cycle factors (E.3, GAP)",),
        ),
    )
}
MORE_GASES = {
    (Ledger.CBAM, Sector.FERTILISER): frozenset({"N2O"}),
    (Ledger.CBAM, Sector.ALUMINIUM): PFC,
    (Ledger.EMISSION_TRADING, Sector.ALUMINIUM): PFC,
}


def boundary_of(
    ledger: Ledger, sector: Sector = Sector.OTHER, *, indirect_in_ets: bool = False
) -> Boundary:
    """Return what a ledger counts for a sector.

    `indirect_in_ets` counts bought power and heat in emission trading too: a switch, as the rule
    is not read (rules F).
    """
    found = BOUNDARIES[ledger]
    if found.gases is not None:
        found = replace(found, gases=found.gases | MORE_GASES.get((ledger, sector), frozenset()))
    if ledger is Ledger.EMISSION_TRADING and indirect_in_ets:
        found = replace(found, categories=found.categories | BOUGHT)
    return found

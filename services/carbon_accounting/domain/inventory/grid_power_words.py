"""The words of grid power: what is booked as such, what certificates cover, at which factor (A.2).

Certificates are told as matched. A word that cannot be known is not there.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from services.carbon_accounting.domain.activities.electricity import GRID_QUANTITY
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.factoring.store import FactorStore, MissingFactor
from services.carbon_accounting.domain.indicators.values import Amount
from services.carbon_accounting.domain.inventory.booking import Inventory
from services.carbon_accounting.domain.inventory.electricity import OPEN_IN_ANNEX_4
from services.carbon_accounting.domain.inventory.rules import NATIONAL
from services.carbon_accounting.domain.inventory.totals import Total
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.tracing.origins import GRID_POWER

PARK, MARKET = Ledger.PARK_ACCEPTANCE, Ledger.MARKET_BASED
FACTOR = "electricity.fossil_power_factor"
NG_PER_WH_IN_KG_PER_KWH, NG_PER_T = 10**9, 10**15


@dataclass(frozen=True, slots=True)
class GridPower:
    """Grid power of some local months. `booked`: ledgers of the park; `whole`: those that lack
    no factor.
    """

    inventory: Inventory
    factors: FactorStore
    booked: Collection[Ledger]
    whole: Collection[Ledger]
    months: Collection[str]

    def amounts(self) -> dict[str, Amount]:
        """Return the words, in Wh, tCO2 and kgCO2/kWh."""
        found = {name: Amount(Fraction(wh), "Wh") for name, wh in self._wh()}
        if self._is_matched(PARK):
            apart_ng = self.inventory.covered.emitted_apart(PARK, self.months)
            found["electricity.unbundled_emissions"] = Amount(Fraction(apart_ng, NG_PER_T), "tCO2")
        if (rate := self._factor()) is not None:
            found[FACTOR] = Amount(rate / NG_PER_WH_IN_KG_PER_KWH, "kgCO2/kWh")
        return found

    def doubts(self) -> dict[str, tuple[str, ...]]:
        """Return why the factor, or how much power is not covered, is doubtful."""
        found: dict[str, tuple[str, ...]] = {}
        if self.inventory.covered.bought_apart(PARK, self.months):
            found["electricity.grid_unmatched"] = (OPEN_IN_ANNEX_4,)
        if whys := self._factor_doubts():
            found[FACTOR] = whys
        return found

    def _factor_doubts(self) -> tuple[str, ...]:
        if self._has_power:
            return tuple(sorted({why for one in self._unmatched() for why in one.unverified}))
        stated = self._stated()
        return stated.doubts if isinstance(stated, Factor) else ()

    def _wh(self) -> Iterator[tuple[str, int]]:
        covered = self.inventory.covered
        if PARK in self.whole:
            yield "electricity.grid_unmatched", sum(total.amount for total in self._unmatched())
        if self._is_matched(PARK):
            apart = covered.bought_apart(PARK, self.months)
            yield "electricity.unbundled_counted", apart
        if self._is_matched(MARKET):
            traded = covered.of(MARKET, self.months)
            yield "electricity.traded_green", traded
            if self._is_matched(PARK):
                left = traded - covered.of(PARK, self.months)
                yield "electricity.unbundled_certificates", left

    def _is_matched(self, ledger: Ledger) -> bool:
        return ledger in self.booked or ledger in self.inventory.covered.matched

    def _factor(self) -> Fraction | None:
        """Return ng a Wh as booked, a mean where several were; without grid power as stated."""
        if self._has_power:
            unmatched = self._unmatched()
            emitted = sum(total.emissions_ng for total in unmatched)
            return Fraction(emitted, sum(total.amount for total in unmatched))
        stated = self._stated()
        return Fraction(stated.ng_per("Wh")) if isinstance(stated, Factor) else None

    @property
    def _has_power(self) -> bool:
        return any(total.amount for total in self._unmatched())

    def _stated(self) -> Factor | MissingFactor:
        day = date.fromisoformat(f"{max(self.months)}-01")
        return self.factors.find(PARK, GRID_QUANTITY[PARK], NATIONAL, day)

    def _unmatched(self) -> list[Total]:
        """Return the park ledger's totals of grid power that no certificate covers."""
        return [
            total
            for key, total in self.inventory.totals.items()
            if key.ledger is PARK and key.month in self.months and key.origin in GRID_POWER
        ]

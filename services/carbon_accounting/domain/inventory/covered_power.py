"""How much grid power certificates cover, as the matching says: of every ledger it was done for.

The matching needs no factor, so this is known where a ledger lacks the factor of the rest.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from services.carbon_accounting.domain.factoring.exact import Whole, exact_sum
from services.carbon_accounting.domain.inventory.electricity import Certificate
from services.carbon_accounting.domain.ledgers import Ledger


@dataclass
class CoveredPower:
    """Wh by (ledger, month, enterprise, whether the certificate was bought apart); `ng`: what they
    emit at the rates that their certificates convey.

    `matched` are the ledgers that were matched, with or without anything to match.
    """

    wh: dict[tuple[Ledger, str, str, bool], int] = field(default_factory=lambda: defaultdict(int))
    ng: dict[tuple[Ledger, str, str, bool], int] = field(default_factory=lambda: defaultdict(int))
    matched: set[Ledger] = field(default_factory=set)

    def add(
        self,
        ledger: Ledger,
        month: str,
        claimed: Mapping[str, Mapping[Certificate, Whole]],
        here: slice,
    ) -> None:
        """Add what a ledger's certificates cover in the intervals of a month."""
        self.matched.add(ledger)
        for enterprise, of_enterprise in claimed.items():
            for certificate, wh in of_enterprise.items():
                key = ledger, month, enterprise, certificate.is_bought_apart
                covered_wh = exact_sum(wh[here])
                self.wh[key] += covered_wh
                self.ng[key] += covered_wh * certificate.rate.ng_per_wh

    def of(self, ledger: Ledger, months: Collection[str]) -> int:
        """Return what certificates cover in these months."""
        return sum(wh for (of, m, *_), wh in self.wh.items() if of is ledger and m in months)

    def bought_apart(self, ledger: Ledger, months: Collection[str]) -> int:
        """Return what of it certificates cover that came without their power."""
        mine = ((of, m, apart, wh) for (of, m, _, apart), wh in self.wh.items())
        return sum(wh for of, m, apart, wh in mine if apart and of is ledger and m in months)

    def emitted_apart(self, ledger: Ledger, months: Collection[str]) -> int:
        """Return what that emits by its certificates, ng."""
        mine = ((of, m, apart, ng) for (of, m, _, apart), ng in self.ng.items())
        return sum(ng for of, m, apart, ng in mine if apart and of is ledger and m in months)

"""Electricity by origin becomes entries, with each ledger's factor for it (rules A.2, D.1).

What came from the grid, from an unknown content of a store, or without any meter counts as grid
power, in each ledger with its own factor. What the park's own wind and sun gave has the factor of
its source. Own plants that burn fuel count 0 here: their fuel is a stream of its own.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.carbon_accounting.domain.activities.basis import Basis
from services.carbon_accounting.domain.activities.electricity import (
    conveyed,
    quantity_of,
    supplied,
)
from services.carbon_accounting.domain.activities.line import (
    FactorRef,
    Line,
    OpenItem,
    OpenKind,
    Outcome,
)
from services.carbon_accounting.domain.factoring.exact import Whole, product
from services.carbon_accounting.domain.inventory.entries import Block, Place, block_of
from services.carbon_accounting.domain.inventory.readings import Mask
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.matching.supply import EmissionRate, is_bought_apart
from services.carbon_accounting.domain.tracing.origins import GRID_POWER, Origin

CARRIER = "electricity"
DIRECT = "direct-line-"
NG_PER_WH_IN_KG_PER_KWH = 10**9
ONE_WH = np.ones(1, np.int64)
OWN_FUELLED = {"fossil": "chp"}
"""Both count 0 here: what they burn is booked as fuel."""
OPEN_IN_ANNEX_4 = "certificates bought apart count here by the park's choice: annex 4 is open (GAP)"


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a claim says of grid power: which attribute it is, and what it conveys to emit."""

    id: str
    rate: EmissionRate

    @property
    def is_bought_apart(self) -> bool:
        """Whether it came without its power."""
        return is_bought_apart(self.rate)


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """Electricity that one meter of one enterprise took from one origin, Wh by interval.

    `activity`: electricity-use, storage-loss or unaccounted-load.
    """

    meter: str
    enterprise: str
    activity: str
    origin: Origin
    wh: Whole
    measured: Mask
    certificate: "Certificate | None" = None

    @property
    def kind(self) -> str:
        """The kind of the origin as factors call it: a direct line's is that of its source."""
        kind = self.origin.kind.removeprefix(DIRECT)
        return OWN_FUELLED.get(kind, kind)

    @property
    def is_grid(self) -> bool:
        """Whether it counts as power of the grid."""
        return self.origin.kind in GRID_POWER

    @property
    def place(self) -> Place:
        """What its entries say beside the activity's line."""
        origin = f"{self.origin.kind}:{self.origin.source}"
        if self.certificate is not None:
            origin = f"certificate:{self.certificate.id}"
        return Place(self.enterprise, CARRIER, self.activity, origin)


def entries_of(
    ledger: Ledger,
    uses: Iterable[Use],
    starts_us: Whole,
    rules: Rules,
    open_items: list[OpenItem],
) -> Iterator[Block]:
    """Yield the entries of uses, one block a use and factor; what cannot be booked: `open_items`.

    What does not belong in the ledger leaves nothing there. Uses of one kind, year of supply and
    certificate are made with the same factors, which are looked up once.
    """
    of_one_wh: dict[tuple[str, int, Certificate | None], list[tuple[slice, Outcome]]] = {}
    for use in uses:
        key = use.kind, use.origin.vintage, use.certificate
        if key not in of_one_wh:
            bases = _bases(ledger, use, starts_us, rules)
            of_one_wh[key] = [(here, _line(use, ONE_WH, basis)) for here, basis in bases]
        for here, outcome in of_one_wh[key]:
            if not use.wh[here].any():
                continue
            if isinstance(outcome, Line):
                line = _of_use(outcome, use, use.wh[here])
                yield block_of(line, use.place, starts_us[here], use.measured[here])
            elif isinstance(outcome, OpenItem):
                open_items.append(replace(outcome, subject=use.meter))


def _of_use(one_wh: Line, use: Use, wh: Whole) -> Line:
    """Return the line of a use, made like that of one Wh."""
    ng_per_wh = int(np.asarray(one_wh.emissions_ng)[0])
    emissions = product(wh, ng_per_wh, use.meter)
    return replace(one_wh, subject=use.meter, amount=wh, emissions_ng=emissions)


def _line(use: Use, wh: Whole, basis: Basis) -> Outcome:
    """Return what a use emits: by its origin, or as its certificate conveys.

    What a certificate covers needs no factor of the rest (D.1).
    """
    line = supplied(use.kind, use.meter, wh, basis)
    if use.certificate is None:
        return line
    rate = use.certificate.rate
    if isinstance(line, OpenItem) and line.kind is OpenKind.MISSING_FACTOR:
        line = conveyed(use.kind, use.meter, wh, rate.ng_per_wh, basis)
    if not isinstance(line, Line):
        return line
    return replace(
        line,
        factors=(FactorRef(_in_books_of(line.ledger, rate.factor_id), 1),),
        method=f"energy x {rate.ng_per_wh / NG_PER_WH_IN_KG_PER_KWH:g} kg/kWh as certified",
        unverified=tuple(_doubts(line.ledger, use.certificate)),
        emissions_ng=product(wh, rate.ng_per_wh, use.meter),
    )


def _doubts(ledger: Ledger, certificate: Certificate) -> Iterator[str]:
    """Yield why what a certificate covers must be shown as unverified (rules A.2, H.6)."""
    if certificate.rate.trust == "M":
        yield f"rate of {certificate.id} is flagged M"
    if ledger is Ledger.PARK_ACCEPTANCE and certificate.is_bought_apart:
        yield OPEN_IN_ANNEX_4


def _in_books_of(ledger: Ledger, factor_id: str) -> str:
    """Return the id of a conveyed rate as this ledger names it: no ledger has another's factors."""
    return f"{ledger.key}/{factor_id.partition('/')[2]}"


def _bases(
    ledger: Ledger, use: Use, starts_us: Whole, rules: Rules
) -> Iterator[tuple[slice, Basis]]:
    """Yield the factors of each stretch of intervals; stored energy has those of its year."""
    quantity = quantity_of(use.kind, ledger)
    if use.origin.vintage:
        yield from rules.bases_of_year(ledger, quantity, starts_us, use.origin.vintage)
    else:
        yield from rules.bases(ledger, (quantity,), starts_us)


def certified(uses: Sequence[Use], claimed: Mapping[Certificate, Whole]) -> Iterator[Use]:
    """Yield the same uses of one enterprise's grid power, parts of them under certificates.

    Certificates are given out over the uses in their order. What they claim beyond the uses is an
    error of matching: ValueError.
    """
    rest = [use.wh.copy() for use in uses]
    for certificate, wh in claimed.items():
        left = wh.copy()
        for use, open_wh in zip(uses, rest, strict=True):
            taken = np.minimum(left, open_wh)
            open_wh -= taken
            left -= taken
            if taken.any():
                yield replace(use, wh=taken, certificate=certificate)
        if left.any():
            raise ValueError(f"{certificate.id} claims {int(left.sum())} Wh that nobody used")
    yield from (replace(use, wh=wh) for use, wh in zip(uses, rest, strict=True) if wh.any())

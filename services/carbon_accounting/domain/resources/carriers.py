"""The metered flows of other resources: totals for indicators, a balance for each node.

Amounts are whole base units: dm3 of water, g of solid waste, Wh of heat, cold and pressure. What is
reused or utilised circulates within the park; a balance counts what enters a node and leaves it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from services.carbon_accounting.domain.auditing.balances import Balance, Flow, Leaving, Outflow
from services.carbon_accounting.domain.indicators.values import Amount


class Carrier(StrEnum):
    """What flows; also the first part of its indicator inputs' names."""

    WATER = "water"
    SOLID_WASTE = "waste"
    HEAT = "heat"
    COLD = "cold"
    PRESSURE = "pressure"

    @property
    def base_unit(self) -> str:
        """The unit its amounts are whole numbers of."""
        return {Carrier.WATER: "dm3", Carrier.SOLID_WASTE: "g"}.get(self, "Wh")


class Role(StrEnum):
    """What a meter of a carrier measures; also the last part of an indicator input's name.

    What is `needed` could be served by what others have left over; it is in no balance.
    """

    INTAKE = "intake"
    REUSED = "reused"
    GENERATED = "generated"
    AVAILABLE = "available"
    UTILISED = "utilised"
    UTILISED_FROM_STOCK = "utilised_from_stock"
    CONSUMED = "consumed"
    DISCHARGED = "discharged"
    LOST = "lost"
    NEEDED = "needed"


INPUTS = {
    Carrier.WATER: (Role.INTAKE, Role.REUSED),
    Carrier.SOLID_WASTE: (Role.GENERATED, Role.UTILISED, Role.UTILISED_FROM_STOCK),
    Carrier.HEAT: (Role.AVAILABLE, Role.UTILISED),
    Carrier.COLD: (Role.AVAILABLE, Role.UTILISED),
    Carrier.PRESSURE: (Role.AVAILABLE, Role.UTILISED),
}
"""What the indicators ask of each carrier."""
ENTERING = frozenset({Role.INTAKE, Role.GENERATED, Role.AVAILABLE})
LEAVING = {
    Role.UTILISED: Leaving.USEFUL,
    Role.CONSUMED: Leaving.USEFUL,
    Role.DISCHARGED: Leaving.DISCHARGED,
    Role.LOST: Leaving.TRANSPORT_LOSS,
}


@dataclass(frozen=True, slots=True)
class Metered:
    """What a meter counted in a period at a node of an enterprise. None: not known."""

    meter: str
    enterprise: str
    node: str
    carrier: Carrier
    role: Role
    amount: int | None


def totals_of(metered: Iterable[Metered]) -> dict[str, Amount]:
    """Return the indicator inputs: `water.intake`, `heat.available` and so on.

    An input of which one meter is unknown, or that no meter measures, is left out: a meter that
    measures nothing says 0.
    """
    flows = list(metered)
    return {
        f"{carrier}.{role}": Amount(total, carrier.base_unit)
        for carrier, roles in INPUTS.items()
        for role in roles
        if (total := _total(flows, carrier, role)) is not None
    }


def balances_of(
    metered: Iterable[Metered], from_stock: dict[tuple[str, Carrier], int | None]
) -> tuple[Balance, ...]:
    """Return a balance for each node and carrier: input + drawn from stock = uses + losses.

    `from_stock` is opening minus closing stock; a node that is not in it keeps none.
    """
    flows = list(metered)
    nodes = dict.fromkeys((flow.node, flow.carrier) for flow in flows)
    return tuple(
        _balance([one for one in flows if (one.node, one.carrier) == key], from_stock.get(key, 0))
        for key in nodes
    )


def _total(flows: Sequence[Metered], carrier: Carrier, role: Role) -> Fraction | None:
    amounts = [one.amount for one in flows if (one.carrier, one.role) == (carrier, role)]
    known = [amount for amount in amounts if amount is not None]
    return Fraction(sum(known)) if amounts and len(known) == len(amounts) else None


def _balance(flows: Sequence[Metered], from_stock: int | None) -> Balance:
    carrier = flows[0].carrier
    return Balance(
        node=f"{flows[0].node} ({carrier})",
        unit=carrier.base_unit,
        inputs=tuple(Flow(one.meter, one.amount) for one in flows if one.role in ENTERING),
        outflows=tuple(
            Outflow(LEAVING[one.role], Flow(one.meter, one.amount))
            for one in flows
            if one.role in LEAVING
        ),
        from_stock=from_stock,
    )

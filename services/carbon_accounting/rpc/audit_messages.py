"""Findings of the energy audit as messages."""

from collections.abc import Iterable, Iterator
from fractions import Fraction

from parkflow.carbon.v1 import audit_pb2 as wire
from services.carbon_accounting.domain.auditing.balances import (
    Closed,
    Finding,
    Flow,
    Tolerance,
    Unclosed,
    judged,
)
from services.carbon_accounting.domain.auditing.comprehensive import Comprehensive, Lacking, Line
from services.carbon_accounting.domain.auditing.grades import Graded
from services.carbon_accounting.domain.inventory.meters_collected import collection
from services.carbon_accounting.domain.inventory.node_balances import OfMonth
from services.carbon_accounting.domain.inventory.product_words import ProductUse
from services.carbon_accounting.domain.inventory.site import Site

NO_STANDARD = "the park file names no standard for its limit"


def balance_message(one: OfMonth, tolerance: Tolerance) -> wire.NodeBalance:
    """Return a balance with its finding; what is undecided has no gap."""
    found, balance = judged(one.balance, tolerance), one.balance
    message = wire.NodeBalance(
        month=one.month,
        node=balance.node,
        unit=balance.unit,
        came_in=_sum(balance.inputs),
        from_stock=balance.from_stock,
        went_out=_sum(out.flow for out in balance.outflows),
        unknown_interval_count=one.unknown,
    )
    _tell(message, found)
    return message


def _tell(message: wire.NodeBalance, found: Finding) -> None:
    if isinstance(found, Closed | Unclosed):
        message.gap, message.allowed = found.gap, found.allowed
        message.finding = wire.BALANCE_FINDING_CLOSED
        if isinstance(found, Unclosed):
            message.finding, message.what = wire.BALANCE_FINDING_UNCLOSED, str(found)
        return
    message.finding = wire.BALANCE_FINDING_UNDECIDED
    message.what = f"not known: {', '.join(sorted(found.lacking))}"


def _sum(flows: Iterable[Flow]) -> int | None:
    amounts = [flow.amount for flow in flows]
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def line_messages(month: str, found: Comprehensive) -> Iterator[wire.EnergyLine]:
    """Yield each stream in tce, then those that could not be counted."""
    for line in found.lines:
        yield _line(month, line)
    for one in found.lacking:
        yield _lacking(month, one)


def _line(month: str, line: Line) -> wire.EnergyLine:
    stream, equivalent = line.stream, line.equivalent
    return wire.EnergyLine(
        month=month,
        stream=stream.name,
        carrier=stream.carrier,
        amount=stream.amount,
        unit=stream.unit,
        energy_tce=float(line.calorific.tce),
        equivalent_tce=None if equivalent is None else float(equivalent.tce),
        coefficient=line.coal.method,
        unverified=line.unverified,
    )


def _lacking(month: str, one: Lacking) -> wire.EnergyLine:
    stream = one.stream
    return wire.EnergyLine(
        month=month,
        stream=stream.name,
        carrier=stream.carrier,
        amount=stream.amount,
        unit=stream.unit,
        lacking=one.why,
    )


def total_message(month: str, found: Comprehensive) -> wire.EnergyTotal:
    """Return the energy of a month, or of all of them."""
    calorific, equivalent = found.calorific, found.equivalent
    return wire.EnergyTotal(
        month=month,
        energy_tce=None if calorific is None else float(calorific.tce),
        equivalent_tce=None if equivalent is None else float(equivalent.tce),
        unverified=found.unverified,
        lacking=[one.stream.name for one in found.lacking],
    )


def product_message(use: ProductUse) -> wire.UnitConsumption:
    """Return what a unit of a product takes, against its limit."""
    grading, product = use.grading, use.product
    verdict, why = wire.UNIT_VERDICT_UNGRADED, use.why
    if isinstance(grading, Graded):
        good, beyond = wire.UNIT_VERDICT_WITHIN_GRADE_2, wire.UNIT_VERDICT_BEYOND_GRADE_2
        verdict = good if grading.is_good_enough else beyond
    else:
        why = why or grading.why
    limit = product.grade_2_kgce_per_unit
    doubts = (*use.doubts, *((NO_STANDARD,) if limit and not product.grade_2_source else ()))
    return wire.UnitConsumption(
        product=product.id,
        enterprise=product.enterprise,
        made=_float(use.made),
        unit=product.unit,
        energy_share=_float(use.share),
        energy_tce=_float(use.energy.tce if use.energy else None),
        kgce_per_unit=_float(grading.kgce_per_unit),
        limit_kgce_per_unit=None if limit is None else float(limit),
        verdict=verdict,
        why=why,
        unverified=doubts,
    )


def collection_message(site: Site) -> wire.MeterCollection:
    """Return how meters are read; no share while one does not say."""
    silent = sorted(one.id for one in site.counting if one.collection is None)
    message = wire.MeterCollection(required_count=len(site.counting), not_stated=silent)
    if (found := collection(site)) is not None:
        message.automatic_count = found.collected
        message.by_hand.extend(sorted(found.by_hand))
        if found.share is not None:
            message.automatic_share = float(found.share)
    return message


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)

"""Factors and restatements on the wire."""

from datetime import date
from fractions import Fraction

from parkflow.carbon.v1 import factor_pb2 as wire
from parkflow.carbon.v1.mass_pb2 import Mass
from services.carbon_accounting.domain.factoring.factor import Factor
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.live.factor_desk import Put
from services.carbon_accounting.live.factors import FactorFile

NG_PER_G = 10**9


def factor_message(factor: Factor, file: FactorFile | None) -> wire.Factor:
    """Return a factor; `file` is where the park put it in, None for one that comes with us."""
    message = wire.Factor(
        factor_id=factor.id,
        version=factor.version,
        ledger=ledger_name(factor.ledger),
        quantity=factor.quantity,
        gas=factor.gas,
        region=factor.region,
        valid_from_day=_day(factor.validity.start),
        valid_until_day=_day(factor.validity.end),
        stated=_decimal(factor.value, factor.digits),
        unit=factor.unit,
        trust=factor.trust,
        unverified_because=factor.doubts,
        source=factor.source,
        published_day=_day(factor.published),
    )
    if file is not None:
        message.own, message.file = True, file.name
        message.put_by, message.reason = file.put_by, file.because
        message.put_at.FromDatetime(file.put_at)
    return message


def put_message(put: Put) -> wire.PutFactorsResponse:
    """Return what became of a factor file."""
    return wire.PutFactorsResponse(
        new_factor_count=put.factors,
        known_already=put.known_already,
        restatements=[
            wire.FactorRestatement(
                ledger=ledger_name(one.ledger),
                month=one.month,
                reversed_entry_count=one.reversed,
                booked_entry_count=one.booked,
                change=mass_of(one.change_ng),
                closed=one.month in put.closed,
            )
            for one in put.restated
        ],
    )


def ledger_name(ledger: Ledger) -> str:
    """Return the name of a ledger in `carbon.v1`."""
    return f"LEDGER_{ledger.name}"


def mass_of(ng: int) -> Mass:
    """Return whole nanograms as grams and nanograms of one sign."""
    g, rest = divmod(abs(ng), NG_PER_G)
    sign = -1 if ng < 0 else 1
    return Mass(g=sign * g, ng=sign * rest)


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _decimal(value: Fraction | None, digits: int) -> str:
    """Return the value as it was stated: a decimal fraction of so many digits is exact."""
    if value is None:
        return ""
    whole, rest = divmod(round(value * 10**digits), 10**digits)
    return f"{whole}.{rest:0{digits}d}" if digits else str(whole)

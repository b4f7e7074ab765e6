"""Green-power contracts of a request as agreements; what is wrong is told with its field."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date
from decimal import Decimal, InvalidOperation

import numpy as np

from parkflow.carbon.v1 import settlement_pb2 as wire
from services.carbon_accounting.domain.certificates.contract_rules import odd_beside, odd_terms
from services.carbon_accounting.domain.certificates.contracts import (
    DEAREST_PER_MWH,
    MOST_WH,
    PRICE_DIGITS,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.hourly_energy import HOUR_US
from services.carbon_accounting.domain.certificates.settlement import Agreement, Terms
from services.carbon_accounting.domain.inventory.contract_sources import usual_use
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.domain.matching.periods import Periods
from services.carbon_accounting.input_files.certificate_parts import Trust, books_of
from services.carbon_accounting.rpc.certificate_messages import interval_in, interval_of, name_in
from services.energy.time_grid import Interval, to_microseconds
from services.runtime.refusals import FieldMistake

WIRE_NAMES = {"from": "term", "commissioned": "commissioned_day"}
NAMES = ("contract", "device", "market", "seller", "buyer")


@dataclass
class ContractsIn:
    """Reads the contracts of a request over its hours; what is wrong goes to `mistakes`."""

    site: Site
    hours: Periods
    agreements: list[Agreement] = field(default_factory=list)
    mistakes: list[FieldMistake] = field(default_factory=list)

    def read(self, number: int, said: wire.GreenPowerContract) -> None:
        """Take a contract in, or note everything that is wrong with it."""
        odd = [*_odd_contract(said, self.hours)]
        terms = None if odd else terms_of(said, self.site)
        if terms is not None:
            odd += self._odd_terms(terms)
        self.mistakes += [FieldMistake(f"contracts[{number}].{m.field}", m.text) for m in odd]
        if terms is not None and not odd:
            self.agreements.append(_agreement(terms, said, self.hours))

    def _odd_terms(self, terms: Terms) -> Iterator[FieldMistake]:
        books, before = books_of(self.site), [one.terms for one in self.agreements]
        odd = odd_terms(terms, books.market, books.beneficiaries)
        for name, value, cure in (*odd, *odd_beside(terms, before)):
            yield FieldMistake(WIRE_NAMES.get(name, name), f"{value!r}: {cure}")


def terms_of(said: wire.GreenPowerContract, site: Site) -> Terms:
    """Return the terms of a contract that is right in form."""
    day = said.commissioned_day
    return Terms(
        **{name: getattr(said, name).strip() for name in NAMES},
        technology=Technology(said.technology),
        price_per_mwh=Decimal(said.price_per_mwh),
        take_or_pay=said.take_or_pay,
        span=Interval(said.term.start.ToDatetime(UTC), said.term.end.ToDatetime(UTC)),
        ng_per_wh=said.emission_ng_per_wh,
        trust=said.trust,
        use=Use(said.use) if said.use else usual_use(site, said.device.strip()),
        commissioned=date.fromisoformat(day) if day else None,
        market_hydro=said.market_hydro,
    )


def _odd_contract(said: wire.GreenPowerContract, hours: Periods) -> Iterator[FieldMistake]:
    for name in NAMES:
        yield from name_in(getattr(said, name), name)
    for name, words in (("technology", Technology), ("trust", Trust)):
        if (told := getattr(said, name)) not in {*words}:
            yield FieldMistake(name, f"{told!r} must be one of {', '.join(words)}")
    if said.use not in ("", *Use):
        yield FieldMistake("use", f"{said.use!r} must be one of {', '.join(Use)}")
    if not _is_price(said.price_per_mwh):
        cure = f"must be 0 to {DEAREST_PER_MWH} with at most {PRICE_DIGITS} decimals, as 298.5"
        yield FieldMistake("price_per_mwh", f"{said.price_per_mwh!r} {cure}")
    if not said.HasField("emission_ng_per_wh") or said.emission_ng_per_wh < 0:
        yield FieldMistake("emission_ng_per_wh", "must be told, from 0 on; 0 for wind and sun")
    if said.commissioned_day and not _is_day(said.commissioned_day):
        yield FieldMistake("commissioned_day", "must be a day, as 2023-01-01")
    yield from _odd_term(said, hours)
    yield from _odd_energy(said, hours)


def _odd_term(said: wire.GreenPowerContract, hours: Periods) -> Iterator[FieldMistake]:
    odd = [*interval_in(said.term, "term")]
    yield from odd
    span = None if odd else interval_of(said.term)
    if not odd and span is None:
        yield FieldMistake("term", "needs a start and an end")
    elif span is not None:
        first_us = int(hours.borders_us[0])
        apart = (to_microseconds(at) - first_us for at in (span.start, span.end))
        if any(one % HOUR_US for one in apart):
            yield FieldMistake("term", "must begin and end with whole hours of the park's clock")


def _odd_energy(said: wire.GreenPowerContract, hours: Periods) -> Iterator[FieldMistake]:
    profile = said.agreed_profile_wh
    if said.HasField("agreed_wh") == bool(profile):
        yield FieldMistake("agreed_wh", "give the energy of each hour, or agreed_profile_wh")
    elif not profile and not 0 <= said.agreed_wh <= MOST_WH:
        yield FieldMistake("agreed_wh", f"must be 0 to {MOST_WH}")
    elif profile:
        yield from odd_series(profile, hours, "agreed_profile_wh")


def odd_series(energy_wh: Sequence[int], hours: Periods, name: str) -> Iterator[FieldMistake]:
    """Yield what is wrong with energies by hour."""
    if len(energy_wh) != hours.count:
        cure = f"the interval has {hours.count} hours; give a value for each"
        yield FieldMistake(name, f"has {len(energy_wh)} values, {cure}")
    if any(not 0 <= wh <= MOST_WH for wh in energy_wh):
        yield FieldMistake(name, f"must be 0 to {MOST_WH} in every hour")


def _is_price(text: str) -> bool:
    try:
        price = Decimal(text)
    except InvalidOperation:
        return False
    if not price.is_finite() or not 0 <= price <= DEAREST_PER_MWH:
        return False
    return price == round(price, PRICE_DIGITS)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _agreement(terms: Terms, said: wire.GreenPowerContract, hours: Periods) -> Agreement:
    in_force = terms.in_force(hours)
    profile = np.array(said.agreed_profile_wh, np.int64)
    agreed_wh = profile if len(profile) else np.full(hours.count, said.agreed_wh, np.int64)
    return Agreement(terms, np.where(in_force, agreed_wh, 0), in_force)

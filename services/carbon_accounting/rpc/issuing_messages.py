"""Facilities and what they are issued, between the wire and the domain."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from parkflow.carbon.v1 import issuing_pb2 as wire
from services.carbon_accounting.domain.certificates.gec import GEC_WH, Plant, Technology, Use
from services.carbon_accounting.domain.certificates.issuing import Facility, MonthOfGec
from services.carbon_accounting.domain.inventory.facilities import odd_facilities
from services.carbon_accounting.domain.inventory.gec_months import Gap, Issued, Registered
from services.carbon_accounting.domain.inventory.site import Site
from services.carbon_accounting.input_files.certificate_parts import Trust
from services.carbon_accounting.input_files.certificate_rows import certificates_csv
from services.carbon_accounting.input_files.facility_rows import rows_of
from services.carbon_accounting.rpc.certificate_messages import DIRTIEST_NG_PER_WH, name_in
from services.runtime.refusals import FieldMistake

E = TypeVar("E", bound=StrEnum)


def facilities_in(
    said: Sequence[wire.RegisteredFacility], mistakes: list[FieldMistake]
) -> dict[int, Registered]:
    """Return the facilities of a request by their place in it; what is wrong is noted.

    With something wrong they are good for nothing but to be held against the park.
    """
    found: dict[int, Registered] = {}
    for number, one in enumerate(said):
        reading = _Facility(one, f"facilities[{number}]")
        if (registered := reading.registered()) is not None:
            found[number] = registered
        mistakes += reading.mistakes
    return found


def odd_ones(facilities: Mapping[int, Registered], site: Site) -> Iterator[FieldMistake]:
    """Yield what is wrong with facilities, held against the meters of the park."""
    places = [*facilities]
    for odd in odd_facilities(site, [*facilities.values()]):
        place = f"facilities[{places[odd.number]}].{odd.field}"
        yield FieldMistake(place, f"{odd.what}; {odd.cure}")


@dataclass
class _Facility:
    """A facility being read; what is wrong with it goes to `mistakes`."""

    said: wire.RegisteredFacility
    place: str
    mistakes: list[FieldMistake] = field(default_factory=list)

    def registered(self) -> Registered | None:
        said = self.said
        for name in ("device", "market", "owner"):
            self.mistakes += name_in(getattr(said, name), f"{self.place}.{name}")
        technology = self._one_of(Technology, "technology", said.technology)
        use, trust = self._one_of(Use, "use", said.use), self._one_of(Trust, "trust", said.trust)
        commissioned = self._commissioned()
        self._check_numbers()
        if technology is None or use is None or not said.device:
            return None
        plant = Plant(technology, commissioned, said.market_hydro)
        ours = (said.market, said.owner, said.emission_ng_per_wh, str(trust))
        facility = Facility(said.device, plant, use, *ours)
        return Registered(facility, said.carry_wh, said.off_take or None)

    def _check_numbers(self) -> None:
        if not self.said.HasField("emission_ng_per_wh") or self.said.emission_ng_per_wh < 0:
            self._wrong("emission_ng_per_wh", "must be told and at least 0; 0 for wind and solar")
        if self.said.emission_ng_per_wh > DIRTIEST_NG_PER_WH:
            self._wrong("emission_ng_per_wh", f"must be at most {DIRTIEST_NG_PER_WH}; check it")
        if not 0 <= self.said.carry_wh < GEC_WH:
            self._wrong("carry_wh", f"is {self.said.carry_wh}; give 0 to below {GEC_WH}, one GEC")

    def _commissioned(self) -> date | None:
        day = self.said.commissioned_day
        try:
            return date.fromisoformat(day) if day else None
        except ValueError:
            self._wrong("commissioned_day", f"{day!r} must be a day, as 2023-01-01")
            return None

    def _one_of(self, kind: type[E], name: str, word: str) -> E | None:
        try:
            return kind(word)
        except ValueError:
            self._wrong(name, f"{word!r} must be one of {', '.join(kind)}")
            return None

    def _wrong(self, name: str, text: str) -> None:
        self.mistakes.append(FieldMistake(f"{self.place}.{name}", text))


def issued_message(found: Sequence[Issued]) -> wire.IssueGreenCertificatesResponse:
    """Return what facilities are issued, and the file of it."""
    return wire.IssueGreenCertificatesResponse(
        facilities=[_facility(one) for one in found], content=certificates_csv(rows_of(found))
    )


def _facility(one: Issued) -> wire.IssuedFacility:
    facility = one.registered.facility
    return wire.IssuedFacility(
        device=facility.device,
        use=str(facility.use),
        title=str(one.gec.title),
        months=list(_months(one.gec.months)),
        carry_wh=one.gec.carry_wh,
        unknown=None if one.gap is None else _unknown(one.gap),
    )


def _months(months: Sequence[MonthOfGec]) -> Iterator[wire.IssuedMonth]:
    for one in months:
        yield wire.IssuedMonth(
            month=str(one.month),
            generated_wh=one.generated_wh,
            carried_in_wh=one.carried_in_wh,
            certificate_count=one.count,
            carried_out_wh=one.carried_out_wh,
            certificate_id=one.certificate.id if one.certificate else "",
        )


def _unknown(gap: Gap) -> wire.UnknownMonth:
    return wire.UnknownMonth(
        month=str(gap.month), unknown_quarter_count=gap.unknown, quarter_count=gap.intervals
    )

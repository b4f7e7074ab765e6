"""The two sides of matching: what was consumed when, and what attributes were made when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.claims import Claim
from services.carbon_accounting.domain.certificates.contracts import (
    Delivery,
    GreenPowerContract,
)
from services.energy.time_grid import from_microseconds, to_microseconds

Int64 = NDArray[np.int64]


class Share(StrEnum):
    """Which share an attribute counts in; the two are never merged (rules 0.1(6))."""

    PHYSICAL = "physical"
    CERTIFICATE = "certificate"


@dataclass(frozen=True, slots=True)
class EmissionRate:
    """What a covered Wh emits, with the name its factor has in the entries and its trust."""

    factor_id: str
    ng_per_wh: int
    trust: str


@dataclass(frozen=True, slots=True)
class Consumption:
    """Wh of one consumer by interval: starts (intervals,) in UTC microseconds, all `step_us` long.

    What is not `known` is an open item: it is neither matched nor part of the load of a score.
    """

    starts_us: Int64
    step_us: int
    wh: Int64
    known: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.starts_us) == len(self.wh) == len(self.known):
            raise ValueError(
                f"{len(self.starts_us)} intervals, {len(self.wh)} values, {len(self.known)} flags: "
                "give one of each for an interval"
            )
        if len(self.starts_us) == 0 or (np.diff(self.starts_us) < self.step_us).any():
            raise ValueError("intervals must be there, in order and not overlap; sort them")
        if (self.wh[self.known] < 0).any():
            worst = int(np.argmin(np.where(self.known, self.wh, 0)))
            raise ValueError(
                f"consumption of {self.wh[worst]} Wh at "
                f"{from_microseconds(self.starts_us[worst])} must not be negative; book feed-in "
                "as generation"
            )

    @classmethod
    def measured(cls, start: datetime, step_us: int, wh: Iterable[int]) -> "Consumption":
        """Return consumption known in every interval from `start` on."""
        values = np.array(list(wh), dtype=np.int64)
        starts = to_microseconds(start) + step_us * np.arange(len(values), dtype=np.int64)
        return cls(starts, step_us, values, np.ones(len(values), dtype=bool))

    @property
    def load_wh(self) -> Int64:
        """The known consumption; 0 where it is not known."""
        return np.where(self.known, self.wh, 0)

    @property
    def ends_us(self) -> Int64:
        """The ends of the intervals."""
        return self.starts_us + self.step_us


@dataclass(frozen=True, slots=True)
class Attribute:
    """Wh of one instrument by the spans they were made in: a month for GEC, hours for a contract.

    Arrays (spans,) in UTC microseconds and Wh. `bundled` came with its power (direct line, green
    power contract), else it was bought apart.
    """

    id: str
    rate: EmissionRate
    share: Share
    bundled: bool
    expires_us: int
    starts_us: Int64
    ends_us: Int64
    wh: Int64

    def __post_init__(self) -> None:
        if (self.wh < 0).any() or (self.ends_us <= self.starts_us).any():
            raise ValueError(
                f"attribute {self.id}: {self.wh.min()} Wh must not be negative and spans must end "
                "after they start"
            )

    @property
    def quantity_wh(self) -> int:
        """All it can give."""
        return int(self.wh.sum())

    @property
    def turn(self) -> tuple[bool, bool, int, str]:
        """Its turn: physical supply, certificates, contracts (D.1); of equals what ends first."""
        return self.share is not Share.PHYSICAL, self.bundled, self.expires_us, self.id


@dataclass(frozen=True, slots=True)
class Hours:
    """When a contract delivered: starts (periods,) in UTC microseconds, and when it all expires."""

    starts_us: Int64
    step_us: int
    expires_us: int


def is_bought_apart(rate: EmissionRate) -> bool:
    """Whether a rate is of an instrument that did not come with its power, by its name.

    A rate without such a name is taken to be: what the park core lets count must be known.
    """
    kind = rate.factor_id.partition("/")[2]
    return not kind.startswith(f"{Instrument.CONTRACT}-")


def rate_of(certificate: Certificate) -> EmissionRate | None:
    """Return the rate a certificate conveys (criterion 1 of D.1), None where it says none."""
    if certificate.ng_per_wh is None:
        return None
    kind = f"{certificate.instrument}-{certificate.technology}"
    factor_id = f"market_based/{kind}/{certificate.market}/{certificate.ng_per_wh}"
    return EmissionRate(factor_id, certificate.ng_per_wh, certificate.trust)


def attribute_of(claim: Claim, certificate: Certificate, rate: EmissionRate) -> Attribute:
    """Return what an accepted claim brings to the matching: the claimed Wh in their span."""
    made = certificate.production
    return Attribute(
        id=claim.id,
        rate=rate,
        share=Share.CERTIFICATE,
        bundled=certificate.instrument is Instrument.CONTRACT,
        expires_us=to_microseconds(certificate.expires_at),
        starts_us=np.array([to_microseconds(made.start)], dtype=np.int64),
        ends_us=np.array([to_microseconds(made.end)], dtype=np.int64),
        wh=np.array([claim.ids.quantity_wh], dtype=np.int64),
    )


def attribute_of_delivery(
    contract: GreenPowerContract, delivery: Delivery, hours: Hours, rate: EmissionRate
) -> Attribute:
    """Return what a contract's delivery brings to the matching, hour by hour."""
    return Attribute(
        id=contract.id,
        rate=rate,
        share=Share.CERTIFICATE,
        bundled=True,
        expires_us=hours.expires_us,
        starts_us=hours.starts_us,
        ends_us=hours.starts_us + hours.step_us,
        wh=delivery.attributes_wh,
    )


def counting_in_park_core(
    attributes: Iterable[Attribute], *, gec_counts_in_park_core: bool
) -> list[Attribute]:
    """Return the attributes whose Wh count as 0 in the park core (rules A.2); match with these.

    Power that came with its attribute counts; attributes bought apart count only under the switch,
    which annex 4 leaves open (GAP): show both results.
    """
    return [one for one in attributes if one.bundled or gec_counts_in_park_core]

"""Certificates, claims and attributes for tests: everything has a default but what matters."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claims import Claim, ClaimKind, Evidence
from services.carbon_accounting.domain.certificates.events import Cancelled, Event, Issued, Reserved
from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.certificates.lifetime import expiry
from services.carbon_accounting.domain.certificates.refusal import Refused
from services.carbon_accounting.domain.certificates.states import Standing, advance
from services.carbon_accounting.domain.local_month import Month
from services.carbon_accounting.domain.matching.match import Matching, match
from services.carbon_accounting.domain.matching.periods import Granularity
from services.carbon_accounting.domain.matching.scores import Score
from services.carbon_accounting.domain.matching.supply import (
    Attribute,
    Consumption,
    EmissionRate,
    Share,
)
from services.energy.time_grid import Interval, to_microseconds

SHANGHAI = ZoneInfo("Asia/Shanghai")
MARCH = Month(2025, 3)
YEAR = Interval(Month(2025, 1).start(SHANGHAI), Month(2026, 1).start(SHANGHAI))
ISSUED = datetime(2025, 4, 15, tzinfo=UTC)
LATER = datetime(2025, 6, 1, tzinfo=UTC)
MWH = 1_000_000
HOUR = timedelta(hours=1)
HOUR_US = 3_600_000_000
NEW_YEAR = YEAR.start
WIND = EmissionRate("market_based/certificate-wind", 0, "V2")


def a_certificate(mwh: float = 10, **changed: Any) -> Certificate:
    """GECs of March 2025, ids from 0, of the wind farm, issued to `seller`."""
    certificate = Certificate(
        id="G1",
        instrument=Instrument.GEC,
        technology=Technology.WIND,
        device="windfarm",
        market="CN",
        production=MARCH.interval(SHANGHAI),
        issued_at=ISSUED,
        expires_at=expiry(MARCH, SHANGHAI),
        ids=IdRange.of(0, int(mwh * MWH)),
        owner="seller",
        lot="windfarm/2025-03",
        ng_per_wh=0,
    )
    return replace(certificate, **changed)


def a_bundle(quantity_wh: int, **changed: Any) -> Certificate:
    """A granular certificate of one hour."""
    hour = Interval(NEW_YEAR, NEW_YEAR + HOUR)
    granular = replace(
        a_certificate(),
        instrument=Instrument.GRANULAR,
        production=hour,
        ids=IdRange.of(0, quantity_wh),
        id="B1",
        lot="B1",
    )
    return replace(granular, **changed)


def after(certificate: Certificate, *events: Event) -> Standing:
    """How a certificate stands after its issue and these events, none of them refused."""
    standing = advance(None, Issued(certificate, certificate.issued_at))
    for event in events:
        assert isinstance(standing, Standing)
        standing = advance(standing, event)
    assert not isinstance(standing, Refused), standing.text
    return standing


def cancelled_for(claimant: str, certificate: Certificate | None = None) -> Standing:
    """A certificate cancelled by its owner for a claimant."""
    found = certificate or a_certificate()
    reserved = Reserved(LATER, found.owner, claimant)
    return after(found, reserved, Cancelled(LATER, found.owner))


def a_claim(mwh: float = 10, **changed: Any) -> Claim:
    """Steel's claim of the first MWh of G1 for 2025."""
    claim = Claim(
        id="C1",
        kind=ClaimKind.GREEN_POWER,
        certificate_id="G1",
        ids=IdRange.of(0, int(mwh * MWH)),
        claimant="steel",
        consumption=YEAR,
        market="CN",
        at=LATER,
    )
    return replace(claim, **changed)


def evidence(consumed_mwh: float = 1000, generated_mwh: float | None = None) -> Evidence:
    """What was metered: the same for everybody in every span."""
    made_wh = None if generated_mwh is None else int(generated_mwh * MWH)
    consumed_wh = int(consumed_mwh * MWH)
    return Evidence(YEAR, lambda who, span: consumed_wh, lambda device, use, span: made_wh)


def hours_of_load(*wh: int) -> Consumption:
    """Hourly consumption from the beginning of 2025 in Shanghai."""
    return Consumption.measured(NEW_YEAR, HOUR_US, wh)


def hours_of_supply(*wh: int, id: str = "wind", **changed: Any) -> Attribute:
    """An attribute by hours from the beginning of 2025 in Shanghai."""
    starts = to_microseconds(NEW_YEAR) + HOUR_US * np.arange(len(wh), dtype=np.int64)
    attribute = Attribute(
        id=id,
        rate=WIND,
        share=Share.CERTIFICATE,
        bundled=False,
        expires_us=to_microseconds(a_certificate().expires_at),
        starts_us=starts,
        ends_us=starts + HOUR_US,
        wh=np.array(wh, dtype=np.int64),
    )
    return replace(attribute, **changed)


def a_lump(span: Interval, wh: int, id: str = "gec") -> Attribute:
    """An attribute of which only the span is known, as of a GEC its month."""
    edges = np.array([to_microseconds(span.start), to_microseconds(span.end)], dtype=np.int64)
    return replace(
        hours_of_supply(wh, id=id), starts_us=edges[:1], ends_us=edges[1:], wh=np.array([wh])
    )


def score_of(found: Matching, load: Consumption) -> Score:
    """The score of a matching, from its own sums."""
    load_wh, matched_wh = int(load.load_wh.sum()), int(found.matched_by_period_wh.sum())
    return Score(found.granularity, load_wh, matched_wh, found.volumetric_wh)


def scores_of(load: Consumption, supply: Sequence[Attribute]) -> dict[Granularity, Score]:
    """The score at every granularity that the load's intervals allow."""
    fit = [g for g in Granularity if g.longest_us is None or load.step_us <= g.longest_us]
    return {g: score_of(match(load, supply, g, SHANGHAI), load) for g in fit}

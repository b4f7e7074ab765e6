"""Certificates written as rows of a file are, read again, the same certificates."""

from collections.abc import Iterable
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.gec import Technology, Title, Use
from services.carbon_accounting.input_files.certificate_import import certificates_in
from services.carbon_accounting.input_files.certificate_parts import Books
from services.carbon_accounting.input_files.certificate_rows import CertificateRow, certificates_csv
from services.energy.time_grid import Interval
from tests.support.certificates import HOUR, NEW_YEAR, SHANGHAI

BOOKS = Books(SHANGHAI, "CN", ("park", "steel"))
names = st.text("abcdefgh,\"'é碳 /-.0123456789", min_size=1, max_size=12).filter(
    lambda name: bool(name.strip()) and name == name.strip()
)


@st.composite
def certificates(draw: st.DrawFn, uses: Iterable[Use] = Use) -> Certificate:
    use = draw(st.sampled_from([*uses]))
    start = NEW_YEAR + draw(st.integers(0, 8000)) * HOUR
    issued = (
        start
        + draw(st.integers(1, 50)) * HOUR
        + timedelta(microseconds=draw(st.integers(0, 999_999)))
    )
    return Certificate(
        id=draw(names),
        instrument=draw(st.sampled_from([Instrument.GRANULAR, Instrument.CONTRACT])),
        technology=draw(st.sampled_from([Technology.WIND, Technology.SOLAR])),
        device=draw(names),
        market=draw(names),
        production=Interval(start, start + HOUR),
        issued_at=issued,
        expires_at=issued + draw(st.integers(1, 20_000)) * HOUR,
        ids=IdRange.of(draw(st.integers(0, 10**12)), draw(st.integers(1, 10**12))),
        owner=draw(names),
        lot=draw(names),
        ng_per_wh=draw(st.integers(0, 10**10)),
        title=Title.TRADEABLE if use is Use.ON_GRID else Title.WITH_SETTLEMENT_ONLY,
        use=use,
        trust=draw(st.sampled_from(["V", "V2", "D", "M"])),
    )


@given(certificates())
def test_a_certificate_that_is_held_comes_back_as_it_was(certificate: Certificate) -> None:
    found = certificates_in(
        "f", certificates_csv([CertificateRow(certificate)]).splitlines(), BOOKS
    )

    assert found.mistakes == []
    assert [one.certificate for one in found.standings.values()] == [certificate]
    assert found.claims == []


@given(certificates([Use.ON_GRID]), st.data())
def test_what_is_claimed_of_it_comes_back_too(
    certificate: Certificate, data: st.DataObject
) -> None:
    claimed_wh = data.draw(st.integers(1, certificate.quantity_wh))
    row = CertificateRow(
        certificate, "steel", certificate.issued_at, claimed_wh, certificate.production
    )

    found = certificates_in("f", certificates_csv([row]).splitlines(), BOOKS)

    assert found.mistakes == []
    (claim,) = found.claims
    assert claim.ids == IdRange.of(certificate.ids.first, claimed_wh)
    assert (claim.claimant, claim.consumption) == ("steel", certificate.production)

"""Certificates of settled contracts as rows of a certificate file, cancelled where claimed."""

from collections.abc import Iterable
from dataclasses import replace

from services.carbon_accounting.domain.inventory.contract_settling import Delivered
from services.carbon_accounting.input_files.certificate_rows import CertificateRow, certificates_csv


def settled_csv(certificates: Iterable[Delivered]) -> str:
    """Return a file for `--certificates` or `ImportCertificates`."""
    return certificates_csv(map(_row, certificates))


def _row(one: Delivered) -> CertificateRow:
    """Return it cancelled for its buyer, or held by it where nothing of it may be claimed."""
    certificate, terms = one.of_hour.certificate, one.of_hour.terms
    row = CertificateRow(
        certificate,
        commissioned="" if terms.commissioned is None else terms.commissioned.isoformat(),
        market_hydro="yes" if terms.market_hydro else "",
    )
    if not one.claimed_wh:
        return row
    return replace(
        row,
        beneficiary=terms.buyer,
        cancelled_at=certificate.issued_at,
        claimed_wh=one.claimed_wh,
        consumption=certificate.production,
    )

"""Certificates as rows of the file of `--certificates`, for those that are made here.

Reading what is written gives the same certificate back; quantities are kWh, times UTC.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

from services.carbon_accounting.domain.certificates.certificate import Certificate
from services.carbon_accounting.input_files.certificate_parts import (
    NG_PER_WH_IN_KG_PER_KWH,
    FileState,
)
from services.energy.time_grid import Interval

HEADER = (
    *("certificate", "instrument", "technology", "device", "market"),
    *("produced_from", "produced_to", "issued_at", "quantity", "unit"),
    *("emission_kg_per_kwh", "trust", "state", "owner", "beneficiary", "cancelled_at"),
    *("lot", "first_id", "use", "commissioned", "market_hydro", "expires_at"),
    *("claim", "claimed_quantity", "consumed_from", "consumed_to"),
    *("charge", "charged_quantity", "charged_from", "charged_to", "allocation"),
)
WH_PER_KWH = 1000


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """A certificate, and what of it is claimed: cancelled for `beneficiary` unless that is empty.

    `claimed_wh` None is all of it; hydro needs its plant's `commissioned` and `market_hydro`.
    """

    certificate: Certificate
    beneficiary: str = ""
    cancelled_at: datetime | None = None
    claimed_wh: int | None = None
    consumption: Interval | None = None
    commissioned: str = ""
    market_hydro: str = ""


def certificates_csv(rows: Iterable[CertificateRow]) -> str:
    """Return a file for `--certificates` or `ImportCertificates`."""
    text = StringIO()
    writer = csv.DictWriter(text, HEADER, lineterminator="\n")
    writer.writeheader()
    writer.writerows(cells_of(row) for row in rows)
    return text.getvalue()


def cells_of(row: CertificateRow) -> dict[str, str]:
    """Return the cells of a row by column; what may be left out and says nothing is left out."""
    return _of_certificate(row.certificate) | _of_standing(row) | _of_claim(row) | _of_charge(row)


def _of_certificate(certificate: Certificate) -> dict[str, str]:
    return {
        "certificate": certificate.id,
        "instrument": str(certificate.instrument),
        "technology": str(certificate.technology),
        "device": certificate.device,
        "market": certificate.market,
        "produced_from": _time(certificate.production.start),
        "produced_to": _time(certificate.production.end),
        "issued_at": _time(certificate.issued_at),
        "expires_at": _time(certificate.expires_at),
        "quantity": _kwh(certificate.quantity_wh),
        "unit": "kWh",
        "emission_kg_per_kwh": _rate(certificate.ng_per_wh),
        "trust": certificate.trust,
        "owner": certificate.owner,
        "lot": certificate.lot,
        "first_id": str(certificate.ids.first),
        "use": str(certificate.use),
    }


def _of_standing(row: CertificateRow) -> dict[str, str]:
    cancelled = row.cancelled_at is not None
    return {
        "state": str(FileState.CANCELLED if cancelled else FileState.ISSUED),
        "beneficiary": row.beneficiary,
        "cancelled_at": _time(row.cancelled_at),
        "commissioned": row.commissioned,
        "market_hydro": row.market_hydro,
    }


def _of_claim(row: CertificateRow) -> dict[str, str]:
    used = row.consumption
    return {
        "claimed_quantity": "" if row.claimed_wh is None else _kwh(row.claimed_wh),
        "consumed_from": "" if used is None else _time(used.start),
        "consumed_to": "" if used is None else _time(used.end),
    }


def _of_charge(row: CertificateRow) -> dict[str, str]:
    charge = row.certificate.charge
    if charge is None:
        return {}
    return {
        "charge": charge.certificate_id,
        "charged_quantity": _kwh(charge.charged_wh),
        "charged_from": _time(charge.charged.start),
        "charged_to": _time(charge.charged.end),
        "allocation": str(charge.allocation),
    }


def _time(at: datetime | None) -> str:
    return "" if at is None else at.astimezone(UTC).isoformat()


def _kwh(wh: int) -> str:
    return f"{Decimal(wh) / WH_PER_KWH:f}"


def _rate(ng_per_wh: int | None) -> str:
    """As a decimal number, exactly: a rate in whole ng per Wh has nine decimals at most."""
    return "" if ng_per_wh is None else f"{Decimal(ng_per_wh) / NG_PER_WH_IN_KG_PER_KWH:f}"

"""What is issued to facilities, as rows of the certificate file."""

from collections.abc import Iterable, Iterator

from services.carbon_accounting.domain.certificates.gec import Technology
from services.carbon_accounting.domain.inventory.gec_months import Issued
from services.carbon_accounting.input_files.certificate_rows import CertificateRow


def rows_of(issued: Iterable[Issued]) -> Iterator[CertificateRow]:
    """Yield a row a bundle, held by its owner; of hydro with what decides on its title."""
    for one in issued:
        plant = one.registered.facility.plant
        commissioned, in_market = "", ""
        if plant.technology is Technology.HYDRO:
            in_market = "yes" if plant.fully_market_based else "no"
            commissioned = plant.commissioned.isoformat() if plant.commissioned else ""
        for certificate in one.gec.certificates:
            yield CertificateRow(certificate, commissioned=commissioned, market_hydro=in_market)

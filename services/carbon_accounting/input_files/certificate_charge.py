"""The charge that a row of a store's discharge tells: from which certificate, how much, when."""

from services.carbon_accounting.domain.certificates.certificate import Instrument
from services.carbon_accounting.domain.certificates.stored import Allocation, Charge
from services.carbon_accounting.input_files.certificate_cells import Cells
from services.energy.time_grid import Interval

CHARGE_CELLS = ("charge", "charged_quantity", "charged_from", "charged_to", "allocation")


def charge_in(cells: Cells, instrument: Instrument | None) -> Charge | None:
    """Return the charge of a row, None where it tells none or a mistake is noted."""
    told = [field for field in CHARGE_CELLS if cells.text(field)]
    if not told:
        return None
    if instrument not in (Instrument.STORAGE_GRANULAR, None):
        cells.wrong(told[0], f"only an {Instrument.STORAGE_GRANULAR} comes out of a charge")
        return None
    certificate_id, charged = cells.name("charge"), _charged(cells)
    charged_wh = cells.whole_wh("charged_quantity", "unit")
    allocation = cells.one_of("allocation", Allocation)
    if not (certificate_id and charged and charged_wh and allocation):
        return None
    return Charge(certificate_id, charged_wh, charged, allocation)


def _charged(cells: Cells) -> Interval | None:
    start, end = cells.needed_moment("charged_from"), cells.needed_moment("charged_to")
    if start is None or end is None:
        return None
    if end <= start:
        cells.wrong("charged_to", "must be after charged_from")
        return None
    return Interval(start, end)

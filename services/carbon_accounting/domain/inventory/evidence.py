"""What was metered in a park, as what claims on certificates are held against."""

from services.carbon_accounting.domain.certificates.claims import Evidence, StoreEvidence
from services.carbon_accounting.domain.inventory.consuming import Consumption
from services.carbon_accounting.domain.inventory.generating import Generation
from services.energy.time_grid import Interval


def evidence_of_metered(
    reporting: Interval, consumption: Consumption, generation: Generation
) -> Evidence:
    """Return what claims of a reporting period are held against."""
    stores = generation.stores
    return Evidence(
        reporting,
        consumption.wh_of,
        generation.wh_of,
        StoreEvidence(stores.charged_wh, stores.discharged_wh, stores.named, stores.names_of),
        generation.counted_by,
        generation.alike,
    )

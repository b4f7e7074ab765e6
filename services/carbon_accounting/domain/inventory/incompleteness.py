"""Why the total of a ledger is less than what was emitted, in the words of pages and reports."""

from collections.abc import Collection, Iterator

from services.carbon_accounting.domain.inventory.open_items import tells_lack
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.site import Text

NO_FACTORS = Text(
    "the ledger is incomplete: factors are missing (open items)",
    "台账不完整：缺少因子（见未结事项）",
)
NO_READINGS = Text(
    "the ledger is incomplete: readings are unknown (open items)",
    "台账不完整：部分读数未知（见未结事项）",
)


def incomplete_because(
    ledger: Ledger, lacking: Collection[str], *, knows_all: bool
) -> Iterator[str]:
    """Yield why a ledger is incomplete; `lacking` are the factors that do, as open items."""
    if any(tells_lack("missing-factor", item, ledger) for item in lacking):
        yield NO_FACTORS.en
    if not knows_all:
        yield NO_READINGS.en

"""Contracts and hours in whole MWh for tests."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np

from services.carbon_accounting.domain.certificates.gec import Technology, Use
from services.carbon_accounting.domain.certificates.hourly_energy import HourlyEnergy
from services.carbon_accounting.domain.certificates.settlement import Agreement, Terms
from services.energy.time_grid import Interval

MWH = 1_000_000
NEW_YEAR = datetime(2024, 12, 31, 16, tzinfo=UTC)  # 2025-01-01 in Shanghai


def some_hours(mwh: Sequence[int | None], unit_wh: int = MWH) -> HourlyEnergy:
    """Hours of so many MWh, None where it is not known."""
    known = np.array([one is not None for one in mwh], np.bool_)
    return HourlyEnergy(np.array([unit_wh * (one or 0) for one in mwh], np.int64), known)


def agreement(
    mwh: Sequence[int],
    *,
    contract: str = "ppa",
    device: str = "north",
    buyer: str = "steel",
    price: str = "20",
    take_or_pay: bool = True,
    use: Use = Use.ON_GRID,
    in_force: Sequence[int] | None = None,
    unit_wh: int = MWH,
) -> Agreement:
    """A contract of steel on the wind of the north, from 2025 on."""
    span = Interval(NEW_YEAR, NEW_YEAR + timedelta(hours=max(1, len(mwh))))
    terms = Terms(
        contract=contract,
        device=device,
        technology=Technology.WIND,
        market="CN",
        seller="wind company",
        buyer=buyer,
        price_per_mwh=Decimal(price),
        take_or_pay=take_or_pay,
        span=span,
        ng_per_wh=0,
        trust="V2",
        use=use,
    )
    whole = np.ones(len(mwh), np.bool_) if in_force is None else np.array(in_force, np.bool_)
    return Agreement(terms, np.array(mwh, np.int64) * unit_wh, whole)

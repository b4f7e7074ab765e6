"""What the state of a connector says of the port, and which port a transaction is at.

OCPP 1.6 lets the central system number transactions. Ours carry the connector and the second they
began at, so a meter value sent again, or after a restart of ours, still finds its port, and a start
that is sent again gets the number it had.
"""

import math
from typing import Any

CONNECTORS = 64
SECONDS = 2**25  # 388 days; the number stays below 2^31, which every charger can keep
MICROS = 1_000_000
_PLUGGED = {
    "Available": 0.0,
    "Reserved": 0.0,
    "Preparing": 1.0,
    "Charging": 1.0,
    "SuspendedEV": 1.0,
    "SuspendedEVSE": 1.0,
    "Finishing": 1.0,
    "Occupied": 1.0,
}


def plugged(status: Any) -> float:
    """Return 1 when a vehicle is connected, 0 when not; NaN when the state does not tell."""
    return _PLUGGED.get(status, math.nan) if isinstance(status, str) else math.nan


def transaction_id(connector: int, began_us: int) -> int:
    """Return the number of the transaction that began at a connector (1 to 63) at an instant."""
    if not 0 < connector < CONNECTORS:
        raise ValueError(f"connector {connector} is not within 1..{CONNECTORS - 1}")
    return began_us // MICROS % SECONDS * CONNECTORS + connector


def connector_of(transaction: Any) -> int | None:
    """Return the connector a transaction number of ours names; None when it is none of ours."""
    if not isinstance(transaction, int) or not 0 < transaction < SECONDS * CONNECTORS:
        return None
    return transaction % CONNECTORS or None

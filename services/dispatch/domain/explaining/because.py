"""What an explanation consists of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """A limit that binds, the price of energy, or an action that was not taken."""

    LIMIT = "limit"
    PRICE = "price"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Because:
    """One reason. `worth` is in currency units per `unit`:

    of a limit what one more unit of room would save, of a price what one more unit costs (NaN:
    nobody knows), of a move what it would cost more than the plan.
    """

    kind: Kind
    what: str
    step: int
    worth: float
    unit: str
    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Explained:
    """Why a device does what it does in a step; `does` are its series there."""

    device: str
    step: int
    at: datetime | None
    does: dict[str, float]
    because: tuple[Because, ...]
    en: str
    zh: str

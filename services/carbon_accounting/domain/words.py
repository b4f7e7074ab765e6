"""What validation says a register counted in a quarter hour, and which word of several stands.

Of all words on one (register, quarter hour) the one known last stands, of several of one instant
the one that follows from the later place of the raw log (conventions §11.8). That is a function of
the set of words: neither their order nor their repetition matters.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag

from services.energy.quantities import register_unit

QUARTER_US = 900_000_000

WordKey = tuple[str, datetime]
"""A register and the start of a quarter hour."""


class Method(IntFlag):
    """How what is not simply believed came about; the bits of `telemetry.v1.IntervalMethod`."""

    LINEAR = 1
    PROFILE = 2
    FROM_ZERO = 4
    SUSPECT = 8
    ACCEPTED = 16
    EDITED = 32
    BROKEN = 64


@dataclass(frozen=True, slots=True)
class Word:
    """The energy of one register in [start, start + 15 min), as of `known_at`.

    Energies are whole Wh, of registers of volume and mass whole dm3 and g. Only `written_off_wh`
    may be negative; what is set aside (`suspense_wh`) or written off is not booked. `believed_us`
    and `known_us` (believed or estimated) say for how much of the quarter hour; `methods` is a set
    of `Method`. `log_position` is the place in the raw log that it follows from, `frame_number`
    decides between words of one place.
    """

    point_id: str
    start: datetime
    believed_wh: int
    estimated_wh: int
    suspense_wh: int
    written_off_wh: int
    believed_us: int
    known_us: int
    methods: int
    known_at: datetime
    log_position: int
    frame_number: int

    @property
    def key(self) -> WordKey:
        """What it is a word on."""
        return self.point_id, self.start

    @property
    def rank(self) -> tuple[datetime | int, ...]:
        """Of words on one key the one of the highest rank stands."""
        says = (self.believed_wh, self.estimated_wh, self.suspense_wh, self.written_off_wh)
        how = (self.believed_us, self.known_us, self.methods)
        return self.known_at, self.log_position, self.frame_number, *says, *how

    @property
    def energy_wh(self) -> int:
        """What is booked: believed and estimated."""
        return self.believed_wh + self.estimated_wh

    @property
    def is_whole(self) -> bool:
        """Whether the energy is known for all of the quarter hour."""
        return self.known_us == QUARTER_US

    @property
    def is_measured(self) -> bool:
        """Whether all of it is believed, for all of the quarter hour."""
        return self.believed_us == QUARTER_US and not (self.estimated_wh or self.suspense_wh)

    @property
    def says(self) -> str:
        """What is booked and, where not all of it is believed, why: `500+~700 Wh linear`."""
        unit = register_unit(self.point_id)
        if self.is_measured:
            return f"{self.believed_wh} {unit}"
        believed = f"{self.believed_wh}+" if self.believed_us else ""
        how = ", ".join(way.name.lower() for way in Method if way & self.methods and way.name)
        lost = f", {self.written_off_wh} {unit} written off" if self.written_off_wh else ""
        return f"{believed}~{self.estimated_wh} {unit} {how}".rstrip() + lost

    @property
    def origin(self) -> str:
        """Which word it is: as of when, and from where in the raw log."""
        return f"{self.known_at.isoformat().replace('+00:00', 'Z')}/{self.log_position}"


def news(words: Iterable[Word], standing: Mapping[WordKey, Word]) -> list[Word]:
    """Return the words that stand from now on and did not, in the order of their keys."""
    last: dict[WordKey, Word] = {}
    for word in words:
        before = last.get(word.key) or standing.get(word.key)
        if before is None or word.rank > before.rank:
            last[word.key] = word
    return [last[key] for key in sorted(last)]

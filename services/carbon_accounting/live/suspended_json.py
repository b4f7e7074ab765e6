"""The content of a pending restatement as JSON: in it numbers are whole and as long as need be."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.suspended import Content, Sums, Suspended


def json_of(content: Content) -> dict[str, Any]:
    """Return the quarters by their start."""
    return {at.isoformat(): _quarter_json(one) for at, one in content.quarters.items()}


def sums_json(sums: Sequence[Sums]) -> list[list[int]]:
    """Return [ledger, reported ng, known ng] of each."""
    return [[int(one.ledger), one.reported_ng, one.known_ng] for one in sums]


def sums_of(kept: Sequence[Sequence[int]]) -> tuple[Sums, ...]:
    """Return what `sums_json` wrote."""
    return tuple(Sums(Ledger(ledger), reported, known) for ledger, reported, known in kept)


def content_of(kept: Mapping[str, Any]) -> Content:
    """Return what `json_of` wrote."""
    quarters = (_quarter(datetime.fromisoformat(at), one) for at, one in kept.items())
    return Content({one.start: one for one in quarters})


def _quarter_json(one: Suspended) -> dict[str, Any]:
    return {
        "digest": one.digest,
        "sums": sums_json(one.sums),
        "readings": [*one.readings],
        "reading_count": one.reading_count,
        "factors": [*one.factors],
        "otherwise": one.otherwise,
    }


def _quarter(start: datetime, kept: Mapping[str, Any]) -> Suspended:
    return Suspended(
        start,
        kept["digest"],
        sums_of(kept["sums"]),
        tuple(kept["readings"]),
        kept["reading_count"],
        tuple(kept["factors"]),
        kept["otherwise"],
    )

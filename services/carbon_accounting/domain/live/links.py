"""The chain of a ledger's month: each posting's link holds the one before.

    link = SHA-256(link before ‖ posting_bytes), the first after 32 zero bytes

`posting_bytes` is UTF-8 JSON with sorted keys and no spaces: `basis` (hex), `because`, `known_at`
(UTC, microseconds, Z), `ledger`, `lines` ([SHA-256 of the line, amount, emissions in ng, measured]
each), `number`, `reversed` (SHA-256 of each line), `start` (UTC, Z). A line's SHA-256 is that of
its fields (`Line.digest`), so the link stands for all that is written there. No number of the
database is in it.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.carbon_accounting.domain.ledgers import Ledger

BEFORE_ALL = bytes(32)


@dataclass(frozen=True, slots=True)
class Written:
    """A posting as the chain sees it; lines by the hex of their digests."""

    ledger: Ledger
    start: datetime
    number: int
    known_at: datetime
    because: str
    basis: bytes
    lines: Sequence[tuple[str, int, int, bool]]
    reversed: Sequence[str]


def posting_bytes(posting: Written) -> bytes:
    """Return the canonical bytes of a posting."""
    lines = ",".join(
        f'["{digest}",{amount},{emissions_ng},{"true" if measured else "false"}]'
        for digest, amount, emissions_ng, measured in posting.lines
    )
    gone = ",".join(f'"{digest}"' for digest in posting.reversed)
    because = json.dumps(posting.because, ensure_ascii=False)
    return (
        f'{{"basis":"{posting.basis.hex()}","because":{because},'
        f'"known_at":"{exact(posting.known_at)}","ledger":"{posting.ledger.key}",'
        f'"lines":[{lines}],"number":{posting.number},"reversed":[{gone}],'
        f'"start":"{instant(posting.start)}"}}'
    ).encode()


def link_after(before: bytes, content: bytes) -> bytes:
    """Return the link of a posting's bytes behind another link."""
    return hashlib.sha256(before + content).digest()


def instant(moment: datetime) -> str:
    """Return `2019-06-03T22:00:00Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def exact(moment: datetime) -> str:
    """Return `2019-06-03T22:00:00.000000Z`."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")

"""The chain over the files of a ledger: each month's link holds the one before.

    link = SHA-256("<link before><SHA-256 of the month's file>")

in lower-case hex, the first after 64 zeros: `sha256sum` and a text editor are enough to check it. A
file that was changed, or left out, changes every link from there on.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

BEFORE_ALL = "0" * 64
CHUNK_BYTES = 2**20


@dataclass(frozen=True, slots=True)
class Link:
    """One month of one ledger: its file, how many entries it holds, and the chain up to it."""

    ledger: str
    month: str
    file: str
    entries: int
    sha256: str
    link: str


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def chained(ledger: str, months: Iterable[tuple[str, str, int, str]]) -> list[Link]:
    """Return the links of (month, file, entries, SHA-256), oldest first."""
    links: list[Link] = []
    for month, file, entries, sha256 in months:
        before = links[-1].link if links else BEFORE_ALL
        link = hashlib.sha256(f"{before}{sha256}".encode()).hexdigest()
        links.append(Link(ledger, month, file, entries, sha256, link))
    return links

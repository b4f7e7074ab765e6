"""The number of a frame: what decides between words of one instant (conventions §3.3)."""

import hashlib

NUMBER_BYTES = 8


def number_of(frame_id: str) -> int:
    """Return the same signed 64-bit number for the same frame id, wherever it is asked."""
    digest = hashlib.blake2b(frame_id.encode(), digest_size=NUMBER_BYTES).digest()
    return int.from_bytes(digest, "big", signed=True)

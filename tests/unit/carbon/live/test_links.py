"""The chain of a month: what its links are made of, checked without our code."""

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.inventory.entries import Account, Stamp
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.domain.live.links import (
    BEFORE_ALL,
    Written,
    link_after,
    posting_bytes,
)
from tests.support.carbon import NOON

A_POSTING = Written(
    ledger=Ledger.LOCATION_BASED,
    start=NOON,
    number=2,
    known_at=NOON + timedelta(minutes=16, microseconds=7),
    because="boiler.gas: 1 Wh became ~2 Wh 手工",
    basis=b"\x01" * 32,
    lines=[("aa", 5, 2**62, True), ("bb", 1, -3, False)],
    reversed=["cc"],
)
LINE = Line(
    Ledger.LOCATION_BASED,
    Account("m", "steel", "electricity", "use", "grid:g", "2", "bought", "CO2", "Wh", True),
    Stamp("f v1", "energy x 0.5", ""),
)


def plain(posting: Written) -> bytes:
    """The same content by the standard library alone."""
    content = {
        "basis": posting.basis.hex(),
        "because": posting.because,
        "known_at": posting.known_at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "ledger": "location_based",
        "lines": [list(line) for line in posting.lines],
        "number": posting.number,
        "reversed": posting.reversed,
        "start": "2019-06-04T04:00:00Z",
    }
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return text.encode()


def test_the_bytes_of_a_posting_are_json_with_sorted_keys() -> None:
    assert posting_bytes(A_POSTING) == plain(A_POSTING)


@given(
    st.text(),
    st.lists(st.tuples(st.text("0123456789abcdef"), st.integers(), st.integers(), st.booleans())),
)
def test_whatever_a_posting_says_its_bytes_are_that_json(
    because: str, lines: list[tuple[str, int, int, bool]]
) -> None:
    posting = replace(A_POSTING, because=because, lines=lines)

    assert posting_bytes(posting) == plain(posting)


def test_a_link_is_the_sha_256_of_the_one_before_and_the_bytes() -> None:
    content = posting_bytes(A_POSTING)

    assert link_after(BEFORE_ALL, content) == hashlib.sha256(bytes(32) + content).digest()


def test_the_digest_of_a_line_is_that_of_its_fields_and_changes_with_each() -> None:
    text = json.dumps(LINE.fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    assert LINE.digest == hashlib.sha256(text.encode()).digest()

    others = [
        replace(LINE, ledger=Ledger.MARKET_BASED),
        replace(LINE, account=replace(LINE.account, origin="pv:p")),
        replace(LINE, account=replace(LINE.account, counted=False)),
        replace(LINE, stamp=replace(LINE.stamp, unverified="stands in")),
    ]
    assert len({LINE.digest, *(other.digest for other in others)}) == 5

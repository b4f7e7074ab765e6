"""What holds of every set of claims: one a Wh and family, never beyond what was metered."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from services.carbon_accounting.domain.certificates.certificate import IdRange
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import (
    Claim,
    ClaimKind,
    Evidence,
    Family,
    free_ids,
)
from services.carbon_accounting.domain.certificates.refusal import Rule
from tests.support.certificates import MWH, YEAR, a_certificate, a_claim, cancelled_for

STANDINGS = {
    name: cancelled_for("steel", a_certificate(8, id=name, lot=lot))
    for name, lot in (("G1", "a"), ("G2", "b"), ("G1 again", "a"))
}


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    """Claims of whole MWh that overlap, of three certificates, two of one lot."""
    found = []
    for number in range(draw(st.integers(0, 12))):
        ids = IdRange.of(draw(st.integers(0, 8)) * MWH, draw(st.integers(1, 4)) * MWH)
        kind, name = draw(st.sampled_from(ClaimKind)), draw(st.sampled_from(list(STANDINGS)))
        found.append(a_claim(id=f"C{number}", kind=kind, certificate_id=name, ids=ids))
    return found


def metered(consumed_mwh: int, generated_mwh: int) -> Evidence:
    return Evidence(
        YEAR, lambda who, span: consumed_mwh * MWH, lambda device, use, span: generated_mwh * MWH
    )


@given(claims(), st.integers(0, 20), st.integers(0, 20))
def test_accepted_claims_are_disjoint_and_within_what_was_metered(
    drawn: list[Claim], consumed_mwh: int, generated_mwh: int
) -> None:
    found = judged(drawn, STANDINGS, metered(consumed_mwh, generated_mwh))

    assert len(found.accepted) + len(found.refused) == len(drawn)
    for family in Family:
        own = [claim for claim in found.accepted if claim.family is family]
        for lot in ("a", "b"):
            ids = sorted(c.ids for c in own if STANDINGS[c.certificate_id].certificate.lot == lot)
            assert all(one.last < next.first for one, next in pairwise(ids))
        used = Counter(c.covers_consumption for c in own for _ in range(c.ids.quantity_wh // MWH))
        assert used[True] <= consumed_mwh
        assert used.total() <= generated_mwh


@given(claims())
def test_the_same_claims_once_more_are_all_refused(drawn: list[Claim]) -> None:
    first = judged(drawn, STANDINGS, metered(1000, 1000)).accepted
    again = [
        a_claim(id=f"again {c.id}", kind=c.kind, certificate_id=c.certificate_id, ids=c.ids)
        for c in first
    ]

    found = judged([*first, *again], STANDINGS, metered(1000, 1000))

    assert found.accepted == first
    rules = {refusal.rule for refusals in found.refused.values() for refusal in refusals}
    assert rules <= {Rule.CLAIMED_TWICE}


@given(st.lists(st.integers(1, 5), max_size=20), st.integers(1, 60))
def test_free_ids_are_found_as_long_as_there_are_any(sizes: list[int], quantity_wh: int) -> None:
    within, taken = IdRange.of(100, quantity_wh), list[IdRange]()

    for size in sizes:
        if ids := free_ids(within, taken, size):
            taken.append(ids)

    assert all(one.last + 1 == next.first for one, next in pairwise(taken))
    assert all(within.holds(ids) for ids in taken)
    left_wh = quantity_wh - sum(ids.quantity_wh for ids in taken)
    assert (free_ids(within, taken, 1) is None) == (left_wh == 0)

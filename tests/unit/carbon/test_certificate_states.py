"""The life of a certificate: what may follow what, and refusals by name (rules 0.1(5), D.4)."""

from datetime import timedelta

import pytest

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
    split,
)
from services.carbon_accounting.domain.certificates.events import (
    Cancelled,
    Change,
    Claimed,
    Expired,
    Issued,
    Released,
    Reserved,
    Split,
    Transferred,
    Withdrawn,
)
from services.carbon_accounting.domain.certificates.gec import Title
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import ALLOWED, Standing, State, advance
from tests.support.certificates import (
    ISSUED,
    LATER,
    MWH,
    a_bundle,
    a_certificate,
    after,
    cancelled_for,
)

CHANGES: list[Change] = [
    Transferred(LATER, "seller", "trader"),
    Reserved(LATER, "seller", "steel"),
    Released(LATER, "seller"),
    Cancelled(LATER, "seller"),
    Claimed(LATER, "steel"),
    Expired(a_certificate().expires_at),
    Withdrawn(LATER, "issued in error"),
    Split(LATER, "seller", (4 * MWH, 6 * MWH)),
]


def refused(standing: Standing | None, event: Change | Issued) -> Refused:
    found = advance(standing, event)
    assert isinstance(found, Refused), found
    return found


def a_standing(state: State) -> Standing:
    return Standing(a_certificate(), state, "seller", "steel")


def test_issued_transferred_reserved_cancelled_and_claimed() -> None:
    found = after(
        a_certificate(),
        Transferred(LATER, "seller", "trader"),
        Reserved(LATER, "trader", "steel"),
        Cancelled(LATER, "trader"),
        Claimed(LATER, "steel"),
    )

    assert (found.state, found.owner, found.beneficiary) == (State.CLAIMED, "trader", "steel")
    assert found.cancelled_at == LATER


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("event", CHANGES, ids=lambda event: type(event).__name__)
def test_every_transition_is_allowed_or_refused_by_name(state: State, event: Change) -> None:
    found = advance(a_standing(state), event)

    if state in ALLOWED[type(event)]:
        assert isinstance(found, Standing)
    else:
        assert isinstance(found, Refused)
        assert found.rule is Rule.WRONG_TRANSITION
        assert f"{state} → {type(event).__name__.lower()}" in found.text


@pytest.mark.parametrize("state", [State.CLAIMED, State.EXPIRED, State.WITHDRAWN, State.SPLIT])
def test_nothing_follows_the_end(state: State) -> None:
    assert all(isinstance(advance(a_standing(state), event), Refused) for event in CHANGES)


def test_what_was_never_issued_cannot_change() -> None:
    assert refused(None, CHANGES[0]).rule is Rule.NO_SUCH_CERTIFICATE


def test_a_certificate_is_issued_once() -> None:
    again = refused(a_standing(State.ISSUED), Issued(a_certificate(), ISSUED))

    assert (again.rule, again.value) == (Rule.ALREADY_ISSUED, "G1")


def test_nothing_happens_to_a_certificate_before_its_issue() -> None:
    early = Transferred(ISSUED - timedelta(seconds=1), "seller", "trader")

    assert refused(a_standing(State.ISSUED), early).rule is Rule.BEFORE_ISSUANCE


def test_an_expired_certificate_can_only_expire() -> None:
    ends = a_certificate().expires_at
    reserved = after(a_certificate(), Reserved(LATER, "seller", "steel"))

    assert refused(reserved, Cancelled(ends, "seller")).rule is Rule.EXPIRED
    assert advance(reserved, Expired(ends)) == Standing(
        a_certificate(), State.EXPIRED, "seller", "steel"
    )


def test_a_certificate_does_not_expire_early() -> None:
    early = Expired(a_certificate().expires_at - timedelta(seconds=1))

    assert refused(a_standing(State.ISSUED), early).rule is Rule.NOT_EXPIRED_YET


def test_only_the_owner_sells_and_only_the_beneficiary_claims() -> None:
    theft = refused(a_standing(State.ISSUED), Transferred(LATER, "thief", "thief"))
    foreign = refused(cancelled_for("steel"), Claimed(LATER, "campus"))

    assert (theft.rule, theft.cure) == (Rule.NOT_OWNER, "only seller can do this")
    assert (foreign.rule, foreign.value) == (Rule.NOT_OWNER, "campus")


def test_a_reservation_taken_back_leaves_what_was_before() -> None:
    reserve, release = Reserved(LATER, "seller", "steel"), Released(LATER, "seller")
    sold = Transferred(LATER, "seller", "trader")

    kept = after(a_certificate(), reserve, release)
    traded = after(
        a_certificate(), sold, Reserved(LATER, "trader", "steel"), Released(LATER, "trader")
    )

    assert (kept.state, kept.beneficiary) == (State.ISSUED, "")
    assert traded.state is State.TRANSFERRED


def test_a_certificate_of_self_use_is_not_sold_but_goes_with_its_settlement() -> None:
    own = after(a_certificate(title=Title.WITH_SETTLEMENT_ONLY))

    sold = refused(own, Transferred(LATER, "seller", "trader"))
    settled = advance(own, Transferred(LATER, "seller", "steel", with_settlement=True))

    assert (sold.rule, sold.value) == (Rule.NOT_TRADEABLE, "trader")
    assert isinstance(settled, Standing)
    assert refused(own, Reserved(LATER, "seller", "trader")).rule is Rule.NOT_TRADEABLE


def test_a_bundle_of_750_kwh_splits_into_500_and_250() -> None:
    parent = a_bundle(750_000, ids=IdRange.of(1_000, 750_000))

    children = split(parent, [500_000, 250_000])

    assert isinstance(children, tuple)
    assert [c.ids for c in children] == [IdRange(1_000, 500_999), IdRange(501_000, 750_999)]
    assert sum(c.quantity_wh for c in children) == parent.quantity_wh
    assert {c.lot for c in children} == {parent.lot}
    assert len({c.id for c in children} | {parent.id}) == 3


@pytest.mark.parametrize("parts", [[500_000], [500_000, 300_000], [750_000, 0], []])
def test_children_that_do_not_sum_to_the_parent_are_refused(parts: list[int]) -> None:
    found = split(a_bundle(750_000), parts)

    assert isinstance(found, Refused)
    assert found.rule is Rule.BEYOND_QUANTITY
    assert "sum to 750000 Wh" in found.text


def test_a_gec_is_not_split_below_a_mwh() -> None:
    found = split(a_certificate(2), [500_000, 1_500_000])

    assert isinstance(found, Refused)
    assert found.rule is Rule.NOT_WHOLE


def test_a_gec_of_half_a_mwh_cannot_be() -> None:
    with pytest.raises(ValueError, match="500000 Wh are no whole number of GEC"):
        a_certificate(0.5)


def test_a_certificate_issued_before_its_production_ended_cannot_be() -> None:
    with pytest.raises(ValueError, match="these must follow each other"):
        a_certificate(issued_at=a_certificate().production.start)


def test_granular_certificates_are_counted_by_the_wh() -> None:
    bundle: Certificate = a_bundle(333)

    assert bundle.instrument is Instrument.GRANULAR
    assert bundle.quantity_wh == 333

"""Claims: one a MWh and family, never more than was metered; each refusal says its cure (D.1)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.carbon_accounting.domain.certificates.certificate import (
    Certificate,
    IdRange,
    Instrument,
)
from services.carbon_accounting.domain.certificates.claim_checks import judged
from services.carbon_accounting.domain.certificates.claims import (
    Claim,
    ClaimKind,
    Evidence,
    Verdicts,
)
from services.carbon_accounting.domain.certificates.events import Expired
from services.carbon_accounting.domain.certificates.gec import Technology, Title, Use
from services.carbon_accounting.domain.certificates.quality import (
    Circumstances,
    Criterion,
    Judgement,
    Met,
    ResidualMix,
    judgements,
)
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.local_month import Month
from services.energy.time_grid import Interval
from tests.support.certificates import (
    HOUR,
    ISSUED,
    LATER,
    MWH,
    NEW_YEAR,
    SHANGHAI,
    YEAR,
    a_bundle,
    a_certificate,
    a_claim,
    after,
    cancelled_for,
    evidence,
)


def verdicts(*claims: Claim, of: Standing | None = None, **metered: Any) -> Verdicts:
    standing = of or cancelled_for("steel")
    return judged(claims, {standing.certificate.id: standing}, evidence(**metered))


def the_refusal(*claims: Claim, of: Standing | None = None, **metered: Any) -> Refused:
    found = verdicts(*claims, of=of, **metered)
    ((refusal,),) = found.refused.values()
    return refusal


def cancelled(certificate: Certificate) -> Standing:
    return cancelled_for("steel", certificate)


def test_a_claim_within_certificate_and_consumption_holds() -> None:
    claim = a_claim(10)

    assert verdicts(claim) == Verdicts((claim,), {})


def test_a_mwh_is_claimed_once() -> None:
    first, second = a_claim(6), a_claim(6, id="C2", ids=IdRange.of(5 * MWH, 5 * MWH))

    found = verdicts(first, second)

    assert found.accepted == (first,)
    ((refusal,),) = found.refused.values()
    assert refusal.rule is Rule.CLAIMED_TWICE
    assert "ids 0..5999999 of lot windfarm/2025-03 bear a claim" in refusal.text


@pytest.mark.parametrize("kind", [ClaimKind.OFFSET, ClaimKind.INCLUSIVE_CARBON])
def test_a_mwh_claimed_as_gec_is_not_claimed_as_ccer_or_inclusive_carbon(kind: ClaimKind) -> None:
    assert the_refusal(a_claim(), a_claim(id="C2", kind=kind)).rule is Rule.CLAIMED_TWICE
    assert the_refusal(a_claim(kind=kind), a_claim(id="C2")).rule is Rule.CLAIMED_TWICE


def test_physical_use_is_told_beside_the_certificate() -> None:
    found = verdicts(a_claim(), a_claim(id="C2", kind=ClaimKind.PHYSICAL_USE))

    assert len(found.accepted) == 2


def test_children_of_a_bundle_share_its_claims() -> None:
    parent = cancelled(a_certificate(10, id="G1"))
    child = cancelled(a_certificate(4, id="G1/1"))
    claims = (a_claim(10), a_claim(4, id="C2", certificate_id="G1/1"))

    found = judged(claims, {"G1": parent, "G1/1": child}, evidence())

    assert found.refused["C2"][0].rule is Rule.CLAIMED_TWICE


def test_a_claim_larger_than_metered_is_refused_with_the_most_that_can_be_claimed() -> None:
    refusal = the_refusal(a_claim(10), consumed_mwh=7)

    assert (refusal.rule, refusal.field, refusal.value) == (
        Rule.BEYOND_METERED,
        "claimed_wh",
        "10000000",
    )
    assert "steel has 7000000 Wh metered" in refusal.cure
    assert "claim at most 7000000 Wh" in refusal.cure


def test_the_last_certificate_may_be_used_in_part() -> None:
    assert verdicts(a_claim(10), consumed_mwh=9.5).refused == {}
    assert the_refusal(a_claim(10), consumed_mwh=9).rule is Rule.BEYOND_METERED


def test_several_claims_together_are_held_against_consumption() -> None:
    second = a_claim(4, id="C2", ids=IdRange.of(6 * MWH, 4 * MWH))

    refusal = the_refusal(a_claim(6), second, consumed_mwh=9)

    assert refusal.rule is Rule.BEYOND_METERED
    assert "claim at most 3000000 Wh" in refusal.cure


def test_a_claim_of_an_hour_is_held_against_that_hour_and_the_year() -> None:
    hour = Interval(NEW_YEAR, NEW_YEAR + HOUR)
    bundle = cancelled(a_bundle(500))
    claim = a_claim(certificate_id="B1", ids=IdRange.of(0, 500), consumption=hour)

    assert verdicts(claim, of=bundle, consumed_mwh=0.0005).refused == {}
    assert the_refusal(claim, of=bundle, consumed_mwh=0.0004).rule is Rule.BEYOND_METERED


def test_offsets_are_not_held_against_consumption() -> None:
    assert verdicts(a_claim(kind=ClaimKind.OFFSET), consumed_mwh=0).refused == {}


def test_a_claim_of_more_than_was_generated_is_refused() -> None:
    refusal = the_refusal(a_claim(10), generated_mwh=9)

    assert refusal.rule is Rule.BEYOND_GENERATION
    assert "windfarm exported 9000000 Wh" in refusal.cure


def test_what_was_carried_from_the_month_before_may_be_claimed() -> None:
    assert verdicts(a_claim(2), generated_mwh=1.7).refused == {}  # with a carry of 0.3 MWh


def test_all_claims_of_a_devices_month_are_held_against_its_generation() -> None:
    other = cancelled(a_certificate(5, id="G2", lot="other"))
    claims = (a_claim(6), a_claim(5, id="C2", certificate_id="G2"))

    found = judged(claims, {"G1": cancelled_for("steel"), "G2": other}, evidence(generated_mwh=10))

    ((refusal,),) = found.refused.values()
    assert refusal.rule is Rule.BEYOND_GENERATION
    assert "of which 6000000 Wh are claimed" in refusal.cure


def test_the_hours_of_a_device_together_are_held_against_its_year() -> None:
    hours = [Interval(NEW_YEAR + n * HOUR, NEW_YEAR + (n + 1) * HOUR) for n in range(2)]
    bundles = {f"B{n}": a_bundle(6, id=f"B{n}", lot=f"B{n}", production=hours[n]) for n in range(2)}
    standings = {name: cancelled(bundle) for name, bundle in bundles.items()}
    claims = [a_claim(id=n, certificate_id=n, ids=IdRange.of(0, 6)) for n in bundles]

    found = judged(claims, standings, evidence(generated_mwh=0.000010))

    # each hour alone holds: 6 Wh of 10; both are 12 Wh of the 10 that were exported in the year
    ((refusal,),) = found.refused.values()
    assert refusal.rule is Rule.BEYOND_GENERATION
    assert "10 Wh in [2024-12-31T16:00Z, 2025-12-31T16:00Z), of which 6 Wh" in refusal.cure


@pytest.mark.parametrize("names", [("G1", "B1"), ("B1", "G1")])
def test_a_month_and_an_hour_of_it_share_what_was_generated(names: tuple[str, str]) -> None:
    month = a_certificate().production
    hour = Interval(month.start, month.start + HOUR)
    bundle = a_bundle(6 * MWH, production=hour)
    standings = {"G1": cancelled_for("steel"), "B1": cancelled(bundle)}
    said = {"G1": a_claim(10), "B1": a_claim(6, id="C2", certificate_id="B1")}

    def made_wh(device: str, use: object, span: Interval) -> int:
        return {hour: 6 * MWH, YEAR: 100 * MWH}.get(span, 10 * MWH)  # 6 of the month's 10 MWh

    judge = replace(evidence(), generated_wh=made_wh)
    found = judged([said[name] for name in names], standings, judge)

    ((refusal,),) = found.refused.values()
    assert refusal.rule is Rule.BEYOND_GENERATION
    assert "exported 10000000 Wh" in refusal.cure


def test_a_storage_certificate_without_the_record_of_its_charge_is_not_claimed() -> None:
    bundle = a_bundle(
        500, instrument=Instrument.STORAGE_GRANULAR, technology=Technology.STORAGE, device="battery"
    )

    refusal = the_refusal(
        a_claim(certificate_id="B1", ids=IdRange.of(0, 500)), of=cancelled(bundle)
    )

    assert (refusal.rule, refusal.value) == (Rule.NOT_ALLOCATED, "SD-GC")


def test_unknown_consumption_is_not_taken_for_zero_but_named() -> None:
    unknown = Evidence(YEAR, lambda who, span: None)

    found = judged([a_claim()], {"G1": cancelled_for("steel")}, unknown)

    ((refusal,),) = found.refused.values()
    assert "is not known; meter it" in refusal.cure


def test_a_certificate_of_another_market_is_refused() -> None:
    refusal = the_refusal(a_claim(), of=cancelled(a_certificate(market="DE")))

    assert (refusal.rule, refusal.field, refusal.value) == (Rule.WRONG_MARKET, "market", "DE")


def test_a_certificate_of_another_year_is_refused() -> None:
    earlier = a_certificate(production=Month(2024, 12).interval(SHANGHAI))

    refusal = the_refusal(a_claim(), of=cancelled(earlier))

    assert refusal.rule is Rule.WRONG_VINTAGE
    assert "2024-11-30T16:00Z, 2024-12-31T16:00Z" in refusal.value


def test_a_claim_for_another_year_than_is_booked_is_refused() -> None:
    last_year = Interval(Month(2024, 1).start(SHANGHAI), YEAR.start)
    made = a_certificate(production=Month(2024, 12).interval(SHANGHAI))

    refusal = the_refusal(a_claim(consumption=last_year), of=cancelled(made))

    assert (refusal.rule, refusal.field) == (Rule.WRONG_VINTAGE, "consumed")
    assert "the books are of [2024-12-31T16:00Z, 2025-12-31T16:00Z)" in refusal.cure


def test_an_expired_certificate_is_not_claimed() -> None:
    expired = after(a_certificate(), Expired(a_certificate().expires_at))

    assert the_refusal(a_claim(), of=expired).rule is Rule.EXPIRED


def test_a_certificate_nobody_cancelled_is_not_claimed() -> None:
    refusal = the_refusal(a_claim(), of=after(a_certificate()))

    assert refusal.rule is Rule.NOT_CANCELLED
    assert refusal.cure == "cancel it for steel first"


def test_nothing_is_claimed_before_it_is_cancelled() -> None:
    refusal = the_refusal(a_claim(at=LATER - HOUR))

    assert (refusal.rule, refusal.field) == (Rule.NOT_CANCELLED, "at")
    assert refusal.cure == f"claim from {LATER} on"


def test_a_certificate_cancelled_for_another_is_not_claimed() -> None:
    refusal = the_refusal(a_claim(), of=cancelled_for("campus"))

    assert (refusal.rule, refusal.value) == (Rule.NOT_CANCELLED, "cancelled for campus")


def test_self_used_power_is_claimed_by_its_owner_alone() -> None:
    own = a_certificate(title=Title.WITH_SETTLEMENT_ONLY, owner="steel")
    mistaken = Standing(own, cancelled_for("steel").state, "campus", "steel")

    assert verdicts(a_claim(), of=cancelled(own)).refused == {}
    assert the_refusal(a_claim(), of=mistaken).rule is Rule.NOT_TRADEABLE


def test_half_a_gec_is_not_claimed() -> None:
    assert the_refusal(a_claim(0.5)).rule is Rule.NOT_WHOLE


def test_ids_beyond_the_certificate_are_not_claimed() -> None:
    refusal = the_refusal(a_claim(11))

    assert (refusal.rule, refusal.value) == (Rule.BEYOND_QUANTITY, "0..10999999")


def test_a_certificate_that_does_not_exist_is_not_claimed() -> None:
    assert the_refusal(a_claim(certificate_id="?")).rule is Rule.NO_SUCH_CERTIFICATE


def test_everything_that_is_wrong_is_told_at_once() -> None:
    early = a_claim(20, at=ISSUED - timedelta(days=1), market="DE")

    found = verdicts(early, of=cancelled_for("campus"), consumed_mwh=1)

    assert [refusal.rule for refusal in found.refused["C1"]] == [
        Rule.BEFORE_ISSUANCE,
        Rule.NOT_CANCELLED,
        Rule.BEYOND_QUANTITY,
        Rule.WRONG_MARKET,
        Rule.BEYOND_METERED,
    ]


def test_a_refused_claim_uses_nothing_up() -> None:
    found = verdicts(a_claim(market="DE"), a_claim(id="C2"))

    assert [claim.id for claim in found.accepted] == ["C2"]


MIX = ResidualMix(factors=("0.5 kgCO2/kWh (market_based/residual-mix/DE/2025 v1)",))
SOUND = Circumstances(is_claimed_twice=False, residual_mix=MIX)
LACKING = ("for CN from 2025-01-01 to 2025-12-31",)


def met(criterion: Criterion, found: tuple[Judgement, ...]) -> Met:
    return next(j.met for j in found if j.criterion is criterion)


def test_a_sound_claim_meets_all_criteria_that_apply() -> None:
    found = judgements(a_claim(), cancelled_for("steel"), SOUND)

    assert [j.criterion for j in found] == list(Criterion)
    assert [j.met for j in found] == [
        *[Met.YES] * 5,
        Met.NOT_APPLICABLE,
        Met.NOT_APPLICABLE,
        Met.YES,
    ]


def test_criteria_whose_wording_was_not_read_say_so() -> None:
    standing = cancelled(a_certificate(trust="V"))

    trust = [j.trust for j in judgements(a_claim(), standing, SOUND)]

    assert trust == ["V2"] * 6 + ["M"] * 2


def test_a_rate_that_nobody_read_is_conveyed_unverified() -> None:
    rate, *_ = judgements(a_claim(), cancelled(a_certificate(trust="M", ng_per_wh=10**7)), SOUND)

    assert (rate.met, rate.trust) == (Met.YES, "M")
    assert rate.because == "conveys 0.01 kg/kWh of trust M"


def test_a_reader_can_check_why_from_the_values_that_are_told() -> None:
    made, standing = (a_claim(3), cancelled_for("steel", a_certificate(trust="V2")))

    because = [j.because for j in judgements(made, standing, SOUND)]

    assert because == [
        "conveys 0 kg/kWh of trust V2",
        "no other claim in these books is on the attribute of ids 0 to 2999999 of lot "
        "windfarm/2025-03",
        "cancelled 2025-06-01T00:00Z for steel",
        "produced 2025-02-28T16:00Z to 2025-03-31T16:00Z, consumed 2024-12-31T16:00Z to "
        "2025-12-31T16:00Z",
        "market CN for consumption in CN",
        "no supplier's factor is used",
        "neither bought by contract nor used where it was made",
        "residual mix 0.5 kgCO2/kWh (market_based/residual-mix/DE/2025 v1)",
    ]


def test_an_offset_covers_no_consumption_that_it_could_be_held_against() -> None:
    offset = a_claim(kind=ClaimKind.OFFSET, market="DE")

    found = judgements(offset, cancelled_for("steel"), Circumstances(False))

    none = [j for j in found if j.because == "the claim covers no consumption"]
    assert [j.criterion.value[0] for j in none] == ["4", "5", "8"]
    assert {j.met for j in none} == {Met.NOT_APPLICABLE}
    assert [j.met for j in found[:3]] == [Met.YES] * 3


@pytest.mark.parametrize(
    "changed", [{"instrument": Instrument.CONTRACT}, {"use": Use.SELF_USE}], ids=["contract", "own"]
)
def test_power_that_came_with_its_attributes_brings_them_to_the_reporter_alone(
    changed: dict[str, Any],
) -> None:
    certificate = a_certificate(**changed)
    given, sold = after(certificate), after(replace(certificate, owner="steel"))

    seven = Criterion.DIRECT_ONLY_TO_REPORTER
    assert met(seven, judgements(a_claim(), given, SOUND)) is Met.NO  # still the seller's
    assert met(seven, judgements(a_claim(), sold, SOUND)) is Met.YES
    assert met(seven, judgements(a_claim(), cancelled(certificate), SOUND)) is Met.YES
    assert met(seven, judgements(a_claim(), cancelled_for("cloth"), SOUND)) is Met.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("criterion", "standing", "claim"),
    [
        (Criterion.CONVEYS_EMISSION_RATE, cancelled(a_certificate(ng_per_wh=None)), a_claim()),
        (Criterion.RETIRED_FOR_REPORTER, after(a_certificate()), a_claim()),
        (Criterion.RETIRED_FOR_REPORTER, cancelled_for("campus"), a_claim()),
        (
            Criterion.VINTAGE,
            cancelled(a_certificate(production=Month(2024, 12).interval(SHANGHAI))),
            a_claim(),
        ),
        (Criterion.SAME_MARKET, cancelled_for("steel"), a_claim(market="DE")),
    ],
)
def test_a_criterion_that_is_not_met_is_named(
    criterion: Criterion, standing: Standing, claim: Claim
) -> None:
    found = judgements(claim, standing, SOUND)

    assert [j.criterion for j in found if j.met is Met.NO] == [criterion]


def test_the_circumstances_decide_criteria_2_6_and_8() -> None:
    undisclosed = ResidualMix(lacking=LACKING, is_disclosed=False)
    unsound = Circumstances(True, residual_mix=undisclosed, supplier_factor_is_net=False)

    found = judgements(a_claim(), cancelled_for("steel"), unsound)

    assert met(Criterion.ONLY_CLAIM, found) is Met.NO
    assert met(Criterion.NET_SUPPLIER_FACTOR, found) is Met.NO
    assert met(Criterion.RESIDUAL_MIX, found) is Met.NO


def test_what_was_not_told_of_the_residual_mix_is_unknown() -> None:
    untold = Circumstances(False)
    unseen = Circumstances(False, residual_mix=ResidualMix(lacking=LACKING))

    for circumstances in (untold, unseen):
        found = judgements(a_claim(), cancelled_for("steel"), circumstances)
        assert met(Criterion.RESIDUAL_MIX, found) is Met.UNKNOWN


def test_a_residual_mix_that_is_absent_and_said_to_be_is_no_fault() -> None:
    told = Circumstances(False, residual_mix=ResidualMix(lacking=LACKING, is_disclosed=True))

    found = judgements(a_claim(), cancelled_for("steel"), told)

    assert met(Criterion.RESIDUAL_MIX, found) is Met.YES


def test_the_park_and_its_enterprises_claim_no_more_than_was_consumed_together() -> None:
    first, second = a_certificate(6), a_certificate(6, id="G2", lot="other")
    standings = {"G1": cancelled_for("steel", first), "G2": cancelled_for("park", second)}
    six = IdRange.of(0, 6 * MWH)
    claims = [
        a_claim(ids=six),
        a_claim(id="C2", certificate_id="G2", ids=six, claimant="park"),
    ]

    tight, wide = (judged(claims, standings, evidence(mwh)) for mwh in (10, 10.1))

    (refusal,) = tight.refused["C2"]  # 12 of 10 MWh: each may round up by less than 1 MWh
    assert refusal.rule is Rule.BEYOND_METERED
    assert "all together have 10000000 Wh metered" in refusal.cure
    assert wide.refused == {}

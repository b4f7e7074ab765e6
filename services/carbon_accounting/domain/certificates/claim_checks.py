"""Judging claims: against certificate, earlier claims, generation and consumption (D.1, D.4)."""

from collections.abc import Iterable, Iterator, Mapping

from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.charging import charge_mistakes
from services.carbon_accounting.domain.certificates.claimed_spans import told
from services.carbon_accounting.domain.certificates.claims import (
    EVERYBODY,
    Claim,
    ClaimKind,
    Evidence,
    Used,
    Verdicts,
)
from services.carbon_accounting.domain.certificates.gec import GEC_WH, Title
from services.carbon_accounting.domain.certificates.generation_checks import generated_mistakes
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.energy.time_grid import Interval


def judged(
    claims: Iterable[Claim], standings: Mapping[str, Standing], evidence: Evidence
) -> Verdicts:
    """Judge claims one after the other; each names everything that is wrong with it.

    Consumption is held against the claims for the same span and against all of the reporting
    period, rounded up to whole certificates: the last may be used in part.
    """
    used, accepted = Used(), []
    refused: dict[str, tuple[Refused, ...]] = {}
    for claim in claims:
        standing = standings.get(claim.certificate_id)
        if standing is None:
            refused[claim.id] = (_unknown(claim),)
            continue
        fed = standings.get(claim.feeds)
        discharged = None if fed is None else fed.certificate
        if mistakes := mistakes_of(claim, standing, used, evidence, discharged):
            refused[claim.id] = mistakes
            continue
        used.take(claim, standing.certificate, evidence, discharged)
        accepted.append(claim)
    return Verdicts(tuple(accepted), refused)


def mistakes_of(
    claim: Claim,
    standing: Standing,
    used: Used,
    evidence: Evidence,
    discharged: Certificate | None = None,
) -> tuple[Refused, ...]:
    """Return everything that is wrong with one claim, given what was used before it.

    `discharged` is the certificate that a claim of stored power feeds.
    """
    shape, used_up = _shape_mistakes(claim, standing), _used_up(claim, standing, used, evidence)
    charging = () if discharged is None else charge_mistakes(discharged, standing, used, evidence)
    return (*shape, *used_up, *charging)


def _unknown(claim: Claim) -> Refused:
    return Refused(
        Rule.NO_SUCH_CERTIFICATE, "certificate", claim.certificate_id, "issue or import it first"
    )


def _shape_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    """Yield what is wrong between a claim and its certificate, whatever else was claimed."""
    yield from _life_mistakes(claim, standing)
    yield from _range_mistakes(claim, standing)
    certificate = standing.certificate
    if claim.market != certificate.market:
        yield Refused(
            Rule.WRONG_MARKET, "market", certificate.market, f"consumption is in {claim.market}"
        )
    made, used = certificate.production, claim.consumption
    if made.start < used.start or made.end > used.end:
        yield Refused(
            Rule.WRONG_VINTAGE,
            "produced",
            told(made),
            f"it must lie within the consumption {told(used)}",
        )


def _life_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    certificate, at = standing.certificate, claim.at
    cancelled = standing.state in (State.CANCELLED, State.CLAIMED)
    if at < certificate.issued_at:
        yield Refused(
            Rule.BEFORE_ISSUANCE, "at", at.isoformat(), f"claim from {certificate.issued_at} on"
        )
    if standing.state is State.EXPIRED or (not cancelled and at >= certificate.expires_at):
        yield Refused(
            Rule.EXPIRED, "expires_at", certificate.expires_at.isoformat(), "claim another one"
        )
    elif not cancelled or standing.beneficiary != claim.claimant:
        yield Refused(
            Rule.NOT_CANCELLED, "state", _stands(standing), f"cancel it for {claim.claimant} first"
        )
    since = standing.cancelled_at
    if since is not None and certificate.issued_at <= at < since:
        yield Refused(Rule.NOT_CANCELLED, "at", at.isoformat(), f"claim from {since} on")
    if certificate.instrument is Instrument.STORAGE_GRANULAR and certificate.charge is None:
        yield Refused(
            Rule.NOT_ALLOCATED,
            "instrument",
            str(certificate.instrument),
            "issue it with the record of its charge and the certificate cancelled for that",
        )
    if certificate.charge is not None and claim.kind is ClaimKind.PHYSICAL_USE:
        cure = f"claim physical use once, of what was charged: {certificate.charge.certificate_id}"
        yield Refused(Rule.CLAIMED_TWICE, "claim", str(claim.kind), cure)
    if certificate.title is not Title.TRADEABLE and claim.claimant != standing.owner:
        yield Refused(
            Rule.NOT_TRADEABLE, "claimant", claim.claimant, f"only {standing.owner} may claim it"
        )


def _range_mistakes(claim: Claim, standing: Standing) -> Iterator[Refused]:
    certificate, ids = standing.certificate, claim.ids
    granule_wh, offset_wh = certificate.instrument.granule_wh, ids.first - certificate.ids.first
    if not certificate.ids.holds(ids):
        yield Refused(
            Rule.BEYOND_QUANTITY,
            "ids",
            f"{ids.first}..{ids.last}",
            f"the certificate has {certificate.ids.first}..{certificate.ids.last}",
        )
    elif ids.quantity_wh % granule_wh or offset_wh % granule_wh:
        yield Refused(
            Rule.NOT_WHOLE,
            "claimed_wh",
            str(ids.quantity_wh),
            f"claim whole multiples of {granule_wh} Wh",
        )


def _used_up(claim: Claim, standing: Standing, used: Used, evidence: Evidence) -> Iterator[Refused]:
    certificate, reporting = standing.certificate, evidence.reporting
    used_span, stored = claim.consumption, claim.kind is ClaimKind.STORED
    if not stored and (used_span.start < reporting.start or used_span.end > reporting.end):
        yield Refused(
            Rule.WRONG_VINTAGE,
            "consumed",
            told(used_span),
            f"the books are of {told(reporting)}; claim for consumption within them",
        )
    if taken := used.overlap(claim, certificate.lot):
        yield Refused(
            Rule.CLAIMED_TWICE,
            "ids",
            f"{claim.ids.first}..{claim.ids.last}",
            f"ids {taken.first}..{taken.last} of lot {certificate.lot} bear a claim of family "
            f"{claim.family.name.lower()}; claim others",
        )
    yield from generated_mistakes(claim, certificate, used, evidence)
    if claim.covers_consumption:
        yield from _metered_mistakes(claim, certificate.instrument.granule_wh, used, evidence)


def _metered_mistakes(
    claim: Claim, granule_wh: int, used: Used, evidence: Evidence
) -> Iterator[Refused]:
    for span in dict.fromkeys((claim.consumption, evidence.reporting)):
        before_wh = used.wh[claim.family, span][claim.claimant]
        metered_wh = evidence.consumed_wh(claim.claimant, span)
        if metered_wh is None:
            yield Refused(
                Rule.BEYOND_METERED,
                "claimant",
                claim.claimant,
                f"consumption in {told(span)} is not known; meter it or claim for another span",
            )
            return
        free_wh = -(-metered_wh // granule_wh) * granule_wh - before_wh
        if claim.ids.quantity_wh > free_wh:
            yield Refused(
                Rule.BEYOND_METERED,
                "claimed_wh",
                str(claim.ids.quantity_wh),
                f"{claim.claimant} has {metered_wh} Wh metered in {told(span)} and "
                f"{before_wh} Wh claimed; claim at most {max(0, free_wh)} Wh"
                f"{_in_whole(granule_wh)}",
            )
            return
        if refused := _beyond_together(claim, span, used, evidence):
            yield refused
            return


def _beyond_together(
    claim: Claim, span: Interval, used: Used, evidence: Evidence
) -> Refused | None:
    """Return that the park and its enterprises claim more than was consumed, taken together.

    Each of them may round up to a whole certificate.
    """
    before = used.wh[claim.family, span]
    metered_wh = evidence.consumed_wh(EVERYBODY, span)
    if EVERYBODY not in (claim.claimant, *before) or metered_wh is None:
        return None
    before_wh = sum(before.values())
    free_wh = metered_wh + len({claim.claimant, *before}) * (GEC_WH - 1) - before_wh
    if claim.ids.quantity_wh <= free_wh:
        return None
    return Refused(
        Rule.BEYOND_METERED,
        "claimed_wh",
        str(claim.ids.quantity_wh),
        f"all together have {metered_wh} Wh metered in {told(span)}, and the park and its "
        f"enterprises claim {before_wh} Wh of it already; claim what is left",
    )


def _in_whole(granule_wh: int) -> str:
    return f" in whole certificates of {granule_wh} Wh" if granule_wh > 1 else ""


def _stands(standing: Standing) -> str:
    to_whom = f" for {standing.beneficiary}" if standing.beneficiary else ""
    return f"{standing.state}{to_whom}"

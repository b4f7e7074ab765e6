"""The eight Scope 2 quality criteria, each a named check with its own verdict (rules D.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from services.carbon_accounting.domain.certificates.certificate import Instrument
from services.carbon_accounting.domain.certificates.claims import Claim
from services.carbon_accounting.domain.certificates.states import Standing, State


class Criterion(StrEnum):
    """The criteria of the GHG Protocol Scope 2 Guidance, in its order."""

    CONVEYS_EMISSION_RATE = "1 conveys the attribute with its emission rate"
    ONLY_CLAIM = "2 only instrument carrying the claim"
    RETIRED_FOR_REPORTER = "3 tracked and cancelled for the reporter"
    VINTAGE = "4 vintage within the consumption period"
    SAME_MARKET = "5 same market as the consumption"
    NET_SUPPLIER_FACTOR = "6 supplier factor net of certificates sold"
    DIRECT_ONLY_TO_REPORTER = "7 direct purchase transfers certificates only to the reporter"
    RESIDUAL_MIX = "8 residual mix available or its absence disclosed"


TRUST = {criterion: "M" if criterion.value[0] in "78" else "V2" for criterion in Criterion}
"""The exact wording of 7 and 8 was not read (rules D.1)."""


class Met(StrEnum):
    """Whether a criterion is met."""

    YES = "met"
    NO = "not met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the criteria ask beyond the claim. None is not known.

    `supplier_factor_is_net` None stands for instruments without a supplier's factor.
    """

    other_claims_overlap: bool
    has_residual_mix: bool | None
    absence_disclosed: bool = False
    supplier_factor_is_net: bool | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one criterion, why, and how well its wording is known."""

    criterion: Criterion
    met: Met
    because: str
    trust: str


Check = Callable[[Claim, Standing, Circumstances], tuple[Met, str]]


def judgements(
    claim: Claim, standing: Standing, circumstances: Circumstances
) -> tuple[Judgement, ...]:
    """Return the eight verdicts in order."""
    return tuple(
        Judgement(criterion, *check(claim, standing, circumstances), TRUST[criterion])
        for criterion, check in CHECKS.items()
    )


def _met(yes: bool, because: str) -> tuple[Met, str]:
    return (Met.YES if yes else Met.NO), because


def _conveys_rate(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    rate = standing.certificate.ng_per_wh
    return _met(rate is not None, f"emission rate {'unknown' if rate is None else f'{rate} ng/Wh'}")


def _only_claim(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    other = "another" if around.other_claims_overlap else "no other"
    return _met(not around.other_claims_overlap, f"{other} claim of family {claim.family}")


def _retired(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    over = standing.state in (State.CANCELLED, State.CLAIMED)
    whose = standing.beneficiary or "nobody"
    return _met(over and whose == claim.claimant, f"{standing.state} for {whose}")


def _vintage(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    made, used = standing.certificate.production, claim.consumption
    inside = used.start <= made.start and made.end <= used.end
    return _met(inside, f"produced {made.start:%Y-%m-%d}, consumed from {used.start:%Y-%m-%d}")


def _market(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    market = standing.certificate.market
    return _met(market == claim.market, f"{market} for consumption in {claim.market}")


def _net_factor(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    if around.supplier_factor_is_net is None:
        return Met.NOT_APPLICABLE, "no supplier's factor is used"
    return _met(around.supplier_factor_is_net, "told by the supplier")


def _direct(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    if standing.certificate.instrument is not Instrument.CONTRACT:
        return Met.NOT_APPLICABLE, "not a direct purchase"
    return _met(standing.owner == claim.claimant, f"attributes belong to {standing.owner}")


def _residual(claim: Claim, standing: Standing, around: Circumstances) -> tuple[Met, str]:
    if around.has_residual_mix is None:
        return Met.UNKNOWN, "it was not told whether there is a residual mix"
    if around.has_residual_mix:
        return Met.YES, "residual mix used"
    return _met(around.absence_disclosed, "no residual mix for this region and year")


CHECKS: dict[Criterion, Check] = dict(
    zip(
        Criterion,
        (
            _conveys_rate,
            _only_claim,
            _retired,
            _vintage,
            _market,
            _net_factor,
            _direct,
            _residual,
        ),
        strict=True,
    )
)

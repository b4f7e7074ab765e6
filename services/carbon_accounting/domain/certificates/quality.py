"""The eight Scope 2 quality criteria, each a named check with its own verdict (rules D.1)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from services.carbon_accounting.domain.certificates.certificate import UNREAD, Instrument
from services.carbon_accounting.domain.certificates.claims import Claim, Family
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.states import Standing, State
from services.energy.time_grid import Interval

NG_PER_WH_IN_KG_PER_KWH = 10**9


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


TRUST = {criterion: UNREAD if criterion.value[0] in "78" else "V2" for criterion in Criterion}
"""The exact wording of 7 and 8 was not read (rules D.1)."""
OF_CONSUMPTION = frozenset({Criterion.VINTAGE, Criterion.SAME_MARKET, Criterion.RESIDUAL_MIX})


class Met(StrEnum):
    """Whether a criterion is met."""

    YES = "met"
    NO = "not met"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class ResidualMix:
    """What books take for power that no claim covers, in the consumption of a claim.

    `factors` were published as a residual mix, `proxies` stand for one, both with their value;
    `doubts` say why one is unverified; `lacking` are spans without any. `is_disclosed`: whether an
    open item of the books says so, None where nobody looked.
    """

    factors: tuple[str, ...] = ()
    proxies: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    is_disclosed: bool | None = None


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the criteria ask beyond the claim. None is not known.

    `is_claimed_twice`: another claim of the family is on an id of it. `rival`: an instrument of
    another kind, for power of the same device and time, is claimed too and no meter tells the Wh
    apart. `supplier_factor_is_net` None stands for instruments without a supplier's factor.
    `charge`: the claim that took a store's charge out of its certificate, of an SD-GC.
    """

    is_claimed_twice: bool
    rival: Instrument | None = None
    residual_mix: ResidualMix | None = None
    supplier_factor_is_net: bool | None = None
    charge: "tuple[Claim, Standing, Circumstances] | None" = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The verdict of one criterion, why, and how well it is known: M is unverified."""

    criterion: Criterion
    met: Met
    because: str
    trust: str


Verdict = tuple[Met, str]
Check = Callable[[Claim, Standing, Circumstances], Verdict]


def judgements(
    claim: Claim, standing: Standing, circumstances: Circumstances
) -> tuple[Judgement, ...]:
    """Return the eight verdicts in order.

    What is not about consumption (an offset) has no period, market or residual mix of its own.
    """
    return tuple(
        Judgement(
            criterion,
            *_verdict(criterion, claim, standing, circumstances),
            _trust(criterion, standing),
        )
        for criterion in CHECKS
    )


def _verdict(
    criterion: Criterion, claim: Claim, standing: Standing, around: Circumstances
) -> Verdict:
    if criterion in OF_CONSUMPTION and not claim.covers_consumption:
        return Met.NOT_APPLICABLE, "the claim covers no consumption"
    return CHECKS[criterion](claim, standing, around)


def _trust(criterion: Criterion, standing: Standing) -> str:
    """Return how well a verdict is known: that of a conveyed rate no better than the rate."""
    conveys = criterion is Criterion.CONVEYS_EMISSION_RATE
    return UNREAD if conveys and standing.certificate.trust == UNREAD else TRUST[criterion]


def _met(yes: bool, because: str) -> Verdict:
    return (Met.YES if yes else Met.NO), because


def _conveys_rate(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    certificate = standing.certificate
    if certificate.ng_per_wh is None:
        return Met.NO, "conveys no emission rate"
    rate = f"{certificate.ng_per_wh / NG_PER_WH_IN_KG_PER_KWH:g}"
    return Met.YES, f"conveys {rate} kg/kWh of trust {certificate.trust}"


def _only_claim(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    """Return whether it is; what a store discharged is no surer than what it was charged with."""
    own = _only_of_certificate(claim, standing, around)
    if around.charge is None:
        return own
    met, because = _only_claim(*around.charge)
    if SURENESS.index(met) >= SURENESS.index(own[0]):
        return own
    charged = around.charge[1].certificate.id
    return met, f"of its charge from {charged}: {because}"


def _only_of_certificate(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    certificate, what = standing.certificate, CLAIMED_AS[claim.family]
    ids = f"{what} of ids {claim.ids.first} to {claim.ids.last} of lot {certificate.lot}"
    if around.is_claimed_twice:
        return Met.NO, f"another claim is on the {ids} or some of them"
    if around.rival is not None:
        many = f"certificates {around.rival} of {certificate.device} are claimed for the same time"
        return Met.UNKNOWN, f"{many} too and no meter here tells that these are other Wh"
    return Met.YES, f"no other claim in these books is on the {ids}"


def _retired(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    over = standing.state in (State.CANCELLED, State.CLAIMED)
    whose, since = standing.beneficiary or "nobody", standing.cancelled_at
    if over and since is not None:
        return _met(whose == claim.claimant, f"cancelled {_time(since)} for {whose}")
    return Met.NO, f"it is {standing.state} for {whose} and not cancelled"


def _vintage(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    made, used = standing.certificate.production, claim.consumption
    inside = used.start <= made.start and made.end <= used.end
    return _met(inside, f"produced {_span(made)}, consumed {_span(used)}")


def _market(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    market = standing.certificate.market
    return _met(market == claim.market, f"market {market} for consumption in {claim.market}")


def _net_factor(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    if around.supplier_factor_is_net is None:
        return Met.NOT_APPLICABLE, "no supplier's factor is used"
    if around.supplier_factor_is_net:
        return Met.YES, "the supplier says that its factor is net of certificates sold"
    return Met.NO, "the supplier's factor is not net of certificates sold"


def _direct(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    certificate = standing.certificate
    if certificate.instrument is not Instrument.CONTRACT and certificate.use is Use.ON_GRID:
        return Met.NOT_APPLICABLE, "neither bought by contract nor used where it was made"
    if standing.cancelled_at is not None:
        return _met(
            standing.beneficiary == claim.claimant,
            f"its attributes were cancelled by {standing.owner} for {standing.beneficiary}",
        )
    return _met(standing.owner == claim.claimant, f"its attributes belong to {standing.owner}")


def _residual(claim: Claim, standing: Standing, around: Circumstances) -> Verdict:
    mix = around.residual_mix
    if mix is None:
        return Met.UNKNOWN, "nobody looked which residual mix the books use"
    if mix.lacking:
        return _lacking(mix)
    said = [f"residual mix {one}" for one in mix.factors]
    said += [f"no residual mix is known, the books name {one} as its proxy" for one in mix.proxies]
    return Met.YES, "; ".join((*said, *mix.doubts))


def _lacking(mix: ResidualMix) -> Verdict:
    said = [f"no residual mix {one}" for one in mix.lacking]
    if mix.is_disclosed is None:
        said.append("nobody looked whether an open item says so")
        return Met.UNKNOWN, "; ".join(said)
    an_item = "an" if mix.is_disclosed else "no"
    return _met(mix.is_disclosed, "; ".join((*said, f"{an_item} open item of the books says so")))


def _span(span: Interval) -> str:
    return f"{_time(span.start)} to {_time(span.end)}"


def _time(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%MZ}"


SURENESS = (Met.NO, Met.UNKNOWN, Met.YES)
CLAIMED_AS = {Family.ATTRIBUTE: "attribute", Family.PHYSICAL: "physical use"}
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

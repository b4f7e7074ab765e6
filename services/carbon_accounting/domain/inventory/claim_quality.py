"""The Scope 2 criteria of every claim in a park's books, out of all its claims and its factors.

Criterion 2 is read so (wording V2): another claim of the same family on an id of the lot breaks it.
A claim of physical use is of another family and conveys no attribute, so it does not (rules 0.1(6);
that families are framed so: M). Books refuse such a claim; it is looked for all the same. An
instrument of another kind (GEC beside GC) for power of the same device and time may be issued for
the same Wh: where the device is metered here its claims were held below what it made, elsewhere it
is unknown. Certificates of one kind are kept apart by who issues them. Other registries are not
asked. Of an SD-GC it is no better met than of the certificate that its charge was taken out of;
that taking (kind `stored`) stands beside other claims, but nobody reports with it: not judged.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import accumulate, pairwise

from services.carbon_accounting.domain.activities.electricity import quantity_of
from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.claims import (
    Claim,
    Family,
    OfDevice,
    of_device,
)
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.quality import (
    Circumstances,
    Judgement,
    Met,
    ResidualMix,
    judgements,
)
from services.carbon_accounting.domain.certificates.states import Standing
from services.carbon_accounting.domain.factoring.factor import UNVERIFIED_TRUST, Factor
from services.carbon_accounting.domain.factoring.store import MissingFactor
from services.carbon_accounting.domain.inventory.open_items import Kind, OpenItem
from services.carbon_accounting.domain.inventory.rules import Rules
from services.carbon_accounting.domain.ledgers import Ledger
from services.energy.time_grid import Interval

ClaimOn = tuple[Claim, Standing]
Generated = Callable[[str, Use, Interval], int | None]
"""What a device made in a span for a use, Wh; None where no meter here says."""
RESIDUAL = quantity_of("grid", Ledger.MARKET_BASED)
NAMED_AS_PROXY = "as residual mix"
"""How the source of a factor says that it stands for a residual mix (grid.csv, rules D.1)."""
INSTANT, DAY = timedelta(microseconds=1), timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ClaimQuality:
    """A claim with its eight verdicts, in their order."""

    claim: Claim
    judgements: tuple[Judgement, ...]

    @property
    def meets_all(self) -> bool:
        """Whether it meets every criterion that applies."""
        return not self.open

    @property
    def open(self) -> tuple[Judgement, ...]:
        """The criteria that it does not meet, and those of which it is not known."""
        return tuple(one for one in self.judgements if one.met in (Met.NO, Met.UNKNOWN))


def judged_claims(
    claims: Iterable[ClaimOn],
    rules: Rules,
    generated_wh: Generated,
    items: Iterable[OpenItem] | None,
    asked: Iterable[ClaimOn] | None = None,
) -> Iterator[ClaimQuality]:
    """Yield reporters' claims with verdicts: those `asked`, else all; `claims`: all of the books.

    `items` are the open items of the books, None where nobody looked at them.
    """
    known = list(claims)
    around, mixes = _Around(known, generated_wh), _Mixes(rules, items)
    for claim, standing in known if asked is None else asked:
        if claim.is_of_reporter:
            mix = mixes.of(claim.consumption)
            circumstances = replace(around.of(claim, standing), residual_mix=mix)
            yield ClaimQuality(claim, judgements(claim, standing, circumstances))


class _Around:
    """The other claims around each: on ids of its lot, and on power of its device."""

    def __init__(self, claims: Iterable[ClaimOn], generated_wh: Generated) -> None:
        lots: dict[tuple[str, Family], list[Claim]] = defaultdict(list)
        made: dict[tuple[OfDevice, Instrument], set[Interval]] = defaultdict(set)
        self._kinds: dict[OfDevice, set[Instrument]] = defaultdict(set)
        self._charges: dict[str, ClaimOn] = {}
        for claim, standing in claims:
            if claim.feeds:
                self._charges[claim.feeds] = claim, standing
            certificate, device = standing.certificate, of_device(claim, standing.certificate)
            lots[certificate.lot, claim.family].append(claim)
            made[device, certificate.instrument].add(certificate.production)
            self._kinds[device].add(certificate.instrument)
        self._twice = {one.id for some in lots.values() for one in _overlapping(some)}
        self._made = {key: _Spans.of(spans) for key, spans in made.items()}
        self._generated_wh = generated_wh

    def of(self, claim: Claim, standing: Standing) -> Circumstances:
        """Return what the other claims are to one, and to the one that took its charge."""
        taken = self._charge(standing.certificate)
        return Circumstances(
            is_claimed_twice=self.is_claimed_twice(claim),
            rival=self.rival(claim, standing),
            charge=None if taken is None else (*taken, self.of(*taken)),
        )

    def _charge(self, certificate: Certificate) -> ClaimOn | None:
        """Return the claim that took the charge of a discharge; a part's is that of the whole."""
        if certificate.charge is None:
            return None
        line = [*accumulate(certificate.id.split("/"), "{}/{}".format)]
        return next((self._charges[one] for one in reversed(line) if one in self._charges), None)

    def is_claimed_twice(self, claim: Claim) -> bool:
        """Whether another claim of its family has an id of it."""
        return claim.id in self._twice

    def rival(self, claim: Claim, standing: Standing) -> Instrument | None:
        """Return an instrument of another kind that may be for the same Wh; None: there is none."""
        certificate, device = standing.certificate, of_device(claim, standing.certificate)
        made = certificate.production
        others = sorted(self._kinds[device] - {certificate.instrument})
        found = next((o for o in others if self._made[device, o].meet(made)), None)
        if found and self._generated_wh(certificate.device, certificate.use, made) is not None:
            return None
        return found


def _overlapping(claims: list[Claim]) -> Iterator[Claim]:
    """Yield the claims of one lot and family that have an id together with another one."""
    ordered = sorted(claims, key=lambda claim: claim.ids)
    widest: Claim | None = None
    for claim in ordered:
        if widest is not None and claim.ids.overlaps(widest.ids):
            yield widest
            yield claim
        if widest is None or claim.ids.last > widest.ids.last:
            widest = claim


@dataclass(frozen=True, slots=True)
class _Spans:
    """Spans in order of their starts, with the latest end up to each."""

    starts: list[datetime]
    latest: list[datetime]

    @classmethod
    def of(cls, spans: Iterable[Interval]) -> "_Spans":
        ordered = sorted((span.start, span.end) for span in spans)
        return cls([start for start, _ in ordered], [*accumulate((e for _, e in ordered), max)])

    def meet(self, span: Interval) -> bool:
        """Whether one of them has time together with a span."""
        begun = bisect_left(self.starts, span.end)
        return begun > 0 and self.latest[begun - 1] > span.start


@dataclass(slots=True)
class _Mixes:
    """The residual mix of consumptions, each looked up once."""

    rules: Rules
    items: Iterable[OpenItem] | None
    known: dict[Interval, ResidualMix] = field(default_factory=dict)

    def of(self, consumption: Interval) -> ResidualMix:
        if consumption not in self.known:
            self.known[consumption] = residual_mix(consumption, self.rules, self.items)
        return self.known[consumption]


def residual_mix(
    consumption: Interval, rules: Rules, items: Iterable[OpenItem] | None
) -> ResidualMix:
    """Return what the market-based ledger takes on the local days of a consumption.

    It is looked up as the ledger books: the park's choice of a year stands in, and is told.
    """
    region = rules.region_of(Ledger.MARKET_BASED)
    days = _local_days(consumption, rules)
    spans = rules.factors.spans(Ledger.MARKET_BASED, RESIDUAL, region, days)
    found = [span.factor for span in spans if isinstance(span.factor, Factor)]
    lacking = [(s.start, s.end, s.factor) for s in spans if isinstance(s.factor, MissingFactor)]
    return ResidualMix(
        _once(_told(one) for one in found if NAMED_AS_PROXY not in one.source),
        _once(_told(one) for one in found if NAMED_AS_PROXY in one.source),
        _once(doubt for one in found for doubt in _doubts(one)),
        tuple(f"for {region} from {start} to {end - DAY}" for start, end, _ in _joined(lacking)),
        None if items is None or not lacking else _all_named([one for _, _, one in lacking], items),
    )


def _local_days(consumption: Interval, rules: Rules) -> tuple[date, date]:
    """Return the first local day and the one after the last."""
    ends = (consumption.start, consumption.end - INSTANT)
    first, last = (at.astimezone(rules.zone).date() for at in ends)
    return first, last + DAY


Lacking = tuple[date, date, MissingFactor]


def _joined(lacking: list[Lacking]) -> list[Lacking]:
    """Return spans that follow each other as one."""
    cuts = [0, *(n for n, (a, b) in enumerate(pairwise(lacking), 1) if a[1] != b[0]), len(lacking)]
    parts = [lacking[first:after] for first, after in pairwise(cuts) if after > first]
    return [(part[0][0], part[-1][1], part[0][2]) for part in parts]


def _all_named(lacking: Iterable[MissingFactor], items: Iterable[OpenItem]) -> bool:
    """Whether an open item names each factor that is missing, of its year."""
    said = [one.what for one in items if one.kind is Kind.MISSING_FACTOR]
    return all(any(_begin(one) in what for what in said) for one in lacking)


def _begin(missing: MissingFactor) -> str:
    """Return how an item begins that says so, up to the year."""
    return str(missing).partition(f"{missing.at:-%m-%d}")[0]


def _told(factor: Factor) -> str:
    return f"{factor.shown} ({factor.id} v{factor.version})"


def _doubts(factor: Factor) -> Iterator[str]:
    """Yield why a factor is unverified, without its quantity in front."""
    yield from filter(None, (UNVERIFIED_TRUST.get(factor.trust, ""), factor.unverified_because))


def _once(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(texts))

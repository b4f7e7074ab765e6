"""Claims against generation: nobody claims of a device more than it made (rules D.4)."""

from collections.abc import Iterator

from services.carbon_accounting.domain.certificates.certificate import Certificate, Instrument
from services.carbon_accounting.domain.certificates.claimed_spans import told, within
from services.carbon_accounting.domain.certificates.claims import Claim, Evidence, Used, of_device
from services.carbon_accounting.domain.certificates.gec import Use
from services.carbon_accounting.domain.certificates.refusal import Refused, Rule
from services.carbon_accounting.domain.certificates.windows import Overdrawn, overdrawn
from services.energy.time_grid import Interval


def generated_mistakes(
    claim: Claim, certificate: Certificate, used: Used, evidence: Evidence
) -> Iterator[Refused]:
    """What is claimed of a device is below what it made for that use and one certificate's carry.

    Held in every window of claimed spans around the production, and in the reporting period; beyond
    it nothing is metered. What a store gave was held against its meters when it was certified.
    """
    made, reporting = certificate.production, evidence.reporting
    stored = certificate.instrument is Instrument.STORAGE_GRANULAR
    if stored or made.start < reporting.start or made.end > reporting.end:
        return
    for name in _counting(certificate.device, evidence):
        if found := _overdrawn(name, claim, certificate, used, evidence):
            yield Refused(
                Rule.BEYOND_GENERATION,
                "claimed_wh",
                str(claim.ids.quantity_wh),
                f"{name} {_did(certificate)} {found.counted_wh} Wh in {told(found.span)}, of "
                f"which {found.before_wh} Wh are claimed; claim what is left",
            )
            return


def _overdrawn(
    name: str, claim: Claim, certificate: Certificate, used: Used, evidence: Evidence
) -> Overdrawn | None:
    """Return where a claim is beyond what is counted under a name, the whole period last."""
    whose, granule_wh = of_device(claim, certificate)[1:], certificate.instrument.granule_wh
    claimed = used.claimed_of((name, *whose), evidence)

    def counted(span: Interval) -> int | None:
        return evidence.generated_wh(name, certificate.use, span)

    asked_wh, period = claim.ids.quantity_wh, evidence.reporting
    if found := overdrawn(claimed, (certificate.production, asked_wh), counted, granule_wh):
        return found
    counted_wh, before_wh = counted(period), within(claimed, period)
    if counted_wh is None or before_wh + asked_wh < counted_wh + granule_wh:
        return None
    return Overdrawn(period, counted_wh, before_wh)


def _counting(device: str, evidence: Evidence) -> list[str]:
    """Return the names under which everything that counts a device is counted, its own first."""
    mine = evidence.counted_by(device)
    others = sorted(evidence.alike(device) - {device})
    return [device, *(name for name in others if evidence.counted_by(name) >= mine)]


def _did(certificate: Certificate) -> str:
    return "exported" if certificate.use is Use.ON_GRID else "made and did not export"

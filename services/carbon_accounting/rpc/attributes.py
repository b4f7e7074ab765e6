"""The RPCs of factors, certificates, their issue and matching, which one object answers."""

from services.carbon_accounting.attributes import Attributes
from services.carbon_accounting.rpc.certificates import CertificatesRpc
from services.carbon_accounting.rpc.factors import FactorsRpc
from services.carbon_accounting.rpc.issuing import IssuingRpc
from services.carbon_accounting.rpc.matching import MatchingRpc
from services.carbon_accounting.rpc.quality import QualityRpc
from services.carbon_accounting.rpc.settlement import SettlementRpc


class AttributesRpc(
    FactorsRpc, CertificatesRpc, IssuingRpc, MatchingRpc, QualityRpc, SettlementRpc
):
    """Call `answer_from` before anybody asks."""

    def answer_from(self, attributes: Attributes) -> None:
        """Answer from these."""
        self.park_id = attributes.certificates.site.id
        self.clock = attributes.clock
        self.factors = attributes.factors
        self.certificates = attributes.certificates
        self.matching = attributes.matching
        self.issuing = attributes.issuing
        self.quality = attributes.quality
        self.settling = attributes.settling

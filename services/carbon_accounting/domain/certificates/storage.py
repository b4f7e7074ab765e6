"""What a store's meter recorded: what was put in, and what came out again (EnergyTag, rules D.4).

A charge record (SCR) rests on a granular certificate that is cancelled for it; a discharge record
(SDR) is certified only as far as it comes out of such records.
"""

from dataclasses import dataclass

from services.carbon_accounting.domain.certificates.refusal import Refused
from services.energy.time_grid import Interval


@dataclass(frozen=True, slots=True)
class ChargeRecord:
    """An SCR: what was put into `store` of a certificate, Wh.

    `charge_wh` None is the whole certificate. Without a certificate it is what else was put in:
    it is drawn from like the others and certifies nothing.
    """

    id: str
    store: str
    charged: Interval
    certificate_id: str = ""
    charge_wh: int | None = None


@dataclass(frozen=True, slots=True)
class DischargeRecord:
    """An SDR: what came out of `store`, Wh.

    `charge_id` is the charge record that the operator pairs it with, empty where that is computed
    or where no certified power came out.
    """

    id: str
    store: str
    discharged: Interval
    discharge_wh: int
    charge_id: str = ""


@dataclass(frozen=True, slots=True)
class RecordRefused:
    """Why a record of this id is not taken."""

    record_id: str
    refused: Refused

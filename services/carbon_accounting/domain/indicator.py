"""The core indicator of zero-carbon parks: t CO2 per tce of energy (rules A.2, C.1)."""

from dataclasses import dataclass
from fractions import Fraction

from services.carbon_accounting.domain.ledgers import Emissions, ParkAcceptance

ELECTRICITY_KGCE_PER_KWH = Fraction("0.1229")  # 当量值, rules C.1
GAS_TCE_PER_GJ = Fraction("0.03412")  # by measured energy, rules C.1
GJ_PER_KWH = Fraction("0.0036")
MG_PER_T = 10**9
LARGE_TCE = 1_000_000.0
NATIONAL_TCE = 200_000.0
TARGET = 0.2
TARGET_OF_LARGE = 0.3

RULE_EN = (
    "t CO2 per tce = energy emissions of the park ledger / comprehensive energy "
    "(NDRC 2025 No. 910, annex 4; read in secondary sources only). Careful choices: own PV and "
    "wind used on site count 0, all other power the fossil-power factor; exported power and "
    "certificates reduce nothing; energy = electricity used, as traced (what own plants make of "
    "fuel counts by the fuel), x 0.1229 kgce/kWh + gas x 0.03412 tce/GJ. Process emissions are "
    "not metered here and not included."
)
RULE_ZH = (
    "单位能耗碳排放 = 园区台账能源活动排放 / 综合能耗（发改环资〔2025〕910号附件4，仅见二手资料）。"
    "保守口径：自用光伏、风电按0计，其余电力按化石电力因子；外送电量与绿证不作抵扣；"
    "综合能耗 = 溯源用电量（自备燃料机组发电按其燃料计）×0.1229 kgce/kWh + 天然气×0.03412 tce/GJ。"
    "工业过程排放未计量，不含在内。"
)
SIZE_UNKNOWN = "annual comprehensive energy of the park (carbon.annual_energy_tce)"
NO_ENERGY = "energy: nothing is booked in this interval"
BELOW_NATIONAL_EN = " Below 200,000 tce a year no national target was found: needs confirmation."
BELOW_NATIONAL_ZH = "年综合能耗低于20万吨标准煤，未见国家目标值，待确认。"
SIZE_UNKNOWN_EN = " The park's size is not stated, so the target needs confirmation; shown is 0.2."
SIZE_UNKNOWN_ZH = "园区年综合能耗未填，目标值待确认，暂按0.2显示。"


@dataclass(frozen=True, slots=True)
class Indicator:
    """The value with its target. None: it cannot be computed (§4)."""

    t_co2_per_tce: Fraction | None
    target: float
    rule_en: str
    rule_zh: str
    missing_inputs: tuple[str, ...]
    unverified: bool = True  # annex 4 has not been read, rules A.1

    @property
    def is_met(self) -> bool | None:
        """Whether the value is at most the target; None when there is no value."""
        return (
            None if self.t_co2_per_tce is None else self.t_co2_per_tce <= Fraction(str(self.target))
        )


def comprehensive_energy_tce(electricity_wh: int, gas_wh: int) -> Fraction:
    """Return E = Σ e_i·p_i in tonnes of coal equivalent (GB/T 2589, rules C.1)."""
    electricity_tce = Fraction(electricity_wh, 1000) * ELECTRICITY_KGCE_PER_KWH / 1000
    gas_tce = Fraction(gas_wh, 1000) * GJ_PER_KWH * GAS_TCE_PER_GJ
    return electricity_tce + gas_tce


def target_for(annual_energy_tce: float | None) -> float:
    """Return the target by size (rules A.2); below 200,000 tce none was found: 0.2 is shown."""
    if annual_energy_tce is not None and annual_energy_tce >= LARGE_TCE:
        return TARGET_OF_LARGE
    return TARGET


def park_indicator(
    emissions: Emissions[ParkAcceptance],
    energy_tce: Fraction,
    annual_energy_tce: float | None,
) -> Indicator:
    """Return the indicator over an interval. Only the park ledger's emissions fit in."""
    missing = []
    more_en = more_zh = ""
    if annual_energy_tce is None:
        missing.append(SIZE_UNKNOWN)
        more_en, more_zh = SIZE_UNKNOWN_EN, SIZE_UNKNOWN_ZH
    elif annual_energy_tce < NATIONAL_TCE:
        more_en, more_zh = BELOW_NATIONAL_EN, BELOW_NATIONAL_ZH
    value = None
    if energy_tce > 0:
        value = Fraction(emissions.milligrams, MG_PER_T) / energy_tce
    else:
        missing.append(NO_ENERGY)
    return Indicator(
        t_co2_per_tce=value,
        target=target_for(annual_energy_tce),
        rule_en=RULE_EN + more_en,
        rule_zh=RULE_ZH + more_zh,
        missing_inputs=tuple(missing),
    )

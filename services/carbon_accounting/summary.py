"""Everything about one interval as the wire's summary."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from parkflow.carbon.v1.carbon_service_pb2 import CarbonSummary, LedgerTotal
from services.carbon_accounting.domain.indicator import (
    Indicator,
    comprehensive_energy_tce,
    park_indicator,
)
from services.carbon_accounting.domain.indicators.partial import partly_known
from services.carbon_accounting.domain.inventory.incompleteness import (
    NO_FACTORS,
    incomplete_because,
)
from services.carbon_accounting.domain.inventory.site import Activity, Site
from services.carbon_accounting.domain.ledgers import (
    Emissions,
    Ledger,
    ParkAcceptance,
)
from services.carbon_accounting.domain.live.balances import GAS
from services.carbon_accounting.messages import mass, milligrams
from services.carbon_accounting.queries import Sums, Total
from services.energy.time_grid import Interval

NO_LEDGER = "the park ledger is not booked"
NO_POWER = "electricity: nothing of it is known in this interval"


def summary_of(
    site: Site, interval: Interval, sums: Sums, lacking: Sequence[str] = ()
) -> CarbonSummary:
    """Return the summary of an interval; `lacking`: factors that do in it, as open items.

    Consumption, green self-use and energy are what was traced to those who used it, as the pages of
    indicators have them; import, export and generation are what meters counted.
    """
    used = sums.used
    message = CarbonSummary(
        park_id=site.id,
        consumption_wh=used.all_wh,
        grid_import_wh=sums.grid_import_wh,
        grid_export_wh=sums.grid_export_wh,
        green_generation_wh=sums.generation_wh,
        green_self_use_wh=used.green_wh,
        open_items=(*sums.open_items, *lacking),
        totals=[_total(sums, ledger, lacking) for ledger in site.ledgers],
    )
    message.interval.start.FromDatetime(interval.start)
    message.interval.end.FromDatetime(interval.end)
    if sums.booked_until is not None:
        message.booked_until.FromDatetime(sums.booked_until)
    if used.all_wh > 0:
        message.green_share = used.green_wh / used.all_wh
    _put_indicator(message, _indicator(site, sums, lacking))
    return message


def _total(sums: Sums, ledger: Ledger, lacking: Sequence[str]) -> LedgerTotal:
    total = next((one for one in sums.totals if one.ledger is ledger), Total(ledger))
    why = (*incomplete_because(ledger, lacking, knows_all=not sums.waiting), *total.unverified)
    return LedgerTotal(
        ledger=int(ledger),  # type: ignore[arg-type]
        gas=ledger.gas,
        emissions_mg=milligrams(total.emissions_ng),
        emissions=mass(total.emissions_ng),
        entry_count=total.entry_count,
        estimated_entry_count=total.estimated_entry_count,
        restated_entry_count=total.restated_entry_count,
        unverified=bool(why),
        unverified_because=why,
    )


def _indicator(site: Site, sums: Sums, lacking: Sequence[str]) -> Indicator:
    ng = next((one.emissions_ng for one in sums.totals if one.ledger is Ledger.PARK_ACCEPTANCE), 0)
    emissions_mg, size = milligrams(ng), site.choices.annual_energy_tce
    found = park_indicator(
        Emissions(ParkAcceptance, emissions_mg),
        comprehensive_energy_tce(sums.used.energy_wh, sums.gas_wh),
        None if size is None else float(size),
    )
    if gone := tuple(_missing(site, sums, lacking)):
        return replace(found, t_co2_per_tce=None, missing_inputs=(*found.missing_inputs, *gone))
    partly = (partly_known("energy"),) if sums.waiting else ()
    return replace(found, missing_inputs=(*found.missing_inputs, *partly))


def _missing(site: Site, sums: Sums, lacking: Sequence[str]) -> Iterator[str]:
    """Yield the inputs without which there is no indicator."""
    if Ledger.PARK_ACCEPTANCE not in site.ledgers:
        yield NO_LEDGER
    if any(incomplete_because(Ledger.PARK_ACCEPTANCE, lacking, knows_all=True)):
        yield NO_FACTORS.en
    if sums.unmetered and not sums.used.all_wh:
        yield NO_POWER
    if others := _other_streams(site):
        yield f"energy of {', '.join(others)}: told by the indicators of months"


def _other_streams(site: Site) -> list[str]:
    """Return the streams that emit or give energy and are no gas that is metered as heat."""
    silent = (Activity.RESOURCE, Activity.CAPTURE)
    return [
        one.id
        for one in site.streams
        if one.activity not in silent and not (one.substance == GAS and one.unit == "Wh")
    ]


def _put_indicator(message: CarbonSummary, indicator: Indicator) -> None:
    wire = message.indicator
    if indicator.t_co2_per_tce is not None:
        wire.t_co2_per_tce = float(indicator.t_co2_per_tce)
    wire.target_t_co2_per_tce = indicator.target
    wire.rule_en = indicator.rule_en
    wire.rule_zh = indicator.rule_zh
    wire.missing_inputs.extend(indicator.missing_inputs)
    wire.unverified = indicator.unverified

"""The park itself, its connection and its rules: every section of a park file but the devices."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from services.energy.site import CarbonRules, Connection, DispatchRules, SupplyMode, TelemetryRules
from services.energy.time_grid import QUARTER, floor
from services.runtime.park_file_devices import read_text
from services.runtime.park_file_sections import WRONG, Section
from services.runtime.park_file_values import (
    above_zero,
    between,
    country,
    currency,
    decimal,
    duration,
    identifier,
    instant,
    kilo,
    micros,
    not_negative,
    number,
    one_of,
    plain_text,
    time_zone,
    whole,
)

SUPPLY_MODES = ("green_direct_connection", "source_grid_load_storage")
MOST_RISK = 1_000.0
"""More a kWh, in whatever currency, is no price that anybody pays."""
_share = between(0, 1, number)


def read_identity(at: Section) -> dict[str, Any]:
    """Return the arguments of `Park` that say what park it is; values may be WRONG."""
    valid_from = at.may("valid_from", instant, datetime(1970, 1, 1, tzinfo=UTC))
    ledger_from = at.need("ledger_from", instant)
    if ledger_from is not WRONG and ledger_from != floor(ledger_from, QUARTER):
        at.wrong("ledger_from", "is not on a quarter of an hour", "write :00, :15, :30 or :45")
    if WRONG not in (valid_from, ledger_from) and ledger_from < valid_from:
        at.wrong("ledger_from", "is before valid_from", "the ledger starts when the park does")
    identity = {
        "id": at.need("id", identifier),
        "name": read_text(at.section("name")),
        "time_zone": at.need("time_zone", time_zone),
        "currency": at.need("currency", currency),
        "holidays": at.may("holidays", country, None),
        "valid_from": valid_from,
        "ledger_from": ledger_from,
    }
    at.close()
    return identity


def read_connection(at: Section) -> Connection:
    """Return the grid connection."""
    mode = at.section("supply_mode")
    supply_mode = mode.build(
        SupplyMode,
        kind=mode.need("kind", one_of(*SUPPLY_MODES)),
        max_feed_in_share=mode.need("max_feed_in_share", _share),
        min_self_use_share=mode.need("min_self_use_share", _share),
        min_load_share=mode.need("min_load_share", _share),
    )
    if supply_mode is not WRONG:
        _check_shares(mode, supply_mode)
    return at.build(
        Connection,
        meter_id=at.need("meter", identifier),
        import_limit_w=at.need("import_limit_kw", above_zero(kilo)),
        export_limit_w=at.need("export_limit_kw", not_negative(kilo)),
        feed_in_price_micros_per_kwh=at.need("feed_in_price_per_kwh", micros),
        supply_mode=supply_mode,
    )


def _check_shares(at: Section, mode: SupplyMode) -> None:
    total = Decimal(str(mode.max_feed_in_share)) + Decimal(str(mode.min_self_use_share))
    if total > 1:
        at.wrong(
            "max_feed_in_share",
            f"and min_self_use_share are together {total}",
            "what is fed in is not used by the park itself: their sum is at most 1",
        )


def read_telemetry(at: Section) -> TelemetryRules:
    """Return how far a stamp may be from park time."""
    return at.build(
        TelemetryRules,
        future_tolerance=at.need("future_tolerance", duration),
        oldest=at.need("oldest", duration),
    )


def read_dispatch(at: Section, connection: Connection) -> DispatchRules:
    """Return how the park is planned; the margin must fit into the connection's limits."""
    horizon = at.need("horizon", duration)
    plan_every = at.need("plan_every", duration)
    plan_valid = at.need("plan_valid", duration)
    margin_w = at.need("limit_margin_kw", not_negative(kilo))
    if horizon is not WRONG and horizon % QUARTER:
        at.wrong("horizon", "is not a whole number of quarter hours", "write e.g. 24h")
    if WRONG not in (plan_every, plan_valid) and plan_valid <= plan_every:
        at.wrong(
            "plan_valid",
            "is not longer than plan_every",
            "a plan must outlive the next one's making, e.g. three times plan_every",
        )
    if WRONG not in (connection, margin_w) and margin_w >= connection.import_limit_w:
        at.wrong("limit_margin_kw", "leaves nothing of the import limit", "write less than that")
    return at.build(
        DispatchRules,
        horizon=horizon,
        plan_every=plan_every,
        plan_valid=plan_valid,
        setpoint_lease=at.need("setpoint_lease", duration),
        carbon_price_micros_per_t=at.need("carbon_price_per_t", not_negative(micros)),
        limit_margin_w=margin_w,
        import_risk_micros_per_kwh=at.may(
            "import_risk_price_per_kwh", between(0, MOST_RISK, micros), 0
        ),
    )


def read_carbon(at: Section) -> CarbonRules:
    """Return the choices of the ledgers."""
    return at.build(
        CarbonRules,
        factor_year=at.need("factor_year", between(1990, 2100, whole)),
        factor_year_note=at.may("factor_year_note", plain_text, ""),
        grid_region=at.need("grid_region", plain_text),
        annual_energy_tce=at.may("annual_energy_tce", _tonnes, None),
        late_after=at.need("late_after", duration),
    )


def _tonnes(text: str) -> float:
    return float(above_zero(decimal)(text))

"""From the services' messages to the JSON the page reads. Times are ISO 8601 UTC with `Z`."""

from datetime import UTC, datetime
from typing import Any

from parkflow.alert.v1 import incident_pb2
from parkflow.alert.v1.incident_pb2 import Incident
from parkflow.carbon.v1 import entry_pb2
from parkflow.carbon.v1.carbon_service_pb2 import CarbonSummary
from parkflow.dispatch.v1 import dispatch_service_pb2, plan_pb2, setpoint_pb2
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue, SeriesForecast, SignalForecast
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from services.console.domain.picture import Shown
from services.energy.sayings.chinese import in_chinese
from services.energy.site import Device, DeviceKind, Park

Json = dict[str, Any]
MICROS = 1_000_000


def iso(moment: datetime) -> str:
    """Return an instant as the page reads it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def said(text: str) -> Json:
    """Return a text of a service in both languages."""
    return {"en": text, "zh": in_chinese(text)}


def _stamp(message: Any, field: str) -> str | None:
    return iso(getattr(message, field).ToDatetime(UTC)) if message.HasField(field) else None


def _name(enum: Any, value: int, prefix: str) -> str:
    return str(enum.Name(value)).removeprefix(prefix).lower()


def finite(values: Any) -> list[float | None]:
    """Return values with None where one is not a number."""
    return [None if value != value else value for value in values]


def reading_json(shown: Shown) -> list[Any]:
    """Return a reading as value, time and whether it is suspect."""
    return [shown.value, iso(shown.event_time), shown.suspect]


def park_json(park: Park, speed: float) -> Json:
    """Return what of the park never changes while the console runs."""
    return {
        "id": park.id,
        "name": {"en": park.name.en, "zh": park.name.zh},
        "time_zone": str(park.time_zone),
        "currency": park.currency,
        "speed": speed,
        "import_limit_w": park.connection.import_limit_w,
        "export_limit_w": park.connection.export_limit_w,
        "feed_in_price_per_kwh": park.connection.feed_in_price_micros_per_kwh / MICROS,
        "devices": [
            {
                "id": device.id,
                "kind": device.kind.value,
                "carrier": device.carrier.value,
                "name": {"en": device.name.en, "zh": device.name.zh},
                "rating_w": device.rating_w,
                "capacity_wh": device.battery.capacity_wh if device.battery else None,
                "tenant": device.tenant_id,
                "source": device.source_id,
                "ttl_s": device.ttl.total_seconds(),
                "steers": steered_quantity(device),
                "state_of_charge_min_pct": (
                    device.battery.state_of_charge_min_pct if device.battery else None
                ),
                "state_of_charge_max_pct": (
                    device.battery.state_of_charge_max_pct if device.battery else None
                ),
            }
            for device in park.devices
        ],
        "sources": [{"id": source.id, "protocol": source.protocol} for source in park.sources],
        "tenants": [
            {"id": tenant.id, "name": {"en": tenant.name.en, "zh": tenant.name.zh}}
            for tenant in park.tenants
        ],
    }


def steered_quantity(device: Device) -> str | None:
    """Return which quantity of a device can be set, or None when it is only measured."""
    if device.battery is not None:
        return "active_power_w"
    if device.kind is DeviceKind.CHARGER or device.curtailable:
        return "active_power_limit_w"
    return None


def forecast_json(issue: ForecastIssue) -> Json:
    """Return one forecast issue; `aggregates` are sums over series, `signals` no powers."""
    return {
        "issue_time": _stamp(issue, "issue_time"),
        "valid_until": _stamp(issue, "valid_until"),
        "series": {series.point_id: _series_json(series) for series in issue.series},
        "aggregates": {
            series.point_id: _series_json(series) for series in getattr(issue, "aggregates", ())
        },
        "signals": {signal.signal_id: _signal_json(signal) for signal in issue.signals},
    }


def _series_json(series: SeriesForecast) -> Json:
    return {
        "start": _stamp(series, "start"),
        "step_s": series.step.seconds,
        "p10_w": finite(series.p10_w),
        "p50_w": finite(series.p50_w),
        "p90_w": finite(series.p90_w),
        "method": series.method,
        "history_days": series.history_days,
        "caveat": series.caveat,
    }


def _signal_json(signal: SignalForecast) -> Json:
    """Return the forecast of a price or intensity, in its own unit."""
    return {
        "start": _stamp(signal, "start"),
        "step_s": signal.step.seconds,
        "unit": signal.unit,
        "p10": finite(signal.p10),
        "p50": finite(signal.p50),
        "p90": finite(signal.p90),
        "published_until": _stamp(signal, "published_until"),
        "method": signal.method,
        "history_days": signal.history_days,
        "caveat": signal.caveat,
    }


def plan_json(plan: plan_pb2.Plan) -> Json:
    """Return one plan."""
    return {
        "plan_id": plan.plan_id,
        "issue_time": _stamp(plan, "issue_time"),
        "valid_until": _stamp(plan, "valid_until"),
        "origin": _name(plan_pb2.PlanOrigin, plan.origin, "PLAN_ORIGIN_"),
        "start": _stamp(plan, "start"),
        "step_s": plan.step.seconds,
        "grid_power_w": finite(plan.grid_power_w),
        "base_power_w": finite(plan.base_power_w),
        "devices": {
            device.device_id: {
                "power_w": finite(device.power_w),
                "state_of_charge_pct": finite(device.state_of_charge_pct),
                "curtailed_w": finite(device.curtailed_w),
            }
            for device in plan.devices
        },
        "cost": {
            "currency": plan.currency_code,
            "energy": plan.energy_cost_micros / MICROS,
            "wear": plan.wear_cost_micros / MICROS,
            "carbon": plan.carbon_cost_micros / MICROS,
            "penalty": plan.penalty_micros / MICROS,
        },
        "violations": [
            {
                "limit": violation.limit,
                "time": _stamp(violation, "time"),
                "size": violation.size,
                "unit": violation.unit,
            }
            for violation in plan.violations
        ],
        "caveats": list(plan.caveats),
        "solve_seconds": plan.solve_seconds,
    }


def setpoint_json(setpoint: setpoint_pb2.Setpoint) -> Json:
    """Return one set-point."""
    return {
        "setpoint_id": setpoint.setpoint_id,
        "device_id": setpoint.device_id,
        "quantity": _name(setpoint_pb2.SetpointQuantity, setpoint.quantity, "SETPOINT_QUANTITY_"),
        "value_w": setpoint.value_w,
        "expires_at": _stamp(setpoint, "expires_at"),
        "won_by": _name(setpoint_pb2.Priority, setpoint.won_by, "PRIORITY_"),
        "reason": setpoint.reason,
    }


def control_json(cycle: dispatch_service_pb2.WatchControlResponse) -> Json:
    """Return one control cycle."""
    return {
        "cycle_time": _stamp(cycle, "cycle_time"),
        "mode": _name(dispatch_service_pb2.ControlMode, cycle.mode, "CONTROL_MODE_"),
        "plan_id": cycle.plan_id,
        "grid_power_w": cycle.grid_power_w if cycle.HasField("grid_power_w") else None,
        "import_limit_w": cycle.import_limit_w,
        "export_limit_w": cycle.export_limit_w,
        "setpoints": [setpoint_json(setpoint) for setpoint in cycle.setpoints],
        "stand_ins": list(cycle.stand_ins),
    }


def carbon_json(summary: CarbonSummary) -> Json:
    """Return the carbon summary of the local day."""
    indicator = summary.indicator
    return {
        "start": iso(summary.interval.start.ToDatetime(UTC)),
        "end": iso(summary.interval.end.ToDatetime(UTC)),
        "booked_until": _stamp(summary, "booked_until"),
        "ledgers": {
            _name(entry_pb2.Ledger, total.ledger, "LEDGER_"): {
                "emissions_kg": total.emissions_mg / 1e6,
                "gas": total.gas,
                "entries": total.entry_count,
                "estimated": total.estimated_entry_count,
                "restated": total.restated_entry_count,
                "unverified": total.unverified,
            }
            for total in summary.totals
        },
        "consumption_wh": summary.consumption_wh,
        "grid_import_wh": summary.grid_import_wh,
        "grid_export_wh": summary.grid_export_wh,
        "green_generation_wh": summary.green_generation_wh,
        "green_self_use_wh": summary.green_self_use_wh,
        "green_share": summary.green_share if summary.HasField("green_share") else None,
        "indicator": {
            "value": (indicator.t_co2_per_tce if indicator.HasField("t_co2_per_tce") else None),
            "target": indicator.target_t_co2_per_tce,
            "rule": {"en": indicator.rule_en, "zh": indicator.rule_zh},
            "missing": [said(name) for name in indicator.missing_inputs],
            "unverified": indicator.unverified,
        },
        "open_items": [said(item) for item in summary.open_items],
    }


def incident_json(incident: Incident) -> Json:
    """Return one incident."""
    return {
        "incident_id": incident.incident_id,
        "revision": incident.revision,
        "kind": _name(incident_pb2.IncidentKind, incident.kind, "INCIDENT_KIND_"),
        "severity": _name(incident_pb2.Severity, incident.severity, "SEVERITY_"),
        "state": _name(incident_pb2.IncidentState, incident.state, "INCIDENT_STATE_"),
        "subject": incident.subject,
        "raised_at": _stamp(incident, "raised_at"),
        "resolved_at": _stamp(incident, "resolved_at"),
        "acknowledged_at": _stamp(incident, "acknowledged_at"),
        "acknowledged_by": incident.acknowledged_by,
        "text": {"en": incident.text_en, "zh": incident.text_zh},
        "runbook": incident.runbook_url,
    }


def override_json(override: dispatch_service_pb2.ManualOverride) -> Json:
    """Return one override, in force or past."""
    order = override.order
    return {
        "override_id": override.override_id,
        "device_id": order.device_id,
        "quantity": _name(setpoint_pb2.SetpointQuantity, order.quantity, "SETPOINT_QUANTITY_"),
        "value_w": order.value_w,
        "user": order.user,
        "reason": order.reason,
        "created_at": _stamp(override, "created_at"),
        "expires_at": _stamp(order, "expires_at"),
        "cancelled_at": _stamp(override, "cancelled_at"),
    }


def prices_json(curve: PriceCurve) -> Json:
    """Return one price curve, in currency units per kWh."""
    return {
        "source": curve.source_id,
        "currency": curve.currency_code,
        "start": _stamp(curve, "start"),
        "step_s": curve.step.seconds,
        "import_price_per_kwh": [m / MICROS for m in curve.import_price_micros_per_kwh],
        "export_price_per_kwh": [m / MICROS for m in curve.export_price_micros_per_kwh],
    }


def intensity_json(curve: IntensityCurve) -> Json:
    """Return one intensity curve."""
    return {
        "source": curve.source_id,
        "start": _stamp(curve, "start"),
        "step_s": curve.step.seconds,
        "intensity_g_per_kwh": finite(curve.intensity_g_per_kwh),
    }

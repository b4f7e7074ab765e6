"""Messages of the fake services: curves, forecasts, plans, summaries, incidents."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from math import nan, sqrt
from typing import Any
from zoneinfo import ZoneInfo

from parkflow.alert.v1 import incident_pb2
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import entry_pb2
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1 import plan_pb2, setpoint_pb2
from parkflow.forecast.v1 import forecast_pb2, model_pb2, score_pb2
from parkflow.history.v1 import history_service_pb2 as history
from parkflow.market.v1 import intensity_pb2, price_pb2
from services.energy.site import DeviceKind
from services.energy.time_grid import QUARTER, floor
from tests.support import fake_park
from tests.support.builders import a_park

HOUR = timedelta(hours=1)
SLOTS = 96
PUBLISHED_SLOTS = 24
PAST_SLOTS = 192
ZONE = ZoneInfo("Asia/Shanghai")


def _midnight(at: datetime) -> datetime:
    local = at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    return local.astimezone(at.tzinfo)


def prices(now: datetime) -> price_pb2.PriceCurve:
    """Return two days of hourly prices."""
    curve = price_pb2.PriceCurve(source_id="agile-gb", currency_code="GBP")
    curve.start.FromDatetime(_midnight(now))
    curve.step.FromTimedelta(HOUR)
    hourly = [0.082] * 6 + [0.11, 0.12, 0.118, 0.105, 0.095, 0.09, 0.088, 0.091, 0.1, 0.117]
    hourly += [0.236, 0.271, 0.262, 0.14, 0.125, 0.118, 0.101, 0.09]
    curve.import_price_micros_per_kwh.extend(round(p * 1e6) for p in hourly * 2)
    curve.export_price_micros_per_kwh.extend([35_000] * 48)
    return curve


def intensity(now: datetime) -> intensity_pb2.IntensityCurve:
    """Return two days of hourly intensity."""
    curve = intensity_pb2.IntensityCurve(source_id="neso")
    curve.start.FromDatetime(_midnight(now))
    curve.step.FromTimedelta(HOUR)
    hourly = [148, 142, 139, 137, 140, 151, 172, 190, 198, 196, 189, 180]
    hourly += [174, 171, 176, 188, 207, 224, 231, 226, 213, 196, 176, 158]
    curve.intensity_g_per_kwh.extend(float(v) for v in hourly * 2)
    return curve


def aggregate(request: history.GetAggregateRequest, now: datetime) -> history.GetAggregateResponse:
    """Return each point at the middle of each slot; NaN after now."""
    start = request.interval.start.ToDatetime(now.tzinfo)
    end, step = request.interval.end.ToDatetime(now.tzinfo), request.step.ToTimedelta()
    slots = -(-(end - start) // step)
    answer = history.GetAggregateResponse()
    wanted = set(request.point_ids)
    devices = {point.partition(".")[0] for point in wanted}
    columns: dict[str, list[float]] = {point: [] for point in request.point_ids}
    for slot in range(slots):
        at = start + (slot + 0.5) * step
        for device in a_park().devices:
            if device.id in devices:
                for point, value in fake_park.values(device, at):
                    if point in wanted:
                        columns[point].append(value if at <= now else float("nan"))
    for point, values in columns.items():
        series = answer.series.add(point_id=point, value=values)
        series.start.FromDatetime(start)
        series.step.FromTimedelta(step)
    return answer


def issue(at: datetime) -> forecast_pb2.ForecastIssue:
    """Return a forecast that is a little wrong, the more so the further ahead."""
    message = forecast_pb2.ForecastIssue(park_id=a_park().id)
    message.issue_time.FromDatetime(at)
    message.valid_until.FromDatetime(at + timedelta(minutes=45))
    for device in a_park().devices_of(DeviceKind.LOAD, DeviceKind.PV, DeviceKind.WIND):
        power, quantity = _power_of(device.id), "active_power_w"
        sign = 1.0
        if device.carrier.value == "natural_gas":
            quantity = "thermal_power_w"
        elif device.kind is not DeviceKind.LOAD:
            sign = -1.0
        series = message.series.add(
            point_id=f"{device.id}.{quantity}", method="trees 62% + ridge 38%; model 7"
        )
        series.start.FromDatetime(at)
        series.step.FromTimedelta(QUARTER)
        for slot in range(SLOTS):
            true_w = power(at + (slot + 0.5) * QUARTER)
            p50 = true_w * (1.0 + 0.03 * ((slot * 7) % 5 - 2) / 2)
            wide = (0.04 + 0.025 * sqrt(slot)) * p50
            low, high = max(0.0, p50 - wide), p50 + wide
            ends = (low, high) if sign > 0 else (-high, -low)
            series.p10_w.append(ends[0])
            series.p50_w.append(sign * p50)
            series.p90_w.append(ends[1])
    message.aggregates.append(_sum_of_loads(message))
    for name in ("park.charging_w", "node.north.net_w"):
        message.aggregates.append(_named(message.aggregates[0], name))
    message.series.append(_named(message.series[0], "charging.active_power_w"))
    message.signals.append(_signal("market.import_price", "GBP/kWh", 0.12, at))
    message.signals.append(_signal("market.carbon_intensity", "g/kWh", 180.0, at))
    return message


def _signal(signal_id: str, unit: str, level: float, at: datetime) -> forecast_pb2.SignalForecast:
    """Return six hours that were published, and from there on a flat forecast a tenth wide."""
    told = PUBLISHED_SLOTS
    wide = [0.0] * told + [0.1 * level] * (SLOTS - told)
    message = forecast_pb2.SignalForecast(
        signal_id=signal_id,
        unit=unit,
        p10=[level - width for width in wide],
        p50=[level] * SLOTS,
        p90=[level + width for width in wide],
        method="usual 70% + recent 30%; model 7",
        history_days=30.0,
    )
    message.start.FromDatetime(at)
    message.step.FromTimedelta(QUARTER)
    message.published_until.FromDatetime(at + told * QUARTER)
    return message


def _named(series: forecast_pb2.SeriesForecast, name: str) -> forecast_pb2.SeriesForecast:
    """Return a copy under another name."""
    copy = forecast_pb2.SeriesForecast()
    copy.CopyFrom(series)
    copy.point_id = name
    return copy


def _sum_of_loads(issue: forecast_pb2.ForecastIssue) -> forecast_pb2.SeriesForecast:
    """Return the sum of the electric loads, narrower than the sum of their bands."""
    loads = [device.id for device in a_park().devices_of(DeviceKind.LOAD)]
    points = {f"{device_id}.active_power_w" for device_id in loads}
    members = [series for series in issue.series if series.point_id in points]
    p50 = [sum(values) for values in zip(*(one.p50_w for one in members), strict=True)]
    method = f"sum of {len(members)} series"
    whole = forecast_pb2.SeriesForecast(point_id="park.load_w", p50_w=p50, method=method)
    whole.p10_w.extend(value * 0.95 for value in p50)
    whole.p90_w.extend(value * 1.05 for value in p50)
    whole.start.CopyFrom(issue.issue_time)
    whole.step.FromTimedelta(QUARTER)
    return whole


def past_forecasts(point_id: str, now: datetime) -> score_pb2.GetPastForecastsResponse:
    """Return two days in which we said 2 % too much an hour before, 8 % four and 20 % a day."""
    device_id = point_id.rsplit(".", 1)[0]
    kind = a_park().device(device_id).kind
    sign = 1.0 if kind is DeviceKind.LOAD else -1.0
    end = floor(now, QUARTER)
    moments = [end + (slot - PAST_SLOTS + 0.5) * QUARTER for slot in range(PAST_SLOTS)]
    truth = [sign * _power_of(device_id)(moment) for moment in moments]
    answer = score_pb2.GetPastForecastsResponse(truth_w=[nan, *truth[1:]])
    answer.start.FromDatetime(end - PAST_SLOTS * QUARTER)
    answer.step.FromTimedelta(QUARTER)
    for hours, share in ((1, 1.02), (4, 1.08), (24, 1.2)):
        said = [value * share for value in truth]
        past = answer.forecasts.add(p10_w=said, p50_w=said, p90_w=said)
        past.lead.FromTimedelta(timedelta(hours=hours))
    return answer


def models(now: datetime) -> list[model_pb2.ForecastModel]:
    """Return a model that serves since yesterday and one that was no better."""
    found = []
    for version, status, cause, reason in (
        (8, model_pb2.MODEL_STATUS_REJECTED, model_pb2.TRAINING_CAUSE_REQUEST, "no better"),
        (7, model_pb2.MODEL_STATUS_CHAMPION, model_pb2.TRAINING_CAUSE_SCHEDULE, "4.1% less error"),
    ):
        model = model_pb2.ForecastModel(version=version, status=status, cause=cause, reason=reason)
        model.status_since.FromDatetime(now - timedelta(days=1))
        model.trained_from.FromDatetime(now - timedelta(days=200))
        model.trained_to.FromDatetime(now - timedelta(days=1))
        found.append(model)
    return found


def scores(point_ids: Iterable[str]) -> list[score_pb2.Score]:
    """Return a skill of 40 % in the next quarter hour, of 20 % a day ahead, none two days ahead.

    Wind has come true for eleven quarter hours only.
    """
    return [
        score_pb2.Score(
            point_id=point,
            horizon=horizon,
            issue_count=100,
            case_count=11 if point.startswith("wind.") else 1_000,
            mean_error_w=our_w,
            coverage_share=0.79,
            mean_size_w=400_000.0,
            naives=[
                score_pb2.NaiveScore(
                    method=naive, case_count=1_000, mean_error_w=naive_w, our_error_w=our_w
                )
            ],
            best_naive=naive,
            skill_share=1 - our_w / naive_w,
        )
        for point in point_ids
        for horizon, naive, our_w, naive_w in (
            (score_pb2.HORIZON_CLASS_15_MIN, score_pb2.NAIVE_METHOD_LAST_VALUE, 6_000, 10_000),
            (score_pb2.HORIZON_CLASS_24_H, score_pb2.NAIVE_METHOD_WEEK_AGO, 24_000, 30_000),
            (score_pb2.HORIZON_CLASS_48_H, score_pb2.NAIVE_METHOD_DAY_AGO, 36_000, 30_000),
        )
    ]


def signal_scores(signal_ids: Iterable[str]) -> list[score_pb2.SignalScore]:
    """Return a skill of 25 % two days ahead."""
    return [
        score_pb2.SignalScore(
            signal_id=signal,
            unit="GBP/kWh" if signal == "market.import_price" else "g/kWh",
            horizon=score_pb2.HORIZON_CLASS_48_H,
            case_count=1_000,
            mean_error=0.015,
            coverage_share=0.8,
            naives=[
                score_pb2.SignalNaiveScore(
                    method=score_pb2.NAIVE_METHOD_DAY_AGO,
                    case_count=1_000,
                    mean_error=0.02,
                    our_error=0.015,
                )
            ],
            best_naive=score_pb2.NAIVE_METHOD_DAY_AGO,
            skill_share=0.25,
        )
        for signal in signal_ids
    ]


def _power_of(device_id: str) -> Callable[[datetime], float]:
    return lambda at: fake_park.recorded_w(device_id, at)


def plan(at: datetime) -> plan_pb2.Plan:
    """Return a plan for 24 hours from `at`."""
    message = plan_pb2.Plan(
        plan_id=f"p-{at:%H%M}",
        park_id=a_park().id,
        origin=plan_pb2.PLAN_ORIGIN_OPTIMAL,
        currency_code="GBP",
        energy_cost_micros=1_284_310_000,
        wear_cost_micros=96_400_000,
        carbon_cost_micros=171_900_000,
        penalty_micros=0,
        solve_seconds=0.84,
    )
    message.issue_time.FromDatetime(at)
    message.valid_until.FromDatetime(at + timedelta(minutes=45))
    message.start.FromDatetime(at)
    message.step.FromTimedelta(QUARTER)
    message.forecast_issue_time.FromDatetime(at)
    moments = [at + (slot + 0.5) * QUARTER for slot in range(SLOTS)]
    park = a_park()
    grid = park.device("grid")
    message.grid_power_w.extend(fake_park.power_w(grid, moment) * 0.98 for moment in moments)
    battery = message.devices.add(device_id="battery")
    battery.power_w.extend(fake_park.battery_w(moment) for moment in moments)
    ends = (moment + QUARTER / 2 for moment in moments)
    battery.state_of_charge_pct.extend(fake_park.state_of_charge_pct(end) for end in ends)
    pv = message.devices.add(device_id="pv")
    for moment in moments:
        could = fake_park.recorded_w("pv", moment)
        cut = max(0.0, could - 1_900_000) * 0.5
        pv.power_w.append(cut - could)
        pv.curtailed_w.append(cut)
    message.caveats.append("weather: no forecast of clouds; yesterday's shape stands in")
    return message


def control(
    now: datetime,
    mode: dispatch.ControlMode,
    overrides: Iterable[dispatch.ManualOverride],
    *,
    stale: Collection[str],
) -> dispatch.WatchControlResponse:
    """Return one control cycle."""
    park = a_park()
    by_hand = {override.order.device_id: override.order for override in overrides}
    message = dispatch.WatchControlResponse(
        mode=mode,
        plan_id="p",
        import_limit_w=park.connection.import_limit_w,
        export_limit_w=park.connection.export_limit_w,
        stand_ins=[f"{name}: the last believed value" for name in sorted(stale)],
    )
    message.cycle_time.FromDatetime(now)
    if "grid" not in stale:
        message.grid_power_w = fake_park.power_w(park.device("grid"), now)
    values = {"battery": fake_park.battery_w(now), "pv": 3_000_000.0}
    for device_id, value_w in values.items():
        order = by_hand.get(device_id)
        setpoint = message.setpoints.add(
            setpoint_id=f"s-{device_id}",
            device_id=device_id,
            quantity=setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W
            if device_id == "battery"
            else setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_LIMIT_W,
            value_w=order.value_w if order else value_w,
            won_by=setpoint_pb2.PRIORITY_OPERATOR if order else setpoint_pb2.PRIORITY_PLAN,
            reason=order.reason if order else "the plan's value for this quarter",
        )
        setpoint.expires_at.FromDatetime(now + timedelta(minutes=10))
    return message


def explanation(device_id: str, now: datetime) -> dispatch.ExplainResponse:
    """Return an explanation in both languages."""
    message = dispatch.ExplainResponse(
        plan_id="p",
        device_id=device_id,
        planned_power_w=fake_park.battery_w(now) if device_id == "battery" else 0.0,
        marginal_price_micros_per_kwh=104_200,
        text_en=(
            f"{device_id} follows the plan: energy is cheaper now than at 17:00, and the stored "
            "kWh are worth more then than they cost now."
        ),
        text_zh=f"{device_id} 按计划运行:当前电价低于 17:00,储存的电量届时价值更高。",
        binding_limits=[
            dispatch.BindingLimit(limit="import limit of the connection", worth_micros_per_kwh=900),
            dispatch.BindingLimit(
                limit="charging at its limit of 1500 kW", limit_zh="充电达到上限 1500 kW"
            ),
        ],
        inputs=[
            dispatch.ExplainedInput(
                name="import_price", value=0.118, unit="GBP/kWh", source="agile-gb"
            ),
            dispatch.ExplainedInput(
                name="net_load", value=812_000.0, unit="W", source="forecast 06:15 p50"
            ),
            dispatch.ExplainedInput(name="carbon_intensity", unit="g/kWh", source="no curve"),
        ],
    )
    message.step_start.FromDatetime(now)
    message.setpoint.device_id = device_id
    message.setpoint.value_w = message.planned_power_w
    message.setpoint.quantity = setpoint_pb2.SETPOINT_QUANTITY_ACTIVE_POWER_W
    message.setpoint.won_by = setpoint_pb2.PRIORITY_PLAN
    message.setpoint.reason = "the plan's value for this quarter"
    message.setpoint.expires_at.FromDatetime(now + timedelta(minutes=10))
    return message


def summary(at: datetime) -> carbon.CarbonSummary:
    """Return the summary of the local day so far."""
    start = _midnight(at)
    hours = (at - start) / HOUR
    message = carbon.CarbonSummary(
        park_id=a_park().id,
        consumption_wh=int(1_650_000 * hours),
        grid_import_wh=int(640_000 * hours),
        grid_export_wh=int(60_000 * hours),
        green_generation_wh=int(1_090_000 * hours),
        green_self_use_wh=int(1_030_000 * hours),
        green_share=0.617,
        open_items=["06:45 waits for labs_a.consumption_energy_wh"],
    )
    message.interval.start.FromDatetime(start)
    message.interval.end.FromDatetime(at)
    message.booked_until.FromDatetime(at - QUARTER)
    for ledger, kg, gas in (
        (entry_pb2.LEDGER_PARK_ACCEPTANCE, 812.0, "CO2"),
        (entry_pb2.LEDGER_LOCATION_BASED, 1_946.4, "CO2e"),
        (entry_pb2.LEDGER_MARKET_BASED, 2_127.9, "CO2e"),
    ):
        message.totals.add(
            ledger=ledger,
            emissions_mg=int(kg * hours / 6 * 1e6),
            gas=gas,
            entry_count=84,
            estimated_entry_count=3,
            restated_entry_count=1,
            unverified=True,
        )
    message.indicator.t_co2_per_tce = 0.412
    message.indicator.target_t_co2_per_tce = 0.2
    message.indicator.rule_en = (
        "CO2 of purchased fossil power and fuels over comprehensive energy, "
        "power at 0.1229 kgce/kWh."
    )
    message.indicator.rule_zh = "外购化石电力与燃料的CO2除以综合能耗,电力按0.1229 kgce/kWh折算。"
    message.indicator.unverified = True
    return message


def incident(
    incident_id: str,
    now: datetime,
    *,
    kind: incident_pb2.IncidentKind = incident_pb2.INCIDENT_KIND_LIMIT,
    severity: incident_pb2.Severity = incident_pb2.SEVERITY_WARNING,
    subject: str = "grid",
    en: str = "Grid import is 1,943 kW, above the limit of 1,900 kW. Reduce charging.",
    zh: str = "并网点受电1,943 kW,超过限值1,900 kW。请降低充电功率。",
    runbook: str = "https://example.invalid/runbooks/limit",
    ago: timedelta = timedelta(0),
) -> Any:
    """Return a raised incident."""
    message = incident_pb2.Incident(
        incident_id=incident_id,
        park_id=a_park().id,
        kind=kind,
        severity=severity,
        state=incident_pb2.INCIDENT_STATE_RAISED,
        subject=subject,
        text_en=en,
        text_zh=zh,
        runbook_url=runbook,
    )
    message.raised_at.FromDatetime(now - ago)
    return message

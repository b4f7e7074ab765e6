"""Every call of every service: a right request, and what an empty one lacks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
from google.protobuf import descriptor_pool, message_factory
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.carbon.v1 import (
    audit_pb2,
    chain_pb2,
    cost_pb2,
    issuing_pb2,
    period_pb2,
    quality_pb2,
    resource_pb2,
    restatement_pb2,
    total_pb2,
    tracing_pb2,
)
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import certificate_pb2 as certificate
from parkflow.carbon.v1 import factor_pb2 as factor
from parkflow.carbon.v1 import indicator_pb2 as indicator
from parkflow.carbon.v1 import matching_pb2 as matching
from parkflow.carbon.v1 import report_pb2 as report
from parkflow.carbon.v1 import settlement_pb2 as settlement
from parkflow.carbon.v1 import storage_pb2 as storage
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1.requirement_pb2 import StorageTarget
from parkflow.dispatch.v1.setpoint_pb2 import SETPOINT_QUANTITY_ACTIVE_POWER_W
from parkflow.forecast.v1 import forecast_service_pb2 as forecast
from parkflow.forecast.v1 import health_pb2 as forecast_health
from parkflow.forecast.v1 import plan_pb2 as plan
from parkflow.forecast.v1 import score_pb2 as scores
from parkflow.forecast.v1 import weather_pb2 as weather
from parkflow.history.v1 import history_service_pb2 as history
from parkflow.market.v1 import market_service_pb2 as market
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1 import telemetry_service_pb2 as telemetry
from parkflow.telemetry.v1.edit_pb2 import IntervalEdit
from parkflow.type.v1.interval_pb2 import Interval
from parkflow.validation.v1 import balance_pb2
from parkflow.validation.v1 import validation_service_pb2 as validation
from services.energy.time_grid import QUARTER
from tests.support.builders import after
from tests.support.carbon_factors import a_text
from tests.support.parks import PARK_ID

CALL_S = 30.0


def stamp(seconds: float = 0) -> Timestamp:
    """Return a moment after the demo's start."""
    message = Timestamp()
    message.FromDatetime(after(seconds))
    return message


HOUR = Interval(start=stamp(-3600), end=stamp())
STEP = Duration(seconds=int(QUARTER.total_seconds()))
READING = telemetry.PushedReading(point_id="weather.temperature_c", event_time=stamp(), value=1.0)
PROBLEM = b'{"horizon": {"steps": 1}}'
DAYS = {"first_day": "2019-06-03", "last_day": "2019-06-03"}
WHO = {"user": "li.wei", "reason": "audited"}
AN_INDICATOR = "core_carbon_intensity"
A_DEFINITION = """
id: bought_power
version: 1
system: park
name: {en: "Bought power", zh: "购入电量"}
unit: MWh
formula: electricity.from_grid
periods: [month]
trust: V
source: "a test"
valid_from: 2019-06-01
"""
A_CERTIFICATE = (
    "certificate,instrument,technology,device,market,produced_from,produced_to,issued_at,quantity,"
    "unit,emission_kg_per_kwh,state,owner,beneficiary,cancelled_at\n"
    "G,GEC,wind,farm,CN,2019-04,,2019-05-15,1,MWh,0,issued,trader,,\n"
)
A_CONTRACT = settlement.GreenPowerContract(
    contract="ridge",
    device="ridge",
    technology="wind",
    market="CN",
    seller="Ridge Wind",
    buyer="park",
    price_per_mwh="298.5",
    term=HOUR,
    agreed_wh=1_000,
    emission_ng_per_wh=0,
    trust="V2",
)
A_GRANULAR = certificate.Certificate(
    instrument=certificate.INSTRUMENT_GC,
    technology="wind",
    device="farm",
    market="CN",
    production=HOUR,
    issued_at=stamp(),
    quantity_wh=1,
    owner="trader",
)
A_DISCHARGE = storage.StorageDischargeRecord(
    record_id="d", store="battery", discharged=HOUR, discharge_wh=1
)
CURVE: dict[str, Any] = {"source_id": "a-source", "start": stamp(), "step": STEP}


@dataclass(frozen=True)
class Call:
    """One method with a request that is right in form; `missing` is what an empty one lacks."""

    server: str
    service: str
    method: str
    request: Message
    missing: frozenset[str]

    @property
    def path(self) -> str:
        """Return where it is called."""
        return f"/{self.service}/{self.method}"

    def __str__(self) -> str:
        return f"{self.service.rsplit('.', 1)[1]}.{self.method}"

    @property
    def missing_beside_park(self) -> frozenset[str]:
        """Return what a request lacks that names nothing but the park."""
        return frozenset(name for name in self.missing if not name.endswith("park_id"))

    def of_park(self, park_id: str) -> Message:
        """Return the request, for another park."""
        request = type(self.request)()
        request.CopyFrom(self.request)
        return _with_park(request, park_id)

    def bare(self, park_id: str) -> Message:
        """Return a request that names nothing but a park."""
        return _with_park(type(self.request)(), park_id)

    def answers(self, channel: grpc.Channel, request: Message, timeout_s: float) -> Iterator[Any]:
        """Call it; yield what it answers."""
        method = (
            descriptor_pool.Default().FindServiceByName(self.service).FindMethodByName(self.method)
        )
        answer = message_factory.GetMessageClass(method.output_type)
        arity = [
            "stream" if streams else "unary"
            for streams in (method.client_streaming, method.server_streaming)
        ]
        call = getattr(channel, "_".join(arity))(
            self.path,
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        asked: Any = iter([request]) if method.client_streaming else request
        answered = call(asked, timeout=timeout_s)
        if method.server_streaming:
            yield from answered
        else:
            yield answered


def _with_park(request: Message, park_id: str) -> Message:
    holder: Any = request
    (holder if hasattr(holder, "park_id") else holder.curve).park_id = park_id
    return request


def _calls() -> Iterator[Call]:
    park: dict[str, Any] = {"park_id": PARK_ID}
    points: dict[str, Any] = {"point_ids": ["battery.active_power_w"]}

    def each(server: str, service: str, **methods: tuple[Message, str]) -> Iterator[Call]:
        for method, (request, missing) in methods.items():
            yield Call(server, service, method, request, frozenset(missing.split()))

    yield from each(
        "ingest",
        "parkflow.telemetry.v1.TelemetryService",
        Push=(
            telemetry.PushRequest(
                **park, source_id="scada", idempotency_key="k", readings=[READING]
            ),
            "requests[0].park_id requests[0].source_id requests[0].idempotency_key"
            " requests[0].readings",
        ),
        Watch=(telemetry.WatchRequest(**park), "park_id"),
        GetSpool=(telemetry.GetSpoolRequest(**park), "park_id"),
        ListSources=(telemetry.ListSourcesRequest(**park), "park_id"),
    )
    prices = PriceCurve(**park, **CURVE, currency_code="GBP", import_price_micros_per_kwh=[100_000])
    yield from each(
        "ingest",
        "parkflow.market.v1.MarketService",
        PublishPrices=(
            market.PublishPricesRequest(curve=prices),
            "curve.park_id curve.source_id curve.start curve.step curve.currency_code"
            " curve.import_price_micros_per_kwh",
        ),
        PublishIntensity=(
            market.PublishIntensityRequest(
                curve=IntensityCurve(**park, **CURVE, intensity_g_per_kwh=[200.0])
            ),
            "curve.park_id curve.source_id curve.start curve.step curve.intensity_g_per_kwh",
        ),
        WatchMarket=(market.WatchMarketRequest(**park), "park_id"),
    )
    decision: dict[str, Any] = {"user": "li.wei", "reason": "a test"}
    yield from each(
        "validation",
        "parkflow.validation.v1.ValidationService",
        ListSuspense=(validation.ListSuspenseRequest(**park), "park_id"),
        ReleaseSuspense=(
            validation.ReleaseSuspenseRequest(**park, **decision, entry_id="e", balance_wh=1),
            "park_id entry_id user reason",
        ),
        Edit=(
            validation.EditRequest(
                **park,
                **decision,
                point_id="steel.consumption_energy_wh",
                interval=IntervalEdit(start=stamp(), energy_wh=1, account="a test"),
            ),
            "park_id point_id change user reason",
        ),
        Revoke=(
            validation.RevokeRequest(**park, **decision, revoked_edit_id="e"),
            "park_id revoked_edit_id user reason",
        ),
        ListEdits=(validation.ListEditsRequest(**park), "park_id"),
        GetDataQuality=(validation.GetDataQualityRequest(**park), "park_id"),
        ListBalances=(
            balance_pb2.ListBalancesRequest(**park, start=stamp(), end=stamp(1)),
            "park_id start end",
        ),
    )
    yield from each(
        "history",
        "parkflow.history.v1.HistoryService",
        GetLatest=(history.GetLatestRequest(**park), "park_id"),
        GetRange=(
            history.GetRangeRequest(**park, **points, interval=HOUR),
            "park_id point_ids interval",
        ),
        GetAggregate=(
            history.GetAggregateRequest(
                **park, **points, interval=HOUR, step=STEP, aggregation=history.AGGREGATION_MEAN
            ),
            "park_id point_ids interval step aggregation",
        ),
        GetEnergy=(
            history.GetEnergyRequest(
                **park, point_ids=["steel.consumption_energy_wh"], interval=HOUR, step=STEP
            ),
            "park_id point_ids interval step",
        ),
        Export=(
            history.ExportRequest(
                **park, **points, interval=HOUR, format=history.EXPORT_FORMAT_ARROW_STREAM
            ),
            "park_id point_ids interval format",
        ),
        Watch=(history.WatchRequest(**park), "park_id"),
    )
    yield from each(
        "forecasting",
        "parkflow.forecast.v1.ForecastService",
        ListScores=(scores.ListScoresRequest(**park), "park_id"),
        ListSignalScores=(scores.ListSignalScoresRequest(**park), "park_id"),
        GetPastForecasts=(
            scores.GetPastForecastsRequest(**park, point_id="steel.active_power_w"),
            "park_id point_id",
        ),
        PushPlan=(
            plan.PushPlanRequest(
                **park,
                device_id="steel",
                kind=1,
                issue_time=stamp(),
                user="shift leader",
                intervals=[plan.PlannedInterval(start=stamp(), end=stamp(900), value=0.5)],
            ),
            "park_id device_id kind issue_time user values",
        ),
        PushWeather=(
            weather.PushWeatherRequest(
                **park,
                issue_time=stamp(),
                start=stamp(),
                step=Duration(seconds=3600),
                series=[
                    weather.WeatherSeries(
                        quantity=weather.WEATHER_QUANTITY_TEMPERATURE_C, values=[21.0]
                    )
                ],
            ),
            "park_id issue_time start step series",
        ),
        GetForecastHealth=(forecast_health.GetForecastHealthRequest(**park), "park_id"),
        GetForecast=(forecast.GetForecastRequest(**park), "park_id"),
        WatchForecasts=(forecast.WatchForecastsRequest(**park), "park_id"),
        GetScenarios=(forecast.GetScenariosRequest(**park), "park_id"),
        GetNowcast=(forecast.GetNowcastRequest(**park), "park_id"),
        WatchNowcasts=(forecast.WatchNowcastsRequest(**park), "park_id"),
        ListModels=(forecast.ListModelsRequest(**park), "park_id"),
        Retrain=(
            forecast.RetrainRequest(**park, user="li.wei", reason="a test"),
            "park_id user reason",
        ),
        RollBack=(
            forecast.RollBackRequest(
                **park,
                point_id="steel.active_power_w",
                version=1,
                user="li.wei",
                reason="a test",
            ),
            "park_id point_id version user reason",
        ),
    )
    order = dispatch.OverrideRequest(
        **park,
        device_id="battery",
        quantity=SETPOINT_QUANTITY_ACTIVE_POWER_W,
        value_w=1000.0,
        expires_at=stamp(3600),
        user="li.wei",
        reason="a test",
    )
    target = StorageTarget(device_id="battery", at_time=stamp(86_400), least_pct=50.0)
    yield from each(
        "dispatch",
        "parkflow.dispatch.v1.DispatchService",
        GetPlan=(dispatch.GetPlanRequest(**park), "park_id"),
        WatchPlans=(dispatch.WatchPlansRequest(**park), "park_id"),
        Explain=(
            dispatch.ExplainRequest(**park, device_id="battery"),
            "park_id device_id",
        ),
        Override=(order, "park_id device_id expires_at user reason"),
        CancelOverride=(
            dispatch.CancelOverrideRequest(**park, override_id="o", user="li.wei"),
            "park_id override_id user",
        ),
        ListOverrides=(dispatch.ListOverridesRequest(**park), "park_id"),
        SetRequirement=(
            dispatch.SetRequirementRequest(
                **park, storage_target=target, user="li.wei", reason="a test"
            ),
            "park_id what user reason",
        ),
        CancelRequirement=(
            dispatch.CancelRequirementRequest(**park, requirement_id="r", user="li.wei"),
            "park_id requirement_id user",
        ),
        ListRequirements=(dispatch.ListRequirementsRequest(**park), "park_id"),
        WatchControl=(dispatch.WatchControlRequest(**park), "park_id"),
        ListSetpoints=(dispatch.ListSetpointsRequest(**park), "park_id"),
        Simulate=(
            dispatch.SimulateRequest(**park, problem_json=PROBLEM),
            "park_id problem_json",
        ),
        Frontier=(
            dispatch.FrontierRequest(**park, problem_json=PROBLEM),
            "park_id problem_json",
        ),
    )
    yield from each(
        "carbon_accounting",
        "parkflow.carbon.v1.CarbonService",
        ListEntries=(carbon.ListEntriesRequest(**park, interval=HOUR), "park_id interval"),
        GetSummary=(carbon.GetSummaryRequest(**park, interval=HOUR), "park_id interval"),
        WatchSummary=(carbon.WatchSummaryRequest(**park), "park_id"),
        ListTotals=(total_pb2.ListTotalsRequest(**park, **DAYS), "park_id first_day last_day"),
        GetTracing=(tracing_pb2.GetTracingRequest(**park, **DAYS), "park_id first_day last_day"),
        ListCosts=(cost_pb2.ListCostsRequest(**park, **DAYS), "park_id first_day last_day"),
        ListRestatements=(restatement_pb2.ListRestatementsRequest(**park), "park_id"),
        CompareVersions=(
            restatement_pb2.CompareVersionsRequest(**park, **DAYS, reported_on=stamp()),
            "park_id first_day last_day reported_on",
        ),
        ListPeriods=(period_pb2.ListPeriodsRequest(**park), "park_id"),
        ClosePeriod=(
            period_pb2.ClosePeriodRequest(**park, **WHO, month="2019-05"),
            "park_id month user reason",
        ),
        ListPendingRestatements=(period_pb2.ListPendingRestatementsRequest(**park), "park_id"),
        ApproveRestatement=(
            period_pb2.ApproveRestatementRequest(**park, **WHO, restatement_id="1"),
            "park_id restatement_id user reason",
        ),
        RejectRestatement=(
            period_pb2.RejectRestatementRequest(**park, **WHO, restatement_id="1"),
            "park_id restatement_id user reason",
        ),
        VerifyBooks=(chain_pb2.VerifyBooksRequest(**park), "park_id"),
        GetChain=(chain_pb2.GetChainRequest(**park), "park_id"),
        ListIndicators=(indicator.ListIndicatorsRequest(**park), "park_id"),
        GetIndicators=(
            indicator.GetIndicatorsRequest(
                **park, period_kind=indicator.INDICATOR_PERIOD_KIND_MONTH
            ),
            "park_id period_kind",
        ),
        GetIndicatorHistory=(
            indicator.GetIndicatorHistoryRequest(**park, indicator_id=AN_INDICATOR),
            "park_id indicator_id",
        ),
        GetIndicatorPath=(
            indicator.GetIndicatorPathRequest(
                **park, indicator_id=AN_INDICATOR, base_year="2019", target_year="2030"
            ),
            "park_id indicator_id base_year target_year",
        ),
        TryIndicator=(
            indicator.TryIndicatorRequest(**park, document=A_DEFINITION),
            "park_id document",
        ),
        PublishIndicator=(
            indicator.PublishIndicatorRequest(**park, **WHO, document=A_DEFINITION),
            "park_id document user reason",
        ),
        RetireIndicator=(
            indicator.RetireIndicatorRequest(**park, **WHO, indicator_id=AN_INDICATOR),
            "park_id indicator_id user reason",
        ),
        PutProduction=(
            indicator.PutProductionRequest(
                **park,
                **WHO,
                amounts=[indicator.ProductionAmount(product="coil", period="2019-05", amount="1")],
            ),
            "park_id amounts user",
        ),
        MakeReport=(
            report.MakeReportRequest(
                **park,
                kind=report.REPORT_KIND_MONTHLY,
                month="2019-06",
                language="en",
                format=report.REPORT_FORMAT_PDF,
            ),
            "park_id kind month language format",
        ),
        GetResources=(
            resource_pb2.GetResourcesRequest(**park, **DAYS),
            "park_id first_day last_day",
        ),
        ProposeExchanges=(
            resource_pb2.ProposeExchangesRequest(**park, **DAYS),
            "park_id first_day last_day",
        ),
        GetEnergyAudit=(
            audit_pb2.GetEnergyAuditRequest(**park, first_month="2019-06"),
            "park_id first_month",
        ),
        ListFactors=(factor.ListFactorsRequest(**park), "park_id"),
        PutFactors=(
            factor.PutFactorsRequest(
                **park, content=a_text({}), user="li.wei", reason="a test", dry_run=True
            ),
            "park_id content user reason",
        ),
        ListCertificates=(certificate.ListCertificatesRequest(**park), "park_id"),
        ImportCertificates=(
            certificate.ImportCertificatesRequest(**park, content=A_CERTIFICATE),
            "park_id content",
        ),
        RecordCertificateEvent=(
            certificate.RecordCertificateEventRequest(
                **park,
                event_id="a test",
                certificate_id="of a test",
                issue=A_GRANULAR,
            ),
            "park_id event_id certificate_id what",
        ),
        ClaimCertificate=(
            certificate.ClaimCertificateRequest(
                **park, claim_id="c", certificate_id="G", claimant="labs", quantity_wh=1
            ),
            "park_id claim_id certificate_id claimant quantity_wh",
        ),
        ListClaims=(certificate.ListClaimsRequest(**park), "park_id"),
        AllocateDischarges=(
            storage.AllocateDischargesRequest(
                **park,
                allocation=certificate.STORAGE_ALLOCATION_FIFO,
                efficiency_share=0.9,
                discharges=[A_DISCHARGE],
            ),
            "park_id allocation efficiency_share discharges",
        ),
        IssueGreenCertificates=(
            issuing_pb2.IssueGreenCertificatesRequest(
                **park,
                from_month="2019-06",
                to_month="2019-06",
                facilities=[
                    issuing_pb2.RegisteredFacility(
                        device="wind",
                        technology="wind",
                        use="self-use",
                        market="CN",
                        owner="steel",
                        emission_ng_per_wh=0,
                        trust="V2",
                    )
                ],
            ),
            "park_id from_month to_month facilities",
        ),
        ListClaimQuality=(quality_pb2.ListClaimQualityRequest(**park), "park_id"),
        GetMatching=(matching.GetMatchingRequest(**park), "park_id"),
        ProposePurchase=(
            matching.ProposePurchaseRequest(
                **park, target_share=0.5, offers=[matching.Offer(name="wind", max_wh=1_000_000)]
            ),
            "park_id target_share offers",
        ),
        SettleContracts=(
            settlement.SettleContractsRequest(
                **park,
                interval=A_CONTRACT.term,
                contracts=[A_CONTRACT],
                generation=[settlement.DeviceGeneration(device="ridge", energy_wh=[5_000])],
            ),
            "park_id contracts",
        ),
    )
    yield from each(
        "alerting",
        "parkflow.alert.v1.AlertService",
        ListIncidents=(alert.ListIncidentsRequest(**park), "park_id"),
        WatchIncidents=(alert.WatchIncidentsRequest(**park), "park_id"),
        Acknowledge=(
            alert.AcknowledgeRequest(**park, incident_id="limit-0", user="li.wei"),
            "park_id incident_id user",
        ),
    )


CALLS = tuple(_calls())
SERVED = {
    server: {call.service for call in CALLS if call.server == server}
    for server in {call.server for call in CALLS}
}


def named_fields(error: Any) -> set[str]:
    """Return the fields that a refusal's BadRequest names."""
    return {field for field, _ in violations(error)}


def violations(error: Any) -> set[tuple[str, str]]:
    """Return the fields that a refusal's BadRequest names, each with what is said of it."""
    status = rpc_status.from_call(error)
    found: set[tuple[str, str]] = set()
    for detail in status.details if status else ():
        mistakes = error_details_pb2.BadRequest()
        if detail.Unpack(mistakes):
            found |= {(one.field, one.description) for one in mistakes.field_violations}
    return found


def not_found(error: Any) -> tuple[str, str] | None:
    """Return what a refusal's ResourceInfo says is not there."""
    status = rpc_status.from_call(error)
    for detail in status.details if status else ():
        resource = error_details_pb2.ResourceInfo()
        if detail.Unpack(resource):
            return resource.resource_type, resource.resource_name
    return None

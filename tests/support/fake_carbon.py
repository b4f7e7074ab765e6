"""What carbon accounting says in the console's tests: three months of books, indicators, a report.

April is closed and would say something else by now; in May one reading of the steel works was
corrected, so that what is known differs from what was reported; June runs.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import grpc

from parkflow.carbon.v1 import (
    audit_pb2,
    certificate_pb2,
    cost_pb2,
    indicator_pb2,
    matching_pb2,
    period_pb2,
    quality_pb2,
    report_pb2,
    resource_pb2,
    restatement_pb2,
    total_pb2,
    tracing_pb2,
)
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import carbon_service_pb2_grpc as carbon_grpc
from parkflow.carbon.v1.mass_pb2 import Mass
from tests.support import fake_indicators, fake_matching, fake_resources
from tests.support.fake_messages import summary

CORRECTED_AT = datetime(2019, 6, 2, 3, 0, tzinfo=UTC)
CLOSED_AT = datetime(2019, 5, 10, 2, 0, tzinfo=UTC)
FACTORS_NG_PER_WH = {"PARK_ACCEPTANCE": 832_500_000, "LOCATION_BASED": 530_600_000}
GRID_WH = {
    "steel": 1_000_000_000,
    "metalwork": 400_000_000,
    "electroplating": 250_000_000,
    "campus": 50_000_003,
}
PV_WH = {"steel": 200_000_000, "metalwork": 60_000_000, "campus": 40_000_000, "park": 12_000_000}
CORRECTION_WH = 10_000_000
EXPORTED_WH, STORED_WH = 30_000_000, 2_000_001
GAS_WH = 500_000_000
REPORT = b"%PDF-1.4 the report of a month\n" * 400


class FakeCarbon(carbon_grpc.CarbonServiceServicer):
    """Tests change the public fields while it runs; `clock` is the fakes'."""

    clock: Any

    def __init__(self) -> None:
        self.decided: list[Any] = []
        self.closed: dict[str, tuple[str, str]] = {"2019-04": ("li", "reviewed")}
        self.pending = _pending()
        self.gap_wh = 0
        self.more_restatements = 0
        self.unimplemented: set[str] = set()
        self.days: list[tuple[str, str]] = []
        self.viewer = ""
        """The enterprise that the console's certificate is of; an operator's if empty."""

    async def _refuse(self, name: str, context: Any) -> None:
        if name in self.unimplemented:
            await context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{name} is not there")

    async def _for_operators(self, name: str, context: Any) -> None:
        if self.viewer:
            caller = f"enterprise/{self.viewer}"
            text = f"{name} shows the whole park: it is for operators, {caller} is none"
            await context.abort(grpc.StatusCode.PERMISSION_DENIED, text)

    # ---- books

    async def ListPeriods(  # noqa: N802
        self, request: period_pb2.ListPeriodsRequest, context: Any
    ) -> period_pb2.ListPeriodsResponse:
        await self._refuse("ListPeriods", context)
        months = ("2019-04", "2019-05", "2019-06")
        return period_pb2.ListPeriodsResponse(periods=[self._period(month) for month in months])

    def _period(self, month: str) -> period_pb2.Period:
        period = period_pb2.Period(month=month)
        if month in self.closed:
            period.closed_by, period.because = self.closed[month]
            period.closed_at.FromDatetime(CLOSED_AT)
        period.has_pending_restatement = self._waits(month)
        return period

    def _waits(self, month: str) -> bool:
        waiting = period_pb2.PENDING_STATE_PENDING
        return any(one.month == month and one.state == waiting for one in self.pending)

    async def ListTotals(  # noqa: N802
        self, request: total_pb2.ListTotalsRequest, context: Any
    ) -> total_pb2.ListTotalsResponse:
        await self._refuse("ListTotals", context)
        known_by = request.known_by.ToDatetime(UTC) if request.HasField("known_by") else None
        corrected = request.first_day == "2019-05-01" and (
            known_by is None or known_by >= CORRECTED_AT
        )
        return total_pb2.ListTotalsResponse(totals=totals(corrected=corrected))

    async def CompareVersions(  # noqa: N802
        self, request: restatement_pb2.CompareVersionsRequest, context: Any
    ) -> restatement_pb2.CompareVersionsResponse:
        differs = request.first_day == "2019-05-01" and (
            request.reported_on.ToDatetime(UTC) < CORRECTED_AT
        )
        answer = restatement_pb2.CompareVersionsResponse()
        for ledger, factor in FACTORS_NG_PER_WH.items() if differs else ():
            more = mass(-CORRECTION_WH * factor)
            answer.differences.add(
                ledger=f"LEDGER_{ledger}",
                month="2019-05",
                enterprise="steel",
                more=more,
                changes=[
                    restatement_pb2.ReasonedChange(
                        reason="reading changed", entry_count=1, more=more
                    )
                ],
            )
        return answer

    async def GetTracing(  # noqa: N802
        self, request: tracing_pb2.GetTracingRequest, context: Any
    ) -> tracing_pb2.GetTracingResponse:
        await self._refuse("GetTracing", context)
        return tracing(corrected=request.first_day == "2019-05-01", gap_wh=self.gap_wh)

    async def ListRestatements(  # noqa: N802
        self, request: restatement_pb2.ListRestatementsRequest, context: Any
    ) -> restatement_pb2.ListRestatementsResponse:
        corrected = request.first_day == "2019-05-01"
        found = restatements(self.more_restatements) if corrected else []
        if request.is_newest_first:
            found.reverse()
        done = int(request.page_token or 0)
        here = found[done : done + request.page_size]
        token = str(done + len(here)) if done + len(here) < len(found) else ""
        return restatement_pb2.ListRestatementsResponse(
            restatements=here, next_page_token=token, restatement_count=len(found)
        )

    async def GetSummary(  # noqa: N802
        self, request: carbon.GetSummaryRequest, context: Any
    ) -> carbon.GetSummaryResponse:
        said = summary(self.clock.now())
        del said.open_items[:]
        if request.interval.start.ToDatetime(UTC) == datetime(2019, 5, 31, 16, tzinfo=UTC):
            said.open_items.append("2019-06-03T14:30Z waits for boilerhouse_gas.volume_m3")
        return carbon.GetSummaryResponse(summary=said)

    # ---- closed months

    async def ListPendingRestatements(  # noqa: N802
        self, request: period_pb2.ListPendingRestatementsRequest, context: Any
    ) -> period_pb2.ListPendingRestatementsResponse:
        await self._refuse("ListPendingRestatements", context)
        return period_pb2.ListPendingRestatementsResponse(restatements=self.pending)

    async def ClosePeriod(  # noqa: N802
        self, request: period_pb2.ClosePeriodRequest, context: Any
    ) -> period_pb2.ClosePeriodResponse:
        self.decided.append(request)
        if request.month in self.closed:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, "the month is closed already")
        self.closed[request.month] = (request.user, request.reason)
        return period_pb2.ClosePeriodResponse(period=self._period(request.month))

    async def ApproveRestatement(  # noqa: N802
        self, request: period_pb2.ApproveRestatementRequest, context: Any
    ) -> period_pb2.ApproveRestatementResponse:
        one = self._decide(request, period_pb2.PENDING_STATE_APPROVED)
        return period_pb2.ApproveRestatementResponse(restatement=one)

    async def RejectRestatement(  # noqa: N802
        self, request: period_pb2.RejectRestatementRequest, context: Any
    ) -> period_pb2.RejectRestatementResponse:
        one = self._decide(request, period_pb2.PENDING_STATE_REJECTED)
        return period_pb2.RejectRestatementResponse(restatement=one)

    def _decide(self, request: Any, state: Any) -> period_pb2.PendingRestatement:
        self.decided.append(request)
        [one] = [each for each in self.pending if each.restatement_id == request.restatement_id]
        one.state, one.decided_by, one.decided_because = state, request.user, request.reason
        one.decided_at.FromDatetime(self.clock.now())
        return one

    # ---- indicators and reports

    async def ListIndicators(  # noqa: N802
        self, request: indicator_pb2.ListIndicatorsRequest, context: Any
    ) -> indicator_pb2.ListIndicatorsResponse:
        return fake_indicators.words()

    async def GetIndicators(  # noqa: N802
        self, request: indicator_pb2.GetIndicatorsRequest, context: Any
    ) -> indicator_pb2.GetIndicatorsResponse:
        await self._refuse("GetIndicators", context)
        return fake_indicators.page(request.period_kind, self.clock.now())

    async def GetIndicatorHistory(  # noqa: N802
        self, request: indicator_pb2.GetIndicatorHistoryRequest, context: Any
    ) -> indicator_pb2.GetIndicatorHistoryResponse:
        return fake_indicators.history(request.indicator_id)

    async def MakeReport(  # noqa: N802
        self, request: report_pb2.MakeReportRequest, context: Any
    ) -> AsyncIterator[report_pb2.MakeReportResponse]:
        await self._refuse("MakeReport", context)
        self.decided.append(request)
        name = f"carbon-monthly-{request.month}.pdf"
        half = len(REPORT) // 2
        yield report_pb2.MakeReportResponse(
            chunk=REPORT[:half], file_name=name, whole_size=len(REPORT)
        )
        yield report_pb2.MakeReportResponse(chunk=REPORT[half:])

    # ---- matching and certificates

    async def GetMatching(  # noqa: N802
        self, request: matching_pb2.GetMatchingRequest, context: Any
    ) -> matching_pb2.GetMatchingResponse:
        await self._refuse("GetMatching", context)
        return fake_matching.matching(request)

    async def ProposePurchase(  # noqa: N802
        self, request: matching_pb2.ProposePurchaseRequest, context: Any
    ) -> matching_pb2.ProposePurchaseResponse:
        self.decided.append(request)
        return fake_matching.proposal(request)

    async def ListCertificates(  # noqa: N802
        self, request: certificate_pb2.ListCertificatesRequest, context: Any
    ) -> certificate_pb2.ListCertificatesResponse:
        return fake_matching.certificates(request.vintage)

    async def ListClaimQuality(  # noqa: N802
        self, request: quality_pb2.ListClaimQualityRequest, context: Any
    ) -> quality_pb2.ListClaimQualityResponse:
        return fake_matching.claim_quality(request)

    # ---- costs, other resources, the energy audit

    async def ListCosts(  # noqa: N802
        self, request: cost_pb2.ListCostsRequest, context: Any
    ) -> cost_pb2.ListCostsResponse:
        await self._refuse("ListCosts", context)
        self.days.append((request.first_day, request.last_day))
        answer = fake_resources.costs(request.first_day)
        return fake_resources.own_costs(answer, self.viewer) if self.viewer else answer

    async def GetResources(  # noqa: N802
        self, request: resource_pb2.GetResourcesRequest, context: Any
    ) -> resource_pb2.GetResourcesResponse:
        await self._refuse("GetResources", context)
        self.days.append((request.first_day, request.last_day))
        answer = fake_resources.resources(request.first_day)
        return fake_resources.own_resources(answer, self.viewer) if self.viewer else answer

    async def ProposeExchanges(  # noqa: N802
        self, request: resource_pb2.ProposeExchangesRequest, context: Any
    ) -> resource_pb2.ProposeExchangesResponse:
        await self._refuse("ProposeExchanges", context)
        self.days.append((request.first_day, request.last_day))
        await self._for_operators("ProposeExchanges", context)
        return fake_resources.exchanges(request.first_day)

    async def GetEnergyAudit(  # noqa: N802
        self, request: audit_pb2.GetEnergyAuditRequest, context: Any
    ) -> audit_pb2.GetEnergyAuditResponse:
        await self._refuse("GetEnergyAudit", context)
        await self._for_operators("GetEnergyAudit", context)
        return fake_resources.audit(request.first_month)


def mass(ng: int) -> Mass:
    """Return an exact mass, both parts of one sign."""
    grams, rest = divmod(abs(ng), 10**9)
    return Mass(g=grams, ng=rest) if ng >= 0 else Mass(g=-grams, ng=-rest)


def totals(*, corrected: bool) -> list[total_pb2.Total]:
    """Return two ledgers: electricity of four enterprises, gas of the park, biogenic CO2 beside."""
    found = []
    for ledger, factor in FACTORS_NG_PER_WH.items():
        for enterprise, wh in GRID_WH.items():
            used = wh - CORRECTION_WH if corrected and enterprise == "steel" else wh
            found.append(a_total(ledger, enterprise, used, used * factor))
        found.append(_gas(ledger))
        found.append(_biogenic(ledger))
        found.append(a_total(ledger, "park", 0, 0, activity="storage-loss", entry_count=0))
    return found


def restatements(more: int) -> list[restatement_pb2.Restatement]:
    """Return the correction in both ledgers and so many more of the same, oldest first."""
    ledgers = [*FACTORS_NG_PER_WH.items()]
    correction = [_restatement(*one, 2) for one in ledgers]
    return correction + [_restatement(*ledgers[0], 3 + number) for number in range(more)]


def _restatement(ledger: str, factor: int, version: int) -> restatement_pb2.Restatement:
    one = restatement_pb2.Restatement(
        ledger=f"LEDGER_{ledger}",
        version=version,
        because="steel.energy_import_wh: ~30000000 Wh linear became 20000000 Wh",
        reversed_entry_count=1,
        booked_entry_count=1,
        reversed=mass(30_000_000 * factor),
        booked=mass(20_000_000 * factor),
    )
    one.interval.start.FromDatetime(datetime(2019, 5, 20, 6, 15, tzinfo=UTC))
    one.interval.end.FromDatetime(datetime(2019, 5, 20, 6, 30, tzinfo=UTC))
    one.known_at.FromDatetime(CORRECTED_AT)
    return one


def a_total(
    ledger: str, enterprise: str, wh: int, emissions_ng: int, **fields: Any
) -> total_pb2.Total:
    """Return the line of grid power that an enterprise used."""
    said: dict[str, Any] = {
        "scope": "2",
        "category": "purchased-electricity",
        "activity": "electricity-use",
        "carrier": "electricity",
        "origin_kind": "grid",
        "gas": "CO2",
        "unit": "Wh",
        "counted": True,
        "entry_count": 2_976,
        "estimated_entry_count": 31 if enterprise == "steel" else 0,
    }
    return total_pb2.Total(
        ledger=f"LEDGER_{ledger}",
        period="2019-05",
        enterprise=enterprise,
        amount=wh,
        emissions=mass(emissions_ng),
        **{**said, **fields},
    )


def _gas(ledger: str) -> total_pb2.Total:
    return a_total(
        ledger,
        "park",
        GAS_WH,
        GAS_WH * 202_000_000,
        scope="1",
        category="stationary-combustion",
        activity="combustion:natural-gas",
        carrier="natural-gas",
        origin_kind="",
        unverified=["factor of 2023 stands in for 2019"],
    )


def _biogenic(ledger: str) -> total_pb2.Total:
    return a_total(
        ledger,
        "park",
        3_000_000,
        1_000_000_000_000_000,
        scope="outside",
        category="biogenic",
        activity="combustion:wood",
        carrier="fuel",
        origin_kind="",
        unit="g",
        counted=False,
    )


def tracing(*, corrected: bool, gap_wh: int = 0) -> tracing_pb2.GetTracingResponse:
    """Return grid and photovoltaics used, exported and stored; `gap_wh` of it goes nowhere."""
    what = "battery: held 2000 Wh of unknown origin at the start"
    answer = tracing_pb2.GetTracingResponse(
        open_items=[f"{what} - book from a day on which its content is known"]
    )
    correction = CORRECTION_WH if corrected else 0
    for kind, used in (("grid", GRID_WH), ("pv", PV_WH)):
        origin = tracing_pb2.ElectricityOrigin(kind=kind, source=f"{kind}_meter", vintage="2019")
        for enterprise, wh in used.items():
            less = correction if (kind, enterprise) == ("grid", "steel") else 0
            answer.uses.add(
                enterprise=enterprise, line=f"load_{enterprise}", origin=origin, energy_wh=wh - less
            )
        supplied = sum(used.values()) - (correction if kind == "grid" else 0)
        if kind == "pv":
            _flow(answer, tracing_pb2.FLOW_WAY_EXPORT, origin, EXPORTED_WH)
            _flow(answer, tracing_pb2.FLOW_WAY_CHANGE_IN_STORES, origin, STORED_WH)
            supplied += EXPORTED_WH + STORED_WH + gap_wh
        _flow(answer, tracing_pb2.FLOW_WAY_SUPPLY, origin, supplied)
    if gap_wh:
        answer.gaps.add(origin=origin, energy_wh=gap_wh)
    return answer


def _flow(
    answer: tracing_pb2.GetTracingResponse,
    way: tracing_pb2.FlowWay,
    origin: tracing_pb2.ElectricityOrigin,
    wh: int,
) -> None:
    answer.flows.add(way=way, line="line", origin=origin, energy_wh=wh)


def _pending() -> list[period_pb2.PendingRestatement]:
    one = period_pb2.PendingRestatement(
        restatement_id="demo-park/2019-04/1",
        month="2019-04",
        quarter_count=12,
        because="factor cn-fossil-power v1 became cn-fossil-power v2",
        state=period_pb2.PENDING_STATE_PENDING,
        version=1,
    )
    one.first_start.FromDatetime(datetime(2019, 4, 3, 1, 0, tzinfo=UTC))
    one.last_start.FromDatetime(datetime(2019, 4, 3, 3, 45, tzinfo=UTC))
    one.found_at.FromDatetime(datetime(2019, 6, 1, 8, 0, tzinfo=UTC))
    return [one]

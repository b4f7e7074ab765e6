"""What a run did, stage by stage, and what of it was not as it should be."""

import json
import math
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import grpc

from parkflow.alert.v1 import alert_service_pb2 as alert
from parkflow.alert.v1.alert_service_pb2_grpc import AlertServiceStub
from parkflow.carbon.v1 import carbon_service_pb2 as carbon
from parkflow.carbon.v1 import entry_pb2
from parkflow.carbon.v1.carbon_service_pb2_grpc import CarbonServiceStub
from parkflow.dispatch.v1 import dispatch_service_pb2 as dispatch
from parkflow.dispatch.v1.dispatch_service_pb2_grpc import DispatchServiceStub
from parkflow.dispatch.v1.plan_pb2 import PlanOrigin
from parkflow.forecast.v1 import forecast_service_pb2 as forecast
from parkflow.forecast.v1.forecast_service_pb2_grpc import ForecastServiceStub
from services.demo.metrics_page import MetricsPage
from services.demo.park_run import ParkRun
from services.demo.service_process import says_serving
from services.demo.stack.ports import LOOPBACK
from services.runtime import metrics

CALL_S = 10.0
QUARTER_S = 900.0
MEMORY_LIMIT_BYTES = int(2.5 * 1024**3)
MICROS = 1_000_000
LEDGER_BEHIND = timedelta(minutes=45)
"""The quarter that is not over, the one whose registers are being read, and one more."""


@dataclass(frozen=True)
class Stage:
    """One line of the table; `problem` is empty when all is well."""

    name: str
    text: str
    problem: str = ""


def stages_of(run: ParkRun, park_id: str, began: datetime, *, dispatching: bool) -> list[Stage]:
    """Ask every service what it did since `began`, while everything still runs."""
    look = _Look(run, park_id, run.clock.now() - began, began)
    parts: list[Callable[[], Stage]] = [
        look.readings,
        look.history,
        look.forecasts,
        look.plans,
        look.setpoints if dispatching else look.no_setpoints,
        look.ledger,
        look.incidents,
        look.latency,
        look.health,
        look.memory,
    ]
    return [_asked(part) for part in parts]


def _asked(part: Callable[[], Stage]) -> Stage:
    try:
        return part()
    except grpc.RpcError as error:
        text = f"{error.code().name}: {error.details()}"
        return Stage(part.__name__, "no answer", f"{part.__name__}: {text}")
    except (urllib.error.URLError, OSError) as error:
        return Stage(part.__name__, "no answer", f"{part.__name__}: {error}")


@dataclass(frozen=True)
class _Look:
    run: ParkRun
    park_id: str
    lasted: timedelta
    began: datetime

    def _page(self, service: str) -> MetricsPage:
        return MetricsPage.of(self.run.ports.metrics_of(service))

    def _channel(self, service: str) -> grpc.Channel:
        return grpc.insecure_channel(self.run.ports.address_of(service))

    @property
    def _quarters(self) -> int:
        return int(self.lasted.total_seconds() // QUARTER_S)

    def readings(self) -> Stage:
        page = self._page("validation")
        taken = self._page("ingest").total(metrics.READINGS_TAKEN)
        judged = page.total(metrics.READINGS)
        believed = page.total(metrics.READINGS, verdict="believed")
        dead = page.total(metrics.DEAD_LETTERS) + self._page("ingest").total(metrics.DEAD_LETTERS)
        played = self._page("simulator").total(metrics.SAMPLES_PLAYED)
        again = page.total(metrics.READINGS, doubt="duplicate")
        text = (
            f"{taken:,.0f} taken, {judged - again:,.0f} judged, {believed:,.0f} believed, "
            f"{judged - again - believed:,.0f} set aside, {dead:,.0f} dead; "
            f"{again:,.0f} came again; {played:,.0f} played live"
        )
        problem = "" if believed else "validation believed no reading"
        return Stage("readings", text, problem or ("dead letters in a clean run" if dead else ""))

    def history(self) -> Stage:
        rows = self._page("history").total(metrics.ROWS_WRITTEN, relation="reading")
        return Stage("history", f"{rows:,.0f} rows", "" if rows else "history wrote no row")

    def forecasts(self) -> Stage:
        with self._channel("forecasting") as channel:
            answer = ForecastServiceStub(channel).GetForecast(
                forecast.GetForecastRequest(park_id=self.park_id), timeout=CALL_S
            )
        made = self._page("forecasting").total(metrics.FORECASTS)
        issue = answer.issue
        age = self.run.clock.now() - issue.issue_time.ToDatetime(self.began.tzinfo)
        text = f"{made:,.0f} series forecasts; newest issue has {len(issue.series)} series"
        late = age > timedelta(minutes=35)
        return Stage("forecasts", text, f"newest issue is {age} old" if late else "")

    def plans(self) -> Stage:
        with self._channel("dispatch") as channel:
            plan = (
                DispatchServiceStub(channel)
                .GetPlan(dispatch.GetPlanRequest(park_id=self.park_id), timeout=CALL_S)
                .plan
            )
        made = self._page("dispatch").total(metrics.PLANS)
        total = plan.energy_cost_micros + plan.wear_cost_micros + plan.carbon_cost_micros
        origin = PlanOrigin.Name(plan.origin).removeprefix("PLAN_ORIGIN_").lower()
        text = (
            f"{made:,.0f} plans; newest ({origin}) costs {total / MICROS:,.2f} "
            f"{plan.currency_code} over {len(plan.grid_power_w) / 4:.0f} h"
        )
        return Stage("plans", text, "" if made >= self._quarters else "fewer plans than quarters")

    def setpoints(self) -> Stage:
        request = dispatch.ListSetpointsRequest(park_id=self.park_id, page_size=1)
        request.issued_from.FromDatetime(self.began)
        with self._channel("dispatch") as channel:
            answer = DispatchServiceStub(channel).ListSetpoints(request, timeout=CALL_S)
        text = (
            f"{_ended(answer) + answer.open_count:,} sent, {answer.achieved_count:,} achieved, "
            f"{answer.superseded_count:,} superseded, {answer.partial_count:,} partial, "
            f"{answer.rejected_count:,} rejected, {answer.expired_count:,} expired, "
            f"{answer.open_count:,} open"
        )
        return Stage("set-points", text, "" if answer.achieved_count else "none achieved")

    def no_setpoints(self) -> Stage:
        sent = self._page("dispatch").total(metrics.SETPOINTS)
        problem = "set-points went out though dispatch is off" if sent else ""
        return Stage("set-points", f"dispatch is off; {sent:,.0f} sent", problem)

    def ledger(self) -> Stage:
        request = carbon.GetSummaryRequest(park_id=self.park_id)
        request.interval.start.FromDatetime(self.began)
        request.interval.end.FromDatetime(self.run.clock.now())
        with self._channel("carbon_accounting") as channel:
            summary = CarbonServiceStub(channel).GetSummary(request, timeout=CALL_S).summary
        totals = {total.ledger: total for total in summary.totals}
        entries = sum(total.entry_count for total in summary.totals)
        location = totals.get(entry_pb2.LEDGER_LOCATION_BASED)
        market = totals.get(entry_pb2.LEDGER_MARKET_BASED)
        text = (
            f"{entries:,} entries; {_kg(location)} kgCO2e location-based, "
            f"{_kg(market)} kgCO2e market-based; green share "
            f"{summary.green_share:.0%}"
        )
        if not entries:
            return Stage("ledger", text, "no ledger entry" if self._quarters >= 2 else "")
        until = summary.booked_until.ToDatetime(self.began.tzinfo)
        behind = self.run.clock.now() - until > LEDGER_BEHIND
        return Stage("ledger", text, f"booked until {until:%H:%MZ} only" if behind else "")

    def incidents(self) -> Stage:
        with self._channel("alerting") as channel:
            answer = AlertServiceStub(channel).ListIncidents(
                alert.ListIncidentsRequest(park_id=self.park_id), timeout=CALL_S
            )
        open_now = "; ".join(incident.text_en for incident in answer.incidents[:3])
        text = (
            f"{answer.raised_total} raised, {answer.resolved_total} resolved"
            f"{'; open: ' + open_now if open_now else ''}"
        )
        return Stage("incidents", text)

    def latency(self) -> Stage:
        url = f"http://{LOOPBACK}:{self.run.ports.console_http}/api/latency"
        with urllib.request.urlopen(url, timeout=5) as answer:
            found = json.load(answer)
        text = f"p50 {found['p50_ms']:.0f} ms, p99 {found['p99_ms']:.0f} ms to the console"
        silent = not found["count"] or math.isnan(found["p50_ms"])
        return Stage("latency", text, "the console saw no reading" if silent else "")

    def health(self) -> Stage:
        sick = [
            service.name
            for service in self.run.services.values()
            if not service.running
            or not service.moves()
            or (self.run.ports.grpc_of(service.name) and not says_serving(service.address))
        ]
        restarts = sum(service.restarts for service in self.run.services.values())
        text = f"{len(self.run.services) - len(sick)} of {len(self.run.services)} services healthy"
        problem = f"unhealthy: {', '.join(sick)}" if sick else ""
        if restarts:
            problem = problem or f"{restarts} services ended by themselves"
        return Stage("health", text, problem)

    def memory(self) -> Stage:
        held = self.run.memory_bytes()
        total = sum(held.values())
        largest = ", ".join(
            f"{name} {size / 2**20:.0f}"
            for name, size in sorted(held.items(), key=lambda item: -item[1])
        )
        text = f"{total / 2**20:,.0f} MiB in all ({largest})"
        return Stage("memory", text, "over 2.5 GiB" if total > MEMORY_LIMIT_BYTES else "")


def _ended(answer: dispatch.ListSetpointsResponse) -> int:
    return (
        answer.achieved_count
        + answer.partial_count
        + answer.rejected_count
        + answer.expired_count
        + answer.superseded_count
    )


def _kg(total: carbon.LedgerTotal | None) -> str:
    return "no" if total is None else f"{total.emissions_mg / 1e6:,.1f}"


def as_table(stages: list[Stage]) -> str:
    """Return the stages as text for a terminal."""
    width = max(len(stage.name) for stage in stages)
    lines = []
    for stage in stages:
        mark = "ok " if not stage.problem else "BAD"
        lines.append(f"  {mark} {stage.name:<{width}}  {stage.text}")
        if stage.problem:
            lines.append(f"      {'':<{width}}  ^ {stage.problem}")
    return "\n".join(lines)

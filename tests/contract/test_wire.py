"""What one service writes another reads as it was meant: domain, bytes and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import numpy as np
import pytest
from google.protobuf.message import Message
from hypothesis import given
from hypothesis import strategies as st

from parkflow.carbon.v1.posting_pb2 import LedgerLines
from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from parkflow.forecast.v1.forecast_pb2 import ForecastIssue
from parkflow.market.v1.intensity_pb2 import IntensityCurve
from parkflow.market.v1.price_pb2 import PriceCurve
from parkflow.telemetry.v1.dead_letter_pb2 import DeadLetter
from services.alerting import messages as alerting
from services.alerting.domain.events import (
    DeadLetterArrived,
    OutcomeDecided,
    PlanIssued,
    SetpointIssued,
    StandIn,
)
from services.alerting.domain.events import Outcome as HeardOutcome
from services.alerting.domain.incidents import (
    IncidentKind,
    IncidentState,
    Severity,
    acknowledged,
    raised,
    resolved,
)
from services.carbon_accounting import messages as carbon
from services.carbon_accounting.domain.inventory.entries import Account, Stamp
from services.carbon_accounting.domain.ledgers import Ledger
from services.carbon_accounting.domain.live.lines import Line
from services.carbon_accounting.live.reading import KeptPosting
from services.dispatch import messages as dispatch
from services.dispatch.domain.arbitration import Priority
from services.dispatch.domain.control import Command
from services.dispatch.domain.curves import Curve
from services.dispatch.domain.ladder import Origin
from services.dispatch.domain.leasing import Issued
from services.dispatch.domain.model.prices import Limit
from services.dispatch.domain.outcomes import Delivery, Ended, Outcome
from services.dispatch.domain.plan import Costs, DeviceCourse, Plan, Violation
from services.dispatch.domain.snapshot import Lease
from services.energy.site import Text
from services.energy.time_grid import QUARTER
from services.forecasting import messages as forecasting
from services.forecasting.domain.point_forecast import PointForecast
from services.forecasting.domain.series import quarter_number
from services.forecasting.nowcast_messages import quantiles_of
from services.ingest import messages as ingest
from services.ingest.adapters.adapter import Accepted, Answer, NoAnswer, Refused
from services.ingest.adapters.adapter import Command as Ordered
from tests.support.builders import MORNING, a_park, after

M = TypeVar("M", bound=Message)
PARK = "demo-park"

moments = st.timedeltas(timedelta(0), timedelta(days=36_500)).map(lambda span: MORNING + span)
texts = st.text(st.characters(codec="utf-8"), max_size=20)
watts = st.integers(-(10**8), 10**8).map(lambda tenths: tenths / 10)  # as published: 0.1 W


def lines(of: st.SearchStrategy[float], size: int = 3) -> st.SearchStrategy[Any]:
    return st.lists(of, min_size=size, max_size=size).map(np.array)


def over_the_wire(message: M) -> M:
    """Return the message as its reader gets it."""
    return type(message).FromString(message.SerializeToString())


def same(one: Any, other: Any) -> bool:
    """Whether two domain objects hold the same, arrays compared by value."""
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=True)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if hasattr(one, "__slots__") and not isinstance(one, datetime | timedelta):
        return type(one) is type(other) and all(
            same(getattr(one, name), getattr(other, name)) for name in one.__slots__
        )
    return bool(one == other)


# ---- dispatch.plans.v1

violations = st.builds(
    Violation,
    st.sampled_from(Limit),
    moments,
    watts,
    st.sampled_from(["W", "Wh"]),
    st.integers(0),
    texts,
    st.none() | st.integers(0, 3000),
).map(lambda violation: replace(violation, price_micros=violation.price_micros % 2**40))
micros = st.integers(-(2**40), 2**40)
micros_per_kwh = st.integers(-(10**9), 10**9).map(lambda price: price / 1e6)  # as published
plans = st.builds(
    Plan,
    plan_id=texts,
    park_id=texts,
    issue_time=moments,
    valid_until=moments,
    origin=st.sampled_from(Origin),
    start=moments,
    step=st.just(QUARTER),
    courses=st.dictionaries(
        texts, st.builds(DeviceCourse, lines(watts), lines(watts), lines(watts)), max_size=3
    ),
    grid_w=lines(watts),
    base_w=lines(watts),
    currency=st.just("GBP"),
    costs=st.builds(
        Costs, micros, micros, micros, micros, st.just(0), st.dictionaries(texts, micros)
    ),
    violations=st.lists(violations, max_size=3).map(tuple),
    snapshot_id=texts,
    forecast_issue_time=st.none() | moments,
    solve_seconds=st.floats(0, 100),
    caveats=st.lists(texts, max_size=3).map(tuple),
    prices=st.dictionaries(texts, lines(micros_per_kwh), max_size=2),
    gap=st.none() | st.floats(0, 1),
    rejected=st.lists(texts, max_size=3).map(tuple),
)


@given(plans)
def test_a_plan_is_the_same_after_the_wire(plan: Plan) -> None:
    message = over_the_wire(dispatch.plan_message(plan))

    assert same(dispatch.plan_from(message), plan)
    stands_in = {Origin.LAST_PLAN: StandIn.LAST_PLAN, Origin.RULES: StandIn.RULES}.get(plan.origin)
    why = plan.caveats[0] if stands_in and plan.caveats else ""
    assert alerting.plan_from(message) == PlanIssued(
        plan.plan_id, plan.issue_time, plan.valid_until, stands_in, why, plan.rejected
    )


# ---- dispatch.setpoints.v1


def a_setpoint(device_id: str, value_w: float, won_by: Priority = Priority.PLAN) -> Setpoint:
    lease = Lease("s1", device_id, value_w, MORNING, after(minutes=5), won_by)
    issued = Issued(Command(device_id, value_w, won_by, "because"), lease)
    return over_the_wire(dispatch.setpoint_message(a_park(), issued, "snapshot", "plan"))


@given(watts, st.sampled_from(Priority))
def test_a_setpoint_is_the_same_lease_after_the_wire(value_w: float, won_by: Priority) -> None:
    lease = dispatch.lease_from(a_setpoint("battery", value_w, won_by))

    assert lease == Lease("s1", "battery", value_w, MORNING, after(minutes=5), won_by)


@pytest.mark.parametrize(
    ("device_id", "quantity", "is_ceiling"),
    [
        ("battery", "active_power_w", False),
        ("pv", "active_power_limit_w", True),
        ("charger_01", "active_power_limit_w", True),
    ],
)
def test_a_setpoint_is_the_same_order_to_ingest_and_to_alerting(
    device_id: str, quantity: str, is_ceiling: bool
) -> None:
    message = a_setpoint(device_id, 7_000.0)

    order = ingest.command_from(message)
    heard = alerting.setpoint_from(message)

    assert order == Ordered("s1", device_id, quantity, 7_000.0, after(minutes=5))
    assert heard == SetpointIssued(device_id, 7_000.0, is_ceiling, MORNING, after(minutes=5))


# ---- telemetry.deliveries.v1


@pytest.mark.parametrize(
    ("answer", "result", "reason", "read_back_w"),
    [
        (Accepted(5.0), Delivery.ACCEPTED, "", 5.0),
        (Accepted(None), Delivery.ACCEPTED, "", None),
        (Refused("too much", 0.0), Delivery.REJECTED, "too much", 0.0),
        (NoAnswer("away"), Delivery.TIMEOUT, "away", None),
        (None, Delivery.EXPIRED, "the lease ended at 2019-06-03T22:00:00+00:00", None),
    ],
)
def test_a_delivery_says_the_same_to_dispatch(
    answer: Answer | None, result: Delivery, reason: str, read_back_w: float | None
) -> None:
    order = Ordered("s1", "battery", "active_power_w", 5.0, MORNING)

    message = over_the_wire(ingest.delivery_message(PARK, order, answer, after(1)))

    held = message.read_back_w if message.HasField("read_back_w") else None
    assert (Delivery(message.result), message.reason, held) == (result, reason, read_back_w)
    assert dispatch.moment_of(message.arrival_time) == after(1)


# ---- dispatch.outcomes.v1


@given(st.sampled_from(Outcome), watts, st.none() | watts, texts, moments)
def test_an_outcome_is_the_same_to_alerting(
    outcome: Outcome, value_w: float, measured_w: float | None, reason: str, at: datetime
) -> None:
    ended = Ended("s1", "battery", outcome, value_w, measured_w, reason, at)

    heard = alerting.outcome_from(over_the_wire(dispatch.outcome_message(PARK, ended)))

    assert heard == OutcomeDecided(
        "battery", HeardOutcome[outcome.name], value_w, measured_w, reason, at
    )


# ---- forecast.series.v1


@given(lines(watts), texts, st.floats(0, 400))
def test_a_forecast_is_the_same_to_dispatch_and_when_it_is_read_again(
    p50_w: Any, method: str, history_days: float
) -> None:
    number = quarter_number(MORNING)
    made = PointForecast(
        "pv.active_power_w", number, p50_w - 1, p50_w, p50_w + 1, method, history_days, ""
    )

    issue = over_the_wire(forecasting.issue_message(PARK, MORNING, [made]))

    heard = dispatch.forecast_of(issue)
    series = heard.series["pv.active_power_w"]
    assert heard.issue_time == series.start == MORNING
    assert (series.step, series.method) == (QUARTER, method)
    (read_again,) = quantiles_of(issue, ["pv.active_power_w"], 99)
    said = (made.p10_w, made.p50_w, made.p90_w)
    np.testing.assert_array_equal(read_again, said)
    np.testing.assert_array_equal((series.p10, series.p50, series.p90), said)


# ---- market.prices.v1, market.intensity.v1


def test_an_outlook_of_prices_and_intensities_is_the_same_to_dispatch() -> None:
    issue = ForecastIssue(park_id=PARK)
    issue.issue_time.FromDatetime(MORNING)
    price = issue.signals.add(signal_id="market.import_price", p50=[0.1, float("nan")])
    price.start.FromDatetime(MORNING)
    price.step.FromTimedelta(QUARTER)

    heard = dispatch.forecast_of(over_the_wire(issue))

    assert heard.signal_at("market.import_price", MORNING) == 0.1
    assert heard.signal_at("market.import_price", after(minutes=15)) is None
    assert heard.signal_at("market.import_price", after(minutes=30)) is None
    assert heard.signal_at("market.carbon_intensity", MORNING) is None


@given(st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=5))
def test_prices_are_the_same_to_dispatch(micros_per_kwh: list[int]) -> None:
    curve = PriceCurve(source_id="agile-gb", import_price_micros_per_kwh=micros_per_kwh)
    curve.start.FromDatetime(MORNING)
    curve.known_at.FromDatetime(after(-60))
    curve.step.FromTimedelta(QUARTER)

    imported, exported = dispatch.price_curves(over_the_wire(curve))

    assert imported == Curve("agile-gb", after(-60), MORNING, QUARTER, tuple(micros_per_kwh))
    assert exported.values == ()


def test_an_unknown_intensity_stays_unknown() -> None:
    curve = IntensityCurve(source_id="neso-gb", intensity_g_per_kwh=[200.0, float("nan")])
    curve.start.FromDatetime(MORNING)
    curve.step.FromTimedelta(QUARTER)

    heard = dispatch.intensity_curve(over_the_wire(curve))

    assert heard.values[0] == 200.0
    assert np.isnan(heard.values[1])


# ---- carbon.entries.v2


LINE = Line(
    Ledger.LOCATION_BASED,
    Account(
        *("load.used", "steel", "electricity", "electricity-use", "grid:grid.in"),
        *("2", "purchased-electricity", "CO2", "Wh", True),
    ),
    Stamp("location_based/grid-electricity/CN/2023 v1", "energy x 0.5306 kg/kWh", "stands in"),
)
KEPT = KeptPosting(
    park_id=PARK,
    ledger=Ledger.LOCATION_BASED,
    start=MORNING,
    number=2,
    known_at=after(minutes=20),
    because="a correction",
    basis=2,
    basis_digest=b"b" * 32,
    line_ids=np.array([7]),
    amounts=np.array([250_000]),
    emissions_ng=np.array([2**53 + 1]),  # more than a float can hold
    measured=np.array([False]),
    reversed=np.array([7]),
    month="2019-06",
    place=2,
    link=b"l" * 32,
)


def test_a_posting_holds_what_was_booked_and_what_is_reversed() -> None:
    posting = over_the_wire(carbon.posting_message(KEPT, {7: LINE}))

    def told(lines: LedgerLines) -> dict[str, str]:
        return {name: posting.texts[getattr(lines, name)[0]] for name in carbon.TEXTS}

    said = {name: LINE.fields[name] for name in carbon.TEXTS}
    assert told(posting.booked) == told(posting.reversed) == said
    assert list(posting.booked.emissions_ng) == [2**53 + 1]
    assert list(posting.booked.measured) == [False]
    assert not posting.reversed.amount
    assert posting.posting_id == f"{PARK}/location_based/2019-06-03T22:00:00Z/2"
    assert (posting.number, posting.month, posting.place) == (2, "2019-06", 2)
    assert (posting.link, posting.basis_sha256) == (b"l" * 32, b"b" * 32)
    assert posting.restated_because == "a correction"
    assert posting.interval.end.ToDatetime(UTC) == MORNING + QUARTER
    assert posting.known_at.ToDatetime(UTC) == after(minutes=20)


# ---- alert.incidents.v1, telemetry.dead.v1


@pytest.mark.parametrize("kind", IncidentKind)
@pytest.mark.parametrize("severity", Severity)
def test_an_incident_holds_every_step_of_its_life(kind: IncidentKind, severity: Severity) -> None:
    first = raised(kind, "grid", severity, MORNING, Text("over", "超限"))
    seen = acknowledged(first, "li.wei", after(60))
    over = resolved(seen, after(120), Text("well again", "恢复"))

    open_message, last = (over_the_wire(alerting.message_from(one, PARK)) for one in (first, over))

    told = (int(open_message.kind), int(open_message.severity), int(open_message.state))
    assert told == (int(kind), int(severity), int(IncidentState.RAISED))
    assert not open_message.HasField("resolved_at")
    assert not open_message.HasField("acknowledged_at")
    assert (last.incident_id, last.revision) == (first.id, 3)
    assert int(last.state) == int(IncidentState.RESOLVED)
    assert last.raised_at.ToDatetime(UTC) == MORNING
    assert last.acknowledged_at.ToDatetime(UTC) == after(60)
    assert last.resolved_at.ToDatetime(UTC) == after(120)
    assert (last.acknowledged_by, last.text_zh) == ("li.wei", "恢复")


def test_a_dead_letter_is_the_same_to_alerting() -> None:
    letter = DeadLetter(
        writer="history", origin="kafka:a/0/7", reason="undecodable", detail="why", payload=b"\xff"
    )
    letter.arrival_time.FromDatetime(MORNING)

    heard = alerting.dead_letter_from(over_the_wire(letter))

    assert heard == DeadLetterArrived("history", "kafka:a/0/7", "undecodable", "why", MORNING)

"""The page's HTTP border: what is answered, what is refused, and with which words."""

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from aiohttp.test_utils import TestClient, TestServer
from grpc.aio import Metadata

from services.console.actions import BadOrder
from services.console.carbon_books import CarbonBooks
from services.console.carbon_indicators import CarbonIndicators
from services.console.carbon_matching import CarbonMatching
from services.console.carbon_pages import CarbonPages
from services.console.carbon_resources import CarbonResources
from services.console.domain.latency import Latencies
from services.console.domain.picture import Picture, Shown
from services.console.forecast_pages import ForecastPages
from services.console.http import Pages
from services.console.hub import Hub
from services.console.memory import Memory
from services.console.quality_pages import QualityPages
from services.console.users import Users
from services.energy.time_grid import Interval
from services.runtime.clock import ParkClock
from tests.support import fake_messages
from tests.support.builders import MORNING, a_park, after

Client = TestClient[Any, Any]
DECISIONS = ("release-suspense", "judge-reading", "revoke-edit")
ABOUT_BOOKS = ("close-month", "approve-restatement", "reject-restatement")
OF_A_MONTH = ("costs", "resources", "exchanges", "audit")


class FakeActions:
    """Passes nothing on; remembers what it was asked and answers or refuses as told."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Any]] = []
        self.refusal: Exception | None = None

    async def _answer(self, name: str, *what: Any) -> Any:
        self.asked.append((name, what))
        if self.refusal is not None:
            raise self.refusal
        return {"did": name}

    async def acknowledge(self, body: Any, user: str) -> Any:
        return await self._answer("acknowledge", body, user)

    async def override(self, body: Any, user: str, now: datetime) -> Any:
        return await self._answer("override", body, user, now)

    async def explain(self, device_id: str) -> Any:
        return await self._answer("explain", device_id)

    async def day(self, points: list[str], interval: Interval, step: timedelta) -> Any:
        return await self._answer("day", points, interval, step)


class FakeDecisions(FakeActions):
    """The same for decisions about readings."""

    async def release(self, body: Any, user: str) -> Any:
        return await self._answer("release", body, user)

    async def judge(self, body: Any, user: str) -> Any:
        return await self._answer("judge", body, user)

    async def revoke(self, body: Any, user: str) -> Any:
        return await self._answer("revoke", body, user)


class HurriedFeed:
    """Counts how often it was told to hurry."""

    def __init__(self) -> None:
        self.hurried = 0

    def soon(self) -> None:
        self.hurried += 1


def refused(code: grpc.StatusCode, details: str) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, Metadata(), Metadata(), details)


class StoppedClock(ParkClock):
    """Park time stands at 07:00 local."""

    def now(self) -> datetime:
        return after(hours=1)


class Console:
    """The application over fakes, and a client of it."""

    def __init__(self, users: Users) -> None:
        self.actions, self.hub, self.picture = FakeActions(), Hub(), Picture(a_park())
        self.latencies, self.memory = Latencies(), Memory()
        self.decisions, self.feed = FakeDecisions(), HurriedFeed()
        self.nobody = grpc.aio.insecure_channel("127.0.0.1:9")
        self.pages = Pages(
            self.picture,
            self.hub,
            self.actions,  # type: ignore[arg-type]
            self.latencies,
            self.memory,
            StoppedClock(MORNING, 0.0, 60.0),
            users,
            QualityPages(self.decisions, self.feed),  # type: ignore[arg-type]
            ForecastPages("demo-park", self.nobody),
            CarbonPages(
                CarbonBooks("demo-park", UTC, self.nobody),
                CarbonIndicators("demo-park", self.nobody),
                CarbonMatching("demo-park", UTC, self.nobody),
                CarbonResources("demo-park", self.nobody),
            ),
        )
        self.client: Client


@asynccontextmanager
async def serving(users: Users) -> AsyncIterator[Console]:
    console = Console(users)
    console.client = TestClient(TestServer(console.pages.application()))
    await console.client.start_server()
    try:
        yield console
    finally:
        await console.client.close()


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    async with serving(Users(None)) as running:
        yield running


@pytest.mark.parametrize("page", ["/", "/quality", "/forecasts", "/carbon"])
async def test_a_page_may_load_nothing_from_elsewhere(console: Console, page: str) -> None:
    answer = await console.client.get(page)

    assert answer.status == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert "//" not in (await answer.text()).replace("<!doctype html>", "")


async def test_the_park_says_who_is_looking_and_what_can_be_steered(console: Console) -> None:
    park = await (await console.client.get("/api/park")).json()

    steered = {device["id"]: device["steers"] for device in park["devices"]}
    assert park["user"] == {"name": "local", "may_steer": True}
    assert steered["battery"] == "active_power_w"
    assert steered["pv"] == steered["charger_01"] == "active_power_limit_w"
    assert steered["steel"] is None


async def test_latency_without_readings_is_null_and_zero(console: Console) -> None:
    answer = await (await console.client.get("/api/latency")).json()

    assert answer == {"count": 0, "p50_ms": None, "p99_ms": None}


async def test_the_stream_begins_with_the_newest_readings_then_the_pulse(console: Console) -> None:
    console.picture.take("grid.active_power_w", Shown(5.0, after(), suspect=True))

    async with console.client.get("/api/events") as stream:
        lines = [(await stream.content.readline()).decode().strip() for _ in range(5)]

    assert lines[0] == "event: readings"
    assert json.loads(lines[1].removeprefix("data: ")) == {
        "grid.active_power_w": [5.0, "2019-06-03T22:00:00.000Z", True]
    }
    assert lines[3] == "event: pulse"


async def test_a_closed_page_is_forgotten(console: Console) -> None:
    async with console.client.get("/api/events") as stream:
        await stream.content.readline()
        assert len(console.hub._pages) == 1
        stream.close()

    for _ in range(20):
        console.hub.send("pulse", "{}")
        await asyncio.sleep(0.01)
    assert console.hub._pages == set()


@pytest.mark.parametrize("points", ["", "nothing.at_all", ","])
async def test_a_day_of_no_known_point_is_refused(console: Console, points: str) -> None:
    answer = await console.client.get("/api/day", params={"points": points})

    assert answer.status == 400
    assert "points must name" in (await answer.json())["error"]


async def test_a_day_begins_at_local_midnight_and_leaves_unknown_points_out(
    console: Console,
) -> None:
    await console.client.get("/api/day", params={"points": "grid.active_power_w,x.y"})

    [(_, (points, interval, _))] = console.actions.asked
    assert points == ["grid.active_power_w"]
    assert interval == Interval(after(hours=-6), after(hours=1))  # 00:00 to 07:00 in Shanghai


async def test_what_was_foreseen_is_given_from_local_midnight_on(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ParkClock, "now", lambda self: after(hours=1))
    console.memory.take_plan(fake_messages.plan(after(hours=-7)))

    foreseen = await (await console.client.get("/api/foreseen")).json()

    assert foreseen["planned"]["grid"][0][0] == after(hours=-6).timestamp() * 1000
    assert set(foreseen["planned"]) == {"grid", "battery", "pv"}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (grpc.StatusCode.INVALID_ARGUMENT, 400),
        (grpc.StatusCode.NOT_FOUND, 404),
        (grpc.StatusCode.FAILED_PRECONDITION, 409),
        (grpc.StatusCode.UNAVAILABLE, 503),
        (grpc.StatusCode.INTERNAL, 502),
    ],
)
async def test_a_services_refusal_reaches_the_page_in_its_own_words(
    console: Console, code: grpc.StatusCode, status: int
) -> None:
    console.actions.refusal = refused(code, "battery can do at most 1500 kW")

    answer = await console.client.post("/api/override", json={})

    assert answer.status == status
    assert (await answer.json()) == {"error": "battery can do at most 1500 kW"}


async def test_an_order_that_cannot_be_passed_on_says_what_would_be_right(
    console: Console,
) -> None:
    console.actions.refusal = BadOrder("reason is missing; send a text")

    answer = await console.client.post("/api/override", json={})

    assert answer.status == 400
    assert "reason is missing" in (await answer.json())["error"]


@pytest.mark.parametrize("body", ["{", "[]", '"x"'])
async def test_a_body_that_is_no_object_is_refused(console: Console, body: str) -> None:
    answer = await console.client.post(
        "/api/acknowledge", data=body, headers={"Content-Type": "application/json"}
    )

    assert answer.status == 400
    assert console.actions.asked == []


async def test_orders_from_other_sites_are_refused(console: Console) -> None:
    other = {"Origin": "http://elsewhere.invalid"}
    own = {"Origin": str(console.client.make_url("/")).rstrip("/")}

    assert (await console.client.post("/api/override", json={}, headers=other)).status == 403
    assert (await console.client.post("/api/override", data=b"x")).status == 415
    assert (await console.client.post("/api/override", json={}, headers=own)).status == 200


async def test_a_decision_is_made_by_who_is_signed_in_and_hurries_the_page(
    console: Console,
) -> None:
    order = {"reason": "seen", "user": "somebody else"}
    for path in DECISIONS:
        assert (await console.client.post(f"/api/{path}", json=order)).status == 200

    assert console.decisions.asked == [
        (name, (order, "local")) for name in ("release", "judge", "revoke")
    ]
    assert console.feed.hurried == 3


@pytest.mark.parametrize("path", DECISIONS)
async def test_decisions_from_other_sites_are_refused(console: Console, path: str) -> None:
    other = {"Origin": "http://elsewhere.invalid"}

    assert (await console.client.post(f"/api/{path}", json={}, headers=other)).status == 403
    assert (await console.client.post(f"/api/{path}", data=b"x")).status == 415
    assert console.decisions.asked == []
    assert console.feed.hurried == 0


async def test_a_decision_that_validation_refuses_keeps_its_words(console: Console) -> None:
    words = "entry e holds 5 Wh by now, not 7; look again"
    console.decisions.refusal = refused(grpc.StatusCode.FAILED_PRECONDITION, words)

    answer = await console.client.post("/api/release-suspense", json={})

    assert (answer.status, await answer.json()) == (409, {"error": words})
    assert console.feed.hurried == 0


async def test_a_viewer_may_look_but_not_steer(tmp_path: Path) -> None:
    file = tmp_path / "users"
    file.write_text(f"guest:viewer:{hashlib.sha256(b'pw').hexdigest()}\n")
    guest = {"Authorization": "Basic " + base64.b64encode(b"guest:pw").decode()}
    async with serving(Users(file)) as console:
        unnamed = await console.client.get("/api/park")
        park = await (await console.client.get("/api/park", headers=guest)).json()
        order = await console.client.post("/api/override", json={}, headers=guest)
        page = await console.client.get("/quality", headers=guest)
        decisions = [
            (await console.client.post(f"/api/{path}", json={}, headers=guest)).status
            for path in (*DECISIONS, *ABOUT_BOOKS)
        ]

    assert unnamed.status == 401
    assert park["user"] == {"name": "guest", "may_steer": False}
    assert order.status == 403
    assert (page.status, decisions) == (200, [403] * 6)
    assert console.actions.asked == console.decisions.asked == []


async def test_runbooks_are_served_and_nothing_beside_them(console: Console) -> None:
    assert (await console.client.get("/runbooks/limit.md")).status == 200
    assert (await console.client.get("/runbooks/no_such.md")).status == 404
    assert (await console.client.get("/runbooks/..%2Fconventions.md")).status == 404


@pytest.mark.parametrize("question", OF_A_MONTH)
async def test_what_a_month_took_is_asked_of_a_month(console: Console, question: str) -> None:
    answer = await console.client.get(f"/api/carbon-{question}", params={"month": "2019-13"})

    assert answer.status == 400
    assert "month is '2019-13'" in (await answer.json())["error"]


@pytest.mark.parametrize("question", OF_A_MONTH)
async def test_what_a_month_took_is_away_with_carbon_accounting(
    console: Console, question: str
) -> None:
    answer = await console.client.get(f"/api/carbon-{question}", params={"month": "2019-05"})

    assert answer.status == 503

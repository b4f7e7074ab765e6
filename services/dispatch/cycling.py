"""The control cycle's shell: every wall second, freeze, decide, send; it waits for nothing."""

import asyncio
import time
from collections.abc import Callable
from datetime import datetime

from opentelemetry.trace import Link

from parkflow.dispatch.v1.dispatch_service_pb2 import WatchControlResponse
from parkflow.dispatch.v1.setpoint_pb2 import Setpoint
from services.dispatch.domain.control import Decision
from services.dispatch.domain.orders import quantity_of
from services.dispatch.domain.snapshot import Snapshot, as_json
from services.dispatch.domain.tracking import opened
from services.dispatch.domain.triggers import observed
from services.dispatch.house import House
from services.dispatch.journal import Journal
from services.dispatch.messages import setpoint_message, stamp
from services.dispatch.store import Store
from services.dispatch.telling import Teller
from services.runtime import metrics, spans
from services.runtime.progress import Stage
from services.runtime.publishing import Publisher
from services.runtime.telemetry import log_for, record, span
from services.runtime.topics import SETPOINTS

OFF = "dispatch is off: no set-points are issued"
BUSY = "Kafka is away: nothing can be issued, what was issued runs out"
log = log_for(__name__)


class Sender:
    """Sends set-points one batch at a time; busy while Kafka has not taken the last one."""

    def __init__(self, publisher: Publisher, on_bug: Callable[[BaseException], None]) -> None:
        self._publisher, self._on_bug = publisher, on_bug
        self._sending: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether the last batch is still on its way."""
        return self._sending is not None and not self._sending.done()

    def send(self, setpoints: list[Setpoint]) -> None:
        """Begin to send; the current span is the trace the set-points continue."""
        keyed = [(f"{s.park_id}/{s.device_id}", s) for s in setpoints]
        self._sending = asyncio.create_task(self._publisher.publish_all(SETPOINTS, keyed))
        self._sending.add_done_callback(self._ended)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_bug(error)

    async def stop(self) -> None:
        """Let go of a batch that cannot be sent."""
        if self._sending is not None and not self._sending.done():
            await asyncio.wait({self._sending}, timeout=2.0)
            self._sending.cancel()


class Cycler:
    """Runs the control cycles of one house."""

    def __init__(
        self,
        house: House,
        store: Store,
        journal: Journal,
        teller: Teller,
        sender: Sender,
        *,
        enabled: bool,
        every_s: float,
        stage: Stage | None = None,
    ) -> None:
        self._house, self._store, self._journal = house, store, journal
        self._teller, self._sender = teller, sender
        self._enabled, self._every_s, self._stage = enabled, every_s, stage

    async def run(self) -> None:
        """Cycle for ever; a cycle that began late does not move the next one."""
        due = time.monotonic()
        while True:
            late_s = time.monotonic() - due
            record(metrics.CYCLE_LATENESS, max(0.0, late_s))
            began = time.perf_counter()
            self.cycle(self._house.clock.now())
            record(metrics.CYCLE_TIME, time.perf_counter() - began)
            if self._stage is not None:
                self._stage.move()
            due = max(due + self._every_s, time.monotonic() - self._every_s)
            await asyncio.sleep(max(0.0, due - time.monotonic()))

    def cycle(self, now: datetime) -> None:
        """Run one cycle; returns at once."""
        house = self._house
        links = [Link(context) for context in house.other_frames.values()]
        with span(spans.CONTROL_CYCLE, parent=house.grid_context, links=links) as current:
            busy = self._sender.busy
            needs = house.standing.needs(house.plant, house.desk.signals.newest(), now)
            may_issue = self._enabled and not busy
            snapshot, decision, out = house.desk.cycle(now, may_issue=may_issue, needs=needs)
            current.set_attribute("snapshot", snapshot.id)
            current.set_attribute("mode", decision.mode.name)
            plan_id = snapshot.guide.plan_id if snapshot.guide else ""
            messages = [
                setpoint_message(house.plant.park, issue, snapshot.id, plan_id) for issue in out
            ]
            if messages:
                self._sender.send(messages)
                self._keep(snapshot, messages, now)
        self._teller.tell(house.tracker.tick(now))
        self._observe(decision, now)
        notes = [OFF] if not self._enabled else [BUSY] if busy else []
        house.control.show(self._shown(snapshot, decision, plan_id, notes))
        record(metrics.CYCLES, mode=decision.mode.name.lower())
        if decision.grid_w is not None:
            record(metrics.GRID_POWER, decision.grid_w)

    def _keep(self, snapshot: Snapshot, messages: list[Setpoint], now: datetime) -> None:
        house = self._house
        for message in messages:
            house.setpoints[message.device_id] = message
            lease = house.desk.leases[message.device_id]
            self._teller.tell(
                house.tracker.issue(
                    opened(
                        house.plant,
                        lease.setpoint_id,
                        lease.device_id,
                        lease.value_w,
                        lease.issued_at,
                        lease.expires_at,
                    ),
                    now,
                )
            )
            kind = house.plant.park.device(message.device_id).kind
            record(metrics.SETPOINTS, quantity=quantity_of(kind))
        content = as_json(snapshot)
        self._journal.add(lambda db: self._store.save_setpoints(db, messages))
        self._journal.add(
            lambda db: self._store.save_snapshot(db, snapshot.id, snapshot.taken_at, content)
        )

    def _observe(self, decision: Decision, now: datetime) -> None:
        plan = self._house.desk.plan
        slot = plan.slot_at(now) if plan else None
        planned_w = float(plan.base_w[slot]) if plan is not None and slot is not None else None
        scale_w = self._house.plant.import_limit_w
        self._house.watch = observed(self._house.watch, decision.base_w, planned_w, scale_w)

    def _shown(
        self, snapshot: Snapshot, decision: Decision, plan_id: str, notes: list[str]
    ) -> WatchControlResponse:
        house = self._house
        message = WatchControlResponse(
            snapshot_id=snapshot.id,
            cycle_time=stamp(snapshot.taken_at),
            mode=decision.mode.value,  # type: ignore[arg-type]
            plan_id=plan_id,
            import_limit_w=house.plant.import_limit_w,
            export_limit_w=house.plant.export_limit_w,
            setpoints=[
                house.setpoints[device]
                for device, lease in house.desk.leases.items()
                if device in house.setpoints and snapshot.taken_at < lease.expires_at
            ],
            stand_ins=[*notes, *decision.stand_ins],
        )
        if decision.grid_w is not None:
            message.grid_power_w = decision.grid_w
        return message
